using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Understudy.Core;
using Understudy.Core.Ups;

namespace Understudy.Tests.Simulation;

/// <summary>
/// One proxy with its real drivers, its clients, the sockets between them and their misfortunes: one seed, one world. The proxy is the production class and is spoken to in bytes. First
/// comes chaos; then everything is healed, and the preferred source must be shown, fresh and without an alarm. What must hold is looked at with every turn of the loop.
/// </summary>
internal sealed class UpsWorld
{
    /// <summary>The client that hears everything at once: what it has rebuilt is compared with what the proxy believes to show.</summary>
    private const int Shadow = 0;

    private readonly PriorityQueue<Action, (long At, long Order)> agenda = new();
    private readonly Dictionary<string, long> met = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, SimClient> clients = [];
    private readonly Dictionary<(int Client, string Id), Asked> waiting = [];
    private readonly Dictionary<string, Asked> underWay = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Asked> marked = new(StringComparer.Ordinal);
    private readonly List<Asked> shutdowns = [];
    private readonly UpsProxy proxy;
    private readonly SimUpsd shadow;
    private readonly SimDriver[] drivers;
    private readonly SimLink?[] links;
    private readonly UpsNemesis nemesis;
    private (int Client, long At)? lastPower;
    private long order;
    private long wakes;
    private long settleAt = -1;
    private Instant dueAt;
    private bool stirred;
    private int spins;
    private int marks;
    private int lastClient;
    private int burstLines;
    private string? broken;

    internal UpsWorld(ulong seed, UpsBreach breach = UpsBreach.None, bool quiet = false, bool tracing = false)
    {
        Dice = new Dice(seed);
        Plan = UpsWorldPlan.Draw(Dice, breach, quiet);
        Trace = tracing ? [] : null;
        Note($"{Plan.Section.Replace("\n", "; ", StringComparison.Ordinal)}drivers {string.Join(", ", Plan.Drivers.AsEnumerable())}, faults {string.Join(' ', Plan.Faults)}");
        Oracle = new UpsOracle(this);
        proxy = new UpsProxy(Plan.ProxyRules, new ProxyIdentity("understudy-ups", "0", 4711, []), Clock);
        shadow = new SimUpsd(Break) { Tracked = (_, _) => Break("an answer reached a client that never asks") };
        drivers = [.. Plan.Drivers.Select((_, rank) => new SimDriver(this, rank))];
        links = new SimLink?[drivers.Length];
        nemesis = new UpsNemesis(this);
    }

    internal UpsWorldPlan Plan { get; }

    internal Dice Dice { get; }

    internal UpsOracle Oracle { get; }

    internal List<string>? Trace { get; }

    internal long Now { get; private set; }

    internal Instant Clock => Plan.Start + new TimeSpan(Now);

    internal bool Healed { get; private set; }

    /// <summary>Drivers look at their devices no more, so that nothing is under way in the end.</summary>
    internal bool Stilled { get; private set; }

    internal ReadOnlySpan<SimDriver> Drivers => drivers;

    internal IReadOnlyCollection<SimClient> Clients => clients.Values;

    internal IEnumerable<KeyValuePair<string, long>> WasMet => met;

    internal long Switches => proxy.Switches;

    internal long Turns { get; private set; }

    /// <summary>All sources are one device, while nobody plugs a cable into the wrong one.</summary>
    internal string Serial => "A1";

    internal int NextMark() => ++marks;

    /// <summary>A value that nobody has said before, so that its origin shows.</summary>
    internal string Fresh(int rank) => string.Create(CultureInfo.InvariantCulture, $"{rank}{++marks:00000}");

    internal string Told(Instant at) => at == Instant.Never ? "never" : string.Create(CultureInfo.InvariantCulture, $"{(at - Plan.Start).TotalMilliseconds:0.###} ms");

    /// <summary>Runs the whole world. Null when nothing broke.</summary>
    internal string? Run()
    {
        proxy.ClientCame(Shadow);
        proxy.ClientSaid(Shadow, ["DUMPALL"], Clock);
        Pump(null, burst: false);
        var late = Plan.Breach == UpsBreach.ShutsDownUnseen ? 60 * TimeSpan.TicksPerSecond : Dice.PerMille(150) ? Dice.Millis(0, 60_000) : 0;
        for (var i = 0; i < drivers.Length; i++)
        {
            var source = i;
            After(late, () => Reach(source));
        }

        NewClient();
        NewClient();
        nemesis.Begin();
        At(Plan.Chaos, () =>
        {
            Note("everything is healed");
            Healed = true;
            nemesis.Heal();
        });
        var done = false;
        At(Plan.Chaos + Patience() - (5 * TimeSpan.TicksPerSecond), () => Stilled = true);
        At(Plan.Chaos + Patience(), () =>
        {
            Converged();
            done = true;
        });
        Turn();
        while (broken is null && !done && agenda.TryDequeue(out var next, out var key))
        {
            Now = key.At;
            next();
        }

        return broken;
    }

    internal void At(long when, Action what) => agenda.Enqueue(what, (Math.Max(when, Now), order++));

    internal void After(long delay, Action what) => At(Now + delay, what);

    internal void Note(string what) => Trace?.Add($"{Now / 10_000.0,12:0.000} ms  {what}");

    internal void Met(string what) => met[what] = met.GetValueOrDefault(what) + 1;

    internal void Break(string what)
    {
        if (broken is null)
        {
            broken = $"at {Now / 10_000.0:0.000} ms {what}";
            Note($"BROKEN: {what}");
        }
    }

    internal SimClient NewClient()
    {
        var client = new SimClient(this, ++lastClient);
        clients[client.Id] = client;
        client.Upsd.Tracked = (id, n) => Note($"client {client.Id} hears TRACKING {id} {n}");
        proxy.ClientCame(client.Id);
        return client;
    }

    /// <summary>A client is gone; what it asked may go on.</summary>
    internal void Gone(SimClient client)
    {
        client.Leave();
        Forget(client);
    }

    /// <summary>Bytes of a driver arrived: line by line to the proxy, and what they mean to the oracle.</summary>
    internal void FromSource(SimLink link, ReadOnlyMemory<byte> bytes)
    {
        var source = link.Driver.Rank;
        if (links[source] != link)
        {
            return;
        }

        foreach (var b in bytes.Span)
        {
            if (b != (byte)'\n')
            {
                link.Begun.Add(b);
                continue;
            }

            var said = link.Coming.Dequeue();
            var line = link.Begun.ToArray();
            link.Begun.Clear();
            if (Trace is not null)
            {
                Note($"{Plan.Drivers[source].Name} says {said.Line}");
            }

            var (was, telling) = (ValueAt(source, said), Oracle.Sources[source].Incoming is not null);
            Oracle.Heard(source, said, Clock);
            stirred |= Stirs(source, said, was, telling);
            if (said.Word == SaidWord.Answer && underWay.TryGetValue(said.Id, out var asked) && asked.Source == source)
            {
                asked.SourceSaid ??= said.Result;
                Met("a source answered");
            }

            if (!(Plan.Breach == UpsBreach.IgnoresDatastale && said.Word == SaidWord.Stale))
            {
                proxy.SourceSaid(MistakenFor(source), Misheard(line, said), Clock);
            }

            AtOnce(null);
        }

        Soon();
    }

    /// <summary>Somebody waits for what was said: it is no mere sign of life, no driver's word on its own state, and in failover of the primary or of what an election goes by.</summary>
    /// <param name="was">The variable's value before.</param>
    /// <param name="telling">It was telling all.</param>
    private bool Stirs(int source, Said said, string? was, bool telling)
    {
        if (said.Word != SaidWord.Change)
        {
            return said.Word is SaidWord.Ok or SaidWord.Stale || (said.Word == SaidWord.DumpDone && telling);
        }

        var name = said.Line.Split(' ')[1];
        return said.Line.StartsWith("SETINFO ", StringComparison.Ordinal) && was != ValueAt(source, said) && Oracle.Sources[source].Dumped && !name.StartsWith("driver.", StringComparison.Ordinal)
            && (Plan.ProxyRules.Mode == ProxyMode.Multiplex || source == proxy.Primary || name is "ups.status" or "ups.alarm" or "battery.runtime");
    }

    private string? ValueAt(int source, Said said) => said.Word == SaidWord.Change ? Oracle.Sources[source].Tree[said.Line.Split(' ')[1]] : null;

    internal void SourceGone(SimLink link, string why)
    {
        var source = link.Driver.Rank;
        if (links[source] != link)
        {
            return;
        }

        Note($"{Plan.Drivers[source].Name} is gone: {why}");
        links[source] = null;
        stirred = true;
        Oracle.Went(source, Clock);
        if (Plan.Breach != UpsBreach.KeepsTheDead)
        {
            proxy.SourceWent(source, why, Clock);
        }

        AtOnce(null);
        Soon();
    }

    internal void FromClient(SimClient client, string line, Asked? asked)
    {
        Note($"client {client.Id} says {line}");
        var (at, words) = (0, new List<string>());
        UpsWords.Read(line, ref at, words);
        if (asked is not null)
        {
            asked.At = Now;
            asked.Meaning?.Invoke();
            var owner = (asked.Command ? Oracle.CommandOwners : Oracle.Owners).GetValueOrDefault(asked.Name, -1);
            asked.Owner = (owner, owner < 0 ? null : links[owner]);
            marked[Mark(line)] = asked;
            if (asked.Shutdown)
            {
                shutdowns.Add(asked);
            }

            if (asked.Id is { } id)
            {
                waiting[(client.Id, id)] = asked;
            }
        }

        proxy.ClientSaid(client.Id, words, Clock);
        AtOnce(asked);
        Soon();
    }

    private void Reach(int source) => After(Dice.PerMille(200) ? Dice.Micros(0, 2000) : Dice.Millis(0, 800), () =>
    {
        if (links[source] is null && drivers[source].Running)
        {
            var link = new SimLink(this, drivers[source]);
            links[source] = link;
            drivers[source].Accept(link);
            Note($"{Plan.Drivers[source].Name} is reached");
            stirred = true;
            Oracle.Came(source, Clock);
            proxy.SourceCame(source, Clock);
            AtOnce(null);
            Soon();
        }

        Reach(source);
    });

    /// <summary>The loop takes in all that arrives within a moment, and then settles.</summary>
    private void Soon()
    {
        if (settleAt >= Now)
        {
            return;
        }

        settleAt = Now + (Dice.PerMille(300) ? Dice.Micros(0, 3000) : 0);
        At(settleAt, Turn);
    }

    private void Turn()
    {
        if (broken is not null)
        {
            return;
        }

        Turns++;
        settleAt = settleAt <= Now ? -1 : settleAt;
        Oracle.CheckAge(Clock);
        var settleBy = Plan.Breach == UpsBreach.SettlesLate ? dueAt : proxy.SettleBy;
        if (Clock < Instant.Earlier(dueAt, settleBy))
        {
            if (stirred)
            {
                Break($"what somebody waits for is to be settled at {Told(settleBy)} only");
            }

            Met("a turn without a look");
            Pump(null, burst: false);
            Sleep(Instant.Earlier(dueAt, settleBy));
            return;
        }

        stirred = false;
        proxy.Settle(Clock);
        dueAt = Plan.Breach == UpsBreach.Spins ? Clock : proxy.Deadline(Clock);
        Pump(null, burst: true);
        if (Plan.Breach == UpsBreach.ShutsDownUnseen && Now > 20 * TimeSpan.TicksPerSecond && !Oracle.EverShown)
        {
            shadow.Feed("SETINFO ups.status \"ALARM FSD\"\n"u8);
        }

        Oracle.Settled(proxy, shadow, Clock);
        if (shadow.Tree.Differs(proxy.View.Tree) is { } difference)
        {
            Break(difference);
        }

        if (proxy.Listeners > clients.Count + 1)
        {
            Break($"{proxy.Listeners} clients are told of changes, and {clients.Count + 1} are there");
        }

        Overdue();
        Sleep(Instant.Earlier(dueAt, Instant.Later(proxy.SettleBy, Clock)));
    }

    private void Sleep(Instant deadline)
    {
        if (deadline < Clock)
        {
            Break($"the deadline is {Told(deadline)}, which has passed");
            return;
        }

        spins = deadline == Clock ? spins + 1 : 0;
        if (spins > 8)
        {
            Break("the deadline is now, however often it settles");
            return;
        }

        var mine = ++wakes;
        if (deadline != Instant.Never)
        {
            At((deadline - Plan.Start).Ticks + (Plan.Breach == UpsBreach.WakesLate ? TimeSpan.TicksPerSecond : 0), () =>
            {
                if (mine == wakes)
                {
                    Turn();
                }
            });
        }
    }

    /// <summary>Does what the proxy wants done before anything else happens, unless this world does it later.</summary>
    private void AtOnce(Asked? asked)
    {
        if (!Plan.Late)
        {
            Pump(asked, burst: false);
        }
    }

    /// <summary>The mark that each request carries, wherever it is.</summary>
    private static string Mark(string text) => Regex.Match(text, @"\bm\d+\b", RegexOptions.None, TimeSpan.FromSeconds(1)).Value;

    /// <summary>Does what the proxy wants done. Only what a client just asked may reach a source, once.</summary>
    private void Pump(Asked? asked, bool burst)
    {
        while (proxy.Outputs.TryDequeue(out var output))
        {
            var text = Encoding.Latin1.GetString(output.Bytes.Span);
            switch (output.Deed)
            {
                case ProxyDeed.ToSource:
                    ToSource(output.To, text, asked);
                    if (Plan.Breach == UpsBreach.ForwardsTwice && text.StartsWith("INSTCMD", StringComparison.Ordinal))
                    {
                        ToSource(output.To, text, asked);
                    }

                    break;
                case ProxyDeed.ToClient:
                    Tell(output.To, text, asked, burst);
                    break;
                case ProxyDeed.CloseClient:
                    if (clients.TryGetValue(output.To, out var client))
                    {
                        client.Hear(output.Bytes);
                        client.Closed();
                        Forget(client);
                    }

                    break;
                case ProxyDeed.Remember:
                    break;
                case ProxyDeed.CloseSource:
                    Drop(output.To);
                    break;
                case ProxyDeed.Shutdown when output.Ticket is { } ticket && shutdowns.Find(s => s is { Shutdown: true, Sent: 0, Ended: false } && s.Client == output.To) is { } wanted:
                    Shutdown(ticket, wanted);
                    break;
                default:
                    Break($"nobody asked for {output.Deed}");
                    break;
            }
        }
    }

    private void ToSource(int source, string text, Asked? asked)
    {
        Note($"to {Plan.Drivers[source].Name}: {text.TrimEnd()}");
        if (links[source] is not { } link)
        {
            Break($"'{text.TrimEnd()}' is for {Plan.Drivers[source].Name}, which is not there");
            return;
        }

        if (text == "PING\n")
        {
            Oracle.Sources[source].AskedAt = Clock;
        }
        else if (text == "DUMPALL\n")
        {
            Oracle.ToldAgain(source);
        }
        else
        {
            Forwarded(source, text, asked);
        }

        link.ToDriver.Send(Encoding.Latin1.GetBytes(text));
    }

    private void Forwarded(int source, string text, Asked? asked)
    {
        asked ??= Plan.Late ? marked.GetValueOrDefault(Mark(text)) : null;
        if (asked is null)
        {
            Break($"'{text.TrimEnd()}' is sent to {Plan.Drivers[source].Name}, and nobody just asked for it");
            return;
        }

        if (++asked.Sent > 1)
        {
            Break($"'{asked.Line}' is sent twice");
        }

        if (asked.Ended)
        {
            Break($"'{asked.Line}' is sent after its end was told");
        }

        if (asked.Owner.Source != source || asked.Owner.Link != links[source])
        {
            Break($"'{asked.Line}' is sent to {Plan.Drivers[source].Name}, and belonged to {asked.Owner.Source}{(asked.Owner.Source == source ? " over a connection that has ended" : "")}");
        }

        asked.Source = source;
        var words = text.TrimEnd().Split(' ');
        if (words.Length > 3 && words[^2] == "TRACKING")
        {
            asked.OurId = words[^1];
            if (!underWay.TryAdd(asked.OurId, asked))
            {
                Break($"two commands are under way as {asked.OurId}");
            }
        }

        Met("a command was sent");
        CheckPower(asked, words);
    }

    /// <summary>A plan over several sources begins; it takes as long as it takes, and its result is told once.</summary>
    private void Shutdown(string ticket, Asked asked)
    {
        Met("a shutdown was asked for");
        if (++asked.Sent > 1)
        {
            Break($"'{asked.Line}' begins two shutdowns");
        }

        CheckPower(asked, ["INSTCMD", "shutdown.default"]);
        After(Dice.Millis(0, 40_000), () =>
        {
            asked.SourceSaid = Dice.OneOf<int>([0, 3]);
            proxy.Done(ticket, (CommandResult)asked.SourceSaid.Value, "the plan has ended", Clock);
            AtOnce(null);
            Soon();
        });
    }

    private void CheckPower(Asked asked, string[] words)
    {
        if (asked.Command && (words[1].StartsWith("load.", StringComparison.OrdinalIgnoreCase) || words[1].StartsWith("shutdown.", StringComparison.OrdinalIgnoreCase) || words[1].StartsWith("test.", StringComparison.OrdinalIgnoreCase)))
        {
            if (lastPower is { } last && last.Client != asked.Client && asked.At < last.At + (2 * TimeSpan.TicksPerSecond))
            {
                Break($"'{asked.Line}' of client {asked.Client} is sent {(asked.At - last.At) / 10_000.0:0} ms after another client's");
            }

            lastPower = (asked.Client, asked.At);
        }
    }

    private void Tell(int client, string text, Asked? asked, bool burst)
    {
        if (burst && text.StartsWith("TRACKING", StringComparison.Ordinal) is false)
        {
            text = Distorted(text, client == Shadow);
            burstLines += client == Shadow ? text.Count(c => c == '\n') : 0;
        }

        if (text.StartsWith("TRACKING ", StringComparison.Ordinal))
        {
            Answer(client, text, asked);
            return;
        }

        var bytes = Encoding.Latin1.GetBytes(text);
        if (client == Shadow)
        {
            if (Trace is not null && text.Length > 0)
            {
                Note($"shown: {text.TrimEnd().Replace("\n", " | ", StringComparison.Ordinal)}");
            }

            shadow.Feed(bytes);
        }
        else if (clients.TryGetValue(client, out var who))
        {
            who.Hear(bytes);
        }
        else if (!Plan.Late)
        {
            Break($"'{text.TrimEnd()}' is for client {client}, who is gone");
        }
    }

    private void Answer(int client, string text, Asked? asked)
    {
        var words = text.TrimEnd().Split(' ');
        var (id, result) = (words[1], int.Parse(words[2], CultureInfo.InvariantCulture));
        if (Plan.Breach == UpsBreach.ClaimsSuccess && result > 0)
        {
            result = 0;
        }

        if (Plan.Breach == UpsBreach.SwallowsAnswers && Dice.PerMille(200))
        {
            return;
        }

        if (Plan.Breach == UpsBreach.DropsThePowerGuard && result == 2 && asked is { Command: true, Sent: 0 } && Oracle.CommandOwners.TryGetValue(asked.Name, out var owner) && links[owner] is not null)
        {
            ToSource(owner, $"{asked.Line}\n", asked);
        }

        if (Plan.Breach == UpsBreach.TriesElsewhere && result == 3 && asked is null && waiting.TryGetValue((client, id), out var unanswered) && unanswered.Source >= 0)
        {
            var other = Array.FindIndex(links, l => l is not null && l.Driver.Rank != unanswered.Source);
            if (other >= 0)
            {
                ToSource(other, $"{unanswered.Line}\n", null);
            }
        }

        foreach (var to in Plan.Breach == UpsBreach.AnswersEverybody ? [.. clients.Keys] : new[] { client })
        {
            Check(to, id, result);
            if (clients.TryGetValue(to, out var who))
            {
                who.Hear(Encoding.Latin1.GetBytes(text));
            }
        }
    }

    /// <summary>An answer reaches who asked, once, and says what happened.</summary>
    private void Check(int client, string id, int result)
    {
        Note($"to client {client}: TRACKING {id} {result}");
        if (Plan.Late && !clients.ContainsKey(client))
        {
            return;
        }

        if (!waiting.Remove((client, id), out var asked))
        {
            Break($"client {client} is told the end of {id}, and does not wait for it");
            return;
        }

        asked.Ended = true;
        Met(result == 0 ? "a command was handled" : "a command failed");
        if (asked.Shutdown && result == 0 && asked.SourceSaid != 0)
        {
            Break($"'{asked.Line}' is told as handled, and the plan came to {asked.SourceSaid?.ToString(CultureInfo.InvariantCulture) ?? "nothing"}");
        }

        if (asked is { Local: false, Source: < 0 } && result == 0)
        {
            Break($"'{asked.Line}' is told as handled, and was sent to nobody");
        }

        if (asked is { Local: false, Source: >= 0, OurId: not null })
        {
            if (result == 0 && asked.SourceSaid != 0)
            {
                Break($"'{asked.Line}' is told as handled, and {Plan.Drivers[asked.Source].Name} said {asked.SourceSaid?.ToString(CultureInfo.InvariantCulture) ?? "nothing"}");
            }
            else if (asked.SourceSaid is { } said && result != (said is >= 0 and <= 4 ? said : 3))
            {
                Break($"'{asked.Line}' is told as {result}, and its source said {said}");
            }
        }
    }

    /// <summary>Nobody waits for longer than for what upscmd waits, 10 s.</summary>
    private void Overdue()
    {
        foreach (var asked in waiting.Values)
        {
            if (!asked.Shutdown && Now > asked.At + (9 * TimeSpan.TicksPerSecond) + (TimeSpan.TicksPerSecond / 2))
            {
                Break($"client {asked.Client} has waited for the end of '{asked.Line}' for {(Now - asked.At) / 1e7:0.0} s");
                return;
            }
        }
    }

    private void Drop(int source)
    {
        if (links[source] is not { } link)
        {
            Break($"{Plan.Drivers[source].Name} is to be closed, and is not open");
            return;
        }

        Note($"{Plan.Drivers[source].Name} is closed");
        Met("a source was closed");
        links[source] = null;
        link.ToProxy.Close();
        link.ToDriver.End(() => link.Driver.Dropped(link));
        Oracle.Went(source, Clock);
    }

    private void Forget(SimClient client)
    {
        if (!clients.Remove(client.Id))
        {
            return;
        }

        if (Plan.Breach != UpsBreach.ForgetsNobody)
        {
            proxy.ClientWent(client.Id);
        }

        foreach (var key in waiting.Keys.Where(k => k.Client == client.Id).ToList())
        {
            waiting.Remove(key);
        }
    }

    private int MistakenFor(int source) => Plan.Breach == UpsBreach.MistakesTheSource && Dice.PerMille(10) ? (source + 1) % drivers.Length : source;

    private ReadOnlySpan<byte> Misheard(byte[] line, Said said) =>
        Plan.Breach == UpsBreach.MissesTheShutdown && said.Line.StartsWith("SETINFO ups.status", StringComparison.Ordinal) ? Encoding.Latin1.GetBytes(said.Line.Replace("FSD ", "", StringComparison.Ordinal)) :
        Plan.Breach == UpsBreach.InventsAToken && said.Line.StartsWith("SETINFO ups.status", StringComparison.Ordinal) ? Encoding.Latin1.GetBytes(said.Line[..^1] + " RB\"") : line;

    private string Distorted(string text, bool first)
    {
        switch (Plan.Breach)
        {
            case UpsBreach.TakesAwayFirst when first:
                return string.Concat(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.StartsWith("SETINFO ", StringComparison.Ordinal) && shadow.Tree[l.Split(' ')[1]] is not null ? $"DELINFO {l.Split(' ')[1]}\n{l}\n" : $"{l}\n"));
            case UpsBreach.EmptiesTheStatus when first && text.Contains("SETINFO ups.status", StringComparison.Ordinal):
                return $"SETINFO ups.status \"\"\n{text}";
            case UpsBreach.LosesALine when first && burstLines % 5 == 4 && text.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end:
                return text[(end + 1)..];
            case UpsBreach.WritesBare:
                return text.Replace("\\#", "#", StringComparison.Ordinal);
            default:
                return text;
        }
    }

    private long Patience()
    {
        var back = Plan.Rules.FlipBack.Max(s => s.Span) + Plan.Rules.FlipAfter.Max(s => s.Span);
        return ((back * 2) + Plan.Rules.DeadTime + TimeSpan.FromSeconds(60)).Ticks;
    }

    /// <summary>Everything is well and has been for long: the first source is shown, fresh, without an alarm, to every client alike, and nobody waits for an answer.</summary>
    private void Converged()
    {
        if (broken is not null)
        {
            return;
        }

        if (proxy.Primary != 0 || !shadow.Fresh || shadow.Status != "OL" || shadow.Tree["ups.alarm"] is not null)
        {
            Break($"a healed world shows source {proxy.Primary}, {(shadow.Fresh ? "fresh" : "stale")}, with status '{shadow.Status}' and the alarm '{shadow.Tree["ups.alarm"]}'; {string.Join("; ", Oracle.Sources.Select(s => $"{s.Name} {s.Priority}, {(s.Fresh ? "fresh" : "stale")}, '{s.Tree["ups.status"]}'"))}");
        }

        foreach (var client in clients.Values.Where(c => !c.Upsd.Gaps))
        {
            if (!client.Upsd.Dumped || client.Upsd.Fresh != shadow.Fresh || client.Upsd.Tree.Differs(proxy.View.Tree) is { })
            {
                Break($"client {client.Id} sees something else: {client.Upsd.Tree.Differs(proxy.View.Tree) ?? (client.Upsd.Fresh ? "fresh" : "stale")}");
            }

            if (client.Upsd.Pongs < client.Pings - 1)
            {
                Break($"client {client.Id} pinged {client.Pings} times, and heard {client.Upsd.Pongs} answers");
            }
        }
    }
}

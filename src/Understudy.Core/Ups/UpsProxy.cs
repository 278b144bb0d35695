using System.Globalization;

namespace Understudy.Core.Ups;

/// <summary>
/// One UPS made of several real drivers: what its sources say goes in, what its clients are to hear comes out. It is driven by facts (a source came, said a line, went; a client asked; time
/// passed) and leaves <see cref="Outputs"/> and <see cref="Decisions"/> for its driver. It owns all state, and touches nothing.
/// </summary>
public sealed partial class UpsProxy
{
    private readonly UpsSource[] sources;
    private readonly Instant[] betterSince;
    private readonly SourcePriority[] priorities;
    private readonly SortedDictionary<int, bool> clients = [];
    private readonly CommandDesk commands = new();
    private readonly DriverLineWriter writer = new();
    private readonly ProxyIdentity identity;
    private readonly ProxyComposer composer;
    private readonly Instant startedAt;

    public UpsProxy(ProxyRules rules, ProxyIdentity identity, Instant now)
    {
        (Rules, this.identity, startedAt, PrimarySince) = (rules, identity, now, now);
        sources = [.. rules.Sources.Select((name, rank) => new UpsSource(name, rank))];
        betterSince = [.. sources.Select(_ => now)];
        priorities = [.. sources.Select(_ => SourcePriority.None)];
        composer = new ProxyComposer(rules, identity, sources, now);
        Lag = new RelayLag(sources.Length);
    }

    public ProxyRules Rules { get; private set; }

    public Queue<ProxyOutput> Outputs { get; } = new();

    public Queue<ProxyDecision> Decisions { get; } = new();

    public ReadOnlySpan<UpsSource> Sources => sources;

    public ProxyView View => composer.View;

    /// <summary>The source that is shown; in multiplex the one that settles what is nobody else's. -1 for none.</summary>
    public int Primary { get; private set; } = -1;

    /// <summary>When that was decided; our start, where nobody was yet.</summary>
    public Instant PrimarySince { get; private set; }

    public long Switches { get; private set; }

    public ProxyIdentity Identity => identity;

    public Instant StartedAt => startedAt;

    public RelayLag Lag { get; }

    /// <summary>What was taken in is to be settled at this moment: long past where somebody waits for it, Never where there is nothing.</summary>
    public Instant SettleBy { get; private set; }

    /// <summary>Clients that hear what changes.</summary>
    public int Listeners => clients.Values.Count(listens => listens);

    public void SourceCame(int source, Instant now)
    {
        SettleBy = default;
        sources[source].Came(now);
        Send(ProxyDeed.ToSource, source, writer.Bare("DUMPALL"));
    }

    /// <summary>The connection ended, was refused, or broke.</summary>
    public void SourceWent(int source, string why, Instant now)
    {
        var was = sources[source].Connected;
        SettleBy = was ? default : SettleBy;
        sources[source].Went(now);
        foreach (var command in commands.OfSource(source))
        {
            Answer(command, CommandResult.Failed);
        }

        Withhold(source);
        if (was)
        {
            composer.Everything();
            Decide(now, "source", $"{sources[source].Name} went: {why}");
        }
    }

    /// <summary>What was to be sent over a connection that has ended must not leave over the next one: its end has been told already.</summary>
    private void Withhold(int source)
    {
        for (var i = Outputs.Count; i > 0; i--)
        {
            var output = Outputs.Dequeue();
            if (output.Deed != ProxyDeed.ToSource || output.To != source)
            {
                Outputs.Enqueue(output);
            }
        }
    }

    /// <summary>A source sent a line, without its end. What is no line of a driver counts as nothing, as with upsd.</summary>
    public void SourceSaid(int source, ReadOnlySpan<byte> line, Instant now)
    {
        Span<char> scratch = stackalloc char[DriverLines.MaxLineBytes];
        if (!DriverLines.TryRead(line, scratch, out var read))
        {
            sources[source].Refuse();
            return;
        }

        var hung = sources[source].Hung;
        var change = sources[source].Take(read, now, out var changed);
        SettleBy = hung ? default : SettleBy;
        switch (change)
        {
            case SourceChange.One:
                composer.Touch(source, changed!);
                if (Bears(source, changed!))
                {
                    Lag.Changed(source);
                    SettleBy = default;
                }
                else
                {
                    SettleBy = Instant.Earlier(SettleBy, now + ProxyRules.StateSlack);
                }

                break;
            case SourceChange.All or SourceChange.Freshness:
                composer.Everything();
                Lag.Changed(source);
                SettleBy = default;
                break;
            case SourceChange.Answer when commands.Answered(read.Name.ToString(), source) is { } command:
                Answer(command, CommandDesk.ResultOf(read.First));
                break;
            case SourceChange.Nothing or SourceChange.Answer:
                break;
        }
    }

    /// <summary>Whether somebody waits for a variable: not for a driver's word on its own state, nor in failover for most of what is said behind the primary.</summary>
    private bool Bears(int source, string name) => !name.StartsWith("driver.", StringComparison.OrdinalIgnoreCase)
        && (Rules.Mode == ProxyMode.Multiplex || source == Primary || Primary < 0 || Election.GoesBy(name));

    public void ClientCame(int client, bool listens = true) => clients[client] = listens;

    public void ClientWent(int client)
    {
        clients.Remove(client);
        commands.Forget(client);
    }

    /// <summary>A client sent a line; <paramref name="words"/> are its words. What is no request stays unanswered, as in NUT.</summary>
    public void ClientSaid(int client, IReadOnlyList<string> words, Instant now)
    {
        switch (words.Count == 0 ? "" : words[0].ToUpperInvariant())
        {
            case "PING":
                Send(ProxyDeed.ToClient, client, writer.Bare("PONG"));
                break;
            case "DUMPALL":
                View.Tree.Dump(writer);
                Send(ProxyDeed.ToClient, client, writer.Bare(View.Fresh ? "DATAOK" : "DATASTALE").Bare("DUMPDONE"));
                break;
            case "DUMPVALUE" when words.Count > 1:
                DumpOne(client, words[1]);
                break;
            case "DUMPSTATUS":
                DumpOne(client, "ups.status");
                break;
            case "GETPID":
                Send(ProxyDeed.ToClient, client, writer.Pid(identity.ProcessId));
                break;
            case ProxyReportText.Word when words.Count > 1 && words[1].Equals("STATUS", StringComparison.OrdinalIgnoreCase):
                Send(ProxyDeed.ToClient, client, ProxyReportText.Write(writer, ProxyReports.Of(this, now)));
                break;
            case "NOBROADCAST":
                clients[client] = false;
                break;
            case "BROADCAST":
                clients[client] = words.Count < 2 || !int.TryParse(words[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var on) || on > 0;
                break;
            case "LOGOUT":
                Send(ProxyDeed.CloseClient, client, writer.Bare("OK Goodbye"));
                break;
            case "INSTCMD" when Request.Command(words) is { } request:
                Command(client, request, now);
                break;
            case "SET" when Request.Setting(words) is { } request:
                Set(client, request, now);
                break;
        }
    }

    /// <summary>What was asked of this process itself has ended.</summary>
    /// <param name="ticket">Of the output that asked for it.</param>
    public void Done(string ticket, CommandResult result, string why, Instant now)
    {
        SettleBy = default;
        if (commands.Answered(ticket, -1) is { } command)
        {
            Answer(command, result);
            Decide(now, "command", $"{command.What}: {why}");
        }
    }

    /// <summary>Takes other rules for the same sources. False, and nothing is changed, where they name others or another mode: that takes a new process.</summary>
    public bool Apply(ProxyRules rules, Instant now)
    {
        if (!rules.Sources.Equals(Rules.Sources) || rules.Mode != Rules.Mode || rules.Ups != Rules.Ups)
        {
            return false;
        }

        Rules = rules;
        SettleBy = default;
        composer.Apply(rules);
        Decide(now, "reload", "the settings were read again");
        return true;
    }

    /// <summary>An operator's word on a source, or its end (null).</summary>
    public void Override(int source, SourceOverride? word, Instant now)
    {
        sources[source].Override = word;
        SettleBy = default;
        composer.Everything();
        Outputs.Enqueue(new ProxyOutput(ProxyDeed.Remember, source, default));
        Decide(now, "override", word is null ? $"{sources[source].Name} counts by its place again" : $"{sources[source].Name} is {(word.Primary ? "wanted" : "kept out")}: {word.Why}");
    }

    /// <summary>Everything that had arrived has been taken in: judges, elects, and leaves one burst of what changed.</summary>
    public void Settle(Instant now)
    {
        SettleBy = Instant.Never;
        var early = TimeSpan.Zero;
        foreach (var source in sources)
        {
            early = source.PingDue(now) ? ProxyRules.PingTogether : early;
        }

        foreach (var source in sources)
        {
            Look(source, early, now);
        }

        foreach (var command in commands.Overdue(now))
        {
            Answer(command, CommandResult.Failed);
        }

        Elect(now);
        foreach (var said in composer.Compose(Primary, priorities, now))
        {
            Decide(now, "contradiction", said);
        }

        var burst = View.TakeBurst();
        Lag.Settled(leaves: !burst.IsEmpty);
        if (!burst.IsEmpty)
        {
            foreach (var (client, listens) in clients)
            {
                if (listens)
                {
                    Outputs.Enqueue(new ProxyOutput(ProxyDeed.ToClient, client, burst));
                }
            }
        }
    }

    /// <summary>When <see cref="Settle"/> is due, if nothing happens before.</summary>
    public Instant Deadline(Instant now)
    {
        var next = Instant.Earlier(commands.Deadline(), Instant.Earlier(Election.NextLook(Rules, sources, Primary, betterSince, startedAt + Rules.InitTime, now), composer.Deadline(Primary, now)));
        foreach (var source in sources)
        {
            next = Instant.Earlier(next, source.Deadline(Rules));
        }

        return next;
    }

    private void Look(UpsSource source, TimeSpan early, Instant now)
    {
        if (source.Look(Rules, now))
        {
            composer.Everything();
            Decide(now, "source", $"{source.Name} has not answered for {source.Patience(Rules).TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s");
        }

        if (source.IsLost(Rules, now))
        {
            Outputs.Enqueue(new ProxyOutput(ProxyDeed.CloseSource, source.Rank, default));
            SourceWent(source.Rank, "it was silent for all of deadtime", now);
        }
        else if (source.PingDue(now, early))
        {
            source.Asked(now);
            Send(ProxyDeed.ToSource, source.Rank, writer.Bare("PING"));
        }

        if (source.VerifyDue(now))
        {
            source.Verify();
            Send(ProxyDeed.ToSource, source.Rank, writer.Bare("DUMPALL"));
        }
    }

    private void Elect(Instant now)
    {
        for (var i = 0; i < sources.Length; i++)
        {
            var priority = Election.PriorityOf(Rules, sources[i], now);
            if (priority != priorities[i])
            {
                (priorities[i], betterSince[i]) = (priority, now);
                composer.Everything();
            }
        }

        var result = Election.Hold(Rules, sources, Primary, betterSince, startedAt + Rules.InitTime, now);
        if (result.Primary != Primary)
        {
            Switches++;
            Array.Fill(betterSince, now);      // who is no better has to wait as from here: two batteries that run as long are not followed in turn
            (Primary, PrimarySince) = (result.Primary, now);
            Outputs.Enqueue(new ProxyOutput(ProxyDeed.Remember, Primary, default));
            composer.Everything();
            Decide(now, Primary < 0 ? "no_primary" : "primary", result.Why);
        }
    }

    private void Command(int client, Request request, Instant now)
    {
        if (Local(client, request, now))
        {
            return;
        }

        var name = request.Name.StartsWith("upstream.", StringComparison.OrdinalIgnoreCase) ? request.Name["upstream.".Length..] : request.Name;
        var source = View.CommandOwnerOf(request.Name);
        if (source < 0)
        {
            Refuse(client, request, CommandResult.Unknown);
            return;
        }

        if (commands.Objection(client, name, now) is { } objection)
        {
            Decide(now, "command", $"{name} was refused: {objection}");
            Refuse(client, request, CommandResult.Invalid);
            return;
        }

        Forward(client, request, source, name, now, id => writer.Command(name, request.Value, id));
    }

    /// <summary>Commands that we answer ourselves.</summary>
    private bool Local(int client, Request request, Instant now)
    {
        foreach (var source in sources)
        {
            var primary = request.Name.Equals($"{source.Name}.force.primary", StringComparison.OrdinalIgnoreCase);
            if (!primary && !request.Name.Equals($"{source.Name}.force.ignore", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            // As in the original: none or 0 ends it, below 0 is for good, above it is a count of seconds.
            if (!int.TryParse(request.Value ?? "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
            {
                Refuse(client, request, CommandResult.ConversionFailed);
                return true;
            }

            Override(source.Rank, seconds == 0 ? null : new SourceOverride(primary, seconds < 0 ? Instant.Never : now + TimeSpan.FromSeconds(seconds), $"a client asked for it ({request.Name})"), now);
            Refuse(client, request, CommandResult.Handled);
            return true;
        }

        switch (request.Name.ToUpperInvariant())
        {
            case "DRIVER.EXIT":
                Refuse(client, request, CommandResult.Handled);
                Outputs.Enqueue(new ProxyOutput(ProxyDeed.Exit, client, default));
                return true;
            case "DRIVER.RELOAD" or "DRIVER.RELOAD-OR-ERROR":
                return Own(client, request, ProxyDeed.Reload, CommandDesk.Patience, now);
            case "DRIVER.RELOAD-OR-EXIT":
                return Own(client, request, ProxyDeed.ReloadOrExit, CommandDesk.Patience, now);
            case "DRIVER.KILLPOWER":
                // As in NUT: somebody has to have armed it. What it takes is a plan over several sources, so it is not any one source's to do.
                if (View.Tree.ValueOf("driver.flag.allow_killpower") is not "1")
                {
                    Refuse(client, request, CommandResult.Invalid);
                    return true;
                }

                if (commands.Objection(client, request.Name, now) is { } objection)
                {
                    Decide(now, "command", $"{request.Name} was refused: {objection}");
                    Refuse(client, request, CommandResult.Invalid);
                    return true;
                }

                return Own(client, request, ProxyDeed.Shutdown, ShutdownPlan.Longest, now);
            default:
                return false;
        }
    }

    private bool Own(int client, Request request, ProxyDeed deed, TimeSpan patience, Instant now)
    {
        SettleBy = default;      // its patience is a deadline
        if (commands.Enter(client, request.Tracking, -1, request.Name, now, patience) is { } command)
        {
            Outputs.Enqueue(new ProxyOutput(deed, client, default, command.Id));
        }
        else
        {
            Refuse(client, request, CommandResult.Failed);
        }

        return true;
    }

    private void Set(int client, Request request, Instant now)
    {
        var variable = View.Tree.Find(request.Name);
        if (variable is null)
        {
            Refuse(client, request, CommandResult.Unknown);
            return;
        }

        if (!variable.Flags.HasFlag(VariableTraits.Writable))
        {
            Refuse(client, request, CommandResult.Invalid);
            return;
        }

        if (composer.SetOwn(request.Name, request.Value!))
        {
            SettleBy = default;
            Refuse(client, request, CommandResult.Handled);
            return;
        }

        var owner = View.OwnerOf(request.Name);
        if (owner < 0)
        {
            Refuse(client, request, CommandResult.Failed);      // it is from a process before us, and its source is not there yet
            return;
        }

        Forward(client, request, owner, request.Name, now, id => writer.Set(request.Name, request.Value!, id));
    }

    /// <summary>A source that knows TRACKING is always given an id of ours; an older one would take the word for a parameter.</summary>
    private void Forward(int client, Request request, int source, string what, Instant now, Func<string?, DriverLineWriter> line)
    {
        if (!sources[source].Connected)
        {
            Decide(now, "command", $"{what} was refused: {sources[source].Name} is not there");
            Refuse(client, request, CommandResult.Failed);
            return;
        }

        var tracks = sources[source].Tracks;
        SettleBy = default;      // its patience is a deadline
        var command = tracks ? commands.Enter(client, request.Tracking, source, what, now) : null;
        if (tracks && command is null)
        {
            Refuse(client, request, CommandResult.Failed);
            return;
        }

        Decide(now, "command", $"{what} goes to {sources[source].Name}");
        Send(ProxyDeed.ToSource, source, line(command?.Id));
        if (!tracks)
        {
            Refuse(client, request, CommandResult.Handled);      // sent: more is not to be had from such a driver
        }
    }

    private void Answer(PendingCommand command, CommandResult result)
    {
        if (command is { Client: >= 0, ClientId: { } id })
        {
            Send(ProxyDeed.ToClient, command.Client, writer.Tracking(id, (int)result));
        }
    }

    private void Refuse(int client, Request request, CommandResult result)
    {
        if (request.Tracking is { } id)
        {
            Send(ProxyDeed.ToClient, client, writer.Tracking(id, (int)result));
        }
    }

    private void DumpOne(int client, string name)
    {
        if (View.Tree.Find(name) is { } variable)
        {
            writer.SetInfo(name, variable.Value);
            VariableTree.Describe(writer, name, variable);
        }

        Send(ProxyDeed.ToClient, client, writer.Bare(View.Fresh ? "DATAOK" : "DATASTALE").Bare("DUMPDONE"));
    }

    private void Send(ProxyDeed deed, int to, DriverLineWriter lines)
    {
        Outputs.Enqueue(new ProxyOutput(deed, to, lines.Written.ToArray()));
        lines.Clear();
    }

    private void Decide(Instant now, string what, string why) => Decisions.Enqueue(new ProxyDecision(now, what, why));
}

/// <summary>A client's command or setting, and the id under which it wants to hear of its end.</summary>
internal sealed record Request(string Name, string? Value, string? Tracking)
{
    /// <summary><c>INSTCMD name [parameter] [TRACKING id]</c>: the number of words decides, as in NUT; null for any other.</summary>
    internal static Request? Command(IReadOnlyList<string> words) => words switch
    {
        [_, var name] => new Request(name, null, null),
        [_, var name, var parameter] => new Request(name, parameter, null),
        [_, var name, var word, var id] when Is(word) => new Request(name, null, id),
        [_, var name, var parameter, var word, var id] when Is(word) => new Request(name, parameter, id),
        _ => null,
    };

    /// <summary><c>SET name value [TRACKING id]</c>.</summary>
    internal static Request? Setting(IReadOnlyList<string> words) => words switch
    {
        [_, var name, var value] => new Request(name, value, null),
        [_, var name, var value, var word, var id] when Is(word) => new Request(name, value, id),
        _ => null,
    };

    private static bool Is(string word) => word.Equals("TRACKING", StringComparison.OrdinalIgnoreCase);
}

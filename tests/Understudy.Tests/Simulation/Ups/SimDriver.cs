using System.Globalization;
using System.Text;

namespace Understudy.Tests.Simulation;

/// <summary>How a driver answers commands.</summary>
internal enum AnswerManner
{
    AtOnce = 0,
    Late,
    Never,
    Twice,
    Oddly,
}

/// <summary>A connection between the proxy and one driver. What the driver said and has not arrived yet waits in <see cref="Coming"/>, line by line.</summary>
internal sealed class SimLink
{
    internal SimLink(UpsWorld world, SimDriver driver)
    {
        Driver = driver;
        ToProxy = new SimPipe(world, bytes => world.FromSource(this, bytes));
        ToDriver = new SimPipe(world, bytes => driver.Hear(this, bytes));
    }

    internal SimDriver Driver { get; }

    internal SimPipe ToProxy { get; }

    internal SimPipe ToDriver { get; }

    internal Queue<Said> Coming { get; } = new();

    /// <summary>The line that has begun to arrive.</summary>
    internal List<byte> Begun { get; } = [];
}

/// <summary>A stock driver: one tree, a dump for who asks, broadcasts of what changes; it looks at its device from time to time, and answers nobody while it does. It may hang, die, start anew, and lie.</summary>
internal sealed class SimDriver
{
    private readonly UpsWorld world;
    private readonly Queue<(SimLink Link, List<string> Words)> unread = new();
    private NutLexer lexer = new();
    private SimLink? link;
    private long busyUntil;
    private int life;

    internal SimDriver(UpsWorld world, int rank)
    {
        (this.world, Rank) = (world, rank);
        Start(empty: false);
    }

    internal int Rank { get; }

    internal DriverPlan Plan => world.Plan.Drivers[Rank];

    internal SeenTree Tree { get; private set; } = new();

    internal bool DataOk { get; private set; }

    internal bool Running { get; private set; }

    internal bool Frozen { get; private set; }

    internal bool NeverBusy { get; set; }

    internal AnswerManner Manner { get; set; }

    internal bool Attends => Running && !Frozen && world.Now >= busyUntil;

    private Dice Dice => world.Dice;

    internal void Start(bool empty)
    {
        (Running, Frozen, DataOk, Tree, busyUntil) = (true, false, !empty, new SeenTree(), 0);
        Tree.Set("driver.name", Plan.Name);
        Tree.Set("driver.version", Plan.Tracks ? "2.8.1" : "2.7.4");
        Tree.Set("device.type", "ups");
        if (!empty)
        {
            Fill(said => said.Change!(Tree));
        }

        var mine = ++life;
        Poll(mine);
        if (empty)
        {
            world.After(Dice.Millis(200, 8000), () =>
            {
                if (mine == life)
                {
                    Fill(Tell);
                    Tell(Said.Ok);
                }
            });
        }
    }

    internal void Die(bool reset)
    {
        Running = false;
        life++;
        unread.Clear();
        if (link is { } open)
        {
            link = null;
            open.ToDriver.Close();
            if (reset)
            {
                open.ToProxy.Close();
                world.SourceGone(open, "reset");
            }
            else
            {
                open.ToProxy.End(() => world.SourceGone(open, "end of file"));
            }
        }
    }

    internal void Freeze() => Frozen = true;

    internal void Thaw()
    {
        Frozen = false;
        Attend();
    }

    internal void Accept(SimLink accepted) => (link, lexer) = (accepted, new NutLexer());

    internal void Dropped(SimLink dropped) => link = link == dropped ? null : link;

    internal void Hear(SimLink from, ReadOnlyMemory<byte> bytes)
    {
        foreach (var b in bytes.Span)
        {
            switch (lexer.Take(b))
            {
                case Lexed.Broken:
                    world.Break($"{Plan.Name} was sent a broken line behind '{string.Join(' ', lexer.Line)}'");
                    break;
                case Lexed.Line when from == link:
                    unread.Enqueue((from, lexer.Line));
                    break;
            }
        }

        Attend();
    }

    /// <summary>Says a line to all who are connected, and does what it says to its own tree.</summary>
    internal void Tell(Said said)
    {
        if (!Running)
        {
            return;
        }

        said.Change?.Invoke(Tree);
        DataOk = said.Word switch { SaidWord.Ok => true, SaidWord.Stale => false, _ => DataOk };
        Write([said]);
    }

    private void Write(List<Said> said)
    {
        if (link is not { } open || said.Count == 0)
        {
            return;
        }

        var bytes = new StringBuilder();
        foreach (var one in said)
        {
            open.Coming.Enqueue(one);
            bytes.Append(one.Line).Append('\n');
        }

        open.ToProxy.Send(Encoding.Latin1.GetBytes(bytes.ToString()));
    }

    private void Fill(Action<Said> tell)
    {
        var values = new (string Name, string Value)[]
        {
            ("ups.status", "OL"), ("ups.serial", world.Serial), ("ups.load", world.Fresh(Rank)), ("battery.charge", world.Fresh(Rank)), ("battery.runtime", Text(Dice.Below(3) * 600)),
            ("battery.runtime.low", Text(Dice.Below(3) * 60)), ("ups.id", $"unit {Rank}"), ("input.sensitivity", "low"), ("ups.delay.shutdown", "20"), ($"outlet.{Rank}.power", world.Fresh(Rank)),
        };
        foreach (var (name, value) in values)
        {
            tell(Said.Set(name, value, bare: true));
        }

        tell(Said.Aux("ups.id", 32));
        tell(Said.Flags("ups.id", "RW", "STRING"));
        tell(Said.AddChoice("input.sensitivity", "low"));
        tell(Said.AddChoice("input.sensitivity", "high"));
        tell(Said.Flags("input.sensitivity", "RW"));
        tell(Said.AddRange("ups.delay.shutdown", 0, 600));
        tell(Said.Flags("ups.delay.shutdown", "RW", "NUMBER"));
        foreach (var command in (ReadOnlySpan<string>)["test.battery.start", "load.off", "shutdown.return", "driver.killpower", $"beeper.{Rank}"])
        {
            tell(Said.AddCommand(command));
        }
    }

    private void Poll(int mine) => world.After(Dice.Ticks(Plan.PollEvery / 2, Plan.PollEvery), () =>
    {
        if (mine != life || world.Stilled)
        {
            return;
        }

        var busy = NeverBusy ? 0 : Plan.Busy;
        busyUntil = world.Now + busy;
        world.After(busy, () =>
        {
            if (mine != life)
            {
                return;
            }

            if (!Frozen)
            {
                if (Plan.Beats)
                {
                    Tell(Said.Set("driver.state", "updateinfo", bare: true));
                }

                Attend();
                if (Plan.Beats)
                {
                    Tell(Said.Set("driver.state", "quiet", bare: true));
                }
            }

            Poll(mine);
        });
    });

    private void Attend()
    {
        while (Attends && unread.TryDequeue(out var next))
        {
            if (next.Link == link && next.Words.Count > 0)
            {
                Obey(next.Words);
            }
        }
    }

    private void Obey(List<string> words)
    {
        switch (words[0])
        {
            case "PING":
                Write([Said.Pong]);
                break;
            case "DUMPALL":
                Dump();
                break;
            case "INSTCMD" or "SET":
                Request(words);
                break;
            case "LOGOUT" or "NOBROADCAST":
                break;
            default:
                world.Break($"{Plan.Name} was sent '{string.Join(' ', words)}'");
                break;
        }
    }

    private void Dump()
    {
        var dump = new List<Said>();
        if (!DataOk)
        {
            dump.Add(Said.Stale);
        }

        foreach (var (name, variable) in Tree.Variables.OrderBy(v => v.Key, StringComparer.OrdinalIgnoreCase))
        {
            dump.Add(Said.Set(name, variable.Value, bare: false));
            dump.AddRange(variable.Choices.Select(c => Said.AddChoice(name, c)));
            dump.AddRange(variable.Ranges.Select(r => Said.AddRange(name, r.Low, r.High)));
            if (variable.Aux > 0)
            {
                dump.Add(Said.Aux(name, variable.Aux));
            }

            if (variable.Flags.Count > 0)
            {
                dump.Add(Said.Flags(name, [.. variable.Flags]));
            }
        }

        dump.AddRange(Tree.Commands.Select(Said.AddCommand));
        if (DataOk)
        {
            dump.Add(Said.Ok);
        }

        dump.Add(Said.DumpDone);
        Write(dump);
    }

    /// <summary>The number of words decides what a command is; a driver of before 2.8.0 knows neither parameters nor ids.</summary>
    private void Request(List<string> words)
    {
        var set = words[0] == "SET";
        var plain = set ? 3 : 2;
        var tracked = words.Count >= plain + 2 && words[^2] == "TRACKING";
        if (tracked && !Plan.Tracks)
        {
            world.Break($"{Plan.Name} knows no TRACKING, and was sent '{string.Join(' ', words)}'");
            return;
        }

        var name = words[1];
        var value = words.Count - (tracked ? 2 : 0) > 2 ? words[2] : null;
        if (words.Count - (tracked ? 2 : 0) > 3 || (set && value is null))
        {
            world.Break($"{Plan.Name} was sent the malformed '{string.Join(' ', words)}'");
            return;
        }

        var result = Dice.PerMille(150) ? 3 : 0;
        if (set && !(Tree.Variables.TryGetValue(name, out var known) && known.Writable))
        {
            result = 2;
        }
        else if (!set && !Tree.Commands.Contains(name))
        {
            result = 1;
        }

        if (set && result == 0)
        {
            Tell(Said.Set(name, value!, bare: true));
        }

        if (tracked)
        {
            Answer(words[^1], result);
        }

        if (name == "shutdown.return" && result == 0 && Dice.PerMille(300))
        {
            Tell(Said.Set("ups.status", "OB", bare: true));
            var mine = life;
            world.After(Dice.Millis(1000, 5000), () =>
            {
                if (mine == life && !world.Healed)
                {
                    Die(reset: false);
                    world.After(Dice.Millis(1000, 10_000), () => StartAgain(empty: true));
                }
            });
        }
    }

    internal void StartAgain(bool empty)
    {
        if (!Running)
        {
            Start(empty);
        }
    }

    private void Answer(string id, int result)
    {
        var (mine, to) = (life, link);
        void Give(int n)
        {
            if (mine == life && to == link && Running && !Frozen)
            {
                Write([Said.Answer(id, n)]);
            }
        }

        switch (Manner)
        {
            case AnswerManner.AtOnce:
                Give(result);
                break;
            case AnswerManner.Late:
                world.After(Dice.Millis(100, 14_000), () => Give(result));
                break;
            case AnswerManner.Twice:
                Give(result);
                world.After(Dice.Millis(0, 3000), () => Give(result == 0 ? 3 : 0));
                break;
            case AnswerManner.Oddly:
                Give(Dice.OneOf<int>([-1, 5, 4, int.MaxValue]));
                break;
            case AnswerManner.Never:
                break;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

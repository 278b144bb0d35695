using System.Text;

namespace Understudy.Tests.Simulation;

/// <summary>Something that a client asked of the proxy.</summary>
internal sealed class Asked(int client, string line, string name, string? id)
{
    internal int Client { get; } = client;

    internal string Line { get; } = line;

    internal string Name { get; } = name;

    /// <summary>Under which it wants to hear of its end.</summary>
    internal string? Id { get; } = id;

    internal bool Command => Line.StartsWith("INSTCMD", StringComparison.Ordinal);

    /// <summary>The proxy answers by itself.</summary>
    internal bool Local { get; init; }

    /// <summary>It is a plan over several sources, and may take minutes.</summary>
    internal bool Shutdown => Name == "driver.killpower";

    /// <summary>What it means to the oracle when it arrives.</summary>
    internal Action? Meaning { get; init; }

    internal long At { get; set; }

    internal int Sent { get; set; }

    internal int Source { get; set; } = -1;

    /// <summary>Whose it was when it arrived, and the connection to it.</summary>
    internal (int Source, SimLink? Link) Owner { get; set; } = (-1, null);

    /// <summary>Its end was told.</summary>
    internal bool Ended { get; set; }

    internal string? OurId { get; set; }

    /// <summary>What its source answered, first.</summary>
    internal int? SourceSaid { get; set; }
}

/// <summary>A client of the proxy, as upsd is one: it rebuilds the tree from what it is sent, pings, asks, and may leave in the middle of anything.</summary>
internal sealed class SimClient
{
    private readonly UpsWorld world;
    private readonly Queue<Asked?> coming = new();
    private readonly List<byte> begun = [];
    private readonly SimPipe toProxy;
    private readonly SimPipe toClient;
    private int serial;

    internal SimClient(UpsWorld world, int id)
    {
        (this.world, Id) = (world, id);
        Upsd = new SimUpsd(what => world.Break($"client {id}: {what}"));
        toProxy = new SimPipe(world, Arrive);
        toClient = new SimPipe(world, bytes => Upsd.Feed(bytes.Span));
        Say("DUMPALL");
        Later();
    }

    internal int Id { get; }

    internal SimUpsd Upsd { get; }

    internal bool Open { get; private set; } = true;

    internal int Pings { get; private set; }

    private Dice Dice => world.Dice;

    internal void Say(string line, Asked? asked = null)
    {
        coming.Enqueue(asked);
        toProxy.Send(Encoding.Latin1.GetBytes(line + "\n"));
    }

    internal void Hear(ReadOnlyMemory<byte> bytes) => toClient.Send(bytes);

    internal void Ping()
    {
        Pings++;
        Say("PING");
    }

    /// <summary>The client leaves; what it said last is lost with it.</summary>
    internal void Leave()
    {
        Open = false;
        toProxy.Close();
        toClient.Close();
    }

    /// <summary>The proxy closed behind its last word.</summary>
    internal void Closed()
    {
        Open = false;
        toProxy.Close();
    }

    internal void Ask()
    {
        var id = Dice.PerMille(800) ? $"id-{++serial}" : null;      // ids of two clients are alike on purpose
        var tracking = id is null ? "" : $" TRACKING {id}";
        var mark = $"m{world.NextMark()}";
        switch (Dice.Below(13))
        {
            case < 5:
                var name = Dice.OneOf<string>(["test.battery.start", "test.battery.start", "load.off", "LOAD.OFF", "shutdown.return", "beeper.0", "beeper.1", "upstream.beeper.0", "no.such"]);
                Request($"INSTCMD {name} {mark}", tracking, name, id);
                break;
            case < 8:
                var variable = Dice.OneOf<string>(["ups.id", "ups.id", "input.sensitivity", "ups.load", "no.such", "UPS.ID"]);
                Request($"SET {variable} \"{(Dice.PerMille(300) ? $"{mark} \\#1 \\\"x\\\"" : mark)}\"", tracking, variable, id);
                break;
            case 12:
                if (Dice.PerMille(300))
                {
                    Request($"SET driver.flag.allow_killpower {Dice.Below(2)}", tracking, "driver.flag.allow_killpower", id, local: true);
                }
                else
                {
                    id ??= $"id-{++serial}";
                    Request("INSTCMD driver.killpower", $" TRACKING {id}", "driver.killpower", id, local: true);
                }

                break;
            case 8:
                Request($"SET driver.debug {Dice.Below(6)}", tracking, "driver.debug", id, local: true);
                break;
            case 9:
                Say(Dice.OneOf<string>(["DUMPALL", "DUMPVALUE ups.load", "DUMPSTATUS", "GETPID", "DUMPVALUE no.such", "dumpvalue UPS.STATUS"]));
                break;
            case 10:
                Say(Dice.OneOf<string>(["", "NONSENSE", "INSTCMD", "SET ups.id", "INSTCMD a b c d e f", "SET a b TRACKING", "\"# \"", "INSTCMD \"", "\"", new string('x', 3000)]));
                break;
            default:
                Ping();
                break;
        }
    }

    internal void Silence(bool silent)
    {
        Upsd.Gaps = true;
        Say(silent ? "NOBROADCAST" : "BROADCAST 1");
    }

    internal void Force(int source, bool primary, int seconds)
    {
        var name = $"{world.Plan.Drivers[source].Name}.force.{(primary ? "primary" : "ignore")}";
        Request($"INSTCMD {name} {seconds}", $" TRACKING id-{++serial}", name, $"id-{serial}", local: true, () => world.Oracle.Force(source, primary, seconds, world.Clock));
    }

    private void Request(string line, string tracking, string name, string? id, bool local = false, Action? meaning = null) =>
        Say(line + tracking, new Asked(Id, line, name, id) { Local = local, Meaning = meaning });

    private void Later() => world.After(Dice.Millis(500, 6000), () =>
    {
        if (Open)
        {
            Ping();
            Later();
        }
    });

    private void Arrive(ReadOnlyMemory<byte> bytes)
    {
        foreach (var b in bytes.Span)
        {
            if (b != (byte)'\n')
            {
                begun.Add(b);
                continue;
            }

            var line = Encoding.Latin1.GetString([.. begun]);
            begun.Clear();
            var asked = coming.Dequeue();
            if (Open)
            {
                world.FromClient(this, line, asked);
            }
        }
    }
}

using Understudy.Core;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>Connections between hosts in virtual time, as TCP gives them: in order, and ended by the kernel where a process died; a cut holds what was sent until it heals, or the sender gives up.</summary>
internal sealed class SimWires(Dice dice)
{
    /// <summary>What is sent and not acknowledged ends a connection after so long (TCP_USER_TIMEOUT of our sockets).</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(3);

    private readonly PriorityQueue<Action, (long Ticks, long Number)> events = new();
    private readonly HashSet<(SimHost, SimHost)> cuts = [];
    private readonly List<SimWire> open = [];
    private long number;

    internal Instant Now { get; private set; } = new(TimeSpan.FromDays(3).Ticks);

    internal void At(Instant at, Action what) => events.Enqueue(what, (Instant.Later(at, Now).Ticks, number++));

    internal void Run(Instant until)
    {
        while (events.TryPeek(out var what, out var at) && at.Ticks <= until.Ticks)
        {
            _ = events.Dequeue();
            Now = new Instant(at.Ticks);
            what();
        }

        Now = until;
    }

    internal bool IsCut(SimHost a, SimHost b) => cuts.Contains((a, b)) || cuts.Contains((b, a));

    internal void Cut(SimHost a, SimHost b) => cuts.Add((a, b));

    internal void Heal(SimHost a, SimHost b)
    {
        _ = cuts.Remove((a, b));
        foreach (var wire in open.Where(w => (w.Client == a && w.Server == b) || (w.Client == b && w.Server == a)).ToArray())
        {
            wire.Healed();
        }
    }

    /// <summary>Connects; either <paramref name="opened"/> or <paramref name="closed"/> is called, or neither where nobody answers.</summary>
    internal SimWire Connect(SimHost client, SimHost server, Action<SimWire> opened, Action<SimWire, bool> closed)
    {
        var wire = new SimWire(this, client, server, opened, closed, dice.Ticks(1_000, 30_000));
        open.Add(wire);
        wire.Send(toServer: true, wire.Accepted);
        return wire;
    }

    internal void Died(SimHost host)
    {
        foreach (var wire in open.Where(w => w.Client == host || w.Server == host).ToArray())
        {
            wire.Close(host);
        }
    }

    /// <summary>A connection between the two is reset, for both.</summary>
    internal void Reset(SimHost a, SimHost b)
    {
        foreach (var wire in open.Where(w => (w.Client == a && w.Server == b) || (w.Client == b && w.Server == a)).ToArray())
        {
            wire.Close(wire.Server);
        }
    }

    internal void Forget(SimWire wire) => open.Remove(wire);

    internal static TimeSpan Silence => s_silence;
}

/// <summary>One connection.</summary>
internal sealed class SimWire(SimWires wires, SimHost client, SimHost server, Action<SimWire> opened, Action<SimWire, bool> closed, long latencyTicks)
{
    private readonly List<(bool ToServer, Action What)> held = [];
    private readonly int clientLife = client.Life;
    private int serverLife = -1;
    private bool isClosed;
    private SimHost? toTell;

    internal SimHost Client => client;

    internal SimHost Server => server;

    internal TimeSpan Latency => TimeSpan.FromTicks(latencyTicks);

    internal bool IsOpen => !isClosed;

    /// <summary>The server's process takes it.</summary>
    internal void Accepted()
    {
        serverLife = server.Life;
        Send(toServer: false, () => opened(this));
    }

    /// <summary>Something is to be done at the other end, when it gets there.</summary>
    internal void Send(bool toServer, Action what)
    {
        if (isClosed)
        {
            return;
        }

        if (wires.IsCut(client, server))
        {
            held.Add((toServer, what));
            var sender = toServer ? client : server;
            wires.At(wires.Now + SimWires.Silence, () =>
            {
                if (!isClosed && wires.IsCut(client, server))
                {
                    Close(sender, tellsSelf: true);
                }
            });
            return;
        }

        wires.At(wires.Now + Latency, () => Arrive(toServer, what));
    }

    /// <summary>One end closes it, or its process is gone: the other hears of it.</summary>
    /// <param name="tellsSelf">The one that closes it did not want to: its kernel did.</param>
    internal void Close(SimHost by, bool tellsSelf = false)
    {
        if (isClosed)
        {
            return;
        }

        isClosed = true;
        held.Clear();
        server.Left(this);
        if (tellsSelf && by == client)
        {
            Tell(client);
        }

        var other = by == client ? server : client;
        if (wires.IsCut(client, server))
        {
            toTell = other;
            return;
        }

        wires.At(wires.Now + Latency, () => Tell(other));
        wires.Forget(this);
    }

    internal void Healed()
    {
        if (isClosed)
        {
            wires.Forget(this);
            if (toTell is { } other)
            {
                Tell(other);
            }

            return;
        }

        var all = held.ToArray();
        held.Clear();
        foreach (var (toServer, what) in all)
        {
            Send(toServer, what);
        }
    }

    private void Arrive(bool toServer, Action what)
    {
        if (isClosed)
        {
            return;
        }

        var to = toServer ? server : client;
        if (!to.IsUp || (toServer ? serverLife >= 0 && serverLife != server.Life : clientLife != client.Life))
        {
            isClosed = true;
            wires.Forget(this);
            if (toServer)
            {
                wires.At(wires.Now + Latency, () => Tell(client));
            }

            return;
        }

        to.Do(() =>
        {
            if (!isClosed)
            {
                what();
            }
        });
    }

    private void Tell(SimHost whom)
    {
        if (whom == client && client.Life == clientLife && client.IsUp)
        {
            client.Do(() => closed(this, serverLife < 0));
        }
    }
}

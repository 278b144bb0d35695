using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>A process on a host of its own, that offers sets.</summary>
internal abstract class SimHost(string name)
{
    private readonly Queue<Action> inbox = new();

    internal string Name => name;

    internal bool IsUp { get; private protected set; }

    internal bool IsFrozen { get; private set; }

    /// <summary>Which process it is: another after each start.</summary>
    internal int Life { get; private protected set; }

    /// <summary>Connections that asked to be told of sets that come and go.</summary>
    internal HashSet<SimWire> Notices { get; } = [];

    internal abstract IEnumerable<(string Instance, string Schema)> Directory();

    internal abstract SetLayout? Layout(string instance);

    internal abstract byte[]? Sample(string instance);

    /// <summary>A message of the config channel, from who came to us.</summary>
    internal virtual void Heard(SimWire wire, ConfigMessage message)
    {
        // A sampler has no peer.
    }

    internal virtual void Left(SimWire wire) => Notices.Remove(wire);

    /// <summary>Does a thing on its thread: at once, or when it goes on.</summary>
    internal void Do(Action what)
    {
        if (IsFrozen)
        {
            inbox.Enqueue(what);
            return;
        }

        what();
        Settle();
    }

    internal void Freeze() => IsFrozen = true;

    internal void Thaw(bool looksFirst)
    {
        if (!IsFrozen)
        {
            return;
        }

        IsFrozen = false;
        if (looksFirst)
        {
            Wake();
        }

        while (inbox.TryDequeue(out var what))
        {
            what();
            Settle();
        }

        Wake();
    }

    internal virtual void Kill(SimWires wires)
    {
        IsUp = IsFrozen = false;
        inbox.Clear();
        Notices.Clear();
        wires.Died(this);
    }

    internal virtual void Wake()
    {
        // A sampler samples when it is asked.
    }

    private protected virtual void Settle()
    {
        // Likewise.
    }
}

/// <summary>A sampler: one set, a sample a millisecond after each second of the wall clock.</summary>
internal sealed class SimSampler : SimHost
{
    private readonly SimWires wires;
    private readonly SetLayout layout;

    internal SimSampler(SimWires wires, string name)
        : base(name)
    {
        this.wires = wires;
        layout = SetLayout.Create(new SetDraft($"{name}/a", "meminfo", name, [new MetricField("n", "", MetricType.U64)]));
        IsUp = true;
    }

    internal string Set => layout.Instance;

    internal override IEnumerable<(string Instance, string Schema)> Directory() => [(layout.Instance, layout.Schema)];

    internal override SetLayout? Layout(string instance) => instance == layout.Instance ? layout : null;

    internal override byte[]? Sample(string instance)
    {
        var number = (SimCollector.Wall(wires.Now) - 1_000) / 1_000_000;
        var bytes = layout.NewSample();
        var writer = new SampleWriter(layout, bytes);
        writer.Begin();
        writer.Set(0, (ulong)number);
        writer.End((number * 1_000_000) + 1_000, TimeSpan.Zero, (ulong)number);
        return bytes;
    }
}

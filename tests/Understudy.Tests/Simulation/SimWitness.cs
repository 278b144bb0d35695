using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Peers;

namespace Understudy.Tests.Simulation;

/// <summary>The witness as its daemon would drive it, on a clock and a disk of its own.</summary>
internal sealed class SimWitness
{
    private readonly World world;
    private readonly Queue<(byte[] Bytes, Instant At)> inbox = new();
    private readonly List<ValueList<WitnessRecord>?> disk = [null];
    private HostClock clock;
    private Witness? role;
    private int run;
    private long busyUntil;
    private bool stepPlanned;

    internal SimWitness(World world)
    {
        this.world = world;
        clock = NewClock();
        Start(remembered: world.Dice.PerMille(500) ? [] : null);      // a fresh one starts with an empty file, or with none
    }

    /// <summary>Time that each batch of requests takes on top of the usual.</summary>
    internal long Slow { get; set; }

    internal bool Alive => role is not null;

    internal void Arrive(byte[] bytes)
    {
        if (role is not null && inbox.Count < 400)
        {
            inbox.Enqueue((bytes, clock.At(world.Now)));
            Plan(0);
        }
    }

    internal void Freeze(long span)
    {
        busyUntil = Math.Max(busyUntil, world.Now + span);
        world.Note("witness frozen");
    }

    internal void Kill()
    {
        (role, run) = (null, run + 1);
        inbox.Clear();
        world.Note("witness killed");
    }

    /// <param name="memory">0 none, 1 the newest, 2 an older copy.</param>
    internal void Restart(int memory)
    {
        if (role is not null)
        {
            return;
        }

        if (world.Dice.PerMille(300))
        {
            clock = NewClock();
        }

        var copy = memory == 2 ? disk[world.Dice.Below(disk.Count)] : memory == 1 ? disk[^1] : null;
        if (memory == 0)
        {
            disk.Add(null);
        }

        world.Note($"witness restarted, memory {(memory == 0 ? "lost" : memory == 1 ? "kept" : "old")}: {copy}");
        Start(copy);
    }

    internal void Hurry() => (Slow, busyUntil) = (0, world.Now);

    private void Start(ValueList<WitnessRecord>? remembered)
    {
        var now = clock.At(world.Now);
        var state = WitnessState.AtStart(remembered, world.Plan.Ttl, now);
        state = world.Plan.Breach == Breach.WitnessWithoutSilence && remembered is not { Count: > 0 } ? state with { QuietUntil = now } : state;
        busyUntil = world.Now;
        stepPlanned = false;
        role = new Witness(world.Plan.Settings, new KeyRing(new QuickSeal()), world.Dice.Next() | 1, state, now);
    }

    private HostClock NewClock() => new(world.Now, world.Dice.Millis(0, 100_000_000), world.Dice.Below(20_001) - 10_000);

    private void Plan(long delay)
    {
        if (!stepPlanned)
        {
            stepPlanned = true;
            var mine = run;
            world.At(Math.Max(world.Now + delay, busyUntil) + world.Dice.Micros(5, 100) + (Slow == 0 ? 0 : world.Dice.Ticks(0, Slow)), () =>
            {
                if (mine == run && role is not null)
                {
                    stepPlanned = false;
                    Step();
                }
            });
        }
    }

    private void Step()
    {
        if (world.Now < busyUntil)
        {
            Plan(0);
            return;
        }

        var now = clock.At(world.Now);
        while (inbox.TryDequeue(out var datagram))
        {
            _ = role!.Receive(datagram.Bytes, datagram.At, now);
        }

        while (role!.Turns.TryDequeue(out var turn))
        {
            world.Note($"witness: {turn.Ask.From} {turn.Ask.Order} -> {turn.Step.Word} epoch {turn.Step.Epoch} holder {turn.Step.Holder}");
        }

        if (!role.MustPersist)
        {
            Send(role.Outbox);
            return;
        }

        var records = role.State.Claims.Select(c => c.Record).ToValueList();
        var mine = run;
        var took = world.Dice.Micros(100, world.Dice.PerMille(50) ? 60_000 : 4_000);
        busyUntil = Math.Max(busyUntil, world.Now + took);
        if (world.Plan.Breach == Breach.WitnessAnswersBeforeTheDisk)
        {
            Send(role.Outbox);
            if (!world.Healed && world.Dice.PerMille(200))
            {
                Kill();
                world.After(world.Dice.Millis(1, 200), () => Restart(1));
                return;
            }
        }

        // The disk has it at some moment before the answer leaves; between the two it may be killed.
        world.After(took * 3 / 4, () =>
        {
            if (mine == run)
            {
                disk.Add(records);
                role.Persisted();
            }
        });
        world.After(took, () =>
        {
            if (mine == run)
            {
                Send(role.Outbox);
                Plan(0);
            }
        });
    }

    private void Send(Outbox outbox)
    {
        for (var i = 0; i < outbox.Count; i++)
        {
            var bytes = outbox.Get(i, out var peer, out _);
            world.Net.Send(world.Plan.Hosts, peer, SimNet.Lan, bytes);
        }

        outbox.Clear();
    }
}

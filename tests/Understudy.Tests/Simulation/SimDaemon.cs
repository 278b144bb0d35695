using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;

namespace Understudy.Tests.Simulation;

/// <summary>
/// One run of the daemon: the production <see cref="Candidate"/> and a driver that does what the daemon's loop does, together with the three who let go
/// for it (fence thread, guardian, kernel).
/// </summary>
internal sealed class SimDaemon
{
    private readonly World world;
    private readonly SimHost host;
    private readonly Queue<(byte[] Bytes, int Segment, Instant At)> inbox = new();
    private readonly Queue<Action<Candidate, Instant>> posts = new();
    private readonly List<(int Peer, int Segment, byte[] Bytes)> will = [];
    private long willEpoch;
    private long nextStep = long.MaxValue;
    private long stalledUntil;
    private long frozenUntil;
    private bool midway;
    private bool ended;
    private Instant fenceAt = Instant.Never;
    private long fenceEpoch;
    private Instant fencePlanned = Instant.Never;
    private Instant guardianPlanned = Instant.Never;
    private int commandRun;
    private DutyState stood;
    private Health probeSaid = Health.Unknown;

    internal SimDaemon(World world, SimHost host)
    {
        (this.world, this.host) = (world, host);
        Rules = world.Plan.RulesFor(host.Name, world.Dice.Next() | 1);
        Candidate = new Candidate(Rules, new KeyRing(new QuickSeal()), [host.EpochSeen], host.Clock.At(world.Now));
        stood = State;
    }

    internal Candidate Candidate { get; }

    internal CandidateRules Rules { get; }

    internal DutyState State => Candidate.Desks[0].State;

    /// <summary>When this process runs again: a stop of it, of everything, or of the machine.</summary>
    private long Stopped => Math.Max(frozenUntil, host.Stopped);

    internal void Begin()
    {
        var (running, held) = (host.Address, world.Plan.Breach == Breach.LetsGoOfWhatItSaw ? host.EpochSeen : host.EpochHeld);
        Post((c, now) => c.CarrierSeen(WorldPlan.Lan, host.Carrier, now));
        Post((c, now) => c.Tell(0, new DutyEvent.LookedAround(running, held), now));
        if (world.Plan.Probed)
        {
            world.After(world.Dice.Millis(1, 100), Probe);
        }

        Wake(world.Dice.Micros(10, 500));
    }

    internal void End() => ended = true;

    internal void Arrive(byte[] bytes, int segment)
    {
        if (inbox.Count < 400)
        {
            inbox.Enqueue((bytes, segment, host.Clock.At(world.Now)));
            Wake(world.Dice.Micros(3, 60));
        }
    }

    internal void Post(Action<Candidate, Instant> what)
    {
        posts.Enqueue(what);
        Wake(world.Dice.Micros(3, 60));
    }

    internal void AddressVanished() => Post((c, now) => c.Tell(0, new DutyEvent.AddressLost("10.99.0.100"), now));

    internal void Stall(long span)
    {
        world.Note($"{host.Name}: loop stalls for {World.Ms(span)}");
        stalledUntil = Math.Max(stalledUntil, world.Now + span);
    }

    internal void Freeze(long span)
    {
        world.Note($"{host.Name}: daemon frozen for {World.Ms(span)}");
        frozenUntil = Math.Max(frozenUntil, world.Now + span);
    }

    /// <summary>What the guardian was given to do when the daemon is dead.</summary>
    internal void ExecuteWill()
    {
        if (!host.Powered || !host.Guardian || host.Daemon is not null || willEpoch == 0)
        {
            return;
        }

        world.Note($"{host.Name} guardian executes the will of epoch {willEpoch}");
        host.DropAddress("the guardian");
        foreach (var (peer, segment, bytes) in will)
        {
            world.Net.Send(host.Place, peer, segment, bytes);
        }
    }

    private void Wake(long delay)
    {
        var at = Math.Max(world.Now + delay, Math.Max(stalledUntil, Stopped));
        if (midway || at >= nextStep)
        {
            return;
        }

        nextStep = at;
        world.At(at, () =>
        {
            if (!ended && nextStep == at)
            {
                nextStep = long.MaxValue;
                Step();
            }
        });
    }

    private void Step()
    {
        if (midway)
        {
            return;
        }

        if (world.Now < Math.Max(stalledUntil, Stopped))
        {
            Wake(world.Dice.Micros(0, 3000));
            return;
        }

        var now = host.Clock.At(world.Now);
        while (inbox.TryDequeue(out var datagram))
        {
            var refusal = Candidate.Receive(datagram.Bytes, datagram.Segment, datagram.At, now);
            if (refusal is not (Refusal.None or Refusal.Replayed))
            {
                world.Note($"{host.Name} refuses a {(DatagramKind)datagram.Bytes[3]}: {refusal}");
            }

            world.Coverage.Saw(datagram.Bytes, State);
        }

        while (posts.TryDequeue(out var post))
        {
            post(Candidate, now);
        }

        Candidate.Wake(now);
        Record();
        world.CheckStance(host, State, now);
        if (world.StallsMidway(out var span))
        {
            // A slow disk, or a stop of the process, between the decision and the deed.
            midway = true;
            world.Note($"{host.Name}: {World.Ms(span)} between decision and deed");
            world.After(span, Finish);
            return;
        }

        Finish();
    }

    private void Finish()
    {
        if (ended)
        {
            return;
        }

        if (world.Now < Stopped)
        {
            world.At(Stopped + world.Dice.Micros(0, 3000), Finish);
            return;
        }

        midway = false;
        Publish();
        for (var i = 0; i < 8 && Candidate.Orders.Count > 0; i++)
        {
            while (Candidate.Orders.TryDequeue(out var order))
            {
                Perform(order.Effect);
            }
        }

        Publish();
        RefreshKernel();
        Send();
        var due = host.Clock.WorldAt(Candidate.Deadline());
        Wake(posts.Count > 0 || inbox.Count > 0 || due <= world.Now ? world.Dice.Micros(3, 60) : due - world.Now + world.Dice.Micros(1, 120));
    }

    /// <summary>The ledger is written before the deed.</summary>
    private void Record()
    {
        while (Candidate.Turns.TryDequeue(out var turn))
        {
            world.Note($"{host.Name}: {turn.Before.Stance.Code()} --{turn.Event}--> {turn.Step.State.Stance.Code()}: {turn.Step.Reason}");
            world.Coverage.Turned(turn);
            host.EpochSeen = Math.Max(host.EpochSeen, turn.Step.State.EpochSeen);
            host.EpochHeld = Math.Max(host.EpochHeld, turn.Step.State.Hold?.Epoch ?? 0);
        }

        if (world.Plan.Breach == Breach.PromiseForgotten)
        {
            var state = State with { PromisedUntil = host.Clock.At(0) };
            Candidate.Desks[0].State = state;
        }
    }

    /// <summary>What follows from the state alone: the fence's deadline, and the will.</summary>
    private void Publish()
    {
        world.Coverage.Stands(stood, State, Candidate.Arbiter);
        stood = State;
        var hold = State.Hold;
        (fenceAt, fenceEpoch) = (hold?.Until ?? Instant.Never, hold?.Epoch ?? 0);
        PlanFence();
        PlanGuardian();
        var epoch = hold?.Epoch ?? (State.Stance is Stance.Stopping stopping ? stopping.Epoch : 0);
        if (epoch != willEpoch)
        {
            WriteWill(epoch);
        }
    }

    private void WriteWill(long epoch)
    {
        willEpoch = epoch;
        will.Clear();
        if (epoch == 0)
        {
            return;
        }

        var room = new byte[Datagram.MaxBytes];
        var now = host.Clock.At(world.Now);
        var sessions = Candidate.Talk.Sessions;
        for (var p = 0; p < sessions.Length; p++)
        {
            for (var l = 0; !sessions[p].Peer.Witness && l < sessions[p].Links.Length; l++)
            {
                var body = new LetGoBody(Candidate.Desks[0].Id, (ulong)epoch, 0).Write(room.AsSpan(Datagram.HeaderBytes));
                var length = Candidate.Talk.Frame(room, DatagramKind.LetGo, body, p, l, now, sessions[p].Links[l].NextSequence + (1UL << 32));
                will.Add((world.PlaceOf(sessions[p].Peer.Name), l, room[..length]));
            }
        }
    }

    /// <summary>The thread that sleeps until the deadline. It stops with its process.</summary>
    private void FenceLooks()
    {
        if (ended)
        {
            return;
        }

        if (world.Now < Stopped)
        {
            world.At(Stopped + world.Dice.Micros(0, 3000), FenceLooks);
            return;
        }

        fencePlanned = Instant.Never;
        if (host.Clock.At(world.Now) < fenceAt)
        {
            PlanFence();
        }
        else if (host.Address && world.Plan.Breach != Breach.NoFence)
        {
            var epoch = fenceEpoch;
            host.DropAddress($"the fence, epoch {epoch}");
            Post((c, at) => c.Tell(0, new DutyEvent.FenceFired(epoch), at));
        }
    }

    private void PlanFence()
    {
        if (fenceAt < fencePlanned)
        {
            fencePlanned = fenceAt;
            world.At(host.Clock.WorldAt(fenceAt) + world.Dice.Micros(1, 3000), FenceLooks);
        }
    }

    /// <summary>The parent: it looks a little after the fence, and kills a daemon that did not let go.</summary>
    private void GuardianLooks()
    {
        if (ended || !host.Guardian || world.Plan.Breach == Breach.NoFence)
        {
            return;
        }

        if (world.Now < host.Stopped)
        {
            world.At(host.Stopped + world.Dice.Micros(0, 5000), GuardianLooks);
            return;
        }

        guardianPlanned = Instant.Never;
        if (host.Clock.At(world.Now) < fenceAt)
        {
            PlanGuardian();
        }
        else if (host.Address)
        {
            host.KillDaemon(guardianToo: false, restartAfter: world.Dice.Millis(30, 500));
        }
    }

    private void PlanGuardian()
    {
        if (fenceAt < guardianPlanned)
        {
            guardianPlanned = fenceAt;
            world.At(host.Clock.WorldAt(fenceAt) + world.Dice.Micros(3000, 9000), GuardianLooks);
        }
    }

    private void RefreshKernel()
    {
        if (world.Plan.KernelHelps && host.Address && State.Hold is { Seized: false } hold)
        {
            host.AddAddress(KernelSeconds(hold.Until));
        }
    }

    /// <summary>The largest whole number of seconds that is over, the kernel's lateness included, when the claim is: it may run on for the margin and the stop.</summary>
    private int KernelSeconds(Instant until)
    {
        var end = until + (world.Plan.Ttl - Rules.Duties[0].Lease) - (world.Plan.Ttl / 50);
        var spare = (end - host.Clock.At(world.Now)).TotalSeconds - 0.05;
        return (int)Math.Floor((spare / 9 * 8) - 0.25);
    }

    private void Send()
    {
        var outbox = Candidate.Outbox;
        for (var i = 0; i < outbox.Count; i++)
        {
            var bytes = outbox.Get(i, out var peer, out var link);
            var to = Candidate.Talk.Sessions[peer].Peer;
            world.Net.Send(host.Place, to.Witness ? world.Plan.Hosts : world.PlaceOf(to.Name), to.Witness ? SimNet.Lan : link, bytes);
        }

        outbox.Clear();
    }

    private void Perform(DutyEffect effect)
    {
        world.Note($"{host.Name} does {effect}");
        if (effect is DutyEffect.Start start)
        {
            Begin(start);
        }
        else if (effect is DutyEffect.Stop stop)
        {
            Stop(stop);
        }
        else if (effect is DutyEffect.ProbeNow)
        {
            world.After(world.Dice.Millis(1, 30), ProbeOnce);
        }
    }

    private void Begin(DutyEffect.Start start)
    {
        var now = host.Clock.At(world.Now);
        if (now >= start.NotAfter && world.Plan.Breach != Breach.NotAfterIgnored)
        {
            Post((c, at) => c.Tell(0, new DutyEvent.StartFailed(start.Epoch, "its time had passed", Later: true), at));
            return;
        }

        world.Started(host, start.Epoch);
        host.AddAddress(world.Plan.KernelHelps ? Math.Max(0, KernelSeconds(start.NotAfter)) : 0);
        var run = ++commandRun;
        if (!world.Plan.Commanded || (host.Service && State.Stance is Stance.Active))
        {
            Post((c, at) => c.Tell(0, new DutyEvent.Started(start.Epoch), at));
            return;
        }

        (host.Service, host.Undying) = (true, false);
        world.CheckServices();
        if (!host.CommandsGood && world.Dice.PerMille(500))
        {
            if (world.Dice.PerMille(500))
            {
                return;      // hangs: the machine's own limit must help
            }

            Later(world.Dice.Millis(1, 300), run, (c, at) => c.Tell(0, new DutyEvent.StartFailed(start.Epoch, "exit 1", world.Dice.PerMille(300)), at));
            return;
        }

        Later(host.CommandsGood || world.Dice.PerMille(500) ? world.Dice.Millis(1, 150) : 0, run, (c, at) => c.Tell(0, new DutyEvent.Started(start.Epoch), at));
    }

    private void Stop(DutyEffect.Stop stop)
    {
        var run = ++commandRun;
        if (world.Plan.Breach == Breach.GivesBackBeforeTheStop)
        {
            Post((c, at) => c.Tell(0, new DutyEvent.Stopped(stop.Epoch), at));
            world.After(world.Dice.Millis(1, 80), () => host.DropAddress("late stop"));
            return;
        }

        host.DropAddress($"stop of epoch {stop.Epoch}");
        if (!world.Plan.Commanded || !host.Service)
        {
            Post((c, at) => c.Tell(0, new DutyEvent.Stopped(stop.Epoch), at));
            return;
        }

        // A stop that hangs is killed at its limit, with its process group.
        var limit = world.Plan.StopLimit.Ticks;
        var hangs = !host.CommandsGood && world.Dice.PerMille(500);
        Later(hangs ? limit : world.Dice.Ticks(limit / 20, limit), run, (c, at) =>
        {
            if (hangs && world.Dice.PerMille(200))
            {
                host.Undying = true;
                c.Tell(0, new DutyEvent.StopFailed(stop.Epoch, "its processes do not die"), at);
                return;
            }

            (host.Service, host.Undying) = (false, false);
            c.Tell(0, new DutyEvent.Stopped(stop.Epoch), at);
        });
    }

    private void Later(long delay, int run, Action<Candidate, Instant> what) => world.After(delay, () =>
    {
        if (run == commandRun && !ended)
        {
            Post(what);
        }
    });

    private void Probe()
    {
        if (!ended)
        {
            ProbeOnce();
            world.After(world.Dice.Millis(100, 400), Probe);
        }
    }

    private void ProbeOnce()
    {
        if (ended || world.Now < Stopped)
        {
            return;
        }

        var health = host.ProbeGood && (!world.Plan.Commanded || host.Service) ? Health.Healthy : Health.Failed;
        if (health != probeSaid)
        {
            probeSaid = health;
            Post((c, now) => c.Tell(0, new DutyEvent.ServiceJudged(new Judged(health, health == Health.Healthy ? "it answers" : "http 500")), now));
        }
    }
}

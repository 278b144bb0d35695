using Understudy.Core;
using Understudy.Core.Duties;

namespace Understudy.Tests.Simulation;

/// <summary>Brings the faults of a world's plan at random moments, each with an end, and in the end heals all of them.</summary>
internal sealed class Nemesis
{
    private readonly World world;
    private readonly bool forgets;
    private int era;

    internal Nemesis(World world)
    {
        this.world = world;
        forgets = Has(Fault.WitnessForgot) || Has(Fault.LedgerLost) || (Has(Fault.WitnessOldCopy) && world.Plan.Breach == Breach.None);
        Midway = Has(Fault.LoopStalled) || Has(Fault.DaemonFrozen);
        Bodily = world.Plan.Faults.Any(f => f is Fault.HostCrash or Fault.LedgerLost or Fault.DaemonKilled or Fault.DaemonAndGuardianKilled or Fault.DaemonRetired
            or Fault.LoopStalled or Fault.DaemonFrozen or Fault.AllFrozen or Fault.Suspended);
    }

    /// <summary>Nobody who must remember an epoch forgets it: then epochs grow across holders without exception.</summary>
    internal bool Remembered => !forgets;

    /// <summary>The loop may be late between its decision and its deed.</summary>
    internal bool Midway { get; }

    /// <summary>Hosts or processes fail too, not only the network, the witness and the service.</summary>
    internal bool Bodily { get; }

    private Dice Dice => world.Dice;

    private SimNet Net => world.Net;

    internal void Begin()
    {
        if (world.Plan.Faults.Length > 0)
        {
            world.At(Dice.Millis(500, 3000), Strike);
        }
    }

    internal void Heal()
    {
        era++;
        Net.Heal();
        if (world.Witness is { } witness)
        {
            witness.Hurry();
            witness.Restart(1);
        }

        foreach (var host in world.Hosts)
        {
            (host.ProbeGood, host.CommandsGood, host.Idle) = (true, true, true);
            host.SetCarrier(true);
            host.Boot();
            host.StartDaemon();
            Ask(host, new DutyEvent.IdleSeen(true));
            Ask(host, new DutyEvent.ReleaseAsked("operator"));
            world.After(TimeSpan.TicksPerSecond * 3 / 2, () => Ask(host, new DutyEvent.ReleaseAsked("operator")));      // what was on its way to a fault has got there
        }
    }

    private bool Has(Fault fault) => world.Plan.Faults.Contains(fault);

    private void Strike()
    {
        if (world.Healed)
        {
            return;
        }

        Bring(Dice.OneOf<Fault>(world.Plan.Faults));
        world.After(Dice.Ticks(world.Plan.Pause / 10, world.Plan.Pause * 2), Strike);
    }

    /// <summary>How long a fault lasts: from a blink to longer than any claim.</summary>
    private long Span() => Dice.OneOf<long>([Dice.Millis(1, 200), Dice.Ticks(1, world.Plan.Ttl.Ticks), Dice.Ticks(1, world.Plan.Ttl.Ticks * 3), Dice.Millis(100, 4000)]);

    private SimHost AnyHost()
    {
        // Mostly whoever has the address: what befalls a standby is seldom of interest.
        var holder = Array.Find(world.Hosts, h => h.Address);
        return holder is not null && Dice.PerMille(500) ? holder : world.Hosts[Dice.Below(world.Hosts.Length)];
    }

    private static void Ask(SimHost host, DutyEvent asked) => host.Daemon?.Post((c, now) => c.Tell(0, asked, now));

    private void Until(long span, Action end)
    {
        var mine = era;
        world.After(span, () =>
        {
            if (mine == era)
            {
                end();
            }
        });
    }

    private void Cut(int from, int to, int segment, long span)
    {
        if (from == to)
        {
            return;
        }

        Net.Cut(from, to, segment, 1);
        Until(span, () => Net.Cut(from, to, segment, -1));
    }

    private void CutAll(Func<int, int, int, bool> which, long span)
    {
        for (var from = 0; from < Net.Places; from++)
        {
            for (var to = 0; to < Net.Places; to++)
            {
                for (var segment = 0; segment < 2; segment++)
                {
                    if (which(from, to, segment))
                    {
                        Cut(from, to, segment, span);
                    }
                }
            }
        }
    }

    private void Bring(Fault fault)
    {
        var (host, span, segment) = (AnyHost(), Math.Min(Span(), world.Plan.Chaos - world.Now), Dice.Below(2));
        var me = host.Place;
        var other = (me + 1 + Dice.Below(world.Hosts.Length - 1)) % world.Hosts.Length;
        world.Note($"FAULT {fault} {host.Name} {World.Ms(span)}");
        switch (fault)
        {
            case Fault.CutOneWay:
                Cut(Dice.Below(Net.Places), Dice.Below(Net.Places), segment, span);
                break;
            case Fault.CutBothWays:
                var (a, b) = (Dice.Below(Net.Places), Dice.Below(Net.Places));
                Cut(a, b, segment, span);
                Cut(b, a, segment, span);
                break;
            case Fault.PairCutFromEachOther:
                CutAll((from, to, _) => (from == me && to == other) || (from == other && to == me), span);
                break;
            case Fault.HostDeafOrDumb:
                var dumb = Dice.PerMille(500);
                CutAll((from, to, s) => (dumb ? from : to) == me && s == segment, span);
                break;
            case Fault.HostDumb:
                CutAll((from, _, _) => from == me, span);
                break;
            case Fault.ServiceLinkCut:
                CutAll((from, to, s) => (from == me || to == me) && s == SimNet.Lan, span);
                break;
            case Fault.CarrierLost:
                CutAll((from, to, s) => (from == me || to == me) && s == SimNet.Lan, span);
                host.SetCarrier(false);
                Until(span, () => host.SetCarrier(true));
                break;
            case Fault.HostIsolated:
                CutAll((from, to, _) => from == me || to == me, span);
                break;
            case Fault.AllCutFromEachOther:
                CutAll((_, _, _) => true, span);
                break;
            case Fault.LossBurst:
                var loss = 100 + Dice.Below(600);
                Net.MoreLoss[segment] += loss;
                Until(span, () => Net.MoreLoss[segment] -= loss);
                break;
            case Fault.DelayBurst:
                var delay = Dice.Millis(5, Dice.PerMille(500) ? 100 : 1500);
                Net.MoreDelay[segment] += delay;
                Until(span, () => Net.MoreDelay[segment] -= delay);
                break;
            case Fault.HostCrash:
                host.Crash();
                world.After(Dice.PerMille(500) ? Dice.Millis(20, 300) : span, host.Boot);
                break;
            case Fault.LedgerLost:
                host.Crash();
                (host.EpochSeen, host.EpochHeld) = (0, 0);
                world.After(Dice.Millis(20, 1500), host.Boot);
                break;
            case Fault.DaemonKilled:
                host.KillDaemon(guardianToo: false, Dice.Millis(20, 1500));
                break;
            case Fault.DaemonAndGuardianKilled when KernelCovers(host):
                host.KillDaemon(guardianToo: true, Dice.Millis(20, 3000));
                break;
            case Fault.AllFrozen when KernelCovers(host):
                host.Freeze(span);
                break;
            case Fault.DaemonAndGuardianKilled or Fault.AllFrozen:
                break;      // docs/guide/limits.md: without the kernel's lifetime this is not covered
            case Fault.DaemonRetired:
                Ask(host, new DutyEvent.RetireAsked("the daemon ends"));
                var daemon = host.Daemon;
                world.At(Math.Max(world.Now, host.Stopped) + Dice.Millis(50, 1500), () => End(host, daemon));
                break;
            case Fault.LoopStalled:
                host.Daemon?.Stall(span);
                break;
            case Fault.DaemonFrozen:
                host.Daemon?.Freeze(span);
                break;
            case Fault.Suspended when host.Stopped <= world.Now && (!host.Address || (host.Daemon is not null && host.Guardian)):
                host.Pause(span);
                break;
            case Fault.Suspended:
                break;      // it is stopped already, or nobody of ours lives who could look at the clock on its return
            case Fault.WitnessCutFromHost:
                Cut(me, world.Plan.Hosts, SimNet.Lan, span);
                Cut(world.Plan.Hosts, me, SimNet.Lan, span);
                break;
            case Fault.WitnessKilled:
                EndWitness(1, span);
                break;
            case Fault.WitnessForgot:
                EndWitness(0, span);
                break;
            case Fault.WitnessOldCopy:
                EndWitness(2, span);
                break;
            case Fault.WitnessFrozen:
                world.Witness?.Freeze(span);
                break;
            case Fault.WitnessSlow:
                Slow(span);
                break;
            case Fault.OperatorHolds:
                Ask(host, new DutyEvent.HoldAsked("operator"));
                Until(span, () => Ask(host, new DutyEvent.ReleaseAsked("operator")));
                break;
            case Fault.OperatorHandsOver:
                Ask(host, new DutyEvent.HandoverAsked(Dice.PerMille(500) ? null : WorldPlan.Names[other], "operator"));
                break;
            case Fault.ProbeFails:
                host.ProbeGood = false;
                Until(span, () => host.ProbeGood = true);
                break;
            case Fault.CommandsMisbehave:
                host.CommandsGood = false;
                Until(span, () => host.CommandsGood = true);
                break;
            case Fault.IdleFlips:
                Ask(host, new DutyEvent.IdleSeen(false));
                Until(span, () => Ask(host, new DutyEvent.IdleSeen(true)));
                break;
        }
    }

    /// <summary>With nobody of ours left running, only a lifetime that the kernel was given ends the address.</summary>
    private bool KernelCovers(SimHost host) =>
        world.Now >= host.PausedUntil && (!host.Address || (world.Plan.Ttl >= TimeSpan.FromMilliseconds(1500) && (host.KernelEnd < world.Now + TimeSpan.TicksPerMinute || world.Plan.Breach == Breach.NoKernelLease)));

    private void End(SimHost host, SimDaemon? daemon)
    {
        if (daemon is null || host.Daemon != daemon)
        {
            return;
        }

        if (world.Now < host.Stopped)
        {
            world.At(host.Stopped, () => End(host, daemon));
            return;
        }

        host.KillDaemon(guardianToo: false, Dice.Millis(20, 500));
    }

    private void EndWitness(int memory, long span)
    {
        if (world.Witness is { Alive: true } witness)
        {
            witness.Kill();
            Until(Dice.PerMille(400) ? Dice.Millis(1, 60) : span, () => witness.Restart(memory));
        }
    }

    private void Slow(long span)
    {
        if (world.Witness is { } witness)
        {
            witness.Slow = Dice.Millis(5, Dice.PerMille(500) ? 100 : 1000);
            Until(span, () => witness.Slow = 0);
        }
    }
}

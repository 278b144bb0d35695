using System.Net;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Peers;
using Understudy.Core.Settings;

namespace Understudy.Tests.Simulation;

/// <summary>What one world is like, drawn from its seed: hosts, settings, network, and the kinds of faults that may come.</summary>
internal sealed record WorldPlan(
    UnderstudySettings Settings,
    bool Arbitrated,
    TimeSpan Ttl,
    TimeSpan StopLimit,
    bool Commanded,
    bool Probed,
    FailbackSettings Failback,
    long Latency,
    long Jitter,
    int Loss,
    int Repeats,
    long Chaos,
    long Calm,
    Fault[] Faults,
    long Pause,
    Breach Breach)
{
    internal static readonly string[] Names = ["alpha", "beta", "gamma"];

    internal const string Lan = "eth0";

    internal int Hosts => Settings.Nodes.Count;

    internal TimeSpan DeadAfter => Settings.Heartbeat.DeadAfter;

    /// <summary>Whether the kernel's lifetime can bound an address at all (docs/guide/limits.md).</summary>
    internal bool KernelHelps => Arbitrated && Ttl >= TimeSpan.FromMilliseconds(1500) && Breach != Breach.NoKernelLease;

    internal static WorldPlan Draw(Dice dice, Breach breach, bool quiet = false)
    {
        var taken = breach is Breach.SilenceIsDeath or Breach.SilenceIsDeathAndBorne;
        var arbitrated = !taken && (!dice.PerMille(120) || breach != Breach.None);
        var ttl = TimeSpan.FromMilliseconds(dice.OneOf<int>([300, 400, 600, 600, 1000, 1500, 1500, 2000, 3000]));
        var margin = ArbiterSettings.FenceMarginOf(ttl);
        var renew = ArbiterSettings.RenewEveryOf(ttl);
        var commanded = dice.PerMille(450);
        var room = ttl - margin - (renew * 2);
        var stop = commanded ? new TimeSpan(Math.Max(TimeSpan.TicksPerMillisecond * 10, room.Ticks * dice.Below(100) / 100)) : TimeSpan.Zero;
        var every = TimeSpan.FromMilliseconds(dice.OneOf<int>([50, 100, 100, 100, 200]));
        var failback = dice.Below(10) switch
        {
            < 6 => (FailbackSettings)new FailbackSettings.Never(),
            < 9 => new FailbackSettings.After(TimeSpan.FromMilliseconds(dice.Below(3000))),
            _ => new FailbackSettings.WhenIdle(),
        };
        var hosts = dice.PerMille(200) ? 3 : 2;
        var probed = dice.PerMille(500);
        var duty = new DutySettings(
            "web",
            Names.Take(hosts).ToValueList(),
            [new AddressSettings(IPAddress.Parse("10.99.0.100"), 24, Lan)],
            commanded ? RunSettings.Of("/etc/understudy/web") with { StopLimit = stop, StartLimit = TimeSpan.FromMilliseconds(1000) } : null,
            probed ? [null!] : [],
            failback,
            taken ? SplitPolicy.Take : SplitPolicy.Hold,
            new RestartSettings(dice.PerMille(300) ? 2 : 1000, TimeSpan.FromMinutes(10), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1)));
        var settings = new UnderstudySettings(
            "alpha",
            [],
            UnderstudySettings.DefaultPort,
            Names.Take(hosts).Select(n => new NodeSettings(n, [new LinkSettings("lan", IPAddress.Loopback), new LinkSettings("private", IPAddress.Loopback)])).ToValueList(),
            new HeartbeatSettings(every, every * dice.OneOf<double>([2.5, 3.5, 3.5, 4.5]), HeartbeatJudge.Missed, 2, TimeSpan.FromSeconds(1)),
            arbitrated ? new ArbiterSettings.Witness([IPAddress.Loopback], ttl, margin, Promises: dice.PerMille(850), "/var/lib/understudy/witness.json") : new ArbiterSettings.None(),
            [duty],
            null!,
            null!);
        // A network as slow as this needs a claim that outlives several questions.
        var slow = (!arbitrated || ttl - margin - stop >= TimeSpan.FromMilliseconds(600)) && dice.PerMille(250);
        return new WorldPlan(
            settings,
            arbitrated,
            arbitrated ? ttl : TimeSpan.FromSeconds(3),
            stop,
            commanded,
            probed,
            failback,
            Latency: slow ? dice.Millis(1, 15) : dice.Micros(30, 800),
            Jitter: slow ? dice.Millis(1, 20) : dice.Micros(10, 500),
            Loss: quiet ? dice.Below(10) : dice.OneOf<int>([0, 0, 5, 20, 100]),
            Repeats: dice.OneOf<int>([0, 0, 10, 100]),
            Chaos: quiet ? dice.Millis(8_000, 12_000) : dice.Millis(4_000, 12_000),
            Calm: dice.Millis(1_500, 2_500),
            Faults: quiet ? [] : Focus(breach) ?? Choose(dice),
            Pause: dice.Millis(100, 1500),
            breach);
    }

    /// <summary>Some breaches show only where certain faults meet; a sibling's worlds need not be fair.</summary>
    private static Fault[]? Focus(Breach breach) => breach switch
    {
        Breach.LeaseFromArrival => [Fault.DelayBurst, Fault.DelayBurst, Fault.HostDumb],
        Breach.WitnessAnswersBeforeTheDisk => [Fault.HostIsolated, Fault.ServiceLinkCut, Fault.OperatorHandsOver, Fault.HostCrash, Fault.PairCutFromEachOther],
        Breach.PromiseForgotten => [Fault.WitnessCutFromHost, Fault.WitnessKilled, Fault.PairCutFromEachOther, Fault.HostIsolated, Fault.CutBothWays],
        Breach.NoGrace => [Fault.WitnessCutFromHost, Fault.WitnessCutFromHost, Fault.PairCutFromEachOther, Fault.DaemonKilled],
        Breach.NotAfterIgnored => [Fault.LoopStalled, Fault.DaemonFrozen, Fault.HostIsolated, Fault.OperatorHandsOver, Fault.HostCrash],
        Breach.OldCopyOfTheWitness => [Fault.WitnessOldCopy, Fault.HostIsolated, Fault.PairCutFromEachOther, Fault.OperatorHandsOver, Fault.ServiceLinkCut],
        Breach.WitnessWithoutSilence => [Fault.WitnessForgot, Fault.WitnessForgot, Fault.HostIsolated, Fault.PairCutFromEachOther, Fault.ServiceLinkCut],
        _ => null,
    };

    /// <summary>Not all kinds in every world: a few kinds alone go deeper than all together.</summary>
    private static Fault[] Choose(Dice dice)
    {
        // Whoever loses two of the memories at once may grant one epoch twice, and so may an old copy (docs/guide/limits.md).
        var lost = dice.PerMille(500) ? Fault.WitnessForgot : Fault.LedgerLost;
        var all = Enum.GetValues<Fault>().Where(f => f != lost && f != Fault.WitnessOldCopy).ToArray();
        if (dice.PerMille(300))
        {
            return all;
        }

        var few = new Fault[2 + dice.Below(6)];
        for (var i = 0; i < few.Length; i++)
        {
            few[i] = dice.OneOf<Fault>(all);
        }

        return few;
    }

    internal CandidateRules RulesFor(string node, ulong boot)
    {
        var rules = CandidateRules.From(Settings with { Node = node }, boot);
        return Breach switch
        {
            Breach.LeaseLongerThanTtl => rules with { Duties = rules.Duties.Select(d => d with { Lease = d.Ttl * 1.3 }).ToValueList() },
            Breach.NoGrace => rules with { Duties = rules.Duties.Select(d => d with { Grace = TimeSpan.FromMilliseconds(1) }).ToValueList() },
            _ => rules,
        };
    }
}

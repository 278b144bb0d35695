namespace Understudy.Lab.Worlds.Faults;

/// <summary>All faults of the lab, in the order of the tables. The active host is alpha.</summary>
public static class VipFaults
{
    private static readonly TimeSpan Short = TimeSpan.Zero;
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    public static IReadOnlyList<VipFault> All { get; } =
    [
        new("handover", "planned hand-over", Wanted.BetaServes, Brief, p => p.HandOver(), p => p.HandBack()) { HoldExactly = true },
        new("host-off", "host off", Wanted.BetaServes, Short, p => p.PowerOff(Host.Alpha), p => p.PowerOn(Host.Alpha)),
        new("carrier-lost", "service link cut with carrier loss", Wanted.BetaServes, Short, p => p.Unplug(Host.Alpha), p => p.Plug(Host.Alpha)),
        new("service-cut", "service link cut, carrier stays", Wanted.BetaServes, Short, p => p.Lose(Loss.Service(Host.Alpha)), p => p.Mend()),
        new("outbound-lost", "only outbound lost", Wanted.BetaServes, Short, p => p.Lose(Loss.Outbound(Host.Alpha)), p => p.Mend()),
        new("inbound-lost", "only inbound lost", Wanted.BetaServes, Short, p => p.Lose(Loss.Inbound(Host.Alpha)), p => p.Mend()),
        new("all-links-cut", "every link of the active host cut, it runs on", Wanted.BetaServes, Short, p => p.Lose(Loss.All(Host.Alpha)), p => p.Mend()),
        new("pair-cut", "alpha and beta cut from each other", Wanted.AlphaStays, Short, p => p.Lose(Loss.BetweenPair()), p => p.Mend()),
        new(
            "all-cut",
            "alpha, beta and witness cut from each other",
            Wanted.NobodyServes,
            Short,
            p => p.Lose([.. Loss.BetweenPair(), .. Loss.Between(Host.Alpha, Host.Witness), .. Loss.Between(Host.Beta, Host.Witness)]),
            p => p.Mend()),
        new("witness-dead", "witness dead for 60 s", Wanted.AlphaStays, Minute, p => p.KillEverything(Host.Witness), p => p.Restart(Host.Witness))
        {
            HoldExactly = true, Quiet = true, NeedsWitness = true,
        },
        new("daemon-killed", "kill -9 of the daemon", Wanted.SomebodyServes, Short, p => p.KillDaemon(Host.Alpha), p => p.Restart(Host.Alpha)),
        new(
            "all-killed",
            "kill -9 of everything on the host",
            Wanted.BetaServes,
            Short,
            p => p.KillEverything(Host.Alpha),
            p => p.Restart(Host.Alpha))
        {
            NeedsKernelToLetGo = true,
        },
        new("daemon-frozen", "SIGSTOP of the daemon, 5 s", Wanted.SomebodyServes, Freeze, p => p.FreezeDaemon(Host.Alpha), p => p.Thaw()) { HoldExactly = true },
        new("all-frozen", "SIGSTOP of everything on the host, 5 s", Wanted.BetaServes, Freeze, p => p.FreezeEverything(Host.Alpha), p => p.Thaw())
        {
            HoldExactly = true, NeedsKernelToLetGo = true,
        },
        new("standby-killed", "the standby dies and returns", Wanted.AlphaStays, Short, p => p.KillEverything(Host.Beta), p => p.Restart(Host.Beta)),
        new("standby-frozen", "the standby freezes for 5 s", Wanted.AlphaStays, Freeze, p => p.FreezeEverything(Host.Beta), p => p.Thaw()) { HoldExactly = true },
        new("witness-frozen", "the witness freezes for 5 s", Wanted.AlphaStays, Freeze, p => p.FreezeEverything(Host.Witness), p => p.Thaw())
        {
            HoldExactly = true, NeedsWitness = true,
        },
        new("unhealthy", "service unhealthy (http 500)", Wanted.BetaServes, Freeze, p => p.MakeIll(), p => p.MakeWell()) { NeedsHealth = true },
        new("loss-30", "30 % random loss on both links for 60 s", Wanted.AlphaStays, Minute, p => p.Lose(Loss.All(Host.Alpha, 30)), p => p.Mend())
        {
            HoldExactly = true, Quiet = true,
        },
        new("quiet", "nothing at all for 60 s", Wanted.AlphaStays, Minute, _ => { }, _ => { }) { HoldExactly = true, Quiet = true },
    ];

    /// <exception cref="ArgumentException">There is no such fault; the message lists all.</exception>
    public static VipFault Find(string id) =>
        All.FirstOrDefault(f => f.Id == id) ?? throw new ArgumentException($"no fault '{id}'; there are: {string.Join(", ", All)}", nameof(id));
}

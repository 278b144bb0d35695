using Understudy.Core.Plans;
using Understudy.Core.Power;
using static Understudy.Tests.Power.RoomTableHow;

namespace Understudy.Tests.Power;

/// <summary>What happens in rooms, one row each, with what is asked of this guard and what is known of seed 002's program. Times are those that a file gets which sets none: 5 minutes of
/// grace, a look each 10 s, a countdown of a minute; and 1 and 5 minutes for the older program.</summary>
internal static class RoomTable
{
    private const double Ever = double.PositiveInfinity;

    private const string Hooked = """
            plan:
              - { notify: [wall, syslog] }
              - { stop: batch.slice, limit: 1m }
              - { command: /etc/understudy/hook, limit: 2m, ceiling: 10m }
              - { poweroff: now }
        """;

    private const string Cool = "    heat: { extend_to: 30m }";

    private static readonly (double, double)[] s_half = [(0, Minutes(30))];

    private static readonly (string, int)[] s_six = [("alpha", 0), ("beta", 0), ("gamma", 1), ("delta", 1), ("epsilon", 2), ("zeta", 2)];

    /// <summary>Grace, look and detection: 5:00 from the first look that found it dark, and the last look.</summary>
    private static RoomTableLeave[] Leaves(double from = 302, double until = 322, string host = "") => [new(host, from, until, Always)];

    private static RoomTableLeave[] Stays => [new("", 0, 0, Never)];

    /// <summary>5:06 to 6:26, as it was measured of the program itself.</summary>
    private static RoomTableLeave[] SeedLeaves => [new("", 306, 387, Always)];

    private static RoomTableLeave[] Sometimes(double from, double until) => [new("", from, until, RoomTableHow.Sometimes)];

    internal static IReadOnlyList<RoomTableRow> Rows { get; } =
    [
        new("The mains are lost", "for 5 s", new() { Outages = [(0, 5)] }, Stays, Stays),
        new("The mains are lost", "for 2 min", new() { Outages = [(0, 120)] }, Stays, Stays),
        new("The mains are lost", "for 4 min 59 s", new() { Outages = [(0, 299)] }, Stays, Stays),
        new("The mains are lost", "for 30 min", new() { Outages = s_half }, Leaves(), SeedLeaves),
        new("The mains are lost", "for 6 min", new() { Outages = [(0, 360)] }, Leaves(), Sometimes(306, 372)),
        new("The mains are lost", "twice for 30 s, five minutes apart", new() { Outages = [(0, 30), (300, 330)] }, Stays, Sometimes(320, 345)),
        new("The mains are lost", "again and again: 3 min without, 20 s with, for half an hour",
            new() { Outages = [.. Enumerable.Range(0, 9).Select(i => (i * 200.0, (i * 200.0) + 180))] }, Leaves(330, 720), SeedLeaves),
        new("The mains are lost", "again and again: 1 min without, 15 s with, for half an hour",
            new() { Outages = [.. Enumerable.Range(0, 24).Select(i => (i * 75.0, (i * 75.0) + 60))] }, Leaves(780, 960), []),

        new("Something else breaks", "the switch of one witness is away for 10 min", new() { SwitchOff = [(0, 600)] }, Stays, SeedLeaves),
        new("Something else breaks", "all switches are away for 10 min", new() { AllSwitchesOff = [(0, 600)] }, Stays, SeedLeaves),
        new("Something else breaks", "one witness is dead for a year",
            new() { WitnessBroken = [(0, 365 * 86_400)], Until = 365 * 86_400, Witnesses = Each("5m") }, Stays, SeedLeaves),
        new("Something else breaks", "one witness is dead; a day after its death the mains are lost for 30 min",
            new() { WitnessBroken = [(0, Ever)], Outages = [(86_400, 86_400 + Minutes(30))], Until = 86_400 + Minutes(60) }, Leaves(86_400 + 302, 86_400 + 322), SeedLeaves),
        new("Something else breaks", "one witness was never up since the host's start", new() { WitnessBroken = [(-Ever, Ever)], Up = 0 }, Stays, Leaves(370, 390)),
        new("Something else breaks", "there is no route for 30 min, or no permission, or no program to look with", new() { CannotLook = s_half }, Stays, [new("", 300, 363, Always)]),
        new("Something else breaks", "the mains are lost for 30 min, and after 2 min all switches too: nobody can tell",
            new() { Outages = s_half, AllSwitchesOff = [(120, Minutes(30))] }, Stays, SeedLeaves),

        new("Our own host", "its daemon is killed 2 min 30 s into an outage of 30 min, and is back 5 s later", new() { Outages = s_half, Restart = (150, 155) }, Leaves(302, 335),
            [new("", 520, 600, Always)]),
        new("Our own host", "it stands still for a minute, 2 min into an outage of 30 min", new() { Outages = s_half, Frozen = (120, 180) }, Leaves(302, 372), [new("", 306, 450, Always)]),
        new("Our own host", "it stands still for a minute in an outage of 5 min 10 s, which ends meanwhile", new() { Outages = [(0, 310)], Frozen = (260, 320) }, Stays, Stays),
        new("Our own host", "it stands still for a minute while all is well", new() { Frozen = (0, 60) }, Stays, Stays),
        new("Our own host", "it is started in the middle of an outage, and never saw the mains", new() { Outages = [(-Ever, Minutes(30))], Up = 0 }, Stays, Leaves(370, 390)),

        new("Heat, in an outage of 40 min", "rises by 6 degrees a minute: a rack of 10 kW", Warm(t => 22 + (t * 6 / 60), ""), Leaves(100, 240), SeedLeaves),
        new("Heat, in an outage of 40 min", "rises by 3 degrees a minute: a rack of 5 kW", Warm(t => 22 + (t * 3 / 60), ""), Leaves(180, 290), SeedLeaves),
        new("Heat, in an outage of 40 min", "rises by half a degree a minute, with `extend_to: 30m`", Warm(t => 22 + (t * 0.5 / 60), Cool), Leaves(Minutes(9), Minutes(12)), SeedLeaves),
        new("Heat, in an outage of 40 min", "does not rise, with `extend_to: 30m`", Warm(_ => 22, Cool), Leaves(Minutes(30), Minutes(30.5)), SeedLeaves),
        new("Heat, in an outage of 40 min", "rises by 2 degrees a minute, and all switches are away: nobody can tell, and the rise decides",
            Warm(t => 22 + (t * 2 / 60), "") with { AllSwitchesOff = [(0, Minutes(40))] }, Leaves(470, 490), SeedLeaves),
        new("Heat, in an outage of 40 min", "rises by 6 degrees a minute, but the mains are there: the cooling itself has failed", Warm(t => 22 + (t * 6 / 60), "") with { Outages = [] }, Stays, Stays),

        new("An operator, in an outage of 30 min", "calls it off while the grace runs", Aborted(d => d.State.Bucket.Level > TimeSpan.FromMinutes(1) && d.Plan.Phase is PlanPhase.Idle), Stays, SeedLeaves),
        new("An operator, in an outage of 30 min", "calls it off in the countdown", Aborted(d => d.Plan.Phase is PlanPhase.Armed), Stays, SeedLeaves),
        new("An operator, in an outage of 30 min", "calls it off at the first step, the notice", Aborted(d => IsAt(d, 0)), Stays, SeedLeaves),
        new("An operator, in an outage of 30 min", "calls it off while services stop", Aborted(d => IsAt(d, 1)), Stays, SeedLeaves) { Also = Undone },
        new("An operator, in an outage of 30 min", "calls it off while a hook runs", Aborted(d => IsAt(d, 2)), Stays, SeedLeaves) { Also = Undone },
        new("An operator, in an outage of 30 min", "wants to call it off after the point of no return", Aborted(d => IsAt(d, 3)), Leaves(310, 335), SeedLeaves)
        {
            Also = run => Assert(run.Hosts[0].Answer is { Done: false }, "it was not refused"),
        },

        new("A hook, in an outage of 30 min", "vetoes (99) as long as it may, `ceiling: 10m`", Hook(_ => (new StepOutcome.Veto("a surgery"), 1)), Leaves(900, 950), SeedLeaves)
        {
            Also = Passed,
        },
        new("A hook, in an outage of 30 min", "asks to wait (75) as long as it may, `ceiling: 10m`", Hook(_ => (new StepOutcome.Wait(TimeSpan.FromSeconds(30), "a copy runs"), 1)), Leaves(900, 950), SeedLeaves)
        {
            Also = Passed,
        },
        new("A hook, in an outage of 30 min", "asks to wait for half a minute, twice", Hook(n => n < 3 ? (new StepOutcome.Wait(TimeSpan.FromSeconds(30), "a copy runs"), 1) : (new StepOutcome.Done(), 1)),
            Leaves(365, 395), SeedLeaves),
        new("A hook, in an outage of 30 min", "hangs, `limit: 2m`", Hook(_ => null), Leaves(420, 455), SeedLeaves) { Also = Passed },

        new("Six hosts of three tiers", "leave in their order in an outage of 30 min", new() { Outages = s_half, Hosts = s_six, Guard = Hooked },
            [new("alpha", 310, 335, Always), new("beta", 310, 335, Always), new("gamma", 310, 350, Always), new("delta", 310, 350, Always), new("epsilon", 320, 365, Always), new("zeta", 320, 365, Always)], SeedLeaves)
        {
            Also = run => InOrder(run, "alpha"),
        },
        new("Six hosts of three tiers", "and alpha's hook hangs: its tier is waited for as long as that, and no longer",
            new() { Outages = s_half, Hosts = s_six, Guard = Hooked, Hook = _ => null },
            [new("alpha", 420, 460, Always), new("beta", 310, 335, Always), new("gamma", 420, 470, Always), new("delta", 420, 470, Always), new("epsilon", 430, 490, Always), new("zeta", 430, 490, Always)], SeedLeaves)
        {
            Also = run => InOrder(run, ""),
        },
        new("Six hosts of three tiers", "and alpha stands still for ten minutes from the countdown on: a tier that does not answer is passed",
            new() { Outages = s_half, Hosts = s_six, Guard = Hooked, Frozen = (280, 880) },
            [new("beta", 310, 335, Always), new("gamma", 380, 520, Always), new("delta", 380, 520, Always), new("epsilon", 390, 540, Always), new("zeta", 390, 540, Always)], [])
        {
            Also = run =>
            {
                InOrder(run, "alpha");
                Assert(run["gamma"].Told.Any(t => t.Contains("alpha", StringComparison.Ordinal) || t.Contains("is passed", StringComparison.Ordinal)), "alpha was passed in silence");
            },
        },
        new("Six hosts of three tiers", "and the first of them alone sees no witness for 30 min: the others see the mains",
            new() { FirstIsCutOff = s_half, Hosts = s_six, Guard = Hooked }, Stays, [new("alpha", 306, 387, Always), new("beta", 0, 0, Never)]),
    ];

    private static double Minutes(double minutes) => minutes * 60;

    private static string Each(string every) => $$"""
            mains: [{ icmp: 10.0.1.9, every: {{every}} }, { icmp: 10.0.2.9, every: {{every}} }]
            controls: [{ icmp: 10.0.1.1, every: {{every}} }, { icmp: 10.0.2.1, every: {{every}} }]
        """;

    private static RoomTableScript Warm(Func<double, double> rises, string heat) =>
        new() { Outages = [(0, Minutes(40))], Inlet = t => rises(Math.Max(0, t)), Guard = heat };

    private static RoomTableScript Aborted(Func<GuardDesk, bool> when) => new() { Outages = s_half, Guard = Hooked, AbortWhen = when };

    private static RoomTableScript Hook(Func<int, (StepOutcome, double)?> hook) => new() { Outages = s_half, Guard = Hooked, Hook = hook };

    private static bool IsAt(GuardDesk desk, int step) => desk.Plan.Phase is PlanPhase.Running { Stage: StepStage.Begun } running && running.Step == step;

    private static void Undone(RoomTableRun run) => Assert(run.Hosts[0].Undone.Any(u => u.Contains("batch.slice", StringComparison.Ordinal)), "what was stopped was not started again");

    private static void Passed(RoomTableRun run) => Assert(run.Hosts[0].Told.Any(t => t.Contains("is passed", StringComparison.Ordinal)), "it was passed in silence");

    /// <summary>No host of a higher tier has gone before one of a lower tier.</summary>
    private static void InOrder(RoomTableRun run, string but)
    {
        foreach (var (low, lowTier) in run.Script.Hosts.Where(h => h.Name != but))
        {
            foreach (var (high, highTier) in run.Script.Hosts.Where(h => h.Tier > lowTier))
            {
                Assert(run[low].OffAt <= run[high].OffAt, $"{high} of tier {highTier} left before {low} of tier {lowTier}");
            }
        }
    }

    private static void Assert(bool holds, string what) => Xunit.Assert.True(holds, what);
}

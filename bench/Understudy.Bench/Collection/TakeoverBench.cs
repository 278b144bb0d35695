using System.Collections.Concurrent;
using Understudy.Lab.Worlds;
using Understudy.Linux.Clocks;

namespace Understudy.Bench.Collection;

/// <summary>a10 is killed, or stopped, at a random phase; then it comes back.</summary>
internal static class TakeoverBench
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>What the rows of one interval must keep. What is stopped is found out by its silence: within two intervals of the pings, on top of what a kill may take.</summary>
    private sealed record Case(string Id, string Words, TimeSpan Interval, double Fresh, int Lost, string LdmsdFresh, string LdmsdLost, string LdmsdBack);

    private sealed record Round(double? Fresh, double? Lost, double? Handed, double? BackLost);

    internal static IEnumerable<CollectionRow> RunSlow(int runs, int worlds) =>
        Run(new Case("1s", "1 s", TimeSpan.FromSeconds(1), 1.5, 1, LdmsFigures.KillFresh1s, LdmsFigures.KillLost1s, LdmsFigures.BackLost1s), runs, worlds);

    /// <summary>One world at a time: what starts a daemon again takes tens of milliseconds of a processor, and bounds here are tenths of a second.</summary>
    internal static IEnumerable<CollectionRow> RunFast(int runs) =>
        Run(new Case("100ms", "100 ms", TimeSpan.FromMilliseconds(100), 0.5, 3, LdmsFigures.KillFresh100ms, LdmsFigures.KillLost100ms, LdmsFigures.BackLost100ms), runs, 1);

    private static IEnumerable<CollectionRow> Run(Case what, int runs, int worlds)
    {
        var (kills, stops) = (new ConcurrentBag<Round>(), new ConcurrentBag<Round>());
        var back = new ConcurrentBag<int>();
        Crew.Work(worlds, runs * 2, () => new SeedExample(what.Interval), (world, number) =>
        {
            var before = world.Probe.WentBack;
            (number % 2 == 0 ? kills : stops).Add(Try(world, number % 2 == 0));
            back.Add(world.Probe.WentBack - before);
        });
        var went = back.Sum();
        foreach (var row in Rows(what, kills, "kill", "a10 killed (kill -9)", what.Fresh, what.Lost, (what.LdmsdFresh, what.LdmsdLost, what.LdmsdBack), $"{went} of all samples of these runs came after a newer one."))
        {
            yield return row;
        }

        var detection = 2 * what.Interval.TotalSeconds;
        foreach (var row in Rows(what, stops, "stop", "a10 stopped (SIGSTOP, then SIGCONT)", what.Fresh + detection, what.Lost + 2, (LdmsFigures.StopFresh, LdmsFigures.StopLost, what.Id == "1s" ? "0 to 9" : "-"),
            "The limits are those of a kill, and two intervals until the silence is noticed."))
        {
            yield return row;
        }
    }

    private static IEnumerable<CollectionRow> Rows(Case what, IReadOnlyCollection<Round> rounds, string id, string title, double fresh, int lost, (string Fresh, string Lost, string Back) ldmsd, string note) =>
    [
        CollectionRow.Of($"{id}-{what.Id}-fresh", $"{title} at {what.Words}: fresh at a20", "s", [.. rounds.Select(r => r.Fresh)], fresh, ldmsd.Fresh, note),
        CollectionRow.Of($"{id}-{what.Id}-lost", $"{title} at {what.Words}: lost at a20", "samples", [.. rounds.Select(r => r.Lost)], lost, ldmsd.Lost, null),
        CollectionRow.Of($"{id}-{what.Id}-handed", $"{title} at {what.Words}: from its return until a11 has handed back", "s", [.. rounds.Select(r => r.Handed)], null, null, null),
        CollectionRow.Of($"{id}-{what.Id}-back", $"{title} at {what.Words}: lost at a20 while it returns", "samples", [.. rounds.Select(r => r.BackLost)], 0, ldmsd.Back, null),
    ];

    private static Round Try(SeedExample world, bool kill)
    {
        world.AwaitRest();
        world.PauseAtRandom();
        var period = (long)world.Interval.TotalMicroseconds;
        var (fault, at) = (WallClock.Micros, LabClock.Now);
        world.Bed.Signal("a10", kill ? LabLibc.SIGKILL : LabLibc.SIGSTOP);
        var fresh = world.Probe.Await("s00/a", fault, Patience);
        LabClock.Pause(world.Interval * 3);
        var back = WallClock.Micros;
        var returned = LabClock.Now;
        if (kill)
        {
            world.Bed.Start("a10");
        }
        else
        {
            world.Bed.Signal("a10", LabLibc.SIGCONT);
        }

        // A stopped one that comes to itself may be late to be believed: a11 stands in at least until the next echo.
        double? handed = LabClock.WaitUntil(() => !world.StandsIn, Patience) ? LabClock.Ms(LabClock.Now - returned) / 1000 : null;
        LabClock.Pause(world.Interval * 4);
        return new Round(
            fresh is { } f ? LabClock.Ms(f.At - at) / 1000 : null,
            fresh is null ? null : world.Probe.Lost("s00/a", fault, back, period),
            handed,
            world.Probe.Lost("s00/a", back, WallClock.Micros, period));
    }
}

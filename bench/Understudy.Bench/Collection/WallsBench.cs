using System.Collections.Concurrent;
using Understudy.Lab.Worlds;
using Understudy.Linux.Clocks;

namespace Understudy.Bench.Collection;

/// <summary>Faults of the network: a10 goes without a word, as when its power fails; and a10 and a11 are cut from each other while everybody else sees both.</summary>
internal static class WallsBench
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    internal static IEnumerable<CollectionRow> Run(int runs, int worlds)
    {
        var (off, offLost, healLost, cutLost) = (new ConcurrentBag<double?>(), new ConcurrentBag<double?>(), new ConcurrentBag<double?>(), new ConcurrentBag<double?>());
        Crew.Work(worlds, runs * 2, () => new SeedExample(Interval, walled: true), (world, number) =>
        {
            world.AwaitRest();
            world.PauseAtRandom();
            var (fault, at) = (WallClock.Micros, LabClock.Now);
            world.Bed.Cut(toEverybody: number % 2 == 0);
            if (number % 2 == 0)
            {
                var fresh = world.Probe.Await("s00/a", fault, Patience);
                LabClock.Pause(Interval * 3);
                off.Add(fresh is { } f ? LabClock.Ms(f.At - at) / 1000 : null);
                offLost.Add(fresh is null ? null : Lost(world, "s00/a", fault));
                var healed = WallClock.Micros;
                world.Bed.Heal();
                world.AwaitRest();
                healLost.Add(Lost(world, "s00/a", healed));
            }
            else
            {
                // Until both have given up the other and collect everything, and for a while after.
                LabClock.Pause(Interval * 6);
                world.Bed.Heal();
                world.AwaitRest();
                cutLost.Add(Lost(world, "s00/a", fault) + Lost(world, "s02/a", fault));
            }
        });
        yield return CollectionRow.Of("power-fresh", "a10 silently off (all that it sends is dropped) at 1 s: fresh at a20", "s", [.. off], 3, LdmsFigures.PowerOff, "a10 in a network namespace of its own; nothing ends or refuses a connection.");
        yield return CollectionRow.Of("power-lost", "a10 silently off at 1 s: lost at a20", "samples", [.. offLost], null, null, null);
        yield return CollectionRow.Of("power-back", "a10 silently off at 1 s: lost at a20 while it returns", "samples", [.. healLost], 0, null, null);
        yield return CollectionRow.Of("cut-lost", "a10 and a11 cut from each other for 6 s at 1 s: lost at a20, of s00/a and s02/a", "samples", [.. cutLost], 0, null, "From the cut until both have come to rest again; each collects all meanwhile, and a20 keeps each sample once.");
    }

    private static int Lost(SeedExample world, string set, long from) => world.Probe.Lost(set, from, WallClock.Micros, (long)Interval.TotalMicroseconds);
}

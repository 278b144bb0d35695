using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Understudy.Tests.Simulation;

/// <summary>Whole pairs and trios on the production machines, many worlds of them. A seed in a failure is a world that can be looked at again.</summary>
public sealed class PairSimulation(ITestOutputHelper output)
{
    private static readonly ulong s_seed = ulong.Parse(Environment.GetEnvironmentVariable("UNDERSTUDY_SIM_SEED") ?? "1", CultureInfo.InvariantCulture);
    private static readonly int? s_worlds = Environment.GetEnvironmentVariable("UNDERSTUDY_SIM_WORLDS") is { } worlds ? int.Parse(worlds, CultureInfo.InvariantCulture) : null;

    [Fact]
    public void Two_thousand_worlds_keep_the_invariants() => Campaign(2000, quiet: false, parallel: 1);

    private void Campaign(int worlds, bool quiet, int parallel)
    {
        var watch = Stopwatch.StartNew();
        var coverage = new Coverage();
        var broken = new List<(ulong Seed, string What)>();
        _ = Parallel.For(0, worlds, new ParallelOptions { MaxDegreeOfParallelism = parallel }, (i, loop) =>
        {
            var world = new World(s_seed + (ulong)i, quiet: quiet);
            var what = world.Run();
            lock (coverage)
            {
                coverage.Add(world.Coverage);
                if (what is not null)
                {
                    broken.Add((s_seed + (ulong)i, what));
                }
            }
        });
        output.WriteLine($"{worlds} worlds in {watch.Elapsed.TotalSeconds:0.0} s, {worlds / watch.Elapsed.TotalSeconds:0} a second, {broken.Count} broken");
        foreach (var (what, count) in coverage.All)
        {
            output.WriteLine($"{what}: {count}");
        }

        foreach (var b in broken.OrderBy(b => b.Seed))
        {
            output.WriteLine($"seed {b.Seed}: {b.What}");
        }

        Assert.True(broken.Count == 0, broken.Count == 0 ? "" : Told(broken.MinBy(b => b.Seed).Seed, Breach.None, quiet));
    }

    private static string Told(ulong seed, Breach breach, bool quiet)
    {
        var world = new World(seed, breach, quiet, tracing: true);
        var what = world.Run();
        return $"seed {seed}: {what}\n{world.Trace![0]}\n{string.Join('\n', world.Trace!.TakeLast(40))}";
    }
}

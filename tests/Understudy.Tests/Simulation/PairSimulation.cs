using System.Diagnostics;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Simulation;

/// <summary>Whole pairs and trios on the production machines, many worlds of them. A seed in a failure is a world that can be looked at again.</summary>
public sealed class PairSimulation(ITestOutputHelper output)
{
    private const int TraceLines = 40;
    /// <summary>Never two holders, no start without a higher epoch, nobody active after its claim, healed worlds converge; and all rows of the table are met on the way.</summary>
    [Fact]
    public void Many_worlds_keep_the_invariants() => Campaign(Campaigns.IsLong ? 2000 : 500, quiet: false, parallel: 1, Campaigns.IsLong ? Coverage.Often : []);

    [Fact(Explicit = true)]
    public void A_hundred_thousand_worlds_keep_the_invariants() => Campaign(Campaigns.Worlds ?? 100_000, quiet: false, parallel: Environment.ProcessorCount, Campaigns.Worlds < 20_000 ? Coverage.Often : Coverage.Rows);

    [Fact]
    public void Where_nothing_fails_nothing_moves()
    {
        foreach (var (seed, world) in Campaign(Campaigns.IsLong ? 200 : 60, quiet: true, parallel: 1, []))
        {
            var moves = world.Starts - (world.Plan.Failback is FailbackSettings.Never ? 1 : world.Plan.Hosts);      // whoever was up first gives it back, at most from rank to rank
            Assert.True(world.Starts >= 1 && moves <= 0, Told(seed, Breach.None, quiet: true));
        }
    }

    /// <summary>on_split: take gives two holders while the pair is cut, and says so; when it is whole again the lower epoch gives way.</summary>
    [Fact]
    public void A_split_pair_that_took_twice_has_one_holder_again_after_the_heal()
    {
        var coverage = new Coverage();
        for (var seed = 1UL; seed <= (Campaigns.IsLong ? 150UL : 60UL); seed++)
        {
            var world = new World(seed, Breach.SilenceIsDeathAndBorne);
            Assert.True(world.Run() is null, Told(seed, Breach.SilenceIsDeathAndBorne, quiet: false));
            coverage.Add(world.Coverage);
        }

        Assert.True(coverage.Of("row 19") > 0, "nobody ever gave way");
    }

    /// <summary>Worlds that once broke, and what was wrong in them.</summary>
    [Theory]
    [InlineData(14, "tickets of two hosts were compared with each other, and those of two boots of one host")]
    [InlineData(42, "a let-go of an epoch that an emptied witness had granted twice took the claim from its second holder")]
    [InlineData(4734, "the same, with the guardian's word")]
    [InlineData(56, "a bare pair in which two began to claim while they were cut from each other")]
    [InlineData(170, "a bare pair in which two began to claim in the same moment")]
    [InlineData(3, "promises in a bare trio kept its home from ever taking over")]
    [InlineData(185, "a late datagram of a dead boot displaced the living one for ever")]
    [InlineData(2009, "the same, of a witness that was restarted three times")]
    [InlineData(1783, "a release was swallowed because the stop of the hold was not over")]
    [InlineData(1882, "an adopted duty whose address the kernel had just dropped was held without it")]
    [InlineData(15633, "a service whose processes do not die ran beside its heir's, when its host could not renew the claim: only a fence ends that")]
    public void A_world_that_broke_before_does_not_again(int seed, string what) =>
        Assert.True(new World((ulong)seed).Run() is not { } broken, $"{what}; now seed {seed}: {Told((ulong)seed, Breach.None, quiet: false)}");

    private List<(ulong Seed, World World)> Campaign(int worlds, bool quiet, int parallel, string[] rows)
    {
        var watch = Stopwatch.StartNew();
        var coverage = new Coverage();
        var broken = new List<(ulong Seed, string What)>();
        var kept = new List<(ulong Seed, World World)>();
        _ = Parallel.For(0, worlds, new ParallelOptions { MaxDegreeOfParallelism = parallel }, (i, loop) =>
        {
            var seed = Campaigns.Seed + (ulong)i;
            var world = new World(seed, quiet: quiet);
            var what = world.Run();
            lock (broken)
            {
                coverage.Add(world.Coverage);
                if (quiet)
                {
                    kept.Add((seed, world));
                }

                if (what is not null)
                {
                    broken.Add((seed, what));
                    loop.Stop();
                }
            }
        });
        output.WriteLine($"{worlds} worlds from seed {Campaigns.Seed} in {watch.Elapsed.TotalSeconds:0.0} s, {worlds / watch.Elapsed.TotalSeconds:0} a second");
        foreach (var (what, count) in coverage.All)
        {
            output.WriteLine($"{what}: {count}");
        }

        Assert.True(broken.Count == 0, broken.Count == 0 ? "" : Told(broken.MinBy(b => b.Seed).Seed, Breach.None, quiet));
        Assert.All(rows, row => Assert.True(coverage.Of(row) > 0, $"{row} was never reached"));
        return kept;
    }

    /// <summary>The same world once more, with its last lines.</summary>
    private static string Told(ulong seed, Breach breach, bool quiet)
    {
        var world = new World(seed, breach, quiet, tracing: true);
        var what = world.Run();
        return $"seed {seed}: {what ?? "kept"}\n{world.Trace![0]}\n{string.Join('\n', world.Trace!.TakeLast(TraceLines))}";
    }
}

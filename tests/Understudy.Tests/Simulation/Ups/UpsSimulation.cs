using System.Diagnostics;
using Xunit;

namespace Understudy.Tests.Simulation;

/// <summary>Whole proxies between simulated drivers and clients, many worlds of them. A seed in a failure is a world that can be looked at again.</summary>
public sealed class UpsSimulation(ITestOutputHelper output)
{
    private const int TraceLines = 60;
    /// <summary>What a hundred worlds are sure to meet.</summary>
    private static readonly string[] s_often =
    [
        .. Enum.GetNames<UpsFault>(), "fresh", "stale", "a variable went back up", "a variable was taken from the next", "a source was closed", "a command was sent", "a source answered",
        "a command was handled", "a command failed", "fsdmode 1 raised its alarm", "fsdmode 2 shut all down", "a contradiction", "a contradiction lasted",
    ];

    /// <summary>And what some thousand are.</summary>
    private static readonly string[] s_seldom = ["FSD outlived its source", "a shutdown was asked for", "a source was asked for all again", "the battery is low by its own limits"];

    /// <summary>
    /// Nothing shown as fresh is older than its bound, no token that no source said, never a hole, what clients rebuilt is what is shown, each variable is from where the rules say, a
    /// command reaches one source once and its answer who asked, and no turn is wasted.
    /// </summary>
    [Fact]
    public void Some_worlds_keep_the_invariants() => Campaign(Campaigns.IsLong ? 100 : 30, parallel: 1);

    [Fact(Explicit = true)]
    public void Ten_thousand_worlds_keep_the_invariants() => Campaign(Campaigns.LongWorlds ?? 10_000, Environment.ProcessorCount);

    /// <summary>Sources that take half a minute for a look at their device are slow, and not gone: once their rhythm is known, nothing moves.</summary>
    [Fact]
    public void Where_nothing_fails_nothing_moves()
    {
        for (var seed = 1UL; seed <= (Campaigns.IsLong ? 8UL : 3UL); seed++)
        {
            var world = new UpsWorld(seed, quiet: true);
            var moves = -1L;
            world.At(world.Plan.Chaos / 2, () => moves = world.Switches);
            Assert.True(world.Run() is null, Told(seed, UpsBreach.None, quiet: true));
            Assert.True(world.Switches == moves, $"seed {seed}: {world.Switches - moves} switches in a world without faults\n{Told(seed, UpsBreach.None, quiet: true)}");
        }
    }

    /// <summary>The same worlds with one rule left out each: a simulation that cannot fail proves nothing.</summary>
    [Theory]
    [InlineData(UpsBreach.IgnoresDatastale)]
    [InlineData(UpsBreach.KeepsTheDead)]
    [InlineData(UpsBreach.KeepsTheStale)]
    [InlineData(UpsBreach.DropsFlipBack)]
    [InlineData(UpsBreach.ForgetsPreferences)]
    [InlineData(UpsBreach.BelievesAnother)]
    [InlineData(UpsBreach.InventsAToken)]
    [InlineData(UpsBreach.MissesTheShutdown)]
    [InlineData(UpsBreach.SettlesLate)]
    [InlineData(UpsBreach.MistakesTheSource)]
    [InlineData(UpsBreach.ForwardsTwice)]
    [InlineData(UpsBreach.TriesElsewhere)]
    [InlineData(UpsBreach.AnswersEverybody)]
    [InlineData(UpsBreach.SwallowsAnswers)]
    [InlineData(UpsBreach.ClaimsSuccess)]
    [InlineData(UpsBreach.DropsThePowerGuard)]
    [InlineData(UpsBreach.TakesAwayFirst)]
    [InlineData(UpsBreach.EmptiesTheStatus)]
    [InlineData(UpsBreach.LosesALine)]
    [InlineData(UpsBreach.WritesBare)]
    [InlineData(UpsBreach.ShutsDownUnseen)]
    [InlineData(UpsBreach.WakesLate)]
    [InlineData(UpsBreach.Spins)]
    [InlineData(UpsBreach.ForgetsNobody)]
    public void A_world_with_a_rule_broken_is_caught(UpsBreach breach)
    {
        for (var seed = 1UL; seed <= 200; seed++)
        {
            if (new UpsWorld(seed, breach).Run() is { } what)
            {
                output.WriteLine($"{breach}: seed {seed}, {what}");
                return;
            }
        }

        Assert.Fail($"200 worlds, and {breach} was never noticed");
    }

    private void Campaign(int worlds, int parallel)
    {
        var watch = Stopwatch.StartNew();
        var met = new Dictionary<string, long>(StringComparer.Ordinal);
        var broken = new List<(ulong Seed, string What)>();
        var (turns, switches) = (0L, 0L);
        _ = Parallel.For(0, worlds, new ParallelOptions { MaxDegreeOfParallelism = parallel }, (i, loop) =>
        {
            var seed = Campaigns.Seed + (ulong)i;
            var world = new UpsWorld(seed);
            var what = world.Run();
            lock (broken)
            {
                (turns, switches) = (turns + world.Turns, switches + world.Switches);
                foreach (var (name, count) in world.WasMet)
                {
                    met[name] = met.GetValueOrDefault(name) + count;
                }

                if (what is not null)
                {
                    broken.Add((seed, what));
                    loop.Stop();
                }
            }
        });
        output.WriteLine($"{worlds} worlds from seed {Campaigns.Seed} in {watch.Elapsed.TotalSeconds:0.0} s: {turns} turns, {switches} switches");
        foreach (var (what, count) in met.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"{what}: {count}");
        }

        Assert.True(broken.Count == 0, broken.Count == 0 ? "" : Told(broken.MinBy(b => b.Seed).Seed, UpsBreach.None, quiet: false));
        if (worlds >= 100)
        {
            Assert.All(worlds >= 1000 ? [.. s_often, .. s_seldom] : worlds >= 100 ? s_often : [], what => Assert.True(met.GetValueOrDefault(what) > 0, $"'{what}' was never met"));
        }
    }

    /// <summary>The same world once more, with its last lines.</summary>
    private static string Told(ulong seed, UpsBreach breach, bool quiet)
    {
        var world = new UpsWorld(seed, breach, quiet, tracing: true);
        var what = world.Run();
        return $"seed {seed}: {what ?? "kept"}\n{world.Trace![0]}\n{string.Join('\n', world.Trace!.TakeLast(TraceLines))}";
    }
}

using Xunit;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>The seed's pair and the one above it in many random worlds; <see cref="CollectorWorld"/> says what is asked of them.</summary>
public sealed class CollectorSimulation(ITestOutputHelper output)
{
    [Fact]
    public void Whatever_happens_to_a_pair_no_sample_is_lost_above_that_the_fault_itself_does_not_cost() => Campaign(Campaigns.IsLong ? 200 : 60);

    [Fact(Explicit = true)]
    public void And_so_in_many_worlds() => Campaign(Campaigns.Worlds ?? 20_000);

    [Theory]
    [InlineData(PairBreach.BreaksBeforeItMakes)]
    [InlineData(PairBreach.DropsItsCopies)]
    [InlineData(PairBreach.TakesAClosedPortForNothing)]
    [InlineData(PairBreach.NeverLooksForLate)]
    public void A_pair_with_a_rule_broken_is_caught(PairBreach breach)
    {
        for (var seed = 1UL; seed <= 2000; seed++)
        {
            if (CollectorWorld.Run(seed, breach) is { } what)
            {
                output.WriteLine($"{breach}: {what}");
                return;
            }
        }

        Assert.Fail($"2000 worlds, and {breach} was never noticed");
    }

    [Theory]
    [InlineData(26787, "who had stood still said that it had samples, as it had had them before, of a producer that it did not reach any more")]
    [InlineData(52267, "an echo that had waited for us while we stood still made the next time-out last for seconds")]
    public void A_world_that_broke_before_does_not_again(int seed, string what) =>
        Assert.True(CollectorWorld.Run((ulong)seed, PairBreach.None) is not { } broken, $"{what}; now seed {seed}: {CollectorWorld.Run((ulong)seed, PairBreach.None)}");

    private void Campaign(int worlds)
    {
        string? first = null;
        Parallel.For(0, worlds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, (i, loop) =>
        {
            if (CollectorWorld.Run(Campaigns.Seed + (ulong)i, PairBreach.None) is { } what)
            {
                first = what;
                loop.Stop();
            }
        });
        output.WriteLine($"{worlds} worlds of a pair and the one above it from seed {Campaigns.Seed}");
        Assert.True(first is null, first);
    }
}

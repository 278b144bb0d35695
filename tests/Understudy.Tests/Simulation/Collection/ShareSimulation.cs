using Xunit;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>Aggregators that share producers, in many random worlds; <see cref="ShareWorld"/> says what is asked of them.</summary>
public sealed class ShareSimulation(ITestOutputHelper output)
{
    [Fact]
    public void Whatever_happens_each_producer_is_fed_again_within_the_bound_and_ends_with_one_holder() => Campaign(600);

    [Fact(Explicit = true)]
    public void And_so_in_a_hundred_thousand_worlds() => Campaign(Campaigns.Worlds ?? 100_000);

    [Theory]
    [InlineData(ShareBreach.ReadyAtOnce)]
    [InlineData(ShareBreach.NeverSilent)]
    [InlineData(ShareBreach.NeverStuck)]
    [InlineData(ShareBreach.NoGuard)]
    [InlineData(ShareBreach.DrainsInSilence)]
    public void Members_with_a_rule_broken_are_caught(ShareBreach breach)
    {
        for (var seed = 1UL; seed <= 3000; seed++)
        {
            if (ShareWorld.Run(seed, breach) is { } what)
            {
                output.WriteLine($"{breach}: {what}");
                return;
            }
        }

        Assert.Fail($"3000 worlds, and {breach} was never noticed");
    }

    private void Campaign(int worlds)
    {
        string? first = null;
        Parallel.For(0, worlds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, (i, loop) =>
        {
            if (ShareWorld.Run(Campaigns.Seed + (ulong)i, ShareBreach.None) is { } what)
            {
                first = what;
                loop.Stop();
            }
        });
        output.WriteLine($"{worlds} worlds of shared collections from seed {Campaigns.Seed}");
        Assert.True(first is null, first);
    }
}

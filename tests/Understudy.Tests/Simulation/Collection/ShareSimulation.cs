using System.Collections.Concurrent;
using Xunit;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>Aggregators that share producers, in many random worlds; <see cref="ShareWorld"/> says what is asked of them.</summary>
public sealed class ShareSimulation(ITestOutputHelper output)
{
    /// <summary>So many broken worlds are told of before a campaign ends: several show what they have in common.</summary>
    private const int Shown = 20;

    [Fact]
    public void Whatever_happens_each_producer_is_fed_again_within_the_bound_and_ends_with_one_holder() => Campaign(Campaigns.IsLong ? 2000 : 600);

    [Fact(Explicit = true)]
    public void And_so_in_a_hundred_thousand_worlds() => Campaign(Campaigns.Worlds ?? 100_000);

    /// <summary>Worlds that once broke, and what was wrong in them.</summary>
    [Theory]
    [InlineData(14235, "who helped with what two could not reach was dealt more, and went on helping beyond what it takes")]
    [InlineData(36, "who drained as it began took its share for a moment, and handed it over again")]
    [InlineData(300, "who had stood still counted that time as one in which an owner had no samples")]
    [InlineData(25810, "two who drain kept for ever what nobody else has room for")]
    [InlineData(50213, "what was handed over went at once, because there had been too much before")]
    [InlineData(53933, "two whose heirs were different gave way to each other")]
    [InlineData(58778, "the same, as a frozen one woke")]
    [InlineData(65104, "found among the first hundred thousand, and went away with what is above")]
    [InlineData(67298, "the same")]
    [InlineData(67693, "the same")]
    [InlineData(96769, "the same")]
    [InlineData(5055565, "the same, as one woke in the middle of a beat")]
    [InlineData(5027703, "the same, as one woke in the middle of a beat")]
    public void A_world_that_broke_before_does_not_again(int seed, string what) =>
        Assert.True(ShareWorld.Run((ulong)seed, ShareBreach.None) is var broken && broken is null, $"{what}; now {broken}");

    [Theory]
    [InlineData(ShareBreach.ReadyAtOnce, "though nothing but planned moves went on")]
    [InlineData(ShareBreach.NeverSilent, "has not been fed")]
    [InlineData(ShareBreach.NeverStuck, "has not been fed")]
    [InlineData(ShareBreach.NoGuard, "where it takes")]
    [InlineData(ShareBreach.DrainsInSilence, "dealt to")]
    [InlineData(ShareBreach.SaysNothingOfSamples, "begins with")]
    public void Members_with_a_rule_broken_are_caught(ShareBreach breach, string by)
    {
        for (var seed = 1UL; seed <= 3000; seed++)
        {
            if (ShareWorld.Run(seed, breach) is { } what && what.Contains(by, StringComparison.Ordinal))
            {
                output.WriteLine($"{breach}: {what}");
                return;
            }
        }

        Assert.Fail($"3000 worlds, and {breach} was never noticed by '{by}'");
    }

    private void Campaign(int worlds)
    {
        var broken = new ConcurrentBag<(ulong Seed, string What)>();
        Parallel.For(0, worlds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, (i, loop) =>
        {
            var seed = Campaigns.Seed + (ulong)i;
            if (ShareWorld.Run(seed, ShareBreach.None) is { } what)
            {
                broken.Add((seed, what));
                if (broken.Count >= Shown)
                {
                    loop.Stop();
                }
            }
        });
        output.WriteLine($"{worlds} worlds of shared collections from seed {Campaigns.Seed}");
        Assert.True(broken.IsEmpty, string.Join('\n', broken.OrderBy(b => b.Seed).Select(b => b.What)));
    }
}

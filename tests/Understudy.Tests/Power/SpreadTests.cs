using System.Globalization;
using Understudy.Core;
using Understudy.Core.Power;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class SpreadTests
{
    [Theory]
    [InlineData("node")]
    [InlineData("rack2-srv-")]
    [InlineData("n0")]
    public void Thirty_numbered_hosts_never_make_more_than_twice_the_mean_rate_in_any_second(string stem)
    {
        foreach (var first in Enumerable.Range(1, 100))
        {
            foreach (var every in (int[])[10, 15, 20, 30, 60])
            {
                var hosts = Enumerable.Range(first, 30).Select(i => $"{stem}{i.ToString("00", CultureInfo.InvariantCulture)}.example.org");
                var most = Busiest([.. hosts.Select(h => Spread.Phase(h, TimeSpan.FromSeconds(every)))], every);
                Assert.True(most <= Math.Max(1, 2 * 30.0 / every), $"from {stem}{first}, each {every} s: {most} in one second");
            }
        }
    }

    [Fact]
    public void Hosts_that_know_each_other_never_do_either_whatever_their_names()
    {
        foreach (var set in Enumerable.Range(0, 1000))
        {
            var hosts = Random(set);
            foreach (var every in (int[])[10, 60])
            {
                Assert.True(Busiest([.. hosts.Select(h => Spread.PhaseAmong(h, hosts, TimeSpan.FromSeconds(every)))], every) <= 2 * 30.0 / every);
            }
        }
    }

    /// <summary>What cannot be promised: chance alone crowds some second of ten in a good part of all rooms. Held here so that nobody promises it.</summary>
    [Fact]
    public void Names_without_numbers_are_spread_as_well_as_chance_does_it_and_no_better()
    {
        var crowded = Enumerable.Range(0, 1000).Count(set => Busiest([.. Random(set).Select(h => Spread.Phase(h, TimeSpan.FromSeconds(10)))], 10) > 6);
        Assert.InRange(crowded, 300, 900);
    }

    [Fact]
    public void A_host_s_turn_is_the_same_for_ever_and_within_the_span()
    {
        Assert.Equal(2_001_527_606UL, Spread.Hash("alpha") >> 32);
        foreach (var name in Random(1).Concat(["a", "9", "node999999999", "node99999999999999999999", ".", ""]))
        {
            Assert.InRange(Spread.Phase(name, TimeSpan.FromSeconds(30)), TimeSpan.Zero, TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
            Assert.Equal(TimeSpan.Zero, Spread.Phase(name, TimeSpan.Zero));
        }
    }

    [Fact]
    public void A_host_alone_or_unknown_to_the_others_goes_by_its_name()
    {
        var span = TimeSpan.FromSeconds(30);
        Assert.Equal(Spread.Phase("alpha", span), Spread.PhaseAmong("alpha", ["alpha"], span));
        Assert.Equal(Spread.Phase("alpha", span), Spread.PhaseAmong("alpha", ["beta", "gamma"], span));
        Assert.Equal(span / 2, Spread.PhaseAmong("beta", ["beta", "alpha"], span));
    }

    /// <summary>The most looks in any span of one second, as the pattern repeats for ever.</summary>
    private static int Busiest(TimeSpan[] phases, int every)
    {
        var seconds = phases.Select(p => p.TotalSeconds).Order().ToArray();
        var twice = seconds.Concat(seconds.Select(s => s + every)).ToArray();
        return seconds.Max(from => twice.Count(s => s >= from && s < from + 1));
    }

    private static ValueList<string> Random(int seed)
    {
        var state = (ulong)seed * 7919;
        return Enumerable.Range(0, 30).Select(_ =>
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            return new string([.. Enumerable.Range(0, 4 + (int)(state >> 61)).Select(i => (char)('a' + ((state >> (8 + (5 * i))) % 26)))]);
        }).ToValueList();
    }
}

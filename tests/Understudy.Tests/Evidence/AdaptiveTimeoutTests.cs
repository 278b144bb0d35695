using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Evidence;
using Xunit;

namespace Understudy.Tests.Evidence;

public sealed class AdaptiveTimeoutTests
{
    public static TheoryData<double, int[], double> Rules => new()
    {
        // factor, round trips in ms, time-out in ms at an interval of 100 ms
        { 2,   [],                                200 },
        { 2,   [1],                               200 },    // one trip has no deviation
        { 2,   [1, 1, 1],                         200 },    // a quiet link: the factor decides
        { 2,   [300],                             600 },    // a trip longer than the interval is the base
        { 1,   [10, 10],                          100 },
        { 1,   [0, 100],                          100 + (4 * 70.710678) },   // an unsteady link: the deviation decides
        { 2,   [300, 1, 1, 1, 1, 1, 1, 1, 1],     200 },    // the ninth pushes the first out
        { 2,   [300, 1, 1, 1, 1, 1, 1, 1],        300 + (4 * 105.712463) },  // the eighth does not
        { 4,   [1, 2, 3],                         400 },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Follows_the_table(double factor, int[] trips, double ms)
    {
        var timeout = new AdaptiveTimeout(TimeSpan.FromMilliseconds(100), factor);
        foreach (var trip in trips)
        {
            timeout = timeout.Hear(TimeSpan.FromMilliseconds(trip));
        }

        Assert.Equal(ms, timeout.Timeout.TotalMilliseconds, 0.001);
    }

    [Fact]
    public void Agrees_with_the_plain_formula_over_the_last_eight() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<uint[]>(), Gen.Choose(1, 2_000_000).ToArbitrary(), Gen.Choose(100, 1000).ToArbitrary(),
            (trips, interval, hundredths) =>
            {
                var timeout = new AdaptiveTimeout(TimeSpan.FromTicks(interval), hundredths / 100.0);
                foreach (var trip in trips)
                {
                    timeout = timeout.Hear(TimeSpan.FromTicks(trip));
                }

                var window = trips.TakeLast(8).Select(trip => (double)trip).ToArray();
                var longest = Math.Max(interval, window.DefaultIfEmpty(0).Max());
                var mean = window.DefaultIfEmpty(0).Average();
                var deviation = window.Length < 2 ? 0 : Math.Sqrt(window.Sum(trip => Math.Pow(trip - mean, 2)) / (window.Length - 1));
                var naive = Math.Max(longest + (4 * deviation), longest * hundredths / 100.0);
                return Math.Abs(timeout.Timeout.Ticks - naive) <= 1 + (naive * 1e-12);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Is_never_shorter_than_the_base_nor_without_bound() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<long[]>(),
            trips =>
            {
                var timeout = trips.Aggregate(new AdaptiveTimeout(TimeSpan.FromMilliseconds(1), 2), (t, trip) => t.Hear(TimeSpan.FromTicks(trip)));
                return timeout.Timeout >= TimeSpan.FromMilliseconds(2) && timeout.Timeout < TimeSpan.FromHours(4);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Two_that_remember_the_same_are_equal()
    {
        var one = new AdaptiveTimeout(TimeSpan.FromSeconds(1), 2).Hear(TimeSpan.FromMilliseconds(3));
        var same = new AdaptiveTimeout(TimeSpan.FromSeconds(1), 2).Hear(TimeSpan.FromMilliseconds(3));
        Assert.Equal(one, same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(one, same.Hear(TimeSpan.FromMilliseconds(3)));
    }

    [Fact]
    public void Allocates_nothing()
    {
        var timeout = new AdaptiveTimeout(TimeSpan.FromSeconds(1), 2).Hear(TimeSpan.FromMilliseconds(3));
        var sum = timeout.Timeout;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            timeout = timeout.Hear(TimeSpan.FromMilliseconds(i));
            sum += timeout.Timeout;
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.True(sum > TimeSpan.FromSeconds(2000));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(-1, 2)]
    [InlineData(1, 0.5)]
    [InlineData(1, double.NaN)]
    [InlineData(1, 1001)]
    public void Refuses_what_would_never_wait(double intervalMs, double factor) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdaptiveTimeout(TimeSpan.FromMilliseconds(intervalMs), factor));
}

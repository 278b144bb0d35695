using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Ldms;

public sealed class EchoTimesTests
{
    /// <summary>Round trips in µs, interval in µs and factor; then max, mean, deviation and timeout, reckoned by hand from seed 001's formula.</summary>
    public static TheoryData<long[], long, double, long, long, double, long> Rows => new()
    {
        { [], 1_000_000, 2, 0, 0, 0, 2_000_000 },
        { [100], 1_000_000, 2, 100, 100, 0, 2_000_000 },
        { [100, 200], 1_000_000, 2, 200, 150, 70.710678118654755, 2_000_000 },                  // sqrt((50^2 + 50^2) / 1)
        { [100, 200], 1_000_000, 1, 200, 150, 70.710678118654755, 1_000_282 },                  // 1000000 + 4 * 70.71 = 1000282.8
        { [10, 20, 30, 40, 50, 60, 70, 80], 100, 1, 80, 45, 24.494897427831781, 197 },          // sqrt(4200 / 7); 100 + 97.98
        { [999, 10, 20, 30, 40, 50, 60, 70, 80], 100, 1, 80, 45, 24.494897427831781, 197 },     // the ninth forgets the first
        { [3_000_000, 1_000_000], 1_000_000, 2, 3_000_000, 2_000_000, 1_414_213.5623730951, 8_656_854 },   // base is the longest: 3000000 + 4 * 1414213.56
        { [1, 2], 1_000_000, 2.5, 2, 1, 1, 2_500_000 },                                         // the mean is rounded down: sqrt((0 + 1) / 1)
        { [0, 0, 0], 50_000, 0.5, 0, 0, 0, 50_000 },                                            // a factor below 1 never undercuts the interval
    };

    [Theory, MemberData(nameof(Rows))]
    public void The_timeout_is_the_seeds_formula(long[] micros, long interval, double factor, long max, long mean, double deviation, long timeout)
    {
        var times = micros.Aggregate(EchoTimes.None, (t, m) => t.With(new(7), new(7 + (m * 10))));
        Assert.Equal((max, mean), (times.MaxMicros, times.MeanMicros));
        Assert.Equal(deviation, times.DeviationMicros, 1e-6);
        Assert.Equal(TimeSpan.FromMicroseconds(timeout), times.Timeout(TimeSpan.FromMicroseconds(interval), factor));
    }

    [Fact]
    public void The_timeout_lies_at_or_above_every_round_trip_the_interval_and_both_of_the_formulas_terms() => Prop.ForAll<uint[], uint, byte>((trips, every, tenths) =>
        {
            var (interval, factor) = (TimeSpan.FromMicroseconds((every % 10_000_000) + 1), (tenths + 1) / 10.0);
            var times = (trips ?? []).Aggregate(EchoTimes.None, (t, m) => t.With(new(0), new(m * 10L)));
            var last = (trips ?? []).TakeLast(EchoTimes.Most).Select(m => (double)m).ToArray();
            var longest = last.Append(interval.TotalMicroseconds).Max();
            var mean = last.Length == 0 ? 0 : Math.Floor(last.Average());
            var sd = last.Length < 2 ? 0 : Math.Sqrt(last.Sum(m => Math.Pow(m - mean, 2)) / (last.Length - 1));
            var timeout = times.Timeout(interval, factor).TotalMicroseconds;
            return times.Micros.Count == last.Length && timeout >= longest && Math.Abs(timeout - Math.Max(longest + (4 * sd), longest * factor)) <= 1.001 + (timeout * 1e-12)
                && times.Deadline(new(5), interval, factor) > new Instant(5);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(100));

    [Fact]
    public void An_echo_before_its_ping_counts_as_nothing_and_an_endless_time_has_no_deadline()
    {
        Assert.Equal(0, EchoTimes.None.With(new(100), new(50)).MaxMicros);
        Assert.Equal(Instant.Never, new EchoTimes([long.MaxValue / 20, long.MaxValue / 20]).Deadline(new(0), TimeSpan.FromSeconds(1), 1000));
    }
}

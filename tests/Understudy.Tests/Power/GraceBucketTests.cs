using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Power;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class GraceBucketTests
{
    private static readonly TimeSpan Brim = TimeSpan.FromMinutes(5);

    /// <summary>Any row of lost, present and unseen spans, against a bucket that is counted second by second.</summary>
    [Fact]
    public void It_fills_a_second_a_second_drains_two_and_stands_still_for_what_was_not_seen() =>
        Prop.ForAll<(byte Kind, ushort Seconds)[]>(spans =>
        {
            var bucket = new GraceBucket(TimeSpan.Zero, new Instant(0));
            var (now, level) = (0L, 0L);
            foreach (var (kind, seconds) in spans ?? [])
            {
                var until = new Instant((now + seconds) * TimeSpan.TicksPerSecond);
                bucket = (kind % 3) switch
                {
                    0 => bucket.Fill(bucket.At, until, Brim),
                    1 => bucket.Drain(until),
                    _ => bucket.Skip(until),
                };
                for (var i = 0; i < seconds; i++)
                {
                    level = (kind % 3) switch { 0 => Math.Min(300, level + 1), 1 => Math.Max(0, level - 2), _ => level };
                }

                now += seconds;
                Assert.Equal((TimeSpan.FromSeconds(level), until), (bucket.Level, bucket.At));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(60));

    [Fact]
    public void Two_blips_do_not_add_up_to_an_outage_and_a_flapping_feeder_does()
    {
        var blips = Flap(lost: 10, present: 290, times: 1000);
        Assert.Equal(TimeSpan.Zero, blips.Level);
        Assert.Equal(TimeSpan.Zero, Flap(lost: 60, present: 30, times: 1000).Level);
        Assert.Equal(Brim - TimeSpan.FromSeconds(40), Flap(lost: 60, present: 20, times: 1000).Level);      // full at the end of each loss
    }

    [Fact]
    public void No_moment_is_counted_twice_and_none_before_what_was_counted()
    {
        var bucket = new GraceBucket(TimeSpan.FromSeconds(10), new Instant(Ticks(100)));
        Assert.Equal(TimeSpan.FromSeconds(15), bucket.Fill(new(Ticks(50)), new(Ticks(105)), Brim).Level);
        Assert.Equal(TimeSpan.FromSeconds(12), bucket.Fill(new(Ticks(103)), new(Ticks(105)), Brim).Level);
        Assert.Equal(bucket, bucket.Fill(new(Ticks(50)), new(Ticks(90)), Brim));
        Assert.Equal(bucket, bucket.Drain(new(Ticks(90))));
    }

    [Fact]
    public void An_outage_of_days_is_forgotten_as_fast_as_one_that_just_used_up_the_grace() =>
        Assert.Equal(TimeSpan.Zero, new GraceBucket(TimeSpan.Zero, new(0)).Fill(new(0), new(Ticks(500_000)), Brim).Drain(new(Ticks(500_150))).Level);

    [Fact]
    public void A_brim_that_became_lower_spills_nothing_and_takes_nothing_more() =>
        Assert.Equal(TimeSpan.FromMinutes(7), new GraceBucket(TimeSpan.FromMinutes(7), new(0)).Fill(new(0), new(Ticks(60)), Brim).Level);

    private static GraceBucket Flap(int lost, int present, int times)
    {
        var bucket = new GraceBucket(TimeSpan.Zero, new Instant(0));
        for (var i = 0; i < times; i++)
        {
            bucket = bucket.Fill(bucket.At, bucket.At + TimeSpan.FromSeconds(lost), Brim);
            bucket = bucket.Drain(bucket.At + TimeSpan.FromSeconds(present));
        }

        return bucket;
    }

    private static long Ticks(long seconds) => seconds * TimeSpan.TicksPerSecond;
}

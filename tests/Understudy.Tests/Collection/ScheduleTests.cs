using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Collection;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class ScheduleTests
{
    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(1000);

    [Fact]
    public void The_next_tick_is_after_now_within_an_interval_and_on_the_phase() => Prop.ForAll<long, uint, long>((micros, interval, offset) =>
    {
        var schedule = Of(interval, offset % 3_600_000_000, micros % 4_000_000_000_000_000);
        var now = micros % 4_000_000_000_000_000;
        var after = schedule.After(now);
        Assert.InRange(after - now, 1, schedule.Interval);
        Assert.Equal(0, (after - schedule.Offset) % schedule.Interval);
        Assert.InRange(schedule.Offset, 0, schedule.Interval - 1);
    }).Check(s_config);

    [Fact]
    public void Whoever_has_the_same_interval_and_offset_ticks_at_the_same_moments() => Prop.ForAll<uint, uint, uint>((interval, offset, later) =>
    {
        var (one, other) = (Of(interval, offset, 1_795_306_500_000_000), Of(interval, offset, 1_795_306_500_000_000 + later));
        Assert.Equal(one, other);
    }).Check(s_config);

    [Fact]
    public void Without_an_offset_the_first_tick_is_a_whole_interval_after_the_start() => Prop.ForAll<uint, uint>((interval, start) =>
    {
        var schedule = Of(interval, null, 1_795_306_500_000_000 + start);
        Assert.Equal(1_795_306_500_000_000 + start + schedule.Interval, schedule.After(1_795_306_500_000_000 + start));
    }).Check(s_config);

    [Fact]
    public void A_timer_that_rings_a_little_early_does_not_tick_twice_and_what_was_slept_through_is_not_made_up_for() => Prop.ForAll<uint, int, uint>((interval, early, slept) =>
    {
        var schedule = Of(interval, 0, 0);
        var due = schedule.After(1_795_306_500_000_000);
        var rang = due - (Math.Abs((long)early) % schedule.Interval);
        Assert.Equal(due + schedule.Interval, schedule.Next(due, new Moment(new Instant(1), rang)));
        var woke = due + slept;
        Assert.InRange(schedule.Next(due, new Moment(new Instant(1), woke)) - woke, 1, schedule.Interval);
    }).Check(s_config);

    [Fact]
    public void A_wall_clock_that_was_set_back_by_more_than_a_tick_counts_anew() => Prop.ForAll<uint, uint>((interval, back) =>
    {
        var schedule = Of(interval, 0, 0);
        var due = schedule.After(1_795_306_500_000_000);
        var now = due - schedule.Interval - 1 - back;
        Assert.InRange(schedule.Next(due, new Moment(new Instant(1), now)) - now, 1, schedule.Interval);
    }).Check(s_config);

    private static Schedule Of(uint interval, long? offset, long start) => Schedule.Of(TimeSpan.FromMicroseconds(1 + interval), offset is { } o ? TimeSpan.FromMicroseconds(o) : null, new Moment(new Instant(1), start));
}

using Understudy.Core;
using Understudy.Linux.Guarding;
using Xunit;

namespace Understudy.Tests.Guarding;

public sealed class GuardingTests
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20), Limit = TimeSpan.FromMilliseconds(200);

    [Fact]
    public void A_tick_that_stands_still_is_frozen_after_the_limit()
    {
        var judge = new FreezeJudge(LookEvery);
        for (var ms = 0; ms <= 200; ms += 20)
        {
            Assert.False(judge.Look(1, Limit, At(ms)), $"{ms}");
        }

        Assert.True(judge.Look(1, Limit, At(220)));
    }

    [Fact]
    public void A_tick_that_moves_is_alive_for_ever()
    {
        var judge = new FreezeJudge(LookEvery);
        for (var ms = 0; ms <= 100_000; ms += 20)
        {
            Assert.False(judge.Look(1 + (ms / 180), Limit, At(ms)));
        }
    }

    [Fact]
    public void Time_in_which_the_guardian_did_not_look_is_not_held_against_the_daemon()
    {
        var judge = new FreezeJudge(LookEvery);
        Assert.False(judge.Look(1, Limit, At(0)));
        Assert.False(judge.Look(1, Limit, At(20)));
        Assert.False(judge.Look(1, Limit, At(60_000))); // the whole host stood still
        Assert.False(judge.Look(1, Limit, At(60_020)));
        Assert.False(judge.Look(2, Limit, At(60_040))); // its turn
        Assert.False(judge.Look(2, Limit, At(60_100)));
    }

    [Fact]
    public void Before_its_first_turn_and_without_a_limit_nobody_is_frozen()
    {
        var judge = new FreezeJudge(LookEvery);
        for (var ms = 0; ms < 60_000; ms += 20)
        {
            Assert.False(judge.Look(0, Limit, At(ms)));
        }

        for (var ms = 60_000; ms < 120_000; ms += 20)
        {
            Assert.False(judge.Look(5, TimeSpan.Zero, At(ms)));
        }
    }

    [Fact]
    public void The_guardian_looks_seldom_at_a_young_tick_and_often_at_an_old_one()
    {
        var limit = TimeSpan.FromMilliseconds(350);
        var judge = new FreezeJudge(LookEvery);
        Assert.False(judge.Look(At(10_000).Ticks, limit, At(10_000)));
        Assert.Equal(100, judge.Pause.TotalMilliseconds);
        Assert.False(judge.Look(At(10_000).Ticks, limit, At(10_100)));
        Assert.Equal(75, judge.Pause.TotalMilliseconds);
        Assert.False(judge.Look(At(10_000).Ticks, limit, At(10_175)));
        Assert.Equal(LookEvery, judge.Pause);
    }

    [Fact]
    public void A_frozen_daemon_is_seen_one_look_after_the_limit_whatever_the_phase()
    {
        var limit = TimeSpan.FromMilliseconds(350);
        for (var phase = 0; phase < 100; phase += 7)
        {
            var judge = new FreezeJudge(LookEvery);
            var now = At(10_000);
            var last = At(10_500 + phase);
            while (!judge.Look(now < last ? now.Ticks : last.Ticks, limit, now))
            {
                now += judge.Pause;
                Assert.True(now < At(20_000), "never seen");
            }

            Assert.InRange(now - last, limit, limit + LookEvery);
        }
    }

    [Fact]
    public void A_host_that_stood_still_leaves_the_daemon_half_the_limit_for_its_turn()
    {
        var limit = TimeSpan.FromMilliseconds(350);
        var judge = new FreezeJudge(LookEvery);
        Assert.False(judge.Look(At(10_000).Ticks, limit, At(10_020)));
        Assert.False(judge.Look(At(10_000).Ticks, limit, At(70_000)));
        for (var ms = 70_020; ms < 70_175; ms += 20)
        {
            Assert.False(judge.Look(At(10_000).Ticks, limit, At(ms)));
        }
    }

    [Fact]
    public void Pauses_double_to_the_longest_and_begin_anew_after_a_long_life()
    {
        var policy = Policy(most: 100);
        var pauses = Enumerable.Range(0, 8).Select(i => policy.Died(At(i * 1000))!.Value.TotalMilliseconds);
        Assert.Equal([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000], pauses);
        Assert.Equal(200, policy.Died(At(7000 + 300_001))!.Value.TotalMilliseconds);
    }

    [Fact]
    public void Too_many_deaths_in_a_window_are_the_end()
    {
        var policy = Policy(most: 3);
        Assert.NotNull(policy.Died(At(0)));
        Assert.NotNull(policy.Died(At(1000)));
        Assert.NotNull(policy.Died(At(2000)));
        Assert.NotNull(policy.Died(At(300_001))); // the first is forgotten
        Assert.Null(policy.Died(At(300_002)));
    }

    private static RestartPolicy Policy(int most) =>
        new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), most, TimeSpan.FromMinutes(5));

    private static Instant At(int ms) => new(ms * TimeSpan.TicksPerMillisecond);
}

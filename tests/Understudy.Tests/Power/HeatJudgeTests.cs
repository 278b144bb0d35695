using Understudy.Core;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class HeatJudgeTests
{
    private static readonly HeatSettings Limits = HeatSettings.Default;

    [Fact]
    public void A_steady_rise_says_when_it_will_be_critical()
    {
        var view = Curve(Judge("/a"), minutes: 3, t => 25 + (4 * t)).View(At(3));
        Assert.Equal(37, view.Hottest!.Value, 1e-6);
        Assert.Equal(4, view.PerMinute!.Value, 1e-6);
        Assert.Equal(2, view.CriticalIn!.Value.TotalMinutes, 1e-6);                 // 45 - 37 at 4 a minute
        Assert.False(view.IsCool);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    public void What_does_not_rise_hastens_nothing(double slope) =>
        Assert.Null(Curve(Judge("/a"), minutes: 3, t => 35 + (slope * t)).View(At(3)).CriticalIn);

    [Fact]
    public void A_sensor_that_jitters_is_no_rise()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var dice = new Random(seed);
            var view = Curve(Judge("/a"), minutes: 3, _ => 30 + (dice.NextDouble() < 0.5 ? 0 : 1)).View(At(3));
            Assert.True(view.CriticalIn is null || view.CriticalIn > TimeSpan.FromMinutes(10), $"seed {seed}: critical in {view.CriticalIn}");
        }
    }

    /// <summary>A sensor that was stuck and shows the truth again (room 20358294), and others that move once.</summary>
    [Theory]
    [InlineData(21.9, 31.5, 0)]
    [InlineData(21.9, 31.5, 0.3)]
    [InlineData(24, 33, 1)]
    [InlineData(33, 24, 0.3)]
    public void One_step_is_no_rise_however_large(double before, double after, double trembles)
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var dice = new Random(seed);
            var judge = Curve(Judge("/a"), minutes: 3, t => (t < 1.5 ? before : after) + (dice.NextDouble() < 0.5 ? 0 : trembles));
            var view = judge.View(At(3));
            Assert.True(view.CriticalIn is null || view.CriticalIn > TimeSpan.FromMinutes(8), $"seed {seed}: critical in {view.CriticalIn}");
        }
    }

    [Fact]
    public void A_rise_with_a_look_that_came_late_is_a_rise_all_the_same()
    {
        var judge = Judge("/a");
        for (var i = 0; i <= 18; i++)
        {
            judge = i is 9 or 10 ? judge : judge.Hear(0, new TemperatureReading.Degrees(25 + (4 * (i / 6.0))), At(i / 6.0));
        }

        Assert.Equal(4, judge.View(At(3)).PerMinute!.Value, 1e-6);
    }

    [Fact]
    public void A_rise_is_told_only_with_enough_readings_over_enough_of_the_window()
    {
        Assert.Null(Curve(Judge("/a"), minutes: 0.9, t => 25 + (4 * t)).View(At(0.9)).CriticalIn);
        Assert.NotNull(Curve(Judge("/a"), minutes: 1.2, t => 25 + (4 * t)).View(At(1.2)).CriticalIn);
    }

    [Fact]
    public void Three_hot_looks_in_a_row_are_hot_and_two_are_not()
    {
        var judge = Hear(Judge("/a"), 0, 38);
        Assert.False(Hear(judge, 0, 41, 41).View(At(0.5)).IsHot);
        Assert.True(Hear(judge, 0, 41, 41, 40).View(At(0.5)).IsHot);
        Assert.False(Hear(judge, 0, 41, 41, 39.9, 41, 41).View(At(1)).IsHot);
    }

    [Fact]
    public void A_sensor_that_leaps_or_was_hot_from_the_first_look_on_is_not_believed()
    {
        double[] stuck = [.. Enumerable.Repeat(85.0, 30)];
        var leapt = Hear(Judge("/a"), 0, [24, 24, 24, .. stuck]);
        Assert.False(leapt.View(At(33 / 6.0)).IsHot);
        Assert.Null(leapt.View(At(33 / 6.0)).CriticalIn);
        Assert.Equal("file /a", Assert.Single(leapt.Doubts()));
        var always = Hear(Judge("/a"), 0, stuck);
        Assert.False(always.View(At(30 / 6.0)).IsHot);
        Assert.False(Hear(Judge("/a"), 0, [.. stuck.Select((d, i) => d + (i % 3))]).View(At(30 / 6.0)).IsHot);      // it trembles
    }

    [Theory]
    [InlineData(5, 24, 85, false)]
    [InlineData(600, 24, 85, false)]                // in ten minutes a room could get there, but nobody saw it
    [InlineData(600, 38, 42, true)]                 // no further than a room gets while its last reading is believed
    [InlineData(600, 85, 85, false)]                // it was not believed before
    public void A_sensor_that_comes_back_hot_after_it_was_away_is_not_believed_either(double away, double before, double after, bool believed)
    {
        var judge = Hear(Judge("/a"), 0, before, before, before);
        for (var i = 0; i < 10; i++)
        {
            judge = judge.Hear(0, new TemperatureReading.Degrees(after), At((20 + away + (10 * i)) / 60));
        }

        Assert.Equal(believed, judge.View(At((110 + away) / 60)).IsHot);
    }

    [Fact]
    public void A_room_that_is_hot_when_we_begin_is_believed_when_it_has_risen()
    {
        Assert.False(Hear(Judge("/a"), 0, 41, 41.5, 42, 42.5, 43).View(At(5 / 6.0)).IsHot);
        Assert.True(Hear(Judge("/a"), 0, 41, 41.5, 42, 42.5, 43, 43.5, 44).View(At(1.2)).IsHot);
        Assert.True(Hear(Judge("/a"), 0, 41, 41, 41, 39, 41, 41, 41).View(At(1.2)).IsHot);                          // it was below the limit, and went there as a room does
    }

    [Fact]
    public void One_wrong_value_neither_heats_nor_cools()
    {
        foreach (var wrong in (double[])[85, 0, 125, -20])
        {
            var judge = Hear(Judge("/a"), 0, 38, 39, 41, 42, wrong);
            Assert.Equal(42, judge.View(At(5 / 6.0)).Hottest);
            Assert.True(judge.View(At(5 / 6.0)).IsHot == Hear(Judge("/a"), 0, 38, 39, 41, 42).View(At(5 / 6.0)).IsHot);
        }

        Assert.True(Curve(Judge("/a"), minutes: 2, t => Math.Abs(t - 1) < 0.01 ? 85 : 36 + (4 * t)).View(At(2)).IsHot);
    }

    [Theory]
    [InlineData(127)]
    [InlineData(255)]
    [InlineData(-128)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void What_no_room_has_was_not_read(double broken) =>
        Assert.Equal(HeatView.None, Hear(Judge("/a"), 0, broken, broken, broken).View(At(1)));

    [Fact]
    public void Unread_is_neither_warm_nor_cool()
    {
        Assert.Equal(HeatView.None, Judge("/a").Hear(0, new TemperatureReading.Unread("no such file"), At(0)).View(At(0)));
        var once = Hear(Judge("/a"), 0, 20);
        Assert.True(once.View(At(0.3)).IsCool);
        Assert.Equal(HeatView.None, once.View(At(0.8)));                            // three turns and one look later nobody vouches for it
    }

    [Fact]
    public void The_hottest_place_counts_and_cool_is_only_what_is_cool_everywhere()
    {
        var judge = Hear(Hear(Judge("/a", "/b"), 0, 20), 1, 30);
        Assert.Equal((30, "file /b", false), (judge.View(At(0)).Hottest, judge.View(At(0)).Place, judge.View(At(0)).IsCool));
        Assert.True(Hear(judge, 1, 26).View(At(0.2)).IsCool);
    }

    [Fact]
    public void Of_one_place_s_sources_the_first_that_can_be_read_counts_and_a_change_is_no_rise()
    {
        TemperatureSettings[] sources = [new TemperatureSettings.File("/a") { Name = "inlet" }, new TemperatureSettings.File("/b") { Name = "inlet" }];
        var judge = new HeatJudge(Limits, [.. sources]);
        for (var i = 0; i <= 30; i++)
        {
            var at = new Instant(i * 10 * TimeSpan.TicksPerSecond);
            judge = i < 12 ? judge.Hear(0, new TemperatureReading.Degrees(22), at) : judge.Hear(0, new TemperatureReading.Unread("gone"), at);
            judge = judge.Hear(1, new TemperatureReading.Degrees(38), at);
            Assert.Null(judge.View(at).CriticalIn);
        }

        Assert.Equal(38, judge.View(At(5)).Hottest);
        Assert.Equal(22, judge.Hear(0, new TemperatureReading.Degrees(22), At(5)).View(At(5)).Hottest);
    }

    [Fact]
    public void However_often_a_sensor_is_read_the_memory_of_it_is_bounded_and_the_slope_stays()
    {
        var judge = new HeatJudge(Limits with { Window = TimeSpan.FromHours(1) }, [new TemperatureSettings.File("/a") { Name = "a" }]);
        for (var s = 0; s <= 3600; s++)
        {
            judge = judge.Hear(0, new TemperatureReading.Degrees(20 + (s / 300.0)), new(s * TimeSpan.TicksPerSecond));
        }

        Assert.Equal(0.2, judge.View(At(60)).PerMinute!.Value, 1e-6);
    }

    private static HeatJudge Judge(params string[] files) =>
        new(Limits, [.. files.Select(f => (TemperatureSettings)new TemperatureSettings.File(f) { Name = $"file {f}" })]);

    private static HeatJudge Hear(HeatJudge judge, int source, params double[] degrees)
    {
        for (var i = 0; i < degrees.Length; i++)
        {
            judge = judge.Hear(source, new TemperatureReading.Degrees(degrees[i]), At(i / 6.0));
        }

        return judge;
    }

    private static HeatJudge Curve(HeatJudge judge, double minutes, Func<double, double> degrees)
    {
        for (var t = 0.0; t <= minutes + 1e-9; t += 1 / 6.0)
        {
            judge = judge.Hear(0, new TemperatureReading.Degrees(degrees(t)), At(t));
        }

        return judge;
    }

    private static Instant At(double minutes) => new((long)Math.Round(minutes * TimeSpan.TicksPerMinute));
}

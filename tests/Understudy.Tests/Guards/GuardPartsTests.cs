using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Understudy.Guards;
using Xunit;

namespace Understudy.Tests.Guards;

/// <summary>The small parts beside the guards' loop that can be looked at without one.</summary>
public sealed class GuardPartsTests
{
    private static readonly Instant s_now = new Instant(0) + TimeSpan.FromHours(5);

    [Theory]
    [InlineData(0, 0, null, false)]
    [InlineData(4.9, 0, null, false)]
    [InlineData(5, 0, 5.0, false)]
    [InlineData(60, 0, 60.0, false)]
    [InlineData(0.1, 3600, 3600.0, true)]
    [InlineData(10, 2, 10.0, true)]
    [InlineData(10, 0.2, 10.0, false)]
    public void A_late_wake_up_is_a_stall_from_5_s_on_and_a_sleep_where_the_clocks_went_apart(double late, double slept, double? span, bool asleep)
    {
        var sum = TimeSpan.FromDays(3);
        var watch = new StallWatch(() => sum);
        sum += TimeSpan.FromSeconds(slept);
        var stall = watch.Look(s_now - TimeSpan.FromSeconds(late), s_now);
        Assert.Equal(span, stall?.Span.TotalSeconds);
        Assert.Equal(asleep, stall?.Asleep ?? false);
        Assert.Null(watch.Look(s_now, s_now));
    }

    [Theory]
    [InlineData("1", 60.0)]
    [InlineData("5", 300.0)]
    [InlineData("36", 2160.0)]      // where the old program's int of microseconds overflowed
    [InlineData("90s", 90.0)]
    [InlineData("2m", 120.0)]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("0s", null)]
    [InlineData("1.5", null)]
    [InlineData("", null)]
    [InlineData("99999999999", null)]
    public void A_span_of_careful_is_whole_minutes_or_written_as_in_the_settings(string text, double? seconds) => Assert.Equal(seconds, CarefulVerb.Minutes(text)?.TotalSeconds);

    [Fact]
    public void What_a_plan_stopped_outlives_the_daemon_in_the_guards_memory()
    {
        var units = new StoppedUnits();
        units.Add(7, 1, ["a.service", "b.timer"]);
        units.Add(7, 1, ["a.service", "c.service"]);
        units.Add(7, 3, ["d.service"]);
        var back = StoppedUnits.Read("{\"guard\":\"room\"}\nnull\n" + units.Text);
        Assert.Equal(["a.service", "b.timer", "c.service"], back.Take(7, 1));
        Assert.Null(back.Take(7, 1));
        back.Add(8, 0, ["e.service"]);
        Assert.Null(back.Take(7, 3));      // of a run that is over
        Assert.Null(GuardMemory.Read($"{GuardMemory.None.Text}{units.Text}", "room").Problem);
    }

    [Theory]
    [InlineData("web.service", "web.service", "web.service")]
    [InlineData("web.service", "", "")]
    [InlineData("web.service", null, "web.service")]
    [InlineData("batch.slice", "a.service b.timer", "a.service b.timer")]
    [InlineData("batch.slice", "", "")]
    [InlineData("batch.slice", null, "")]
    public void An_undoing_starts_what_ran_before_and_a_unit_of_which_nobody_knows_also_after_a_restart(string unit, string? ran, string started)
    {
        var before = new StoppedUnits();
        if (ran is not null)
        {
            before.Add(7, 1, ran.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToValueList());
        }

        var back = StoppedUnits.Read($"{GuardMemory.None.Text}{before.Text}");
        Assert.Equal(started, string.Join(' ', StoppedUnits.Undoing(unit, back.Take(7, 1))));
    }

    [Fact]
    public async Task The_newest_memory_is_on_the_disk_when_its_task_has_ended_and_a_folder_that_cannot_be_is_told()
    {
        var folder = Directory.CreateTempSubdirectory("understudy-memories-").FullName;
        try
        {
            using (var memories = new GuardMemories(Path.Combine(folder, "new"), "boot-1", why => Assert.Fail(why)))
            {
                var first = memories.Put("room", "one");
                var last = memories.Put("room", "two");
                Assert.Null(await last);
                Assert.Null(await first);
                Assert.Equal("two", memories.Read("room", out var none));
                Assert.Null(none);
            }

            var told = new List<string>();
            File.WriteAllText(Path.Combine(folder, "file"), "");
            using var broken = new GuardMemories(Path.Combine(folder, "file", "below"), "boot-1", told.Add);
            Assert.NotNull(await broken.Put("room", "three"));
            Assert.NotNull(await broken.Put("room", "four"));
            Assert.Single(told);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

using Understudy.Core;
using Understudy.Core.Peers;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class GuardReplayTests
{
    [Fact]
    public void An_outage_beyond_the_grace_takes_the_host_down_and_one_within_it_does_not()
    {
        var report = Run(GuardRoom.Outage(600, 1800));
        var down = (report.DownAt!.Value - GuardRoom.At(600)).TotalSeconds;
        Assert.InRange(down, 300, 340);
        Assert.Contains(report.Notes, n => n is { What: "step", Text: "would begin: 1 notify wall, syslog" });
        Assert.Contains(report.Notes, n => n is { What: "step", Text: "would begin: 2 power off" });
        Assert.Null(Run(GuardRoom.Outage(600, 880)).DownAt);
    }

    [Fact]
    public void The_countdown_warns_before_the_first_step()
    {
        var report = Run(GuardRoom.Outage(600, 1800));
        var warned = report.Notes.First(n => n.Text.StartsWith("would tell everybody", StringComparison.Ordinal)).At;
        var begun = report.Notes.First(n => n.Text == "would begin: 1 notify wall, syslog").At;
        Assert.InRange((begun - warned).TotalSeconds, 50, 70);
    }

    [Fact]
    public void What_the_recording_was_made_by_does_not_bind_the_settings_it_is_judged_by()
    {
        var report = Run(GuardRoom.Outage(600, 1800), GuardRoom.Settings(graceMinutes: 10));
        Assert.InRange((report.DownAt!.Value - GuardRoom.At(600)).TotalSeconds, 600, 640);
        Assert.Null(Run(GuardRoom.Outage(600, 1800), GuardRoom.Settings(graceMinutes: 30)).DownAt);
    }

    [Fact]
    public void A_dead_switch_is_blindness_and_the_host_stays_up_where_seed_002_goes_down()
    {
        var report = Run((t, _) => t is >= 600 and < 1800 ? '-' : '+', careful: true);
        Assert.Null(report.DownAt);
        Assert.Contains(report.Notes, n => n.Text.StartsWith("mains blind", StringComparison.Ordinal));
        Assert.Equal("present", report.End.Mains);
        Assert.InRange((report.CarefulDownAt!.Value - GuardRoom.At(600)).TotalSeconds, 306, 386);
        Assert.Equal(["PRE-FAIL: power is lost", "SHUTDOWN: power is still lost"], report.Careful.Select(n => n.Text));
    }

    [Fact]
    public void Seed_002_takes_a_missing_route_for_an_outage_and_we_do_not()
    {
        var report = Run((t, _) => t >= 600 ? '?' : '+', careful: true);
        Assert.Null(report.DownAt);
        Assert.NotNull(report.CarefulDownAt);
        Assert.Equal("unknown", report.End.Mains);
    }

    [Fact]
    public void An_outage_clock_goes_on_over_a_restart_and_nothing_is_decided_while_nobody_ran()
    {
        var lines = GuardRoom.Lines(0, 780, GuardRoom.Outage(600, 3000)).Append(EvidenceLine.Started(GuardRoom.At(800), "cooling", "boot-1"))
            .Concat(GuardRoom.Lines(800, 2400, GuardRoom.Outage(600, 3000)));
        var report = Run(lines);
        Assert.InRange((report.DownAt!.Value - GuardRoom.At(600)).TotalSeconds, 300, 380);
        // The same with a boot between: what was counted before is not true of this boot, and no witness was seen up in it.
        var boot = GuardRoom.Lines(0, 780, GuardRoom.Outage(600, 3000)).Append(EvidenceLine.Started(GuardRoom.At(10), "cooling", "boot-2"))
            .Concat(GuardRoom.Lines(10, 2400, (_, subject) => subject == GuardRoom.Control ? '+' : '-'));
        Assert.Null(Run(boot).DownAt);
    }

    [Fact]
    public void Another_hosts_word_disputes_as_long_as_it_is_fresh()
    {
        var entry = new GuardEntry(Datagram.Id("cooling"), 0, PowerCodes.Of(MainsVerdict.Present), 1, GuardEntry.NoStep, 0, 2, 0, 0, 1, GuardEntry.NoTemperature, 0, 0, 0, 0);
        var lines = GuardRoom.Lines(0, 1800, GuardRoom.Outage(600, 3000)).SelectMany(l => (EvidenceLine[])[l, EvidenceLine.Of(l.At, "cooling", "beta", entry)]);
        var report = Run(lines);
        Assert.Null(report.DownAt);
        Assert.Equal("disputed", report.End.Mains);
    }

    [Fact]
    public void A_host_that_stays_does_its_steps_and_goes_on()
    {
        var report = Run(GuardRoom.Outage(600, 1800), GuardRoom.Settings() with { Stays = true });
        Assert.Null(report.DownAt);
        Assert.Contains(report.Notes, n => n.Text == "would begin: 1 notify wall, syslog");
        Assert.DoesNotContain(report.Notes, n => n.Text.Contains("power off", StringComparison.Ordinal));
    }

    [Fact]
    public void A_dry_run_only_says_what_it_would_do()
    {
        var report = Run(GuardRoom.Outage(600, 1800), GuardRoom.Settings() with { DryRun = true });
        Assert.Null(report.DownAt);
        Assert.Contains(report.Notes, n => n.What == "step" && n.Text.EndsWith("2 power off", StringComparison.Ordinal));
    }

    [Fact]
    public void Lines_of_what_the_settings_do_not_have_are_counted_and_passed_over()
    {
        var report = Run(GuardRoom.Lines(0, 600, GuardRoom.Outage(0, 0)).Append(GuardRoom.Line(600, "icmp 10.9.9.9", '-')));
        Assert.Equal((1, "present"), (report.Strange, report.End.Mains));
        Assert.Throws<ArgumentException>(() => GuardReplay.Run(GuardRoom.Settings(), "alpha", [], [], careful: false));
    }

    [Fact]
    public void A_note_has_the_wall_time_of_its_moment()
    {
        var lost = Run(GuardRoom.Outage(600, 1800)).Notes.First(n => n.Text.StartsWith("mains lost", StringComparison.Ordinal));
        Assert.Equal((GuardRoom.Wall + (lost.At - GuardRoom.At(0))).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture), Understudy.Cli.GuardReplayVerb.Wall(lost));
    }

    private static GuardReplayReport Run(Func<double, string, char> sees, GuardSettings? settings = null, bool careful = false) => Run(GuardRoom.Lines(0, 2400, sees), settings, careful);

    private static GuardReplayReport Run(IEnumerable<EvidenceLine> lines, GuardSettings? settings = null, bool careful = false) =>
        GuardReplay.Run(settings ?? GuardRoom.Settings(), "alpha", [], lines.Prepend(EvidenceLine.Started(GuardRoom.At(0), "cooling", "boot-1")), careful);
}

using Understudy.Core.Power;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>A real daemon with a guard, a witness that goes dark and a control that stays. Times are real and short.</summary>
[Collection(nameof(OneAtATime))]
public sealed class GuardDaemonLab
{
    private const string Short = "    grace: 4s\n    countdown: 1s";

    [Fact]
    public void A_loss_beyond_the_grace_powers_the_host_off_once_and_in_time()
    {
        using var room = new GuardRoom();
        room.Start(Short);
        room.AwaitPresent();
        var dark = LabClock.Now;
        room.Lit(GuardRoom.Witness, false);
        room.Await("it is powered off", () => room.PowerOffs().Length > 0);
        Assert.InRange(LabClock.Ms(LabClock.Now - dark), 4_000, 20_000);      // grace, two readings, the last look, and what the programs take on a busy machine
        LabClock.Pause(TimeSpan.FromSeconds(2));
        Assert.Single(room.PowerOffs());
        Assert.Contains(room.Recorders.Calls(), c => c.StartsWith("wall|", StringComparison.Ordinal));
        Assert.Contains(room.Evidence(), r => r.What == EvidenceWhat.Bad && r.Subject.Contains(GuardRoom.Witness, StringComparison.Ordinal));
        Assert.Contains(room.Evidence(), r => r.What == EvidenceWhat.Good && r.Subject.Contains(GuardRoom.Control, StringComparison.Ordinal));
        Assert.Contains("UNDERSTUDY_POWER_COMMANDS", room.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_ends_within_the_grace_powers_nothing_off()
    {
        using var room = new GuardRoom();
        room.Start(Short);
        room.AwaitPresent();
        room.Lit(GuardRoom.Witness, false);
        room.Await("the loss is seen", () => room.Notes(1201).Any(n => n.Contains("mains lost", StringComparison.Ordinal)));
        LabClock.Pause(TimeSpan.FromSeconds(1));
        room.Lit(GuardRoom.Witness, true);
        LabClock.Pause(TimeSpan.FromSeconds(8));
        Assert.Empty(room.PowerOffs());
        Assert.True(room.Notes(1201).Count(n => n.Contains("mains present", StringComparison.Ordinal)) > 1);
    }

    [Fact]
    public void A_dead_switch_powers_nothing_off()
    {
        using var room = new GuardRoom();
        room.Start(Short);
        room.AwaitPresent();
        room.Lit(GuardRoom.Control, false);
        room.Lit(GuardRoom.Witness, false);
        room.Await("it knows that it is blind", () => room.Notes(1201).Any(n => n.Contains("mains blind", StringComparison.Ordinal)));
        LabClock.Pause(TimeSpan.FromSeconds(8));
        Assert.Empty(room.PowerOffs());
    }

    [Fact]
    public void A_daemon_that_is_killed_in_the_grace_is_followed_by_one_with_the_same_outage_clock()
    {
        using var room = new GuardRoom();
        room.Start("    grace: 20s\n    countdown: 1s");
        room.AwaitPresent();
        var dark = LabClock.Now;
        room.Lit(GuardRoom.Witness, false);
        room.Await("the loss is seen", () => room.Notes(1201).Any(n => n.Contains("mains lost", StringComparison.Ordinal)));
        LabClock.Pause(TimeSpan.FromSeconds(14));
        room.KillDaemon();
        room.Await("it is powered off", () => room.PowerOffs().Length > 0);
        Assert.InRange(LabClock.Ms(LabClock.Now - dark), 20_000, 33_500);      // a clock that began anew would end at 34 s and more
        Assert.Single(room.PowerOffs());
    }

    [Fact]
    public void A_hook_is_told_why_and_one_that_hangs_is_killed_and_passed()
    {
        using var room = new GuardRoom();
        var hook = room.Script("hook", $"env >{room.In("told")}; trap '' TERM; sleep 60");
        room.Start($"{Short}\n    plan: [{{ command: {hook}, limit: 2s, ceiling: 0ms }}, {{ poweroff: now }}]");
        room.AwaitPresent();
        var dark = LabClock.Now;
        room.Lit(GuardRoom.Witness, false);
        room.Await("it is powered off", () => room.PowerOffs().Length > 0);
        Assert.InRange(LabClock.Ms(LabClock.Now - dark), 6_000, 25_000);
        var told = File.ReadAllLines(room.In("told"));
        Assert.Contains("UNDERSTUDY_GUARD=room", told);
        Assert.Contains("UNDERSTUDY_NODE=alpha", told);
        Assert.Contains("UNDERSTUDY_VERB=start", told);
        Assert.Contains(told, l => l.StartsWith("UNDERSTUDY_REASON=1 of 1 mains witnesses are dark", StringComparison.Ordinal));
    }

    [Fact]
    public void A_dry_run_does_all_but_the_power_off()
    {
        using var room = new GuardRoom();
        var hook = room.Script("hook", $"touch {room.In("ran")}");
        room.Start($"{Short}\n    dry_run: true\n    plan: [{{ command: {hook} }}, {{ poweroff: now }}]");
        room.AwaitPresent();
        room.Lit(GuardRoom.Witness, false);
        room.Await("it says what it would do", () => room.Notes(1205).Any(n => n.Contains("dry: power off: done", StringComparison.Ordinal)));
        Assert.True(File.Exists(room.In("ran")));
        Assert.Empty(room.PowerOffs());
    }

    [Fact]
    public void Careful_powers_off_after_two_lost_pings_with_the_seeds_times()
    {
        using var room = new GuardRoom();
        var began = LabClock.Now;
        var process = room.Run("careful", GuardRoom.Witness, "2s", "4s");
        room.Await("it begins", () => room.Log.Contains("NORMAL", StringComparison.Ordinal));
        LabClock.Pause(TimeSpan.FromSeconds(5));      // the first ping is over at 4 s
        room.Lit(GuardRoom.Witness, false);
        room.Await("it is powered off", () => room.PowerOffs().Length > 0);

        // 2 s, a ping of 2 s, 2 s, a ping that nobody answers, 4 s, another. Silence behind a neighbour that answers is 12 s, of a neighbour that does not some 3 s.
        Assert.InRange(LabClock.Ms(LabClock.Now - began), 15_000, 50_000);
        Assert.Contains("PRE-FAIL: power is lost", room.Log, StringComparison.Ordinal);
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.Equal(0, process.ExitCode);
    }
}

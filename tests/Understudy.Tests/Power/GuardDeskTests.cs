using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using Understudy.Core.Plans;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Power;

/// <summary>One guard from readings to orders: that its parts are joined as they should be.</summary>
public sealed class GuardDeskTests
{
    private const string Off = "power off";

    [Fact]
    public void A_loss_that_lasts_ends_in_one_power_off_when_the_grace_is_used_up()
    {
        var rig = new DeskRig().Run(30).Dark(0, 1).Run(300);
        Assert.Equal(["1 notify wall, syslog", "2 power off"], rig.Begun);
        Assert.InRange(rig.BegunAt(Off)!.Value, 30 + 120, 30 + 120 + 10);
        Assert.Contains(rig.Given, g => g.Order is GuardOrder.Plan { Effect: PlanEffect.Warn });
        Assert.True(rig.Remembered);
    }

    [Fact]
    public void A_loss_that_ends_within_the_grace_does_nothing_but_the_warnings()
    {
        var rig = new DeskRig().Run(30).Dark(0, 1).Run(110).Dark().Run(300);
        Assert.Empty(rig.Begun);
        Assert.Contains(rig.Given, g => g.Order is GuardOrder.Plan { Effect: PlanEffect.Warn { Left: null } });
    }

    [Fact]
    public void A_switch_that_dies_makes_everything_dark_and_powers_nothing_off()
    {
        var rig = new DeskRig().Run(30).Dark(0, 1, 2).Run(3600);
        Assert.Empty(rig.Begun);
        Assert.Equal(MainsVerdict.Blind, rig.Desk.State.Mains.Verdict);
    }

    [Fact]
    public void What_was_never_seen_up_powers_nothing_off()
    {
        var rig = new DeskRig().Dark(0, 1).Run(3600);
        Assert.Empty(rig.Begun);
    }

    [Fact]
    public void A_guard_that_could_not_see_an_outage_says_so_once_before_the_first()
    {
        var rig = new DeskRig().Dark(1).Run(3600);
        var alarm = Assert.Single(rig.Given, g => g.Order is GuardOrder.Alarm { Text: var text } && text.Contains("cannot see an outage", StringComparison.Ordinal));
        Assert.Contains("icmp 10.0.0.9", ((GuardOrder.Alarm)alarm.Order).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("icmp 10.0.0.8", ((GuardOrder.Alarm)alarm.Order).Text, StringComparison.Ordinal);
        rig.Dark().Run(60).Dark(1).Run(600);
        Assert.Single(rig.Given, g => g.Order is GuardOrder.Alarm { Text: var text } && text.Contains("cannot see an outage", StringComparison.Ordinal));
    }

    [Fact]
    public void An_abort_in_the_countdown_holds_for_the_outage_and_not_for_the_next()
    {
        var rig = new DeskRig().Run(30).Dark(0, 1).Run(110);
        Assert.IsType<PlanPhase.Armed>(rig.Desk.Plan.Phase);
        Assert.True(rig.Desk.Abort("ada", "the generator starts", rig.Now).Done);
        Assert.Empty(rig.Run(1200).Begun);
        rig.Dark().Run(300).Dark(0, 1).Run(300);
        Assert.Equal(1, rig.Begun.Count(b => b.EndsWith(Off, StringComparison.Ordinal)));
    }

    [Fact]
    public void An_abort_after_the_power_off_has_begun_is_refused()
    {
        var rig = new DeskRig { Kept = { "2 power off" } }.Run(30).Dark(0, 1).Run(200);
        Assert.NotNull(rig.BegunAt(Off));
        var answer = rig.Desk.Abort("ada", "no", rig.Now);
        Assert.False(answer.Done, answer.Text);
    }

    [Fact]
    public void A_host_that_sees_the_mains_makes_the_loss_disputed_and_nothing_is_done()
    {
        var rig = new DeskRig(nodes: ["alpha", "beta"]).Run(30);
        rig.Dark(0, 1).Run(1200, () => rig.Desk.HostSaid("beta", Entry(rig, PowerCodes.Of(MainsVerdict.Present), PlanPhaseCode.Idle), rig.Now, rig.Now));
        Assert.Equal(MainsVerdict.Disputed, rig.Desk.State.Mains.Verdict);
        Assert.Empty(rig.Begun);
    }

    [Theory]
    [InlineData(0, MainsVerdict.Disputed)]
    [InlineData(10, MainsVerdict.Disputed)]         // PeersFor: 14 s
    [InlineData(20, MainsVerdict.Lost)]
    [InlineData(255, MainsVerdict.Lost)]
    public void The_word_of_a_host_is_as_old_as_what_it_saw(byte age, MainsVerdict verdict)
    {
        var rig = new DeskRig(nodes: ["alpha", "beta"]).Run(30);
        rig.Dark(0, 1).Run(60, () => rig.Desk.HostSaid("beta", Entry(rig, PowerCodes.Of(MainsVerdict.Present), PlanPhaseCode.Idle) with { AgeSeconds = age }, rig.Now, rig.Now));
        Assert.Equal(verdict, rig.Desk.State.Mains.Verdict);
    }

    [Fact]
    public void A_host_that_has_lost_its_eyes_says_how_old_its_last_sight_is()
    {
        var rig = new DeskRig().Run(30);
        Assert.InRange(rig.Desk.Entry(rig.Now).AgeSeconds, 0, 2);
        Assert.InRange(rig.Desk.Entry(rig.Now + TimeSpan.FromSeconds(9)).AgeSeconds, 9, 11);
        Assert.Equal(255, rig.Desk.Entry(rig.Now + TimeSpan.FromHours(1)).AgeSeconds);
    }

    [Fact]
    public void A_higher_tier_waits_for_a_lower_one_until_it_is_past_its_point_of_no_return()
    {
        var rig = new DeskRig(nodes: ["alpha", "beta"], with: s => s with { Tier = 1, TierTimeout = TimeSpan.FromMinutes(5) }) { Kept = { "1 wait for tiers" } }.Run(30);
        var phase = PlanPhaseCode.Running;
        void Say() => rig.Desk.HostSaid("beta", Entry(rig, PowerCodes.Of(MainsVerdict.Lost), phase), rig.Now, rig.Now);
        rig.Dark(0, 1).Run(240, Say);
        Assert.NotNull(rig.BegunAt("wait for tiers"));
        Assert.Null(rig.BegunAt(Off));
        phase = PlanPhaseCode.Done;
        var told = rig.Seconds;
        rig.Run(10, Say);
        Assert.InRange(rig.BegunAt(Off)!.Value, told, told + 3);
    }

    [Fact]
    public void A_lower_tier_that_never_lets_go_is_passed_when_its_time_is_over()
    {
        var rig = new DeskRig(nodes: ["alpha", "beta"], with: s => s with { Tier = 1, TierTimeout = TimeSpan.FromMinutes(1) }) { Kept = { "1 wait for tiers" } }.Run(30);
        rig.Dark(0, 1).Run(400, () => rig.Desk.HostSaid("beta", Entry(rig, PowerCodes.Of(MainsVerdict.Lost), PlanPhaseCode.Running), rig.Now, rig.Now));
        var waited = rig.BegunAt(Off)!.Value - rig.BegunAt("wait for tiers")!.Value;
        Assert.InRange(waited, 59, 63);
    }

    [Fact]
    public void A_daemon_that_is_started_anew_in_the_grace_goes_on_with_the_same_outage_clock()
    {
        var first = new DeskRig().Run(30).Dark(0, 1).Run(60);
        var memory = GuardMemory.Read(first.Desk.Memory("").Text, "room");
        Assert.Null(memory.Problem);
        var second = new DeskRig(memory: memory, at: first.Seconds + 5).Dark(0, 1).Run(200);
        Assert.InRange(second.BegunAt(Off)!.Value, 30 + 120, 30 + 120 + 12);
    }

    [Fact]
    public void After_a_boot_the_outage_clock_begins_anew_and_what_was_up_before_it_cannot_vote()
    {
        var first = new DeskRig().Run(30).Dark(0, 1).Run(60);
        var memory = GuardMemory.Read(first.Desk.Memory("").Text, "room");
        var second = new DeskRig(memory: memory, at: first.Seconds + 5, boot: "two").Dark(0, 1).Run(600);
        Assert.Empty(second.Begun);
    }

    [Fact]
    public void Who_stayed_and_is_started_anew_still_wakes_the_others_and_none_twice_as_soon()
    {
        var first = Stayer().Run(30).Dark(0, 1).Run(200).Dark().Run(70);
        Assert.Equal(["store"], Woken(first));
        var memory = GuardMemory.Read(first.Desk.Memory("").Text, "room");
        Assert.Null(memory.Problem);

        var second = Stayer(memory, first.Seconds + 5);
        Assert.Contains("as was known before our restart", second.Desk.Snapshot(second.Now).Return!.Says, StringComparison.Ordinal);
        second.Run(203);
        Assert.True(second.Desk.Returns);
        Assert.Empty(Woken(second));       // the store has five minutes from when it was woken
        second.Run(200);
        Assert.Equal(["store"], Woken(second));
        second.Desk.HostHeard("store", isUp: true, second.Now);
        second.Run(10);
        Assert.Equal(["store", "web"], Woken(second));
    }

    [Fact]
    public void Who_stayed_and_was_itself_without_power_wakes_the_others_when_it_is_back()
    {
        var first = Stayer().Run(30).Dark(0, 1).Run(200);
        var memory = GuardMemory.Read(first.Desk.Memory("").Text, "room");
        var second = Stayer(memory, first.Seconds + 5, boot: "two").Run(59);
        Assert.Empty(Woken(second));      // the mains must be stable anew
        second.Run(30);
        Assert.Equal(["store"], Woken(second));
    }

    [Fact]
    public void What_is_over_or_was_called_off_is_not_begun_again_by_a_restart()
    {
        var first = Stayer().Run(30).Dark(0, 1).Run(200);
        Assert.True(first.Desk.WakeOthers("ada", wanted: false, first.Now).Done);
        var memory = GuardMemory.Read(first.Desk.Memory("").Text, "room");
        var second = Stayer(memory, first.Seconds + 5).Run(600);
        Assert.False(second.Desk.Returns);
        Assert.Empty(Woken(second));
    }

    [Theory]
    [InlineData("null", false)]      // all were woken, and that was written down
    [InlineData(null, true)]         // of a program that wrote nothing of it: the plan that is done says that the others went
    [InlineData("{", true)]          // the same of a line that is damaged
    public void A_done_plan_wakes_the_others_anew_only_where_the_memory_does_not_know_whether_they_were_woken(string? line, bool woken)
    {
        var first = Stayer().Run(30).Dark(0, 1).Run(200);
        Assert.True(first.Desk.WakeOthers("ada", wanted: false, first.Now).Done);
        var written = first.Desk.Memory("").Text.Split('\n').Where(l => !l.StartsWith("return ", StringComparison.Ordinal));
        Assert.Equal(first.Desk.Memory("").Text, string.Join('\n', written.SkipLast(1).Append("return null\n")));
        var memory = GuardMemory.Read(string.Join('\n', line is null ? written : written.Prepend("").Append($"return {line}\n").Skip(1)), "room");
        var second = Stayer(memory, first.Seconds + 5).Run(300);
        Assert.Equal(woken, Woken(second).Contains("store"));
        Assert.Equal(line is "{", memory.Problem is not null);
    }

    [Theory]
    [InlineData(PlanPhaseCode.Idle, 1, 0, "beta ")]                                   // stays, and else anybody
    [InlineData(PlanPhaseCode.Armed, 1, 0, "beta ")]
    [InlineData(PlanPhaseCode.Running, 1, 0, "beta delta")]                           // gamma leaves with us: it would hand it back
    [InlineData(PlanPhaseCode.Done, 1, 0, "beta delta")]
    [InlineData(PlanPhaseCode.Running, 0, 0, "beta delta")]
    [InlineData(PlanPhaseCode.Done, 2, 0, "beta delta")]                              // past its end: it is off in a moment
    [InlineData(PlanPhaseCode.Running, 2, GuardEntry.NoReturn, "beta delta")]
    [InlineData(PlanPhaseCode.Running, 1, GuardEntry.Dry, "beta ")]                   // it says so and does not leave
    [InlineData(PlanPhaseCode.Running, 1, GuardEntry.Stays, "beta gamma ")]
    public void What_a_leaving_host_lets_go_is_offered_to_who_stays_and_never_to_who_leaves_no_later(PlanPhaseCode gamma, byte tier, byte flags, string heirs)
    {
        string[] nodes = ["alpha", "beta", "gamma", "delta"];
        var rig = new DeskRig(nodes: nodes, with: g => g with { Tier = 1 }).Run(10);
        Assert.Equal([""], rig.Desk.Heirs(rig.Now));      // nobody has said anything yet: whoever is fit
        Say("beta", PlanPhaseCode.Running, 3, GuardEntry.Stays);
        Say("gamma", gamma, tier, flags);
        Assert.Equal(heirs, string.Join(' ', rig.Desk.Heirs(rig.Now)));

        void Say(string host, PlanPhaseCode phase, byte tier, byte flags) => rig.Desk.HostSaid(
            host, new GuardEntry(Datagram.Id("room"), tier, 2, PowerCodes.Of(phase), GuardEntry.NoStep, flags, 0, 2, 0, 1, GuardEntry.NoTemperature, 0, 0, 0, 1), rig.Now, rig.Now);
    }

    [Fact]
    public void Who_leaves_in_a_later_tier_is_asked_last()
    {
        var rig = new DeskRig(nodes: ["alpha", "beta", "gamma", "delta"], with: g => g with { Tier = 1 }).Run(10);
        foreach (var (host, tier) in new[] { ("beta", (byte)2), ("gamma", (byte)1) })
        {
            rig.Desk.HostSaid(host, new GuardEntry(Datagram.Id("room"), tier, 2, PowerCodes.Of(PlanPhaseCode.Running), GuardEntry.NoStep, 0, 0, 2, 0, 1, GuardEntry.NoTemperature, 0, 0, 0, 1), rig.Now, rig.Now);
        }

        Assert.Equal(["delta", "beta"], rig.Desk.Heirs(rig.Now));
    }

    [Fact]
    public void A_power_off_that_is_refused_is_asked_for_again_and_one_that_stays_refused_is_a_failure_and_not_done()
    {
        var rig = new DeskRig();
        rig.Kept.Add("2 power off");
        rig.Run(30).Dark(0, 1).Run(150);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var asked = Assert.IsType<PlanPhase.Running>(rig.Desk.Plan.Phase);
            Assert.Equal((1, attempt), (asked.Step, asked.Attempt));
            rig.Desk.StepEnded(new PlanEvent.StepEnded(rig.Desk.Plan.Run.Number, 1, attempt, new StepOutcome.Failed("the bus does not answer")), rig.Now);
            rig.Run(12);
        }

        Assert.IsType<PlanPhase.Failed>(rig.Desk.Plan.Phase);
        Assert.Contains(rig.Given, g => g.Order is GuardOrder.Alarm a && a.Text.Contains("the bus does not answer", StringComparison.Ordinal));
    }

    [Fact]
    public void A_dry_run_can_be_called_off_to_its_end_and_what_it_stopped_is_started_again_when_the_mains_are_back()
    {
        var rig = new DeskRig($"{DeskRig.Room}\ndry_run: true\nplan: [{{ stop: batch.slice }}, {{ poweroff: now }}]").Run(30).Dark(0, 1).Run(200);
        Assert.Equal(["1 stop batch.slice", "2 power off"], rig.Begun);
        Assert.IsType<PlanPhase.Done>(rig.Desk.Plan.Phase);
        Assert.False(rig.Desk.Plan.PastPoint);
        rig.Dark().Run(200);
        Assert.Equal("1 stop batch.slice", Assert.Single(Undone(rig)));
        Assert.IsType<PlanPhase.Idle>(rig.Desk.Plan.Phase);
    }

    [Fact]
    public void A_host_that_slept_by_its_plan_starts_again_what_the_plan_had_stopped()
    {
        var rig = new DeskRig($"{DeskRig.Room}\nplan: [{{ stop: batch.slice }}, {{ suspend: now }}]").Run(30).Dark(0, 1).Run(200);
        Assert.Equal(["1 stop batch.slice", "2 suspend"], rig.Begun);
        Assert.Empty(Undone(rig));
        rig.Desk.Stalled(TimeSpan.FromHours(1), asleep: true, rig.Now);
        rig.Dark().Run(20);
        Assert.Equal("1 stop batch.slice", Assert.Single(Undone(rig)));
    }

    private static IEnumerable<string> Undone(DeskRig rig) => rig.Given.Select(g => g.Order).OfType<GuardOrder.Plan>().Select(p => p.Effect).OfType<PlanEffect.Undo>().Select(u => u.Name);

    [Fact]
    public void While_an_operator_holds_the_plan_nothing_has_a_moment()
    {
        var rig = new DeskRig().Run(30).Dark(0, 1).Run(60);
        Assert.NotNull(rig.Desk.Snapshot(rig.Now).DueIn);
        Assert.True(rig.Desk.Abort("ada", "a test", rig.Now).Done);
        var held = rig.Run(2).Desk.Snapshot(rig.Now);
        Assert.Null(held.DueIn);
        Assert.All(held.Plan.Steps, s => Assert.Null(s.BeginsIn));
        Assert.True(rig.Desk.Arm("ada", "", TimeSpan.FromSeconds(30), dry: true, rig.Now).Done);
        Assert.Equal(TimeSpan.FromSeconds(30), rig.Desk.Snapshot(rig.Now).DueIn);      // a drill has
    }

    [Fact]
    public void A_memory_that_tells_nonsense_of_the_return_wakes_nobody_and_says_so()
    {
        var memory = GuardMemory.Read("null\nnull\nstopped 1 2 a.service\nreturn {\"boot\":\"one\"}\n", "room");
        Assert.Null(memory.Return);
        Assert.Contains("who is to be woken", memory.Problem, StringComparison.Ordinal);
        Assert.Empty(Woken(Stayer(memory).Run(600)));
    }

    [Fact]
    public void The_first_boot_after_a_power_off_says_why_the_host_went_down()
    {
        var first = new DeskRig().Run(30).Dark(0, 1).Run(200);
        Assert.NotNull(first.BegunAt(Off));
        var memory = GuardMemory.Read(first.Desk.Memory("2026-11-22T03:04:05Z").Text, "room");
        var second = new DeskRig(memory: memory, at: 0, boot: "two").Run(5);
        var why = second.Desk.Snapshot(second.Now).Plan.LastEnd;
        Assert.Contains("2 of 2 mains witnesses are dark", why, StringComparison.Ordinal);
        Assert.Contains("2026-11-22T03:04:05Z", why, StringComparison.Ordinal);
        Assert.Equal("idle", second.Desk.Snapshot(second.Now).Plan.Phase);
        Assert.Empty(second.Begun);
    }

    [Fact]
    public void Who_stays_neither_goes_down_nor_lets_go_of_what_the_others_hand_to_it()
    {
        static GuardSettings Releasing(GuardSettings s, bool stays) => s with
        {
            Stays = stays,
            Plan = [new GuardStepSettings.Stop("a.service") { Limit = TimeSpan.FromMinutes(1) }, new GuardStepSettings.Release("web") { Limit = TimeSpan.FromMinutes(1) }, .. s.Plan.TakeLast(1)],
        };
        var stays = new DeskRig(with: s => Releasing(s, stays: true)).Run(30).Dark(0, 1).Run(200);
        Assert.Equal(["1 stop a.service"], stays.Begun);
        var leaves = new DeskRig(with: s => Releasing(s, stays: false)).Run(30).Dark(0, 1).Run(200);
        Assert.Equal(["1 stop a.service", "2 release web", "3 power off"], leaves.Begun);
    }

    private static DeskRig Stayer(GuardMemory? memory = null, double at = 0, string boot = "one") => new(
        $$"""
        {{DeskRig.Room}}
        stays: true
        return: { stable: 1m, every: 5s, wake: [{ node: store, mac: "02:00:00:00:00:01", tier: 2 }, { node: web, mac: "02:00:00:00:00:02" }] }
        """,
        memory: memory, at: at, boot: boot);

    private static IEnumerable<string> Woken(DeskRig rig) => rig.Given.Select(g => g.Order).OfType<GuardOrder.Wake>().Select(w => w.Up.Host.Node);

    [Fact]
    public void A_drill_gives_only_notices_and_rehearses_the_rest()
    {
        var rig = new DeskRig().Run(30);
        Assert.True(rig.Desk.Arm("ada", "a drill", TimeSpan.Zero, dry: true, rig.Now).Done);
        rig.Run(60);
        Assert.Equal(["1 notify wall, syslog"], rig.Begun);
        Assert.Contains(rig.Given, g => g.Order is GuardOrder.Plan { Effect: PlanEffect.Rehearse { Name: "2 power off" } });
        Assert.False(rig.Desk.Plan.PastPoint);
    }

    [Fact]
    public void A_stall_of_ours_begins_a_settling_in_which_nothing_is_done()
    {
        var rig = new DeskRig().Run(30).Dark(0, 1).Run(118);
        rig.Desk.Stalled(TimeSpan.FromSeconds(60), asleep: false, rig.Now);
        var from = rig.Seconds;
        rig.Run(9);
        Assert.Null(rig.BegunAt(Off));
        rig.Run(120);
        Assert.InRange(rig.BegunAt(Off)!.Value, from + 10, from + 90);
    }

    /// <summary>What the rule that a stall settles could not prevent if it were left out: the last look is asked for, and it is answered.</summary>
    [Theory]
    [InlineData(0, 20)]
    [InlineData(0, 3600)]
    [InlineData(40, 60)]
    [InlineData(40, 180)]
    [InlineData(40, 3600)]
    public void A_stall_that_was_held_against_the_witnesses_powers_nothing_off(double lost, double stall)
    {
        var rig = new DeskRig().Run(30);
        _ = lost > 0 ? rig.Dark(0, 1).Run(lost).Dark() : rig;
        var from = rig.Now;
        _ = rig.Skip(stall);
        for (var at = from + TimeSpan.FromSeconds(2); at < rig.Now; at += TimeSpan.FromSeconds(2))
        {
            rig.Desk.Read(control: false, 0, new ProbeReading.Bad("no answer"), at, rig.Now);
            rig.Desk.Read(control: false, 1, new ProbeReading.Bad("no answer"), at, rig.Now);
            rig.Desk.Read(control: true, 0, new ProbeReading.Good("it answered"), at, rig.Now);
        }

        Assert.Equal(MainsVerdict.Lost, rig.Desk.State.Mains.Verdict);
        Assert.Equal(lost + stall > 120 && lost > 0, rig.Desk.State.Bucket.Level == rig.Settings.Grace);
        Assert.Empty(rig.Run(300).Begun);
    }

    /// <summary>What the rule that a boot settles could not prevent if it were left out: nobody votes that was not seen up since, and the grace is whole.</summary>
    [Theory]
    [InlineData(0, new[] { 0, 1, 2 }, 7200, false)]
    [InlineData(0, new[] { 0, 1 }, 7200, false)]
    [InlineData(6, new[] { 0, 1, 2 }, 7200, false)]
    [InlineData(6, new[] { 0, 1 }, 119, false)]
    [InlineData(6, new[] { 0, 1 }, 160, true)]
    public void A_guard_that_does_not_settle_after_a_boot_acts_on_nothing_but_a_loss_of_a_whole_grace(double up, int[] dark, double seconds, bool acts)
    {
        var none = new GuardRecord("room", "one", TimeSpan.Zero, new Instant(0), LostAsOf: null, SettleUntil: new Instant(0), []);
        var rig = new DeskRig(memory: new GuardMemory(none, Plan: null, Problem: null));
        Assert.True(rig.Now >= rig.Desk.State.SettleUntil);
        rig.Run(up).Dark(dark).Run(seconds).Dark().Run(600);
        Assert.Equal(acts, rig.Begun.Any());
    }

    private static GuardEntry Entry(DeskRig rig, byte verdict, PlanPhaseCode phase) =>
        rig.Desk.Entry(rig.Now) with { Tier = 0, Verdict = verdict, Phase = PowerCodes.Of(phase), Flags = 0, AgeSeconds = 0 };
}

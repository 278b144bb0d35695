using Understudy.Core;
using Understudy.Core.Plans;
using Xunit;
using static Understudy.Tests.Plans.PlanRig;

namespace Understudy.Tests.Plans;

/// <summary>The rules of a plan one by one, on three steps: notify, shed (can be undone), power off (the point of no return).</summary>
public sealed class PlanMachineTests
{
    [Fact]
    public void A_plan_is_armed_counts_down_and_goes_step_by_step()
    {
        var rig = new PlanRig().StandsAt(0, 300);
        Assert.Equal(PlanPhaseCode.Armed, rig.State.Phase.Code());
        Assert.Equal("notify", rig.StandsAt(300, 300).Begun);
        Assert.Equal("shed", rig.Done().Begun);
        Assert.Equal("power off", rig.Done().Begun);
        Assert.True(rig.State.PastPoint);
        Assert.Empty(rig.Done().Effects);
        Assert.Equal(PlanPhaseCode.Done, rig.State.Phase.Code());
        Assert.Equal((PlanHow.Done, "dark"), (rig.State.LastEnd!.How, rig.State.LastEnd.Because));
        Assert.Null(rig.DueIn);
    }

    [Fact]
    public void Every_turn_that_changes_what_a_restart_must_know_is_remembered_first()
    {
        var rig = new PlanRig().StandsAt(0, 300);
        Assert.IsType<PlanEffect.Remember>(rig.Last.Effects[0]);
        Assert.Empty(rig.StandsAt(10, 300).Last.Effects);      // a mere renewal
        Assert.False(rig.Last.Telling);
        Assert.Equal([typeof(PlanEffect.Remember), typeof(PlanEffect.Begin)], rig.StandsAt(300, 300).Last.Effects.Select(e => e.GetType()));
        Assert.True(rig.Last.Telling);
    }

    [Theory]
    [InlineData(600, "5:300 2:120 1:60")]
    [InlineData(300, "0:300 2:120 1:60")]
    [InlineData(200, "2:120 1:60")]
    [InlineData(60, "0:60")]
    public void Warnings_that_lie_ahead_are_said_once_each(double due, string expected)
    {
        var rig = new PlanRig();
        var said = rig.StandsAt(0, due).Warned.Select(w => $"0:{w:0}").ToList();
        for (var at = 1; at < due; at++)
        {
            said.AddRange(rig.StandsAt(at, due).Warned.Select(w => $"{w / 60:0}:{w:0}"));
        }

        Assert.Equal(expected, string.Join(' ', said));
    }

    [Fact]
    public void A_countdown_shorter_than_every_warning_warns_at_once() =>
        Assert.Equal([45], new PlanRig(Plan() with { Countdown = S(45) }).StandsAt(0, 0).Warned);

    [Fact]
    public void A_late_look_warns_once_with_what_is_really_left() => Assert.Equal([50], new PlanRig().StandsAt(0, 600).At(550).Warned);

    [Fact]
    public void A_warning_is_said_again_when_the_moment_moved_later_past_it_and_not_when_it_trembles()
    {
        var rig = new PlanRig().StandsAt(0, 200);
        Assert.Equal([120], rig.StandsAt(80, 200).Warned);
        Assert.Empty(rig.StandsAt(81, 210).StandsAt(90, 210).Warned);
        Assert.Equal(120, rig.DueIn! + 60);
        Assert.Equal([60], rig.StandsAt(150, 210).Warned);
        Assert.Empty(rig.StandsAt(151, 500).Warned);
        Assert.Equal([120], rig.StandsAt(380, 500).Warned);
        Assert.Equal([60], rig.StandsAt(440, 500).Warned);
    }

    [Fact]
    public void A_due_moment_may_move_both_ways_but_not_into_the_countdown()
    {
        var rig = new PlanRig(Plan() with { Warnings = [] }).StandsAt(0, 300);
        Assert.Equal(200, rig.Tell(new PlanEvent.DueMoved(rig.Now + S(200), "hot")).DueIn);
        Assert.Equal(400, rig.Tell(new PlanEvent.DueMoved(rig.Now + S(400), "cool")).DueIn);
        Assert.Equal(60, rig.Tell(new PlanEvent.DueMoved(rig.Now, "boiling")).DueIn);
        Assert.Equal(60, rig.Tell(new PlanEvent.DueMoved(rig.Now + S(60.4), "jitter")).DueIn);
        Assert.False(rig.Last.Telling);
    }

    [Fact]
    public void A_withdrawal_disarms_at_once_and_tells_those_who_were_warned()
    {
        var rig = new PlanRig().StandsAt(0, 100);
        _ = rig.StandsAt(45, 100).Withdrawn();
        Assert.Equal(PlanPhaseCode.Aborted, rig.State.Phase.Code());
        Assert.Equal([-1], rig.Warned);
        Assert.Empty(new PlanRig().StandsAt(0, 600).Withdrawn().Effects);      // nobody was warned yet
        Assert.Equal(PlanPhaseCode.Armed, rig.StandsAt(50, 200).State.Phase.Code());
        Assert.Equal(2, rig.State.Run.Number);
    }

    [Fact]
    public void A_verdict_that_nobody_renewed_begins_nothing_and_in_the_end_aborts()
    {
        var rig = new PlanRig().StandsAt(0, 60).At(60);
        Assert.IsType<PlanEffect.Alarm>(Assert.Single(rig.Effects, e => e is not PlanEffect.Warn));
        Assert.Contains("notify waits", rig.Last.Reason, StringComparison.Ordinal);
        Assert.Equal(10, rig.DueIn);
        _ = rig.At(70);
        Assert.Equal(new PlanPhase.Aborted("the verdict was not renewed"), rig.State.Phase);
        Assert.Equal("notify", new PlanRig().StandsAt(0, 60).At(60).StandsAt(69, 60).Begun);
    }

    [Theory]
    [InlineData(29.9, true)]
    [InlineData(30, false)]
    public void Before_the_point_of_no_return_the_verdict_must_be_younger_than_it_stands_for(double age, bool begins)
    {
        var rig = new PlanRig().Run().Done();
        _ = rig.At(60 + age).Done();
        Assert.Equal(begins, rig.Effects.OfType<PlanEffect.Begin>().Any(e => e.Name == "power off"));
        Assert.Equal(begins, rig.State.PastPoint);
        if (!begins)
        {
            Assert.Equal(["shed"], rig.At(60 + age + 60).Undone);
            Assert.Equal(PlanPhaseCode.Aborted, rig.State.Phase.Code());
        }
    }

    [Fact]
    public void What_is_begun_may_not_be_done_after_the_verdict_has_lapsed()
    {
        var rig = new PlanRig().Run().Done().At(70).Done();
        Assert.Equal(20, (rig.Effects.OfType<PlanEffect.Begin>().Single().NotAfter - rig.Now).TotalSeconds);
    }

    [Fact]
    public void An_hour_in_which_we_stood_still_is_not_run_through()
    {
        var rig = new PlanRig().Run().Done().At(3700);
        Assert.Empty(rig.Effects.OfType<PlanEffect.Begin>());
        Assert.Equal("shed", rig.Effects.OfType<PlanEffect.Cancel>().Single().Name);
        Assert.Equal(["shed"], rig.Withdrawn().Undone);      // passed at its limit, and undone all the same
    }

    [Fact]
    public void From_the_point_on_an_abort_and_a_withdrawal_are_refused_with_the_steps_name()
    {
        var rig = new PlanRig().Run().Done().Done().Abort();
        Assert.True(rig.Last.Refused);
        Assert.Equal("not called off: power off, the point of no return, is past", rig.Last.Reason);
        Assert.Empty(rig.Effects);
        Assert.Contains("withdrawn too late (light): power off", rig.Withdrawn().Last.Reason, StringComparison.Ordinal);
        Assert.Single(rig.Effects.OfType<PlanEffect.Alarm>());
        Assert.Empty(rig.Withdrawn().Effects);      // told once
        Assert.Equal(PlanPhaseCode.Running, rig.State.Phase.Code());
    }

    [Fact]
    public void After_the_point_the_next_steps_need_no_verdict_but_another_attempt_at_it_does()
    {
        var rig = new PlanRig(Plan(Off with { Attempts = 2 }, Notify)).Run();
        Assert.Equal("notify", rig.Withdrawn().Done().Begun);

        rig = new PlanRig(Plan(Off with { Attempts = 2 }, Notify)).Run().Withdrawn().Ended(new StepOutcome.Failed("busy")).At(65);
        Assert.Empty(rig.Effects.OfType<PlanEffect.Begin>());
        Assert.Equal(PlanPhaseCode.Failed, rig.At(120).State.Phase.Code());
        Assert.Empty(rig.Undone);
    }

    [Fact]
    public void An_abort_cancels_what_runs_and_undoes_in_reverse_what_was_begun()
    {
        var rig = new PlanRig(Plan(Shed with { Name = "a" }, Notify, Shed with { Name = "b" }, Off)).Run().Done().Done().Abort();
        Assert.Equal("b", rig.Effects.OfType<PlanEffect.Cancel>().Single().Name);
        Assert.Equal(["b", "a"], rig.Undone);
        Assert.Equal([-1], rig.Warned);
        Assert.Equal(PlanPhaseCode.Aborted, rig.State.Phase.Code());
        Assert.Empty(rig.Answered(1, 2, 1).Effects);      // the answer that was on its way
    }

    [Fact]
    public void An_operators_abort_holds_for_the_outage_and_a_withdrawal_or_his_own_word_ends_it()
    {
        var rig = new PlanRig().StandsAt(0, 60).Abort().StandsAt(10, 60);
        Assert.Equal(PlanPhaseCode.Aborted, rig.State.Phase.Code());
        Assert.Equal("ann", rig.State.HeldBy);
        Assert.Equal(PlanPhaseCode.Armed, rig.Withdrawn().StandsAt(20, 100).State.Phase.Code());
        Assert.Equal(PlanPhaseCode.Armed, rig.Abort().Arm(200).State.Phase.Code());
        Assert.Null(rig.State.HeldBy);
    }

    [Fact]
    public void A_step_that_fails_is_begun_again_as_often_as_it_may_and_then_passed_or_the_plan_fails()
    {
        var rig = new PlanRig(Plan(Shed with { Attempts = 2 }, Off)).Run().Ended(new StepOutcome.Failed("busy"));
        Assert.Empty(rig.Effects);
        Assert.Equal(5, rig.DueIn);
        Assert.Equal(2, rig.At(65).Effects.OfType<PlanEffect.Begin>().Single().Attempt);
        Assert.Equal("power off", rig.Ended(new StepOutcome.Failed("busy")).Begun);
        Assert.Contains("shed is passed: busy", Assert.Single(rig.Effects.OfType<PlanEffect.Alarm>()).Text, StringComparison.Ordinal);

        rig = new PlanRig(Plan(Shed, Shed with { Name = "b", OnFailure = OnFailure.Stop }, Off)).Run().Done().Ended(new StepOutcome.Failed("busy"));
        Assert.Equal(new PlanPhase.Failed("b: busy"), rig.State.Phase);
        Assert.Empty(rig.Undone);
        Assert.Empty(rig.StandsAt(80, 80).Effects);
        Assert.Equal(["b", "shed"], rig.Withdrawn().Undone);
        Assert.Equal(PlanPhaseCode.Idle, rig.State.Phase.Code());
    }

    [Fact]
    public void A_step_that_hangs_is_cancelled_at_its_limit_and_passed_aloud()
    {
        var rig = new PlanRig().Run().Done();
        Assert.Equal(60, rig.DueIn);
        Assert.Equal("power off", rig.StandsAt(120, 60).Begun);
        Assert.Single(rig.Effects.OfType<PlanEffect.Cancel>());
        Assert.Single(rig.Effects.OfType<PlanEffect.Alarm>());
        Assert.Empty(rig.Answered(1, 1, 1).Effects);      // it ends after all
    }

    [Fact]
    public void A_hook_that_asks_to_wait_is_asked_again_up_to_its_ceiling_and_that_is_no_failure()
    {
        var rig = new PlanRig(Plan(Shed with { Ceiling = S(200) }, Off)).Run();
        var asked = 1;
        for (var at = 60; at < 260; at += 10)
        {
            if (rig.State.Phase is PlanPhase.Running { Stage: StepStage.Begun })
            {
                _ = rig.Ended(new StepOutcome.Wait(S(50), "a job runs"));
            }

            asked += rig.StandsAt(at + 10, 60).Effects.OfType<PlanEffect.Begin>().Count(e => e.Name == "shed");
        }

        Assert.Equal(4, asked);      // at 60, 110, 160 and 210
        Assert.Equal("power off", rig.Begun);
        Assert.Contains("shed is passed: it still asked to wait (a job runs)", rig.Last.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_veto_pauses_only_from_a_step_that_may_and_only_up_to_the_ceiling()
    {
        var rig = new PlanRig(Plan(Shed with { MayVeto = true, OnFailure = OnFailure.Stop }, Off)).Run().Ended(new StepOutcome.Veto("a user"));
        Assert.Single(rig.Effects.OfType<PlanEffect.Alarm>());
        for (var at = 65; at < 180; at += 5)
        {
            Assert.Equal("shed", rig.StandsAt(at, 60).Begun);
            Assert.Empty(rig.Ended(new StepOutcome.Veto("a user")).Effects.OfType<PlanEffect.Begin>());
        }

        Assert.Equal("power off", rig.StandsAt(180, 60).Begun);
        Assert.Contains("its veto counts no longer", rig.Last.Reason, StringComparison.Ordinal);

        rig = new PlanRig(Plan(Shed with { OnFailure = OnFailure.Stop }, Off)).Run().Ended(new StepOutcome.Veto("me too"));
        Assert.Equal("power off", rig.Begun);
        Assert.Contains("it vetoed and may not", rig.Last.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_steps_own_vetoes_pause_no_longer_than_its_own_ceiling_though_that_of_the_run_is_longer()
    {
        var rig = new PlanRig(Plan(Shed with { MayVeto = true, VetoFor = S(20) }, Off)).Run().Ended(new StepOutcome.Veto("a user"));
        for (var at = 65; at < 80; at += 5)
        {
            Assert.Equal("shed", rig.StandsAt(at, 60).Begun);
            Assert.Empty(rig.Ended(new StepOutcome.Veto("a user")).Effects.OfType<PlanEffect.Begin>());
        }

        _ = rig.StandsAt(80, 60).Ended(new StepOutcome.Veto("a user"));
        Assert.Equal("power off", rig.Begun);
        Assert.Equal("power off", new PlanRig(Plan(Shed with { MayVeto = true, VetoFor = TimeSpan.Zero }, Off)).Run().Ended(new StepOutcome.Veto("a user")).Begun);
    }

    [Fact]
    public void An_order_of_an_operator_outlives_a_withdrawal_and_runs_out_by_itself()
    {
        var rig = new PlanRig().Arm(100).Withdrawn();
        Assert.Equal(PlanPhaseCode.Armed, rig.State.Phase.Code());
        Assert.Equal("notify", rig.At(100).Begun);
        Assert.Equal(PlanPhaseCode.Running, rig.Withdrawn().State.Phase.Code());
        Assert.Equal(PlanPhaseCode.Aborted, rig.Abort().State.Phase.Code());

        Assert.Empty(new PlanRig().Arm(100).At(100 + 130 + 30).Effects.OfType<PlanEffect.Begin>());      // we stood still for longer than the plan may take
    }

    [Fact]
    public void An_outage_that_comes_sooner_than_an_order_counts_and_withdrawn_the_order_counts_again()
    {
        var rig = new PlanRig(Plan() with { Warnings = [] }).Arm(1000).StandsAt(10, 300);
        Assert.Equal(290, rig.DueIn);
        Assert.Equal(990, rig.Withdrawn().DueIn);
        Assert.Equal(PlanPhaseCode.Aborted, rig.StandsAt(20, 100).StandsAt(100, 100).Withdrawn().State.Phase.Code());
    }

    [Fact]
    public void A_host_that_stays_up_undoes_what_it_did_when_the_outage_is_over()
    {
        var rig = new PlanRig(Plan(Notify, Shed)).Run().Done().Done();
        Assert.Equal(PlanPhaseCode.Done, rig.State.Phase.Code());
        Assert.Empty(rig.StandsAt(200, 60).Effects);
        Assert.Equal(["shed"], rig.Withdrawn().Undone);
        Assert.Empty(rig.Withdrawn().Effects);

        rig = new PlanRig(Plan(Notify, Shed)).Arm(0).At(60).Done().Done().Withdrawn();
        Assert.Empty(rig.Undone);
        Assert.Equal(["shed"], rig.Abort().Undone);
    }

    [Fact]
    public void A_host_that_wakes_into_the_same_outage_may_go_again()
    {
        var rig = new PlanRig(Plan(Shed, Off)).Run().Done().Tell(new PlanEvent.Resumed("the lid"));      // before the answer of what sent it to sleep
        Assert.Single(rig.Effects.OfType<PlanEffect.Cancel>());
        Assert.Equal(["shed"], rig.Undone);      // as a boot would start it
        Assert.Equal(PlanPhaseCode.Armed, rig.Answered(1, 1, 1).StandsAt(100, 100).State.Phase.Code());
        Assert.Equal(PlanPhaseCode.Running, new PlanRig().Run().Tell(new PlanEvent.Resumed("the lid")).State.Phase.Code());      // not by this plan

        rig = new PlanRig(Plan(Off)).Run().Done().StandsAt(70, 70);
        Assert.Equal(PlanPhaseCode.Done, rig.State.Phase.Code());
        Assert.Equal(PlanPhaseCode.Armed, rig.Tell(new PlanEvent.Resumed("the lid")).StandsAt(100, 100).State.Phase.Code());
    }

    [Fact]
    public void A_drill_rehearses_what_is_not_harmless_and_ends_where_it_began()
    {
        var rig = new PlanRig().Arm(0, dry: true);
        Assert.True(rig.Effects.OfType<PlanEffect.Warn>().Single().Dry);
        Assert.True(rig.At(60).Effects.OfType<PlanEffect.Begin>().Single().Dry);
        Assert.Equal([new PlanEffect.Rehearse(Deed.Begin, 1, 1, "shed", 1)], rig.Done().Effects);
        Assert.Equal([new PlanEffect.Rehearse(Deed.Begin, 1, 2, "power off", 1)], rig.Done().Effects);
        Assert.False(rig.State.PastPoint);
        Assert.Equal([new PlanEffect.Rehearse(Deed.Undo, 1, 1, "shed", 0)], rig.Done().Effects);
        Assert.Equal(PlanPhaseCode.Idle, rig.State.Phase.Code());
        Assert.True(rig.State.LastEnd!.Dry);
    }

    [Fact]
    public void A_drill_gives_way_to_an_outage_and_none_begins_in_one()
    {
        var rig = new PlanRig().Arm(0, dry: true).StandsAt(60, 200);
        Assert.False(rig.State.Run.Dry);
        Assert.Equal(20, rig.DueIn);      // the warning two minutes before
        Assert.Equal(PlanPhaseCode.Armed, rig.State.Phase.Code());
        Assert.True(rig.Arm(100, dry: true).Last.Refused);
    }

    [Fact]
    public void Rules_that_are_dry_make_every_run_dry_also_one_that_is_under_way()
    {
        var rig = new PlanRig(Plan() with { Dry = true }).Run().Done().Done();
        Assert.IsType<PlanEffect.Rehearse>(Assert.Single(rig.Effects));

        rig = new PlanRig().Run().Done();
        rig.Rules = rig.Rules with { Dry = true };
        Assert.IsType<PlanEffect.Rehearse>(Assert.Single(rig.Done().Effects));
        rig = new PlanRig().Run().Done();
        rig.Rules = rig.Rules with { Dry = true };
        Assert.Equal(["shed"], rig.Restart().Undone);
        Assert.Equal(PlanPhaseCode.Aborted, rig.State.Phase.Code());
    }

    [Fact]
    public void A_restart_in_the_same_boot_keeps_the_due_moment_and_begins_what_ran_again()
    {
        var rig = new PlanRig(Plan() with { Warnings = [] }).StandsAt(0, 100).Restart();
        Assert.Equal(100, rig.DueIn);
        _ = rig.StandsAt(100, 100).Done().At(110).Restart();
        Assert.Equal(["Cancel", "Begin"], rig.Effects.Select(e => e.GetType().Name));
        Assert.Equal(2, rig.Effects.OfType<PlanEffect.Begin>().Single().Attempt);
        Assert.Equal(50, rig.DueIn);      // its limit counts from its first begin
        Assert.Empty(rig.At(139).Restart().Effects.OfType<PlanEffect.Begin>());      // and not on an old verdict
    }

    [Fact]
    public void Another_boot_never_goes_on_and_knows_why_the_host_went_down()
    {
        var rig = new PlanRig().Run().Done().Done().Restart("two", "2026-11-22T10:00:00Z");
        Assert.Equal(PlanPhaseCode.Idle, rig.State.Phase.Code());
        Assert.Equal((PlanHow.WentDown, "dark", "2026-11-22T10:00:00Z", "one"), (rig.State.LastEnd!.How, rig.State.LastEnd.Because, rig.State.LastEnd.Wall, rig.State.LastEnd.Boot));
        Assert.Equal("cooling: the first boot after cooling took this host down (2026-11-22T10:00:00Z): dark", Assert.IsType<PlanEffect.Alarm>(Assert.Single(rig.Effects)).Text);
        Assert.Empty(rig.Restart("three").Effects);      // the second boot does not say it again

        rig = new PlanRig().Run().Done().Restart("two");
        Assert.Equal(PlanHow.CutShort, rig.State.LastEnd!.How);
        Assert.Empty(rig.Effects);
        Assert.Equal("ann", new PlanRig().StandsAt(0, 60).Abort().Restart("two").State.HeldBy);
    }

    [Fact]
    public void A_run_whose_steps_are_others_after_a_restart_fails_and_names_what_it_began()
    {
        var rig = new PlanRig().Run().Done();
        rig.Rules = Plan(Notify, Off);
        _ = rig.Restart();
        Assert.Contains("notify, shed", Assert.IsType<PlanPhase.Failed>(rig.State.Phase).Why, StringComparison.Ordinal);
        Assert.Equal("shed", rig.Effects.OfType<PlanEffect.Cancel>().Single().Name);
        Assert.Equal(PlanPhaseCode.Idle, rig.Withdrawn().State.Phase.Code());
    }

    [Theory]
    [InlineData("", "a plan has 1 to 64 steps, this one has 0")]
    [InlineData("a a", "two steps have the name a")]
    public void Rules_that_cannot_work_are_told(string names, string problem) =>
        Assert.Contains(problem, (Plan() with { Steps = names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => new PlanStep(n, S(1))).ToValueList() }).Problems());

    [Fact]
    public void A_point_of_no_return_is_neither_undone_nor_vetoed_nor_harmless()
    {
        Assert.Single(Plan(Off with { Harmless = true }).Problems());
        Assert.Single(Plan(Off with { Undo = true, MayVeto = true }).Problems());
        Assert.Single(Plan(Off with { Limit = TimeSpan.Zero }).Problems());
        Assert.Single((Plan() with { StandsFor = TimeSpan.Zero }).Problems());
        Assert.Empty(Plan().Problems());
    }
}

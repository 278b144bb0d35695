using Understudy.Core;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class GuardMachineTests
{
    /// <summary>A guard that has settled in a room that is well, at second 4000 exactly: the next look is in this moment.</summary>
    private static GuardRig Calm(GuardSettings? settings = null)
    {
        var rig = new GuardRig(settings) { Sees = settings is { Mains.Count: 1, Controls.Count: 0 } ? "+" : "+++" };
        rig.Run(399.999);
        Assert.Equal(MainsVerdict.Present, rig.State.Mains.Verdict);
        return rig;
    }

    [Theory]
    [InlineData(5)]
    [InlineData(120)]
    [InlineData(299)]
    public void A_short_outage_is_not_acted_on(double seconds)
    {
        for (var offset = 0.0; offset < 10; offset += 0.5)
        {
            var rig = Calm().Run(offset);
            rig.Sees = "--+";
            rig.Run(seconds).Sees = "+++";
            rig.Run(3600);
            Assert.Null(rig.Began);
            Assert.True(rig.Told.Count() <= 2 && rig.Told.LastOrDefault() is null or "withdrawn", string.Join(", ", rig.Told));
            Assert.Equal(TimeSpan.Zero, rig.State.Bucket.Level);
        }
    }

    [Fact]
    public void A_long_outage_is_acted_on_when_the_grace_is_used_up_and_a_last_look_was_answered()
    {
        for (var offset = 0.0; offset < 10; offset += 0.5)
        {
            var rig = Calm().Run(offset);
            var out_ = GuardRig.Seconds(rig.Now);
            rig.Sees = "--+";
            rig.Run(1800);
            Assert.Equal(["stands"], rig.Told);
            Assert.InRange(rig.Began!.Value - out_, 303, 313.1);        // the grace, what is left of a round, and the last look of 3 s
        }
    }

    [Fact]
    public void The_plan_is_told_a_countdown_before_its_first_step()
    {
        var rig = Calm();
        rig.Sees = "--+";
        rig.Run(242);
        Assert.Empty(rig.Told);
        rig.Run(2);
        Assert.Equal(["stands"], rig.Told);
        Assert.Equal(4303, GuardRig.Seconds(rig.Due!.Value), 0.01);
    }

    [Theory]
    [InlineData("-++", MainsVerdict.Present)]      // one witness of two died
    [InlineData("---", MainsVerdict.Blind)]        // the switch between us and all of them rebooted
    [InlineData("??+", MainsVerdict.Unknown)]      // no route, no ping program
    [InlineData("-?+", MainsVerdict.Unknown)]
    [InlineData("--?", MainsVerdict.Blind)]
    public void Whatever_is_no_loss_is_never_acted_on_however_long_it_lasts(string sees, MainsVerdict verdict)
    {
        var rig = Calm();
        rig.Sees = sees;
        rig.Run(86_400);
        Assert.Equal(verdict, rig.State.Mains.Verdict);
        Assert.Equal((null, 0), (rig.Began, rig.Told.Count()));
        Assert.True(rig.State.Bucket.Level <= TimeSpan.FromSeconds(90), "no more than for as long as a control is believed that is not read any more");
    }

    [Fact]
    public void A_witness_that_was_never_seen_up_cannot_vote()
    {
        var rig = new GuardRig { Sees = "--+" };
        rig.Run(86_400);
        Assert.Equal((MainsVerdict.Unknown, null), (rig.State.Mains.Verdict, rig.Began));
    }

    [Fact]
    public void Nothing_is_decided_while_we_settle_and_what_was_seen_then_counts_after_it()
    {
        var rig = new GuardRig(GuardRig.Settings() with { Grace = TimeSpan.FromSeconds(30), Countdown = TimeSpan.Zero });
        rig.Run(1).Sees = "--+";
        rig.Run(118.9);
        Assert.Equal((MainsVerdict.Lost, 0), (rig.State.Mains.Verdict, rig.Told.Count()));
        rig.Run(10);
        Assert.Equal(3600 + 123, rig.Began!.Value, 0.1);               // settled at 120, and a last look
    }

    [Theory]
    [InlineData(60, 4303.0)]                         // same boot: the same outage clock, as if nothing had been
    [InlineData(200, 4245.0 + 20 + 60)]            // the grace is used up when it is seen again, and people get their notice
    [InlineData(241, 4303.0 + 241)]                 // longer than can be bridged: that time counts neither way
    public void A_restart_in_the_grace_goes_on_with_the_same_outage_clock(double gone, double begins)
    {
        var rig = Calm();
        rig.Sees = "--+";
        rig.Run(45).Restart(gone).Run(1000);
        Assert.InRange(rig.Began!.Value, begins - 10, begins + 11);
    }

    [Fact]
    public void After_a_new_boot_everything_begins_anew()
    {
        var rig = Calm();
        rig.Sees = "--+";
        rig.Run(250).Restart(60, "boot-2").Run(86_400);
        Assert.Equal((null, MainsVerdict.Unknown), (rig.Began, rig.State.Mains.Verdict));
    }

    [Fact]
    public void A_freeze_of_ours_in_the_grace_settles_and_is_bridged()
    {
        var rig = Calm();
        rig.Sees = "--+";
        rig.Run(250).Freeze(60).Run(119);
        Assert.Null(rig.Began);
        rig.Run(30);
        Assert.InRange(rig.Began!.Value, 4000 + 250 + 60 + 120 + 2, 4000 + 250 + 60 + 120 + 13);
    }

    [Fact]
    public void A_freeze_over_which_the_mains_came_back_does_not_count_as_lost()
    {
        var rig = Calm();
        rig.Sees = "--+";
        rig.Run(250);
        rig.Freeze(60).Sees = "+++";
        rig.Run(200).Sees = "--+";
        rig.Run(3600);
        Assert.InRange(rig.Began!.Value, 4000 + 250 + 60 + 200 + 303 - 255, 4000 + 250 + 60 + 200 + 315);
    }

    [Fact]
    public void A_host_that_stalls_again_and_again_comes_to_a_decision()
    {
        var rig = Calm();
        rig.Sees = "--+";
        for (var i = 0; i < 60 && rig.Began is null; i++)
        {
            rig.Run(50).Freeze(6);
        }

        Assert.NotNull(rig.Began);
    }

    [Fact]
    public void Two_blips_five_minutes_apart_do_not_add_up_and_a_flapping_feeder_does()
    {
        var rig = Calm();
        for (var i = 0; i < 50; i++)
        {
            rig.Sees = "--+";
            rig.Run(60).Sees = "+++";
            rig.Run(300);
        }

        Assert.Null(rig.Began);
        for (var i = 0; i < 50 && rig.Began is null; i++)
        {
            rig.Sees = "--+";
            rig.Run(90).Sees = "+++";
            rig.Run(30);
        }

        Assert.NotNull(rig.Began);
    }

    [Fact]
    public void What_was_told_is_called_off_when_the_mains_are_back_and_half_of_the_grace_has_drained()
    {
        var rig = Calm();
        rig.Sees = "--+";
        rig.Run(280).Sees = "+-+";
        rig.Run(50);
        Assert.Equal(["stands"], rig.Told);
        Assert.Null(rig.Began);
        rig.Run(30);
        Assert.Equal(["stands", "withdrawn"], rig.Told);
        Assert.Null(rig.State.Due);
    }

    /// <summary>A minute without and a quarter of one with: a countdown that each return began anew would never end.</summary>
    [Fact]
    public void A_feeder_that_flaps_is_an_outage()
    {
        var rig = Calm();
        for (var i = 0; i < 20 && rig.Began is null; i++)
        {
            rig.Sees = "--+";
            rig.Run(60);
            if (rig.Began is null)
            {
                rig.Sees = "+++";
                rig.Run(15);
                Assert.Null(rig.Began);      // never while the mains are there
            }
        }

        Assert.NotNull(rig.Began);
        Assert.Equal(["stands"], rig.Told);
    }

    [Fact]
    public void What_has_begun_is_called_off_when_the_mains_were_there_for_as_long_as_we_settle()
    {
        var rig = Calm();
        rig.Sees = "--+";
        rig.Run(310).Sees = "+++";
        Assert.NotNull(rig.Began);
        rig.Run(115);
        Assert.Equal(["stands"], rig.Told);
        rig.Run(16);
        Assert.Equal(["stands", "withdrawn"], rig.Told);
    }

    [Theory]
    [InlineData("???")]
    [InlineData("---")]
    public void What_has_begun_waits_an_hour_for_somebody_who_can_tell_and_is_called_off_then(string sees)
    {
        var rig = Calm();
        rig.Sees = "--+";
        rig.Run(340);
        Assert.NotNull(rig.Began);
        rig.Sees = sees;
        rig.Run(3540);
        Assert.Equal(["stands"], rig.Told);
        rig.Run(600);
        Assert.Equal(["stands", "withdrawn"], rig.Told);
        Assert.Null(rig.State.Due);
        Assert.Contains(rig.Reasons, r => r.Contains("called off", StringComparison.Ordinal));
    }

    [Fact]
    public void A_verdict_is_renewed_only_by_new_readings()
    {
        var rig = Calm();
        rig.Sees = "--+";
        rig.Run(310);
        var renewed = rig.State.RenewedAsOf;
        rig.Sees = "??+";
        rig.Run(60);
        Assert.Equal(MainsVerdict.Lost, rig.State.Mains.Verdict);
        Assert.True(rig.State.RenewedAsOf <= renewed + TimeSpan.FromSeconds(1));
        rig.Run(60);
        Assert.Equal(MainsVerdict.Unknown, rig.State.Mains.Verdict);
    }

    [Fact]
    public void A_last_look_that_is_not_answered_begins_nothing()
    {
        var rig = Calm();
        rig.Sees = "--+";
        rig.Run(295).Sees = "???";
        rig.Run(3600);
        Assert.Null(rig.Began);
        rig.Sees = "--+";
        rig.Run(95);                                                               // judged anew, and a countdown
        Assert.NotNull(rig.Began);
    }

    [Fact]
    public void Blind_and_disputed_count_as_lost_only_after_the_spans_that_the_operator_gave()
    {
        var rig = Calm(GuardRig.Settings() with { OnBlind = TimeSpan.FromMinutes(30) });
        rig.Sees = "---";
        rig.Run(3000);
        Assert.InRange(rig.Began!.Value, 4020 + 1800 + 303 - 11, 4020 + 1800 + 303 + 11);
        rig = Calm(GuardRig.Settings() with { OnDisputed = TimeSpan.FromMinutes(10) });
        rig.Peers = [new("beta", MainsVerdict.Present, TimeSpan.Zero)];
        rig.Sees = "--+";
        rig.Run(3000);
        Assert.InRange(rig.Began!.Value, 4020 + 600 + 303 - 11, 4020 + 600 + 303 + 11);
    }

    [Fact]
    public void A_dispute_holds_the_bucket_still_and_its_end_lets_it_fill()
    {
        var rig = Calm();
        rig.Sees = "--+";
        rig.Run(100);
        var level = rig.State.Bucket.Level;
        rig.Peers = [new("beta", MainsVerdict.Present, TimeSpan.Zero)];
        rig.Run(3600);
        Assert.InRange(rig.State.Bucket.Level - level, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        rig.Peers = [];
        rig.Run(215);
        Assert.NotNull(rig.Began);
    }

    private static GuardSettings Warm(HeatSettings? heat = null) => GuardRig.Settings() with
    {
        Temperatures = [new TemperatureSettings.File("/t") { Name = "inlet", Every = GuardRig.Every }],
        Heat = heat ?? HeatSettings.Default,
    };

    [Fact]
    public void Heat_cuts_the_grace_short_but_not_the_countdown()
    {
        var rig = Calm(Warm());
        rig.Degrees = 38;
        rig.Run(30).Degrees = 41;
        rig.Run(30).Sees = "--+";
        rig.Run(100);
        Assert.InRange(rig.Began!.Value, 4060 + 20 + 60, 4060 + 20 + 60 + 5);       // judged at 20 s, and a countdown of a minute
    }

    [Fact]
    public void A_rise_cuts_the_grace_short_so_that_the_plan_is_done_before_it_is_critical()
    {
        var settings = Warm() with { Countdown = TimeSpan.Zero };
        var rig = Calm(settings);
        rig.Sees = "--+";
        for (var i = 0; i < 40 && rig.Began is null; i++)
        {
            rig.Degrees = 30 + (i * 2 / 6.0);                                       // 2 degrees a minute
            rig.Run(10);
        }

        // Critical after 7.5 min; the plan takes 2 min 40 s and the margin is 1 min.
        Assert.InRange(rig.Began!.Value - 4000, 180, 240);
    }

    [Fact]
    public void While_it_is_cool_the_grace_goes_on_up_to_its_ceiling_and_no_longer_when_it_warms()
    {
        var rig = Calm(Warm(HeatSettings.Default with { ExtendTo = TimeSpan.FromMinutes(30) }));
        rig.Degrees = 22;
        rig.Sees = "--+";
        rig.Run(1700);
        Assert.Null(rig.Began);
        rig.Run(200);
        Assert.InRange(rig.Began!.Value, 4000 + 1800, 4000 + 1815);

        rig = Calm(Warm(HeatSettings.Default with { ExtendTo = TimeSpan.FromMinutes(30) }));
        rig.Degrees = 22;
        rig.Sees = "--+";
        rig.Run(900).Degrees = 28;
        rig.Run(90);
        Assert.InRange(rig.Began!.Value, 4900, 4980);
    }

    [Theory]
    [InlineData("---", false, true)]                // blind, and it is hot: that is the evidence that was missing
    [InlineData("+++", false, false)]               // the mains are there: heat alone does nothing
    [InlineData("+++", true, true)]                 // unless it is meant to
    [InlineData("??+", false, true)]                // nothing can be read: no more than blind
    public void Heat_decides_where_the_witnesses_cannot_and_alone_only_where_it_may(string sees, bool alone, bool acts)
    {
        var rig = Calm(Warm(HeatSettings.Default with { Alone = alone }));
        rig.Degrees = 38;
        rig.Run(30).Degrees = 42;
        rig.Sees = sees;
        rig.Run(300);
        Assert.Equal(acts, rig.Began is not null);
    }

    [Theory]
    [InlineData("???", 4, true)]                    // seen lost, then nothing could be read, and it will be critical: heat decides as it would of Unknown
    [InlineData("???", 0, false)]                   // there is time: the last look has to be answered
    [InlineData("+++", 4, false)]
    public void A_last_look_that_cannot_be_made_is_not_waited_for_when_the_room_will_be_critical(string then, double aMinute, bool acts)
    {
        var rig = Calm(Warm());
        rig.Degrees = 22;
        rig.Run(60).Sees = "--+";
        rig.Run(20);
        var from = rig.Degrees.Value;
        for (var i = 0; i < 22 && rig.Began is null; i++)
        {
            rig.Degrees = from + (i * aMinute / 6.0);
            rig.Sees = i < 12 ? "--+" : then;
            rig.Run(10);
        }

        Assert.Equal(acts, rig.Began is not null);
    }

    [Theory]
    [InlineData("---", 4, true)]                    // blind, and critical in two minutes: the plan takes longer
    [InlineData("??+", 4, true)]
    [InlineData("---", 0.3, false)]                 // there is time yet
    [InlineData("+++", 4, false)]
    public void A_rise_that_leaves_no_more_time_than_the_plan_needs_decides_as_the_hard_limit_does(string sees, double aMinute, bool acts)
    {
        var rig = Calm(Warm());
        rig.Degrees = 22;
        rig.Run(60).Sees = sees;
        for (var i = 0; i < 24 && rig.Began is null && rig.Degrees < 39; i++)
        {
            rig.Degrees = 22 + (i * aMinute / 6.0);
            rig.Run(10);
        }

        Assert.Equal(acts, rig.Due is not null);
    }

    [Fact]
    public void The_line_of_seed_002_acts_after_its_wait_and_on_nothing_shorter()
    {
        var careful = GuardSettings.Careful(new([10, 0, 0, 9]), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)) with { Mains = [new ProbeSettings.Icmp(new([10, 0, 0, 9])) { Every = GuardRig.Every, Timeout = TimeSpan.FromSeconds(2), Fails = 1 }] };
        var rig = Calm(careful);
        rig.Sees = "-";
        rig.Run(1000);
        Assert.InRange(rig.Began!.Value, 4302, 4304);
        rig = Calm(careful);
        rig.Sees = "-";
        rig.Run(298).Sees = "+";
        rig.Run(3600);
        Assert.Null(rig.Began);
    }
}

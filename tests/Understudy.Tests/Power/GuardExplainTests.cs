using Understudy.Core;
using Understudy.Core.Power;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class GuardExplainTests
{
    private static readonly GuardSnapshot s_well = GuardRoom.Snapshot(600, GuardRoom.Outage(0, 0));
    private static readonly GuardSnapshot s_lost = GuardRoom.Snapshot(900, GuardRoom.Outage(700, 9000));

    [Fact]
    public void It_begins_with_the_verdict_then_the_witnesses_then_the_bucket_then_the_plan()
    {
        var said = GuardExplain.Of(s_well);
        Assert.StartsWith("cooling: the mains are there, for ", said[0], StringComparison.Ordinal);
        Assert.StartsWith("Mains witness icmp 10.0.0.1 has been healthy for ", said[1], StringComparison.Ordinal);
        Assert.StartsWith("Control icmp 10.0.1.1 has been healthy for ", said[3], StringComparison.Ordinal);
        Assert.Equal("Of the grace of 5 min, 0 ms is used up.", said[4]);
        Assert.Contains("A temperature cannot be read: file /run/inlet: was not read yet.", said);
        Assert.Contains("Were the mains lost from now on, the first step would begin in 5 min at the soonest, unless heat hastens it.", said);
        Assert.Contains("Step 2 power off: at most 10 s after the first begins, for at most 2 min 30 s; from its begin on nothing can be called off.", said);
    }

    [Fact]
    public void While_the_mains_are_lost_every_step_has_its_moment()
    {
        var said = GuardExplain.Of(s_lost);
        Assert.StartsWith("cooling: the mains are lost, for ", said[0], StringComparison.Ordinal);
        Assert.Contains(said, s => s.EndsWith("are used up, a second each second.", StringComparison.Ordinal));
        Assert.Contains($"Unless that changes, the first step begins in {Spans.Say(s_lost.DueIn!.Value)}.", said);
        Assert.Contains($"Step 1 notify wall, syslog: in {Spans.Say(s_lost.Plan.Steps[0].BeginsIn!.Value)}, for at most 10 s.", said);
        Assert.Contains(said, s => s.StartsWith("Step 2 power off: in ", StringComparison.Ordinal) && s.Contains(" at the latest", StringComparison.Ordinal));
    }

    [Fact]
    public void A_hosts_turn_in_the_spread_is_told_where_it_is_waited_for()
    {
        var turn = TimeSpan.FromSeconds(17);
        Assert.Contains($"Unless that changes, the first step begins in {Spans.Say(s_lost.DueIn!.Value)}, of which 17 s are this host's turn in the spread.", GuardExplain.Of(s_lost with { Turn = turn }));
        Assert.Contains("Were the mains lost from now on, the first step would begin in 5 min 17 s at the soonest, of which 17 s are this host's turn in the spread, unless heat hastens it.", GuardExplain.Of(s_well with { Turn = turn }));
    }

    [Fact]
    public void A_doubt_says_that_nothing_is_done_on_it_alone()
    {
        var blind = GuardRoom.Snapshot(900, (t, _) => t >= 700 ? '-' : '+');
        Assert.Contains("it is blind", GuardExplain.Of(blind)[0], StringComparison.Ordinal);
        Assert.Contains("nothing is done on that alone", GuardExplain.Of(blind)[0], StringComparison.Ordinal);
        Assert.Contains(GuardExplain.Of(blind), s => s.EndsWith("it stands still, as nobody can tell.", StringComparison.Ordinal));
    }

    [Fact]
    public void Settling_and_a_witness_that_was_never_seen_are_told()
    {
        var said = GuardExplain.Of(GuardRoom.Snapshot(60, (_, subject) => subject == GuardRoom.Second ? '-' : '+'));
        Assert.StartsWith("It settles for 1 min more", said[1], StringComparison.Ordinal);
        Assert.Contains(said, s => s.StartsWith("Mains witness icmp 10.0.0.2", StringComparison.Ordinal) && s.Contains("was not seen up since this host booted", StringComparison.Ordinal));
    }

    [Fact]
    public void Who_called_it_off_other_hosts_the_return_heat_and_the_last_run_are_told()
    {
        var said = GuardExplain.Of(s_lost with
        {
            Tier = 2,
            Stays = true,
            Heat = new HeatSnapshot(38.5, "inlet", TimeSpan.FromMinutes(4), IsHot: false, IsCool: false, []),
            Plan = s_lost.Plan with { Phase = "aborted", HeldBy = "root", Last = "root called it off: a test", LastEnd = "run 3 (mains lost): the host went down" },
            Hosts = [new HostWordSnapshot("beta", 1, "lost", "running", LetGo: false, TimeSpan.FromSeconds(2))],
            Return = new ReturnSnapshot("waiting", "the mains are not there", 41, ["beta"]),
        });
        Assert.Contains("inlet has 38.5 °C; as it rises it will be critical in 4 min.", said);
        Assert.Contains("root called it off: nothing arms by itself until the mains were back once.", said);
        Assert.Contains("beta (tier 1) said 2 s ago that the mains are lost and its plan is running; this host, of tier 2, waits for it.", said);
        Assert.Contains("The return is waiting: the mains are not there; the UPS holds 41 %. Not heard yet: beta.", said);
        Assert.Equal("The last run that ended: run 3 (mains lost): the host went down.", said[^1]);
        Assert.DoesNotContain(said, s => s.StartsWith("Unless that changes", StringComparison.Ordinal));
    }

    [Fact]
    public void A_plan_that_runs_says_at_which_step_and_whether_it_can_be_called_off()
    {
        var said = GuardExplain.Of(s_lost with { Plan = s_lost.Plan with { Phase = "running", Step = 1, Run = 4, PastPoint = true, Last = "begins 2 power off" } });
        Assert.Contains("The plan runs (run 4), at step 2 power off: begins 2 power off.", said);
        Assert.Contains("It is past its point of no return: it cannot be called off any more.", said);
    }

    [Fact]
    public void Each_sentence_ends_with_one_full_stop() =>
        Assert.All(GuardExplain.Of(s_lost).Concat(GuardExplain.Of(s_well)), s => Assert.Matches(@"[^.]\.$", s));
}

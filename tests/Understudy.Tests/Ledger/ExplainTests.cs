using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Ledger;
using Xunit;

#pragma warning disable MA0002 // xunit compares strings by their characters

namespace Understudy.Tests.Ledger;

/// <summary>The whole text for snapshots that are written down here, and the sentences that follow from real states.</summary>
public sealed class ExplainTests
{
    private static readonly CandidateSnapshot s_alpha = new("alpha", 0, Self: true, "active", "UP", 4, null, 3, Performs: true, Idle: false);
    private static readonly CandidateSnapshot s_beta = new("beta", 1, Self: false, "standby", "RECOVER", 4, 312_000, 3, Performs: false, Idle: true);

    /// <summary>alpha, which serves in peace.</summary>
    private static readonly HostSnapshot s_quiet = new(
        "alpha",
        "0.1.0",
        "00000000000000a1",
        new Instant(TimeSpan.TicksPerHour),
        400_000,
        "witness",
        Health.Healthy,
        ExclusiveGuaranteed: true,
        350,
        [
            new("beta", "lan", Witness: false, Health.Healthy, Health.Healthy, 42, 0, 0.1, 310, 180),
            new("beta", "private", Witness: false, Health.Healthy, Health.Healthy, 43, 3, 0.1, 290, 203),
            new("witness", "10.99.0.9", Witness: true, Health.Healthy, Health.Unknown, 12, 0, 0.1, 400, 0),
        ],
        [
            new(
                "web", "active", "UP", 372_400, "alpha", 4, 4, Seized: false, 430, "the witness granted us epoch 4", new(Health.Healthy, "http answers 200"),
                new(Health.Healthy, "our own links and devices are up"), "performs it with epoch 4", 372_400, [s_alpha, s_beta], null, null, 0, 3, ["10.99.0.100/24 dev eth0"],
                ["to beta, if the service here fails its probes", "an operator may move it: understudy handover web"], new(310, 500)),
        ],
        new(0.2, 0.4, "fifo", Guarded: true, 0, 0, null, 0, 1),
        new(1000, 0, []));

    [Fact]
    public void The_holder_of_a_quiet_pair_tells_its_whole_story() => Expect(
        """
        alpha, this host, has web with epoch 4: it has been active for 6 min 12 s. The last decision here, 6 min 12 s ago: performs it with epoch 4.
        The claim: the witness granted us epoch 4; it runs for 430 ms more unless renewed.
        The witness is healthy from here (10.99.0.9 healthy, heard 12 ms ago, 0 % lost).
        The service here is healthy: http answers 200. The ground here is healthy: our own links and devices are up.
        beta (rank 1) is standby and fit to take it, for 5 min 12 s (lan healthy, heard 42 ms ago, 0 % lost; private healthy, heard 43 ms ago, 3 % lost).
        What would move it: to beta, if the service here fails its probes.
        Also: an operator may move it: understudy handover web.
        How near it came in the last hour: beta was silent for 180 ms at most on its best link, 51 % of the 350 ms at which it is judged failed.
        Our claim came to within 310 ms of its end before it was renewed, of 500 ms that a fresh one has.
        """,
        s_quiet);

    [Fact]
    public void A_standby_names_the_holder_and_what_it_is_itself() => Expect(
        """
        beta has web with epoch 4, and is heard to be active; this host, alpha, has been faulted for 8.1 s. The last decision here, 8 s ago: http answers 500.
        The claim: the witness said that beta has epoch 4, for 200 ms more unless it is renewed.
        The witness is suspect from here (10.99.0.9 suspect, heard 260 ms ago, 12 % lost).
        The service here is failed: http answers 500. The ground here is healthy: our own links and devices are up.
        beta (rank 1) is active (lan failed, heard 4 s ago, 0 % lost; private healthy, heard 43 ms ago, 3 % lost, and hears us not).
        It failed here 2 times lately; more than 3, and it waits for an operator.
        What would move it: this host is faulted.
        How near it came in the last hour: beta was silent for 203 ms at most on its best link, 58 % of the 350 ms at which it is judged failed.
        """,
        Web(s_quiet, d => d with
        {
            Stance = "faulted",
            StanceForMs = 8_100,
            Holder = "beta",
            HeldEpoch = null,
            ClaimLeftMs = null,
            Claim = "the witness said that beta has epoch 4, for 200 ms more unless it is renewed",
            Service = new(Health.Failed, "http answers 500"),
            LastReason = "http answers 500",
            LastReasonAgoMs = 8_000,
            Candidates = [s_alpha with { Stance = "faulted", Performs = false }, s_beta with { Stance = "active", FitForMs = null, Performs = true, Idle = false }],
            Failures = 2,
            MovesNext = ["this host is faulted"],
            Near = new(null, 500),
        }) with
        {
            ArbiterHealth = Health.Suspect,
            Links =
            [
                s_quiet.Links[0] with { Health = Health.Failed, SilentMs = 4_000, SilentMaxMs = 340 },
                s_quiet.Links[1] with { TheyHear = Health.Failed },
                s_quiet.Links[2] with { Health = Health.Suspect, SilentMs = 260, LossPercent = 12 },
            ],
        });

    [Fact]
    public void A_bare_pair_without_a_holder_says_plainly_that_exclusivity_is_not_guaranteed() => Expect(
        """
        Nobody is known to have web, for 2 s; this host, alpha, has been standby for 2 s. The last decision here, 1 s ago: beta is silent.
        There is no arbiter, so exclusivity is not guaranteed: when the hosts are cut from each other, two may have it, or nobody, as on_split says.
        The claim: there is no arbiter to ask.
        The service here is unknown: nothing was read yet. The ground here is healthy: our own links and devices are up.
        beta (rank 1) is silent (lan never heard).
        What would move it: nobody takes it while beta is silent.
        """,
        Web(s_quiet, d => d with
        {
            Stance = "standby",
            StanceForMs = 2_000,
            Holder = null,
            HeldEpoch = null,
            ClaimLeftMs = null,
            Claim = "there is no arbiter to ask",
            Service = new(Health.Unknown, "nothing was read yet"),
            LastReason = "beta is silent",
            LastReasonAgoMs = 1_000,
            Candidates = [s_alpha with { Stance = "standby", Performs = false }, s_beta with { Stance = "silent", FitForMs = null, Idle = false }],
            VacantForMs = 2_000,
            MovesNext = ["nobody takes it while beta is silent"],
            Near = new(null, 3_000),
        }) with
        {
            Arbiter = "none",
            ArbiterHealth = Health.Unknown,
            ExclusiveGuaranteed = false,
            Links = [s_quiet.Links[0] with { Health = Health.Unknown, SilentMs = null, SilentMaxMs = 0 }],
        });

    [Fact]
    public void A_seized_duty_a_broken_ledger_and_a_missing_guardian_are_told()
    {
        var host = Web(s_quiet, d => d with { Seized = true, ClaimLeftMs = null }) with { Loop = s_quiet.Loop with { Guarded = false, LedgerTrouble = "No space left on device" } };
        var text = string.Join('\n', Explain.Duty(host, "web", []));
        Assert.Contains("An operator seized it and vouched that every other candidate is off; no arbiter has confirmed it.", text, StringComparison.Ordinal);
        Assert.Contains("The ledger cannot be written: No space left on device.", text, StringComparison.Ordinal);
        Assert.Contains("No guardian watches this daemon", text, StringComparison.Ordinal);
        Assert.DoesNotContain("more unless renewed", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_past_is_told_once_each_with_its_wall_time_and_no_more_than_five()
    {
        var state = new SmallPair().Run(10).State("alpha");
        LedgerLine Line(int minutesAgo, string duty, string? reason) =>
            new LedgerLine.Decided(s_quiet.At - TimeSpan.FromMinutes(minutesAgo), duty, new DutyEvent.Woke(), state, state, [], reason) { Wall = $"2026-01-02T03:0{9 - minutesAgo}:00.000Z" };
        LedgerLine[] lines =
        [
            Line(9, "web", "too old"), Line(8, "web", "one"), Line(7, "web", "again"), Line(6, "web", "two"), Line(5, "mail", "of another"), Line(4, "web", "again"),
            Line(3, "web", null), Line(2, "web", "three"), Line(1, "web", "four"),
        ];
        Assert.Equal(
            [
                "What led to this: at 2026-01-02T03:01:00.000Z: one.", "Then at 2026-01-02T03:03:00.000Z: two.", "Then at 2026-01-02T03:05:00.000Z: again.",
                "Then at 2026-01-02T03:07:00.000Z: three.", "Then at 2026-01-02T03:08:00.000Z: four.",
            ],
            Explain.Duty(s_quiet, "web", lines).TakeLast(5).ToList());
        Assert.DoesNotContain("The last decision here", Explain.Duty(s_quiet, "web", lines)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_duty_has_no_story() => Assert.Empty(Explain.Duty(s_quiet, "mail", []));

    [Theory]
    [InlineData("alpha", "to beta, if the service here fails its probes, or if our links or devices go down while those of beta are up")]
    [InlineData("alpha", "this host lets go, if its claim is not renewed within # and not every other candidate promises not to claim")]
    [InlineData("alpha", "an operator may move it: understudy handover web")]
    [InlineData("beta", "here, when alpha lets go, or when alpha is silent on all links for # and its claim has ended at the witness (# after its last renewal)")]
    public void What_would_move_a_quiet_pair(string host, string sentence) => Assert.Contains(sentence, Moves(new SmallPair().Run(5_000), host));

    [Fact]
    public void A_survivor_knows_that_nobody_could_follow_and_when_it_would_go_home()
    {
        var pair = new SmallPair().Run(5_000);
        pair.Silence("alpha");
        var moves = Moves(pair.Run(3_000), "beta");
        Assert.Contains("no other candidate could take it now, so that neither a sick service nor a broken link here would move it", moves);
        Assert.Contains("it goes home when a better-ranked candidate has been fit for # (failback)", moves);
        pair.Heal("alpha");
        Assert.Contains("to alpha, which is home, in # if it stays fit", Moves(pair.Run(5_000), "beta"));
    }

    [Theory]
    [InlineData(false, "here, when HOLDER lets go; not when it is only silent (on_split: hold)")]
    [InlineData(true, "nobody takes it while HOLDER is silent, because there is no arbiter (on_split: hold); if HOLDER is really off: understudy seize web --peer-is-off")]
    public void What_would_move_a_bare_pair(bool cut, string sentence)
    {
        var pair = new SmallPair(arbitrated: false).Run(5_000);
        var (holder, other) = (pair.Holder, pair.Other);
        if (cut)
        {
            pair.Silence(holder);
        }

        Assert.Equal([sentence.Replace("HOLDER", holder, StringComparison.Ordinal)], Moves(pair.Run(2_000), other));
    }

    [Fact]
    public void Who_keeps_a_host_out_is_named_with_the_way_back()
    {
        var pair = new SmallPair().Run(5_000);
        pair.Tell("beta", new DutyEvent.HoldAsked("root (new disk)"));
        Assert.Equal(["root (new disk) keeps this host out until: understudy release web"], Moves(pair.Run(100), "beta"));
    }

    [Fact]
    public void A_broken_host_says_that_it_is_the_broken_one()
    {
        var pair = new SmallPair().Run(5_000);
        pair.Tell("beta", new DutyEvent.GroundJudged(new Judged(Health.Failed, "eth0 has no carrier")));
        Assert.Equal(["this host takes nothing, because it is the broken one: eth0 has no carrier"], Moves(pair, "beta"));
    }

    private static List<string> Moves(SmallPair pair, string host) =>
        [.. pair.Snapshot(host).Duties[0].MovesNext.Select(m => System.Text.RegularExpressions.Regex.Replace(m, @"\d+(?:\.\d)? (?:ms|s|min(?: \d+ s)?)\b", "#", System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)))];

    private static HostSnapshot Web(HostSnapshot host, Func<DutySnapshot, DutySnapshot> change) => host with { Duties = [change(host.Duties[0])] };

    private static void Expect(string expected, HostSnapshot host) =>
        Assert.Equal(expected.ReplaceLineEndings("\n"), string.Join('\n', Explain.Duty(host, "web", [])));
}

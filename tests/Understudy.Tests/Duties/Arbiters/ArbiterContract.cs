using Understudy.Core;
using Understudy.Core.Duties;
using Xunit;
using static Understudy.Core.Duties.DutyEvent;

namespace Understudy.Tests.Duties.Arbiters;

/// <summary>What every arbiter holds, also one that is only two candidates' ears.</summary>
public abstract class EveryArbiter
{
    /// <summary>TTL of all claims here.</summary>
    protected static readonly TimeSpan Ttl = TimeSpan.FromMilliseconds(600);

    private protected abstract IArbiterUnderTest Open();

    private protected static ClaimOrder Claim(long ticket, long epoch = 0, long released = 0, string? by = null) => new(ClaimAsk.Claim, ticket, epoch, released, null, by);

    private protected static ClaimOrder Renew(long ticket, long epoch) => new(ClaimAsk.Renew, ticket, epoch, 0, null);

    private protected static ClaimOrder GiveBack(long ticket, long epoch, string? heir = null) => new(ClaimAsk.GiveBack, ticket, epoch, epoch, heir);

    private protected static ClaimGranted Granted(DutyEvent? answer) => Assert.IsType<ClaimGranted>(answer);

    [Fact]
    public void Grants_a_claim_that_nobody_has_and_says_which_request_it_answers()
    {
        var arbiter = Open();
        var asked = arbiter.Now;
        var grant = Granted(arbiter.Ask("alpha", Claim(7)));
        Assert.Equal((7, asked), (grant.Ticket, grant.SentAt));
        Assert.True(grant.Epoch > 0);
    }

    [Fact]
    public void Refuses_a_second_one_and_names_the_holder()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        var refusal = Assert.IsType<ClaimRefused>(arbiter.Ask("beta", Claim(3)));
        Assert.Equal((3, "alpha", epoch), (refusal.Ticket, refusal.Holder, refusal.Epoch));
    }

    [Fact]
    public void A_renewal_keeps_the_epoch()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        arbiter.Advance(Ttl / 2);
        var asked = arbiter.Now;
        var renewed = Granted(arbiter.Ask("alpha", Renew(7, epoch)));
        Assert.Equal((7, epoch, asked), (renewed.Ticket, renewed.Epoch, renewed.SentAt));
    }

    [Fact]
    public void A_claim_given_back_is_free_at_once_and_the_next_epoch_is_higher()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        _ = arbiter.Ask("alpha", GiveBack(7, epoch));
        Assert.True(Granted(arbiter.Ask("beta", Claim(3, epoch))).Epoch > epoch);
    }

    [Fact]
    public void The_asker_s_own_epoch_is_never_gone_below() => Assert.True(Granted(Open().Ask("alpha", Claim(7, epoch: 41))).Epoch > 41);

    [Fact]
    public void It_can_go_there_and_back_whosever_tickets_are_higher()
    {
        var arbiter = Open();
        var (epoch, tickets) = (0L, new Dictionary<string, long>(StringComparer.Ordinal) { ["alpha"] = 1_000_000, ["beta"] = 3 });
        for (var i = 0; i < 6; i++)
        {
            var candidate = i % 2 == 0 ? "alpha" : "beta";
            var grant = Granted(arbiter.Ask(candidate, Claim(tickets[candidate], epoch)));
            Assert.True(grant.Epoch > epoch);
            epoch = grant.Epoch;
            _ = arbiter.Ask(candidate, GiveBack(tickets[candidate]++, epoch));
        }
    }
}

/// <summary>
/// What an arbiter must hold that promises one holder: the witness, and whatever is put in its place. Derive from it, open a new one for each test, and every rule
/// comes along.
/// </summary>
public abstract class ArbiterContract : EveryArbiter
{
    [Fact]
    public void Without_a_renewal_another_gets_it_after_the_TTL_and_not_before()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        arbiter.Advance(Ttl - TimeSpan.FromMilliseconds(1));
        _ = Assert.IsType<ClaimRefused>(arbiter.Ask("beta", Claim(3, epoch)));
        arbiter.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(Granted(arbiter.Ask("beta", Claim(3, epoch))).Epoch > epoch);
    }

    [Fact]
    public void A_refusal_tells_how_long_it_still_runs()
    {
        var arbiter = Open();
        _ = Granted(arbiter.Ask("alpha", Claim(7)));
        arbiter.Advance(Ttl / 3);
        Assert.InRange(Assert.IsType<ClaimRefused>(arbiter.Ask("beta", Claim(3))).Remaining, Ttl / 2, Ttl);
    }

    [Fact]
    public void A_renewal_extends_it_from_when_it_arrives()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        for (var i = 0; i < 5; i++)
        {
            arbiter.Advance(Ttl * 0.9);
            _ = Granted(arbiter.Ask("alpha", Renew(7, epoch)));
            _ = Assert.IsType<ClaimRefused>(arbiter.Ask("beta", Claim(3 + i, epoch)));
        }
    }

    [Fact]
    public void A_late_answer_still_says_when_its_request_was_sent()
    {
        var arbiter = Open();
        arbiter.KeepsReplies = true;
        var asked = arbiter.Now;
        Assert.Null(arbiter.Ask("alpha", Claim(7)));
        arbiter.Advance(Ttl * 2);
        Assert.Equal(asked, Granted(Assert.Single(arbiter.LateReplies())).SentAt);
    }

    [Fact]
    public void A_claim_whose_answer_was_lost_gets_the_same_epoch_when_it_is_asked_for_again()
    {
        var arbiter = Open();
        arbiter.LosesReplies = true;
        Assert.Null(arbiter.Ask("alpha", Claim(7)));
        arbiter.LosesReplies = false;
        var other = Assert.IsType<ClaimRefused>(arbiter.Ask("beta", Claim(3)));
        var first = Granted(arbiter.Ask("alpha", Claim(7)));
        var second = Granted(arbiter.Ask("alpha", Claim(7)));
        Assert.Equal((other.Epoch, first.Epoch), (first.Epoch, second.Epoch));
    }

    [Fact]
    public void A_give_back_of_an_older_ticket_frees_nothing()
    {
        var arbiter = Open();
        var first = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        var second = Granted(arbiter.Ask("alpha", Claim(8, first))).Epoch;
        _ = arbiter.Ask("alpha", GiveBack(7, first));
        Assert.Equal("alpha", Assert.IsType<ClaimRefused>(arbiter.Ask("beta", Claim(3, second))).Holder);
    }

    [Fact]
    public void What_was_under_way_at_the_give_back_brings_nothing_back()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        _ = arbiter.Ask("alpha", GiveBack(7, epoch));
        Assert.IsNotType<ClaimGranted>(arbiter.Ask("alpha", Renew(7, epoch)));
        Assert.IsNotType<ClaimGranted>(arbiter.Ask("alpha", Claim(7, epoch)));
        _ = Granted(arbiter.Ask("beta", Claim(3, epoch)));
    }

    [Fact]
    public void A_holder_that_was_replaced_is_told_so()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        arbiter.Advance(Ttl);
        var next = Granted(arbiter.Ask("beta", Claim(3, epoch))).Epoch;
        var answer = arbiter.Ask("alpha", Renew(7, epoch));
        Assert.True(answer is ClaimSuperseded { Epoch: var e } && e == next || answer is ClaimRefused { Holder: "beta" }, $"{answer}");
    }

    [Fact]
    public void The_other_may_carry_the_holder_s_let_go()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        Assert.True(Granted(arbiter.Ask("beta", Claim(3, epoch, released: epoch, by: "alpha"))).Epoch > epoch);
    }

    [Fact]
    public void Somebody_else_s_let_go_of_the_same_number_ends_nothing()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        _ = Assert.IsType<ClaimRefused>(arbiter.Ask("beta", Claim(3, epoch, released: epoch, by: "beta")));
    }

    [Fact]
    public void After_a_restart_with_its_memory_the_holder_goes_on_and_nobody_else_begins()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        arbiter.Restart(Memory.Kept);
        Assert.IsNotType<ClaimGranted>(arbiter.Ask("beta", Claim(3, epoch)));
        Assert.Equal(epoch, Granted(arbiter.Ask("alpha", Renew(7, epoch))).Epoch);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void After_a_restart_nobody_new_is_granted_anything_for_one_TTL(int memory)
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        arbiter.Restart((Memory)memory);
        Assert.IsNotType<ClaimGranted>(arbiter.Ask("beta", Claim(3, epoch)));
        arbiter.Advance(Ttl - TimeSpan.FromMilliseconds(1));
        Assert.IsNotType<ClaimGranted>(arbiter.Ask("beta", Claim(3, epoch)));
        arbiter.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(Granted(arbiter.Ask("beta", Claim(4, epoch))).Epoch > epoch);
    }

    [Fact]
    public void An_old_memory_that_is_found_out_is_as_good_as_none()
    {
        var arbiter = Open();
        var first = Granted(arbiter.Ask("beta", Claim(3))).Epoch;
        _ = arbiter.Ask("beta", GiveBack(3, first));
        var epoch = Granted(arbiter.Ask("alpha", Claim(7, first))).Epoch;
        arbiter.Restart(Memory.Old);
        arbiter.Advance(Ttl * 2);
        Assert.IsNotType<ClaimGranted>(arbiter.Ask("beta", Claim(4, epoch)));       // it tells of an epoch that the copy does not know
        arbiter.Advance(Ttl);
        Assert.True(Granted(arbiter.Ask("beta", Claim(5, epoch))).Epoch > epoch);
    }

    [Fact]
    public void A_blocked_one_says_nothing_and_has_forgotten_nothing_afterwards()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(7))).Epoch;
        arbiter.Blocked = true;
        Assert.Null(arbiter.Ask("alpha", Renew(7, epoch)));
        Assert.Null(arbiter.Ask("beta", Claim(3, epoch)));
        arbiter.Blocked = false;
        _ = Assert.IsType<ClaimRefused>(arbiter.Ask("beta", Claim(3, epoch)));
        Assert.Equal(epoch, Granted(arbiter.Ask("alpha", Renew(7, epoch))).Epoch);
    }

    [Fact]
    public void A_candidate_that_was_rebooted_is_not_held_to_its_old_tickets()
    {
        var arbiter = Open();
        var epoch = Granted(arbiter.Ask("alpha", Claim(1_000_000))).Epoch;
        _ = arbiter.Ask("alpha", GiveBack(1_000_000, epoch));
        (arbiter as IReboots)?.Reboot("alpha");
        Assert.True(Granted(arbiter.Ask("alpha", Claim(5, epoch))).Epoch > epoch);
    }
}

/// <summary>An arbiter that can tell boots of a candidate apart is told of one. One that cannot must not compare tickets across them.</summary>
internal interface IReboots
{
    void Reboot(string candidate);
}

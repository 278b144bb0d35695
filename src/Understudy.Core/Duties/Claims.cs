using System.Diagnostics;
using Understudy.Core.Evidence;
using static Understudy.Core.Duties.DutyEffect;
using static Understudy.Core.Duties.DutyEvent;
using static Understudy.Core.Duties.DutyMachine;
using static Understudy.Core.Duties.Stance;

namespace Understudy.Core.Duties;

/// <summary>Moves between a candidate and the arbiter: asking, winning, losing, renewing.</summary>
internal static class Claims
{
    /// <summary>When a standby may ask for the claim; null while there is a reason not to.</summary>
    internal static Instant? DueAt(DutyRules rules, DutyState s)
    {
        if (s.Stance is not Standby t || s.Ground.Health == Health.Failed || s.Vacant is not { } vacant)
        {
            return null;
        }

        return Instant.Later(Instant.Later(t.AskAt, s.PromisedUntil), vacant + Deference(rules, s));
    }

    /// <summary>How long we let others go first: those whom the last holder named, and those of better rank who are fit or still listen.</summary>
    private static TimeSpan Deference(DutyRules rules, DutyState s)
    {
        if (s.LetGo == s.EpochSeen && s.Successor is { } heir)
        {
            var named = IndexOf(rules, heir);
            return named == rules.Self ? TimeSpan.Zero :
                named >= 0 && s.Peers[named].Stance is not (StanceCode.Silent or StanceCode.Faulted or StanceCode.Held) ? rules.RankDelay :
                TimeSpan.Zero;
        }

        var better = 0;
        for (var i = 0; i < rules.Self; i++)
        {
            better += s.Peers[i].Fit || s.Peers[i].Stance is StanceCode.Claiming or StanceCode.Unknown ? 1 : 0;      // Unknown: it has just been started, as we may have been
        }

        return rules.RankDelay * better;
    }

    internal static DutyStep Ask(DutyRules rules, DutyState s, Instant now)
    {
        var ticket = s.Ticket + 1;
        return Go(
            s with { Stance = new Claiming(now + rules.AskAgain, now + rules.ClaimPatience), Ticket = ticket },
            Why(rules, s),
            new AskArbiter(new ClaimOrder(ClaimAsk.Claim, ticket, s.EpochSeen, s.LetGo, null, s.LetGoBy)));
    }

    private static string Why(DutyRules rules, DutyState s) =>
        s.LetGo == s.EpochSeen && s.EpochSeen > 0 ? $"epoch {s.EpochSeen} has been let go{(s.Successor is { } to && to == rules.Candidates[rules.Self] ? " for us" : "")}" :
        s.Claim is ClaimView.Other o ? $"{o.Holder}'s claim on epoch {o.Epoch} should be over, and it is not heard" :
        "nobody is heard to have it";

    internal static DutyStep AskAgain(DutyRules rules, DutyState s, Claiming t, Instant now) => new(
        s with { Stance = t with { AskAgainAt = now + rules.AskAgain } },
        [new AskArbiter(new ClaimOrder(ClaimAsk.Claim, s.Ticket, s.EpochSeen, s.LetGo, null, s.LetGoBy))],
        null);

    internal static DutyStep Won(DutyRules rules, DutyState s, ClaimGranted e, Instant now)
    {
        var until = e.SentAt + rules.Lease;
        if (now >= until)
        {
            return Lost(rules, s, DutyRules.AskLater, "the grant came too late to be of use", now);
        }

        var hold = new Holding(e.Epoch, until, e.SentAt + rules.Renew, e.SentAt, Seized: false);
        var why = $"the claim on epoch {e.Epoch} was granted";
        return Go(s with { Stance = new Starting(hold, now + rules.StartLimit, Up: false), Aside = false }, why, new Start(e.Epoch, until, why));
    }

    /// <summary>When this claim was first asked for.</summary>
    internal static Instant AskedAt(DutyRules rules, Claiming t) => t.GiveUpAt - rules.ClaimPatience;

    /// <summary>Every other candidate of a bare pair promised, after we asked, not to claim.</summary>
    internal static DutyStep Agreed(DutyRules rules, DutyState s, Instant now)
    {
        var granted = new ClaimGranted(s.Ticket, s.EpochSeen + 1, now);
        return Won(rules, s with { EpochSeen = granted.Epoch, Claim = new ClaimView.Mine(granted.Epoch) }, granted, now);
    }

    internal static DutyStep Unanswered(DutyRules rules, DutyState s, Instant now) => Lost(
        rules,
        s with { Claim = s.Claim as ClaimView.Unreachable ?? new ClaimView.Unreachable(now) },
        DutyRules.AskLater,
        rules.Arbitrated ? "the arbiter does not answer" : "not every other candidate promised not to claim",
        now);

    internal static DutyStep Lost(DutyRules rules, DutyState s, TimeSpan remaining, string why, Instant now)
    {
        var wait = remaining + TimeSpan.FromMilliseconds(1);
        wait = wait < TimeSpan.FromMilliseconds(10) ? TimeSpan.FromMilliseconds(10) : wait > DutyRules.AskLater ? DutyRules.AskLater : wait;
        return Go(s with { Stance = new Standby(now + wait), Ticket = s.Ticket + 1 }, why);
    }

    internal static DutyStep Adopt(DutyRules rules, DutyState s, Unknown t, ClaimGranted e, Instant now)
    {
        _ = t;
        var hold = new Holding(e.Epoch, e.SentAt + rules.Lease, e.SentAt + rules.Renew, e.SentAt, Seized: false);
        var why = $"it runs here and the claim on epoch {e.Epoch} is still ours";

        // The kernel's lifetime may have ended while the arbiter was asked: adding again what is there does no harm.
        return Go(s with { Stance = new Active(hold, now, null) }, why, new Start(e.Epoch, hold.Until, why), new Announce(e.Epoch, Reclaim: true, why));
    }

    internal static DutyStep Renew(DutyRules rules, DutyState s, Instant now)
    {
        var hold = s.Hold!;
        var ask = hold.Seized ? ClaimAsk.Claim : ClaimAsk.Renew;
        return new(
            With(s, hold with { RenewAt = now + rules.AskAgain }),
            [new AskArbiter(new ClaimOrder(ask, s.Ticket, hold.Epoch, 0, null))],
            null);
    }

    /// <summary>Until counts from when the request was sent, and never goes back.</summary>
    internal static DutyStep Renewed(DutyRules rules, DutyState s, ClaimGranted e)
    {
        var hold = s.Hold!;
        return Stay(With(s, hold with
        {
            Epoch = e.Epoch,
            Until = hold.Seized ? e.SentAt + rules.Lease : Instant.Later(hold.Until, e.SentAt + rules.Lease),
            RenewAt = e.SentAt + rules.Renew,
            AnsweredAt = Instant.Later(hold.AnsweredAt, e.SentAt),
            Seized = false,
        }));
    }

    internal static DutyStep Promised(DutyRules rules, DutyState s, Instant askedAt)
    {
        var hold = s.Hold!;
        return Stay(With(s, hold with { Until = Instant.Later(hold.Until, askedAt + rules.Lease) }));
    }

    internal static DutyState With(DutyState s, Holding hold) => s with
    {
        Stance = s.Stance switch
        {
            Starting t => t with { Hold = hold, Under = t.Under ?? (hold.Epoch != t.Hold.Epoch ? t.Hold.Epoch : null) },
            Active t => t with { Hold = hold },
            _ => throw new UnreachableException(s.Stance.ToString()),
        },
    };

    private static int IndexOf(DutyRules rules, string candidate)
    {
        for (var i = 0; i < rules.Candidates.Count; i++)
        {
            if (rules.Candidates[i] == candidate)
            {
                return i;
            }
        }

        return -1;
    }
}

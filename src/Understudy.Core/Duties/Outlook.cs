using static Understudy.Core.Duties.DutyEvent;

namespace Understudy.Core.Duties;

/// <summary>What one event adds to what we know, whatever our stance.</summary>
internal static class Outlook
{
    internal static DutyState TakeIn(DutyRules rules, DutyState s, DutyEvent seen, Instant now) => seen switch
    {
        ServiceJudged e => s with { Service = e.Verdict },
        GroundJudged e => s with { Ground = e.Verdict },
        IdleSeen e => s with { Idle = e.Idle },
        PeerReported e => Vacancy(rules, Heard(rules, s, e), now),
        LetGoHeard e => Vacancy(rules, LetGo(rules, Released(s, e, now), e), now),
        PromiseGiven when !rules.Arbitrated => Voted(s),
        PromiseGiven e => s with
        {
            PromisedUntil = Instant.Later(s.PromisedUntil, e.Until),
            PromisedTo = s.PromisedUntil <= now || s.PromisedTo == e.To ? e.To : -1,
        },
        ClaimGranted e when e.Ticket == s.Ticket => Saw(s, e.Epoch) with { Claim = new ClaimView.Mine(e.Epoch) },
        ClaimRefused e when e.Ticket == s.Ticket => Saw(s, e.Epoch) with { Claim = new ClaimView.Other(e.Holder, e.Epoch, now + e.Remaining) },
        ArbiterRecovering e when e.Ticket == s.Ticket => s with { Claim = new ClaimView.Recovering(now + e.Remaining) },
        ClaimSuperseded e when e.Ticket == s.Ticket => Saw(s, e.Epoch),
        ClaimVacant e when e.Ticket == s.Ticket => Saw(s, e.Epoch),
        Stalled => Vacancy(rules, s with { Peers = s.Peers.Select(_ => PeerView.Unheard).ToValueList() }, now),        // row 32: views from before the stall are old
        _ => s,
    };

    private static DutyState Heard(DutyRules rules, DutyState s, PeerReported e)
    {
        var views = s.Peers.ToArray();
        views[e.Candidate] = e.View;
        s = Saw(s, Math.Max(e.View.Epoch, e.View.LetGo)) with { Peers = ValueList.Create<PeerView>(views) };
        return e.View.LetGo > s.LetGo ? s with { LetGo = e.View.LetGo, LetGoBy = rules.Candidates[e.Candidate], Successor = null } : s;
    }

    private static DutyState LetGo(DutyRules rules, DutyState s, LetGoHeard e)
    {
        if (e.Epoch < s.LetGo || (e.Epoch == s.LetGo && e.Successor is null))
        {
            return s;      // an older word, or one that says less than we know
        }

        var by = e.Epoch > s.LetGo ? rules.Candidates[e.Candidate] : s.LetGoBy;      // others tell it again after its author
        var views = s.Peers.ToArray();
        if (views[e.Candidate] is { Holds: true } view && view.Epoch <= e.Epoch)
        {
            views[e.Candidate] = view with { Stance = StanceCode.Standby, Fit = false, LetGo = e.Epoch };
        }

        return Saw(s, e.Epoch) with { Peers = ValueList.Create<PeerView>(views), LetGo = e.Epoch, LetGoBy = by, Successor = e.Successor };
    }

    /// <summary>Whoever relied on our promise has let go of the newest epoch there is: nothing rests on the promise any more.</summary>
    private static DutyState Released(DutyState s, LetGoHeard e, Instant now) =>
        e.Candidate == s.PromisedTo && e.Epoch >= s.EpochSeen ? s with { PromisedUntil = now, PromisedTo = -1 } : s;

    /// <summary>
    /// Without an arbiter a promise is a vote for one claim and binds for no time, since every claim needs every vote. From now on the next epoch may exist, so that
    /// nobody may follow any more on the word that an older one was let go.
    /// </summary>
    private static DutyState Voted(DutyState s) => s with { EpochSeen = s.EpochSeen + 1, Successor = null };

    private static DutyState Saw(DutyState s, long epoch) => epoch > s.EpochSeen ? s with { EpochSeen = epoch } : s;

    /// <summary>Keeps the moment since when nobody is heard to have the duty.</summary>
    private static DutyState Vacancy(DutyRules rules, DutyState s, Instant now) =>
        Moves.HolderHeard(rules, s) is not null ? s with { Vacant = null, Claim = s.Claim is ClaimView.Mine ? s.Claim : new ClaimView.Unread() } :
        s.Vacant is null ? s with { Vacant = now } : s;
}

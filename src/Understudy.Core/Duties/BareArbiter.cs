using Understudy.Core.Settings;

namespace Understudy.Core.Duties;

/// <summary>
/// The arbiter of a pair that has none: it answers from what the candidates hear of each other. It cannot tell a dead peer from a cut link, so
/// exclusivity is not guaranteed under on_split: take, and a silent peer blocks every move under on_split: hold, which is the default. There a claim
/// needs the promise of every other candidate, given after it was asked for, and who holds or claims promises nothing: so two that begin in the same moment cannot
/// both win, whatever is lost or late. One word replaces the promises: the holder's own, that it has let go of the newest epoch for us.
/// </summary>
public static class BareArbiter
{
    public static DutyEvent? Answer(DutyRules rules, DutyState s, ClaimOrder order, Instant now) => order.Ask switch
    {
        ClaimAsk.Claim => Claim(rules, s, order, now),
        ClaimAsk.Renew => new DutyEvent.ClaimGranted(order.Ticket, order.Epoch, now),      // a higher epoch that is heard stops us without asking
        ClaimAsk.Read => Moves.HolderHeard(rules, s) is { } holder
            ? new DutyEvent.ClaimRefused(order.Ticket, holder, s.EpochSeen, rules.Ttl)
            : new DutyEvent.ClaimVacant(order.Ticket, s.EpochSeen),
        ClaimAsk.Prepare => new DutyEvent.HeirNoted(order.Ticket, order.Heir!),
        ClaimAsk.GiveBack => null,
        _ => throw new System.Diagnostics.UnreachableException(order.Ask.ToString()),
    };

    private static DutyEvent? Claim(DutyRules rules, DutyState s, ClaimOrder order, Instant now)
    {
        var nobodyHeard = true;
        for (var i = 0; i < s.Peers.Count; i++)
        {
            if (i == rules.Self)
            {
                continue;
            }

            var view = s.Peers[i];
            if (view.Holds || (view.Stance == StanceCode.Claiming && i < rules.Self))
            {
                return new DutyEvent.ClaimRefused(order.Ticket, rules.Candidates[i], view.Epoch, rules.RankDelay);
            }

            nobodyHeard &= view.Stance == StanceCode.Silent;
            if (view.Stance == StanceCode.Silent && rules.OnSplit == SplitPolicy.Hold && !Named(rules, s))
            {
                return new DutyEvent.ClaimWithheld(order.Ticket, $"{rules.Candidates[i]} is silent and there is no arbiter (on_split: hold)");
            }
        }

        return nobodyHeard || Named(rules, s)
            ? new DutyEvent.ClaimGranted(order.Ticket, Math.Max(s.EpochSeen, order.Epoch) + 1, now)
            : null;      // the promises are the answer
    }

    /// <summary>The last holder let go for us, and nobody can have been promised the next epoch since: a promise raises the highest epoch seen.</summary>
    private static bool Named(DutyRules rules, DutyState s) => s.EpochSeen > 0 && s.LetGo == s.EpochSeen && s.Successor == rules.Candidates[rules.Self];
}

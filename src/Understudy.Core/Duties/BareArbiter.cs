using Understudy.Core.Settings;

namespace Understudy.Core.Duties;

/// <summary>
/// The arbiter of a pair that has none: it answers from what the candidates hear of each other. It cannot tell a dead peer from a cut link, so
/// exclusivity is not guaranteed under on_split: take, and a silent peer blocks every move under on_split: hold, which is the default.
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

    private static DutyEvent Claim(DutyRules rules, DutyState s, ClaimOrder order, Instant now)
    {
        for (var i = 0; i < s.Peers.Count; i++)
        {
            if (i == rules.Self)
            {
                continue;
            }

            var view = s.Peers[i];
            if ((view.Holds && view.Epoch > s.LetGo) || (view.Stance == StanceCode.Claiming && i < rules.Self))
            {
                return new DutyEvent.ClaimRefused(order.Ticket, rules.Candidates[i], view.Epoch, rules.RankDelay);
            }

            if (view.Stance == StanceCode.Silent && rules.OnSplit == SplitPolicy.Hold && !(s.EpochSeen > 0 && s.LetGo == s.EpochSeen))
            {
                return new DutyEvent.ClaimWithheld(order.Ticket, $"{rules.Candidates[i]} is silent and there is no arbiter (on_split: hold)");
            }
        }

        return new DutyEvent.ClaimGranted(order.Ticket, Math.Max(s.EpochSeen, order.Epoch) + 1, now);
    }
}

using System.Diagnostics;
using static Understudy.Core.Power.GuardEffect;
using static Understudy.Core.Power.GuardEvent;
using static Understudy.Core.Power.MainsVerdict;

namespace Understudy.Core.Power;

/// <summary>
/// The machine of one guard on one host. Three walks for every event: count the time that has passed by what was believed of it, take the event, then
/// say what follows for the plan (<see cref="Standing"/>). It never says that the verdict stands on Blind, Disputed or Unknown alone, nor while it settles.
/// </summary>
public static class GuardMachine
{
    public static GuardTurn Next(GuardRules rules, GuardState state, GuardEvent seen, Instant now)
    {
        var turn = new GuardDraft(rules, state, now);
        switch (seen)
        {
            case Judged e:
                Counting.Pass(turn, now);
                Counting.Take(turn, e.Mains);
                break;
            case Warmed e:
                Counting.Pass(turn, now);
                turn.State = turn.State with { Heat = e.Heat };
                if (e.Heat.IsHot && !state.Heat.IsHot)
                {
                    turn.Raise($"{e.Heat.Place} is hot, {GuardDraft.Say(e.Heat.Hottest)}");
                }

                break;
            case Stalled e:
                Counting.Stall(turn, e.For);
                break;
            case Looked:
                Counting.Pass(turn, now);
                break;
            default:
                throw new UnreachableException(seen.ToString());
        }

        Standing.Decide(turn);
        return turn.End();
    }

    /// <summary>When the machine wants to be told <see cref="Looked"/>, if nothing happens before; null: only an event can move it.</summary>
    public static Instant? Deadline(GuardRules rules, GuardState state)
    {
        var s = state;
        Instant? next = s.Settled ? null : s.SettleUntil;
        void At(Instant? moment) => next = moment is { } m && (next is not { } n || m < n) ? m : next;
        if (s is { Acting: true, Begun: false, Due: { } due })
        {
            At(s.FullAt is null ? s.Bucket.At + Standing.Left(rules, s) : null);
            At(s.ToldAt is null ? due - rules.Countdown : null);
            At(!s.Asked ? due - rules.LastLook : Standing.IsConfirmed(rules, s, due) ? due : due - GuardRules.Slack);
        }
        else if (s is { Acting: false, Due: { } unsaid })
        {
            At(s.Begun ? null : unsaid - rules.LastLook - GuardRules.Slack);
            At(s.Begun && s.Mains.Verdict is Blind or Disputed or Unknown ? s.StoodAt + GuardRules.Waits : null);
            At(s.Settled && (s.Mains.Verdict == Present ? s.Begun : s.Mains.Verdict == Unknown && !s.Begun) ? s.MainsSince + rules.Settle : null);
        }

        if (s is { Acting: false, Settled: true })
        {
            At(s.Mains.Verdict switch { Blind => s.MainsSince + rules.OnBlind, Disputed => s.MainsSince + rules.OnDisputed, _ => null });
        }

        return next;
    }
}

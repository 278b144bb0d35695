using System.Diagnostics;
using static Understudy.Core.Plans.PlanEvent;
using static Understudy.Core.Plans.PlanPhase;
using static Understudy.Core.Plans.StepStage;

namespace Understudy.Core.Plans;

/// <summary>
/// The machine of one plan on one host: armed with a countdown, then step by step, until it is done, aborted or failed. Two walks for every event: answer it
/// (<see cref="React"/>), then look whether the moment asks for something (<see cref="Settle"/>). It begins nothing without a standing verdict, and at most one step a turn.
/// </summary>
public static class PlanMachine
{
    public static PlanTurn Next(PlanRules rules, PlanState state, PlanEvent seen, Instant now)
    {
        var turn = new PlanDraft(rules, state, now);
        React(turn, seen);
        Settle(turn);
        return turn.End();
    }

    /// <summary>When the machine wants to be told <see cref="Looked"/>, if nothing happens before; null: only an event can move it.</summary>
    public static Instant? Deadline(PlanRules rules, PlanState state) => state.Phase switch
    {
        Armed a => Instant.Earlier(a.Due, Arming.NextWarning(rules, a)),
        Running { Stage: Pausing p } r => Instant.Earlier(p.Till, r.Until),
        Running { Stage: Unrenewed u } r when state.Order is { } o && o.Due > u.Since => Instant.Earlier(o.Due, r.Until),
        Running r => r.Until,
        Idle or Done or Aborted or Failed => null,
        _ => throw new UnreachableException(state.Phase.ToString()),
    };

    private static void React(PlanDraft turn, PlanEvent seen)
    {
        switch (seen)
        {
            case Looked:
                break;      // for Settle to see
            case Stands e:
                Arming.Stand(turn, e);
                break;
            case DueMoved e:
                Arming.MoveDue(turn, e);
                break;
            case Doubted e:
                Arming.Doubt(turn, e);
                break;
            case Withdrawn e:
                Endings.Withdraw(turn, e.Why);
                break;
            case ArmAsked e:
                Arming.ArmByHand(turn, e);
                break;
            case AbortAsked e:
                Endings.Abort(turn, e);
                break;
            case StepEnded e:
                Steps.Ended(turn, e);
                break;
            case Resumed e:
                Endings.Wake(turn, e.Why);
                break;
            case Restored e:
                Restoring.Restore(turn, e);
                break;
            default:
                throw new UnreachableException(seen.ToString());
        }
    }

    /// <summary>What the moment asks for, whichever event was the last.</summary>
    private static void Settle(PlanDraft turn)
    {
        switch (turn.State.Phase)
        {
            case Armed a when turn.Now >= a.Due:
                Steps.Enter(turn, 0);
                break;
            case Armed a:
                Arming.WarnIfDue(turn, a);
                break;
            case Running { Stage: Unrenewed, First: null } r when turn.State.StandsAt(turn.Now):
                Steps.Begin(turn, r);      // first of all: its limit counts from its begin
                break;
            case Running r when turn.Now >= r.Until:
                Steps.OutOfTime(turn, r);
                break;
            case Running { Stage: Unrenewed } r when turn.State.StandsAt(turn.Now):
                Steps.Begin(turn, r);
                break;
            case Running { Stage: Pausing p } r when turn.Now >= p.Till:
                Steps.Begin(turn, r);
                break;
            case Running or Idle or Done or Aborted or Failed:
                break;      // nothing is due
            default:
                throw new UnreachableException(turn.State.Phase.ToString());
        }
    }
}

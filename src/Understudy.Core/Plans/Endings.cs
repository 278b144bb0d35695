using static Understudy.Core.Plans.PlanEffect;
using static Understudy.Core.Plans.PlanEvent;
using static Understudy.Core.Plans.PlanPhase;
using static Understudy.Core.Plans.StepStage;

namespace Understudy.Core.Plans;

/// <summary>How a run ends.</summary>
internal static class Endings
{
    internal static void Withdraw(PlanDraft turn, string why)
    {
        var before = turn.State;
        var stood = before.StandsUntil > turn.Now;
        var s = turn.State = before with { StandsUntil = Instant.Earlier(before.StandsUntil, turn.Now), HeldBy = null };
        if (before.HeldBy is { } by)
        {
            turn.Say($"the verdict is withdrawn ({why}), so {by}'s word has served its time");
        }

        switch (s.Phase)
        {
            case Armed a when s.Order is { } order:
                turn.Mention($"{order.By} ordered it, whatever the verdict is");
                Arming.Move(turn, a, order.Due, order.Why);
                break;
            case Running when s.PastPoint:
                Late(turn, $"withdrawn too late ({why}): {PointOf(turn)} is past, and it goes on", stood);
                break;
            case Running when s.Order is { } order && turn.Now >= order.Due:
                turn.Mention($"{order.By} ordered it, whatever the verdict is");
                break;
            case Armed or Running:
                CallOff(turn, $"the verdict is withdrawn: {why}");
                break;
            case Done or Failed when s.Order is { } order && !s.PastPoint:
                turn.Mention($"{order.By} ordered what was done; it stays until somebody calls it off");
                break;
            case Done or Failed:
                UndoAll(turn);
                turn.State = turn.State with { Phase = new Idle(), Order = null };
                turn.Say($"the outage is over ({why}){(s.PastPoint || s.Run.Begun.Count == 0 ? "" : "; what was done is undone")}");
                break;
            case Aborted:
                turn.State = s with { Phase = new Idle() };
                turn.Say($"the outage is over: {why}");
                break;
            default:
                turn.Mention("nothing is armed");
                break;
        }
    }

    /// <summary>Sleep was what the plan was for, and it is over: what was stopped is started again, and should the verdict still stand, the plan arms anew.</summary>
    internal static void Wake(PlanDraft turn, string why)
    {
        var last = turn.State.Phase is Running r && r.Step == turn.Rules.Steps.Count - 1;
        if (turn.State.PastPoint && (last || turn.State.Phase is Done or Failed))
        {
            if (last)
            {
                CancelRunning(turn);      // its answer may be on its way still
                Close(turn, PlanHow.Done, $"the host slept and woke: {why}");
            }

            turn.State = turn.State with { Run = turn.State.Run with { Point = null } };
            UndoAll(turn);      // a boot would start what was stopped; a host that slept had none
            turn.State = turn.State with { Phase = new Idle(), Order = null };
            turn.Say($"the host slept and woke ({why}): the run is over");
        }
        else
        {
            turn.Mention("the host slept and woke, and not by this plan");
        }
    }

    internal static void Abort(PlanDraft turn, AbortAsked e)
    {
        var s = turn.State;
        var why = $"{e.By} called it off: {e.Why}";
        if (s.PastPoint && s.Phase is Running or Done or Failed)
        {
            turn.Refuse($"not called off: {PointOf(turn)} is past");
        }
        else if (s.Phase is Idle or Aborted)
        {
            turn.State = s with { HeldBy = e.By };
            turn.Say($"nothing is under way, and nothing arms until the verdict is withdrawn once: {why}");
        }
        else
        {
            var held = turn.Drill ? s.HeldBy : e.By;
            CallOff(turn, why);
            turn.State = turn.State with { HeldBy = held };
        }
    }

    /// <summary>Nobody renewed the verdict while a step waited for that.</summary>
    internal static void Lapse(PlanDraft turn, string step)
    {
        if (turn.State.PastPoint)
        {
            Fail(turn, $"the verdict was not renewed before {step}, another point of no return");
        }
        else
        {
            turn.Raise($"the verdict was not renewed before {step}");
            CallOff(turn, "the verdict was not renewed");
        }
    }

    /// <summary>Cancels what runs, undoes what was begun, the latest first, and is quiet: all within this turn.</summary>
    internal static void CallOff(PlanDraft turn, string why)
    {
        var drill = turn.Drill;
        var warned = turn.State.Phase is Armed { Said: not null } or Running && turn.Rules.Warnings.Count > 0;
        CancelRunning(turn);
        UndoAll(turn);
        if (warned)
        {
            turn.Order(new Warn($"{(turn.State.Run.Dry ? "the dry run of " : "")}{turn.Rules.Plan} is called off: {why}", Left: null, turn.State.Run.Dry));
        }

        Close(turn, PlanHow.Aborted, why);
        turn.State = turn.State with { Phase = drill ? new Idle() : new Aborted(why), Order = null };
        turn.Say($"called off: {why}");
    }

    internal static void Finish(PlanDraft turn)
    {
        Close(turn, PlanHow.Done, "every step was done or passed");
        turn.Say(turn.Drill ? "the drill is over" : "every step was done or passed");
        if (turn.Drill)
        {
            UndoAll(turn);
            turn.State = turn.State with { Phase = new Idle(), Order = null };
        }
        else
        {
            turn.State = turn.State with { Phase = new Done() };
        }
    }

    internal static void Fail(PlanDraft turn, string why)
    {
        turn.Raise($"the plan has failed: {why}");
        Close(turn, PlanHow.Failed, why);
        if (turn.Drill)
        {
            UndoAll(turn);
            turn.State = turn.State with { Phase = new Idle(), Order = null };
        }
        else
        {
            turn.State = turn.State with { Phase = new Failed(why) };
        }
    }

    internal static void CancelRunning(PlanDraft turn)
    {
        if (turn.State.Phase is Running { Stage: Begun } r)
        {
            var (run, name) = (turn.State.Run.Number, turn.Rules.Steps[r.Step].Name);
            turn.Order(turn.WasEarnest(r.Step) ? new Cancel(run, r.Step, name, r.Attempt) : new Rehearse(Deed.Cancel, run, r.Step, name, r.Attempt));
        }
    }

    /// <summary>Nothing is undone past the point of no return: the host may be on its way down by then. One that slept there and woke has come back from it.</summary>
    internal static void UndoAll(PlanDraft turn)
    {
        var run = turn.State.Run;
        if (turn.State.PastPoint)
        {
            return;
        }

        foreach (var step in run.Begun.Reverse().Where(i => turn.Rules.Steps[i].Undo))
        {
            var name = turn.Rules.Steps[step].Name;
            turn.Order(turn.WasEarnest(step) ? new Undo(run.Number, step, name, run.Dry) : new Rehearse(Deed.Undo, run.Number, step, name, 0));
        }

        turn.State = turn.State with { Run = run with { Begun = [] } };
    }

    private static void Close(PlanDraft turn, PlanHow how, string why)
    {
        var (s, run) = (turn.State, turn.State.Run);
        turn.State = s with { LastEnd = new PlanEnd(run.Number, how, run.Dry, run.Why, why, turn.Now, s.Boot) };
    }

    private static void Late(PlanDraft turn, string sentence, bool first)
    {
        if (first)
        {
            turn.Raise(sentence);
        }
        else
        {
            turn.Mention(sentence);
        }
    }

    private static string PointOf(PlanDraft turn) => $"{turn.State.Run.Steps[turn.State.Run.Point!.Value]}, the point of no return,";
}

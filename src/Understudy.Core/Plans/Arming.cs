using static Understudy.Core.Plans.PlanEffect;
using static Understudy.Core.Plans.PlanEvent;
using static Understudy.Core.Plans.PlanPhase;

namespace Understudy.Core.Plans;

/// <summary>From quiet to the end of the countdown.</summary>
internal static class Arming
{
    /// <summary>An operator's due moment further away than this is a slip of the hand.</summary>
    private static readonly TimeSpan s_furthest = TimeSpan.FromDays(366);

    internal static void Stand(PlanDraft turn, Stands e)
    {
        var s = turn.State = turn.State with { StandsUntil = turn.Now + turn.Rules.StandsFor };
        if (s.HeldBy is { } by && s.Phase is Idle or Aborted)
        {
            turn.Mention($"not armed: {by} called it off, and that holds until the verdict is withdrawn once");
            return;
        }

        if (turn.Drill && s.HeldBy is null && s.Phase is Armed or Running or Failed or Done)
        {
            Endings.CallOff(turn, "the drill ends, for this is no drill");
            Arm(turn, e.Due, e.Why, order: null, dry: false);
            return;
        }

        switch (s.Phase)
        {
            case Idle or Aborted:
                Arm(turn, e.Due, e.Why, order: null, dry: false);
                break;
            case Failed when s.Order is { } order:
                turn.Say($"the run that {order.By} ordered failed; this one has a reason of its own");
                Endings.UndoAll(turn);
                Arm(turn, e.Due, e.Why, order: null, dry: false);
                break;
            case Done when s.Order is not null && s.PastPoint:
                Arm(turn, e.Due, e.Why, order: null, dry: false);      // the host was sent to sleep by hand, and woke into an outage
                break;
            case Done when s.Order is { } order:
                turn.State = s with { Order = null };
                turn.Say($"it was done by order of {order.By}; from here on the verdict holds it ({e.Why})");
                break;
            case Armed a:
                turn.Mention($"the verdict stands: {e.Why}");
                Move(turn, a, s.Order is { } o ? Instant.Earlier(e.Due, o.Due) : e.Due, e.Why);
                break;
            case Running:
                turn.Mention($"the verdict stands: {e.Why}");
                break;
            default:
                turn.Mention($"run {s.Run.Number} has come to its end; nothing arms until the verdict is withdrawn once");
                break;
        }
    }

    internal static void MoveDue(PlanDraft turn, DueMoved e)
    {
        var s = turn.State;
        if (s.Phase is not Armed a)
        {
            turn.Mention("nothing counts down");
        }
        else if (turn.Drill || (s.Order is not null && turn.Now >= s.StandsUntil))
        {
            turn.Mention($"{s.Order?.By} set the moment");
        }
        else
        {
            Move(turn, a, s.Order is { } o ? Instant.Earlier(e.Due, o.Due) : e.Due, e.Why);
        }
    }

    internal static void Doubt(PlanDraft turn, Doubted e)
    {
        turn.State = turn.State with { StandsUntil = Instant.Earlier(turn.State.StandsUntil, turn.Now) };
        turn.Mention($"the verdict does not stand at this moment: {e.Why}");
    }

    internal static void ArmByHand(PlanDraft turn, ArmAsked e)
    {
        var s = turn.State;
        var order = new PlanOrder(e.By, e.Why, e.Due, e.Due);
        if (e.Due > turn.Now + s_furthest)
        {
            turn.Refuse("not armed: that is more than a year away");
        }
        else if (s.Phase is Armed or Running or Done or Failed && e.Dry && !turn.Drill)
        {
            turn.Refuse($"no drill now: run {s.Run.Number} is not over");
        }
        else if (turn.Drill && s.Phase is Armed or Running)
        {
            Endings.CallOff(turn, $"{e.By} ordered another run");
            turn.State = e.Dry ? turn.State : turn.State with { HeldBy = null };
            Arm(turn, e.Due, $"{e.By} ordered it: {e.Why}", order, e.Dry);
        }
        else if (s.Phase is Running)
        {
            turn.Refuse("it runs already");
        }
        else if (s.Phase is Armed a)
        {
            turn.State = s with { Order = Standing(turn, order with { Due = Instant.Later(e.Due, a.Since + turn.Rules.Countdown) }) };
            turn.Say($"{e.By} ordered it as well: {e.Why}");
            Move(turn, a, Instant.Earlier(a.Due, e.Due), e.Why);
        }
        else
        {
            Endings.UndoAll(turn);      // what a run that is done or has failed left behind is nobody's once there is another
            turn.State = e.Dry ? turn.State : turn.State with { HeldBy = null };
            Arm(turn, e.Due, $"{e.By} ordered {(e.Dry ? "a drill" : "it")}{(e.Why.Length == 0 ? "" : $": {e.Why}")}", order, e.Dry);
        }
    }

    /// <summary>The due moment of what is armed becomes another, but never one within the countdown.</summary>
    internal static void Move(PlanDraft turn, Armed a, Instant wanted, string why)
    {
        var due = Instant.Later(wanted, a.Since + turn.Rules.Countdown);
        if ((due > a.Due ? due - a.Due : a.Due - due) < PlanRules.LeastMove)
        {
            return;
        }

        var left = due - turn.Now;
        var said = due < a.Due || a.Said is not { } nearest
            ? a.Said
            : turn.Rules.Warnings.Where(w => w >= nearest && w + PlanRules.WarnAgain >= left).Select(w => (TimeSpan?)w).Min();
        turn.State = turn.State with { Phase = a with { Due = due, Said = said } };
        turn.Say($"the first step is due {(due < a.Due ? "sooner" : "later")}, in {Spans.Say(left)}: {why}");
    }

    /// <summary>When the next warning is to be said, or never.</summary>
    internal static Instant NextWarning(PlanRules rules, Armed a) =>
        rules.Warnings.Where(w => a.Said is not { } said || w < said).Select(w => (TimeSpan?)w).Max() is { } next ? a.Due - next : Instant.Never;

    /// <summary>One warning, however many moments of warning have passed since the last look.</summary>
    internal static void WarnIfDue(PlanDraft turn, Armed a)
    {
        var left = a.Due - turn.Now;
        if (turn.Rules.Warnings.Where(w => left <= w && (a.Said is not { } said || w < said)).Select(w => (TimeSpan?)w).Min() is { } mark)
        {
            turn.State = turn.State with { Phase = a with { Said = mark } };
            Warn(turn, left);
        }
    }

    private static void Arm(PlanDraft turn, Instant wanted, string why, PlanOrder? order, bool dry)
    {
        var (rules, now) = (turn.Rules, turn.Now);
        var due = Instant.Later(wanted, now + rules.Countdown);
        var left = due - now;
        var passed = rules.Warnings.Where(w => w > left).Select(w => (TimeSpan?)w).Min();
        turn.State = turn.State with
        {
            Phase = new Armed(now, due, passed),
            Run = new PlanRun(turn.State.Run.Number + 1, dry || rules.Dry, why, rules.Steps.Select(s => s.Name).ToValueList(), [], Point: null, VetoUntil: null),
            Order = order is null ? null : Standing(turn, order with { Due = due }),
        };
        turn.Say($"armed{(turn.State.Run.Dry ? " (dry)" : "")}, the first step is due in {Spans.Say(left)}: {why}");
        if (left > TimeSpan.Zero && rules.Warnings.Count > 0 && rules.Warnings.All(w => w > left))
        {
            Warn(turn, left);      // too short for any of the usual moments, and still nobody is to be surprised
        }
    }

    /// <summary>An operator's word stands as long as the plan that he asked for may take.</summary>
    private static PlanOrder Standing(PlanDraft turn, PlanOrder order) => order with { Until = order.Due + turn.Rules.Longest + turn.Rules.StandsFor };

    private static void Warn(PlanDraft turn, TimeSpan left)
    {
        var run = turn.State.Run;
        turn.Say($"everybody is warned, {Spans.Say(left)} before");
        turn.Order(new Warn($"{(run.Dry ? "a dry run of " : "")}{turn.Rules.Plan} begins in {Spans.Say(left)} ({run.Why}): {string.Join(", ", run.Steps)}", left, run.Dry));
    }
}

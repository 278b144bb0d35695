using System.Diagnostics;
using static Understudy.Core.Plans.PlanEffect;
using static Understudy.Core.Plans.PlanEvent;
using static Understudy.Core.Plans.PlanPhase;
using static Understudy.Core.Plans.StepStage;

namespace Understudy.Core.Plans;

/// <summary>One step after the other.</summary>
internal static class Steps
{
    /// <summary>Comes to a step, and begins it if it may.</summary>
    internal static void Enter(PlanDraft turn, int step)
    {
        if (step == turn.Rules.Steps.Count)
        {
            Endings.Finish(turn);
            return;
        }

        var ready = new Running(step, new Unrenewed(turn.Now), 0, 0, First: null, turn.Now + turn.Rules.Steps[step].Limit, Vetoed: false);
        turn.State = turn.State with { Phase = ready };
        Begin(turn, ready);
    }

    /// <summary>Begins the step, if the verdict stands or it needs none: past the point of no return the way to the end is the safe one.</summary>
    internal static void Begin(PlanDraft turn, Running r)
    {
        var (s, step, now) = (turn.State, turn.Rules.Steps[r.Step], turn.Now);
        var bound = !s.PastPoint || step.PointOfNoReturn;
        if (bound && !s.StandsAt(now))
        {
            turn.State = s with { Phase = r with { Stage = new Unrenewed(now) } };
            turn.Raise($"{step.Name} waits: the verdict was not renewed, and without it nothing begins");
            return;
        }

        var begun = r with { Stage = new Begun(), Attempt = r.Attempt + 1, First = r.First ?? now, Until = r.First is null ? now + step.Limit : r.Until };
        var earnest = turn.Earnest(r.Step);
        turn.State = s with
        {
            Phase = begun,
            Run = s.Run with
            {
                Begun = s.Run.Begun.Contains(r.Step) ? s.Run.Begun : s.Run.Begun.Append(r.Step).ToValueList(),
                Point = s.Run.Point ?? (step.PointOfNoReturn && earnest ? r.Step : null),
            },
        };
        turn.Say($"{(earnest ? "begins" : "rehearses")} {step.Name}{(begun.Attempt > 1 ? $", for the {begun.Attempt}. time" : "")}{(step.PointOfNoReturn && earnest ? ": the point of no return" : "")}");
        turn.Order(earnest
            ? new PlanEffect.Begin(s.Run.Number, r.Step, step.Name, begun.Attempt, bound ? Instant.Earlier(begun.Until, s.StandsUntilFrom(now)) : begun.Until, s.Run.Dry)
            : new Rehearse(Deed.Begin, s.Run.Number, r.Step, step.Name, begun.Attempt));
    }

    internal static void Ended(PlanDraft turn, StepEnded e)
    {
        if (turn.State.Phase is not Running { Stage: Begun } r || e.Run != turn.State.Run.Number || e.Step != r.Step || e.Attempt != r.Attempt)
        {
            turn.Mention($"an answer of a past that is over: step {e.Step + 1} of run {e.Run}");
            return;
        }

        var name = turn.Rules.Steps[r.Step].Name;
        switch (e.Outcome)
        {
            case StepOutcome.Done:
                turn.Say($"{name} is {(turn.Earnest(r.Step) ? "done" : "rehearsed")}");
                Enter(turn, r.Step + 1);
                break;
            case StepOutcome.Failed f:
                turn.Say($"{name} failed: {f.Why}");
                Again(turn, r, f.Why);
                break;
            case StepOutcome.Wait w:
                Wait(turn, r, w);
                break;
            case StepOutcome.Veto v:
                Veto(turn, r, v.Why);
                break;
            default:
                throw new UnreachableException(e.Outcome.ToString());
        }
    }

    /// <summary>Its time is over: whatever it was doing is cancelled.</summary>
    internal static void OutOfTime(PlanDraft turn, Running r)
    {
        var step = turn.Rules.Steps[r.Step];
        if (r.First is null)
        {
            Endings.Lapse(turn, step.Name);
            return;
        }

        Endings.CancelRunning(turn);
        if (r.Vetoed)
        {
            Pass(turn, r, "its veto counts no longer");
        }
        else
        {
            GiveUp(turn, r, r.Stage switch
            {
                Begun => $"it did not end within {Spans.Say(turn.Now - r.First.Value)}",
                Pausing p => p.Why,
                _ => "the verdict was not renewed in its time",
            });
        }
    }

    private static void Again(PlanDraft turn, Running r, string why)
    {
        var till = turn.Now + turn.Rules.AskAgain;
        if (r.Failures + 1 < turn.Rules.Steps[r.Step].Attempts && till < r.Until)
        {
            Pause(turn, r with { Failures = r.Failures + 1 }, till, why);
        }
        else
        {
            GiveUp(turn, r, why);
        }
    }

    private static void Wait(PlanDraft turn, Running r, StepOutcome.Wait w)
    {
        var step = turn.Rules.Steps[r.Step];
        var ceiling = r.First!.Value + step.Longest;
        if (turn.Now >= ceiling)
        {
            GiveUp(turn, r, $"it asks to wait, and all of its {Spans.Say(step.Longest)} are used ({w.Why})");
            return;
        }

        var span = w.Span < PlanRules.LeastWait ? PlanRules.LeastWait : w.Span > step.Longest ? step.Longest : w.Span;
        var till = Instant.Earlier(turn.Now + span, ceiling);
        turn.Say($"{step.Name} asks to wait {Spans.Say(till - turn.Now)}: {w.Why}");
        Pause(turn, r with { Until = Instant.Earlier(ceiling, Instant.Later(r.Until, till + step.Limit)) }, till, $"it still asked to wait ({w.Why})");
    }

    private static void Veto(PlanDraft turn, Running r, string why)
    {
        var step = turn.Rules.Steps[r.Step];
        if (!step.MayVeto)
        {
            Pass(turn, r, $"it vetoed and may not ({why})");
            return;
        }

        var all = turn.State.Run.VetoUntil ?? turn.Now + turn.Rules.VetoCeiling;
        turn.State = turn.State with { Run = turn.State.Run with { VetoUntil = all } };
        var until = step.VetoFor is { } most ? Instant.Earlier(all, r.First!.Value + most) : all;
        if (turn.Now >= until)
        {
            Pass(turn, r, $"it vetoed, and vetoes count no longer ({why})");
            return;
        }

        if (!r.Vetoed)
        {
            turn.Raise($"{step.Name} vetoed: the plan pauses for at most {Spans.Say(until - turn.Now)} ({why})");
        }

        Pause(turn, r with { Vetoed = true, Until = Instant.Later(r.Until, until) }, Instant.Earlier(turn.Now + turn.Rules.AskAgain, until), why);
    }

    private static void Pause(PlanDraft turn, Running r, Instant till, string why)
    {
        turn.State = turn.State with { Phase = r with { Stage = new Pausing(till, why) } };
        turn.Mention($"{turn.Rules.Steps[r.Step].Name} is begun again in {Spans.Say(till - turn.Now)}");
    }

    private static void GiveUp(PlanDraft turn, Running r, string why)
    {
        if (turn.Rules.Steps[r.Step].OnFailure == OnFailure.Stop)
        {
            Endings.Fail(turn, $"{turn.Rules.Steps[r.Step].Name}: {why}");
        }
        else
        {
            Pass(turn, r, why);
        }
    }

    private static void Pass(PlanDraft turn, Running r, string why)
    {
        turn.Raise($"{turn.Rules.Steps[r.Step].Name} is passed: {why}");
        Enter(turn, r.Step + 1);
    }
}

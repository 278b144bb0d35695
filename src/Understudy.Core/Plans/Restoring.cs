using static Understudy.Core.Plans.PlanEvent;
using static Understudy.Core.Plans.PlanPhase;
using static Understudy.Core.Plans.StepStage;

namespace Understudy.Core.Plans;

/// <summary>What a daemon makes of the state that an earlier one left behind.</summary>
internal static class Restoring
{
    internal static void Restore(PlanDraft turn, Restored e)
    {
        var s = turn.State;
        if (s.Boot != e.Boot)
        {
            OtherBoot(turn, e);
        }
        else if (!s.Run.Steps.SequenceEqual(turn.Rules.Steps.Select(step => step.Name), StringComparer.Ordinal) && s.Run.Steps.Count > 0)
        {
            OtherSteps(turn);
        }
        else
        {
            SameBoot(turn);
        }
    }

    /// <summary>Goes on where it was. What ran may have gone on running or not: it is cancelled, and begun again in what is left of its limit, even with no attempt left, for it did not fail by itself.</summary>
    private static void SameBoot(PlanDraft turn)
    {
        var (rules, now) = (turn.Rules, turn.Now);
        var s = turn.State = Bounded(turn.State, rules, now);
        turn.Say($"goes on in the same boot: {s.Phase.Code().Word()}");
        if (rules.Dry && !s.Run.Dry && s.Phase is Armed or Running)
        {
            Stop(turn, "the plan is to be dry from now on");
            return;
        }

        if (s.Phase is Running { Stage: Begun } r && now < r.Until)
        {
            Endings.CancelRunning(turn);
            turn.State = s with { Phase = r with { Stage = new Pausing(now, "the daemon ended meanwhile"), Failures = r.Failures + 1 } };
        }
    }

    /// <summary>No record makes a verdict stand, a step last or a veto count for longer than one that is given now.</summary>
    private static PlanState Bounded(PlanState s, PlanRules rules, Instant now) => s with
    {
        StandsUntil = Instant.Earlier(s.StandsUntil, now + rules.StandsFor),
        Order = s.Order is { } o ? o with { Until = Instant.Earlier(o.Until, Instant.Later(o.Due, now) + rules.Longest + rules.StandsFor) } : null,
        Run = s.Run with { VetoUntil = s.Run.VetoUntil is { } veto ? Instant.Earlier(veto, now + rules.VetoCeiling) : null },
        Phase = s.Phase switch
        {
            Armed a => a with { Since = Instant.Earlier(a.Since, now) },
            Running r => r with
            {
                First = r.First is { } first ? Instant.Earlier(first, now) : null,
                Until = Instant.Earlier(r.Until, now + rules.Steps[r.Step].Longest + rules.VetoCeiling),
            },
            _ => s.Phase,
        },
    };

    private static void Stop(PlanDraft turn, string why)
    {
        if (turn.State.PastPoint)
        {
            Endings.CancelRunning(turn);
            Endings.Fail(turn, why);
        }
        else
        {
            Endings.CallOff(turn, why);
        }
    }

    private static void OtherSteps(PlanDraft turn)
    {
        var s = turn.State;
        var begun = s.Run.Begun.Select(i => s.Run.Steps[i]).ToList();
        var names = turn.Rules.Steps.Select(step => step.Name).ToValueList();
        turn.State = s with { Run = s.Run with { Steps = names, Begun = [], Point = null } };
        if (s.Phase is Running { Stage: Begun } r)
        {
            turn.Order(new PlanEffect.Cancel(s.Run.Number, r.Step, s.Run.Steps[r.Step], r.Attempt));
        }

        if (s.Phase is Running || begun.Count > 0)
        {
            Endings.Fail(turn, $"its steps are others than when it was armed; look at what it had begun: {(begun.Count > 0 ? string.Join(", ", begun) : "nothing")}");
        }
        else
        {
            turn.Say("its steps are others than they were; nothing of them had begun");
        }
    }

    /// <summary>Never goes on: whatever it was that took the host down, the steps of before are undone by it or meaningless.</summary>
    private static void OtherBoot(PlanDraft turn, Restored e)
    {
        var s = turn.State;
        var known = s.Phase switch
        {
            Running r => r.First ?? r.Until,
            Armed a => a.Since,
            _ => s.LastEnd?.At ?? new Instant(0),
        };
        var end = s.Phase switch
        {
            Running or Done or Failed when s.PastPoint => Ended(PlanHow.WentDown, $"it came to {s.Run.Steps[s.Run.Point!.Value]}"),
            Running r => Ended(PlanHow.CutShort, $"the host went down at {s.Run.Steps[r.Step]}, before the point of no return"),
            Armed => Ended(PlanHow.CutShort, "the host went down in the countdown"),
            _ => s.LastEnd is { } last ? last with { Wall = last.Wall ?? e.Wall } : null,
        };
        turn.State = PlanState.AtStart with { Boot = e.Boot, Run = PlanRun.None with { Number = s.Run.Number }, HeldBy = s.HeldBy, LastEnd = end };
        if (end is { How: PlanHow.WentDown } && s.Phase is Running or Done or Failed)
        {
            turn.Raise($"the first boot after {turn.Rules.Plan} took this host down{(end.Wall is { } wall ? $" ({wall})" : "")}: {end.Because}");
        }
        else
        {
            turn.Say(s.Boot.Length == 0 ? "nothing was armed yet" : "another boot: nothing of before goes on");
        }

        PlanEnd Ended(PlanHow how, string why) => new(s.Run.Number, how, s.Run.Dry, s.Run.Why, why, known, s.Boot, e.Wall);
    }
}

using Understudy.Core;
using Understudy.Core.Plans;

namespace Understudy.Tests.Plans;

/// <summary>The machine, or one of its broken siblings.</summary>
internal delegate PlanTurn PlanNext(PlanRules rules, PlanState state, PlanEvent seen, Instant now);

/// <summary>
/// What somebody knows who sees only the events that went in and the orders that came out, and the rules that must hold for them. It keeps no book of the machine's own.
/// </summary>
/// <param name="StoodAt">When the verdict was last said to stand; null: never, or it was withdrawn or doubted since.</param>
/// <param name="OrderFrom">From when an operator's word stands; null: there is none.</param>
/// <param name="Open">The step that was begun, or rehearsed, and has not ended.</param>
/// <param name="Attempt">Of what is open.</param>
/// <param name="Did">Bits of the steps that were really begun and not undone.</param>
/// <param name="Rehearsed">The same of those that were only rehearsed.</param>
/// <param name="Past">A step with the point of no return was really begun.</param>
/// <param name="Held">An operator called it off, and nothing has ended that yet.</param>
/// <param name="Dry">The present run must harm nobody.</param>
/// <param name="Failures">Of the step that is open, in this run.</param>
/// <param name="VetoedAt">When the first veto of this run came.</param>
/// <param name="First">When the step that is open, or was the last, was first begun.</param>
internal sealed record PlanWatch(
    Instant? StoodAt, Instant? OrderFrom, int? Open, int Attempt, int Did, int Rehearsed, bool Past, bool Held, bool Dry, int Failures, Instant? VetoedAt, Instant? First, string? Broken)
{
    internal static PlanWatch Nothing { get; } = new(null, null, null, 0, 0, 0, false, false, false, 0, null, null, null);

    /// <summary>Looks at one turn, and keeps the first rule that it broke.</summary>
    internal PlanWatch See(PlanRules rules, PlanState before, PlanEvent seen, Instant now, PlanTurn turn)
    {
        var w = Hear(rules, seen, now, turn);
        var armed = turn.State.Run.Number > before.Run.Number;
        if (armed)
        {
            w = w with { Failures = 0, VetoedAt = null, Past = false, Did = w.Past ? 0 : w.Did, Dry = rules.Dry || seen is PlanEvent.ArmAsked { Dry: true }, OrderFrom = seen is PlanEvent.ArmAsked ? w.OrderFrom : null };
        }

        if (seen is PlanEvent.Resumed && before.PastPoint && turn.State.Phase is PlanPhase.Idle)
        {
            w = w with { Past = false };      // it has come back from behind the point
        }

        if (seen is PlanEvent.Restored { Boot: not PlanModel.Boot } && (turn.State.Phase is not PlanPhase.Idle || turn.Effects.Any(e => e is not (PlanEffect.Remember or PlanEffect.Alarm))))
        {
            w = w.Break("something goes on in a new boot");
        }

        var remembered = false;
        var undone = int.MaxValue;
        foreach (var effect in turn.Effects)
        {
            switch (effect)
            {
                case PlanEffect.Remember:
                    remembered = true;
                    break;
                case PlanEffect.Begin e:
                    w = w.SeeBegin(rules, e.Step, e.Attempt, rehearsed: false, remembered, now).SeeNotAfter(rules, e, now);
                    break;
                case PlanEffect.Rehearse { Deed: Deed.Begin } e:
                    w = w.SeeBegin(rules, e.Step, e.Attempt, rehearsed: true, remembered, now);
                    break;
                case PlanEffect.Cancel or PlanEffect.Rehearse { Deed: Deed.Cancel }:
                    w = w with { Open = null };
                    break;
                case PlanEffect.Undo e:
                    w = w.SeeUndo(rules, e.Step, w.Did, ref undone) with { Did = w.Did & ~(1 << e.Step) };
                    break;
                case PlanEffect.Rehearse { Deed: Deed.Undo } e:
                    w = w.SeeUndo(rules, e.Step, w.Rehearsed, ref undone) with { Rehearsed = w.Rehearsed & ~(1 << e.Step) };
                    break;
            }
        }

        return w.SeeEnd(rules, before, seen, now, turn);
    }

    private PlanWatch Break(string rule) => Broken is null ? this with { Broken = rule } : this;

    /// <summary>What the event itself says.</summary>
    private PlanWatch Hear(PlanRules rules, PlanEvent seen, Instant now, PlanTurn turn) => seen switch
    {
        PlanEvent.Stands => this with { StoodAt = now },
        PlanEvent.Doubted => this with { StoodAt = null },
        PlanEvent.Withdrawn => this with { StoodAt = null, Held = false },
        PlanEvent.ArmAsked e when !turn.Refused => this with { Held = Held && e.Dry, OrderFrom = Instant.Later(e.Due, now) },
        PlanEvent.AbortAsked when !turn.Refused => this with { Held = Held || !Dry || rules.Dry },
        PlanEvent.StepEnded { Outcome: StepOutcome.Failed } e when Open == e.Step && Attempt == e.Attempt => this with { Open = null, Failures = Failures + 1 },
        PlanEvent.StepEnded { Outcome: StepOutcome.Veto } e when Open == e.Step && Attempt == e.Attempt && rules.Steps[e.Step].MayVeto => this with { Open = null, VetoedAt = VetoedAt ?? now },
        PlanEvent.StepEnded e when Open == e.Step && Attempt == e.Attempt => this with { Open = null },
        PlanEvent.Restored e when e.Boot != PlanModel.Boot => Nothing with { Held = Held },
        _ => this,
    };

    private PlanWatch SeeBegin(PlanRules rules, int step, int attempt, bool rehearsed, bool remembered, Instant now)
    {
        var (rule, w) = (rules.Steps[step], this);
        w = !remembered ? w.Break("begun before it was remembered") : w;
        w = Open is not null ? w.Break("begun while another begin has not ended") : w;
        w = (!Past || rule.PointOfNoReturn) && !Stood(rules, now) ? w.Break("begun without a standing verdict") : w;
        w = Held && !Dry ? w.Break("begun although an operator called it off") : w;
        w = Dry && !rehearsed && (!rule.Harmless || rule.PointOfNoReturn) ? w.Break("harm in a dry run") : w;
        w = Failures >= rule.Attempts && attempt > 1 ? w.Break("begun again with no attempt left") : w;
        w = attempt > 1 && now >= First + rule.Longest && !(rule.MayVeto && now < VetoedAt + rules.VetoCeiling) ? w.Break("begun again past its ceiling") : w;
        var bit = 1 << step;
        return w with
        {
            Open = step,
            Attempt = attempt,
            Did = rehearsed ? w.Did : w.Did | bit,
            Rehearsed = rehearsed ? w.Rehearsed | bit : w.Rehearsed,
            Past = w.Past || (rule.PointOfNoReturn && !rehearsed),
            Failures = attempt == 1 ? 0 : w.Failures,
            First = attempt == 1 ? now : w.First,
        };
    }

    private PlanWatch SeeNotAfter(PlanRules rules, PlanEffect.Begin e, Instant now) =>
        e.NotAfter <= now ? Break("too late from the first")
        : rules.Steps[e.Step].PointOfNoReturn && OrderFrom is null && e.NotAfter > StoodAt + rules.StandsFor ? Break("may be done after the verdict has lapsed")
        : this;

    private PlanWatch SeeUndo(PlanRules rules, int step, int of, ref int undone)
    {
        var w = !rules.Steps[step].Undo || (of & (1 << step)) == 0 ? Break("undone what was not begun") : this;
        w = Past ? w.Break("undone past the point of no return") : w;
        w = Open is not null ? w.Break("undone while it was still at work") : w;
        w = step > undone ? w.Break("undone in the wrong order") : w;
        undone = step;
        return w;
    }

    /// <summary>What must be so after the turn, whatever was ordered in it.</summary>
    private PlanWatch SeeEnd(PlanRules rules, PlanState before, PlanEvent seen, Instant now, PlanTurn turn)
    {
        var (w, phase) = (this, turn.State.Phase);
        var active = phase is PlanPhase.Armed or PlanPhase.Running;
        var late = PlanMachine.Deadline(rules, before) <= now;      // then its limit ends a step in the same turn
        var stays = before.Phase is PlanPhase.Running or PlanPhase.Done or PlanPhase.Failed;
        w = turn.Reason.Length == 0 ? w.Break("no reason") : w;
        w = seen is PlanEvent.AbortAsked && !Past && (active || turn.Refused) ? w.Break("an abort before the point does not lead to quiet") : w;
        w = seen is PlanEvent.AbortAsked && Past && stays && (!turn.Refused || (turn.Effects.Any(e => e is PlanEffect.Cancel or PlanEffect.Undo) && !late)) ? w.Break("an abort past the point was obeyed") : w;
        w = seen is PlanEvent.Withdrawn && !Past && OrderFrom is null && active ? w.Break("a withdrawal before the point does not lead to quiet") : w;
        w = seen is PlanEvent.Doubted && before.Phase is PlanPhase.Running && phase is not PlanPhase.Running && !late ? w.Break("a doubt calls off what is under way") : w;
        w = phase is not PlanPhase.Running && Open is not null ? w.Break("what runs was not cancelled") : w;
        w = phase is PlanPhase.Aborted or PlanPhase.Idle && !Past && seen is not PlanEvent.Restored && Undoable(rules) != 0 ? w.Break("what was begun was not undone") : w;
        w = VetoedAt + rules.VetoCeiling <= now && seen is PlanEvent.StepEnded { Outcome: StepOutcome.Veto } && phase is PlanPhase.Running { Stage: StepStage.Pausing, Vetoed: true } ? w.Break("a veto counts past the ceiling") : w;
        w = active && Held && !Dry ? w.Break("armed although an operator called it off") : w;
        var deadline = PlanMachine.Deadline(rules, turn.State);
        w = active && (deadline is null || deadline <= now) ? w.Break("under way, and nothing is due") : w;
        w = !active && deadline is not null ? w.Break("quiet, and something is due") : w;
        w = !active && phase is not (PlanPhase.Done or PlanPhase.Failed) ? w with { OrderFrom = null, Past = false, Did = 0, Rehearsed = 0 } : w;
        return phase is PlanPhase.Idle or PlanPhase.Aborted ? w with { Dry = false, VetoedAt = null, Failures = 0, First = null } : w;
    }

    private int Undoable(PlanRules rules) => Enumerable.Range(0, rules.Steps.Count).Where(i => rules.Steps[i].Undo).Sum(i => (Did | Rehearsed) & (1 << i));

    private bool Stood(PlanRules rules, Instant now) => now - StoodAt < rules.StandsFor || (OrderFrom is { } from && now >= from && now < from + rules.Countdown + rules.Longest + rules.StandsFor);
}

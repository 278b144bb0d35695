using System.Globalization;
using Understudy.Core.Plans;
using Understudy.Core.Settings;

namespace Understudy.Core.Power;

/// <summary>A guard's steps as the plan's machine knows them. The place of a step there is its place in <see cref="StepsOf"/>.</summary>
public static class GuardPlan
{
    /// <summary>Before a step that failed or vetoed is tried again.</summary>
    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(10);

    /// <summary>The steps of this host: lower tiers are waited for first unless the file says where; a host that stays does not go down, and keeps its duties:
    /// what the others release is to come to it, and its own release would send it back to one that leaves.</summary>
    public static ValueList<GuardStepSettings> StepsOf(GuardSettings guard)
    {
        var steps = guard.Stays ? guard.Plan.Where(s => s is not (GuardStepSettings.End or GuardStepSettings.Release)) : guard.Plan;
        return guard.Tier == 0 || guard.Plan.Any(s => s is GuardStepSettings.WaitForTiers)
            ? steps.ToValueList()
            : [new GuardStepSettings.WaitForTiers { Limit = guard.TierTimeout }, .. steps];
    }

    public static PlanRules From(GuardSettings guard, GuardRules rules)
    {
        var steps = StepsOf(guard);
        return new(
            guard.Name,
            steps.Select((s, i) => Step(guard, s, i)).ToValueList(),
            guard.Countdown,
            rules.StandsFor,
            steps.OfType<GuardStepSettings.Command>().Select(c => c.Ceiling).DefaultIfEmpty().Max(),
            s_askAgain,
            PlanRules.UsualWarnings);
    }

    /// <summary>Two steps may do the same, as two notices do: their place tells them apart.</summary>
    private static PlanStep Step(GuardSettings guard, GuardStepSettings step, int place) => new(
        string.Create(CultureInfo.InvariantCulture, $"{place + 1} {step.Subject}"),
        step switch
        {
            GuardStepSettings.WaitForTiers => guard.TierWait > TimeSpan.Zero ? guard.TierWait : step.Limit,
            GuardStepSettings.End => step.Longest,
            _ => step.Limit,
        },
        step.Attempts,
        Ceiling: step is GuardStepSettings.Command command ? command.Ceiling : TimeSpan.Zero,
        Undo: step is GuardStepSettings.Stop or GuardStepSettings.Command { Undo: not null } && !step.PointOfNoReturn,
        PointOfNoReturn: step.PointOfNoReturn && !(guard.DryRun && step is GuardStepSettings.End),      // the host stays up, and what was stopped is to be started again
        OnFailure: step.StopOnFailure || step is GuardStepSettings.End ? OnFailure.Stop : OnFailure.GoOn,      // a host that is still up has not done what the plan is for
        MayVeto: step is GuardStepSettings.Command && !step.PointOfNoReturn,
        VetoFor: (step as GuardStepSettings.Command)?.Ceiling,
        Harmless: step is GuardStepSettings.Notify && !step.PointOfNoReturn);
}

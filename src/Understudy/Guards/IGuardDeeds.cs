using Understudy.Core;
using Understudy.Core.Plans;
using Understudy.Core.Power;
using Understudy.Core.Settings;

namespace Understudy.Guards;

/// <summary>What can be done for one guard. Each is done when its task ends; none throws but for a mistake of ours.</summary>
internal interface IGuardDeeds
{
    string Guard { get; }

    /// <param name="why">The run's reason.</param>
    /// <param name="heirs">Who is asked to take over what is released, one after the other (<see cref="GuardDesk.Heirs"/>).</param>
    /// <param name="stop">It is called off.</param>
    /// <returns>How it ended; null: somebody else says so.</returns>
    Task<StepOutcome?> BeginAsync(GuardStepSettings step, PlanEffect.Begin e, string why, ValueList<string> heirs, CancellationToken stop);

    Task<StepOutcome?> RehearseAsync(GuardStepSettings step, PlanEffect.Rehearse e, string why, ValueList<string> heirs, CancellationToken stop);

    Task UndoAsync(GuardStepSettings step, PlanEffect.Undo e, string why, CancellationToken stop);

    Task WarnAsync(PlanEffect.Warn e, CancellationToken stop);

    Task AlarmAsync(string text, CancellationToken stop);

    Task WakeAsync(WakeUp up, CancellationToken stop);
}

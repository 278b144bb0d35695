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
    /// <param name="heir">A host that stays, to take over what is released; null where none is known.</param>
    /// <param name="stop">It is called off.</param>
    Task<DeedEnd> BeginAsync(GuardStepSettings step, PlanEffect.Begin e, string why, string? heir, CancellationToken stop);

    Task<DeedEnd> RehearseAsync(GuardStepSettings step, PlanEffect.Rehearse e, string why, string? heir, CancellationToken stop);

    /// <param name="stopped">Units that the step has stopped.</param>
    Task UndoAsync(GuardStepSettings step, PlanEffect.Undo e, string why, ValueList<string> stopped, CancellationToken stop);

    Task WarnAsync(PlanEffect.Warn e, CancellationToken stop);

    Task AlarmAsync(string text, CancellationToken stop);

    Task WakeAsync(WakeUp up, CancellationToken stop);
}

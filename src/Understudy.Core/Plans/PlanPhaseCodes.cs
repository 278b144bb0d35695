using System.Diagnostics;

namespace Understudy.Core.Plans;

/// <summary>The words for a phase: in status, metrics and on the wire.</summary>
public static class PlanPhaseCodes
{
    public static PlanPhaseCode Code(this PlanPhase phase) => phase switch
    {
        PlanPhase.Idle => PlanPhaseCode.Idle,
        PlanPhase.Armed => PlanPhaseCode.Armed,
        PlanPhase.Running => PlanPhaseCode.Running,
        PlanPhase.Done => PlanPhaseCode.Done,
        PlanPhase.Aborted => PlanPhaseCode.Aborted,
        PlanPhase.Failed => PlanPhaseCode.Failed,
        _ => throw new UnreachableException(phase.GetType().Name),
    };

    /// <summary>The lower-case word of status, metrics and API.</summary>
    public static string Word(this PlanPhaseCode code) => code switch
    {
        PlanPhaseCode.Idle => "idle",
        PlanPhaseCode.Armed => "armed",
        PlanPhaseCode.Running => "running",
        PlanPhaseCode.Done => "done",
        PlanPhaseCode.Aborted => "aborted",
        PlanPhaseCode.Failed => "failed",
    };
}

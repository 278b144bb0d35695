using System.Text.Json.Serialization;

namespace Understudy.Core.Plans;

/// <summary>A fact that a plan's machine is told. Whoever judges owes it <see cref="Stands"/> or <see cref="Withdrawn"/> at every look that came to a judgement, and neither while it cannot tell.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Looked), "looked")]
[JsonDerivedType(typeof(Stands), "stands")]
[JsonDerivedType(typeof(DueMoved), "due_moved")]
[JsonDerivedType(typeof(Doubted), "doubted")]
[JsonDerivedType(typeof(Withdrawn), "withdrawn")]
[JsonDerivedType(typeof(ArmAsked), "arm_asked")]
[JsonDerivedType(typeof(AbortAsked), "abort_asked")]
[JsonDerivedType(typeof(StepEnded), "step_ended")]
[JsonDerivedType(typeof(Resumed), "resumed")]
[JsonDerivedType(typeof(Restored), "restored")]
public abstract record PlanEvent
{
    private PlanEvent() { }

    /// <summary>A deadline of ours has come, or somebody looked.</summary>
    public sealed record Looked : PlanEvent;

    /// <summary>The verdict that asks for the plan stands now; the first step is wanted at <paramref name="Due"/>. Arms what is quiet, renews what is armed or runs.</summary>
    public sealed record Stands(Instant Due, string Why) : PlanEvent;

    /// <summary>The first step is wanted earlier or later than was said. Renews nothing.</summary>
    public sealed record DueMoved(Instant Due, string Why) : PlanEvent;

    /// <summary>The verdict does not stand at this moment, so that nothing begins on it until it is renewed; what is under way goes on.</summary>
    public sealed record Doubted(string Why) : PlanEvent;

    /// <summary>The verdict does not stand any more: the opposite was judged, not merely nothing.</summary>
    public sealed record Withdrawn(string Why) : PlanEvent;

    /// <summary>An operator wants the plan to begin at <paramref name="Due"/>, whatever the verdict is.</summary>
    /// <param name="Dry">A drill.</param>
    public sealed record ArmAsked(string By, string Why, Instant Due, bool Dry) : PlanEvent;

    /// <summary>An operator calls it off, for as long as this outage lasts.</summary>
    public sealed record AbortAsked(string By, string Why) : PlanEvent;

    /// <summary>A begin, or its rehearsal, has come to its end; the three numbers are those of the effect.</summary>
    public sealed record StepEnded(long Run, int Step, int Attempt, StepOutcome Outcome) : PlanEvent;

    /// <summary>The host was suspended or hibernated, and is awake again.</summary>
    public sealed record Resumed(string Why) : PlanEvent;

    /// <summary>A daemon has begun with this state; always the first event it tells.</summary>
    /// <param name="Boot">The kernel's boot id (/proc/sys/kernel/random/boot_id, random(4)).</param>
    /// <param name="Wall">When the record was written, for people.</param>
    public sealed record Restored(string Boot, string? Wall = null) : PlanEvent;
}

/// <summary>How one begin of a step ended.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Done), "done")]
[JsonDerivedType(typeof(Failed), "failed")]
[JsonDerivedType(typeof(Wait), "wait")]
[JsonDerivedType(typeof(Veto), "veto")]
public abstract record StepOutcome
{
    private StepOutcome() { }

    public sealed record Done : StepOutcome;

    public sealed record Failed(string Why) : StepOutcome;

    /// <summary>"Please wait" (exit code 75, EX_TEMPFAIL of sysexits(3)): it is begun again after the span, and that is no failure.</summary>
    public sealed record Wait(TimeSpan Span, string Why) : StepOutcome;

    /// <summary>"Do not" (exit code 99, by which a script of apcupsd keeps its daemon from acting: apccontrol(8)).</summary>
    public sealed record Veto(string Why) : StepOutcome;
}

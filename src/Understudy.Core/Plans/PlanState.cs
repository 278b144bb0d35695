using System.Text.Json.Serialization;

namespace Understudy.Core.Plans;

/// <summary>Where a plan is.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Idle), "idle")]
[JsonDerivedType(typeof(Armed), "armed")]
[JsonDerivedType(typeof(Running), "running")]
[JsonDerivedType(typeof(Done), "done")]
[JsonDerivedType(typeof(Aborted), "aborted")]
[JsonDerivedType(typeof(Failed), "failed")]
public abstract record PlanPhase
{
    private PlanPhase() { }

    public sealed record Idle : PlanPhase;

    /// <summary>Counting down; nothing has begun.</summary>
    /// <param name="Said">The warning nearest to the due moment that was said or passed over; null: none.</param>
    public sealed record Armed(Instant Since, Instant Due, TimeSpan? Said) : PlanPhase;

    /// <summary>At one step.</summary>
    /// <param name="Attempt">How often it was begun in this run.</param>
    /// <param name="Failures">How many of these begins failed.</param>
    /// <param name="First">When it was first begun; null: it was not.</param>
    /// <param name="Until">When it is over, whatever it does: passed or failed by its rule, or, never begun, aborted.</param>
    /// <param name="Vetoed">It vetoed; so it is passed at the end, whatever its rule is.</param>
    public sealed record Running(int Step, StepStage Stage, int Attempt, int Failures, Instant? First, Instant Until, bool Vetoed) : PlanPhase;

    /// <summary>Every step was done or passed. Until the verdict is withdrawn once nothing arms again by itself.</summary>
    public sealed record Done : PlanPhase;

    /// <summary>Called off; what was begun is undone.</summary>
    public sealed record Aborted(string Why) : PlanPhase;

    /// <summary>It stopped half way, and a person must look. Until the verdict is withdrawn once nothing arms again by itself.</summary>
    public sealed record Failed(string Why) : PlanPhase;
}

/// <summary>Where the step of a running plan is.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Begun), "begun")]
[JsonDerivedType(typeof(Pausing), "pausing")]
[JsonDerivedType(typeof(Unrenewed), "unrenewed")]
public abstract record StepStage
{
    private StepStage() { }

    /// <summary>Under way.</summary>
    public sealed record Begun : StepStage;

    /// <summary>To be begun again at <paramref name="Till"/>: it failed, asked to wait, or vetoed.</summary>
    public sealed record Pausing(Instant Till, string Why) : StepStage;

    /// <summary>Ready to begin, but the verdict does not stand: it waits for a renewal.</summary>
    public sealed record Unrenewed(Instant Since) : StepStage;
}

/// <summary>One run of the plan, from its arming on.</summary>
/// <param name="Number">Grows by one with each arming, over restarts and boots too; 0: there was none.</param>
/// <param name="Why">What it was armed for.</param>
/// <param name="Steps">The names of its steps, so that a record of other steps is known as such.</param>
/// <param name="Begun">The places of the steps that were begun and not undone, in order.</param>
/// <param name="Point">The step with the point of no return that was begun first; null: none was, and all can be called off.</param>
/// <param name="VetoUntil">Vetoes do not count from here on; null: there was none.</param>
public sealed record PlanRun(long Number, bool Dry, string Why, ValueList<string> Steps, ValueList<int> Begun, int? Point, Instant? VetoUntil)
{
    public static PlanRun None { get; } = new(0, Dry: false, "", [], [], Point: null, VetoUntil: null);
}

/// <summary>An operator's word that the plan is to begin at <paramref name="Due"/>; it stands from then until <paramref name="Until"/>, as a verdict does.</summary>
public sealed record PlanOrder(string By, string Why, Instant Due, Instant Until);

/// <summary>How a run ended.</summary>
public enum PlanHow
{
    Done,
    Aborted,
    Failed,

    /// <summary>The host went down after the point of no return: what the plan was for.</summary>
    WentDown,

    /// <summary>The host went down, or was switched off, while the plan was armed or before its point of no return.</summary>
    CutShort,
}

/// <summary>The end of a run.</summary>
/// <param name="Because">What the run was armed for.</param>
/// <param name="Why">How it came to its end, in one sentence.</param>
/// <param name="At">On the clock of <paramref name="Boot"/>; of a run that a new boot ended, the last moment that is known of it.</param>
/// <param name="Wall">The same for people, where somebody who has that clock filled it in.</param>
public sealed record PlanEnd(long Run, PlanHow How, bool Dry, string Because, string Why, Instant At, string Boot, string? Wall = null);

/// <summary>All that a plan knows.</summary>
/// <param name="Boot">The boot that its instants belong to; empty before the first <see cref="PlanEvent.Restored"/>.</param>
/// <param name="Run">The present run, or the last.</param>
/// <param name="StandsUntil">So long the verdict stands unless it is renewed.</param>
/// <param name="Order">The operator's word that the present run began with, or that it will go on by.</param>
/// <param name="HeldBy">Who called it off: nothing arms by itself until the verdict was withdrawn once.</param>
/// <param name="LastEnd">How the last run ended; kept over boots, so that the first can say why the host went down.</param>
public sealed record PlanState(string Boot, PlanPhase Phase, PlanRun Run, Instant StandsUntil, PlanOrder? Order, string? HeldBy, PlanEnd? LastEnd)
{
    /// <summary>A plan of which there is no record.</summary>
    public static PlanState AtStart { get; } = new("", new PlanPhase.Idle(), PlanRun.None, new Instant(0), Order: null, HeldBy: null, LastEnd: null);

    /// <summary>Nothing of the present run can be called off any more.</summary>
    public bool PastPoint => Run.Point is not null;

    /// <summary>The verdict, or the operator's word, stands at this moment if nothing comes in between.</summary>
    public bool StandsAt(Instant at) => at < StandsUntil || (Order is { } o && at >= o.Due && at < o.Until);

    /// <summary>How long what stands at this moment goes on standing if nothing comes in between.</summary>
    internal Instant StandsUntilFrom(Instant at) => Order is { } o && at >= o.Due && at < o.Until ? Instant.Later(StandsUntil, o.Until) : StandsUntil;
}

/// <summary>A plan's phase by its number, which may go over the wire.</summary>
public enum PlanPhaseCode
{
    Idle = 0,
    Armed = 1,
    Running = 2,
    Done = 3,
    Aborted = 4,
    Failed = 5,
}

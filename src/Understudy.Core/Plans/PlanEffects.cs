using System.Text.Json.Serialization;

namespace Understudy.Core.Plans;

/// <summary>An order of a plan's machine. The performer carries the orders of one plan out in the order in which they were given, one at a time; only <see cref="Cancel"/> overtakes.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Remember), "remember")]
[JsonDerivedType(typeof(Begin), "begin")]
[JsonDerivedType(typeof(Cancel), "cancel")]
[JsonDerivedType(typeof(Undo), "undo")]
[JsonDerivedType(typeof(Rehearse), "rehearse")]
[JsonDerivedType(typeof(Warn), "warn")]
[JsonDerivedType(typeof(Alarm), "alarm")]
public abstract record PlanEffect
{
    private PlanEffect() { }

    /// <summary>Put the state to disk; what follows in the list waits for that.</summary>
    public sealed record Remember : PlanEffect;

    /// <summary>Do the step for real; never after <paramref name="NotAfter"/>. Answered with <see cref="PlanEvent.StepEnded"/>.</summary>
    /// <param name="Attempt">Counts the begins of this step in this run, from 1.</param>
    /// <param name="Dry">A harmless step of a dry run: it says that it is one.</param>
    public sealed record Begin(long Run, int Step, string Name, int Attempt, Instant NotAfter, bool Dry) : PlanEffect;

    /// <summary>End what was begun, at once; nothing is to be heard of it any more. Of what has ended already: nothing.</summary>
    public sealed record Cancel(long Run, int Step, string Name, int Attempt) : PlanEffect;

    /// <summary>Undo what the step did or may have done, within the step's limit. Nobody waits for the outcome.</summary>
    public sealed record Undo(long Run, int Step, string Name, bool Dry) : PlanEffect;

    /// <summary>Only say what would be done: all that a dry run ever orders of a step that is not harmless. One of <see cref="Deed.Begin"/> is answered as a begin is.</summary>
    public sealed record Rehearse(Deed Deed, long Run, int Step, string Name, int Attempt) : PlanEffect;

    /// <summary>Tell everybody on this host.</summary>
    /// <param name="Left">Until the first step; null: it is called off.</param>
    public sealed record Warn(string Text, TimeSpan? Left, bool Dry) : PlanEffect;

    /// <summary>A person should know.</summary>
    public sealed record Alarm(string Text) : PlanEffect;
}

/// <summary>What is rehearsed.</summary>
public enum Deed
{
    Begin,
    Cancel,
    Undo,
}

/// <summary>What one event led to.</summary>
/// <param name="Reason">In one sentence, always.</param>
/// <param name="Telling">The sentence is news; if not, only a clock went on.</param>
/// <param name="Refused">What an operator asked for was not done, and the sentence says why.</param>
public sealed record PlanTurn(PlanState State, ValueList<PlanEffect> Effects, string Reason, bool Telling, bool Refused);

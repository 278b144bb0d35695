using System.Text.Json.Serialization;
using Understudy.Core.Duties;

namespace Understudy.Core.Ledger;

/// <summary>One line of the ledger: what happened at <paramref name="At"/> on this host's boot clock. docs/reference/ledger.md shows each.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(Ruled), "ruled")]
[JsonDerivedType(typeof(Decided), "decided")]
[JsonDerivedType(typeof(Performed), "performed")]
[JsonDerivedType(typeof(Ran), "ran")]
[JsonDerivedType(typeof(Witnessed), "witnessed")]
[JsonDerivedType(typeof(Noted), "noted")]
[JsonDerivedType(typeof(Ended), "ended")]
public abstract record LedgerLine([property: JsonPropertyOrder(-1)] Instant At)
{
    /// <summary>Wall time for people, ISO 8601 in UTC; written by the journal. Nothing is decided by it.</summary>
    [JsonPropertyOrder(-2)]
    public string? Wall { get; init; }

    /// <summary>A process began. Instants of lines before it belong to another run, and perhaps to another boot of the host.</summary>
    /// <param name="Boot">Drawn at random, in 16 hexadecimal digits: the same that our datagrams carry.</param>
    /// <param name="Role">run or witness.</param>
    public sealed record Started(Instant At, string Node, string Role, string Version, string Boot) : LedgerLine(At);

    /// <summary>The rules by which a duty is decided from here on: at the start, after each reload, and again at the head of each file.</summary>
    /// <param name="EpochSeen">The highest epoch of this duty in the lines before; who reads backward may stop here.</param>
    /// <param name="EpochHeld">The last epoch that this host held, 0 for none.</param>
    /// <param name="KeptOutBy">Whose hold keeps this host out, or null.</param>
    public sealed record Ruled(Instant At, DutyRules Rules, long EpochSeen, long EpochHeld, string? KeptOutBy = null) : LedgerLine(At);

    /// <summary>One decision: input, state before and after, orders, and the reason in one sentence.</summary>
    public sealed record Decided(
        Instant At, string Duty, DutyEvent Event, DutyState Before, DutyState After, ValueList<DutyEffect> Effects, string? Reason) : LedgerLine(At)
    {
        public static Decided Of(Turn turn) =>
            new(turn.At, turn.Duty, turn.Event, turn.Before, turn.Step.State, turn.Step.Effects, turn.Step.Reason);
    }

    /// <summary>An effect was carried out; <paramref name="Result"/> is <c>ok</c> or what the world said instead.</summary>
    public sealed record Performed(Instant At, string Duty, DutyEffect Effect, string Result) : LedgerLine(At);

    /// <summary>A verb of a duty's command has ended.</summary>
    /// <param name="Outcome">How it ended, as the performer says it: <c>done</c>, <c>exit code 75: try later</c>.</param>
    /// <param name="Output">The end of what it printed.</param>
    public sealed record Ran(Instant At, string Duty, string Verb, long Epoch, string Outcome, string Output, double TookMs) : LedgerLine(At);

    /// <summary>A witness answered; renewals that change nothing are not written.</summary>
    public sealed record Witnessed(
        Instant At, string From, string Duty, ClaimOrder Order, WitnessWord Word, long Epoch, string? Holder, TimeSpan Remaining) : LedgerLine(At)
    {
        public static Witnessed Of(WitnessTurn turn) => new(
            turn.At, turn.Ask.From, turn.Ask.Duty, turn.Ask.Order, turn.Step.Word, turn.Step.Epoch, turn.Step.Holder, turn.Step.Remaining);
    }

    /// <summary>Something that a person should know. <paramref name="Message"/> is its number in docs/messages.md, 0 for none.</summary>
    public sealed record Noted(Instant At, NoteLevel Level, int Message, string Text) : LedgerLine(At);

    /// <summary>The process ends in good order with this exit code.</summary>
    public sealed record Ended(Instant At, int Code, string Why) : LedgerLine(At);
}

/// <summary>How much a note matters.</summary>
public enum NoteLevel
{
    Information,
    Warning,
    Error,
}

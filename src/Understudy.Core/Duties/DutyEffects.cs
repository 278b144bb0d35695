using System.Text.Json.Serialization;

namespace Understudy.Core.Duties;

/// <summary>An order of the stance machine. What follows from the state alone (fence deadline, kernel lifetime, what heartbeats say) is no order: it is kept equal to the state.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(AskArbiter), "ask_arbiter")]
[JsonDerivedType(typeof(Start), "start")]
[JsonDerivedType(typeof(Stop), "stop")]
[JsonDerivedType(typeof(Announce), "announce")]
[JsonDerivedType(typeof(TellLetGo), "tell_let_go")]
[JsonDerivedType(typeof(RunVerb), "run_verb")]
[JsonDerivedType(typeof(ProbeNow), "probe_now")]
[JsonDerivedType(typeof(Alarm), "alarm")]
public abstract record DutyEffect
{
    private DutyEffect() { }

    /// <summary>Ask the arbiter. Answers come back with the same ticket.</summary>
    public sealed record AskArbiter(ClaimOrder Order) : DutyEffect;

    /// <summary>Add the addresses, run <c>up</c>, then announce; never after <paramref name="NotAfter"/>.</summary>
    public sealed record Start(long Epoch, Instant NotAfter, string Why) : DutyEffect;

    /// <summary>Remove the addresses at once, then run <c>down</c> within its limit.</summary>
    public sealed record Stop(long Epoch, string Why) : DutyEffect;

    /// <summary>Tell the neighbourhood where the addresses are (ARP, NA); with <paramref name="Reclaim"/> also run <c>reclaim</c>.</summary>
    public sealed record Announce(long Epoch, bool Reclaim, string Why) : DutyEffect;

    /// <summary>Tell every candidate, on every link, that this epoch has been let go.</summary>
    public sealed record TellLetGo(long Epoch, string? Successor) : DutyEffect;

    /// <summary>Run a verb of the duty's command that only marks or prepares: start, stop, fail, recover.</summary>
    public sealed record RunVerb(string Verb, long Epoch, string Why) : DutyEffect;

    /// <summary>Read every probe of the duty now instead of at its next turn.</summary>
    public sealed record ProbeNow : DutyEffect;

    /// <summary>A person should know.</summary>
    public sealed record Alarm(string Text) : DutyEffect;
}

/// <summary>What is asked of an arbiter.</summary>
public enum ClaimAsk
{
    /// <summary>Grant me the next epoch, if nobody has a claim.</summary>
    Claim = 1,

    /// <summary>Let my claim run on.</summary>
    Renew = 2,

    /// <summary>I have let go.</summary>
    GiveBack = 3,

    /// <summary>Who has it?</summary>
    Read = 4,

    /// <summary>Write down that <see cref="ClaimOrder.Heir"/> is to have the next epoch.</summary>
    Prepare = 5,
}

/// <summary>One request to the arbiter of a duty.</summary>
/// <param name="Epoch">For Renew, GiveBack and Prepare the epoch that we hold; else the highest that we know of, so that a forgetful arbiter cannot go back.</param>
/// <param name="Released">The highest epoch that its holder has told us it let go of; carried for a holder who cannot reach the arbiter. 0: none.</param>
/// <param name="ReleasedBy">Whose let-go <paramref name="Released"/> is; the arbiter believes it of the holder only.</param>
public sealed record ClaimOrder(ClaimAsk Ask, long Ticket, long Epoch, long Released, string? Heir, string? ReleasedBy = null);

/// <summary>What one event led to. <paramref name="Reason"/> is null where nothing worth telling happened.</summary>
public sealed record DutyStep(DutyState State, ValueList<DutyEffect> Effects, string? Reason);

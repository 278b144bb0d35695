using System.Text.Json.Serialization;

namespace Understudy.Core.Duties;

/// <summary>A candidate's condition in a duty.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Unknown), "unknown")]
[JsonDerivedType(typeof(Standby), "standby")]
[JsonDerivedType(typeof(Claiming), "claiming")]
[JsonDerivedType(typeof(Starting), "starting")]
[JsonDerivedType(typeof(Active), "active")]
[JsonDerivedType(typeof(Stopping), "stopping")]
[JsonDerivedType(typeof(Faulted), "faulted")]
[JsonDerivedType(typeof(Held), "held")]
public abstract record Stance
{
    private Stance() { }

    /// <summary>Just started: it knows nothing yet and only listens.</summary>
    /// <param name="Epoch">The last one that the ledger has us hold: the only one that we may say we let go of, whatever higher one we hear of meanwhile.</param>
    /// <param name="AskAgainAt">When the arbiter is asked again whether what runs here may: it answers a new boot's first word with a beat only.</param>
    public sealed record Unknown(Instant GraceUntil, bool Looked, bool Running, Instant ReadBy, long Epoch, Instant AskAgainAt) : Stance;

    /// <summary>Idle, and able to start at any moment (RECOVER in the seeds' words) once a claim can be had.</summary>
    public sealed record Standby(Instant AskAt) : Stance;

    /// <summary>A claim has been asked for.</summary>
    public sealed record Claiming(Instant AskAgainAt, Instant GiveUpAt) : Stance;

    /// <summary>The claim is ours; addresses and service are being brought up.</summary>
    /// <param name="Under">The epoch that its command was given, where a seizure became a claim with a higher one meanwhile.</param>
    public sealed record Starting(Holding Hold, Instant StartBy, bool Up, long? Under = null) : Stance;

    /// <summary>Performs the duty (UP).</summary>
    public sealed record Active(Holding Hold, Instant Since, Handover? Leaving) : Stance;

    /// <summary>Letting go. The claim is kept until the stop is confirmed.</summary>
    public sealed record Stopping(long Epoch, AfterStop Then, string? Successor, Instant KillAt, int Tries) : Stance;

    /// <summary>Cannot perform the duty (FAIL). Without <paramref name="RetryAt"/> it waits for its cause to go, or for an operator.</summary>
    public sealed record Faulted(string Why, Instant? RetryAt, bool NeedsOperator) : Stance;

    /// <summary>An operator keeps this candidate out (FAIL).</summary>
    public sealed record Held(string By) : Stance;
}

/// <summary>A claim that is ours.</summary>
/// <param name="Epoch">The claim's epoch, handed to every script.</param>
/// <param name="Until">When we must have begun to let go, on our own clock.</param>
/// <param name="RenewAt">When the next request for renewal is due.</param>
/// <param name="AnsweredAt">When the newest answered request was sent.</param>
/// <param name="Seized">An operator took it without the arbiter: it has no end until the arbiter answers.</param>
public sealed record Holding(long Epoch, Instant Until, Instant RenewAt, Instant AnsweredAt, bool Seized);

/// <summary>A move that is being prepared: to whom, why, and until when the arbiter is given time to note the heir.</summary>
/// <param name="Asked">A person asked for it: it is not undone by a timer.</param>
public sealed record Handover(string To, string Why, Instant GoAt, bool Asked = false);

/// <summary>Where a stop leads.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(ToStandby), "to_standby")]
[JsonDerivedType(typeof(ToFaulted), "to_faulted")]
[JsonDerivedType(typeof(ToHeld), "to_held")]
[JsonDerivedType(typeof(ToNothing), "to_nothing")]
public abstract record AfterStop
{
    private AfterStop() { }

    public sealed record ToStandby(string Why) : AfterStop;

    /// <param name="Veto">The command said that this host must not do it: trying again is of no use before an operator says so.</param>
    public sealed record ToFaulted(string Why, bool Counted, bool Veto = false) : AfterStop;

    public sealed record ToHeld(string By) : AfterStop;

    /// <summary>The daemon ends; the duty is nobody's here.</summary>
    public sealed record ToNothing(string Why) : AfterStop;

    public string Reason => this switch
    {
        ToStandby s => s.Why,
        ToFaulted s => s.Why,
        ToHeld s => $"{s.By} holds it",
        ToNothing s => s.Why,
        _ => throw new System.Diagnostics.UnreachableException(GetType().Name),
    };
}

/// <summary>What a candidate is doing, as it tells the others; the values are on the wire (docs/protocol/peer.md).</summary>
public enum StanceCode
{
    /// <summary>Never heard, or not heard for so long that its word no longer counts.</summary>
    Silent = 0,
    Unknown = 1,
    Standby = 2,
    Claiming = 3,
    Fencing = 4,
    Starting = 5,
    Active = 6,
    Stopping = 7,
    Faulted = 8,
    Held = 9,
}

/// <summary>The newest that another candidate said of this duty. Silent is not Faulted.</summary>
/// <param name="Fit">It could take the duty now: stands by, is healthy, sees the arbiter, is not held.</param>
/// <param name="FitSince">Since when it has been fit, and not aside, without a break; meaningless when it is not.</param>
/// <param name="LetGo">The highest epoch that it said it has let go of.</param>
/// <param name="Aside">An operator handed the duty away from it: it could take it, and does not get it back by a timer.</param>
public sealed record PeerView(StanceCode Stance, long Epoch, bool Fit, Instant FitSince, long LetGo, bool Aside = false)
{
    public static PeerView Unheard { get; } = new(StanceCode.Silent, 0, Fit: false, new Instant(0), 0);

    /// <summary>It has, or is about to have, the duty.</summary>
    public bool Holds => Stance is StanceCode.Starting or StanceCode.Active or StanceCode.Stopping;
}

/// <summary>What the arbiter last said.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Unread), "unread")]
[JsonDerivedType(typeof(Mine), "mine")]
[JsonDerivedType(typeof(Other), "other")]
[JsonDerivedType(typeof(Recovering), "recovering")]
[JsonDerivedType(typeof(Unreachable), "unreachable")]
public abstract record ClaimView
{
    private ClaimView() { }

    /// <summary>Nothing was asked yet.</summary>
    public sealed record Unread : ClaimView;

    public sealed record Mine(long Epoch) : ClaimView;

    public sealed record Other(string Holder, long Epoch, Instant Until) : ClaimView;

    /// <summary>It grants nothing for now: it came back without its memory.</summary>
    public sealed record Recovering(Instant Until) : ClaimView;

    public sealed record Unreachable(Instant Since) : ClaimView;
}

/// <summary>Everything that the stance machine goes by: one value, so that a ledger line can hold it and a replay can start from it.</summary>
/// <param name="Ticket">The generation of our own requests: an answer with another ticket belongs to a past that is over.</param>
/// <param name="EpochSeen">The highest epoch seen anywhere; we never claim with a smaller one.</param>
/// <param name="LetGo">The highest epoch that its holder is known to have let go of, ourselves included.</param>
/// <param name="LetGoBy">Who it was that let go of <paramref name="LetGo"/>.</param>
/// <param name="Successor">Whom the last let-go named.</param>
/// <param name="Vacant">Since when nobody is heard to hold or claim the duty; null while somebody is.</param>
/// <param name="PromisedUntil">Another candidate relies on us not claiming before this.</param>
/// <param name="PromisedTo">Which one, if it is only one: its own let-go ends the promise. -1: nobody, several, or forgotten in a restart.</param>
/// <param name="Service">What our probes say of the service here.</param>
/// <param name="Ground">What our own links and devices say: Failed means that we are the broken one and another is not.</param>
/// <param name="Idle">The service has no users now (for failback: when_idle).</param>
/// <param name="Peers">By candidate, ours included (unused there).</param>
/// <param name="Failures">When starts or the service failed lately, newest last.</param>
/// <param name="Aside">An operator handed the duty away from us: until we hold it again, are released or start anew, no failback brings it back.</param>
public sealed record DutyState(
    Stance Stance,
    long Ticket,
    long EpochSeen,
    long LetGo,
    string? Successor,
    Instant? Vacant,
    Instant PromisedUntil,
    ClaimView Claim,
    Judged Service,
    Judged Ground,
    bool Idle,
    ValueList<PeerView> Peers,
    ValueList<Instant> Failures,
    int PromisedTo = -1,
    string? LetGoBy = null,
    bool Aside = false)
{
    /// <summary>A candidate that has just been started.</summary>
    /// <param name="epochSeen">The highest epoch in the ledger: never claim with a smaller one.</param>
    /// <param name="ticket">Must be larger than any ticket of an earlier run: the boot clock serves.</param>
    public static DutyState AtStart(DutyRules rules, long epochSeen, long ticket, Instant now) => new(
        new Stance.Unknown(now + rules.Grace, Looked: false, Running: false, now, Epoch: 0, now),
        ticket,
        epochSeen,
        LetGo: 0,
        Successor: null,
        Vacant: null,
        PromisedUntil: rules.Arbitrated ? now + rules.Grace : now,      // a promise of before the restart binds, whichever way we leave Unknown
        new ClaimView.Unread(),
        Judged.Nothing,
        Judged.Nothing,
        Idle: true,
        Enumerable.Repeat(PeerView.Unheard, rules.Candidates.Count).ToValueList(),
        []);

    /// <summary>The epoch that we hold now, or null.</summary>
    public Holding? Hold => Stance switch
    {
        Stance.Starting s => s.Hold,
        Stance.Active s => s.Hold,
        _ => null,
    };
}

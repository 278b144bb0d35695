using System.Text.Json.Serialization;

namespace Understudy.Core.Duties;

/// <summary>A fact that a duty's stance machine is told.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Woke), "woke")]
[JsonDerivedType(typeof(LookedAround), "looked_around")]
[JsonDerivedType(typeof(ServiceJudged), "service_judged")]
[JsonDerivedType(typeof(GroundJudged), "ground_judged")]
[JsonDerivedType(typeof(IdleSeen), "idle_seen")]
[JsonDerivedType(typeof(PeerReported), "peer_reported")]
[JsonDerivedType(typeof(LetGoHeard), "let_go_heard")]
[JsonDerivedType(typeof(PromiseGiven), "promise_given")]
[JsonDerivedType(typeof(PromisesHeard), "promises_heard")]
[JsonDerivedType(typeof(ClaimGranted), "claim_granted")]
[JsonDerivedType(typeof(ClaimRefused), "claim_refused")]
[JsonDerivedType(typeof(ClaimSuperseded), "claim_superseded")]
[JsonDerivedType(typeof(ClaimVacant), "claim_vacant")]
[JsonDerivedType(typeof(ArbiterRecovering), "arbiter_recovering")]
[JsonDerivedType(typeof(ClaimWithheld), "claim_withheld")]
[JsonDerivedType(typeof(HeirNoted), "heir_noted")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(StartFailed), "start_failed")]
[JsonDerivedType(typeof(Stopped), "stopped")]
[JsonDerivedType(typeof(StopFailed), "stop_failed")]
[JsonDerivedType(typeof(FenceFired), "fence_fired")]
[JsonDerivedType(typeof(AddressLost), "address_lost")]
[JsonDerivedType(typeof(ConflictSeen), "conflict_seen")]
[JsonDerivedType(typeof(LinkHealed), "link_healed")]
[JsonDerivedType(typeof(HoldAsked), "hold_asked")]
[JsonDerivedType(typeof(ReleaseAsked), "release_asked")]
[JsonDerivedType(typeof(HandoverAsked), "handover_asked")]
[JsonDerivedType(typeof(SeizeAsked), "seize_asked")]
[JsonDerivedType(typeof(RetireAsked), "retire_asked")]
[JsonDerivedType(typeof(Stalled), "stalled")]
public abstract record DutyEvent
{
    private DutyEvent() { }

    /// <summary>A deadline of ours has come, or somebody looked.</summary>
    public sealed record Woke : DutyEvent;

    /// <summary>At start: does the duty's address already stand on this host? <paramref name="Epoch"/> is the last one that the ledger has us hold.</summary>
    public sealed record LookedAround(bool Running, long Epoch) : DutyEvent;

    public sealed record ServiceJudged(Judged Verdict) : DutyEvent;

    /// <summary>Our own devices and links were judged. Failed: we are the broken one.</summary>
    public sealed record GroundJudged(Judged Verdict) : DutyEvent;

    public sealed record IdleSeen(bool Idle) : DutyEvent;

    public sealed record PeerReported(int Candidate, PeerView View) : DutyEvent;

    /// <summary>A holder said that it has let go of an epoch, and whom it would like to follow.</summary>
    public sealed record LetGoHeard(int Candidate, long Epoch, string? Successor) : DutyEvent;

    /// <summary>We promised candidate <paramref name="To"/> not to claim before <paramref name="Until"/>.</summary>
    public sealed record PromiseGiven(Instant Until, int To = -1) : DutyEvent;

    /// <summary>Every other candidate has promised not to claim; the oldest of the promises answers a request that we sent at <paramref name="AskedAt"/>.</summary>
    public sealed record PromisesHeard(Instant AskedAt) : DutyEvent;

    /// <summary>The arbiter granted or renewed our claim; the request was sent at <paramref name="SentAt"/>.</summary>
    public sealed record ClaimGranted(long Ticket, long Epoch, Instant SentAt) : DutyEvent;

    /// <summary>Somebody else has a claim that runs for at most <paramref name="Remaining"/> more.</summary>
    public sealed record ClaimRefused(long Ticket, string Holder, long Epoch, TimeSpan Remaining) : DutyEvent;

    /// <summary>Our claim is over: it was given back, or a higher epoch exists.</summary>
    public sealed record ClaimSuperseded(long Ticket, long Epoch) : DutyEvent;

    /// <summary>The arbiter has no claim of anybody (the answer to a reading).</summary>
    public sealed record ClaimVacant(long Ticket, long Epoch) : DutyEvent;

    /// <summary>The arbiter lost its memory and grants nothing for now.</summary>
    public sealed record ArbiterRecovering(long Ticket, long Epoch, TimeSpan Remaining) : DutyEvent;

    /// <summary>No arbiter can say yes or no: a bare pair whose peer is silent, with on_split: hold.</summary>
    public sealed record ClaimWithheld(long Ticket, string Why) : DutyEvent;

    /// <summary>The arbiter has written down who is to have the next epoch.</summary>
    public sealed record HeirNoted(long Ticket, string Heir) : DutyEvent;

    public sealed record Started(long Epoch) : DutyEvent;

    /// <param name="Later">The command asked to be tried again, uncounted (75).</param>
    /// <param name="Veto">The command said that this host must not do it (99).</param>
    public sealed record StartFailed(long Epoch, string Why, bool Later, bool Veto = false) : DutyEvent;

    public sealed record Stopped(long Epoch) : DutyEvent;

    public sealed record StopFailed(long Epoch, string Why) : DutyEvent;

    /// <summary>The fence thread or the guardian dropped the addresses of this epoch at the deadline.</summary>
    public sealed record FenceFired(long Epoch) : DutyEvent;

    /// <summary>An address of ours vanished without our doing.</summary>
    public sealed record AddressLost(string Address) : DutyEvent;

    /// <summary>Another host uses our address: seen on the wire.</summary>
    public sealed record ConflictSeen(string Address, string By) : DutyEvent;

    /// <summary>A link to another candidate came back after a break: caches out there may be stale.</summary>
    public sealed record LinkHealed(string Link) : DutyEvent;

    public sealed record HoldAsked(string By) : DutyEvent;

    public sealed record ReleaseAsked(string By) : DutyEvent;

    public sealed record HandoverAsked(string? To, string By) : DutyEvent;

    /// <summary>An operator vouches that every other candidate is off.</summary>
    public sealed record SeizeAsked(string By) : DutyEvent;

    /// <summary>The daemon is asked to end.</summary>
    public sealed record RetireAsked(string Why) : DutyEvent;

    /// <summary>Our own loop stood still for <paramref name="LateBy"/>: what we believed before is old.</summary>
    public sealed record Stalled(TimeSpan LateBy) : DutyEvent;
}

/// <summary>A judgement and its evidence in one sentence.</summary>
public sealed record Judged(Evidence.Health Health, string Evidence)
{
    public static Judged Nothing { get; } = new(Core.Evidence.Health.Unknown, "nothing was read yet");
}

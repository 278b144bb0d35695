using Understudy.Core.Evidence;

namespace Understudy.Core.Ledger;

/// <summary>Everything that a reader may know of this host, from one moment. Spans are numbers with their unit in the name; a null span is "not at all".</summary>
/// <param name="At">The moment, on this host's boot clock.</param>
/// <param name="Boot">Our boot id as datagrams carry it, 16 hexadecimal digits.</param>
/// <param name="Arbiter">witness or none.</param>
/// <param name="ExclusiveGuaranteed">False in a bare pair: when it is cut in two, two may hold a duty, or nobody.</param>
/// <param name="DeadAfterMs">Silence on all links after which a peer is judged failed.</param>
public sealed record HostSnapshot(
    string Node,
    string Version,
    string Boot,
    Instant At,
    long UptimeMs,
    string Arbiter,
    Health ArbiterHealth,
    bool ExclusiveGuaranteed,
    double DeadAfterMs,
    ValueList<LinkSnapshot> Links,
    ValueList<DutySnapshot> Duties,
    LoopSnapshot Loop,
    TalkSnapshot Talk)
{
    /// <summary>The duty of this name, or null.</summary>
    public DutySnapshot? Find(string duty) => Duties.FirstOrDefault(d => d.Duty == duty);
}

/// <summary>One link to one peer.</summary>
/// <param name="SilentMs">Since the newest datagram that counted; null when none ever did.</param>
/// <param name="TheyHear">How the peer says that it hears us there.</param>
/// <param name="SilentMaxMs">The longest silence in the last hour, from one beat that counted to the next.</param>
public sealed record LinkSnapshot(
    string Peer,
    string Link,
    bool Witness,
    Health Health,
    Health TheyHear,
    double? SilentMs,
    int LossPercent,
    double JitterMs,
    double? RoundTripUs,
    double SilentMaxMs);

/// <summary>One duty as this host sees it.</summary>
/// <param name="Stance">Our own stance, by its word; <paramref name="SeedWord"/> says the same as UP, RECOVER or FAIL.</param>
/// <param name="StanceForMs">How long we have been in it.</param>
/// <param name="Holder">Who is known to have the duty, ourselves included; null when nobody is.</param>
/// <param name="Epoch">The highest epoch seen anywhere.</param>
/// <param name="ClaimLeftMs">How long our claim still runs; null when we hold none, or hold one that an operator seized.</param>
/// <param name="Claim">What the arbiter last said, in a sentence.</param>
/// <param name="PromisedForMs">We have promised not to claim for so long; null when we have not.</param>
/// <param name="VacantForMs">Since when nobody is heard to have it; null while somebody is.</param>
/// <param name="MovesNext">What would move it, in sentences without a full stop.</param>
public sealed record DutySnapshot(
    string Duty,
    string Stance,
    string SeedWord,
    double StanceForMs,
    string? Holder,
    long Epoch,
    long? HeldEpoch,
    bool Seized,
    double? ClaimLeftMs,
    string Claim,
    JudgedSnapshot Service,
    JudgedSnapshot Ground,
    string? LastReason,
    double? LastReasonAgoMs,
    ValueList<CandidateSnapshot> Candidates,
    double? PromisedForMs,
    double? VacantForMs,
    int Failures,
    int FailuresLimit,
    ValueList<string> Addresses,
    ValueList<string> MovesNext,
    NearMiss Near)
{
    /// <summary>Somebody performs the duty, and it is not known to be ill.</summary>
    public bool Served => Candidates.Any(c => c.Performs) && (HeldEpoch is null || Service.Health != Health.Failed);
}

/// <summary>A verdict and its evidence.</summary>
public sealed record JudgedSnapshot(Health Health, string Evidence);

/// <summary>One candidate's word on a duty; for ourselves what we say.</summary>
/// <param name="FitForMs">How long it has been able to take the duty; null when it is not.</param>
/// <param name="LetGo">The highest epoch that it says it has let go of.</param>
/// <param name="Performs">It is active, as far as it is heard.</param>
/// <param name="Idle">It is heard, and has nothing to do with the duty now.</param>
public sealed record CandidateSnapshot(string Node, int Rank, bool Self, string Stance, string SeedWord, long Epoch, double? FitForMs, long LetGo, bool Performs, bool Idle);

/// <summary>How near the duty came to moving without need, in the last hour.</summary>
/// <param name="ClaimLeftMinMs">The least that was left of our claim before it was renewed; null when none was.</param>
/// <param name="LeaseMs">What a fresh claim has.</param>
public sealed record NearMiss(double? ClaimLeftMinMs, double LeaseMs);

/// <summary>How the loop itself does.</summary>
/// <param name="LateMs">How late it woke at worst in the last second.</param>
/// <param name="LedgerTrouble">Why lines cannot be written; null when they can.</param>
public sealed record LoopSnapshot(
    double LateMs, double BusyPercent, string Scheduling, bool Guarded, long QueueDropped, long LedgerDropped, string? LedgerTrouble, long FencesFired, long Moves);

/// <summary>What the sockets brought, since the start.</summary>
/// <param name="Refused">By reason, those that happened.</param>
public sealed record TalkSnapshot(long Received, long Unsent, ValueList<RefusedCount> Refused);

public sealed record RefusedCount(string Reason, long Count);

/// <summary>What only the loop knows of itself; it hands them in with each snapshot.</summary>
/// <param name="BusyPercent">Share of the last seconds in which the loop worked.</param>
/// <param name="Scheduling">How the kernel wakes it: fifo, nice_short_slice, short_slice or ordinary.</param>
/// <param name="Guarded">A guardian watches.</param>
/// <param name="QueueDropped">Observations that found the loop's queue full.</param>
/// <param name="FencesFired">How often the fence thread or the guardian let go instead of the loop.</param>
public sealed record LoopFacts(
    double BusyPercent = 0,
    string Scheduling = "ordinary",
    bool Guarded = false,
    long QueueDropped = 0,
    long LedgerDropped = 0,
    string? LedgerTrouble = null,
    long FencesFired = 0);

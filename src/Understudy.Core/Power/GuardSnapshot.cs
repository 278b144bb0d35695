namespace Understudy.Core.Power;

/// <summary>How a guard stands, for people and programs: status, explain, API, metrics. Instants are of the host's boot clock.</summary>
/// <param name="At">As of when.</param>
/// <param name="Guard">Its name.</param>
/// <param name="Mains">present, lost, blind, disputed, unknown.</param>
/// <param name="MainsFor">For how long the verdict has been this one.</param>
/// <param name="Evidence">Why, in one sentence.</param>
/// <param name="SettlesFor">Nothing is decided for so long; null: it is.</param>
/// <param name="Bucket">How much of the grace is used up.</param>
/// <param name="Grace">Of how much.</param>
/// <param name="DueIn">When the plan's first step would begin as things are; null while there is no reason for it.</param>
/// <param name="Witnesses">Mains first, then controls.</param>
/// <param name="Heat">What was measured.</param>
/// <param name="Plan">Where the plan is.</param>
/// <param name="Hosts">What the other hosts say.</param>
/// <param name="Return">How far the waking of the others is; null where nobody is woken from here.</param>
public sealed record GuardSnapshot(
    Instant At,
    string Guard,
    string Mains,
    TimeSpan MainsFor,
    string Evidence,
    TimeSpan? SettlesFor,
    TimeSpan Bucket,
    TimeSpan Grace,
    TimeSpan? DueIn,
    int Tier,
    bool Stays,
    bool DryRun,
    ValueList<WitnessSnapshot> Witnesses,
    HeatSnapshot Heat,
    PlanSnapshot Plan,
    ValueList<HostWordSnapshot> Hosts,
    ReturnSnapshot? Return)
{
    /// <summary>This host begins so much after the grace is used up, so that not all begin at once (<c>spread</c>); it is in <see cref="DueIn"/> already.</summary>
    public TimeSpan Turn { get; init; }
}

/// <summary>One witness.</summary>
/// <param name="Control">It is on UPS power.</param>
/// <param name="Health">healthy, suspect, failed, unknown.</param>
/// <param name="EverUp">It was seen up in this boot; else it cannot vote that the mains are lost.</param>
/// <param name="For">How long it has been so.</param>
/// <param name="Evidence">What was read last.</param>
public sealed record WitnessSnapshot(string Subject, bool Control, string Health, bool EverUp, TimeSpan For, string Evidence);

/// <summary>The temperatures.</summary>
/// <param name="Hottest">Degrees Celsius; null: nothing was read of late.</param>
/// <param name="Place">Where that is.</param>
/// <param name="CriticalIn">When it will be critical as it rises; null: nothing rises for certain.</param>
/// <param name="Unread">Sources that could not be read, and why.</param>
public sealed record HeatSnapshot(double? Hottest, string Place, TimeSpan? CriticalIn, bool IsHot, bool IsCool, ValueList<string> Unread);

/// <summary>The plan.</summary>
/// <param name="Phase">idle, armed, running, done, aborted, failed.</param>
/// <param name="Why">What the present or last run was armed for; empty: there was none.</param>
/// <param name="Last">The last sentence about it.</param>
/// <param name="Run">Number of the run.</param>
/// <param name="Dry">It is a rehearsal.</param>
/// <param name="PastPoint">It cannot be called off any more.</param>
/// <param name="HeldBy">Who called it off for this outage.</param>
/// <param name="Step">The step that it is at, from 0; null while it does not run.</param>
/// <param name="Steps">All of them, in order.</param>
/// <param name="LastEnd">How the run before ended, in one sentence; null: there was none.</param>
public sealed record PlanSnapshot(
    string Phase, string Why, string Last, long Run, bool Dry, bool PastPoint, string? HeldBy, int? Step, ValueList<StepSnapshot> Steps, string? LastEnd);

/// <summary>A step, and when it would begin and be over at the latest.</summary>
/// <param name="BeginsIn">Counted as if every step before it took its whole limit; null where there is no reason for the plan.</param>
public sealed record StepSnapshot(string Name, TimeSpan Limit, bool PointOfNoReturn, bool Begun, TimeSpan? BeginsIn);

/// <summary>What another host said of the same guard.</summary>
/// <param name="Age">How long ago.</param>
/// <param name="Phase">Of its plan.</param>
/// <param name="LetGo">Its tier need not be waited for on its account.</param>
public sealed record HostWordSnapshot(string Host, int Tier, string Mains, string Phase, bool LetGo, TimeSpan Age);

/// <summary>The return.</summary>
/// <param name="Stage">idle, waiting, waking.</param>
/// <param name="Says">What it waits for.</param>
/// <param name="Missing">Who is to be woken and was not heard.</param>
public sealed record ReturnSnapshot(string Stage, string Says, int? Charge, ValueList<string> Missing);

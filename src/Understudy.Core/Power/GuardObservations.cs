namespace Understudy.Core.Power;

/// <summary>A fact that a guard's machine is told.</summary>
public abstract record GuardEvent
{
    private GuardEvent()
    {
    }

    /// <summary>The mains were judged, after a reading or because one has become too old.</summary>
    public sealed record Judged(MainsReading Mains) : GuardEvent;

    /// <summary>It was measured how warm it is.</summary>
    public sealed record Warmed(HeatView Heat) : GuardEvent;

    /// <summary>We did not run, or the host slept: what was not seen in that time is not held against anything.</summary>
    /// <param name="For">How long, up to now.</param>
    public sealed record Stalled(TimeSpan For) : GuardEvent;

    /// <summary>A deadline of ours has come, or somebody looked.</summary>
    public sealed record Looked : GuardEvent;
}

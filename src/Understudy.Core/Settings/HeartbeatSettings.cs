namespace Understudy.Core.Settings;

/// <summary>By which rule a peer's silence becomes a verdict.</summary>
public enum HeartbeatJudge
{
    /// <summary>Silent for <see cref="HeartbeatSettings.DeadAfter"/> on all links.</summary>
    Missed,

    /// <summary>The rule of seed 001: a time-out from the last 8 round trips, never shorter than <see cref="HeartbeatSettings.Every"/> times the factor.</summary>
    Adaptive,
}

/// <summary>How peers are heard, and when their silence counts.</summary>
/// <param name="Every">Pause between two heartbeats on each link, 10 ms..10 s.</param>
/// <param name="DeadAfter">Silence on all links after which a peer is judged Failed; at least 2.5 times <paramref name="Every"/>.
/// Half multiples are best: with a whole one the next beat after a loss arrives exactly at the deadline.</param>
/// <param name="Judge">Which rule judges.</param>
/// <param name="Factor">Only for <see cref="HeartbeatJudge.Adaptive"/>, 1..20: time-out = max(base + 4 SD, base x factor), where
/// base = max(the longest of the last 8 round trips, <paramref name="Every"/>).</param>
/// <param name="StartGrace">For so long after our start silence is Unknown, not Failed; 0..10 min.</param>
public sealed record HeartbeatSettings(TimeSpan Every, TimeSpan DeadAfter, HeartbeatJudge Judge, double Factor, TimeSpan StartGrace)
{
    /// <summary>What a file gets that does not mention the heartbeat.</summary>
    public static HeartbeatSettings Default { get; } = new(
        TimeSpan.FromMilliseconds(100), DeadAfterOf(TimeSpan.FromMilliseconds(100)), HeartbeatJudge.Missed, Factor: 2, TimeSpan.FromSeconds(2));

    /// <summary>Two lost beats and half a beat of patience: 3.5 times the pause.</summary>
    public static TimeSpan DeadAfterOf(TimeSpan every) => every * 3.5;
}

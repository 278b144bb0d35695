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

    internal static HeartbeatSettings Read(Section at)
    {
        var every = at.Span("every", Default.Every, "10ms", "10s", "Pause between two heartbeats on each link.");
        var s = new HeartbeatSettings(
            every,
            DeadAfter: at.Span("dead_after", DeadAfterOf(every), "25ms", "10m",
                "Silence on all links after which a peer is judged Failed. At least 2.5 times `every`; half multiples are best, as with a whole one the "
                + "beat after a loss arrives exactly at the deadline.", says: "3.5 times `every`"),
            Judge: at.Choice("judge", Default.Judge, "`missed`: silent for `dead_after`. `adaptive`: silent for longer than the last 8 round trips "
                + "lead to expect.", ("missed", HeartbeatJudge.Missed), ("adaptive", HeartbeatJudge.Adaptive)),
            Factor: at.Number("factor", Default.Factor, 1, 20, "Only for `adaptive`: the time-out is max(base + 4 SD, base x factor), base being the "
                + "longest of the last 8 round trips, or `every` if that is longer."),
            StartGrace: at.Span("start_grace", Default.StartGrace, "0ms", "10m", "For so long after our start, silence is Unknown and not Failed."));
        at.Require("dead_after", s.DeadAfter >= 2.5 * every,
            $"is {Scalars.Say(s.DeadAfter)}, must be at least {Scalars.Say(2.5 * every)}: 2.5 times every {Scalars.Say(every)}, or one lost packet would be a dead peer", "every");
        at.Require("factor", s.Judge == HeartbeatJudge.Adaptive || !at.Has("factor"), "is only for 'judge: adaptive'; remove it, or choose that judge", "judge");
        return s;
    }
}

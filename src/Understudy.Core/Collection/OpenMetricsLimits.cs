namespace Understudy.Core.Collection;

/// <summary>How an exposition is written: by the Content-Type of the answer.</summary>
public enum OpenMetricsFormat : byte
{
    /// <summary><c>text/plain; version=0.0.4</c>: timestamps in milliseconds, blank lines and free spacing allowed, no end line.</summary>
    PrometheusText,

    /// <summary><c>application/openmetrics-text</c>: timestamps in seconds, exemplars, and <c># EOF</c> as the last line.</summary>
    OpenMetrics,
}

/// <summary>What a target's exposition may cost us; beyond it the scrape is refused. Our own choices, large enough for the largest exporters that are in use.</summary>
/// <param name="BodyBytes">After decompression. kube-state-metrics of a cluster with 10,000 pods has some 50 MB.</param>
/// <param name="Series">LDMS describes each in 24 bytes and more, and the set of a target travels as one message.</param>
/// <param name="LineBytes">Of one line, comments too.</param>
public sealed record OpenMetricsLimits(int BodyBytes = 64 * 1024 * 1024, int Series = 100_000, int LineBytes = 64 * 1024)
{
    public static OpenMetricsLimits Default { get; } = new();
}

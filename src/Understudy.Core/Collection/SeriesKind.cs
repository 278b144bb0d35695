namespace Understudy.Core.Collection;

/// <summary>What a target says its series are (OpenMetrics 1.0, "Metric Types"; Prometheus' "untyped" is Unknown).</summary>
public enum SeriesKind : byte
{
    Unknown,
    Counter,
    Gauge,
    Histogram,
    Summary,
    GaugeHistogram,
    Info,
    StateSet,
}

/// <summary>The kinds as words of the two text formats, and what belongs to which family.</summary>
public static class SeriesKinds
{
    /// <summary>The kind of a TYPE line; null for a word that neither format has.</summary>
    public static SeriesKind? Of(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("counter"u8) ? SeriesKind.Counter
        : word.SequenceEqual("gauge"u8) ? SeriesKind.Gauge
        : word.SequenceEqual("histogram"u8) ? SeriesKind.Histogram
        : word.SequenceEqual("summary"u8) ? SeriesKind.Summary
        : word.SequenceEqual("gaugehistogram"u8) ? SeriesKind.GaugeHistogram
        : word.SequenceEqual("info"u8) ? SeriesKind.Info
        : word.SequenceEqual("stateset"u8) ? SeriesKind.StateSet
        : word.SequenceEqual("unknown"u8) || word.SequenceEqual("untyped"u8) ? SeriesKind.Unknown
        : null;

    /// <summary>The word of a TYPE line. Prometheus' text has five kinds; the others are told as what they are to it.</summary>
    public static ReadOnlySpan<byte> Word(SeriesKind kind, OpenMetricsFormat format) => kind switch
    {
        SeriesKind.Counter => "counter"u8,
        SeriesKind.Gauge => "gauge"u8,
        SeriesKind.Histogram => "histogram"u8,
        SeriesKind.Summary => "summary"u8,
        SeriesKind.GaugeHistogram => format == OpenMetricsFormat.OpenMetrics ? "gaugehistogram"u8 : "untyped"u8,
        SeriesKind.Info => format == OpenMetricsFormat.OpenMetrics ? "info"u8 : "gauge"u8,
        SeriesKind.StateSet => format == OpenMetricsFormat.OpenMetrics ? "stateset"u8 : "gauge"u8,
        SeriesKind.Unknown => format == OpenMetricsFormat.OpenMetrics ? "unknown"u8 : "untyped"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>The endings that a sample's name may have beyond the name of its family (OpenMetrics 1.0, "Metric Types").</summary>
    public static ReadOnlySpan<string> Endings(SeriesKind kind) => kind switch
    {
        SeriesKind.Counter => s_counter,
        SeriesKind.Histogram => s_histogram,
        SeriesKind.Summary => s_summary,
        SeriesKind.GaugeHistogram => s_gaugeHistogram,
        SeriesKind.Info => s_info,
        SeriesKind.Gauge or SeriesKind.StateSet or SeriesKind.Unknown => [],
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>The family of a sample: its name without the ending that its kind adds, as the format writes families. Prometheus' text keeps <c>_total</c> and <c>_info</c>.</summary>
    public static string Family(string name, SeriesKind kind, OpenMetricsFormat format)
    {
        foreach (var ending in Endings(kind))
        {
            if (name.Length > ending.Length && name.EndsWith(ending, StringComparison.Ordinal)
                && (format == OpenMetricsFormat.OpenMetrics || ending is not ("_total" or "_info")))
            {
                return name[..^ending.Length];
            }
        }

        return name;
    }

    private static readonly string[] s_counter = ["_total", "_created"];
    private static readonly string[] s_histogram = ["_bucket", "_count", "_sum", "_created"];
    private static readonly string[] s_summary = ["_count", "_sum", "_created"];
    private static readonly string[] s_gaugeHistogram = ["_bucket", "_gcount", "_gsum"];
    private static readonly string[] s_info = ["_info"];
}

using System.Globalization;
using System.Text;
using Understudy.Core.Evidence;

namespace Understudy.Telemetry;

/// <summary>The text of metrics as it grows. Samples belong to the family that was opened last.</summary>
/// <param name="openMetrics">OpenMetrics 1.0.0; else Prometheus' text format 0.0.4, where the family of a counter has the name of its samples, there is no end line, and no kinds but counter and gauge.</param>
internal sealed class MetricsPage(bool openMetrics)
{
    private readonly StringBuilder text = new(8192);
    private string name = "";

    internal MetricsPage Family(string metric, string kind, string help)
    {
        name = metric;
        // In OpenMetrics the family of a counter or of an info is named without the suffix that its samples have.
        var family = !openMetrics ? metric : kind switch { "counter" => metric[..^"_total".Length], "info" => metric[..^"_info".Length], _ => metric };
        text.Append("# TYPE ").Append(family).Append(' ').Append(kind).Append('\n');
        text.Append("# HELP ").Append(family).Append(' ').Append(help).Append('\n');
        return this;
    }

    internal void Gauge(string metric, string help, double value) => Family(metric, "gauge", help).Sample(value);

    internal void Counter(string metric, string help, double value) => Family(metric, "counter", help).Sample(value);

    internal void Judged(Health health)
    {
        if (ValueOf(health) is { } value)
        {
            Sample(value);
        }
    }

    internal void Each<T>(string metric, string help, IReadOnlyList<T> items, Func<T, double?> valueOf, Func<T, (string, string)[]> labelsOf) =>
        Each(metric, "gauge", help, items, valueOf, labelsOf);

    internal void Each<T>(string metric, string kind, string help, IReadOnlyList<T> items, Func<T, double?> valueOf, Func<T, (string, string)[]> labelsOf)
    {
        Family(metric, kind, help);
        foreach (var item in items)
        {
            if (valueOf(item) is { } value)
            {
                Sample(value, labelsOf(item));
            }
        }
    }

    internal void Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(name);
        for (var i = 0; i < labels.Length; i++)
        {
            text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"").Append(Escaped(labels[i].Value)).Append('"');
        }

        text.Append(labels.Length > 0 ? "} " : " ").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    internal string End() => (openMetrics ? text.Append("# EOF\n") : text).ToString();

    /// <summary>1 healthy, 0 failed, null for no sample while neither.</summary>
    internal static double? ValueOf(Health health) => health == Health.Failed ? 0 : health == Health.Unknown ? null : 1;

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}

using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>One set of an OpenMetrics target: its layout, and which of the target's series it has.</summary>
/// <param name="First">Of the template's series.</param>
public sealed record OpenMetricsSet(SetLayout Layout, OpenMetricsTemplate Template, int First, int Count);

/// <summary>
/// An OpenMetrics target as sets of LDMS: each series a d64 of its own name, so that a peer can read it, and what it is in the metric's user word. A set must fit into one message, so a target with thousands of
/// series has several: <c>JOB/TARGET</c>, <c>JOB/TARGET#1</c>, and so on.
/// </summary>
public static class OpenMetricsSets
{
    /// <summary>Says in a metric's user word that the metric is a series under its own name; the kind is in the lowest byte. "omSeries", our own choice.</summary>
    private const ulong Mark = 0x6F6D_5365_7269_6500;

    /// <summary>Bytes of meta that a set of ours has at most; half of what LDMS's message could take.</summary>
    private const int MetaBytes = SetLayout.MaxBytes / 2;

    /// <summary>Of a metric's description and its place in the dictionary, names aside and alignment included (LDMS 4.5.1 wire, docs/protocol/ldms.md).</summary>
    private const int DescriptionBytes = 48;

    /// <summary>Bytes of name and unit that LDMS has room for (<see cref="SetDraft"/>).</summary>
    private const int NameBytes = 253;

    /// <summary>Whether a set is of an OpenMetrics target, wherever it came from.</summary>
    public static bool IsOne(SetLayout layout) => layout.Fields.Length > 0 && KindOf(layout.Fields[0]) is not null;

    /// <summary>What a metric that is a series says to be; null for any other metric.</summary>
    public static SeriesKind? KindOf(MetricField field) =>
        (field.UserWord & ~0xFFUL) == Mark && field.Type == MetricType.D64 && (byte)field.UserWord <= (byte)SeriesKind.StateSet ? (SeriesKind)(byte)field.UserWord : null;

    /// <summary>The job and the target of such a set, by its name.</summary>
    public static (string Job, string Target) NamesOf(SetLayout layout)
    {
        var slash = layout.Instance.IndexOf('/', StringComparison.Ordinal);
        var (job, target) = slash < 0 ? ("", layout.Instance) : (layout.Instance[..slash], layout.Instance[(slash + 1)..]);
        var part = target.LastIndexOf('#');
        return (job, part < 0 ? target : target[..part]);
    }

    /// <summary>Lays a template out.</summary>
    /// <param name="job">What the target is one of; without '/'.</param>
    /// <param name="target">Its address or name, as <c>instance</c> of Prometheus.</param>
    /// <exception cref="ArgumentException">A name is too long for LDMS.</exception>
    public static ImmutableArray<OpenMetricsSet> Of(OpenMetricsTemplate template, string job, string target, string producer, ulong metaGeneration)
    {
        var sets = ImmutableArray.CreateBuilder<OpenMetricsSet>();
        var fields = new List<MetricField>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (first, bytes) = (0, 0);
        for (var i = 0; i < template.Series.Length; i++)
        {
            var series = template.Series[i];
            var name = Fitting(series, names);
            var more = Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(series.Unit) + DescriptionBytes;
            if (bytes + more > MetaBytes)
            {
                Close(i);
            }

            bytes += more;
            _ = names.Add(name);
            fields.Add(new MetricField(name, Encoding.UTF8.GetByteCount(series.Unit) > 32 ? "" : series.Unit, MetricType.D64, UserWord: Mark | (byte)series.Kind));
        }

        if (fields.Count > 0)
        {
            Close(template.Series.Length);
        }

        return sets.ToImmutable();

        void Close(int end)
        {
            var name = sets.Count == 0 ? $"{job}/{target}" : string.Create(CultureInfo.InvariantCulture, $"{job}/{target}#{sets.Count}");
            sets.Add(new OpenMetricsSet(SetLayout.Create(new SetDraft(name, $"openmetrics_{job}", producer, fields.ToValueList()) { MetaGeneration = metaGeneration }), template, first, end - first));
            fields.Clear();
            names.Clear();
            (first, bytes) = (end, 0);
        }
    }

    /// <summary>Writes a scrape's values as a sample of one of its sets.</summary>
    /// <param name="values">Of the whole target, in the template's order.</param>
    public static void Write(OpenMetricsSet set, ReadOnlySpan<double> values, Span<byte> sample, long micros, TimeSpan took, ulong generation)
    {
        var writer = new SampleWriter(set.Layout, sample);
        writer.Begin();
        for (var i = 0; i < set.Count; i++)
        {
            writer.Set(i, values[set.First + i]);
        }

        writer.End(micros, took, generation);
    }

    /// <summary>A name that LDMS has room for: the series', or its beginning and a sum over all of it.</summary>
    private static string Fitting(OpenMetricsSeries series, HashSet<string> taken)
    {
        var room = NameBytes - Math.Min(32, Encoding.UTF8.GetByteCount(series.Unit));
        if (Encoding.UTF8.GetByteCount(series.Text) <= room && !taken.Contains(series.Text))
        {
            return series.Text;
        }

        var sum = Fnv1a.OfUtf8(series.Text);      // the same at every level and after every restart
        var keep = series.Text.Length;
        while (Encoding.UTF8.GetByteCount(series.Text.AsSpan(0, keep)) > room - 17 || (keep > 0 && char.IsHighSurrogate(series.Text[keep - 1])))
        {
            keep--;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{series.Text.AsSpan(0, keep)}~{sum:x16}");
    }
}

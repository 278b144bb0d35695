using System.Text;
using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>One line of the page: the bytes up to the value, and where the value is.</summary>
internal readonly record struct CollectedLine(int Set, int Field, int Element, ColumnKind Kind, int Begin, int Length);

/// <summary>Lines of one family under its TYPE line.</summary>
internal sealed record CollectedFamily(byte[] Head, CollectedLine[] Lines);

/// <summary>The page's order: all lines of a family together, whichever sets they are of. It is made when a layout changes, and not for a request.</summary>
internal sealed class CollectedPlan
{
    private readonly List<byte> bytes = [];
    private byte[] before = [];

    internal CollectedFamily[] Families { get; private set; } = [];

    /// <summary>For each set the labels that its age is told with, as <c>{...} </c>.</summary>
    internal byte[][] SetLabels { get; private set; } = [];

    internal ReadOnlySpan<byte> Before(CollectedLine line) => before.AsSpan(line.Begin, line.Length);

    internal static CollectedPlan Of(ReadOnlySpan<OfferedSample> sets, OpenMetricsFormat format)
    {
        var plan = new CollectedPlan();
        var drafts = new Dictionary<string, FamilyDraft>(StringComparer.Ordinal);
        for (var i = 0; i < sets.Length; i++)
        {
            if (OpenMetricsSets.IsOne(sets[i].Layout))
            {
                plan.Series(drafts, sets[i], i, format);
            }
            else
            {
                plan.Metrics(drafts, sets[i], i);
            }
        }

        plan.SetLabels = [.. sets.ToArray().Select(s => Encoding.UTF8.GetBytes($"{{{CollectedNames.Labels(("instance", s.Layout.Instance), ("producer", s.Producer), ("schema", s.Layout.Schema))}}} "))];
        plan.before = [.. plan.bytes];
        plan.bytes.Clear();
        plan.Families = [.. drafts.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => new CollectedFamily(Head(d.Key, d.Value.Kind, format), [.. d.Value.Lines]))];
        return plan;
    }

    private sealed class FamilyDraft(SeriesKind kind)
    {
        internal SeriesKind Kind { get; set; } = kind;

        internal List<CollectedLine> Lines { get; } = [];
    }

    private static byte[] Head(string family, SeriesKind kind, OpenMetricsFormat format) =>
        [.. "# TYPE "u8, .. Encoding.ASCII.GetBytes(family), (byte)' ', .. SeriesKinds.Word(kind, format), (byte)'\n'];

    private void Series(Dictionary<string, FamilyDraft> drafts, OfferedSample set, int index, OpenMetricsFormat format)
    {
        var (job, target) = OpenMetricsSets.NamesOf(set.Layout);
        for (var i = 0; i < set.Layout.Fields.Length; i++)
        {
            if (OpenMetricsSets.KindOf(set.Layout.Fields[i]) is not { } kind)
            {
                continue;
            }

            var text = set.Target is { } own ? own.Template.Series[own.First + i].Text : set.Layout.Fields[i].Name;
            var (name, labels) = CollectedNames.Series(text, job, target);
            kind = Told(name, kind, format);
            Add(drafts, SeriesKinds.Family(name, kind, format), kind, name, labels, new CollectedLine(index, i, 0, ColumnKind.Floating, 0, 0));
        }
    }

    /// <summary>OpenMetrics wants samples of some kinds to end as the kind says; what a target of Prometheus' text called otherwise is told as of no kind there.</summary>
    private static SeriesKind Told(string name, SeriesKind kind, OpenMetricsFormat format) =>
        format == OpenMetricsFormat.OpenMetrics && (kind is SeriesKind.StateSet || (kind is SeriesKind.Counter or SeriesKind.Info && SeriesKinds.Family(name, kind, format) == name)) ? SeriesKind.Unknown
        : format == OpenMetricsFormat.PrometheusText && kind is SeriesKind.Counter or SeriesKind.Histogram or SeriesKind.Summary && name.EndsWith("_created", StringComparison.Ordinal) ? SeriesKind.Gauge
        : kind;

    private void Metrics(Dictionary<string, FamilyDraft> drafts, OfferedSample set, int index)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var column in StoreColumns.Of(set.Layout).Columns)
        {
            var field = set.Layout.Fields[column.Field];
            var name = CollectedNames.Metric(set.Layout.Schema, field.Name) + (column.Kind == ColumnKind.Text ? "_info" : "");
            var labels = CollectedNames.Labels(("instance", set.Layout.Instance), ("producer", set.Producer))
                + (field.Type.IsArray() && column.Kind != ColumnKind.Text ? $",index=\"{column.Element}\"" : "");
            // Two names of LDMS may become one of Prometheus: "a(b)" and "a_b".
            labels += taken.Add($"{name}{column.Element}") ? "" : "," + CollectedNames.Labels(("metric", field.Name));
            Add(drafts, name, SeriesKind.Unknown, name, labels, new CollectedLine(index, column.Field, column.Element, column.Kind, 0, 0));
        }
    }

    private void Add(Dictionary<string, FamilyDraft> drafts, string family, SeriesKind kind, string name, string labels, CollectedLine line)
    {
        if (!drafts.TryGetValue(family, out var draft))
        {
            drafts.Add(family, draft = new FamilyDraft(kind));
        }

        draft.Kind = draft.Kind == kind ? kind : SeriesKind.Unknown;      // targets that do not agree
        // Text is no sample: it is a label of one that is always 1, and comes with its end from the sample.
        var text = Encoding.UTF8.GetBytes(line.Kind == ColumnKind.Text ? $"{name}{{{labels},value=\"" : labels.Length == 0 ? $"{name} " : $"{name}{{{labels}}} ");
        draft.Lines.Add(line with { Begin = bytes.Count, Length = text.Length });
        bytes.AddRange(text);
    }
}

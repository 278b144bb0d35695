using System.Collections.Immutable;
using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>What a column of a stored row holds.</summary>
public enum ColumnKind : byte
{
    Unsigned,
    Signed,
    Floating,
    Text,
}

/// <summary>A column of the rows of a set: a scalar, text, or one element of an array.</summary>
/// <param name="Name">The metric's; of an array's element the metric's and its number, as LDMS's store_csv names them.</param>
/// <param name="Element">0 for a scalar.</param>
public sealed record StoreColumn(string Name, ColumnKind Kind, int Field, int Element);

/// <summary>The columns of a set's rows, in the order of its metrics. Lists and records have no place in a row: they are left out and counted.</summary>
public sealed class StoreColumns
{
    private StoreColumns(ImmutableArray<StoreColumn> columns, int leftOut, string header) => (Columns, LeftOut, Header) = (columns, leftOut, header);

    public ImmutableArray<StoreColumn> Columns { get; }

    /// <summary>Metrics that have no column.</summary>
    public int LeftOut { get; }

    /// <summary>All names and kinds as one text: rows of two layouts with the same fit into one table.</summary>
    public string Header { get; }

    public static StoreColumns Of(SetLayout layout) => Of(layout, Enumerable.Range(0, layout.Fields.Length));

    /// <param name="metrics">Only these, in their order, where the set has them; none: all. The name of a family of an OpenMetrics target, <c>up</c>, is each of its series, <c>up{job="a"}</c>.</param>
    public static StoreColumns Of(SetLayout layout, ValueList<string> metrics) => metrics.Count == 0 ? Of(layout) : Of(layout, metrics.SelectMany(m => FieldsOf(layout, m)).Distinct());

    private static IEnumerable<int> FieldsOf(SetLayout layout, string metric) =>
        Enumerable.Range(0, layout.Fields.Length).Where(i => layout.Fields[i].Name.StartsWith(metric, StringComparison.Ordinal) && (layout.Fields[i].Name.Length == metric.Length || layout.Fields[i].Name[metric.Length] == '{'));

    private static StoreColumns Of(SetLayout layout, IEnumerable<int> fields)
    {
        var columns = ImmutableArray.CreateBuilder<StoreColumn>();
        var leftOut = 0;
        foreach (var i in fields)
        {
            var field = layout.Fields[i];
            if (field.Type == MetricType.CharArray)
            {
                columns.Add(new StoreColumn(field.Name, ColumnKind.Text, i, 0));
            }
            else if (field.Type.IsScalar())
            {
                columns.Add(new StoreColumn(field.Name, Kind(field.Type), i, 0));
            }
            else if (field.Type.IsArray())
            {
                for (var j = 0; j < field.Count; j++)
                {
                    columns.Add(new StoreColumn(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{field.Name}{j}"), Kind(field.Type), i, j));
                }
            }
            else
            {
                leftOut++;
            }
        }

        var all = columns.ToImmutable();
        return new StoreColumns(all, leftOut, string.Join('\n', all.Select(c => $"{c.Name} {c.Kind}")));
    }

    private static ColumnKind Kind(MetricType type) => type.IsFloating() ? ColumnKind.Floating : type.IsUnsigned() ? ColumnKind.Unsigned : ColumnKind.Signed;
}

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

    public static StoreColumns Of(SetLayout layout)
    {
        var columns = ImmutableArray.CreateBuilder<StoreColumn>(layout.Fields.Length);
        var leftOut = 0;
        for (var i = 0; i < layout.Fields.Length; i++)
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

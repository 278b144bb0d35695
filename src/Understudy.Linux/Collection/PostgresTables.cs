using System.Globalization;
using System.Text;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;

namespace Understudy.Linux.Collection;

/// <summary>A table of rows, and how its columns are called.</summary>
/// <param name="Name">Without PostgreSQL's schema.</param>
/// <param name="Types">Of each metric's column.</param>
internal sealed record PostgresTable(string Name, StoreColumns Columns, string[] Names, string[] Types)
{
    /// <summary>PostgreSQL has at most 1,600 columns in a table (PostgreSQL 15, "Limits"); four are ours.</summary>
    internal const int MostColumns = 1_596;

    /// <summary>The columns that each table has.</summary>
    private static readonly string[] s_own = ["time", "generation", "instance", "producer"];

    /// <summary>NAMEDATALEN - 1 (PostgreSQL 15, "Identifiers and Key Words").</summary>
    private const int NameBytes = 63;

    /// <summary>The table of a set of LDMS: one of its schema's name, a column a metric. Null where it has more columns than PostgreSQL takes.</summary>
    internal static PostgresTable? Of(SetLayout layout, StoreColumns columns)
    {
        if (OpenMetricsSets.IsOne(layout))
        {
            return new PostgresTable(Series, columns, ["series", "value"], ["text", "double precision"]);
        }

        if (columns.Columns.Length > MostColumns)
        {
            return null;
        }

        var taken = new HashSet<string>(s_own, StringComparer.Ordinal);
        var names = columns.Columns.Select(c => Free(c.Name, taken)).ToArray();
        return new PostgresTable(Cut(layout.Schema.Length == 0 ? "_" : (layout.Schema is Series or Writers) ? "_" + layout.Schema : layout.Schema), columns, names, [.. columns.Columns.Select(c => Type(c.Kind))]);
    }

    /// <summary>The table of all OpenMetrics targets: they have too many series, and too many different ones, for a column each.</summary>
    internal const string Series = "openmetrics_samples";

    /// <summary>The table of the claims.</summary>
    internal const string Writers = "store_writer";

    internal bool IsSeries => Name == Series;

    /// <summary>The index by which no sample is in it twice.</summary>
    internal string Index => Cut(Name + "_by_time", "_by_time");

    internal static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Makes the table, or adds the columns that it lacks. A column that is there with another type stays so, and COPY says that it does not fit.</summary>
    internal string Sql(string schema)
    {
        var table = $"{Quoted(schema)}.{Quoted(Name)}";
        var sql = new StringBuilder($"CREATE TABLE IF NOT EXISTS {table} (\"time\" timestamptz NOT NULL, \"generation\" bigint NOT NULL, \"instance\" text NOT NULL, \"producer\" text NOT NULL);\n");
        if (Names.Length > 0)
        {
            sql.Append(CultureInfo.InvariantCulture, $"ALTER TABLE {table} {string.Join(", ", Names.Zip(Types, (n, t) => $"ADD COLUMN IF NOT EXISTS {Quoted(n)} {t}"))};\n");
        }

        // Everybody asks for a span of time, most for one host's; and no sample is in it twice, whoever sends it.
        return sql.Append(CultureInfo.InvariantCulture, $"CREATE UNIQUE INDEX IF NOT EXISTS {Quoted(Index)} ON {table} (\"instance\", \"time\", \"generation\"{(IsSeries ? ", \"series\"" : "")});").ToString();
    }

    internal string Copy(string schema) =>
        $"COPY {Quoted(schema)}.{Quoted(Name)} ({string.Join(", ", s_own.Concat(Names).Select(Quoted))}) FROM STDIN (FORMAT BINARY)";

    /// <summary>u64 has no type in PostgreSQL but numeric, which is slow and large: bigint, and what does not fit is stored as the largest.</summary>
    private static string Type(ColumnKind kind) => kind switch
    {
        ColumnKind.Unsigned or ColumnKind.Signed => "bigint",
        ColumnKind.Floating => "double precision",
        ColumnKind.Text => "text",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static string Free(string name, HashSet<string> taken)
    {
        var free = Cut(name);
        for (var i = 1; !taken.Add(free); i++)
        {
            var ending = string.Create(CultureInfo.InvariantCulture, $"_{i}");
            free = Cut(name + ending, ending);
        }

        return free;
    }

    /// <summary>As long as PostgreSQL takes it, with the ending kept.</summary>
    private static string Cut(string name, string ending = "")
    {
        var stem = name[..^ending.Length];
        while (Encoding.UTF8.GetByteCount(stem) + ending.Length > NameBytes)
        {
            stem = stem[..^1];
        }

        return stem + ending;
    }
}

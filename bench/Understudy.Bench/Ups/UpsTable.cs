using System.Globalization;
using System.Text;

namespace Understudy.Bench.Ups;

/// <summary>Rows as a Markdown table, and below it what has to be said about each; rows that missed their limit are told last, in bold.</summary>
internal static class UpsTable
{
    internal static string Of(UpsResults results)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Kernel {results.Kernel}, {results.Cores} cores, {results.Measured}; {string.Join(", ", results.Versions.Select(v => v.Key == "understudy" ? v.Value : $"{v.Key} {v.Value}"))}.").AppendLine();
        text.AppendLine("The process `understudy-ups` as it ships, in the foreground; sources are Debian's `dummy-ups`, or a socket in the bench that speaks as a driver does (\"generator\").");
        text.AppendLine("p99 is the smallest number that 99 of 100 do not exceed: of fewer than 100 runs that is the largest.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Last column: {results.NutFigures}").AppendLine();
        text.AppendLine("| | n | min | median | p99 | max | limit | NUT's own driver |").AppendLine("|---|---|---|---|---|---|---|---|");
        foreach (var row in results.Rows)
        {
            text.AppendLine(Line(row));
        }

        TableText.Below(text, [.. results.Rows.Select(r => (r.Title, r.Note, r.Held == false ? Missed(r) : null, r.Failed))], results.Failures);
        return text.ToString();
    }

    internal static string Line(UpsRow row)
    {
        var limit = row.Held is { } held ? $"{(held ? string.Empty : "**missed** ")}{row.LimitOf}{(row.Limit is { } most ? $" < {TableText.Show(most)}" : string.Empty)}" : "-";
        var numbers = row.N == 0 ? "- | - | - | -" : $"{TableText.Show(row.Min)} | {TableText.Show(row.Median)} | {TableText.Show(row.P99)} | {TableText.Show(row.Max)}";
        return $"| {row.Title}, {row.Unit} | {row.N}{TableText.More(row.Failed)} | {numbers} | {limit} | {row.Nut ?? "-"} |";
    }

    private static string Missed(UpsRow row) =>
        row.Limit is { } limit ? $"{TableText.Show(row.LimitOf == "max" ? row.Max : row.P99)} {row.Unit}, limit {TableText.Show(limit)}" : "there was a loss";
}

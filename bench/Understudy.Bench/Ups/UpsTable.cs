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

        text.AppendLine();
        foreach (var row in results.Rows.Where(r => r.Note is not null))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"- {row.Title}: {row.Note}");
        }

        foreach (var row in results.Rows.Where(r => r.Held == false))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**Missed:** {row.Title}: {Missed(row)}{(row.Failed > 0 ? $"; {row.Failed} runs did not end" : string.Empty)}.");
        }

        foreach (var failure in results.Failures)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**Not measured:** {failure}");
        }

        return text.ToString();
    }

    internal static string Line(UpsRow row)
    {
        var limit = row.Held is { } held ? $"{(held ? string.Empty : "**missed** ")}{row.LimitOf}{(row.Limit is { } most ? $" < {Show(most)}" : string.Empty)}" : "-";
        var failed = row.Failed > 0 ? $" ({row.Failed} more did not end)" : string.Empty;
        var numbers = row.N == 0 ? "- | - | - | -" : $"{Show(row.Min)} | {Show(row.Median)} | {Show(row.P99)} | {Show(row.Max)}";
        return $"| {row.Title}, {row.Unit} | {row.N}{failed} | {numbers} | {limit} | {row.Nut ?? "-"} |";
    }

    private static string Missed(UpsRow row) =>
        row.Limit is { } limit ? $"{Show(row.LimitOf == "max" ? row.Max : row.P99)} {row.Unit}, limit {Show(limit)}" : "there was a loss";

    /// <summary>Added 0 takes the sign from what is rounded to nothing.</summary>
    private static string Show(double number) => (Math.Round(number, 2) + 0.0).ToString(number is > -10 and < 10 ? "0.##" : number is > -100 and < 100 ? "0.#" : "0", CultureInfo.InvariantCulture);
}

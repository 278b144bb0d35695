using System.Globalization;
using System.Text;

namespace Understudy.Bench.Collection;

/// <summary>Rows as a Markdown table, and below it what has to be said about each; rows that missed their limit are told last, in bold.</summary>
internal static class CollectionTable
{
    internal static string Of(CollectionResults results)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Kernel {results.Kernel}, {results.Cores} cores, {results.Measured}; {string.Join(", ", results.Versions.Values)}.").AppendLine();
        text.AppendLine("Seed 001's example of real `understudy ldmsd` processes as they ship: four samplers (meminfo and vmstat each), a10 and a11 as a pair, a20 above them; on loopback where not said otherwise.");
        text.AppendLine("A probe in the bench pulls `s00/a` from a20 every 5 ms. \"fresh\": from the fault to the first consistent sample that was taken after it. \"lost\": the sampler's periods that never came to a20.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Last column: {results.LdmsFigures}").AppendLine();
        text.AppendLine("| | n | min | median | max | limit | ldmsd |").AppendLine("|---|---|---|---|---|---|---|");
        foreach (var row in results.Rows)
        {
            text.AppendLine(Line(row));
        }

        TableText.Below(text, [.. results.Rows.Select(r => (r.Title, r.Note, r.Held == false ? Missed(r) : null, r.Failed))], results.Failures);
        return text.ToString();
    }

    internal static string Line(CollectionRow row)
    {
        var limit = row.Limit is { } most ? $"{(row.Held == true ? string.Empty : "**missed** ")}{row.LimitIs} {TableText.Show(most)}" : "-";
        var numbers = row.N == 0 ? "- | - | -" : $"{TableText.Show(row.Min)} | {TableText.Show(row.Median)} | {TableText.Show(row.Max)}";
        return $"| {row.Title}, {row.Unit} | {row.N}{TableText.More(row.Failed)} | {numbers} | {limit} | {row.Ldmsd ?? "-"} |";
    }

    private static string Missed(CollectionRow row) => $"{TableText.Show(row.LimitIs == "at least" ? row.Min : row.Max)} {row.Unit}, {row.LimitIs} {TableText.Show(row.Limit ?? 0)}";
}

using System.Globalization;
using System.Text;

namespace Understudy.Bench;

/// <summary>What the Markdown tables of results have in common.</summary>
internal static class TableText
{
    /// <summary>Three figures are enough for a person. Added 0 takes the sign from what is rounded to nothing.</summary>
    internal static string Show(double number) => (Math.Round(number, 2) + 0.0).ToString(number is > -10 and < 10 ? "0.##" : number is > -100 and < 100 ? "0.#" : "0", CultureInfo.InvariantCulture);

    internal static string More(int failed) => failed > 0 ? $" ({failed} more did not end)" : string.Empty;

    /// <summary>Below the rows: what has to be said about each, then in bold those that missed their limit, and what could not be measured.</summary>
    /// <param name="rows">Each with its note, and with what it missed; both may be null.</param>
    internal static void Below(StringBuilder text, IReadOnlyCollection<(string Title, string? Note, string? Missed, int Failed)> rows, IEnumerable<string> failures)
    {
        text.AppendLine();
        foreach (var row in rows.Where(r => r.Note is not null))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"- {row.Title}: {row.Note}");
        }

        foreach (var row in rows.Where(r => r.Missed is not null))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**Missed:** {row.Title}: {row.Missed}{(row.Failed > 0 ? $"; {row.Failed} runs did not end" : string.Empty)}.");
        }

        foreach (var failure in failures)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**Not measured:** {failure}");
        }
    }
}

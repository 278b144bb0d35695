using System.Text;

namespace Understudy.Core.Settings;

/// <summary>The reference page of the settings, written by the calls that read them: it cannot name a key that is not read, nor miss one.</summary>
public static class SettingsReference
{
    private const string Opening = """
        # Settings

        One YAML file, which can be the same on every host. `understudy check FILE` prints every error at once as
        `file:line:column: key: what is wrong, what would be right`, and warnings alike. This page is written by the code that reads the
        file; a test holds them together.

        Spans are a number and a unit: `100ms`, `2s`, `5m`, `1h`. Sizes are bytes, or `64KiB`, `10MiB`, `1GiB`. A list of values may be one value
        alone. A key that is unknown, given twice, or without a value is an error. A value may be repeated with YAML's `&name` and `*name`;
        merge keys (`<<`) and tags are refused. NAME, LINK, NODE and HEADER stand for words of your own, and `[]` for each entry of a list.

        """;

    /// <summary>Every key that is read, as <c>heartbeat.every</c>, in the order of the page.</summary>
    public static ValueList<string> Keys() =>
        Rows().Select(r => r.Section.Length == 0 ? r.Key : $"{r.Section}.{r.Key}").ToValueList();

    /// <summary>The whole page.</summary>
    public static string Markdown()
    {
        var page = new StringBuilder(Opening);
        foreach (var section in Rows().GroupBy(r => r.Section, StringComparer.Ordinal))
        {
            page.Append(section.Key.Length == 0 ? "\n## The file\n\n" : $"\n## {section.Key}\n\n");
            page.Append("| key | kind | default | range | meaning |\n|---|---|---|---|---|\n");
            foreach (var row in section)
            {
                page.Append($"| `{row.Key}` | {Cell(row.Kind)} | {Cell(row.Default)} | {Cell(row.Range)} | {Cell(row.Meaning)} |\n");
            }
        }

        return page.ToString();
    }

    private static IReadOnlyList<SettingsRow> Rows()
    {
        var notes = new SettingsNotes(file: "", describes: true);
        _ = UnderstudySettings.Read(new Section(notes, path: "", heading: "", new(1, 1), mapping: null), new("NODE"));
        return notes.Rows;
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}

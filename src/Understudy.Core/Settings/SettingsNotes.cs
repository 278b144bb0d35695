namespace Understudy.Core.Settings;

/// <summary>What a reading has noted: errors and warnings with their places, or, when it only describes, the keys that it would have read.</summary>
internal sealed class SettingsNotes(string file, bool describes = false)
{
    /// <summary>More errors than these help nobody, and a hostile file could have twenty thousand.</summary>
    internal const int MaxErrors = 1000;

    private readonly List<SettingsError> errors = [];
    private readonly List<SettingsError> warnings = [];
    private readonly List<SettingsRow> rows = [];

    /// <summary>There is no file: every branch is walked once, and rows are kept instead of errors.</summary>
    internal bool Describes { get; } = describes;

    internal ValueList<SettingsError> Errors => InOrder(errors);

    internal ValueList<SettingsError> Warnings => InOrder(warnings);

    internal IReadOnlyList<SettingsRow> Rows => rows;

    internal void Error(TextPlace place, string key, string problem) => Note(errors, place, key, problem);

    internal void Warn(TextPlace place, string key, string problem) => Note(warnings, place, key, problem);

    internal void Row(SettingsRow row)
    {
        if (Describes && !rows.Contains(row))
        {
            rows.Add(row);
        }
    }

    private void Note(List<SettingsError> list, TextPlace place, string key, string problem)
    {
        if (!Describes && list.Count < MaxErrors)
        {
            list.Add(new(file, place.Line, place.Column, key, problem));
        }
    }

    private static ValueList<SettingsError> InOrder(List<SettingsError> list) =>
        list.OrderBy(e => e.Line).ThenBy(e => e.Column).Distinct().ToValueList();   // an alias may bring the same error twice
}

/// <summary>One key as the reference page shows it.</summary>
internal sealed record SettingsRow(string Section, string Key, string Kind, string Default, string Range, string Meaning);

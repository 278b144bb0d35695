namespace Understudy.Core.Ups;

/// <summary>One <c>key = value</c> of ups.conf.</summary>
/// <param name="Value">The first word behind the <c>=</c>; null for a key that stands alone (a flag).</param>
/// <param name="Line">Counted from 1.</param>
public sealed record UpsConfEntry(string Key, string? Value, int Line);

/// <summary>One section, which is one driver; the first of its lines is <paramref name="Line"/>. A name that comes again continues its section.</summary>
public sealed record UpsConfSection(string Name, int Line, ValueList<UpsConfEntry> Entries)
{
    /// <summary>The key that stands first: stock upsdrvctl loses it unless it is driver or port.</summary>
    public string? FirstKey => Entries.Count > 0 ? Entries[0].Key : null;

    /// <summary>Where a key stands, the last of them; the section itself where it does not.</summary>
    public int LineOf(string key) => Entries.LastOrDefault(e => e.Key == key)?.Line ?? Line;

    /// <summary>The value of a key, the last where it stands more than once; null where it does not, empty for a flag.</summary>
    public string? this[string key] => Entries.LastOrDefault(e => e.Key.Equals(key, StringComparison.Ordinal)) is { } entry ? entry.Value ?? "" : null;
}

/// <summary>NUT's ups.conf, by NUT's own grammar (<see cref="UpsWords"/>, ups.conf(5)).</summary>
/// <param name="Global">What stands before the first section.</param>
/// <param name="Remarks">Lines that NUT reads otherwise than their writer meant, as <c>line N: ...</c>.</param>
public sealed record UpsConf(ValueList<UpsConfEntry> Global, ValueList<UpsConfSection> Sections, ValueList<string> Remarks)
{
    /// <summary>A section by its name, which counts with its case for drivers and upsdrvctl.</summary>
    public UpsConfSection? Find(string name) => Sections.FirstOrDefault(s => s.Name == name);

    public string? GlobalValue(string key) => Global.LastOrDefault(e => e.Key.Equals(key, StringComparison.OrdinalIgnoreCase))?.Value;

    public static UpsConf Read(string text)
    {
        var global = new List<UpsConfEntry>();
        var order = new List<(string Name, int Line, List<UpsConfEntry> Entries)>();
        var remarks = new List<string>();
        var entries = global;
        var words = new List<string>();
        for (var (at, line) = (0, 1); at < text.Length;)
        {
            var begun = at;
            var number = line;
            var end = UpsWords.Read(text, ref at, words);
            line += text.AsSpan(begun, at - begun).Count('\n');
            if (end == WordsEnd.Unbalanced)
            {
                remarks.Add($"line {number}: a '#' stands in quotes without a backslash before it, so that NUT drops the rest of the value; write \\#");
            }

            switch (words)
            {
                case []:
                    break;
                case [['[', .. var name, ']']]:
                    var known = order.FindIndex(s => s.Name == name);
                    if (known < 0)
                    {
                        known = order.Count;
                        order.Add((name, number, []));
                    }

                    entries = order[known].Entries;
                    break;
                case [var flag]:
                    entries.Add(new UpsConfEntry(flag, null, number));
                    break;
                case [var key, "=", var value, .. var rest]:
                    entries.Add(new UpsConfEntry(key, value, number));
                    if (rest.Count > 0)
                    {
                        remarks.Add($"line {number}: only the first word of '{string.Join(' ', rest.Prepend(value))}' counts; put the value of {key} in quotes");
                    }

                    break;
                case [var key, "="]:
                    remarks.Add($"line {number}: {key} has no value, and NUT leaves the line out");
                    break;
                default:
                    remarks.Add($"line {number}: '{string.Join(' ', words)}' is no 'key = value', and NUT leaves the line out");
                    break;
            }
        }

        return new UpsConf(global.ToValueList(), order.Select(s => new UpsConfSection(s.Name, s.Line, s.Entries.ToValueList())).ToValueList(), remarks.ToValueList());
    }
}

using System.Diagnostics;
using System.Globalization;

namespace Understudy.Core.Settings;

/// <summary>One mapping of the file. Every key is read by a call here, and the same call tells the reference page of it.</summary>
/// <remarks>A call never throws and never stops: what cannot be read is noted with its place, and a stand-in is returned, which nobody
/// sees, as a reading with errors yields no settings. <see cref="Require"/> stays silent where a part of the rule could not be read.</remarks>
internal sealed class Section
{
    private readonly SettingsNotes notes;
    private readonly string path;
    private readonly string heading;
    private readonly TextPlace place;
    private readonly Dictionary<string, (TextPlace Key, TextNode Value)> entries = new(StringComparer.Ordinal);
    private readonly List<string> known = [];
    private readonly HashSet<string> bad = new(StringComparer.Ordinal);

    /// <summary>Takes the entries of a mapping, and notes those that cannot be told apart.</summary>
    /// <param name="notes">Where errors and rows go.</param>
    /// <param name="path">The way here, empty at the top.</param>
    /// <param name="heading">The way here as the reference page has it: <c>duties.NAME</c>.</param>
    /// <param name="place">Where to point at when a key is missing.</param>
    /// <param name="mapping">Null where the file does not have the section: all keys have their defaults then.</param>
    internal Section(SettingsNotes notes, string path, string heading, TextPlace place, TextNode.Mapping? mapping)
    {
        (this.notes, this.path, this.heading, this.place) = (notes, path, heading, place);
        foreach (var (key, value) in mapping?.Entries ?? [])
        {
            Keep(key, value);
        }
    }

    /// <summary>There is no file, and every branch is to be walked.</summary>
    internal bool Describes => notes.Describes;

    internal bool IsGood => bad.Count == 0;

    internal bool Has(string key) => entries.ContainsKey(key);

    internal bool IsGoodAt(string key) => !bad.Contains(key);

    // -- single values

    internal TimeSpan Span(string key, TimeSpan fallback, string min, string max, string meaning, string? says = null) =>
        Value(key, Within(Scalars.Span, Ours(min), Ours(max), Scalars.Say),
            new("span", says ?? Scalars.Say(fallback), $"{min}..{max}", meaning), fallback);

    internal TimeSpan NeededSpan(string key, string min, string max, string meaning, string example) =>
        Needed(key, Within(Scalars.Span, Ours(min), Ours(max), Scalars.Say), new("span", "required", $"{min}..{max}", meaning, example), TimeSpan.Zero);

    internal int Whole(string key, int fallback, int min, int max, string meaning, string? says = null) =>
        Value(key, Within<int>(Scalars.Whole, min, max, Say), new("whole number", says ?? Say(fallback), $"{min}..{max}", meaning), fallback);

    internal TimeSpan? SpanOr(string key, string word, string min, string max, string meaning) =>
        Value<TimeSpan?>(key, (string text, out TimeSpan? value) =>
            {
                value = null;
                if (text == word)
                {
                    return null;
                }

                var problem = Within(Scalars.Span, Ours(min), Ours(max), Scalars.Say)(text, out var span);
                value = span;
                return problem;
            },
            new($"`{word}`, or a span", word, $"{min}..{max}", meaning), fallback: null);

    internal double Number(string key, double fallback, double min, double max, string meaning) =>
        Value(key, Within<double>(Scalars.Number, min, max, Say), new("number", Say(fallback), $"{Say(min)}..{Say(max)}", meaning), fallback);

    internal long Size(string key, long fallback, long min, long max, string meaning) =>
        Value(key, Within<long>(Scalars.Size, min, max, Scalars.Say),
            new("size", Scalars.Say(fallback), $"{Scalars.Say(min)}..{Scalars.Say(max)}", meaning), fallback);

    internal bool Flag(string key, bool fallback, string meaning) =>
        Value(key, Scalars.Flag, new("true or false", fallback ? "true" : "false", "", meaning), fallback);

    internal T Choice<T>(string key, T fallback, string meaning, params (string Word, T Value)[] choices) =>
        Value(key, OneOf("", choices), new("word", WordOf(choices, fallback), string.Join(", ", choices.Select(c => c.Word)), meaning), fallback);

    /// <summary>A value that may be left out.</summary>
    internal T Value<T>(string key, ParseText<T> parse, in KeyWords words, T fallback)
    {
        Tell(key, words);
        return Find(key) is { } node && Parse(node, key, PathOf(key), parse, words.Kind, out var value) ? value : fallback;
    }

    /// <summary>A value that must be there; the default column says so.</summary>
    internal T Needed<T>(string key, ParseText<T> parse, in KeyWords words, T standIn)
    {
        Tell(key, words);
        return FindNeeded(key, words) is { } node && Parse(node, key, PathOf(key), parse, words.Kind, out var value) ? value : standIn;
    }

    // -- lists and mappings

    /// <summary>A list of values, or one value alone; those that could be read.</summary>
    internal ValueList<T> Values<T>(string key, ParseText<T> parse, int min, int max, in KeyWords words)
    {
        Tell(key, words);
        var node = min > 0 ? FindNeeded(key, words) : Find(key);
        if (node is null)
        {
            return [];
        }

        if (node is TextNode.Scalar)
        {
            return Parse(node, key, PathOf(key), parse, words.Kind, out var one) ? [one] : [];
        }

        var values = new List<T>();
        foreach (var (item, i) in ItemsOf(node, key, min, max, words.Kind))
        {
            if (Parse(item, key, PathOf(key, i), parse, "value", out var value))
            {
                values.Add(value);
            }
        }

        return values.ToValueList();
    }

    /// <summary>A list of mappings, each read by <paramref name="read"/>; those that are well.</summary>
    internal ValueList<T> Sections<T>(string key, int max, in KeyWords words, Func<Section, T?> read)
        where T : class
    {
        Tell(key, words);
        var values = new List<T>();
        if (Describes)
        {
            Add(new Section(notes, PathOf(key), HeadingOf(key) + "[]", place, mapping: null), key, read, values);
        }
        else if (Find(key) is { } node)
        {
            foreach (var (item, i) in ItemsOf(node, key, 0, max, words.Kind))
            {
                Add(Open(item, key, PathOf(key, i), HeadingOf(key)), key, read, values);
            }
        }

        return values.ToValueList();
    }

    /// <summary>A mapping from names to mappings, each read by <paramref name="read"/>; those that are well.</summary>
    internal ValueList<T> Named<T>(
        string key, ParseText<string> parseName, int max, in KeyWords words, Func<string, Section, T?> read, bool needed = true)
        where T : class
    {
        Tell(key, words);
        var values = new List<T>();
        if (Describes)
        {
            Add(new Section(notes, PathOf(key), HeadingOf(key) + ".NAME", place, mapping: null), key, s => read("NAME", s), values);
        }
        else if ((needed ? FindNeeded(key, words) : Find(key)) is { } node && Open(node, key, PathOf(key), HeadingOf(key)) is { } names)
        {
            foreach (var (name, child) in names.Children(parseName, max))
            {
                Add(child, key, s => read(name, s), values);
            }

            MergeBad(key, names);
        }

        return values.ToValueList();
    }

    /// <summary>All entries of this mapping as names with values; those that could be read.</summary>
    internal ValueList<(string Name, T Value)> Each<T>(
        string nameWords, ParseText<string> parseName, ParseText<T> parse, int max, in KeyWords words)
    {
        Tell(nameWords, words);
        var values = new List<(string, T)>();
        foreach (var (key, entry) in InFileOrder())
        {
            known.Add(key);
            if (IsName(key, entry.Key, parseName) & Parse(entry.Value, key, PathOf(key), parse, words.Kind, out var value))
            {
                values.Add((key, value));
            }
        }

        CountWithin(entries.Count, 1, max);
        return values.ToValueList();
    }

    /// <summary>A mapping of its own; when the file does not have it, all its keys have their defaults.</summary>
    internal T Sub<T>(string key, string meaning, Func<Section, T> read)
    {
        Tell(key, new("mapping", "as its keys", "", meaning));
        var child = Find(key) is { } node ? Open(node, key, PathOf(key), HeadingOf(key)) : null;
        child ??= new Section(notes, PathOf(key), HeadingOf(key), PlaceOf(key), mapping: null);
        var value = read(child);
        Close(child, key);
        return value;
    }

    /// <summary>A mapping of its own, or null when the file does not have it.</summary>
    internal T? Optional<T>(string key, string meaning, Func<Section, T> read)
        where T : class
    {
        Tell(key, new("mapping", "none", "", meaning));
        var child = Describes ? new Section(notes, PathOf(key), HeadingOf(key), place, mapping: null)
            : Find(key) is { } node ? Open(node, key, PathOf(key), HeadingOf(key))
            : null;
        if (child is null)
        {
            return null;
        }

        var value = read(child);
        Close(child, key);
        return value;
    }

    /// <summary>A value that is either one piece of text or a mapping.</summary>
    internal T Either<T>(string key, ParseText<T> parse, Func<Section, T> read, in KeyWords words, T fallback, bool needed = false)
    {
        Tell(key, words);
        if (Describes)
        {
            return read(new Section(notes, PathOf(key), HeadingOf(key), place, mapping: null));
        }

        switch (needed ? FindNeeded(key, words) : Find(key))
        {
            case null:
                return fallback;
            case TextNode.Mapping mapping:
                var child = Open(mapping, key, PathOf(key), HeadingOf(key))!;
                var value = read(child);
                Close(child, key);
                return value;
            case var node:
                return Parse(node, key, PathOf(key), parse, words.Kind, out var parsed) ? parsed : fallback;
        }
    }

    /// <summary>Exactly one of these keys says of which kind the mapping is; its reader reads it and the keys that belong to it.</summary>
    internal T? OneKind<T>(params (string Key, Func<T?> Read)[] kinds)
        where T : class => OneKind("what to look at", kinds);

    /// <summary>The same, with our own words for what is missing.</summary>
    /// <param name="lacks">What a mapping with none of the keys does not say.</param>
    /// <param name="kinds">The keys, each with its reader.</param>
    internal T? OneKind<T>(string lacks, params (string Key, Func<T?> Read)[] kinds)
        where T : class
    {
        if (Describes)
        {
            foreach (var kind in kinds)
            {
                _ = kind.Read();
            }

            return null;
        }

        var present = kinds.Where(k => Has(k.Key)).ToArray();
        if (present.Length == 1)
        {
            return present[0].Read();
        }

        known.AddRange(kinds.Select(k => k.Key));
        var all = string.Join(", ", kinds.Select(k => k.Key));
        Fault(present.Length == 0
            ? $"says not {lacks}; give one of {all}"
            : $"has {string.Join(" and ", present.Select(k => k.Key))}, must have exactly one of {all}");
        return null;
    }

    // -- rules

    /// <summary>Notes that a rule over several keys is broken; the rule is not asked where one of them could not be read.</summary>
    internal void Require(string key, bool holds, string problem, params ReadOnlySpan<string> parts)
    {
        if (AreGood(key, parts) && !holds)
        {
            Fail(key, problem);
        }
    }

    /// <summary>Notes that something is rarely wise, with the same silence about what could not be read.</summary>
    internal void WarnWhen(string key, bool unwise, string problem, params ReadOnlySpan<string> parts)
    {
        if (AreGood(key, parts) && unwise)
        {
            notes.Warn(PlaceOf(key), PathOf(key), problem);
        }
    }

    internal void Fail(string key, string problem) => FailAt(PlaceOf(key), key, PathOf(key), problem);

    /// <summary>Notes a fault of the mapping itself.</summary>
    internal void Fault(string problem) => FailAt(place, "", path, problem);

    /// <summary>After all calls: what is in the mapping and was not asked for is a mistake, most often of spelling.</summary>
    internal void RefuseTheRest()
    {
        foreach (var (key, entry) in InFileOrder().Where(e => !known.Contains(e.Key)))
        {
            var problem = key == "<<" ? "merge keys are not read; write the keys out, or repeat a whole value with *name"
                : Nearest.To(key, known) is { } meant ? $"no such key; did you mean '{meant}'?"
                : $"no such key; here are {string.Join(", ", known)}";
            FailAt(entry.Key, key, PathOf(key), problem);
        }
    }

    private bool AreGood(string key, ReadOnlySpan<string> parts)
    {
        var good = IsGoodAt(key);
        foreach (var part in parts)
        {
            good &= IsGoodAt(part);
        }

        return good;
    }

    // -- the way there

    private void Keep(TextNode keyNode, TextNode value)
    {
        if (keyNode is not TextNode.Scalar key)
        {
            FailAt(keyNode.Place, "", path, "a key is one word, not a list or a mapping");
        }
        else if (!entries.TryAdd(key.Text, (key.Place, value)))
        {
            FailAt(key.Place, key.Text, PathOf(Scalars.OneLine(key.Text)), $"is given twice; the first is on line {entries[key.Text].Key.Line}");
        }
    }

    /// <summary>The value of a key; null when it is absent, and, with an error, when nothing stands behind it.</summary>
    private TextNode? Find(string key)
    {
        if (!entries.TryGetValue(key, out var entry))
        {
            return null;
        }

        if (entry.Value is TextNode.Scalar { IsNothing: true })
        {
            FailAt(entry.Key, key, PathOf(key), "has no value; give it one, or remove the line");
            return null;
        }

        return entry.Value;
    }

    private TextNode? FindNeeded(string key, in KeyWords words)
    {
        if (!Has(key))
        {
            Fail(key, $"is missing; give {words.Example}");
        }

        return Find(key);
    }

    private bool Parse<T>(TextNode node, string key, string itemPath, ParseText<T> parse, string kind, out T value)
    {
        value = default!;
        if (node is not TextNode.Scalar scalar)
        {
            FailAt(node.Place, key, itemPath, $"is {KindOf(node)}, must be {kind switch { "value" => "one value", _ => A(kind) }}");
            return false;
        }

        if (parse(scalar.Text, out value) is { } problem)
        {
            FailAt(node.Place, key, itemPath, problem);
            return false;
        }

        return true;
    }

    private List<(TextNode Item, int Index)> ItemsOf(TextNode node, string key, int min, int max, string kind)
    {
        if (node is not TextNode.Sequence list)
        {
            FailAt(node.Place, key, PathOf(key), $"is {KindOf(node)}, must be {A(kind)}");
            return [];
        }

        if (list.Items.Count < min || list.Items.Count > max)
        {
            FailAt(node.Place, key, PathOf(key), $"has {list.Items.Count} entries, must have {min}..{max}");
        }

        return [.. list.Items.Take(max).Select((item, i) => (item, i))];
    }

    private IEnumerable<(string Name, Section? Child)> Children(ParseText<string> parseName, int max)
    {
        CountWithin(entries.Count, 1, max);
        foreach (var (key, entry) in InFileOrder().Take(max))
        {
            known.Add(key);
            var named = IsName(key, entry.Key, parseName);
            if (Open(entry.Value, key, PathOf(key), heading + ".NAME") is { } child && named)
            {
                yield return (key, child);
            }
        }
    }

    private bool IsName(string key, TextPlace at, ParseText<string> parseName)
    {
        if (parseName(key, out _) is not { } problem)
        {
            return true;
        }

        FailAt(at, key, path, problem);
        return false;
    }

    private void CountWithin(int count, int min, int max)
    {
        if (!Describes && (count < min || count > max))
        {
            Fault($"has {count} entries, must have {min}..{max}");
        }
    }

    private Section? Open(TextNode node, string key, string childPath, string childHeading)
    {
        if (node is TextNode.Mapping mapping)
        {
            return new Section(notes, childPath, childHeading, entries.TryGetValue(key, out var e) && ReferenceEquals(e.Value, node) ? e.Key : node.Place, mapping);
        }

        FailAt(node.Place, key, childPath, node is TextNode.Scalar { IsNothing: true }
            ? "has no value; give it one, or remove the line"
            : $"is {KindOf(node)}, must be a mapping");
        return null;
    }

    private void Add<T>(Section? child, string key, Func<Section, T?> read, List<T> values)
        where T : class
    {
        if (child is null)
        {
            return;
        }

        var value = read(child);
        Close(child, key);
        if (value is not null && child.IsGood)
        {
            values.Add(value);
        }
    }

    private void Close(Section child, string key)
    {
        child.RefuseTheRest();
        MergeBad(key, child);
    }

    private void MergeBad(string key, Section child)
    {
        if (!child.IsGood)
        {
            bad.Add(key);
        }
    }

    private IEnumerable<KeyValuePair<string, (TextPlace Key, TextNode Value)>> InFileOrder() =>
        entries.OrderBy(e => e.Value.Key.Line).ThenBy(e => e.Value.Key.Column);

    private void FailAt(TextPlace at, string key, string wholePath, string problem)
    {
        bad.Add(key);
        notes.Error(at, wholePath, problem);
    }

    private void Tell(string key, in KeyWords words)
    {
        known.Add(key);
        notes.Row(new(heading, key, words.Kind, words.Default, words.Range, words.Meaning));
    }

    private TextPlace PlaceOf(string key) => entries.TryGetValue(key, out var entry) ? entry.Value.Place : place;

    /// <summary>The way to a key. Keys are from the file, so they are made fit for one line; the longest good name stays whole.</summary>
    private string PathOf(string key) => $"{path}{(path.Length == 0 ? "" : ".")}{Scalars.OneLine(key, longest: 63)}";

    private string PathOf(string key, int item) => $"{PathOf(key)}[{item}]";

    private string HeadingOf(string key) => heading.Length == 0 ? key : $"{heading}.{key}";

    private static string KindOf(TextNode node) => node switch
    {
        TextNode.Scalar s => s.IsNothing ? "nothing" : $"the text {Scalars.Quote(s.Text)}",
        TextNode.Sequence => "a list",
        TextNode.Mapping => "a mapping",
        _ => throw new UnreachableException(node.ToString()),
    };

    private static string A(string kind) => "aeiou".Contains(kind[0]) ? $"an {kind}" : kind.StartsWith("true", StringComparison.Ordinal) ? kind : $"a {kind}";

    private static string Say(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Say(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Parses a value that must lie between two.</summary>
    internal static ParseText<T> Within<T>(ParseText<T> parse, T min, T max)
        where T : IComparable<T> => Within(parse, min, max, v => Convert.ToString(v, CultureInfo.InvariantCulture) ?? "");

    private static ParseText<T> Within<T>(ParseText<T> parse, T min, T max, Func<T, string> say)
        where T : IComparable<T> =>
        (string text, out T value) =>
            parse(text, out value) ?? (value.CompareTo(min) < 0 || value.CompareTo(max) > 0
                ? $"is {say(value)}, must be {say(min)}..{say(max)}"
                : null);

    /// <summary>Parses one of some words.</summary>
    /// <param name="orElse">What else may stand there, to be told to who writes none of the words.</param>
    /// <param name="choices">The words and what they mean.</param>
    internal static ParseText<T> OneOf<T>(string orElse, params (string Word, T Value)[] choices) => (string text, out T value) =>
    {
        value = default!;
        foreach (var choice in choices)
        {
            if (choice.Word == text)
            {
                value = choice.Value;
                return null;
            }
        }

        return $"{Scalars.Quote(text)} is not one of {string.Join(", ", choices.Select(c => c.Word))}{(orElse.Length > 0 ? $", {orElse}" : "")}"
            + (Nearest.To(text, choices.Select(c => c.Word)) is { } meant ? $"; did you mean '{meant}'?" : "");
    };

    private static string WordOf<T>((string Word, T Value)[] choices, T value) =>
        choices.First(c => EqualityComparer<T>.Default.Equals(c.Value, value)).Word;

    /// <summary>A bound that we wrote ourselves.</summary>
    private static TimeSpan Ours(string text) =>
        Scalars.Span(text, out var value) is { } problem ? throw new UnreachableException(problem) : value;
}

/// <summary>What the reference page says of a key, and what an error gives as an example.</summary>
/// <param name="Kind">What is to be written: span, whole number, address.</param>
/// <param name="Default">What holds when it is left out; "required" where it cannot be.</param>
/// <param name="Range">Bounds or choices, empty for none.</param>
/// <param name="Meaning">One or two sentences.</param>
/// <param name="Example">Only where the key is required.</param>
internal readonly record struct KeyWords(string Kind, string Default, string Range, string Meaning, string Example = "");

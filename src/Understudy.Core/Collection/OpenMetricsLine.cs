namespace Understudy.Core.Collection;

/// <summary>What a line of an exposition is.</summary>
internal enum OpenMetricsLineKind : byte
{
    /// <summary>An empty line, or a comment that says nothing to us (HELP among them).</summary>
    Nothing,
    Type,
    Unit,
    End,
    Sample,
}

/// <summary>One line, read without anything remembered: the slow way, which every line goes once and an unchanged one never again.</summary>
internal readonly ref struct OpenMetricsLine
{
    internal OpenMetricsLineKind Kind { get; private init; }

    /// <summary>Of a family (Type, Unit) or of a sample.</summary>
    internal ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>The unit; the word of a TYPE line.</summary>
    internal ReadOnlySpan<byte> Word { get; private init; }

    /// <summary>Bytes before the value.</summary>
    internal int Before { get; private init; }

    /// <summary>Of the series' text, in the buffer that was given.</summary>
    internal int Written { get; private init; }

    internal OpenMetricsTail Tail { get; private init; }

    /// <summary>Reads a line.</summary>
    /// <param name="line">Without its end.</param>
    /// <param name="series">Takes the text of a sample's series; twice as long as the line.</param>
    internal static bool TryRead(ReadOnlySpan<byte> line, OpenMetricsFormat format, Span<byte> series, out OpenMetricsLine read, out string why)
    {
        read = default;
        why = "";
        var free = format == OpenMetricsFormat.PrometheusText;
        var start = free ? line.Length - line.TrimStart(" \t"u8).Length : 0;
        if (start == line.Length)
        {
            why = free ? "" : "an empty line";
            return free;
        }

        return line[start] == (byte)'#' ? TryComment(line[start..], free, out read, out why) : TrySample(line, start, format, series, out read, out why);
    }

    /// <summary>Bytes of the name that the text begins with: letters, digits (not first), '_', and ':' in names of metrics.</summary>
    internal static int NameLength(ReadOnlySpan<byte> text, bool colons)
    {
        var at = 0;
        while (at < text.Length)
        {
            var b = text[at];
            if (!(((uint)((b | 0x20) - 'a') <= 'z' - 'a') || b == (byte)'_' || (colons && b == (byte)':') || (at > 0 && (uint)(b - '0') <= 9)))
            {
                break;
            }

            at++;
        }

        return at;
    }

    private static bool TryComment(ReadOnlySpan<byte> line, bool free, out OpenMetricsLine read, out string why)
    {
        read = default;
        why = "";
        if (!free && line.SequenceEqual("# EOF"u8))
        {
            read = new OpenMetricsLine { Kind = OpenMetricsLineKind.End };
            return true;
        }

        var rest = line[1..];
        var keyword = NextWord(ref rest);
        var kind = keyword.SequenceEqual("TYPE"u8) ? OpenMetricsLineKind.Type : keyword.SequenceEqual("UNIT"u8) ? OpenMetricsLineKind.Unit : OpenMetricsLineKind.Nothing;
        if (kind == OpenMetricsLineKind.Nothing)
        {
            return true;
        }

        var name = NextWord(ref rest);
        var word = NextWord(ref rest);
        if (name.Length == 0 || NameLength(name, colons: true) != name.Length)
        {
            why = "a TYPE or UNIT line without the name of a metric";
            return false;
        }

        if (kind == OpenMetricsLineKind.Type && SeriesKinds.Of(word) is null)
        {
            // Prometheus' own parsers take a word that they do not know for untyped; a stricter format has no such words.
            why = free ? "" : "a type that OpenMetrics does not have";
            return free;
        }

        read = new OpenMetricsLine { Kind = kind, Name = name, Word = word };
        return true;
    }

    private static ReadOnlySpan<byte> NextWord(scoped ref ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart(" \t"u8);
        var end = rest.IndexOfAny((byte)' ', (byte)'\t');
        var word = end < 0 ? rest : rest[..end];
        rest = rest[word.Length..];
        return word;
    }

    private static bool TrySample(ReadOnlySpan<byte> line, int start, OpenMetricsFormat format, Span<byte> series, out OpenMetricsLine read, out string why)
    {
        read = default;
        var name = line.Slice(start, NameLength(line[start..], colons: true));
        if (name.Length == 0)
        {
            why = "no metric's name at its beginning";
            return false;
        }

        var at = start + name.Length;
        var free = format == OpenMetricsFormat.PrometheusText;
        var blanks = line.Length - at - line[at..].TrimStart(" \t"u8).Length;
        int written;
        if (at + blanks < line.Length && line[at + blanks] == (byte)'{' && (free || blanks == 0))
        {
            at += blanks;
            if (!OpenMetricsLabels.TryName(name, line[at..], series, out written, out var used, out why))
            {
                return false;
            }

            at += used;
            blanks = line.Length - at - line[at..].TrimStart(" \t"u8).Length;
        }
        else
        {
            name.CopyTo(series);
            written = name.Length;
        }

        // "name{...}1" is read by Prometheus' own parser, "name1" is a name.
        if (free ? blanks == 0 && line[at - 1] != (byte)'}' : blanks != 1 || line[at] != (byte)' ')
        {
            why = "no blank, or more than one, before the value";
            return false;
        }

        at += blanks;
        if (!OpenMetricsTail.TryRead(line[at..], format, out var tail, out _, out why))
        {
            return false;
        }

        read = new OpenMetricsLine { Kind = OpenMetricsLineKind.Sample, Name = name, Before = at, Written = written, Tail = tail };
        return true;
    }
}

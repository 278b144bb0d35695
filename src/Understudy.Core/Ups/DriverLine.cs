using System.Globalization;

namespace Understudy.Core.Ups;

/// <summary>What a driver says to whoever is connected to its socket (docs/sock-protocol.txt of NUT).</summary>
public enum DriverWord
{
    /// <summary>Nothing that we know: it counts neither as data nor as a sign of life, as with upsd.</summary>
    Unknown = 0,
    SetInfo,
    DelInfo,
    AddEnum,
    DelEnum,
    AddRange,
    DelRange,
    SetAux,
    SetFlags,
    AddCommand,
    DelCommand,
    DumpDone,
    DataOk,
    DataStale,
    Pong,
    Tracking,
    Pid,
    Goodbye,
}

/// <summary>One line of a driver. The spans are of the caller's line or scratch, and live as long as these.</summary>
/// <param name="name">The variable or command; of Tracking its id.</param>
/// <param name="value">The value, unescaped; of SetFlags the flags as they stand there.</param>
/// <param name="first">Lower bound, length, result or process id.</param>
/// <param name="second">Upper bound.</param>
public readonly ref struct DriverLine(DriverWord word, ReadOnlySpan<char> name, ReadOnlySpan<char> value, int first, int second)
{
    public DriverWord Word { get; } = word;

    public ReadOnlySpan<char> Name { get; } = name;

    public ReadOnlySpan<char> Value { get; } = value;

    public int First { get; } = first;

    public int Second { get; } = second;
}

/// <summary>
/// Reads a driver's lines as they are really sent. In a dump values are escaped; in a broadcast of a changed value the stock drivers do not escape at all, so that quotes, hashes and
/// backslashes stand there bare. What is between the first and the last quote of a line is the value: unescaped where all of it could have been written by an escaping
/// writer, as it stands otherwise. Allocates nothing.
/// </summary>
public static class DriverLines
{
    /// <summary>A longer line is none of a driver's: NUT's own buffer is 512 bytes.</summary>
    public const int MaxLineBytes = 2048;

    /// <summary>Of the name of a variable or command, or of an id: a name and its value have to fit into the 512 characters that a line of NUT's has.</summary>
    public const int MaxNameChars = 240;

    /// <param name="line">Without its line feed, at most <see cref="MaxLineBytes"/>.</param>
    /// <param name="scratch">Room for the line as characters, at least as long.</param>
    /// <returns>False for what is no line of a driver; <paramref name="read"/> is then Unknown.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, Span<char> scratch, out DriverLine read)
    {
        read = default;
        if (line.Length > MaxLineBytes || scratch.Length < line.Length)
        {
            return false;
        }

        var count = 0;
        foreach (var b in line)
        {
            if (b is >= 0x20 and <= 0x7F or (byte)'\t')
            {
                scratch[count++] = b == '\t' ? ' ' : (char)b;
            }
        }

        var text = scratch[..count];
        var verb = Word(ref text);
        var word = WordOf(verb);
        switch (word)
        {
            case DriverWord.SetInfo or DriverWord.AddEnum or DriverWord.DelEnum:
                return Name(ref text) is { IsEmpty: false } name && Quoted(text, out var value) && Say(word, name, value, 0, 0, out read);
            case DriverWord.DelInfo or DriverWord.AddCommand or DriverWord.DelCommand:
                return Name(ref text) is { IsEmpty: false } gone && Say(word, gone, [], 0, 0, out read);
            case DriverWord.AddRange or DriverWord.DelRange:
                return Name(ref text) is { IsEmpty: false } ranged && Number(ref text, out var low) && Number(ref text, out var high) && low <= high && Say(word, ranged, [], low, high, out read);
            case DriverWord.SetAux or DriverWord.Tracking:
                return Name(ref text) is { IsEmpty: false } about && Number(ref text, out var n) && Say(word, about, [], n, 0, out read);
            case DriverWord.SetFlags:
                return Name(ref text) is { IsEmpty: false } flagged && text.Trim() is { IsEmpty: false } flags && Say(word, flagged, flags, 0, 0, out read);
            case DriverWord.Pid:
                return Number(ref text, out var pid) && Say(word, [], [], pid, 0, out read);
            case DriverWord.DumpDone or DriverWord.DataOk or DriverWord.DataStale or DriverWord.Pong:
                return Say(word, [], [], 0, 0, out read);
            case DriverWord.Goodbye:
                return Word(ref text).Equals("Goodbye", StringComparison.OrdinalIgnoreCase) && Say(word, [], [], 0, 0, out read);
            default:
                return false;
        }
    }

    private static bool Say(DriverWord word, ReadOnlySpan<char> name, ReadOnlySpan<char> value, int first, int second, out DriverLine read)
    {
        read = new DriverLine(word, name, value, first, second);
        return true;
    }

    /// <summary>Keywords are compared without regard to case, as in NUT.</summary>
    private static DriverWord WordOf(ReadOnlySpan<char> verb) =>
        Is(verb, "SETINFO") ? DriverWord.SetInfo :
        Is(verb, "PONG") ? DriverWord.Pong :
        Is(verb, "DATAOK") ? DriverWord.DataOk :
        Is(verb, "DATASTALE") ? DriverWord.DataStale :
        Is(verb, "DELINFO") ? DriverWord.DelInfo :
        Is(verb, "SETFLAGS") ? DriverWord.SetFlags :
        Is(verb, "SETAUX") ? DriverWord.SetAux :
        Is(verb, "ADDENUM") ? DriverWord.AddEnum :
        Is(verb, "DELENUM") ? DriverWord.DelEnum :
        Is(verb, "ADDRANGE") ? DriverWord.AddRange :
        Is(verb, "DELRANGE") ? DriverWord.DelRange :
        Is(verb, "ADDCMD") ? DriverWord.AddCommand :
        Is(verb, "DELCMD") ? DriverWord.DelCommand :
        Is(verb, "DUMPDONE") ? DriverWord.DumpDone :
        Is(verb, "TRACKING") ? DriverWord.Tracking :
        Is(verb, "PID") ? DriverWord.Pid :
        Is(verb, "OK") ? DriverWord.Goodbye :
        DriverWord.Unknown;

    private static bool Is(ReadOnlySpan<char> verb, string word) => verb.Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Takes the next word off the text; names are written without quotes, and are read with them too.</summary>
    private static Span<char> Word(scoped ref Span<char> text)
    {
        text = text.TrimStart(' ');
        if (text is ['"', .. var quoted] && quoted.IndexOf('"') is >= 0 and var close)
        {
            text = quoted[(close + 1)..];
            return quoted[..close];
        }

        var end = text.IndexOf(' ');
        var word = end < 0 ? text : text[..end];
        text = end < 0 ? [] : text[(end + 1)..];
        return word;
    }

    /// <summary>Takes a name off the text. Empty for one that is none: names are written without quotes, and with one of these signs in it our line would be another to upsd.</summary>
    private static Span<char> Name(scoped ref Span<char> text)
    {
        var word = Word(ref text);
        return word.Length <= MaxNameChars && word.IndexOfAny(" \"#\\=") < 0 ? word : [];
    }

    private static bool Number(scoped ref Span<char> text, out int number) =>
        int.TryParse(Word(ref text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    /// <summary>The value of a line: between its first and its last quote; a single word where there are none.</summary>
    private static bool Quoted(Span<char> text, out ReadOnlySpan<char> value)
    {
        text = text.Trim(' ');
        value = text;
        if (text.Length == 0 || text[0] != '"')
        {
            return text.Length > 0;
        }

        var last = text.LastIndexOf('"');
        if (last == 0)
        {
            return false;      // the line was cut
        }

        var inner = text[1..last];
        value = Escaped(inner) ? Unescape(inner) : inner;
        return true;
    }

    /// <summary>An escaping writer puts a backslash before each of the three signs, and before nothing else.</summary>
    private static bool Escaped(ReadOnlySpan<char> inner)
    {
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] is '"' or '#' || (inner[i] == '\\' && (++i == inner.Length || inner[i] is not ('"' or '#' or '\\'))))
            {
                return false;
            }
        }

        return true;
    }

    private static Span<char> Unescape(Span<char> inner)
    {
        var count = 0;
        for (var i = 0; i < inner.Length; i++)
        {
            inner[count++] = inner[i] == '\\' ? inner[++i] : inner[i];
        }

        return inner[..count];
    }
}

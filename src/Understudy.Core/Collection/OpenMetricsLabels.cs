using System.Buffers;
using System.Text.Unicode;

namespace Understudy.Core.Collection;

/// <summary>The labels of a sample, and the one text that a series has however its labels were ordered, spaced or escaped: <c>name{a="x",b="y"}</c>, labels by name.</summary>
internal static class OpenMetricsLabels
{
    /// <summary>More labels on one series are refused: our own choice, far beyond what anybody reads.</summary>
    internal const int Most = 128;

    private static readonly SearchValues<byte> s_special = SearchValues.Create("\"\\\n"u8);

    /// <summary>A label in its line: where its name and its value (between the quotes) are.</summary>
    private readonly record struct Place(int Name, int NameEnd, int Value, int ValueEnd);

    /// <summary>Whether the text begins with labels in braces, and how long they are.</summary>
    internal static bool TrySkip(ReadOnlySpan<byte> text, out int used)
    {
        Span<Place> places = stackalloc Place[Most];
        return TryFind(text, places, out _, out used, out _);
    }

    /// <summary>Writes the series' text: <paramref name="name"/> and the labels that <paramref name="text"/> begins with.</summary>
    /// <param name="into">Room for twice the text: an escape may be added to each byte.</param>
    internal static bool TryName(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, Span<byte> into, out int written, out int used, out string why)
    {
        name.CopyTo(into);
        written = name.Length;
        Span<Place> places = stackalloc Place[Most];
        if (!TryFind(text, places, out var count, out used, out why) || !TrySort(text, places[..count], out why))
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            into[written++] = i == 0 ? (byte)'{' : (byte)',';
            var at = places[i];
            text[at.Name..at.NameEnd].CopyTo(into[written..]);
            written += at.NameEnd - at.Name;
            into[written++] = (byte)'=';
            into[written++] = (byte)'"';
            written += Escape(text[at.Value..at.ValueEnd], into[written..]);
            into[written++] = (byte)'"';
        }

        if (count > 0)
        {
            into[written++] = (byte)'}';
        }

        return true;
    }

    private static bool TryFind(ReadOnlySpan<byte> text, Span<Place> places, out int count, out int used, out string why)
    {
        (count, used, why) = (0, 0, "");
        var at = Blanks(text, 1);
        while (true)
        {
            if (at < text.Length && text[at] == (byte)'}')
            {
                used = at + 1;
                return true;
            }

            if (count == places.Length)
            {
                why = $"more than {Most} labels";
                return false;
            }

            var name = at;
            at += OpenMetricsLine.NameLength(text[at..], colons: false);
            var nameEnd = at;
            at = Blanks(text, at);
            if (nameEnd == name || at >= text.Length || text[at] != (byte)'=')
            {
                why = "a label has no name, or no '=' behind it";
                return false;
            }

            at = Blanks(text, at + 1);
            if (at >= text.Length || text[at] != (byte)'"')
            {
                why = "a label's value is not in quotes";
                return false;
            }

            var value = ++at;
            at = End(text, at);
            if (at < 0)
            {
                why = "a label's value does not end";
                return false;
            }

            if (!Utf8.IsValid(text[value..at]))
            {
                why = "a label's value is not UTF-8";
                return false;
            }

            places[count++] = new Place(name, nameEnd, value, at);
            at = Blanks(text, at + 1);
            if (at < text.Length && text[at] == (byte)',')
            {
                at = Blanks(text, at + 1);
            }
            else if (at >= text.Length || text[at] != (byte)'}')
            {
                why = "labels are not separated by ',', or do not end with '}'";
                return false;
            }
        }
    }

    /// <summary>By name, in place; two of one name are refused. Few labels, nearly always in order already.</summary>
    private static bool TrySort(ReadOnlySpan<byte> text, Span<Place> places, out string why)
    {
        why = "";
        for (var i = 1; i < places.Length; i++)
        {
            var place = places[i];
            var to = i;
            int order;
            while (to > 0 && (order = text[places[to - 1].Name..places[to - 1].NameEnd].SequenceCompareTo(text[place.Name..place.NameEnd])) >= 0)
            {
                if (order == 0)
                {
                    why = "a label stands there twice";
                    return false;
                }

                places[to] = places[to - 1];
                to--;
            }

            places[to] = place;
        }

        return true;
    }

    /// <summary>Where the closing quote is, or -1.</summary>
    private static int End(ReadOnlySpan<byte> text, int at)
    {
        while (true)
        {
            var step = text[at..].IndexOfAny(s_special);
            if (step < 0 || text[at + step] == (byte)'\n')
            {
                return -1;
            }

            at += step;
            if (text[at] == (byte)'"')
            {
                return at;
            }

            at += 2;
            if (at > text.Length)
            {
                return -1;
            }
        }
    }

    /// <summary>A backslash before anything but <c>\</c>, <c>"</c> and <c>n</c> stands for itself (OpenMetrics 1.0, ABNF), and is written so.</summary>
    private static int Escape(ReadOnlySpan<byte> raw, Span<byte> into)
    {
        if (!raw.Contains((byte)'\\'))
        {
            raw.CopyTo(into);
            return raw.Length;
        }

        var written = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            into[written++] = raw[i];
            if (raw[i] != (byte)'\\')
            {
                continue;
            }

            if (i + 1 < raw.Length && raw[i + 1] is (byte)'\\' or (byte)'"' or (byte)'n')
            {
                into[written++] = raw[++i];
            }
            else
            {
                into[written++] = (byte)'\\';
            }
        }

        return written;
    }

    private static int Blanks(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t')
        {
            at++;
        }

        return at;
    }
}

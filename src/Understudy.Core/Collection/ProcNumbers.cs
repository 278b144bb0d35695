using System.Collections.Immutable;
using System.Text;

namespace Understudy.Core.Collection;

/// <summary>
/// A file of the kernel that has one number a line: a name, perhaps a colon, blanks, digits, perhaps a unit. The first reading learns the names; as long as the
/// file has the same lines, a reading costs its digits.
/// </summary>
/// <remarks>proc_meminfo(5): <c>MemTotal:  24684092 kB</c>, some lines without a unit. proc_vmstat(5): <c>nr_free_pages 1611600</c>. LDMS's samplers of these names give the names without the colon and the numbers as they stand there.</remarks>
public sealed class ProcNumbers
{
    private ImmutableArray<byte[]> lines = [];
    private ulong[] values = [];

    /// <summary>The names in the file's order.</summary>
    public ImmutableArray<string> Names { get; private set; } = [];

    /// <summary>Of the last reading.</summary>
    public ReadOnlySpan<ulong> Values => values;

    /// <summary>Grows with each other list of names: another set layout. 0 before the first reading.</summary>
    public int Number { get; private set; }

    /// <summary>Takes a reading of the whole file.</summary>
    /// <returns>False when there is a line that is no name and number; then nothing has changed.</returns>
    public bool Read(ReadOnlySpan<byte> text) => Refresh(text) || Learn(text);

    private bool Refresh(ReadOnlySpan<byte> text)
    {
        // The check comes first, so that a file of other lines leaves no half of it behind; the kernel's lines are short and this is one pass of comparing.
        if (lines.IsEmpty || !Walk(text, keep: false))
        {
            return false;
        }

        _ = Walk(text, keep: true);
        return true;
    }

    private bool Walk(ReadOnlySpan<byte> text, bool keep)
    {
        var rest = text;
        for (var i = 0; i < lines.Length; i++)
        {
            if (!rest.StartsWith(lines[i]) || !TryNumber(rest[lines[i].Length..], out var number, out var used))
            {
                return false;
            }

            if (keep)
            {
                values[i] = number;
            }

            rest = rest[(lines[i].Length + used)..];
        }

        return rest.IsEmpty;
    }

    private bool Learn(ReadOnlySpan<byte> text)
    {
        var (names, starts, numbers) = (new List<string>(), new List<byte[]>(), new List<ulong>());
        for (var rest = text; !rest.IsEmpty;)
        {
            var length = rest.IndexOfAny(" :\n"u8);
            if (length <= 0 || rest[length] == (byte)'\n')
            {
                return false;
            }

            var start = rest[length] == (byte)':' ? length + 1 : length;
            if (!TryNumber(rest[start..], out var number, out var used))
            {
                return false;
            }

            names.Add(Encoding.ASCII.GetString(rest[..length]));
            starts.Add(rest[..start].ToArray());
            numbers.Add(number);
            rest = rest[(start + used)..];
        }

        if (names.Count == 0)
        {
            return false;
        }

        (lines, Names, values) = ([.. starts], [.. names], [.. numbers]);
        Number++;
        return true;
    }

    /// <summary>Blanks, digits, and whatever follows up to and with the end of the line.</summary>
    private static bool TryNumber(ReadOnlySpan<byte> text, out ulong number, out int used)
    {
        (number, used) = (0, 0);
        while (used < text.Length && text[used] == (byte)' ')
        {
            used++;
        }

        var first = used;
        while (used < text.Length && (uint)(text[used] - '0') <= 9)
        {
            number = (number * 10) + (uint)(text[used++] - '0');
        }

        if (used == first || used == text.Length || used == 0)
        {
            return false;
        }

        var end = text[used..].IndexOf((byte)'\n');
        used += end + 1;
        return end >= 0;
    }
}

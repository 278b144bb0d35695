using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;

namespace Understudy.Linux.Ledger;

/// <summary>Reads a ledger back: the file that is written now, and the older ones beside it. A file that is not there is an empty one.</summary>
public static class LedgerFiles
{
    private const int ChunkBytes = 128 << 10;

    /// <summary>All lines of one file, in order, damaged ones included. Reads as it is enumerated.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IEnumerable<LedgerEntry> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[ChunkBytes];
        var (used, number) = (0, 0);
        while (true)
        {
            var n = stream.Read(buffer, used, buffer.Length - used);
            used += n;
            var from = 0;
            for (var end = Array.IndexOf(buffer, (byte)'\n', 0, used); end >= 0; end = Array.IndexOf(buffer, (byte)'\n', from, used - from))
            {
                yield return Entry(++number, buffer.AsSpan(from, end - from));
                from = end + 1;
            }

            Buffer.BlockCopy(buffer, from, buffer, 0, used - from);
            used -= from;
            if (n == 0)
            {
                if (used > 0)
                {
                    yield return new LedgerEntry(++number, null, "it has no end");
                }

                yield break;
            }

            if (used == buffer.Length)
            {
                if (used > LedgerText.MaxLineBytes)
                {
                    yield return new LedgerEntry(++number, null, $"it is longer than {LedgerText.MaxLineBytes} bytes");
                    yield break;
                }

                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    /// <summary>The newest good lines, oldest first.</summary>
    /// <param name="count">At most so many, 0..10000.</param>
    /// <param name="duty">Only lines of this duty; null for all.</param>
    public static IReadOnlyList<LedgerLine> Last(LedgerSettings ledger, int count, string? duty = null)
    {
        var lines = new List<LedgerLine>();
        foreach (var line in Backward(ledger))
        {
            if (lines.Count >= Math.Clamp(count, 0, 10_000))
            {
                break;
            }

            if (duty is null || DutyOf(line) == duty)
            {
                lines.Add(line);
            }
        }

        lines.Reverse();
        return lines;
    }

    /// <summary>The epochs of these duties. Reads from the end and stops where nothing older can tell more, which is at the latest at the head of a file.</summary>
    /// <returns>Empty where there is no ledger, or where it cannot be read: then <paramref name="trouble"/> says why.</returns>
    public static EpochBook Epochs(LedgerSettings ledger, ValueList<string> duties, out string? trouble)
    {
        var book = new EpochBook();
        trouble = null;
        try
        {
            foreach (var line in Backward(ledger))
            {
                if (book.NoteBackward(line, duties))
                {
                    break;
                }
            }
        }
        catch (IOException e)
        {
            trouble = e.Message;
        }
        catch (UnauthorizedAccessException e)
        {
            trouble = e.Message;
        }

        return book;
    }

    /// <summary>The duty that a line is about, or null.</summary>
    public static string? DutyOf(LedgerLine line) => line switch
    {
        LedgerLine.Decided d => d.Duty,
        LedgerLine.Ruled r => r.Rules.Duty,
        LedgerLine.Performed p => p.Duty,
        LedgerLine.Ran r => r.Duty,
        LedgerLine.Witnessed w => w.Duty,
        _ => null,
    };

    private static LedgerEntry Entry(int number, ReadOnlySpan<byte> text)
    {
        var line = LedgerText.Read(text, out var problem);
        return new(number, line, problem);
    }

    /// <summary>Good lines of all files, newest first.</summary>
    private static IEnumerable<LedgerLine> Backward(LedgerSettings ledger)
    {
        for (var i = 0; i <= ledger.Keep; i++)
        {
            var path = i == 0 ? ledger.Path : $"{ledger.Path}.{i}";
            if (!File.Exists(path))
            {
                continue;
            }

            foreach (var line in Backward(path))
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<LedgerLine> Backward(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        byte[] rest = [];      // the head of a line whose beginning is in an earlier chunk
        for (var at = stream.Length; at > 0;)
        {
            var length = (int)Math.Min(ChunkBytes, at);
            at -= length;
            var chunk = new byte[length + rest.Length];
            stream.Position = at;
            stream.ReadExactly(chunk, 0, length);
            rest.CopyTo(chunk, length);
            var end = chunk.Length;
            while (end > 0 && Array.LastIndexOf(chunk, (byte)'\n', end - 1, end) is >= 0 and var feed)
            {
                if (LedgerText.Read(chunk.AsSpan(feed + 1, end - feed - 1), out _) is { } line)
                {
                    yield return line;
                }

                end = feed;
            }

            rest = end > LedgerText.MaxLineBytes ? [] : chunk[..end];
        }

        if (rest.Length > 0 && LedgerText.Read(rest, out _) is { } first)
        {
            yield return first;
        }
    }
}

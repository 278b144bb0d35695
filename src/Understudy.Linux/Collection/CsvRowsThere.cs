using System.Globalization;
using Understudy.Core;

namespace Understudy.Linux.Collection;

/// <summary>The newest rows that are in a store's files, by a sum over each: whether another writer has stored a sample already.</summary>
internal sealed class CsvRowsThere
{
    /// <summary>Of a file at most, from its end: our own bound. What is older is not looked for, and would be stored a second time rather than not at all.</summary>
    private const long MostBytes = 256L << 20;

    /// <summary>Of rolled files; our own bound.</summary>
    private const int MostFiles = 8;

    private const int BlockBytes = 1 << 20;

    /// <summary>Rows are not quite in order: hosts' clocks differ, and some samples come late.</summary>
    private static readonly TimeSpan s_disorder = TimeSpan.FromMinutes(1);

    private readonly HashSet<ulong> sums = [];

    internal int Count => sums.Count;

    /// <summary>Reads the rows of <c>name</c>, and of <c>name.SECONDS</c> where files are rolled, as far back as may matter.</summary>
    /// <param name="oldest">The time of the oldest sample that is asked for, µs since 1970.</param>
    /// <exception cref="StoreUnavailableException">A file is there and cannot be read.</exception>
    internal static CsvRowsThere Read(string folder, string name, long oldest)
    {
        var there = new CsvRowsThere();
        var from = oldest - (long)s_disorder.TotalMicroseconds;
        try
        {
            foreach (var path in Files(folder, name))
            {
                there.Add(path, from);
            }
        }
        catch (DirectoryNotFoundException)
        {
            return there;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException(e.Message, e);
        }

        return there;
    }

    /// <summary>Whether all of these whole lines are there.</summary>
    internal bool HasAll(ReadOnlySpan<byte> lines)
    {
        while (lines.IndexOf((byte)'\n') is >= 0 and var end)
        {
            if (!sums.Contains(Fnv1a.Add(Fnv1a.Basis, lines[..end])))
            {
                return false;
            }

            lines = lines[(end + 1)..];
        }

        return true;
    }

    /// <summary>The file itself, and of those that are rolled the newest few: what waits is not days old.</summary>
    private static IEnumerable<string> Files(string folder, string name)
    {
        var all = Directory.GetFiles(folder, $"{name}*").Select(p => (Path: p, Ending: Path.GetFileName(p.AsSpan())[name.Length..].ToString())).ToArray();
        var rolled = all.Where(f => f.Ending.StartsWith('.')).Select(f => (f.Path, IsRolled: long.TryParse(f.Ending.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds), Seconds: seconds));
        return [.. all.Where(f => f.Ending.Length == 0).Select(f => f.Path), .. rolled.Where(f => f.IsRolled).OrderByDescending(f => f.Seconds).Take(MostFiles).Select(f => f.Path)];
    }

    private void Add(string path, long from)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var block = new byte[BlockBytes];
        var at = Math.Max(0, file.Length - BlockBytes);
        while (at > 0 && file.Length - at < MostBytes && Newest(Block(file, at, block)) >= from)
        {
            at = Math.Max(0, at - BlockBytes);
        }

        // From the first whole line on; the last one may be torn, and then it is none.
        file.Position = at;
        var (kept, whole) = (0, at == 0);
        for (var count = file.Read(block, 0, block.Length); count > 0; count = file.Read(block, kept, block.Length - kept))
        {
            var rest = block.AsSpan(0, kept + count);
            while (rest.IndexOf((byte)'\n') is >= 0 and var end)
            {
                _ = whole && end > 0 && rest[0] != '#' && sums.Add(Fnv1a.Add(Fnv1a.Basis, rest[..end]));
                rest = rest[(end + 1)..];
                whole = true;
            }

            rest.CopyTo(block);
            kept = rest.Length;
            if (kept == block.Length)
            {
                (kept, whole) = (0, false);      // no row of ours is so long
            }
        }
    }

    private static ReadOnlySpan<byte> Block(FileStream file, long at, byte[] block)
    {
        file.Position = at;
        return block.AsSpan(0, file.ReadAtLeast(block, block.Length, throwOnEndOfStream: false));
    }

    /// <summary>The newest time of the rows in some bytes, µs since 1970; a row begins with its seconds.</summary>
    private static long Newest(ReadOnlySpan<byte> bytes)
    {
        var newest = 0L;
        while (bytes.IndexOf((byte)'\n') is >= 0 and var end)
        {
            bytes = bytes[(end + 1)..];
            newest = System.Buffers.Text.Utf8Parser.TryParse(bytes, out long seconds, out _) ? Math.Max(newest, seconds) : newest;
        }

        return newest > long.MaxValue / 1_000_000 ? long.MaxValue : newest * 1_000_000;
    }
}

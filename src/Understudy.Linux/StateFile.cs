using System.Security.Cryptography;
using System.Text;
using Understudy.Linux.Interop;

namespace Understudy.Linux;

/// <summary>
/// A text that must outlive the process, in a file of its own. One head line, <c>understudy KIND 1 BOOT SHA-256</c>, then the text. It is replaced as a whole: a new file, fsync, rename(2), fsync of the folder, so that there
/// is always one whole file, the old or the new.
/// </summary>
public static class StateFile
{
    /// <summary>A larger file is none of ours.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int Format = 1;

    /// <summary>Returns when the text is on the disk.</summary>
    /// <param name="kind">One word: what it is the state of.</param>
    /// <param name="boot">The kernel's boot id.</param>
    /// <exception cref="IOException">It cannot be written; the file that was there stays.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Write(string path, string kind, string boot, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        var head = Encoding.ASCII.GetBytes($"{Magic(kind)} {boot} {Convert.ToHexStringLower(SHA256.HashData(body))}\n");
        if (head.Length + body.Length > MaxBytes)
        {
            throw new IOException($"the {kind}'s memory is larger than {MaxBytes} bytes");
        }

        var fresh = $"{path}.new";
        using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(head);
            file.Write(body);
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Reads it back.</summary>
    /// <param name="why">Why there is nothing, where a file is there and cannot be believed; null where there is none, or where it was read.</param>
    public static (string Boot, string Text)? Read(string path, string kind, out string? why)
    {
        why = null;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MaxBytes)
            {
                why = $"{path} is larger than {MaxBytes} bytes";
                return null;
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return Parse(bytes, path, Magic(kind), out why);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            why = $"{path}: {e.Message}";
            return null;
        }
    }

    private static string Magic(string kind) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"understudy {kind} {Format}");

    private static (string Boot, string Text)? Parse(ReadOnlySpan<byte> bytes, string path, string magic, out string? why)
    {
        why = $"{path} is damaged, or of another release";
        var end = bytes.IndexOf((byte)'\n');
        if (end < 0 || !Ascii.IsValid(bytes[..end]))
        {
            return null;
        }

        var head = Encoding.ASCII.GetString(bytes[..end]);
        var body = bytes[(end + 1)..];
        if (!head.StartsWith(magic + " ", StringComparison.Ordinal)
            || head[(magic.Length + 1)..].Split(' ') is not [{ Length: > 0 } boot, { Length: 64 } digest]
            || digest != Convert.ToHexStringLower(SHA256.HashData(body)))
        {
            return null;
        }

        why = null;
        return (boot, Encoding.UTF8.GetString(body));
    }

    /// <summary>fsync(2) of a folder makes a rename in it last.</summary>
    private static void SyncFolder(string folder)
    {
        var fd = Unistd.Open(folder, Unistd.O_RDONLY);
        if (fd < 0)
        {
            return;      // it may be entered and not listed; the rename itself is done
        }

        _ = Unistd.Sync(fd);      // some file systems have no such thing for folders (EINVAL)
        Unistd.Close(fd);
    }
}

using System.Globalization;
using Understudy.Core;
using Understudy.Linux.Interop;

#pragma warning disable CA1416 // file modes exist wherever this assembly runs: on Linux

namespace Understudy.Linux.Secrets;

/// <summary>A secret that may be used, or why not.</summary>
/// <param name="Problem">What is wrong and what would mend it; null where <paramref name="Bytes"/> are.</param>
public sealed record SecretReading(string Path, byte[]? Bytes, string? Problem);

/// <summary>Reads key and token files, and refuses those that others could have read or written.</summary>
public static class SecretFiles
{
    /// <summary>128 bits of text at the very least; `keygen` writes 32 random bytes as base64.</summary>
    public const int MinBytes = 16;

    /// <summary>A longer file is something else, given by mistake.</summary>
    public const int MaxBytes = 4096;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads each; never throws for what is wrong with a file.</summary>
    public static ValueList<SecretReading> Read(ValueList<string> paths) => paths.Select(Read).ToValueList();

    /// <summary>Reads one file of our own keys. White space at both ends is not part of the secret.</summary>
    public static SecretReading Read(string path) => ReadAtLeast(path, MinBytes);

    /// <summary>The same for a secret that others chose, and that may be shorter.</summary>
    public static SecretReading ReadAtLeast(string path, int least)
    {
        try
        {
            if (!File.Exists(path))
            {
                return No(path, $"there is no file; make one with: understudy keygen {path}");
            }

            if (Owner(path) is { } other)
            {
                return No(path, $"belongs to user {other.ToString(CultureInfo.InvariantCulture)}, who could change it; mend it with: chown root {path}");
            }

            var mode = File.GetUnixFileMode(path);
            if ((mode & Others) != UnixFileMode.None)
            {
                return No(path, $"others may read or write it (mode {Convert.ToString((int)mode, 8).PadLeft(4, '0')}); mend it with: chmod 600 {path}");
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
            var bytes = new byte[MaxBytes + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxBytes)
            {
                return No(path, $"is longer than {MaxBytes} bytes, and no key");
            }

            var secret = bytes.AsSpan(0, length).Trim(" \t\r\n"u8).ToArray();
            return secret.Length >= least
                ? new SecretReading(path, secret, null)
                : No(path, $"holds {secret.Length} bytes, must be at least {least}; make one with: understudy keygen {path}");
        }
        catch (IOException e)
        {
            return No(path, $"cannot be read: {e.Message}");
        }
        catch (UnauthorizedAccessException e)
        {
            return No(path, $"cannot be read: {e.Message}");
        }
    }

    private static SecretReading No(string path, string problem) => new(path, null, problem);

    /// <summary>The owner where it is neither root nor we; null where all is well or nothing can be told.</summary>
    private static uint? Owner(string path) =>
        Stat.OwnerOf(path) is { } owner && owner != 0 && owner != Stat.OurId ? owner : null;
}

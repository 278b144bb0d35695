using Microsoft.Win32.SafeHandles;
using Understudy.Core.Collection;

namespace Understudy.Linux.Collection;

/// <summary>Reads one of the kernel's files of numbers, again and again through one open descriptor. No allocation while the file has the same lines.</summary>
public sealed class ProcSource : IDisposable
{
    /// <summary>proc_meminfo(5) and proc_vmstat(5) have 2 to 6 KiB; a file that outgrows this is refused.</summary>
    internal const int MaxBytes = 256 * 1024;

    private readonly string path;
    private byte[] buffer = new byte[16 * 1024];
    private SafeFileHandle? file;

    public ProcSource(string path) => this.path = path;

    /// <summary>Names and values of the last reading.</summary>
    public ProcNumbers Numbers { get; } = new();

    /// <summary>Takes a reading.</summary>
    /// <returns>Why there is none, or null.</returns>
    public string? Read()
    {
        try
        {
            file ??= File.OpenHandle(path);
            while (true)
            {
                // From the start each time: the kernel writes such a file anew for each reader that begins at 0.
                var length = Fill(file);
                if (length < buffer.Length)
                {
                    return Numbers.Read(buffer.AsSpan(0, length)) ? null : $"{path} is no list of names and numbers";
                }

                if (buffer.Length >= MaxBytes)
                {
                    return $"{path} has more than {MaxBytes} bytes";
                }

                buffer = new byte[2 * buffer.Length];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            return e.Message;
        }
    }

    public void Dispose()
    {
        file?.Dispose();
        file = null;
    }

    private int Fill(SafeFileHandle from)
    {
        var have = 0;
        while (have < buffer.Length && RandomAccess.Read(from, buffer.AsSpan(have), have) is > 0 and var got)
        {
            have += got;
        }

        return have;
    }
}

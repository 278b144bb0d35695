using System.Buffers;
using Understudy.Linux.Interop;

#pragma warning disable CA1416 // file modes exist wherever this assembly runs: on Linux

namespace Understudy.Linux.Collection;

/// <summary>One file of rows as it grows: appended whole, or not at all.</summary>
internal sealed unsafe class CsvFile : IDisposable
{
    private const int Mode = 0x180;      // 0600: what store_csv makes its files with
    private const int NoExecution = 0x1B6;      // 0666
    private const int ENOSPC = 28;       // asm-generic/errno-base.h
    private int fd;

    private CsvFile(string path, int fd, long size) => (Path, this.fd, Size) = (path, fd, size);

    internal string Path { get; }

    internal long Size { get; private set; }

    /// <summary>Rows that wait for <see cref="Flush"/>.</summary>
    internal ArrayBufferWriter<byte> Pending { get; } = new(64 * 1024);

    /// <summary>Samples that the waiting rows are of.</summary>
    internal List<StoreSample> Samples { get; } = [];

    internal long Rows { get; set; }

    internal long Stretch { get; init; }

    /// <summary>Opens or makes a file for appending. A last line that was torn by a crash is ended.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be.</exception>
    /// <param name="permissions">Of a file that is made; 0: 0600.</param>
    internal static CsvFile Open(string path, long stretch, int permissions = 0)
    {
        var opened = Unistd.Open(path, Unistd.O_RDWR | Unistd.O_APPEND, Mode);
        if (opened < 0)
        {
            throw new StoreUnavailableException($"{path}: {Errno.Text(opened)}");
        }

        var size = Math.Max(0, Unistd.Seek(opened, 0, Unistd.SEEK_END));
        var last = (byte)'\n';
        if (size > 0 && Unistd.Seek(opened, size - 1, Unistd.SEEK_SET) >= 0)
        {
            _ = Unistd.Read(opened, &last, 1);
        }

        if (size == 0 && permissions != 0)
        {
            File.SetUnixFileMode(path, (UnixFileMode)(permissions & NoExecution));
        }

        var file = new CsvFile(path, opened, size) { Stretch = stretch };
        if (last != '\n')
        {
            file.Pending.Write("\n"u8);
        }

        return file;
    }

    /// <summary>Appends what waits and marks its samples as done.</summary>
    /// <exception cref="StoreUnavailableException">The disk is full or gone. The file is as it was, and the rows still wait with whoever has the samples.</exception>
    internal void Flush()
    {
        var rows = Pending.WrittenSpan;
        var done = 0;
        fixed (byte* bytes = rows)
        {
            while (done < rows.Length)
            {
                var n = Unistd.Write(fd, bytes + done, rows.Length - done);
                if (n == -Errno.EINTR)
                {
                    continue;
                }

                if (n <= 0)
                {
                    _ = Unistd.Truncate(fd, Size);
                    Forget();
                    throw new StoreUnavailableException($"{Path}: {Errno.Text(n == 0 ? -ENOSPC : n)}");
                }

                done += n;
            }
        }

        Size += done;
        Samples.ForEach(s => s.IsDone = true);
        Forget();
    }

    public void Dispose()
    {
        Unistd.Close(fd);
        fd = -1;
    }

    private void Forget()
    {
        Pending.ResetWrittenCount();
        Samples.Clear();
    }
}

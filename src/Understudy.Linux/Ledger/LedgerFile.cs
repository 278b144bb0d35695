using Understudy.Linux.Interop;

namespace Understudy.Linux.Ledger;

/// <summary>Where the journal's bytes go. Results are at least 0, or <c>-errno</c>.</summary>
internal interface ILedgerFile : IDisposable
{
    /// <summary>Bytes in the file that is written now.</summary>
    long Size { get; }

    /// <summary>Writes whole lines, all or none of them.</summary>
    int Append(ReadOnlySpan<byte> lines);

    /// <summary>Puts them on the disk.</summary>
    int Sync();

    /// <summary>Begins an empty file; the older ones move one place back, and the oldest goes.</summary>
    int Rotate();
}

/// <summary>
/// The file at <paramref name="path"/>, opened with O_APPEND and mode 0640, and its older siblings path.1 (the youngest) to path.N. It is opened when it is first
/// needed, and again after each failure: a directory or a mount may appear late.
/// </summary>
internal sealed unsafe class LedgerFile(string path, int keep) : ILedgerFile
{
    private const int Mode = 0x1A0;      // 0640: the group may read what we did, others may not
    private int fd = -1;

    public long Size { get; private set; }

    public int Append(ReadOnlySpan<byte> lines)
    {
        if (fd < 0 && Open() is < 0 and var refused)
        {
            return refused;
        }

        var done = 0;
        fixed (byte* bytes = lines)
        {
            while (done < lines.Length)
            {
                var n = Unistd.Write(fd, bytes + done, lines.Length - done);
                if (n == -Errno.EINTR)
                {
                    continue;
                }

                if (n <= 0)
                {
                    TakeBack(done);
                    return n == 0 ? -ENOSPC : n;
                }

                done += n;
            }
        }

        Size += done;
        return done;
    }

    public int Sync() => fd < 0 ? 0 : Unistd.DataSync(fd);

    public int Rotate()
    {
        Close();
        try
        {
            for (var i = keep; i > 1; i--)
            {
                if (File.Exists($"{path}.{i - 1}"))
                {
                    File.Move($"{path}.{i - 1}", $"{path}.{i}", overwrite: true);
                }
            }

            if (File.Exists(path))
            {
                File.Move(path, $"{path}.1", overwrite: true);
            }

            return 0;
        }
        catch (IOException e)
        {
            return e.HResult < 0 ? -Errno.EBUSY : -e.HResult;      // .NET keeps errno in HResult where it knows no better
        }
        catch (UnauthorizedAccessException)
        {
            return -Errno.EACCES;
        }
    }

    public void Dispose() => Close();

    private const int ENOSPC = 28;      // asm-generic/errno-base.h

    /// <summary>Half a line is worse than none: the file is cut back, or else opened anew, which ends the torn line.</summary>
    private void TakeBack(int bytes)
    {
        if (bytes > 0 && Unistd.Truncate(fd, Size) < 0)
        {
            Close();
        }
    }

    private int Open()
    {
        fd = Unistd.Open(path, Unistd.O_RDWR | Unistd.O_APPEND, Mode);
        if (fd < 0)
        {
            return fd;
        }

        var size = Unistd.Seek(fd, 0, Unistd.SEEK_END);
        byte last = (byte)'\n';
        if (size > 0 && Unistd.Seek(fd, size - 1, Unistd.SEEK_SET) >= 0)
        {
            _ = Unistd.Read(fd, &last, 1);
        }

        Size = Math.Max(0, size);
        if (last != '\n')
        {
            // A crash or a full disk tore the last line. Ended, it is one bad line; left open, it would spoil the next as well.
            last = (byte)'\n';
            if (Unistd.Write(fd, &last, 1) is not 1 and var refused)
            {
                Close();
                return refused == 0 ? -ENOSPC : refused;
            }

            Size++;
        }

        return 0;
    }

    private void Close()
    {
        Unistd.Close(fd);
        (fd, Size) = (-1, 0);
    }
}

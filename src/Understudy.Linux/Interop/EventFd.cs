namespace Understudy.Linux.Interop;

/// <summary>Wakes a thread that waits in an <see cref="EpollSet"/>. Any thread may signal; signals before a drain become one.</summary>
public sealed unsafe class EventFd : IDisposable
{
    private int fd;

    /// <summary>No signal yet.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    public EventFd() => fd = Errno.Require(SysEventfd.Create(), "eventfd");

    public int Fd => fd;

    /// <summary>Never blocks and never fails to wake: at the counter's limit the descriptor is readable anyway.</summary>
    public void Signal()
    {
        ulong one = 1;
        _ = Unistd.Write(fd, &one, sizeof(ulong));
    }

    /// <summary>Takes all signals so far; true when there were any.</summary>
    public bool Drain()
    {
        ulong count;
        return Unistd.Read(fd, &count, sizeof(ulong)) > 0;
    }

    public void Dispose()
    {
        Unistd.Close(fd);
        fd = -1;
    }
}

using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary>One descriptor that has something: its tag, and epoll's event bits.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Ready(ulong Tag, uint Events)
{
    /// <summary>EPOLLERR or EPOLLHUP: a read will say what is wrong.</summary>
    public bool Broken => (Events & (SysEpoll.EPOLLERR | SysEpoll.EPOLLHUP)) != 0;
}

/// <summary>What the loop waits on: descriptors with tags, level-triggered, the read side and, where asked, the write side. One thread waits; it does not allocate.</summary>
public sealed unsafe class EpollSet : IDisposable
{
    /// <summary>Most events one wait hands out; the rest come with the next.</summary>
    public const int MaxReady = 64;

    private readonly int fd;
    private byte* events;

    /// <summary>An empty set.</summary>
    /// <exception cref="IOException">The kernel refused (EMFILE, ENFILE, ENOMEM).</exception>
    public EpollSet()
    {
        fd = Errno.Require(SysEpoll.Create(), "epoll_create1");
        events = (byte*)NativeMemory.AllocZeroed((nuint)(MaxReady * SysEpoll.EventBytes));
    }

    /// <summary>Watches a descriptor for input.</summary>
    /// <exception cref="IOException">The kernel refused (EEXIST, EBADF, ENOMEM, ENOSPC).</exception>
    public void Add(int descriptor, ulong tag)
    {
        var change = stackalloc byte[16];
        *(uint*)change = SysEpoll.EPOLLIN;
        Marshal.WriteInt64((nint)change, SysEpoll.TagOffset, (long)tag);
        _ = Errno.Require(SysEpoll.Control(fd, SysEpoll.EPOLL_CTL_ADD, descriptor, change), "epoll_ctl(ADD)");
    }

    /// <summary>Watches it for room to write too, or no more.</summary>
    /// <param name="hears">And for input: false while what is there already must wait.</param>
    /// <exception cref="IOException">The kernel refused (ENOENT, EBADF).</exception>
    public void AwaitRoom(int descriptor, ulong tag, bool awaits, bool hears = true)
    {
        var change = stackalloc byte[16];
        *(uint*)change = (hears ? SysEpoll.EPOLLIN : 0) | (awaits ? SysEpoll.EPOLLOUT : 0);
        Marshal.WriteInt64((nint)change, SysEpoll.TagOffset, (long)tag);
        _ = Errno.Require(SysEpoll.Control(fd, SysEpoll.EPOLL_CTL_MOD, descriptor, change), "epoll_ctl(MOD)");
    }

    /// <summary>Stops watching; must come before the descriptor is closed. 0 or <c>-errno</c>.</summary>
    public int Remove(int descriptor)
    {
        var change = stackalloc byte[16];
        return SysEpoll.Control(fd, SysEpoll.EPOLL_CTL_DEL, descriptor, change);
    }

    /// <summary>Waits until something is ready or the time is over.</summary>
    /// <param name="into">Where the ready ones go; at most <see cref="MaxReady"/> are used.</param>
    /// <param name="timeoutMs">0 looks and returns, -1 waits without limit. The exact instants belong to a <see cref="TimerFd"/>.</param>
    /// <returns>How many are ready; 0 also after a signal; else <c>-errno</c>.</returns>
    public int Wait(Span<Ready> into, int timeoutMs)
    {
        var n = SysEpoll.Wait(fd, events, Math.Min(into.Length, MaxReady), timeoutMs);
        if (n < 0)
        {
            return n == -Errno.EINTR ? 0 : n;
        }

        for (var i = 0; i < n; i++)
        {
            var one = events + (i * SysEpoll.EventBytes);
            into[i] = new Ready((ulong)Marshal.ReadInt64((nint)one, SysEpoll.TagOffset), *(uint*)one);
        }

        return n;
    }

    public void Dispose()
    {
        if (events is not null)
        {
            Unistd.Close(fd);
            NativeMemory.Free(events);
            events = null;
        }
    }
}

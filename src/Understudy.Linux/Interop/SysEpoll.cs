using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>sys/epoll.h</c>, epoll(7), and <c>poll.h</c>, poll(2).</summary>
internal static unsafe partial class SysEpoll
{
    internal const int EPOLL_CLOEXEC = 0x80000, EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3;
    internal const uint EPOLLIN = 1, EPOLLOUT = 4, EPOLLERR = 8, EPOLLHUP = 16;
    internal const short POLLIN = 1;

    /// <summary>struct epoll_event is packed on x86-64 only (EPOLL_PACKED in linux/eventpoll.h): 12 bytes there, 16 elsewhere.</summary>
    internal static readonly int EventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    /// <summary>Where the 64-bit tag lies in struct epoll_event.</summary>
    internal static readonly int TagOffset = EventBytes - sizeof(ulong);

    internal static int Create() => Errno.Or(epoll_create1(EPOLL_CLOEXEC));

    internal static int Control(int epoll, int operation, int fd, void* change) => Errno.Or(epoll_ctl(epoll, operation, fd, change));

    internal static int Wait(int epoll, void* events, int count, int timeoutMs) => Errno.Or(epoll_wait(epoll, events, count, timeoutMs));

    internal static int Poll(PollFd* fds, int count, int timeoutMs) => Errno.Or(poll(fds, (nuint)count, timeoutMs));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int fd, void* change);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, void* events, int count, int timeoutMs);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollFd* fds, nuint count, int timeoutMs);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        internal int Fd;
        internal short Events;
        internal short Happened;
    }
}

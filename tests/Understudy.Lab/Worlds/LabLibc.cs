using System.Runtime.InteropServices;

namespace Understudy.Lab.Worlds;

/// <summary>The handful of system calls that the harness makes itself, so that the product under test is never used to measure itself.</summary>
internal static unsafe partial class LabLibc
{
    /// <summary>sched.h: the new or joined namespace is a network namespace.</summary>
    internal const int CLONE_NEWNET = 0x40000000;

    /// <summary>signal(7), numbers of x86 and arm.</summary>
    internal const int SIGKILL = 9;

    internal const int SIGTERM = 15;

    internal const int SIGCONT = 18;

    internal const int SIGSTOP = 19;

    /// <summary>time.h.</summary>
    internal const int CLOCK_MONOTONIC = 1;

    internal const int TIMER_ABSTIME = 1;

    internal const int AF_NETLINK = 16;

    internal const int SOCK_RAW = 3;

    internal const int SOCK_CLOEXEC = 0x80000;

    internal const int SOCK_NONBLOCK = 0x800;

    /// <summary>fcntl.h; with O_RDONLY, which is 0.</summary>
    internal const int O_CLOEXEC = 0x80000;

    internal const int SOL_SOCKET = 1;

    /// <summary>socket(7): a receive buffer beyond rmem_max, for those who may (CAP_NET_ADMIN).</summary>
    internal const int SO_RCVBUFFORCE = 33;

    /// <summary>include/linux/socket.h; the level of netlink's own options.</summary>
    internal const int SOL_NETLINK = 270;

    /// <summary>netlink(7): hear all namespaces that have an id in the socket's own, and say which one in ancillary data.</summary>
    internal const int NETLINK_LISTEN_ALL_NSID = 8;

    internal const short POLLIN = 1;

    internal const int MSG_DONTWAIT = 0x40;

    internal const int SCHED_FIFO = 1;

    internal const int EAGAIN = 11;

    internal const int ENOBUFS = 105;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setns(int fd, int kind);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int bind(int fd, void* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setsockopt(int fd, int level, int name, void* value, uint length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint send(int fd, void* bytes, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint recv(int fd, void* bytes, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint sendto(int fd, void* bytes, nuint length, int flags, void* to, uint toLength);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint recvfrom(int fd, void* bytes, nuint length, int flags, void* from, uint* fromLength);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint recvmsg(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int poll(PollEntry* entries, nuint count, int timeoutMs);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int clock_nanosleep(int clock, int flags, TimeSpec* at, TimeSpec* left);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sched_setscheduler(int pid, int policy, int* priority);

    internal static string LastError => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    /// <summary>Sleeps until a moment of <see cref="LabClock"/>; a moment that has passed returns at once.</summary>
    internal static void SleepUntil(long at)
    {
        var spec = new TimeSpec { Seconds = at / LabClock.Second, Nanoseconds = at % LabClock.Second };
        _ = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &spec, null);
    }

    /// <summary>Puts the calling thread into SCHED_FIFO, below what a product would choose, so that the harness is on time and never in the way.</summary>
    /// <returns>False where that is not allowed; the thread then runs as it did.</returns>
    internal static bool MakePunctual()
    {
        var priority = 5;
        return sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
    }

    /// <summary>struct timespec on 64 bit.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Fd;
        internal short Events;
        internal short Returned;
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Piece
    {
        internal void* Start;
        internal nuint Length;
    }

    /// <summary>struct msghdr on 64 bit.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        internal void* Name;
        internal uint NameLength;
        internal Piece* Pieces;
        internal nuint PieceCount;
        internal void* Control;
        internal nuint ControlLength;
        internal int Flags;
    }
}

using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>sched.h</c>, sched(7), sched_setattr(2), setns(2).</summary>
internal static unsafe partial class Sched
{
    internal const int SCHED_OTHER = 0, SCHED_FIFO = 1, SCHED_RESET_ON_FORK = 0x40000000;
    internal const int CLONE_NEWNET = 0x40000000;
    private const ulong SCHED_FLAG_RESET_ON_FORK = 1;
    private const int RLIMIT_RTPRIO = 14;      // asm-generic/resource.h

    /// <summary>Makes the calling thread real-time; its children and new threads start ordinary again (SCHED_RESET_ON_FORK).</summary>
    internal static int SetFifo(int priority) => Errno.Or(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority));

    /// <summary>Gives the calling thread a nice value and, on kernels with EEVDF (6.12), a slice of its own.</summary>
    internal static int SetSlice(int nice, ulong sliceNanoseconds)
    {
        var attributes = new SchedAttr
        {
            Size = (uint)sizeof(SchedAttr),
            Policy = SCHED_OTHER,
            Flags = SCHED_FLAG_RESET_ON_FORK,
            Nice = nice,
            Runtime = sliceNanoseconds,
        };
        var number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 314 : 274; // sched_setattr: x86-64, asm-generic
        return (int)Errno.Or(syscall(number, 0, &attributes, 0));
    }

    /// <summary>How high a priority the process, and whom it starts, may ask for without a privilege: RLIMIT_RTPRIO, getrlimit(2).</summary>
    internal static int LimitPriority(ulong priority)
    {
        var limit = stackalloc ulong[2] { priority, priority };
        return Errno.Or(setrlimit(RLIMIT_RTPRIO, limit));
    }

    internal static int SetNs(int fd, int kind) => Errno.Or(setns(fd, kind));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_setscheduler(int thread, int policy, int* parameters);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, ulong* limit);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int fd, int kind);

    // glibc has a wrapper for sched_setattr only since 2.41.
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint thread, SchedAttr* attributes, nint flags);

    /// <summary>struct sched_attr, <c>linux/sched/types.h</c>, its first version (SCHED_ATTR_SIZE_VER0, 48 bytes).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SchedAttr
    {
        internal uint Size;
        internal uint Policy;
        internal ulong Flags;
        internal int Nice;
        internal uint Priority;
        internal ulong Runtime;
        internal ulong Deadline;
        internal ulong Period;
    }
}

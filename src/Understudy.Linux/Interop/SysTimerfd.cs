using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>sys/timerfd.h</c>, timerfd_create(2).</summary>
internal static unsafe partial class SysTimerfd
{
    internal const int TFD_CLOEXEC = 0x80000, TFD_NONBLOCK = 0x800, TFD_TIMER_ABSTIME = 1;

    internal static int Create(int clock, int flags) => Errno.Or(timerfd_create(clock, flags | TFD_CLOEXEC));

    internal static int Set(int fd, int flags, ITimerSpec* to) => Errno.Or(timerfd_settime(fd, flags, to, null));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int timerfd_create(int clock, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int timerfd_settime(int fd, int flags, ITimerSpec* to, ITimerSpec* before);

    /// <summary>struct itimerspec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ITimerSpec
    {
        internal Time.TimeSpec Interval;
        internal Time.TimeSpec Value;
    }
}

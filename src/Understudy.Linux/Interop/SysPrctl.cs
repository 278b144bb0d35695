using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>sys/prctl.h</c>, prctl(2).</summary>
internal static partial class SysPrctl
{
    internal const int PR_SET_PDEATHSIG = 1, PR_SET_TIMERSLACK = 29;

    internal static int Set(int option, nint value) => Errno.Or(prctl(option, value, 0, 0, 0));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nint a, nint b, nint c, nint d);
}

using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>sys/eventfd.h</c>, eventfd(2).</summary>
internal static partial class SysEventfd
{
    internal const int EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;

    internal static int Create() => Errno.Or(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint start, int flags);
}

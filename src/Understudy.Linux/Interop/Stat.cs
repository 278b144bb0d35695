using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>sys/stat.h</c>: statx(2), and geteuid(2). .NET tells a file's mode, and not its owner.</summary>
internal static unsafe partial class Stat
{
    private const int AT_FDCWD = -100;
    private const uint STATX_UID = 8;

    /// <summary>Whom we act as.</summary>
    internal static uint OurId => geteuid();

    /// <summary>The user who owns a file; null where it cannot be told.</summary>
    internal static uint? OwnerOf(string path)
    {
        // struct statx (linux/stat.h) is 256 bytes on every architecture: stx_mask, stx_blksize, stx_attributes (8), stx_nlink, stx_uid at byte 20.
        var into = stackalloc uint[64];
        return statx(AT_FDCWD, path, 0, STATX_UID, into) == 0 ? into[5] : null;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, uint* into);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}

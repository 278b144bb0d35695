using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>sys/stat.h</c>: statx(2), and geteuid(2). .NET tells a file's mode, and neither its owner nor that it is a socket.</summary>
public static unsafe partial class Stat
{
    private const int AT_FDCWD = -100;
    private const uint STATX_TYPE = 1, STATX_UID = 8;
    private const ushort S_IFMT = 0xF000, S_IFSOCK = 0xC000;

    /// <summary>Whom we act as.</summary>
    internal static uint OurId => geteuid();

    /// <summary>The user who owns a file; null where it cannot be told.</summary>
    internal static uint? OwnerOf(string path)
    {
        var into = stackalloc uint[StatxWords];
        return statx(AT_FDCWD, path, 0, STATX_UID, into) == 0 ? into[5] : null;
    }

    /// <summary>A Unix socket stands at this path.</summary>
    public static bool IsSocket(string path)
    {
        var into = stackalloc uint[StatxWords];
        return statx(AT_FDCWD, path, 0, STATX_TYPE, into) == 0 && (((ushort*)into)[14] & S_IFMT) == S_IFSOCK;
    }

    // struct statx (linux/stat.h) is 256 bytes on every architecture: stx_mask, stx_blksize, stx_attributes (8 bytes), stx_nlink,
    // stx_uid at byte 20, stx_gid, stx_mode (2 bytes) at 28.
    private const int StatxWords = 64;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, uint* into);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}

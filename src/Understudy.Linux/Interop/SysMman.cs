using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>sys/mman.h</c>: mlockall(2), mmap(2), memfd_create(2).</summary>
internal static unsafe partial class SysMman
{
    internal const int MCL_CURRENT = 1, MCL_FUTURE = 2, MCL_ONFAULT = 4;
    internal const int PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1;
    private const uint MFD_CLOEXEC = 1;

    internal static int LockAll(int flags) => Errno.Or(mlockall(flags));

    internal static int MemFd(string name) => Errno.Or(memfd_create(name, MFD_CLOEXEC));

    /// <summary>Maps a file for reading and writing, shared with whoever else maps it.</summary>
    /// <exception cref="IOException">The kernel refused; the message is errno's own text.</exception>
    internal static byte* MapShared(int fd, int bytes)
    {
        var at = mmap(null, (nuint)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        return (nint)at != -1 ? (byte*)at : throw new IOException($"mmap: {Errno.Text(-Marshal.GetLastPInvokeError())}");
    }

    internal static int Unmap(void* at, int bytes) => Errno.Or(munmap(at, (nuint)bytes));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mlockall(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial void* mmap(void* at, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(void* at, nuint length);
}

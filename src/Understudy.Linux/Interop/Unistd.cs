using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>unistd.h</c> and <c>fcntl.h</c>: read(2), write(2), close(2), open(2), lseek(2), fcntl(2), pipe2(2), fdatasync(2), fsync(2), ftruncate(2), getppid(2), pidfd_open(2).</summary>
internal static unsafe partial class Unistd
{
    internal const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x40, O_APPEND = 0x400, O_CLOEXEC = 0x80000;
    private const int F_SETFD = 2, FD_CLOEXEC = 1, F_DUPFD_CLOEXEC = 1030; // asm-generic/fcntl.h, linux/fcntl.h
    internal const int SEEK_SET = 0, SEEK_END = 2;

    internal static int Read(int fd, void* into, int length) => (int)Errno.Or(read(fd, into, (nuint)length));

    internal static int Write(int fd, void* bytes, int length) => (int)Errno.Or(write(fd, bytes, (nuint)length));

    internal static void Close(int fd)
    {
        if (fd >= 0)
        {
            _ = close(fd); // close(2): the descriptor is gone even where it reports an error
        }
    }

    internal static int Open(string path, int flags) => Errno.Or(open(path, flags | O_CLOEXEC, 0));

    /// <summary>Opens a file that is made with this mode where it is not there.</summary>
    internal static int Open(string path, int flags, int mode) => Errno.Or(open(path, flags | O_CREAT | O_CLOEXEC, mode));

    /// <summary>Puts what was written on the disk; blocks as long as that takes. fdatasync(2).</summary>
    internal static int DataSync(int fd) => Errno.Or(fdatasync(fd));

    /// <summary>Puts a file or folder on the disk with what describes it. fsync(2).</summary>
    internal static int Sync(int fd) => Errno.Or(fsync(fd));

    internal static long Seek(int fd, long to, int from) => Errno.Or((long)lseek(fd, (nint)to, from));

    internal static int Truncate(int fd, long length) => Errno.Or(ftruncate(fd, (nint)length));

    /// <summary>Another number for the descriptor, the lowest free one that is not under <paramref name="least"/>; closed at exec.</summary>
    internal static int Duplicate(int fd, int least) => Errno.Or(fcntl(fd, F_DUPFD_CLOEXEC, least));

    /// <summary>Closed at exec from now on, or not.</summary>
    internal static int CloseAtExec(int fd, bool closed) => Errno.Or(fcntl(fd, F_SETFD, closed ? FD_CLOEXEC : 0));

    /// <summary>A pipe, closed at exec.</summary>
    internal static int Pipe(out int reader, out int writer)
    {
        var ends = stackalloc int[2];
        var made = Errno.Or(pipe2(ends, O_CLOEXEC));
        (reader, writer) = made < 0 ? (-1, -1) : (ends[0], ends[1]);
        return made;
    }

    internal static int ParentId() => getppid();

    /// <summary>A descriptor that becomes readable when the process ends; pidfd_open(2), number 434 on every architecture.</summary>
    internal static int PidFd(int process) => (int)Errno.Or(syscall(434, process, 0));

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int fd, void* into, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int fd, void* bytes, nuint length);

    [LibraryImport("libc")]
    private static partial int close(int fd);

    // open(2) is variadic; on the 64-bit ABIs that .NET runs on, integers of a variadic call travel as those of any other.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    // variadic too
    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(int fd, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint lseek(int fd, nint to, int from);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int fd);

    [LibraryImport("libc")]
    private static partial int getppid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint process, nint flags);
}

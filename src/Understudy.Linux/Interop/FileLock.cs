using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>fcntl.h</c>: locks of an open file description, F_OFD_SETLK of fcntl(2). One belongs to the descriptor and not to the process: it is let go when that is closed, and two in one process exclude each other.</summary>
internal static unsafe partial class FileLock
{
    private const int F_OFD_SETLK = 37;              // asm-generic/fcntl.h
    private const short F_WRLCK = 1, F_UNLCK = 2;    // asm-generic/fcntl.h

    /// <summary>Takes the lock on the whole file, or says at once that it cannot: -EAGAIN while another has it, -ENOLCK or -EOPNOTSUPP where the file system has no locks.</summary>
    internal static int TryTake(int fd) => Set(fd, F_WRLCK);

    internal static int LetGo(int fd) => Set(fd, F_UNLCK);

    private static int Set(int fd, short type)
    {
        var region = new Flock { Type = type };      // from 0, length 0: to the end however far it grows; l_pid must be 0
        return Errno.Or(fcntl(fd, F_OFD_SETLK, &region));
    }

    /// <summary>struct flock (asm-generic/fcntl.h) as 64-bit architectures have it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Flock
    {
        internal short Type;
        internal short Whence;
        internal long Start;
        internal long Length;
        internal int Process;
    }

    // fcntl(2) is variadic; on the 64-bit ABIs that .NET runs on, pointers of a variadic call travel as those of any other.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int fd, int command, Flock* region);
}

using System.Globalization;
using System.Runtime.InteropServices;

namespace Understudy.Linux.Commands;

/// <summary>Whether a file may be run with our rights. What others can change, others would run as us.</summary>
internal static unsafe partial class ProgramFile
{
    // fcntl.h, linux/stat.h, unistd.h.
    private const int AT_FDCWD = -100, STATX_BASIC_STATS = 0x7ff, X_OK = 1;
    private const int S_IFMT = 0xf000, S_IFREG = 0x8000, S_IWGRP = 0x10, S_IWOTH = 0x2, S_ISVTX = 0x200;
    private const int SizeOfStatx = 256, MaxPath = 4096;

    /// <summary>Says why a file is not run, or null when it may be.</summary>
    /// <remarks>The path must be absolute, and lead to a regular executable file. Neither the file nor any directory on the way, as written
    /// and with links resolved, may be owned or written by anyone but root and ourselves (a sticky directory such as /tmp may:
    /// nobody can replace another's file there).</remarks>
    public static string? Refusal(string path)
    {
        if (!Path.IsPathRooted(path))
        {
            return $"{path}: give the absolute path of the command";
        }

        if (Resolve(path) is not { } real)
        {
            return $"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}";
        }

        if (Look(real) is not { } file)
        {
            return $"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}";
        }

        if ((file.Mode & S_IFMT) != S_IFREG)
        {
            return $"{path}: not a regular file";
        }

        if (access(real, X_OK) != 0)
        {
            return $"{path}: not executable for us; chmod 755 {real}";
        }

        if (Stranger(real, file, directory: false) is { } whose)
        {
            return whose;
        }

        return Way(path) ?? (real == path ? null : Way(real));
    }

    private static string? Way(string path)
    {
        for (var at = Path.GetDirectoryName(path); at is not null; at = Path.GetDirectoryName(at))
        {
            if (Look(at) is { } directory && Stranger(at, directory, directory: true) is { } whose)
            {
                return whose;
            }
        }

        return null;
    }

    private static string? Stranger(string path, Stat at, bool directory)
    {
        var safeHere = directory && (at.Mode & S_ISVTX) != 0;
        return at.User != 0 && at.User != geteuid()
                ? string.Create(CultureInfo.InvariantCulture, $"{path}: belongs to user {at.User}, who could change what we run; chown root {path}")
            : (at.Mode & S_IWOTH) != 0 && !safeHere ? $"{path}: everybody may write to it; chmod o-w {path}"
            : (at.Mode & S_IWGRP) != 0 && at.Group != 0 && !safeHere
                ? string.Create(CultureInfo.InvariantCulture, $"{path}: group {at.Group} may write to it; chmod g-w {path}")
            : null;
    }

    private static string? Resolve(string path)
    {
        var room = stackalloc byte[MaxPath];
        return realpath(path, room) is not null ? Marshal.PtrToStringUTF8((nint)room) : null;
    }

    private static Stat? Look(string path)
    {
        // struct statx (linux/stat.h) is the same on every architecture: uid at 20, gid at 24, mode at 28.
        Span<byte> buffer = stackalloc byte[SizeOfStatx];
        fixed (byte* first = buffer)
        {
            return statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, first) == 0
                ? new(BitConverter.ToUInt32(buffer[20..]), BitConverter.ToUInt32(buffer[24..]), BitConverter.ToUInt16(buffer[28..]))
                : null;
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Stat(uint User, uint Group, int Mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte* realpath(string path, byte* resolved);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, byte* into);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int access(string path, int mode);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}

using System.Runtime.InteropServices;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Ups;

/// <summary>Becomes another user for good, as a driver that was started by root does: initgroups(3), setgid(2), setuid(2).</summary>
public static unsafe partial class Account
{
    /// <summary>We may become somebody else.</summary>
    public static bool IsRoot => Stat.OurId == 0;

    /// <summary>Becomes the user, with its groups; all threads of the process do (nptl(7)).</summary>
    /// <exception cref="IOException">There is no such user, or the kernel refused.</exception>
    public static void Become(string user)
    {
        var entry = getpwnam(user);
        if (entry is null)
        {
            throw new IOException($"there is no user {user}; name one by -u, or by 'user =' in ups.conf");
        }

        var (id, group) = (entry->Id, entry->Group);
        if (id == 0)
        {
            return;
        }

        _ = Errno.Require(Errno.Or(initgroups(user, group)), $"initgroups {user}");
        _ = Errno.Require(Errno.Or(setgid(group)), $"setgid {group}");
        _ = Errno.Require(Errno.Or(setuid(id)), $"setuid {user}");
    }

    /// <summary>Gives a file to a group.</summary>
    /// <exception cref="IOException">There is no such group, or the kernel refused.</exception>
    public static void GiveToGroup(string path, string group)
    {
        var entry = getgrnam(group);
        if (entry is null)
        {
            throw new IOException($"there is no group {group}; name one by -g, or by 'group =' in ups.conf");
        }

        _ = Errno.Require(Errno.Or(chown(path, uint.MaxValue, entry->Id)), $"chown {path} to group {group}");
    }

    /// <summary>Enters a folder as the root of all paths; chroot(2).</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    public static void ChangeRoot(string folder)
    {
        _ = Errno.Require(Errno.Or(chroot(folder)), $"chroot {folder}");
        Environment.CurrentDirectory = "/";
    }

    /// <summary>Leaves the terminal: a session of our own (setsid(2)), and nothing read or written any more.</summary>
    public static void LeaveTerminal()
    {
        _ = setsid();
        var nowhere = Unistd.Open("/dev/null", Unistd.O_RDWR);
        for (var fd = 0; fd <= 2; fd++)
        {
            _ = dup2(nowhere, fd);
        }

        Unistd.Close(nowhere);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Passwd* getpwnam(string name);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial GroupEntry* getgrnam(string name);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int initgroups(string user, uint group);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setgid(uint group);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setuid(uint user);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint user, uint group);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chroot(string path);

    [LibraryImport("libc")]
    private static partial int setsid();

    [LibraryImport("libc")]
    private static partial int dup2(int from, int to);

    /// <summary>The head of struct passwd, <c>pwd.h</c>, of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Passwd
    {
        internal nint Name;
        internal nint Word;
        internal uint Id;
        internal uint Group;
    }

    /// <summary>The head of struct group, <c>grp.h</c>, of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct GroupEntry
    {
        internal nint Name;
        internal nint Word;
        internal uint Id;
    }
}

using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary>Tells that something was made in, or moved to, a folder: inotify(7). Where the kernel refuses it tells nothing, and whoever waits has to look by itself.</summary>
public sealed unsafe partial class FolderWatch : IDisposable
{
    // linux/inotify.h
    private const int IN_NONBLOCK = 0x800, IN_CLOEXEC = 0x80000;
    private const uint IN_MOVED_TO = 0x80, IN_CREATE = 0x100;

    public FolderWatch(string folder)
    {
        Fd = Errno.Or(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
        if (Fd >= 0)
        {
            _ = inotify_add_watch(Fd, folder, IN_CREATE | IN_MOVED_TO);
        }
    }

    /// <summary>Readable when something came; negative where there is no watch.</summary>
    public int Fd { get; }

    /// <summary>Takes all that was told so far.</summary>
    public void Drain()
    {
        var into = stackalloc byte[4096];
        while (Unistd.Read(Fd, into, 4096) > 0)
        {
        }
    }

    public void Dispose() => Unistd.Close(Fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inotify_add_watch(int fd, string path, uint mask);
}

using Understudy.Linux.Interop;

namespace Understudy.Linux.Guarding;

/// <summary>
/// A pipe that the daemon never writes to: its other end hangs up when the daemon dies, and earlier than the process is gone. The
/// kernel closes a dying process's files last come first (task_work in kernel/task_work.c), so a descriptor of the highest number
/// is closed before the packet sockets, each of which waits for all CPUs (packet_release in net/packet/af_packet.c).
/// </summary>
/// <remarks>Files are closed when the last thread has left user code for good: nothing of the daemon acts after the hang-up.</remarks>
internal sealed class Lifeline : IDisposable
{
    /// <summary>Above every descriptor that a daemon opens; under the usual limit of 1024 (RLIMIT_NOFILE, getrlimit(2)).</summary>
    private const int High = 1000;

    private int writer;

    private Lifeline(int reader, int writer) => (Fd, this.writer) = (reader, writer);

    /// <summary>The end that we watch: it hangs up (POLLHUP) when the daemon is dying, once <see cref="LetGo"/> has left it the only one that holds the other end.</summary>
    internal int Fd { get; }

    /// <summary>The end that the daemon takes hold of.</summary>
    internal int Writer => writer;

    /// <summary>A pipe for one life of the daemon.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    internal static Lifeline Create()
    {
        _ = Errno.Require(Unistd.Pipe(out var reader, out var writer), "pipe2");
        return new Lifeline(reader, writer);
    }

    /// <summary>The daemon holds its end: we hold it no longer.</summary>
    internal void LetGo()
    {
        Unistd.Close(writer);
        writer = -1;
    }

    /// <summary>The daemon takes hold of its end, until it dies.</summary>
    /// <param name="guardian">The guardian's process id.</param>
    /// <param name="fd">The guardian's <see cref="Writer"/>.</param>
    /// <exception cref="IOException">The guardian is gone.</exception>
    internal static void Hold(int guardian, int fd)
    {
        var path = $"/proc/{guardian}/fd/{fd}";
        var end = Errno.Require(Unistd.Open(path, Unistd.O_WRONLY), $"open {path}");
        if (Unistd.Duplicate(end, High) >= 0)
        {
            Unistd.Close(end); // where the limit is lower the first number stays: no later than the process's end, but no earlier
        }
    }

    public void Dispose()
    {
        LetGo();
        Unistd.Close(Fd);
    }
}

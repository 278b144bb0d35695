namespace Understudy.Linux.Interop;

/// <summary>Waiting for one descriptor, poll(2). Allocates nothing and takes no lock that another thread could hold.</summary>
internal static unsafe class Waits
{
    /// <summary>True when there is input; false at the time-out, after a signal, and on an error.</summary>
    /// <param name="timeoutMs">-1 waits without limit.</param>
    internal static bool ForInput(int fd, int timeoutMs)
    {
        var one = new SysEpoll.PollFd { Fd = fd, Events = SysEpoll.POLLIN };
        return SysEpoll.Poll(&one, 1, timeoutMs) > 0;
    }
}

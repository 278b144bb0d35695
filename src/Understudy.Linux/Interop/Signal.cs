using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>signal.h</c>, kill(2), and waitid(2) of <c>sys/wait.h</c>.</summary>
internal static unsafe partial class Signal
{
    internal const int SIGHUP = 1, SIGINT = 2, SIGKILL = 9, SIGTERM = 15, SIGCONT = 18, SIGSTOP = 19;
    private const int P_PID = 1, WEXITED = 4, WNOHANG = 1, CLD_EXITED = 1;

    /// <summary>Sends a signal; a negative target is a process group.</summary>
    internal static int Send(int target, int signal) => Errno.Or(kill(target, signal));

    /// <summary>Reaps one child if it has ended.</summary>
    /// <returns>False while it runs. <paramref name="code"/> is its exit code, or 128 + the signal that ended it, as a shell says it.</returns>
    internal static bool TryReap(int child, out int code)
    {
        // siginfo_t is 128 bytes: si_signo, si_errno, si_code, padding, si_pid, si_uid, si_status on a 64-bit Linux.
        var info = stackalloc int[32];
        new Span<int>(info, 32).Clear();
        var result = Errno.Or(waitid(P_PID, child, info, WEXITED | WNOHANG));
        code = info[2] == CLD_EXITED ? info[6] : 128 + info[6];
        if (result < 0)
        {
            code = 128;
            return result != -Errno.EINTR; // ECHILD: not ours any more, so it has certainly ended
        }

        return info[4] != 0;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int target, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitid(int kind, int child, void* info, int options);
}

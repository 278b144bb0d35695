namespace Understudy.Linux.Interop;

/// <summary>How well the kernel will wake a thread, best first.</summary>
public enum Scheduling
{
    /// <summary>SCHED_FIFO: before every ordinary thread.</summary>
    Fifo,

    /// <summary>Ordinary, nice -20, with a short slice.</summary>
    NiceShortSlice,

    /// <summary>Ordinary with a short slice (EEVDF, needs no privilege; has no effect before Linux 6.12).</summary>
    ShortSlice,

    /// <summary>As any other thread.</summary>
    Ordinary,
}

/// <summary>Makes the calling thread punctual, as far as it is allowed to.</summary>
public static class RealTime
{
    /// <summary>The middle of 1..99: above ordinary work, below the kernel's own threads that matter (sched(7)).</summary>
    public const int DefaultPriority = 50;

    /// <summary>Before every ordinary thread, behind who must let go in time.</summary>
    public const int LowPriority = 10;

    // The shortest slice that EEVDF takes (0.1 ms, kernel/sched/syscalls.c clamps to 0.1..100 ms).
    private const ulong ShortestSliceNanoseconds = 100_000;

    /// <summary>Whoever gives privileges away keeps the right to this priority, and so does whom it starts. Where it has none to begin with, nothing happens.</summary>
    public static void Keep(int priority) => _ = Sched.LimitPriority((ulong)priority);

    /// <summary>
    /// Sets timer slack to 1 ns (the default adds some 50 µs to each wait), then the best scheduling that is allowed: FIFO wants
    /// CAP_SYS_NICE or RLIMIT_RTPRIO, and in a cgroup with RT_GROUP_SCHED a budget. Threads and processes that this thread
    /// starts are ordinary again. Call it on the thread itself, never on one of the pool.
    /// </summary>
    public static Scheduling TryMakeThisThread(int priority = DefaultPriority)
    {
        _ = SysPrctl.Set(SysPrctl.PR_SET_TIMERSLACK, 1);
        return Sched.SetFifo(priority) >= 0 ? Scheduling.Fifo
            : Sched.SetSlice(-20, ShortestSliceNanoseconds) >= 0 ? Scheduling.NiceShortSlice
            : Sched.SetSlice(0, ShortestSliceNanoseconds) >= 0 ? Scheduling.ShortSlice
            : Scheduling.Ordinary;
    }
}

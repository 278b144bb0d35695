namespace Understudy.Linux.Interop;

/// <summary>Keeps the process's pages in memory, so that letting go never waits for a disk.</summary>
public static class MemoryLock
{
    /// <summary>
    /// Locks what is there and what comes, each page from its first use on (MCL_ONFAULT): without that flag all thread stacks
    /// are faulted in and a small .NET process grows from 28 to 121 MB. Call it after warm-up.
    /// All address space counts against RLIMIT_MEMLOCK, and .NET reserves tens of gigabytes: it takes CAP_IPC_LOCK or
    /// <c>LimitMEMLOCK=infinity</c>. 0 or <c>-errno</c> (EPERM, ENOMEM).
    /// </summary>
    public static int LockAll() => SysMman.LockAll(SysMman.MCL_CURRENT | SysMman.MCL_FUTURE | SysMman.MCL_ONFAULT);
}

namespace Understudy.Bench.Collection;

/// <summary>
/// What LDMS's own failover (4.5.1, its git at 7a669369c, the last month that had it) was measured to do when its behaviour was written down, in the same topology on loopback, and quoted here: Debian has no LDMS to run beside ours.
/// </summary>
internal static class LdmsFigures
{
    internal const string Source =
        "LDMS's `ldmsd` 4.5.1 with its own pairwise failover (git 7a669369c), same topology on loopback, median (min to max), **measured elsewhere, on another machine**, and quoted here. Debian ships no LDMS to run beside ours.";

    internal const string KillFresh1s = "5.40 s (5.10 to 6.04, n = 6)";
    internal const string KillLost1s = "5 (5 to 5)";
    internal const string BackLost1s = "4 (3 to 4)";
    internal const string KillFresh100ms = "2.18 s (1.92 to 2.47, n = 6)";
    internal const string KillLost100ms = "20 (18 to 23)";
    internal const string BackLost100ms = "33 (32 to 34)";
    internal const string StopFresh = "never (6 of 6), until SIGCONT";
    internal const string StopLost = "all, until SIGCONT";
    internal const string PowerOff = "940.8 s (n = 1)";
    internal const string Change = "never";
    internal const string LoadProcessor = "0.87 %";
    internal const string LoadMemory = "14.0 MB";
}

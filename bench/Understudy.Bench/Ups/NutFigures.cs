namespace Understudy.Bench.Ups;

/// <summary>
/// What NUT's own failover driver was measured to do when its behaviour was written down: on another machine, version 0.02 of the driver, NUT's git at 6c63f7745 ("2.8.5.941"),
/// pollinterval 2 and defaults where nothing else is said. Quoted: Debian's NUT 2.8.0 has no such driver to run beside ours.
/// </summary>
internal static class NutFigures
{
    internal const string Source =
        "NUT's `failover` driver 0.02 of NUT 2.8.5.941 (git 6c63f7745), pollinterval 2 and defaults unless said, **measured elsewhere, on another machine**, and quoted here. Debian's NUT 2.8.0 has no such driver to run beside ours.";

    internal const string Killed = "32.09 s (31.59 to 32.99, n = 8)";
    internal const string KilledByUpsd = "32.12 s in the middle";
    internal const string Ended = "33.91 s (33.49 to 34.38, n = 6)";
    internal const string EndedByUpsd = "33.94 s in the middle";
    internal const string Hung = "6.65 s (5.57 to 6.95, n = 6); 91.1 s with deadtime = 3";
    internal const string HungByUpsd = "6.67 s in the middle";
    internal const string Changed = "1350 ms (129 to 1998, n = 30), a fake driver";
    internal const string ChangedReal = "33 ms (3 to 1900, n = 30), real dummy-ups";
    internal const string Loaded = "50 variables: 12.5 s; 150 and more: never (150 s watched)";
    internal const string Relayed = "15 lines/s for long, no more; at 1000/s 278 of 19 996 came";
    internal const string Commanded = "1.30 s (1.00 to 1.30, n = 8); 1.00 s with a fake driver";
    internal const string Pinged = "50th 0 ms, 90th 7781 ms, max 11 970 ms, with 5 silent sources";
    internal const string IdleProcessor = "0.050 %, 50 real dummy-ups";
    internal const string IdleMemory = "3.4 MB, 50 real dummy-ups";
}

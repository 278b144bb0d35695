using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>time.h</c>, clock_gettime(2).</summary>
internal static unsafe partial class Time
{
    internal const int CLOCK_REALTIME = 0, CLOCK_BOOTTIME = 7;

    /// <summary>A clock's reading in ticks of 100 ns.</summary>
    internal static long Ticks(int clock)
    {
        TimeSpec now;
        _ = clock_gettime(clock, &now); // cannot fail: the clock ids are constants that every kernel since 2.6.39 knows
        return now.Ticks;
    }

    // The vDSO answers in some 30 ns and never blocks, which is what makes leaving the GC transition out allowed.
    [LibraryImport("libc")]
    [SuppressGCTransition]
    private static partial int clock_gettime(int clock, TimeSpec* into);

    /// <summary>struct timespec of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;

        internal readonly long Ticks => (Seconds * TimeSpan.TicksPerSecond) + (Nanoseconds / TimeSpan.NanosecondsPerTick);

        internal static TimeSpec FromTicks(long ticks) => new()
        {
            Seconds = ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
    }
}

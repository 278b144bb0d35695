using System.Diagnostics;

namespace Understudy.Lab.Worlds;

/// <summary>The one clock of the harness: CLOCK_MONOTONIC in nanoseconds, the same for all namespaces as all is one process on one kernel.</summary>
public static class LabClock
{
    public const long Millisecond = 1_000_000;

    public const long Second = 1_000_000_000;

    /// <summary>Nanoseconds; .NET's own timestamp has this clock and this unit on Linux.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    public static double Ms(long nanoseconds) => Math.Round(nanoseconds / (double)Millisecond, 3);

    public static long Of(TimeSpan span) => span.Ticks * 100;

    /// <summary>Waits until something is so, looking each few milliseconds.</summary>
    /// <returns>False when the limit passed first.</returns>
    public static bool WaitUntil(Func<bool> isSo, TimeSpan limit)
    {
        var end = Now + Of(limit);
        while (!isSo())
        {
            if (Now >= end)
            {
                return false;
            }

            LabLibc.SleepUntil(Now + (5 * Millisecond));
        }

        return true;
    }

    /// <summary>Sleeps for a span.</summary>
    public static void Pause(TimeSpan span)
    {
        var end = Now + Of(span);
        while (Now < end)
        {
            // A signal that .NET handles may end a sleep early.
            LabLibc.SleepUntil(end);
        }
    }
}

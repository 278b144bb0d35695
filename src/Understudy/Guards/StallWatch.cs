using System.Diagnostics;
using Understudy.Core;
using Understudy.Core.Power;
using Understudy.Linux.Clocks;

namespace Understudy.Guards;

/// <summary>A time in which a loop did not run.</summary>
/// <param name="Span">How long, up to the look that found it.</param>
/// <param name="Asleep">The host itself was suspended.</param>
internal readonly record struct Stall(TimeSpan Span, bool Asleep);

/// <summary>Notices that a loop did not run: it woke long after the moment that it had planned, or the host slept. CLOCK_BOOTTIME counts suspended time and CLOCK_MONOTONIC does not
/// (clock_gettime(2)), so their difference grows by nothing else.</summary>
/// <param name="slept">How long this host slept since its boot.</param>
internal sealed class StallWatch(Func<TimeSpan> slept)
{
    /// <summary>The clocks are not read at the same instant: a smaller growth is no sleep.</summary>
    private static readonly TimeSpan s_slept = TimeSpan.FromSeconds(1);

    private TimeSpan before = slept();

    internal StallWatch()
        : this(SleptSinceBoot)
    {
    }

    /// <summary>To be called at each wake-up, before anything is taken in.</summary>
    /// <param name="planned">When the loop had wanted to wake at the latest.</param>
    /// <returns>Null where it was no stall that counts (<see cref="GuardRules.StallCounts"/>).</returns>
    internal Stall? Look(Instant planned, Instant now)
    {
        var sum = slept();
        var asleep = sum - before;
        before = sum;
        var late = now - planned;
        var span = asleep > late ? asleep : late;
        return span >= GuardRules.StallCounts ? new Stall(span, asleep >= s_slept) : null;
    }

    /// <summary>The two clocks are read anew when we were held up between them.</summary>
    private static TimeSpan SleptSinceBoot()
    {
        var slept = TimeSpan.Zero;
        for (var i = 0; i < 3; i++)
        {
            var from = BootClock.Now;
            var monotonic = Stopwatch.GetElapsedTime(startingTimestamp: 0);
            slept = TimeSpan.FromTicks(from.Ticks) - monotonic;
            if (BootClock.Now - from < TimeSpan.FromMilliseconds(10))
            {
                break;
            }
        }

        return slept;
    }
}

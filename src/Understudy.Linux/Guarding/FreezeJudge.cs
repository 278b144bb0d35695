using System.Runtime.InteropServices;
using Understudy.Core;

namespace Understudy.Linux.Guarding;

/// <summary>
/// Judges from the daemon's ticks whether it is frozen. Time in which the guardian itself did not look is counted as one late
/// look at most: when the whole host stood still, that is not held against the daemon, which needs its turn first.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct FreezeJudge(TimeSpan lookEvery)
{
    private long seen;
    private Instant looked = Instant.Never;
    private TimeSpan silent;

    /// <summary>True when the tick has stood still for more than the limit.</summary>
    /// <param name="tick">The daemon's last; 0 before its first turn, which is not judged.</param>
    /// <param name="limit">Zero for no judgement.</param>
    /// <param name="now">The guardian's look.</param>
    internal bool Look(long tick, TimeSpan limit, Instant now)
    {
        var since = now > looked ? now - looked : TimeSpan.Zero;
        looked = now;
        if (tick != seen || tick == 0 || limit == TimeSpan.Zero)
        {
            seen = tick;
            silent = TimeSpan.Zero;
            return false;
        }

        silent += since < 2 * lookEvery ? since : 2 * lookEvery;
        return silent > limit;
    }
}

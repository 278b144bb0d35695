using System.Runtime.InteropServices;
using Understudy.Core;

namespace Understudy.Linux.Guarding;

/// <summary>
/// Judges from the daemon's ticks whether it is frozen, and says when to look again: seldom while the tick is young, and often in the second half of the
/// limit. Time in which the guardian itself did not look is counted as one late look at most: when the whole host stood still, that is not held against the
/// daemon, which needs its turn first and has half the limit for it.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct FreezeJudge(TimeSpan lookEvery)
{
    /// <summary>A duty's first deadline may be written while the guardian sleeps: it sleeps for less than any claim lives.</summary>
    internal static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    private long seen;
    private Instant looked = Instant.Never;
    private TimeSpan silent;
    private TimeSpan pause;

    /// <summary>When the next look is due, from the last one.</summary>
    internal readonly TimeSpan Pause => pause > lookEvery ? pause : lookEvery;

    /// <summary>True when the tick has stood still for more than the limit.</summary>
    /// <param name="tick">The daemon's last, in boot ticks; 0 before its first turn, which is not judged.</param>
    /// <param name="limit">Zero for no judgement.</param>
    /// <param name="now">The guardian's look.</param>
    internal bool Look(long tick, TimeSpan limit, Instant now)
    {
        var since = now > looked ? now - looked : TimeSpan.Zero;
        looked = now;
        if (tick != seen || tick == 0 || limit == TimeSpan.Zero)
        {
            // A tick that was old when we first saw it came before a standstill of the host: it counts from now.
            var age = tick != seen && tick < now.Ticks ? now - new Instant(tick) : TimeSpan.Zero;
            silent = age < limit / 2 ? age : TimeSpan.Zero;
            seen = tick;
        }
        else
        {
            silent += since < Pause + lookEvery ? since : Pause + lookEvery;
        }

        var left = limit == TimeSpan.Zero || tick == 0 ? LongestPause : (limit / 2) - silent;
        pause = left > LongestPause ? LongestPause : left;
        return limit > TimeSpan.Zero && silent > limit;
    }
}

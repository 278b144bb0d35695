using System.Runtime.InteropServices;

namespace Understudy.Core.Power;

/// <summary>How much of the grace an outage has used up: a leaky bucket of time.</summary>
/// <remarks>It fills 1 s a second while the mains are lost and drains 2 s a second while they are there, so that two blips do not add up to
/// an outage and a flapping feeder does. In between (blind, disputed, unknown) it stands still.</remarks>
/// <param name="Level">What is in it, from zero to the brim that the last filling was given.</param>
/// <param name="At">Up to when everything has been counted.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GraceBucket(TimeSpan Level, Instant At)
{
    /// <summary>It drains so many times as fast as it fills.</summary>
    public const int DrainsTimes = 2;

    /// <summary>The mains were lost from a moment on; what was not counted before it stays uncounted.</summary>
    /// <param name="from">Since when; a moment that was counted already is not counted twice.</param>
    /// <param name="now">Until when.</param>
    /// <param name="brim">It holds so much at most: an outage of hours is forgotten as fast as one that just used up the grace.</param>
    public GraceBucket Fill(Instant from, Instant now, TimeSpan brim)
    {
        var begin = Instant.Later(from, At);
        var more = now > begin ? now - begin : TimeSpan.Zero;
        var level = more >= brim ? brim : Level + more;
        return new(level > brim ? Level > brim ? Level : brim : level, Instant.Later(now, At));
    }

    /// <summary>The mains were there since everything was counted last.</summary>
    public GraceBucket Drain(Instant now)
    {
        var less = now > At ? now - At : TimeSpan.Zero;
        var level = less >= Level ? TimeSpan.Zero : Level - (DrainsTimes * less);
        return new(level > TimeSpan.Zero ? level : TimeSpan.Zero, Instant.Later(now, At));
    }

    /// <summary>Nothing could be said of the time since then: it counts neither way.</summary>
    public GraceBucket Skip(Instant now) => new(Level, Instant.Later(now, At));
}

namespace Understudy.Core.Collection;

/// <summary>
/// When an updater ticks. With an offset it ticks on the wall clock, at whole multiples of its interval plus the offset, so that daemons that never talk keep one phase and a stand-in samples at the moments
/// at which the owner would have. Without, it ticks from its own start.
/// </summary>
/// <param name="Interval">In µs, more than 0.</param>
/// <param name="Offset">In µs, at least 0 and less than the interval.</param>
public readonly record struct Schedule(long Interval, long Offset)
{
    /// <param name="interval">More than 0.</param>
    /// <param name="offset">Null: from the start on.</param>
    public static Schedule Of(TimeSpan interval, TimeSpan? offset, in Moment start)
    {
        var every = (long)interval.TotalMicroseconds;
        var shift = offset is { } o ? (long)o.TotalMicroseconds : start.Micros;
        return new Schedule(every, ((shift % every) + every) % every);
    }

    /// <summary>How long after its sampling a set is pulled that is pulled by its hint: LDMSD_UPDTR_OFFSET_INCR of ldmsd(8), 100 ms; here a tenth of the interval where that is less.</summary>
    public static TimeSpan AfterSampling(TimeSpan interval) => Spans.Shorter(interval / 10, TimeSpan.FromMilliseconds(100));

    /// <summary>The first tick after a moment of the wall clock; µs since 1970.</summary>
    public long After(long micros)
    {
        var since = micros - Offset;
        var ticks = since / Interval;
        return (((since < 0 && since % Interval != 0 ? ticks - 1 : ticks) + 1) * Interval) + Offset;
    }

    /// <summary>The tick after one that was due at <paramref name="due"/> and is done at <paramref name="at"/>.</summary>
    /// <remarks>A timer that rang a little early must not tick twice; ticks that we slept through are not made up for; a wall clock that was set back by more than a tick counts anew.</remarks>
    public long Next(long due, in Moment at) => due - at.Micros > Interval ? After(at.Micros) : After(Math.Max(due, at.Micros));
}

namespace Understudy.Core;

/// <summary>A moment on this host's boot clock (CLOCK_BOOTTIME), in ticks of 100 ns. Comparable only within one boot of one host.</summary>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>Later than every moment that a host will see.</summary>
    public static Instant Never => new(long.MaxValue);

    public static Instant operator +(Instant at, TimeSpan span) => new(checked(at.Ticks + span.Ticks));

    public static Instant operator -(Instant at, TimeSpan span) => new(checked(at.Ticks - span.Ticks));

    public static TimeSpan operator -(Instant later, Instant earlier) => new(checked(later.Ticks - earlier.Ticks));

    public static bool operator <(Instant a, Instant b) => a.Ticks < b.Ticks;

    public static bool operator >(Instant a, Instant b) => a.Ticks > b.Ticks;

    public static bool operator <=(Instant a, Instant b) => a.Ticks <= b.Ticks;

    public static bool operator >=(Instant a, Instant b) => a.Ticks >= b.Ticks;

    public static Instant Earlier(Instant a, Instant b) => a <= b ? a : b;

    public static Instant Later(Instant a, Instant b) => a >= b ? a : b;

    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);

    public override string ToString() => Ticks == long.MaxValue ? "never" : $"{Ticks / (double)TimeSpan.TicksPerSecond:0.000}s";
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Understudy.Core.Evidence;

/// <summary>How long to wait for an echo, learnt from the last eight round trips.</summary>
/// <remarks><para>With <c>base = max(longest round trip, interval)</c> the time-out is <c>max(base + 4 SD, base × factor)</c>: the rule of
/// the LDMS daemon's failover (ldmsd_failover(7), "echo timeout"), SD being the sample standard
/// deviation of the window (zero for one trip), as that daemon computes it. The factor decides on a quiet link, the deviation on an unsteady one.</para>
/// <para>Over datagrams a factor of 2 is a knife's edge, since after one lost beat the next arrives exactly at the deadline; 3.5 and 4 are
/// not. A lost echo is not a round trip: do not feed it.</para></remarks>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AdaptiveTimeout
{
    /// <summary>How many round trips are remembered (ldmsd_failover(7)).</summary>
    public const int Remembered = 8;

    private readonly Window window;
    private readonly int count;
    private readonly int next;

    /// <summary>Remembers nothing yet: the time-out is <c>interval × factor</c>.</summary>
    /// <param name="interval">From one ping to the next, more than zero.</param>
    /// <param name="factor">At least 1, at most 1000.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is not.</exception>
    public AdaptiveTimeout(TimeSpan interval, double factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        if (factor is not (>= 1 and <= 1000))
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "must be from 1 to 1000");
        }

        Interval = interval;
        Factor = factor;
    }

    private AdaptiveTimeout(AdaptiveTimeout was, long roundTrip)
    {
        this = was;
        window[next] = roundTrip;
        count = Math.Min(was.count + 1, Remembered);
        next = (was.next + 1) % Remembered;
    }

    public TimeSpan Interval { get; }

    public double Factor { get; }

    /// <summary>How long to wait for the next echo, rounded up to a tick.</summary>
    public TimeSpan Timeout
    {
        get
        {
            ReadOnlySpan<long> trips = window;
            trips = trips[..count];
            double sum = 0, squares = 0, longest = Interval.Ticks;
            foreach (var trip in trips)
            {
                sum += trip;
                longest = Math.Max(longest, trip);
            }

            foreach (var trip in trips)
            {
                var off = trip - (sum / count);   // from the mean first: the difference of two large squares would lose its digits
                squares += off * off;
            }

            var deviation = count < 2 ? 0 : Math.Sqrt(squares / (count - 1));
            return new((long)Math.Ceiling(Math.Max(longest + (4 * deviation), longest * Factor)));
        }
    }

    /// <summary>Remembers one round trip, forgetting the oldest of eight.</summary>
    /// <param name="roundTrip">From sending the ping to hearing its echo; taken into [0, 1 h], so that a stamp from a confused clock
    /// makes us slow and not wrong.</param>
    public AdaptiveTimeout Hear(TimeSpan roundTrip) => new(this, Math.Clamp(roundTrip.Ticks, 0, TimeSpan.TicksPerHour));

    [InlineArray(Remembered)]
    private struct Window : IEquatable<Window>
    {
        private long first;

        public readonly bool Equals(Window other) => ((ReadOnlySpan<long>)this).SequenceEqual(other);

        public override readonly bool Equals(object? obj) => obj is Window other && Equals(other);

        public override readonly int GetHashCode()
        {
            var hash = new HashCode();
            foreach (var trip in this)
            {
                hash.Add(trip);
            }

            return hash.ToHashCode();
        }
    }
}

namespace Understudy.Core.Ldms;

/// <summary>The round trips of the last pings to a failover peer, and how long its echo is waited for (ldmsd_failover(7), seed 001).</summary>
/// <remarks>
/// <code>
/// base     = max( max(rt_time), ping_interval )
/// timeout1 = base + 4 * SD(rt_time)
/// timeout2 = base * timeout_factor
/// timeout  = max( timeout1, timeout2 )
/// </code>
/// N, the units and the roundings are the original's: 8 round trips, whole microseconds, a mean rounded down, and around it a sample's standard deviation.
/// Unlike there, time is the boot clock's: a step of the wall clock moves no deadline.
/// </remarks>
/// <param name="Micros">0..8 round trips in µs, the oldest first.</param>
public sealed record EchoTimes(ValueList<long> Micros)
{
    /// <summary>How many round trips count.</summary>
    public const int Most = 8;

    public static EchoTimes None { get; } = new([]);

    /// <summary>The longest, in µs; 0 without any.</summary>
    public long MaxMicros => Micros.Count == 0 ? 0 : Micros.Max();

    /// <summary>The mean in whole µs, rounded down; 0 without any.</summary>
    public long MeanMicros => Micros.Count == 0 ? 0 : Micros.Sum() / Micros.Count;

    /// <summary>The sample's standard deviation around the rounded mean, in µs; 0 with fewer than two.</summary>
    public double DeviationMicros
    {
        get
        {
            if (Micros.Count < 2)
            {
                return 0;
            }

            var (mean, squares) = ((double)MeanMicros, 0.0);
            foreach (var one in Micros)
            {
                squares += (one - mean) * (one - mean);
            }

            return Math.Sqrt(squares / (Micros.Count - 1));
        }
    }

    /// <summary>With one more; the oldest of nine is forgotten. An echo that was heard before its ping was sent counts as 0.</summary>
    public EchoTimes With(Instant sent, Instant heard)
    {
        var micros = Math.Max(0, (heard - sent).Ticks / TimeSpan.TicksPerMicrosecond);
        return new(Micros.Skip(Math.Max(0, Micros.Count + 1 - Most)).Append(micros).ToValueList());
    }

    /// <summary>How long after an echo the next may take to come. In whole µs, rounded down.</summary>
    /// <param name="interval">From ping to ping.</param>
    /// <param name="factor">The timeout factor.</param>
    public TimeSpan Timeout(TimeSpan interval, double factor)
    {
        var longest = (double)Math.Max(MaxMicros, interval.Ticks / TimeSpan.TicksPerMicrosecond);
        var micros = Math.Max(longest + (4 * DeviationMicros), longest * factor);
        return micros >= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond ? TimeSpan.MaxValue : TimeSpan.FromTicks((long)micros * TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>When the peer counts as gone, with the last echo at <paramref name="echo"/>.</summary>
    public Instant Deadline(Instant echo, TimeSpan interval, double factor)
    {
        var timeout = Timeout(interval, factor);
        return timeout.Ticks > Instant.Never.Ticks - Math.Max(0, echo.Ticks) ? Instant.Never : echo + timeout;
    }
}

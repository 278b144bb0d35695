using Understudy.Core;

namespace Understudy.Linux.Clocks;

/// <summary>
/// Turns the kernel's receive stamps into instants of the boot clock. The kernel stamps packets with the wall clock
/// (SO_TIMESTAMPNS, socket(7)), which an operator or NTP may step between the stamp and our reading of it.
/// </summary>
internal struct KernelStamp
{
    // A slewed wall clock moves by 500 ppm at most (adjtimex(2)); a jump past this between two packets is a step.
    private const long StepTicks = TimeSpan.TicksPerMillisecond * 20;

    private long? offset;

    /// <summary>The instant at which the kernel received the packet; never later than <paramref name="bootNow"/>.</summary>
    /// <param name="wallStamp">The kernel's stamp in wall-clock ticks; 0 for none, which means now.</param>
    /// <param name="wallNow">The wall clock's reading, taken together with <paramref name="bootNow"/>.</param>
    /// <param name="bootNow">The boot clock's reading.</param>
    internal Instant ToBoot(long wallStamp, long wallNow, Instant bootNow)
    {
        var now = wallNow - bootNow.Ticks;
        var before = offset ?? now;
        offset = now;
        if (wallStamp <= 0)
        {
            return bootNow;
        }

        var at = wallStamp - now;
        if (Math.Abs(now - before) > StepTicks)
        {
            // The clock was stepped since the last packet, and this stamp may be from before or after it. The later of the two
            // readings that is not in the future keeps a step from making a peer look silent.
            var older = wallStamp - before;
            at = older <= bootNow.Ticks && (older > at || at > bootNow.Ticks) ? older : at;
        }

        return new Instant(Math.Min(at, bootNow.Ticks));
    }
}

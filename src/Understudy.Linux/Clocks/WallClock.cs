using Understudy.Linux.Interop;

namespace Understudy.Linux.Clocks;

/// <summary>The wall clock (CLOCK_REALTIME), for what several hosts must agree on: the moments at which samples are taken.</summary>
public static class WallClock
{
    /// <summary>For people's logs.</summary>
    public static DateTimeOffset Local => DateTimeOffset.UnixEpoch.AddMicroseconds(Micros).ToLocalTime();

    /// <summary>µs since 1970-01-01 UTC.</summary>
    public static long Micros => Time.Ticks(Time.CLOCK_REALTIME) / TimeSpan.TicksPerMicrosecond;
}

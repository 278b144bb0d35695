namespace Understudy.Linux.Clocks;

/// <summary>
/// The one time provider outside Core: its timestamps are the boot clock. .NET's own are CLOCK_MONOTONIC (dotnet/runtime,
/// pal_time.c), which stands still in suspend while a witness's clock runs on. Its timers are .NET's: they tick every 4 ms.
/// </summary>
public sealed class BootTime : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => BootClock.Now.Ticks;
}

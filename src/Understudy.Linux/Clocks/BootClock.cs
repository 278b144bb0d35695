using Understudy.Core;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Clocks;

/// <summary>This host's boot clock (CLOCK_BOOTTIME): it counts suspended time, as a witness's clock does, and is never stepped.</summary>
public static class BootClock
{
    /// <summary>Now, in some 30 ns, without allocation and without a system call (vDSO).</summary>
    public static Instant Now => new(Time.Ticks(Time.CLOCK_BOOTTIME));

    /// <summary>Holds this thread for so long, in whole milliseconds: for threads that have nothing else to do (poll(2)).</summary>
    public static unsafe void Pause(TimeSpan span) => _ = SysEpoll.Poll(null, 0, (int)span.TotalMilliseconds);
}

namespace Understudy.Linux.Addresses;

/// <summary>
/// How long the kernel may be told to keep an address so that it has dropped it by a deadline, also when nothing of ours runs.
/// </summary>
/// <remarks>
/// Linux counts valid_lft in whole seconds and looks from a work item (net/ipv4/devinet.c check_lifetime, net/ipv6/addrconf.c
/// addrconf_verify_rtnl, constants in include/net/addrconf.h). An order runs the work at once; it then sleeps until the next
/// lifetime ends, rounded up to a whole second of jiffies where that costs less than ADDRCONF_TIMER_FUZZ (0.25 s), and the timer
/// wheel adds up to an eighth of the sleep (kernel/time/timer.c). An address goes up to 20 ms early (ADDRCONF_TIMER_FUZZ_MINUS).
/// Two things are outside of this bound. The work also sleeps at least ADDRCONF_TIMER_FUZZ_MAX = 1 s: if anybody orders another
/// address of the family just before the end, ours lives up to 1 s after that order. And since Linux 6.13 IPv4's work is
/// deferrable, so that a CPU without any work stays asleep over it until something wakes it; a host that serves is not that idle.
/// </remarks>
public static class KernelLease
{
    /// <summary>ADDRCONF_TIMER_FUZZ of include/net/addrconf.h: HZ / 4.</summary>
    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// A margin of ours for running the work once its timer went off. With it the bound for 1 s is 1.456 s; the longest life seen
    /// was 1.242 s (35 runs of both families on two cores, Linux 6.18, load from 1 to 28).
    /// </summary>
    private static readonly TimeSpan WorkDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>The latest moment after an order at which the kernel has dropped the address again.</summary>
    public static TimeSpan GoneBy(int seconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seconds);
        var sleep = TimeSpan.FromSeconds(seconds) + Rounding;
        return sleep + (sleep / 8) + WorkDelay;
    }

    /// <summary>The largest whole number of seconds that is over, kernel's lateness included, when the span is.</summary>
    /// <param name="untilDeadline">From the order to the moment at which nobody here may answer for the address.</param>
    /// <returns>0 when the kernel cannot keep that deadline; then only our own processes can.</returns>
    public static int Seconds(TimeSpan untilDeadline)
    {
        // GoneBy grows by 9/8 s a second.
        var spare = (untilDeadline - GoneBy(0)).Ticks;
        return spare <= 0 ? 0 : (int)Math.Min(spare / (TimeSpan.TicksPerSecond / 8 * 9), int.MaxValue / 2);
    }
}

using Understudy.Core;
using Understudy.Linux.Clocks;
using Xunit;

namespace Understudy.Tests.Clocks;

public sealed class KernelStampTests
{
    private const long Second = TimeSpan.TicksPerSecond, Wall = 1_000_000 * Second;

    [Fact]
    public void A_stamp_is_moved_to_the_boot_clock()
    {
        KernelStamp stamp = default;
        Assert.Equal(new Instant(97 * Second), stamp.ToBoot(Wall - (3 * Second), Wall, new Instant(100 * Second)));
        Assert.Equal(new Instant(100 * Second), stamp.ToBoot(0, Wall, new Instant(100 * Second)));
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public void A_step_of_the_wall_clock_does_not_make_a_peer_look_silent(int step)
    {
        // Stamped at boot second 101 before the step; read at 101.5 after it.
        KernelStamp stamp = default;
        _ = stamp.ToBoot(Wall, Wall, new Instant(100 * Second));
        var at = stamp.ToBoot(Wall + Second, Wall + (3 * Second / 2) + (step * Second), new Instant(203 * Second / 2));
        Assert.Equal(new Instant(101 * Second), at);

        // Stamped after the step as well.
        at = stamp.ToBoot(Wall + (2 * Second) + (step * Second), Wall + (2 * Second) + (step * Second), new Instant(102 * Second));
        Assert.Equal(new Instant(102 * Second), at);
    }

    [Fact]
    public void A_stamp_is_never_in_the_future()
    {
        KernelStamp stamp = default;
        Assert.Equal(new Instant(5), stamp.ToBoot(Wall + Second, Wall, new Instant(5)));
    }
}

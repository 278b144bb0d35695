using Understudy.Linux.Addresses;
using Xunit;

namespace Understudy.Tests.Addresses;

public sealed class KernelLeaseTests
{
    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(1000, 0)] // the kernel's second would end after it
    [InlineData(1456, 0)]
    [InlineData(1457, 1)]
    [InlineData(1500, 1)]
    [InlineData(2581, 1)]
    [InlineData(2582, 2)]
    [InlineData(60_000, 53)]
    public void So_many_seconds_are_over_in_time(int untilDeadlineMs, int seconds) =>
        Assert.Equal(seconds, KernelLease.Seconds(TimeSpan.FromMilliseconds(untilDeadlineMs)));

    [Fact]
    public void The_answer_is_the_largest_that_keeps_the_deadline()
    {
        for (var ms = 0; ms < 100_000; ms += 7)
        {
            var until = TimeSpan.FromMilliseconds(ms);
            var seconds = KernelLease.Seconds(until);
            Assert.True(seconds == 0 || KernelLease.GoneBy(seconds) <= until, $"{ms} ms: {seconds}");
            Assert.True(KernelLease.GoneBy(seconds + 1) > until, $"{ms} ms: {seconds}");
        }

        Assert.True(KernelLease.Seconds(TimeSpan.MaxValue) > 0);
    }
}

using System.Net;
using Understudy.Core;
using Understudy.Core.Wire;
using Understudy.Daemon;
using Understudy.Linux.Addresses;
using Xunit;

namespace Understudy.Tests.Daemon;

public sealed class ConflictPaceTests
{
    private readonly ConflictPace pace = new();

    [Fact]
    public void The_first_sighting_is_told_at_once_and_once()
    {
        pace.Hear(Seen(1));
        Assert.Equal(Seen(1), pace.Take(At(100)));
        Assert.Null(pace.Take(At(200)));
        Assert.Equal(Instant.Never, pace.Deadline);
    }

    [Fact]
    public void A_sighting_in_the_pause_is_told_after_it_and_the_newest_counts()
    {
        Tell(100);
        pace.Hear(Seen(2));
        pace.Hear(Seen(3));
        Assert.Null(pace.Take(pace.Deadline - TimeSpan.FromTicks(1)));
        Assert.Equal(Seen(3), pace.Take(pace.Deadline));
    }

    [Fact]
    public void A_conflict_that_lasts_is_told_ever_more_seldom_down_to_the_pace_of_the_RFC()
    {
        var told = new List<double>();
        for (var ms = 0; ms < 60_000; ms += 10)
        {
            pace.Hear(Seen(1));
            if (pace.Take(At(100) + TimeSpan.FromMilliseconds(ms)) is not null)
            {
                told.Add(ms / 1000.0);
            }
        }

        Assert.Equal([0, 1, 3, 7, 15, 25, 35, 45, 55], told);
    }

    [Fact]
    public void After_ten_quiet_seconds_a_conflict_is_a_new_one()
    {
        Tell(100);
        Tell(102);
        Tell(106);
        Tell(130);
        pace.Hear(Seen(1));
        Assert.Equal(At(130) + ConflictPace.Least, pace.Deadline);
    }

    [Fact]
    public void What_was_seen_before_the_duty_left_is_not_told_when_it_is_back()
    {
        pace.Hear(Seen(1));
        pace.Forget();
        Assert.Null(pace.Take(At(100)));
    }

    private static Instant At(double seconds) => new((long)(seconds * TimeSpan.TicksPerSecond));

    private static RivalSeen Seen(ulong mac) => new(3, WireAddress.Of(IPAddress.Parse("10.99.0.100")), mac, At(1));

    private void Tell(double seconds)
    {
        pace.Hear(Seen(1));
        Assert.NotNull(pace.Take(At(seconds)));
    }
}

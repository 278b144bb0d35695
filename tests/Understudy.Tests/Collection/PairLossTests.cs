using Understudy.Core;
using Understudy.Core.Collection;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class PairLossTests
{
    private static readonly PairRules s_rules = new("peer", 411, "sock", "a10", TimeSpan.FromSeconds(1), 2, AutoSwitch: true);
    private static readonly ProducerRules s_producer = new("prdcr_s00", new ProducerTarget.Ldms("s00", 411, ""), TimeSpan.FromSeconds(1));
    private static readonly PairReply s_echo = new(0, "", new PairEcho(1, 6, PairMarks.None, 4, []));

    [Fact]
    public void A_killed_peer_whose_listener_outlives_its_connection_for_a_moment_is_known_as_gone_within_a_tenth_of_a_second()
    {
        var (desk, now) = Paired();
        desk.Disconnected("closed the connection", refused: false, now);
        Assert.Contains(Drain(desk), o => o is PairOrder.Connect);

        // The dying listener took that one, and ended it.
        desk.Disconnected("closed the connection", refused: false, now);
        Assert.False(desk.StandsIn);
        Assert.True(desk.Deadline <= now + TimeSpan.FromMilliseconds(100), "the next attempt must not wait for an interval");
        now = desk.Deadline;
        desk.Look(now);
        Assert.Contains(Drain(desk), o => o is PairOrder.Connect);

        desk.Disconnected("refused the connection", refused: true, now);
        Assert.True(desk.StandsIn);
    }

    [Fact]
    public void A_peer_that_ends_every_connection_is_tried_at_the_pings_interval_after_a_few_attempts()
    {
        var (desk, now) = Paired();
        desk.Disconnected("closed the connection", refused: false, now);
        var attempts = 0;
        for (var until = now + TimeSpan.FromMilliseconds(900); now < until; attempts++)
        {
            desk.Disconnected("closed the connection", refused: false, now);
            now = desk.Deadline;
            desk.Look(now);
        }

        Assert.InRange(attempts, 2, 8);
    }

    [Fact]
    public void A_peer_that_was_stopped_and_echoes_again_over_the_same_connection_is_handed_its_producers_back()
    {
        var (desk, now) = Paired();
        desk.Answered(new PairRequest.Ping("a11"), s_echo, now);
        now = desk.TimeoutAt;
        desk.Look(now);
        Assert.True(desk.StandsIn);

        // What was asked before the stop is answered after it.
        now += TimeSpan.FromSeconds(8);
        desk.Answered(new PairRequest.Ping("a11"), s_echo, now);
        Assert.True(desk.StandsIn, "it has only begun to echo");
        now += s_rules.Interval;
        desk.Look(now);
        desk.Answered(new PairRequest.Ping("a11"), s_echo, now);
        desk.Look(now + s_rules.Linger - s_rules.Interval);
        Assert.False(desk.StandsIn);
    }

    private static (PairDesk Desk, Instant Now) Paired()
    {
        var desk = new PairDesk("a11", s_rules);
        var now = new Instant(TimeSpan.FromSeconds(100).Ticks);
        desk.Start(now);
        desk.Connected(now);
        desk.Answered(new PairRequest.Pair("a11", PairDesk.Speaks), new PairReply(0, "", null), now);
        _ = desk.Asked(new PairRequest.Told(new PairItem.Producer(s_producer), Whole: true), now);
        desk.Answered(new PairRequest.PeerConfig(), s_echo, now);
        Assert.Equal(PairLink.Configured, desk.Link);
        _ = Drain(desk);
        return (desk, now);
    }

    private static List<PairOrder> Drain(PairDesk desk)
    {
        List<PairOrder> all = [.. desk.Orders];
        desk.Orders.Clear();
        return all;
    }
}

using Understudy.Core.Collection;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class PairDeskTests
{
    [Fact]
    public void It_connects_pairs_asks_what_the_peer_collects_and_pings()
    {
        var stage = new PairStage();
        Assert.Equal((PairService.Stop, PairLink.Disconnected), (stage.Desk.Service, stage.Desk.Link));
        stage.Desk.Start(stage.Now);
        Assert.Equal("Connect", stage.Orders());
        Assert.Equal(PairLink.Connecting, stage.Desk.Link);
        stage.Desk.Connected(stage.Now);
        Assert.Equal("ask Pair", stage.Orders());
        Assert.Equal(PairLink.Pairing, stage.Desk.Link);
        stage.Answer(new PairRequest.Pair("a10", 1));
        Assert.Equal("ask PeerConfig", stage.Orders());
        Assert.Equal(PairLink.Configuring, stage.Desk.Link);
        stage.Tell("s02", "s03");
        stage.Answer(new PairRequest.PeerConfig(), 0, PairStage.Says(4));
        Assert.Equal("adopt s02+s03, ask Ping", stage.Orders());
        Assert.Equal(PairLink.Configured, stage.Desk.Link);
        Assert.True(stage.Desk.HasPeerConfig && stage.Desk.PeerSpeaks && !stage.Desk.StandsIn);
        Assert.Equal(PairMarks.Configured | PairMarks.PeerConfigReceived | PairMarks.OutstandingPing | PairMarks.OurConfigActivated, stage.Desk.Flags);
    }

    [Fact]
    public void A_peer_that_does_not_run_yet_is_asked_again_after_an_interval()
    {
        var stage = new PairStage();
        stage.Desk.Start(stage.Now);
        stage.Desk.Connected(stage.Now);
        stage.Answer(new PairRequest.Pair("a10", 1), PairDesk.EAGAIN);
        Assert.Equal(PairLink.PairingRetry, stage.Desk.Link);
        _ = stage.Orders();
        stage.Pass(0.9);
        Assert.Equal("", stage.Orders());
        stage.Pass(0.1);
        Assert.Equal("ask Pair", stage.Orders());
        Assert.Equal(PairLink.Pairing, stage.Desk.Link);
    }

    [Fact]
    public void A_peer_that_refuses_us_is_left_and_tried_again_and_it_is_said()
    {
        var stage = new PairStage();
        stage.Desk.Start(stage.Now);
        stage.Desk.Connected(stage.Now);
        stage.Answer(new PairRequest.Pair("a10", 1), PairDesk.EPERM, text: "a10 is not the peer of bad");
        Assert.Equal("Connect, ask Pair, Close", stage.Orders());
        Assert.Equal(PairLink.Disconnected, stage.Desk.Link);
        Assert.False(stage.Desk.HasPeerConfig);
        Assert.Contains("a11 does not pair with a10: a10 is not the peer of bad", stage.Notes);
        stage.Pass(1);
        Assert.Equal("Connect", stage.Orders());
    }

    [Fact]
    public void Who_asks_to_pair_is_told_whether_it_is_the_peer_and_whether_the_service_runs()
    {
        var stage = new PairStage();
        Assert.Equal(PairDesk.EAGAIN, stage.Desk.Asked(new PairRequest.Pair("a11", 1), stage.Now).Code);
        stage.Desk.Start(stage.Now);
        Assert.Equal(0, stage.Desk.Asked(new PairRequest.Pair("a11", 0), stage.Now).Code);
        Assert.Equal(new PairReply(PairDesk.EPERM, "bad is not the peer of a10", null), stage.Desk.Asked(new PairRequest.Pair("bad", 1), stage.Now));
        Assert.Equal(new PairReply(PairDesk.EINVAL, "peer name unmatched", null), stage.Desk.Asked(new PairRequest.Ping("bad"), stage.Now));
        var anybody = new PairStage(PairStage.Rules with { PeerName = null });
        anybody.Desk.Start(anybody.Now);
        Assert.Equal(0, anybody.Desk.Asked(new PairRequest.Pair("bad", 0), anybody.Now).Code);
    }

    [Fact]
    public void An_echo_says_how_we_stand_and_what_we_lack()
    {
        var stage = new PairStage();
        stage.Pair(4, "s02");
        stage.Desk.Own = (12, true, ["s00"]);
        var echo = stage.Desk.Asked(new PairRequest.Ping("a11"), stage.Now).Echo!;
        Assert.Equal(new PairEcho((int)PairService.Start, (int)PairLink.Configured, PairMarks.Configured | PairMarks.PeerConfigReceived | PairMarks.OurConfigActivated, 12, ["s00"]), echo);
    }

    [Theory]
    [InlineData(1.0, 2.0, 0, 2.0)]
    [InlineData(1.0, 0.5, 0, 1.0)]         // a factor below 1 is no licence to be hasty
    [InlineData(0.1, 2.0, 0, 0.2)]
    [InlineData(0.1, 2.0, 400, 0.8)]       // a peer that takes long to echo has longer
    [InlineData(2.0, 5.0, 0, 10.0)]
    public void A_silent_peer_has_the_echos_time_out_and_then_is_stood_in_for(double interval, double factor, int echoMs, double timeout)
    {
        var stage = new PairStage(PairStage.Rules with { Interval = TimeSpan.FromSeconds(interval), Factor = factor });
        stage.Desk.Start(stage.Now);
        stage.Desk.Connected(stage.Now);
        stage.Answer(new PairRequest.Pair("a10", 1));
        stage.Tell("s02", "s03");
        stage.Answer(new PairRequest.PeerConfig(), 0, PairStage.Says(4));
        stage.Pass(echoMs / 1000.0);
        stage.Answer(new PairRequest.Ping("a10"), 0, PairStage.Says(4));
        var echoed = stage.Now;
        Assert.Equal(timeout, (stage.Desk.TimeoutAt - echoed).TotalSeconds, 0.0001);
        _ = stage.Orders();
        stage.Pass(timeout - 0.001);
        Assert.DoesNotContain("cover", stage.Orders(), StringComparison.Ordinal);
        stage.Pass(0.002);
        Assert.Contains("cover s02, cover s03", stage.Orders(), StringComparison.Ordinal);
        Assert.True(stage.Desk.StandsIn && stage.Desk.Covers("s02"));
        Assert.Equal(2, stage.Desk.Moves);
        stage.Pass(60);
        Assert.DoesNotContain("cover", stage.Orders(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_time_out_grows_with_the_spread_of_the_last_eight_echoes()
    {
        var stage = new PairStage(PairStage.Rules with { Factor = 1.2 });
        stage.Pair(4, "s02");
        for (var i = 0; i < 8; i++)
        {
            for (var waited = 0; !stage.Desk.IsPinging && waited < 200; waited++)
            {
                stage.Pass(0.01);
            }

            stage.Pass(i % 2 == 0 ? 0.1 : 0.2);
            stage.Answer(new PairRequest.Ping("a10"), 0, PairStage.Says(4));
        }

        // Four of 100 ms and four of 200 ms: mean 150, sample's deviation sqrt(8 * 50^2 / 7) ms.
        Assert.Equal(1 + (4 * Math.Sqrt(8 * 0.05 * 0.05 / 7)), (stage.Desk.TimeoutAt - stage.Now).TotalSeconds, 0.001);
    }

    [Fact]
    public void A_connection_that_ended_and_a_port_that_refuses_are_death_and_need_no_time_out()
    {
        var stage = new PairStage();
        stage.Pair(4, "s02");
        stage.Desk.Disconnected("it was reset", refused: false, stage.Now);
        Assert.Equal("Connect", stage.Orders());
        Assert.False(stage.Desk.StandsIn);
        stage.Desk.Disconnected("it refused", refused: true, stage.Now);
        Assert.Equal("cover s02", stage.Orders());
        stage.Pass(1);
        Assert.Equal("Connect", stage.Orders());
    }

    [Fact]
    public void A_connection_that_ended_alone_is_made_again_and_nothing_moves()
    {
        var stage = new PairStage();
        stage.Pair(4, "s02");
        stage.Desk.Disconnected("it was reset", refused: false, stage.Now);
        stage.Pair(4, "s02");
        stage.Live(5, PairStage.Says(4));
        Assert.Equal(0, stage.Desk.Moves);
    }

    [Fact]
    public void One_that_we_never_paired_with_is_stood_in_for_never_as_nobody_knows_what_it_collects()
    {
        var stage = new PairStage();
        stage.Desk.Start(stage.Now);
        for (var i = 0; i < 10; i++)
        {
            stage.Desk.Disconnected("it refused", refused: true, stage.Now);
            stage.Pass(1);
        }

        Assert.DoesNotContain("cover", stage.Orders(), StringComparison.Ordinal);
        Assert.DoesNotContain(stage.Notes, n => n.Contains("collects what", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PairLink.Connecting)]
    [InlineData(PairLink.Pairing)]
    [InlineData(PairLink.Configuring)]
    public void A_peer_that_takes_the_connection_and_never_answers_is_left_and_tried_again(PairLink link)
    {
        var stage = new PairStage();
        stage.Desk.Start(stage.Now);
        if (link != PairLink.Connecting)
        {
            stage.Desk.Connected(stage.Now);
        }

        if (link == PairLink.Configuring)
        {
            stage.Answer(new PairRequest.Pair("a10", 1));
        }

        Assert.Equal(link, stage.Desk.Link);
        _ = stage.Orders();
        stage.Pass(5);
        Assert.Equal("Close", stage.Orders());
        stage.Pass(1);
        Assert.Equal("Connect", stage.Orders());
    }

    [Fact]
    public void A_paired_peer_that_hangs_is_stood_in_for_and_handed_back_to_when_it_goes_on()
    {
        var stage = new PairStage();
        stage.Pair(4, "s02");
        stage.Pass(4);
        Assert.Equal("ask Ping, cover s02", stage.Orders());
        Assert.Equal(3, stage.Desk.PingsSkipped);
        stage.Answer(new PairRequest.Ping("a10"), 0, PairStage.Says(4));       // on the same connection
        stage.Live(1.5, PairStage.Says(4));
        Assert.True(stage.Desk.StandsIn);
        stage.Live(1, PairStage.Says(4));
        Assert.False(stage.Desk.StandsIn);
        Assert.Contains("stand by s02", stage.Orders(), StringComparison.Ordinal);
        stage.Pass(4);
        Assert.Contains("cover s02", stage.Orders(), StringComparison.Ordinal);     // and if it hangs again
    }

    [Fact]
    public void A_returning_peer_gets_each_producer_back_when_it_has_had_samples_of_it_for_a_while()
    {
        var stage = new PairStage();
        Die(stage, "s02", "s03");
        stage.Pair(4, "s02", "s03");
        Assert.True(stage.Desk.Covers("s02") && stage.Desk.Covers("s03"));
        stage.Live(10, PairStage.Says(4, "s02", "s03"));
        Assert.True(stage.Desk.Covers("s02") && stage.Desk.Covers("s03"));
        stage.Live(1, PairStage.Says(4, "s03"));
        Assert.True(stage.Desk.Covers("s02"));
        stage.Live(2.5, PairStage.Says(4, "s03"));
        Assert.False(stage.Desk.Covers("s02"));
        Assert.True(stage.Desk.Covers("s03"));
        stage.Live(4, PairStage.Says(4));
        Assert.False(stage.Desk.StandsIn);
        Assert.Contains("has handed everything back to a11", (stage.Orders(), stage.Notes).Notes);
        Assert.Equal(4, stage.Desk.Moves);
    }

    [Fact]
    public void A_producer_that_only_we_reach_is_collected_here_as_long_as_the_living_peer_lacks_it()
    {
        var stage = new PairStage();
        stage.Pair(4, "s02", "s03");
        stage.Live(2, PairStage.Says(4, "s03"));
        Assert.False(stage.Desk.StandsIn);
        stage.Live(2.5, PairStage.Says(4, "s03"));
        Assert.True(stage.Desk.Covers("s03") && !stage.Desk.Covers("s02"));
        stage.Live(20, PairStage.Says(4, "s03"));
        Assert.True(stage.Desk.Covers("s03"));
        stage.Live(1, PairStage.Says(4));
        Assert.True(stage.Desk.Covers("s03"));
        stage.Live(3, PairStage.Says(4));
        Assert.False(stage.Desk.StandsIn);
    }

    [Fact]
    public void A_producer_that_the_peer_lacks_now_and_then_is_not_taken()
    {
        var stage = new PairStage();
        stage.Pair(4, "s02");
        for (var i = 0; i < 10; i++)
        {
            stage.Live(2, PairStage.Says(4, "s02"));
            stage.Live(1.1, PairStage.Says(4));
        }

        Assert.Equal(0, stage.Desk.Moves);
    }

    [Fact]
    public void Without_automatic_switching_nothing_moves_until_somebody_says_so()
    {
        var stage = new PairStage(PairStage.Rules with { AutoSwitch = false });
        stage.Pair(4, "s02", "s03");
        stage.Live(10, PairStage.Says(4, "s02"));
        stage.Desk.Disconnected("it was reset", refused: false, stage.Now);
        stage.Desk.Disconnected("it refused", refused: true, stage.Now);
        stage.Pass(60);
        Assert.Equal(0, stage.Desk.Moves);
        stage.Desk.Switch(on: true, "an operator", stage.Now);
        Assert.Contains("cover s02, cover s03", stage.Orders(), StringComparison.Ordinal);
        Assert.Equal("an operator asked for it", stage.Desk.Why);
        stage.Desk.Connected(stage.Now);
        stage.Pair(4, "s02", "s03");
        stage.Live(10, PairStage.Says(4));
        Assert.True(stage.Desk.StandsIn);
        stage.Desk.Switch(on: false, "an operator", stage.Now);
        Assert.False(stage.Desk.StandsIn);
        Assert.Contains("stand by s02, stand by s03", stage.Orders(), StringComparison.Ordinal);
    }

    [Fact]
    public void With_automatic_switching_the_next_echoes_undo_what_somebody_said()
    {
        var stage = new PairStage();
        stage.Pair(4, "s02");
        stage.Desk.Switch(on: true, "an operator", stage.Now);
        Assert.True(stage.Desk.StandsIn);
        stage.Live(4, PairStage.Says(4));
        Assert.False(stage.Desk.StandsIn);
    }

    [Fact]
    public void What_a_peer_adds_while_all_of_it_is_collected_here_is_collected_here_too()
    {
        var stage = new PairStage(PairStage.Rules with { AutoSwitch = false });
        stage.Pair(4, "s02");
        stage.Desk.Switch(on: true, "an operator", stage.Now);
        stage.Pass(1);
        stage.Answer(new PairRequest.Ping("a10"), 0, PairStage.Says(8));
        stage.Tell("s02", "s04");
        stage.Answer(new PairRequest.PeerConfig(), 0, PairStage.Says(8));
        Assert.True(stage.Desk.Covers("s02") && stage.Desk.Covers("s04"));
    }

    [Fact]
    public void A_peer_that_changed_what_it_collects_is_asked_for_it_while_all_goes_on()
    {
        var stage = new PairStage();
        stage.Pair(4, "s02", "s03");
        stage.Pass(1);
        stage.Answer(new PairRequest.Ping("a10"), 0, PairStage.Says(8));
        Assert.Equal("ask Ping, ask PeerConfig", stage.Orders());
        stage.Tell("s03", "s04");
        stage.Answer(new PairRequest.PeerConfig(), 0, PairStage.Says(8));
        Assert.Equal("adopt s03+s04", stage.Orders());
        Assert.Equal(PairLink.Configured, stage.Desk.Link);
        stage.Live(5, PairStage.Says(8));
        Assert.DoesNotContain("PeerConfig", stage.Orders(), StringComparison.Ordinal);
        Assert.Equal(0, stage.Desk.Moves);
    }

    [Fact]
    public void What_nobody_asked_for_is_not_taken_for_what_the_peer_collects()
    {
        var stage = new PairStage();
        stage.Pair(4, "s02");
        stage.Tell("evil");
        stage.Desk.Disconnected("it was reset", refused: false, stage.Now);
        stage.Desk.Disconnected("it refused", refused: true, stage.Now);
        Assert.Equal("Connect, cover s02", stage.Orders());
    }

    [Fact]
    public void A_stock_daemon_that_is_back_begins_only_when_we_have_ended_so_we_end_at_once()
    {
        var stage = new PairStage();
        Die(stage, 0, "s02");
        stage.Desk.Connected(stage.Now);
        stage.Answer(new PairRequest.Pair("a10", 1));
        stage.Tell("s02");
        stage.Answer(new PairRequest.PeerConfig());
        Assert.False(stage.Desk.PeerSpeaks);
        Assert.False(stage.Desk.StandsIn);
        Assert.Equal((PairMarks)0, stage.Desk.Flags & PairMarks.PeerConfigActivated);
        stage.Answer(new PairRequest.Ping("a10"), 0, PairStage.Says(0));
        stage.Live(20, PairStage.Says(0));
        Assert.False(stage.Desk.StandsIn);
        Assert.Equal(PairLink.Configured, stage.Desk.Link);
    }

    [Fact]
    public void A_stock_daemon_that_hung_and_goes_on_ends_the_standing_in_with_its_first_echo()
    {
        var stage = new PairStage();
        stage.Pair(0, "s02");
        stage.Pass(3);
        Assert.True(stage.Desk.StandsIn);
        stage.Answer(new PairRequest.Ping("a10"), 0, PairStage.Says(0));
        Assert.False(stage.Desk.StandsIn);
    }

    [Fact]
    public void A_stop_dissolves_the_pair_on_both_and_what_the_peer_collects_is_forgotten()
    {
        var (one, other) = (new PairStage(), new PairStage());
        one.Pair(4, "s02");
        other.Pair(4, "s00");
        one.Desk.Stop(one.Now);
        Assert.Equal("Forget, ask Reset", one.Orders());
        Assert.Equal((PairService.Stopping, PairLink.Unpairing), (one.Desk.Service, one.Desk.Link));
        Assert.Equal(0, other.Desk.Asked(new PairRequest.Reset(), other.Now).Code);
        Assert.Equal("Forget, Close", other.Orders());
        Assert.Equal((PairService.Stop, PairLink.Disconnected, false), (other.Desk.Service, other.Desk.Link, other.Desk.HasPeerConfig));
        one.Answer(new PairRequest.Reset());
        Assert.Equal("Close", one.Orders());
        Assert.Equal((PairService.Stop, PairLink.Disconnected, false), (one.Desk.Service, one.Desk.Link, one.Desk.HasPeerConfig));
        one.Pass(60);
        Assert.Equal("", one.Orders());
        Assert.Equal(0, one.Desk.Asked(new PairRequest.Reset(), one.Now).Code);       // again: nothing
        one.Desk.Start(one.Now);
        Assert.Equal("Connect", one.Orders());
    }

    [Fact]
    public void A_stop_while_the_peer_hangs_ends_all_the_same()
    {
        var stage = new PairStage();
        stage.Pair(4, "s02");
        stage.Desk.Stop(stage.Now);
        stage.Pass(4.9);
        Assert.Equal(PairService.Stopping, stage.Desk.Service);
        stage.Pass(0.2);
        Assert.Equal((PairService.Stop, PairLink.Disconnected), (stage.Desk.Service, stage.Desk.Link));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stop_before_there_is_a_connection_leaves_no_half_of_a_pair(bool comes)
    {
        var stage = new PairStage();
        stage.Desk.Start(stage.Now);
        stage.Desk.Stop(stage.Now);
        Assert.Equal(PairService.Stop, stage.Desk.Service);
        if (comes)
        {
            stage.Desk.Connected(stage.Now);
        }
        else
        {
            stage.Desk.Disconnected("it refused", refused: true, stage.Now);
        }

        stage.Pass(60);
        Assert.DoesNotContain("ask", stage.Orders(), StringComparison.Ordinal);
        Assert.Equal(PairLink.Disconnected, stage.Desk.Link);
    }

    [Fact]
    public void Other_settings_are_taken_only_while_the_service_is_stopped()
    {
        var stage = new PairStage();
        Assert.True(stage.Desk.Configure(PairStage.Rules with { AutoSwitch = false }));
        stage.Desk.Start(stage.Now);
        Assert.False(stage.Desk.Configure(PairStage.Rules));
        Assert.False(stage.Desk.Rules.AutoSwitch);
    }

    [Fact]
    public void An_echo_that_is_an_error_ends_the_connection()
    {
        var stage = new PairStage();
        stage.Pair(4, "s02");
        stage.Pass(1);
        stage.Answer(new PairRequest.Ping("a10"), PairDesk.EINVAL, text: "peer name unmatched");
        Assert.Equal("ask Ping, Close", stage.Orders());
        Assert.Equal(PairLink.Disconnected, stage.Desk.Link);
        stage.Pass(3);
        Assert.True(stage.Desk.StandsIn);        // and it is as silent as any other
    }

    [Fact]
    public void Answers_that_nobody_waits_for_change_nothing()
    {
        var stage = new PairStage();
        stage.Answer(new PairRequest.Pair("a10", 1));
        stage.Answer(new PairRequest.PeerConfig(), 0, PairStage.Says(4));
        stage.Answer(new PairRequest.Ping("a10"), 0, PairStage.Says(4));
        stage.Answer(new PairRequest.Reset());
        stage.Desk.Connected(stage.Now);
        Assert.Equal("", stage.Orders());
        Assert.Equal(PairLink.Disconnected, stage.Desk.Link);
    }

    private static void Die(PairStage stage, params ReadOnlySpan<string> producers) => Die(stage, 4, producers);

    /// <summary>A pair whose peer has died and is stood in for.</summary>
    private static void Die(PairStage stage, ulong version, params ReadOnlySpan<string> producers)
    {
        stage.Pair(version, producers);
        stage.Desk.Disconnected("it was reset", refused: false, stage.Now);
        stage.Desk.Disconnected("it refused", refused: true, stage.Now);
        Assert.True(stage.Desk.StandsIn);
        stage.Pass(1);
        _ = stage.Orders();
    }
}

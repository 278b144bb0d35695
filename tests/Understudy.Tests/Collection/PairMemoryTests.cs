using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class PairMemoryTests
{
    private static readonly PairMemory s_memory = new("a11", 12,
    [
        PairStage.Producer("s02"), PairStage.Producer("s 03%", 412), new PairItem.Updater(new UpdaterRules("upd", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(200), ["s02", "s 03%"], [])),
        new PairItem.Storage(new StorageRules("mem", "store_csv", "mem", LdmsdPattern.Any, [], [])),
    ]);

    [Fact]
    public void What_a_peer_collects_is_read_back_as_it_was_written()
    {
        var read = PairMemory.Read(s_memory.Write(), "a11", out var why);
        Assert.True(read is not null, why);
        Assert.Equal(12ul, read.Version);
        Assert.Equal(s_memory.Items.Select(PairItemText.Write), read.Items.Select(PairItemText.Write));
    }

    [Fact]
    public void It_is_not_believed_of_another_peer_or_where_a_line_is_damaged()
    {
        Assert.Null(PairMemory.Read(s_memory.Write(), "a12", out var why));
        Assert.Equal("is not of a12", why);
        Assert.Null(PairMemory.Read("", "a11", out _));
        foreach (var (a, b) in new[] { ("version 12", "version -1"), ("version", "of"), ("producer s02", "producer"), ("1000000", "x") })
        {
            Assert.Null(PairMemory.Read(s_memory.Write().Replace(a, b, StringComparison.Ordinal), "a11", out why));
            Assert.Equal("has lines that cannot be read", why);
        }
    }

    [Fact]
    public void Who_is_started_while_its_peer_is_dead_covers_what_it_remembers_of_it_after_a_grace()
    {
        var stage = Started();
        Assert.Contains("adopt s02+s 03%+upd+mem", stage.Orders(), StringComparison.Ordinal);
        Assert.True(stage.Desk.HasPeerConfig && !stage.Desk.StandsIn);
        stage.Desk.Disconnected("it refused", refused: true, stage.Now);
        stage.Pass(4.9);
        Assert.False(stage.Desk.StandsIn, "both may have been switched on at the same moment");
        stage.Pass(0.2);
        Assert.True(stage.Desk.Covers("s02") && stage.Desk.Covers("s 03%"));
        _ = stage.Orders();
        Assert.Contains("collects what a11 collected: a11 has not been heard since this daemon was started", stage.Notes);

        // It comes back with another configuration: that is what it collects, and what it gets back.
        stage.Pair(16, "s02", "s05");
        Assert.True(stage.Desk.Covers("s02") && stage.Desk.Covers("s05") && !stage.Desk.Covers("s 03%"));
        stage.Live(4, PairStage.Says(16));
        Assert.False(stage.Desk.StandsIn);
    }

    [Fact]
    public void A_peer_that_is_there_is_not_covered_and_what_it_says_replaces_what_was_remembered()
    {
        var stage = Started();
        _ = stage.Orders();
        stage.Desk.Connected(stage.Now);
        stage.Answer(new PairRequest.Pair("a10", PairDesk.Speaks));
        stage.Tell("s05");
        _ = stage.Orders();
        stage.Answer(new PairRequest.PeerConfig(), 0, PairStage.Says(16));
        var kept = Assert.Single(stage.Desk.Orders.OfType<PairOrder.Adopt>()).Memory;
        Assert.Equal(("a11", 16ul, "s05"), (kept.Peer, kept.Version, Assert.Single(kept.Items).Name));
        stage.Live(20, PairStage.Says(16));
        Assert.False(stage.Desk.StandsIn);
        Assert.Equal(0, stage.Desk.Moves);
    }

    [Fact]
    public void Without_automatic_switching_nothing_is_covered_by_itself_and_a_stop_forgets_it()
    {
        var stage = Started(PairStage.Rules with { AutoSwitch = false });
        stage.Pass(60);
        Assert.False(stage.Desk.StandsIn);
        stage.Desk.Switch(on: true, "somebody", stage.Now);
        Assert.True(stage.Desk.Covers("s02"));
        _ = stage.Orders();
        stage.Desk.Stop(stage.Now);
        Assert.Contains("Forget", stage.Orders(), StringComparison.Ordinal);
        Assert.False(stage.Desk.HasPeerConfig);
    }

    private static PairStage Started(PairRules? rules = null)
    {
        var stage = new PairStage(rules);
        stage.Desk.Start(stage.Now);
        stage.Desk.Remember(s_memory, stage.Now);
        return stage;
    }
}

using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class PairCopiesTests
{
    private readonly DeskStage stage = new();

    [Fact]
    public void Copies_stand_by_under_their_names_with_a_sign_before_them()
    {
        Adopt([Producer("s00"), Updater(["s00"]), Policy()]);
        Assert.Equal((ProducerPart.Warm, ProducerState.Connecting), (stage.Desk.Producers["#s00"].Part, stage.Desk.Producers["#s00"].State));
        Assert.Equal((true, (ValueList<string>)["#s00"]), (stage.Desk.Updaters["#upd"].IsRunning, stage.Desk.Updaters["#upd"].Rules.Producers));
        Assert.True(stage.Desk.Policies["#mem"].IsRunning);
        PairCopies.Cover(stage.Desk, "s00", covers: true, "the peer is gone", stage.At);
        Assert.Equal((ProducerPart.Collect, "the peer is gone"), (stage.Desk.Producers["#s00"].Part, stage.Desk.Producers["#s00"].PartWhy));
        PairCopies.Cover(stage.Desk, "nobody", covers: true, "", stage.At);
    }

    [Fact]
    public void What_did_not_change_is_not_touched()
    {
        Adopt([Producer("s00"), Producer("s01"), Updater(["s00", "s01"]), Policy()]);
        stage.Carry();
        var before = (stage.Desk.Producers["#s00"], stage.Desk.Updaters["#upd"], stage.Desk.Policies["#mem"]);
        stage.Done.Clear();
        Adopt([Producer("s00"), Producer("s01", 412), Updater(["s00", "s01"]), Policy()]);
        stage.Carry();
        Assert.Equal([(CollectionDeed.Disconnect, "#s01"), (CollectionDeed.Connect, "#s01")], stage.Done.Select(d => (d.Deed, d.To)));
        Assert.Equal(before, (stage.Desk.Producers["#s00"], stage.Desk.Updaters["#upd"], stage.Desk.Policies["#mem"]));
        Assert.Equal(412, Assert.IsType<ProducerTarget.Ldms>(stage.Desk.Producers["#s01"].Rules.Target).Port);
    }

    [Fact]
    public void What_the_peer_has_no_more_goes_and_our_own_stays()
    {
        _ = stage.Add("s09", ProducerPart.Collect, "s09/a");
        _ = stage.Update("upd", 1, 0.2, "s09");
        Adopt([Producer("s00"), Producer("s01"), Updater(["s00", "s01"]), Policy()]);
        Adopt([Producer("s01"), Updater(["s01"])]);
        Assert.Equal(["#s01", "s09"], stage.Desk.Producers.Keys);
        Assert.Equal(["#upd", "upd"], stage.Desk.Updaters.Keys);
        Assert.Equal((ValueList<string>)["#s01"], stage.Desk.Updaters["#upd"].Rules.Producers);
        Assert.Empty(stage.Desk.Policies);
        PairCopies.Forget(stage.Desk, stage.At);
        Assert.Equal(["s09"], stage.Desk.Producers.Keys);
        Assert.Equal(["upd"], stage.Desk.Updaters.Keys);
        stage.Pass(2);
        Assert.Equal(["s09/a"], stage.Desk.Sets.Keys);
    }

    [Fact]
    public void An_updater_that_changed_runs_with_its_new_interval()
    {
        Adopt([Producer("s00"), Updater(["s00"])]);
        Adopt([Producer("s00"), new PairItem.Updater(new UpdaterRules("upd", TimeSpan.FromSeconds(5), TimeSpan.Zero, ["s00"], []))]);
        Assert.Equal((true, TimeSpan.FromSeconds(5)), (stage.Desk.Updaters["#upd"].IsRunning, stage.Desk.Updaters["#upd"].Rules.Interval));
    }

    [Fact]
    public void A_producer_that_is_covered_while_its_copy_comes_anew_goes_on_being_collected()
    {
        PairCopies.Adopt(stage.Desk, [Producer("s00"), Producer("s01")], name => name == "s00", stage.At);
        Assert.Equal((ProducerPart.Collect, ProducerPart.Warm), (stage.Desk.Producers["#s00"].Part, stage.Desk.Producers["#s01"].Part));
    }

    [Fact]
    public void The_peer_is_told_what_is_ours_and_runs_and_what_only_we_can_sample_is_left_out()
    {
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        _ = stage.Add("s01", ProducerPart.Off);
        _ = stage.Add("#s02", ProducerPart.Collect);
        var own = stage.Desk.Add(new ProducerRules("@meminfo", new ProducerTarget.Own("meminfo", "a10/meminfo", "a10", 0), TimeSpan.FromSeconds(1)), stage.Now);
        stage.Desk.SetPart(own, ProducerPart.Collect, "", stage.At);
        _ = stage.Update("upd", 1, 0.2, "s00", "s01", "@meminfo");
        stage.Desk.Stop(stage.Update("other", 1, 0.2, "s00"));
        stage.Desk.Start(stage.Desk.Add(PairCodecTests.Policy()));
        var told = PairCopies.Told(stage.Desk);
        Assert.Equal(["s00", "upd", "mem"], told.Select(i => i.Name));
        Assert.Equal((ValueList<string>)["s00"], Assert.IsType<PairItem.Updater>(told[1]).Rules.Producers);
    }

    [Fact]
    public void The_version_is_another_whenever_anything_is_and_the_same_whenever_nothing_is()
    {
        ValueList<PairItem>[] all =
        [
            [], [Producer("s00")], [Producer("s01")], [Producer("s00", 412)], [Producer("s00"), Producer("s01")], [Producer("s00"), Updater(["s00"])], [Producer("s00"), Updater([])], [Policy()],
            [new PairItem.Producer(((PairItem.Producer)Producer("s00")).Rules with { Reconnect = TimeSpan.FromSeconds(2) })],
        ];
        Assert.Equal(all.Length, all.Select(PairCopies.Version).Distinct().Count());
        Assert.All(all, items => Assert.True(PairCopies.Version(items) is var v && v != 0 && (v & 3) == 0));
        Assert.Equal(PairCopies.Version([Producer("s00"), Updater(["s00"])]), PairCopies.Version([Producer("s00"), Updater(["s00"])]));
    }

    [Fact]
    public void We_lack_what_is_ours_and_gives_no_samples()
    {
        _ = stage.Update("upd", 1, 0.2, "s00", "s01", "#s02");
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        _ = stage.Add("s01", ProducerPart.Collect, "s01/a");
        _ = stage.Add("#s02", ProducerPart.Warm, "s02/a");
        Assert.Empty(PairCopies.Lacking(stage.Desk, stage.Now));
        stage["s01"].IsUp = false;
        stage.Break("s01");
        Assert.Equal(["s01"], PairCopies.Lacking(stage.Desk, stage.Now));
    }

    private static PairItem Producer(string name, int port = 411) => PairStage.Producer(name, port);

    private static PairItem.Updater Updater(ValueList<string> producers) => new(new UpdaterRules("upd", TimeSpan.FromSeconds(1), TimeSpan.Zero, producers, []));

    private static PairItem.Storage Policy() => new(PairCodecTests.Policy());

    private void Adopt(ValueList<PairItem> items) => PairCopies.Adopt(stage.Desk, items, static _ => false, stage.At);
}

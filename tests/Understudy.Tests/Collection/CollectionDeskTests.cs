using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class CollectionDeskTests
{
    private readonly DeskStage stage = new();

    [Fact]
    public void What_a_producer_lists_is_looked_up_at_once_and_its_first_sample_waits_for_no_tick()
    {
        _ = stage.Update("upd", 20, 0.2, "s00");
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a", "s00/b");
        Assert.Equal(
            [
                (TimeSpan.Zero, CollectionDeed.Connect, "s00"), (TimeSpan.Zero, CollectionDeed.List, "s00"), (TimeSpan.Zero, CollectionDeed.LookUp, "s00:s00/a"), (TimeSpan.Zero, CollectionDeed.LookUp, "s00:s00/b"),
                (TimeSpan.Zero, CollectionDeed.Pull, "s00:s00/a"), (TimeSpan.Zero, CollectionDeed.Pull, "s00:s00/b"), (TimeSpan.Zero, CollectionDeed.Publish, "s00/a"), (TimeSpan.Zero, CollectionDeed.Publish, "s00/b"),
            ],
            stage.Done);
        Assert.True(stage.Desk.Producers["s00"].IsReady(stage.Now));
    }

    [Fact]
    public void Ticks_keep_their_phase_on_the_wall_clock_whenever_the_daemon_was_started()
    {
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        stage.Pass(0.45);       // 0.75 of the second
        _ = stage.Update("upd", 1, 0.2, "s00");
        stage.Pass(3);
        Assert.Equal([0.45, 0.9, 1.9, 2.9], stage.When(CollectionDeed.Pull, "s00:s00/a"));
    }

    [Fact]
    public void Without_an_offset_ticks_count_from_the_start()
    {
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        stage.Pass(0.45);
        _ = stage.Update("upd", 1, null, "s00");
        stage.Pass(2.5);
        Assert.Equal([0.45, 1.45, 2.45], stage.When(CollectionDeed.Pull, "s00:s00/a"));
    }

    [Fact]
    public void A_step_of_the_wall_clock_neither_stops_the_ticks_nor_makes_them_come_in_a_burst()
    {
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        _ = stage.Update("upd", 1, 0.2, "s00");
        stage.Pass(5);
        foreach (var shift in new[] { -3600_000_000L, 7200_000_000L })
        {
            stage.WallShift += shift;
            var before = stage.Done.Count(d => d.Deed == CollectionDeed.Pull);
            stage.Pass(10);
            Assert.InRange(stage.Done.Count(d => d.Deed == CollectionDeed.Pull) - before, 9, 12);
        }
    }

    [Fact]
    public void A_torn_sample_is_asked_for_again_but_not_for_ever()
    {
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        stage["s00"].Sets["s00/a"].Torn = 2;
        _ = stage.Update("upd", 1, 0.2, "s00");
        Assert.Equal([0, 0, 0], stage.When(CollectionDeed.Pull, "s00:s00/a"));
        Assert.Equal(1, stage.Desk.Sets["s00/a"].Had);
        stage["s00"].Sets["s00/a"].Torn = 1000;
        stage.Pass(1.5);        // ticks at 0.9, and then not again before 1.9
        Assert.Equal([0, 0, 0, 0.9, 0.9, 0.9, 0.9], stage.When(CollectionDeed.Pull, "s00:s00/a"));
        stage["s00"].Sets["s00/a"].Torn = 0;
        stage.Pass(1);
        Assert.Equal(2, stage.Desk.Sets["s00/a"].Had);
    }

    [Fact]
    public void Of_a_sets_two_sources_one_is_pulled_and_the_other_at_once_where_that_one_is_late()
    {
        Both();
        stage.Pass(1);
        Assert.Equal([0, 0.9], stage.When(CollectionDeed.Pull, "a10:s00/a"));
        Assert.Equal([0], stage.When(CollectionDeed.Pull, "a11:s00/a"));
        stage["a10"].Answers = false;
        stage.Pass(3);
        Assert.Equal([0, 0.9, 1.9], stage.When(CollectionDeed.Pull, "a10:s00/a"));
        Assert.Equal([0, 2.4, 2.9, 3.9], stage.When(CollectionDeed.Pull, "a11:s00/a"));      // half an interval after the pull that was not answered
        Assert.Equal("a11", stage.Desk.Sets["s00/a"].Current!.Producer.Name);
        Assert.Equal(0, stage.Desk.Sets["s00/a"].Lost);
    }

    [Fact]
    public void A_connection_that_does_not_answer_for_three_intervals_is_given_up_and_made_anew()
    {
        Both();
        stage["a10"].Answers = false;
        stage.Pass(3.5);         // pulled at 0.9
        Assert.Equal(ProducerState.Connected, stage.Desk.Producers["a10"].State);
        stage.Pass(0.5);
        Assert.Equal(ProducerState.Disconnected, stage.Desk.Producers["a10"].State);
        Assert.Equal([3.9], stage.When(CollectionDeed.Disconnect, "a10"));
        Assert.Contains("a10: no connection to a10:411: it has not answered for 3 s", stage.Notes);
        stage["a10"].Answers = true;
        stage.Pass(1);
        Assert.Equal(ProducerState.Connected, stage.Desk.Producers["a10"].State);
        Assert.Equal([0, 4.9], stage.When(CollectionDeed.Connect, "a10"));
    }

    [Fact]
    public void By_hints_each_set_is_pulled_shortly_after_its_sampling_and_what_gives_none_by_the_updaters_interval()
    {
        // The wall clock begins at .3 of a second.
        _ = stage.Update(new UpdaterRules("upd", TimeSpan.FromSeconds(2), TimeSpan.Zero, ["s00"], []) { ByHints = true });
        var producer = stage.Add("s00", ProducerPart.Collect, "s00/fast", "s00/none", "s00/slow");
        stage.Desk.Hinted(producer, "s00/fast", (TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(0.2)));
        stage.Desk.Hinted(producer, "s00/slow", (TimeSpan.FromSeconds(3), TimeSpan.Zero));
        stage.Pass(5);
        Assert.Equal([0, 1.7, 3.7], stage.When(CollectionDeed.Pull, "s00:s00/none"));
        Assert.Equal([0, 1.95, 2.45, 2.95, 3.45, 3.95, 4.45, 4.95], stage.When(CollectionDeed.Pull, "s00:s00/fast"));      // from the updater's first tick on, at .25 and .75
        Assert.Equal([0, 2.8], stage.When(CollectionDeed.Pull, "s00:s00/slow"));      // 1795306503.1
        stage.Desk.Hinted(producer, "s00/fast", null);
        stage.Pass(2);
        Assert.Equal([0, 1.7, 3.7, 5.7], stage.When(CollectionDeed.Pull, "s00:s00/none"));
        Assert.DoesNotContain(stage.When(CollectionDeed.Pull, "s00:s00/fast"), t => t is > 5.8 and < 7);
        Assert.Equal(TimeSpan.FromSeconds(2), producer.Sources["s00/fast"].Interval);
    }

    [Fact]
    public void An_updaters_own_time_out_is_when_a_connection_is_given_up_and_half_of_it_when_another_source_is_asked()
    {
        _ = stage.Update(new UpdaterRules("upd", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.2), ["a10", "a11"], []) { Timeout = TimeSpan.FromSeconds(0.4) });
        _ = stage.Add("a10", ProducerPart.Collect, "s00/a");
        _ = stage.Add("a11", ProducerPart.Collect, "s00/a");
        stage.Pass(2);
        stage["a10"].Answers = false;
        stage.Pass(1.5);
        Assert.Contains("a10: no connection to a10:411: it has not answered for 400 ms", stage.Notes);
        Assert.Equal(3.1, stage.When(CollectionDeed.Pull, "a11:s00/a").First(t => t > 2));      // asked at 2.9
    }

    [Fact]
    public void A_producer_that_answers_and_stands_still_is_said_so_once_and_once_more_when_it_goes_on()
    {
        _ = stage.Update(new UpdaterRules("upd", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.2), ["s00"], []) { Stalled = 3 });
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a", "s00/b");
        stage.Pass(5);
        var (a, b) = (stage["s00"].Sets["s00/a"], stage["s00"].Sets["s00/b"]);
        a.StuckAt = b.StuckAt = stage.At.Micros;
        stage.Pass(3.5);
        Assert.DoesNotContain(stage.Notes, n => n.Contains("advance", StringComparison.Ordinal));
        stage.Pass(6);
        Assert.Equal("s00: it answers, and s00/a does not advance: nothing newer for 4 s", Assert.Single(stage.Notes, n => n.Contains("advance", StringComparison.Ordinal)));
        a.StuckAt = b.StuckAt = null;
        stage.Pass(5);
        Assert.Equal(["s00: it answers, and s00/a does not advance: nothing newer for 4 s", "s00: s00/a advances again"], stage.Notes.Where(n => n.Contains("advance", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_source_that_answers_and_does_not_advance_is_as_good_as_none()
    {
        Both();
        stage.Pass(2);
        stage["a10"].Sets["s00/a"].StuckAt = stage.At.Micros;
        stage.Pass(6);
        var set = stage.Desk.Sets["s00/a"];
        Assert.Equal("a11", set.Current!.Producer.Name);
        Assert.Equal(stage.At.Micros / 1_000_000 * 1_000_000, set.Id.Micros);
        Assert.Equal(0, set.Lost);
    }

    [Fact]
    public void The_freshest_sample_wins_and_one_that_comes_twice_or_late_changes_nothing()
    {
        Both();
        stage.Pass(3);
        var set = stage.Desk.Sets["s00/a"];
        var (had, id, lost) = (set.Had, set.Id, set.Lost);
        stage.Give("a11", "s00/a", id.Micros);
        stage.Give("a11", "s00/a", id.Micros - 1_000_000);
        stage.Give("a10", "s00/a", id.Micros);
        Assert.Equal((had, id, lost), (set.Had, set.Id, set.Lost));
        Assert.Equal("a10", set.Current!.Producer.Name);
        stage.Give("a11", "s00/a", id.Micros + 1_000_000);
        Assert.Equal((had + 1, id.Micros + 1_000_000, lost), (set.Had, set.Id.Micros, set.Lost));
        Assert.Equal("a11", set.Current.Producer.Name);
    }

    [Theory]
    [InlineData(new[] { 1000, 1000, 1000, 1000 }, 0)]
    [InlineData(new[] { 1000, 1000, 4000, 1000 }, 3)]
    [InlineData(new[] { 1000, 1000, 1400, 600, 1000, 1000, 2000 }, 1)]      // a sampler that was late once, and a sample that is missing
    [InlineData(new[] { 1000, 1000, 1000, 1000, 5, 1000, 1000, 1000, 1000 }, 0)]
    [InlineData(new[] { 100, 100, 100, 100, 100, 100, 100, 100, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000 }, 45)]      // its interval was changed: five look like gaps, and then it is known
    public void What_was_lost_is_counted_by_the_samplers_own_period(int[] stepsMs, long lost)
    {
        _ = stage.Add("s00", ProducerPart.Collect);
        stage.Desk.Listed(stage.Desk.Producers["s00"], [("s00/a", "meminfo")], whole: false, stage.At);
        var layout = FakeSet.Form("s00/a");
        var source = stage.Desk.Producers["s00"].Sources["s00/a"];
        stage.Desk.LookedUp(source, layout, null, stage.At);
        var micros = stage.At.Micros;
        var number = 1UL;
        Take();
        foreach (var step in stepsMs)
        {
            micros += step * 1000L;
            Take();
        }

        Assert.Equal(lost, stage.Desk.Sets["s00/a"].Lost);

        void Take()
        {
            var bytes = layout.NewSample();
            var writer = new SampleWriter(layout, bytes);
            writer.Begin();
            writer.End(micros, TimeSpan.Zero, number++);
            stage.Desk.Sampled(source, null, bytes, stage.At);
        }
    }

    [Fact]
    public void A_set_whose_connection_ended_is_offered_for_a_while_yet()
    {
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        _ = stage.Update("upd", 1, 0.2, "s00");
        stage["s00"].IsUp = false;
        stage.Break("s00");
        stage.Pass(3.9);
        Assert.True(stage.Desk.Sets.ContainsKey("s00/a"));
        Assert.Empty(stage.When(CollectionDeed.Withdraw, "s00/a"));
        stage.Pass(0.2);
        Assert.Equal([4], stage.When(CollectionDeed.Withdraw, "s00/a"));
        Assert.Empty(stage.Desk.Sets);
    }

    [Fact]
    public void A_producer_that_comes_back_in_time_finds_its_set_as_it_was()
    {
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        _ = stage.Update("upd", 1, 0.2, "s00");
        stage.Pass(2);
        stage.Break("s00");
        stage.Pass(10);
        Assert.Empty(stage.When(CollectionDeed.Withdraw, "s00/a"));
        Assert.Equal([0], stage.When(CollectionDeed.Publish, "s00/a"));
        Assert.Equal([0, 3], stage.When(CollectionDeed.Connect, "s00"));
        Assert.Equal(1, stage.Desk.Producers["s00"].Losses);
        Assert.Equal(0, stage.Desk.Sets["s00/a"].Lost);
    }

    [Fact]
    public void One_that_stands_by_is_connected_and_looked_up_and_neither_pulled_nor_offered()
    {
        var warm = stage.Add("#s00", ProducerPart.Warm, "s00/a");
        _ = stage.Update("#upd", 1, 0.2, "#s00");
        stage.Pass(5);
        Assert.Equal([0], stage.When(CollectionDeed.LookUp, "#s00:s00/a"));
        Assert.Empty(stage.When(CollectionDeed.Pull, "#s00:s00/a"));
        Assert.Empty(stage.Desk.Sets);
        Assert.False(warm.IsReady(stage.Now));
    }

    [Fact]
    public void One_that_is_taken_over_is_pulled_at_once_and_one_that_is_handed_back_is_offered_no_more()
    {
        _ = stage.Add("#s00", ProducerPart.Warm, "s00/a");
        _ = stage.Update("#upd", 1, 0.2, "#s00");
        stage.Pass(1);
        stage.Part("#s00", ProducerPart.Collect);
        Assert.Equal([1], stage.When(CollectionDeed.Pull, "#s00:s00/a"));
        Assert.Equal([1], stage.When(CollectionDeed.Publish, "s00/a"));
        stage.Pass(1);
        stage.Part("#s00", ProducerPart.Warm);
        Assert.Equal([2], stage.When(CollectionDeed.Withdraw, "s00/a"));
        stage.Pass(0.1);
        stage.Part("#s00", ProducerPart.Collect);
        Assert.Equal([1, 1.9, 2.1], stage.When(CollectionDeed.Pull, "#s00:s00/a"));
        Assert.Equal([0], stage.When(CollectionDeed.Connect, "#s00"));
    }

    [Fact]
    public void A_sample_that_comes_after_the_hand_back_is_not_offered_and_the_next_take_over_pulls_at_once_all_the_same()
    {
        _ = stage.Add("#s00", ProducerPart.Collect, "s00/a");
        _ = stage.Update("#upd", 1, 0.2, "#s00");
        stage["#s00"].Answers = false;
        stage.Pass(1);           // asked at 0.9, and not answered
        stage.Part("#s00", ProducerPart.Warm);
        stage.Give("#s00", "s00/a", stage.At.Micros);
        Assert.Empty(stage.Desk.Sets);
        stage["#s00"].Answers = true;
        stage.Pass(0.1);
        stage.Part("#s00", ProducerPart.Collect);
        Assert.Equal(1.1, stage.When(CollectionDeed.Pull, "#s00:s00/a")[^1]);
        Assert.True(stage.Desk.Sets.ContainsKey("s00/a"));
    }

    [Fact]
    public void A_producer_is_ready_when_each_of_its_sets_has_given_a_sample_and_not_before()
    {
        _ = stage.Update("upd", 1, 0.2, "s00");
        var producer = stage.Add("s00", ProducerPart.Collect);
        Assert.True(producer.IsReady(stage.Now));        // it has nothing to give
        stage.Desk.Listed(producer, [("s00/a", "meminfo"), ("s00/b", "vmstat")], whole: false, stage.At);
        Assert.False(producer.IsReady(stage.Now));
        stage["s00"].Sets["s00/a"] = new FakeSet(FakeSet.Form("s00/a"), TimeSpan.FromSeconds(1));
        stage.Carry();
        Assert.False(producer.IsReady(stage.Now));
        stage["s00"].Sets["s00/b"] = new FakeSet(FakeSet.Form("s00/b", "vmstat"), TimeSpan.FromSeconds(1));
        stage.Pass(1.5);
        Assert.True(producer.IsReady(stage.Now));
        stage["s00"].IsUp = false;
        stage.Break("s00");
        Assert.False(producer.IsReady(stage.Now));
    }

    [Fact]
    public void What_a_producer_has_no_more_is_offered_no_more_unless_another_has_it()
    {
        Both();
        stage.Pass(1);
        stage.Desk.Removed(stage.Desk.Producers["a10"], "s00/a", stage.At);
        stage.Carry();
        Assert.Empty(stage.When(CollectionDeed.Withdraw, "s00/a"));
        Assert.Equal(1, stage.When(CollectionDeed.Pull, "a11:s00/a")[^1]);       // the other is asked at once
        stage.Desk.Removed(stage.Desk.Producers["a11"], "s00/a", stage.At);
        stage.Carry();
        Assert.Equal([1], stage.When(CollectionDeed.Withdraw, "s00/a"));
    }

    [Fact]
    public void A_new_list_of_all_takes_away_what_it_does_not_name_and_one_of_news_does_not()
    {
        var producer = stage.Add("s00", ProducerPart.Collect, "s00/a", "s00/b");
        stage.Desk.Listed(producer, [("s00/c", "x")], whole: false, stage.At);
        Assert.Equal(["s00/a", "s00/b", "s00/c"], producer.Sources.Keys.Order());
        stage.Desk.Listed(producer, [("s00/b", "x")], whole: true, stage.At);
        Assert.Equal(["s00/b"], producer.Sources.Keys);
    }

    [Fact]
    public void A_port_that_refuses_is_tried_again_after_the_producers_pause_and_is_told_of_once()
    {
        var producer = stage.Desk.Add(new ProducerRules("s00", new ProducerTarget.Ldms("h", 411, ""), TimeSpan.FromSeconds(2)), stage.Now);
        stage.Desk.SetPart(producer, ProducerPart.Collect, "the test says so", stage.At);
        for (var i = 0; i < 3; i++)
        {
            stage.Carry();
            stage.Break("s00", "it refused");
            stage.Pass(2);
        }

        Assert.Equal([0, 2, 4, 6], stage.When(CollectionDeed.Connect, "s00"));
        Assert.Single(stage.Notes, n => n.Contains("it refused", StringComparison.Ordinal));
        Assert.Equal(0, producer.Losses);
    }

    [Fact]
    public void A_connection_that_is_not_taken_and_one_that_says_nothing_are_given_up()
    {
        _ = stage.Add("s00", ProducerPart.Off, "s00/a");
        stage["s00"].Answers = false;
        stage.Part("s00", ProducerPart.Collect);
        stage.Pass(4.5);
        Assert.Equal([0, 4], stage.When(CollectionDeed.Connect, "s00"));       // three seconds of patience, one of pause
        Assert.Equal([3], stage.When(CollectionDeed.Disconnect, "s00"));
        var producer = stage.Desk.Producers["s00"];
        stage.Desk.Opened(producer, producer.Generation, stage.At);
        stage.Pass(3.1);
        Assert.Equal(ProducerState.Disconnected, producer.State);
        Assert.Equal("it did not say what it has", producer.Trouble);
    }

    [Fact]
    public void What_a_past_connection_says_is_nobodys()
    {
        var producer = stage.Add("s00", ProducerPart.Collect, "s00/a");
        var past = producer.Generation;
        var source = producer.Sources["s00/a"];
        stage.Break("s00");
        stage.Pass(1.5);
        stage.Desk.Closed(producer, past, "late", stage.At);
        Assert.Equal(ProducerState.Connected, producer.State);
        stage.Desk.Sampled(source, FakeSet.Form("s00/a"), stage["s00"].Sets["s00/a"].Sample(stage.At.Micros + 9_000_000), stage.At);
        stage.Desk.LookUpFailed(source, "late", stage.At);
        stage.Desk.PullFailed(source, "late", stage.At);
        Assert.Empty(stage.Desk.Sets);
        Assert.Equal(SourceState.Ready, producer.Sources["s00/a"].State);
    }

    [Fact]
    public void A_set_that_cannot_be_looked_up_is_tried_again_each_second()
    {
        _ = stage.Update("upd", 1, 0.2, "s00");
        _ = stage.Add("s00", ProducerPart.Off, "s00/a");
        stage["s00"].HidesLayouts = true;
        stage.Part("s00", ProducerPart.Collect);
        stage.Pass(2.5);
        Assert.Equal([0, 1, 2], stage.When(CollectionDeed.LookUp, "s00:s00/a"));
        stage["s00"].HidesLayouts = false;
        stage.Pass(1);
        Assert.Equal([0, 1, 2, 3], stage.When(CollectionDeed.LookUp, "s00:s00/a"));
        Assert.Equal(3, stage.When(CollectionDeed.Pull, "s00:s00/a")[0]);
    }

    [Fact]
    public void A_look_up_without_an_answer_is_made_again_once_however_long_nobody_looked()
    {
        _ = stage.Add("s00", ProducerPart.Collect);
        stage["s00"].Answers = false;
        stage.Desk.Listed(stage.Desk.Producers["s00"], [("s00/a", "x")], whole: false, stage.At);
        stage.Carry();
        var before = stage.Done.Count(d => d.Deed == CollectionDeed.LookUp);
        Skip(60);
        Assert.Equal(before + 1, stage.Done.Count(d => d.Deed == CollectionDeed.LookUp));
    }

    [Fact]
    public void A_layout_that_changed_is_offered_anew_with_its_sample()
    {
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        _ = stage.Update("upd", 1, 0.2, "s00");
        stage["s00"].Sets["s00/a"].Layout = SetLayout.Create(new SetDraft("s00/a", "meminfo", "s00", [new MetricField("n", "", MetricType.U64), new MetricField("m", "", MetricType.U64)]) { MetaGeneration = 2 });
        stage.Pass(1);
        Assert.Equal([0, 0.9], stage.When(CollectionDeed.Publish, "s00/a"));
        Assert.Equal(2, stage.Desk.Sets["s00/a"].Layout.Fields.Length);
    }

    [Fact]
    public void A_sample_of_another_layout_than_the_known_one_makes_the_set_be_learned_anew()
    {
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        _ = stage.Update("upd", 1, 0.2, "s00");
        var source = stage.Desk.Producers["s00"].Sources["s00/a"];
        stage["s00"].Sets["s00/a"].Layout = FakeSet.Form("s00/a", generation: 2);
        stage.Desk.Sampled(source, null, stage["s00"].Sets["s00/a"].Sample(stage.At.Micros + 1_000_000), stage.At);
        stage.Carry();
        Assert.Equal(2, stage.When(CollectionDeed.LookUp, "s00:s00/a").Length);
        Assert.Equal(2UL, source.Layout!.MetaGeneration);
        Assert.Equal(1, stage.Desk.Sets["s00/a"].Had);
        stage.Pass(1);
        Assert.Equal(2, stage.Desk.Sets["s00/a"].Had);
    }

    [Fact]
    public void Samples_go_to_the_policies_that_want_them_as_long_as_these_run()
    {
        var policy = stage.Desk.Add(new StorageRules("mem", "store_csv", "mem", LdmsdPattern.Parse("^meminfo$", out _)!, [LdmsdPattern.Parse("s0", out _)!], []));
        stage.Desk.Start(policy);
        _ = stage.Update("upd", 1, 0.2, "s00", "#s01", "x");
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        _ = stage.Add("#s01", ProducerPart.Collect, "s01/a");
        _ = stage.Add("x", ProducerPart.Collect, "x/a");
        stage.Pass(1);
        Assert.Equal([0, 0.9], stage.When(CollectionDeed.Store, "mem:s00:s00/a"));
        Assert.Equal([0, 0.9], stage.When(CollectionDeed.Store, "mem:#s01:s01/a"));       // a copy is its producer
        Assert.Empty(stage.When(CollectionDeed.Store, "mem:x:x/a"));
        Assert.Equal(4, policy.Offered);
        stage.Desk.Stop(policy);
        stage.Pass(1);
        Assert.Equal(4, policy.Offered);
    }

    [Fact]
    public void Who_writes_a_policys_container_is_said_when_it_changes_and_shown_in_strgp_status()
    {
        var policy = stage.Desk.Add(new StorageRules("mem", "store_csv", "mem", LdmsdPattern.Any, [], []));
        foreach (var state in new[]
        {
            new StorageState(0, "alpha", 0, 0, "mem is written by alpha (epoch 2)"), new StorageState(3, "beta", 0, 0, ""), new StorageState(3, "beta", 7, 0, ""), new StorageState(0, "alpha", 7, 0, "mem is written by alpha (epoch 4)"), new StorageState(0, "alpha", 7, 1, "mem is written by alpha (epoch 4)"), new StorageState(0, "alpha", 7, 2, "mem is written by alpha (epoch 4)"),
        })
        {
            stage.Desk.Stored(policy, state, stage.At);
        }

        stage.Carry();
        Assert.Equal(
            ["mem: does not write mem: mem is written by alpha (epoch 2)", "mem: writes mem, as beta with epoch 3", "mem: does not write mem: mem is written by alpha (epoch 4)", "mem: mem takes nothing, or less than what comes: the oldest samples that wait here are dropped from now on; mem is written by alpha (epoch 4)"],
            stage.Notes.Where(n => n.StartsWith("mem", StringComparison.Ordinal)));
        Assert.Equal(new LdmsdStorageMore("alpha", 7, 2, "mem is written by alpha (epoch 4)"), Assert.Single(CollectionRows.Storages(stage.Desk, null)).More);
    }

    [Fact]
    public void A_set_that_a_stand_in_hands_back_is_pulled_from_its_owner_at_once_though_that_ones_pause_is_long()
    {
        _ = stage.Update("upd", 1, 0.2, "a10", "a11");
        var owner = stage.Add("a10", ProducerPart.Collect, "s00/a");
        stage.Desk.Change(owner, owner.Rules with { Reconnect = TimeSpan.FromSeconds(20) }, stage.At);
        _ = stage.Add("a11", ProducerPart.Collect, "s02/a");
        stage.Pass(1);

        // a10 dies, a11 stands in for it, a10 returns; we have tried it once and wait.
        stage["a10"].IsUp = false;
        stage.Break("a10");
        stage["a11"].Sets.Add("s00/a", new FakeSet(FakeSet.Form("s00/a"), TimeSpan.FromSeconds(1)));
        stage.Desk.Listed(stage.Desk.Producers["a11"], [("s00/a", "meminfo")], whole: false, stage.At);
        stage.Carry();
        stage.Pass(3);
        stage["a10"].IsUp = true;
        stage["a11"].Sets.Remove("s00/a");
        stage.Desk.Removed(stage.Desk.Producers["a11"], "s00/a", stage.At);
        stage.Carry();
        Assert.Equal(ProducerState.Connected, owner.State);
        stage.Pass(6);
        Assert.Equal(0, stage.Desk.Sets["s00/a"].Lost);
        Assert.True(stage.At.Micros - stage.Desk.Sets["s00/a"].Id.Micros < 1_500_000, "it is fresh");
        Assert.Empty(stage.When(CollectionDeed.Withdraw, "s00/a"));
    }

    [Fact]
    public void A_set_that_nobody_offers_any_more_goes_after_a_while_though_a_lost_producer_might_have_had_it()
    {
        _ = stage.Update("upd", 1, 0.2, "a10", "a11");
        var owner = stage.Add("a10", ProducerPart.Collect, "s00/a");
        stage.Desk.Change(owner, owner.Rules with { Reconnect = TimeSpan.FromSeconds(20) }, stage.At);
        _ = stage.Add("a11", ProducerPart.Collect, "s02/a", "s03/a");
        stage.Pass(1);
        stage["a10"].IsUp = false;
        stage.Break("a10");
        foreach (var set in new[] { "s02/a", "s03/a" })
        {
            stage["a11"].Sets.Remove(set);
            stage.Desk.Removed(stage.Desk.Producers["a11"], set, stage.At);
            stage.Carry();
        }

        stage.Pass(6);
        Assert.Equal([0, 1], stage.When(CollectionDeed.Connect, "a10"));      // once for both sets
        Assert.DoesNotContain("s02/a", stage.Desk.Sets.Keys);
        Assert.Equal([5], stage.When(CollectionDeed.Withdraw, "s02/a"));
    }

    [Fact]
    public void Whatever_changes_what_a_peer_is_told_is_counted()
    {
        var (told, changes, version) = (PairCopies.Version(PairCopies.Told(stage.Desk)), stage.Desk.Changes, 0);
        var producer = stage.Add("s00", ProducerPart.Collect, "s00/a");
        Check();
        var updater = stage.Update("upd", 1, 0.2, "s00");
        Check();
        var policy = stage.Desk.Add(new StorageRules("mem", "store_csv", "mem", LdmsdPattern.Any, [], []));
        stage.Desk.Start(policy);
        Check();
        stage.Desk.Change(producer, producer.Rules with { Reconnect = TimeSpan.FromSeconds(7) }, stage.At);
        Check();
        stage.Desk.Change(updater, updater.Rules with { Interval = TimeSpan.FromSeconds(7) }, stage.At);
        Check();
        stage.Desk.Stop(policy);
        Check();
        stage.Desk.Stop(updater);
        Check();
        stage.Part("s00", ProducerPart.Off);
        Check();
        stage.Part("s00", ProducerPart.Collect);
        Check();
        stage.Desk.Remove(producer, stage.At);
        Check();
        Assert.Equal(10, version);

        // Samples are none of it.
        _ = stage.Add("@own", ProducerPart.Collect, "own/a");
        changes = stage.Desk.Changes;
        stage.Pass(5);
        Assert.Equal(changes, stage.Desk.Changes);

        void Check()
        {
            var now = PairCopies.Version(PairCopies.Told(stage.Desk));
            Assert.NotEqual(told, now);
            Assert.NotEqual(changes, stage.Desk.Changes);
            (told, changes, version) = (now, stage.Desk.Changes, version + 1);
        }
    }

    [Fact]
    public void A_sample_goes_into_a_container_once_though_the_peers_policy_has_it_too()
    {
        var own = stage.Desk.Add(new StorageRules("mem", "store_csv", "mem", LdmsdPattern.Any, [], []));
        var copy = stage.Desk.Add(own.Rules with { Name = "#mem" });
        var other = stage.Desk.Add(own.Rules with { Name = "#more", Container = "more" });
        foreach (var policy in new[] { copy, own, other })
        {
            stage.Desk.Start(policy);
        }

        _ = stage.Update("upd", 1, 0.2, "s00");
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a");
        Assert.Equal((1, 0, 1), (own.Offered, copy.Offered, other.Offered));
        stage.Desk.Stop(own);
        stage.Pass(1);
        Assert.Equal((1, 1, 2), (own.Offered, copy.Offered, other.Offered));
        stage.Desk.Start(own);
        stage.Pass(1);
        Assert.Equal((2, 1, 3), (own.Offered, copy.Offered, other.Offered));
    }

    [Fact]
    public void An_updater_pulls_what_it_matches_of_its_producers_and_nothing_when_it_is_stopped()
    {
        _ = stage.Add("s00", ProducerPart.Collect, "s00/a", "s00/b");
        _ = stage.Add("s01", ProducerPart.Collect, "s01/a");
        var updater = stage.Desk.Add(new UpdaterRules("upd", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(200), ["s00"], [new SetFilter(LdmsdPattern.Parse("/b$", out _)!, SetMatch.Instance)]));
        stage.Desk.Start(updater, stage.At);
        stage.Pass(1);
        Assert.Equal(["s00/b"], stage.Desk.Sets.Keys);
        stage.Desk.Change(updater, updater.Rules with { Interval = TimeSpan.FromSeconds(0.5), Offset = TimeSpan.Zero, Producers = ["s00", "s01"], Matches = [] }, stage.At);
        stage.Carry();
        Assert.Equal(["s00/a", "s00/b", "s01/a"], stage.Desk.Sets.Keys);
        stage.Done.Clear();
        stage.Pass(1);
        Assert.Equal([1.2, 1.7], stage.When(CollectionDeed.Pull, "s01:s01/a"));
        stage.Desk.Stop(updater);
        stage.Done.Clear();
        stage.Pass(3);
        Assert.Empty(stage.Done);
    }

    [Fact]
    public void A_producer_that_moves_is_connected_at_its_new_place_and_one_that_does_not_keeps_its_connection()
    {
        _ = stage.Update("upd", 1, 0.2, "s00");
        var producer = stage.Add("s00", ProducerPart.Collect, "s00/a");
        stage.Desk.Change(producer, producer.Rules with { Reconnect = TimeSpan.FromSeconds(9) }, stage.At);
        stage.Carry();
        Assert.Equal([0], stage.When(CollectionDeed.Connect, "s00"));
        stage.Desk.Change(producer, producer.Rules with { Target = new ProducerTarget.Ldms("s00", 412, "") }, stage.At);
        stage.Carry();
        Assert.Equal([0, 0], stage.When(CollectionDeed.Connect, "s00"));
        Assert.Equal([0], stage.When(CollectionDeed.Disconnect, "s00"));
        Assert.Equal((ProducerState.Connected, ProducerPart.Collect), (producer.State, producer.Part));
        stage.Desk.Remove(producer, stage.At);
        stage.Carry();
        Assert.Empty(stage.Desk.Producers);
        Assert.Empty(stage.Desk.Sets);
    }

    /// <summary>Two producers that offer one set, both collected.</summary>
    private void Both()
    {
        _ = stage.Update("upd", 1, 0.2, "a10", "a11");
        _ = stage.Add("a10", ProducerPart.Collect, "s00/a");
        _ = stage.Add("a11", ProducerPart.Collect, "s00/a");
    }

    /// <summary>The whole process stood still for so long.</summary>
    private void Skip(double seconds)
    {
        var later = new Moment(stage.Now + TimeSpan.FromSeconds(seconds), stage.At.Micros + (long)(seconds * 1e6));
        for (var turn = 0; turn < 30; turn++)
        {
            stage.Desk.Look(later);
            stage.Carry();
        }
    }
}

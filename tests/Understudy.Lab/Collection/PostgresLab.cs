using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Lab.Worlds;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Lab.Collection;

public sealed class PostgresLab(PostgresServer server) : IClassFixture<PostgresServer>
{
    [Fact]
    public void Each_schema_has_a_table_that_gains_the_columns_it_lacks()
    {
        server.Start();
        var (plain, more) = (StoreStage.Layout(schema: "grown"), StoreStage.Layout("s01/a", "grown", new MetricField("Active(anon)", "", MetricType.D64), new MetricField("note", "", MetricType.CharArray, Count: 8)));
        using (var store = Open("grown"))
        {
            Assert.True(store.Offer(plain, StoreStage.Sample(plain, 1), "p"));
            Assert.True(store.Offer(more, StoreStage.Sample(more, 2), "q"));
            StoreStage.Wait(store, r => r.Written == 2);
            Assert.Equal((0L, 0L, 1UL), (store.Report.Dropped, store.Report.Refused, store.Report.Epoch));
        }

        Assert.Equal(
            "2026-11-22 00:16:34.00185 1 s00/a p 1 1 - -|2026-11-22 00:16:35.00185 2 s01/a q 1 2 0 ",
            server.Ask("""SELECT string_agg(concat_ws(' ', time AT TIME ZONE 'UTC', generation, instance, producer, component_id, "MemFree", coalesce("Active(anon)"::text, '-'), coalesce(note, '-')), '|' ORDER BY time) FROM understudy.grown"""));
    }

    [Fact]
    public void Series_of_OpenMetrics_targets_share_one_narrow_table()
    {
        server.Start();
        var (layout, sample) = Page("t", "a{b=\"1\"} 1.5\nc NaN\n"u8);
        using (var store = Open("narrow"))
        {
            Assert.True(store.Offer(layout, sample, "p"));
            StoreStage.Wait(store, r => r.Written == 1);
        }

        Assert.Equal("a{b=\"1\"} 1.5|c NaN", server.Ask("SELECT string_agg(concat_ws(' ', series, value), '|' ORDER BY series) FROM understudy.openmetrics_samples WHERE instance = 'node/t'"));
    }

    [Fact]
    public void A_column_of_another_type_refuses_its_rows_and_nobody_elses()
    {
        server.Start();
        server.Ask("CREATE SCHEMA IF NOT EXISTS understudy");
        server.Ask("CREATE TABLE understudy.spoilt (time timestamptz, generation bigint, instance text, producer text, \"MemFree\" jsonb)");
        var (bad, good) = (StoreStage.Layout(schema: "spoilt"), StoreStage.Layout(schema: "unspoilt"));
        using var store = Open("spoilt");
        Assert.True(store.Offer(bad, StoreStage.Sample(bad, 1), "p"));
        Assert.True(store.Offer(good, StoreStage.Sample(good, 2), "p"));
        StoreStage.Wait(store, r => r is { Written: 1, Refused: 1 });
        Assert.Equal(1L, server.Ask("SELECT count(*) FROM understudy.unspoilt"));
    }

    [Fact]
    public void When_the_claim_moves_nothing_is_stored_twice_and_a_gap_of_the_other_is_filled()
    {
        server.Start();
        var layout = StoreStage.Layout(schema: "moved");
        Store second;
        using (var first = Open("moved"))
        {
            StoreStage.Wait(first, r => r.Epoch > 0);
            second = Open("moved");
            for (var i = 0; i < 50; i++)
            {
                Assert.True(i is 20 or 21 || first.Offer(layout, StoreStage.Sample(layout, i), "p"));
                Assert.True(second.Offer(layout, StoreStage.Sample(layout, i), "p"));
            }

            StoreStage.Wait(first, r => r.Written == 48);
            StoreStage.Wait(second, r => r.Writer is not null);
            Assert.Equal((0ul, 0L), (second.Report.Epoch, second.Report.Written));
        }

        using var ends = second;
        StoreStage.Wait(second, r => r.Written + r.Found == 50);
        Assert.Equal((2L, 48L), (second.Report.Written, second.Report.Found));
        Assert.Equal("50 50", server.Ask("SELECT count(*) || ' ' || count(DISTINCT (instance, time, generation)) FROM understudy.moved"));
    }

    [Fact]
    public void Nothing_is_lost_or_stored_twice_when_the_server_dies_in_between()
    {
        server.Start();
        var layout = StoreStage.Layout(schema: "crashed");
        using var store = Open("crashed");
        for (var i = 0; i < 300; i++)
        {
            Assert.True(store.Offer(layout, StoreStage.Sample(layout, i), "p"));
            if (i is 100 or 200)
            {
                var written = store.Report.Written;
                StoreStage.Wait(store, r => r.Written > written || r.Trouble is not null);
                server.Crash();
            }

            if (i is 150 or 250)
            {
                server.Start();
            }
        }

        StoreStage.Wait(store, r => r.Written == 300);
        Assert.Equal(0, store.Report.Dropped);
        Assert.Equal(300L, server.Ask("SELECT count(DISTINCT generation) FROM understudy.crashed"));
        Assert.Equal(300L, server.Ask("SELECT count(*) FROM understudy.crashed"));
        Assert.Equal(1UL, store.Report.Epoch);      // nobody had it in between
    }

    [Fact]
    public void A_store_has_one_writer_and_one_that_lost_its_claim_cannot_write_however_late()
    {
        server.Start();
        var layout = StoreStage.Layout(schema: "fenced");
        using var first = new PostgresStore(Settings("fenced", "a10"));
        using var second = new PostgresStore(Settings("fenced", "a11"));
        Assert.Equal(1UL, first.TryClaim().Epoch);
        first.Write([Copy(layout, 1)]);
        Assert.Equal("the store fenced is written by a10", second.TryClaim().Why);

        // The first one's server process loses the lock without the first one's knowing: what a cut network and the server's keepalives do.
        server.Ask("UPDATE understudy.store_writer SET epoch = epoch + 1, holder = 'a11' WHERE store = 'fenced'");
        Assert.True(first.StillMine());
        var late = Copy(layout, 2);
        Assert.Contains("taken over", Assert.Throws<StoreUnavailableException>(() => first.Write([late])).Message, StringComparison.Ordinal);
        Assert.False(late.IsDone);
        Assert.False(first.StillMine());
        Assert.Equal(3UL, second.TryClaim().Epoch);
        second.Write([late]);
        Assert.Equal(2L, server.Ask("SELECT count(*) FROM understudy.fenced"));
        second.LetGo();
        Assert.Equal(4UL, first.TryClaim().Epoch);
    }

    [Fact]
    public void A_store_that_waits_for_its_claim_writes_what_waited_when_it_has_it()
    {
        server.Start();
        var layout = StoreStage.Layout(schema: "waited");
        var first = Open("waited");
        StoreStage.Wait(first, r => r.Epoch == 1);
        using var second = Open("waited");
        Assert.True(second.Offer(layout, StoreStage.Sample(layout, 1), "p"));
        StoreStage.Wait(second, r => r.Trouble is not null);
        first.Dispose();
        StoreStage.Wait(second, r => r is { Written: 1, Epoch: 2, Trouble: null });
    }

    [Fact]
    public void Hosts_that_each_write_what_they_collect_store_a_sample_once_though_both_have_it()
    {
        server.Start();
        var layouts = Enumerable.Range(0, 4).Select(i => StoreStage.Layout($"s0{i}/a", "together", new MetricField("Active(anon)", "", MetricType.D64))).ToArray();
        using var first = Open("together a10");
        using var second = Open("together a11");
        const int Samples = 400;
        foreach (var (store, own) in new[] { (first, 0), (second, 2) })
        {
            new Thread(() =>
            {
                for (var i = 0; i < Samples; i++)
                {
                    // Each has two of its own; of the others all in the middle, as where one stands in.
                    for (var l = 0; l < 4; l++)
                    {
                        if (l / 2 == own / 2 || i is >= 100 and < 300)
                        {
                            store.Offer(layouts[l], StoreStage.Sample(layouts[l], i), $"p{l}");
                        }
                    }

                    LabClock.Pause(TimeSpan.FromMilliseconds(2));
                }
            }).Start();
        }

        StoreStage.Wait(first, r => r.Written + r.Found == (2 * Samples) + 400);
        StoreStage.Wait(second, r => r.Written + r.Found == (2 * Samples) + 400);
        Assert.Equal((0L, 0L), (first.Report.Refused, second.Report.Refused));
        Assert.Equal(4L * Samples, first.Report.Written + second.Report.Written);
        Assert.Equal($"{4 * Samples} {4 * Samples}", server.Ask("SELECT count(*) || ' ' || count(DISTINCT (instance, time, generation)) FROM understudy.together"));
    }

    [Fact]
    public void Of_series_too_a_sample_is_stored_once()
    {
        server.Start();
        var (layout, sample) = Page("twice", "up{b=\"1\"} 1\nup{b=\"2\"} 0\nother 7\n"u8);
        using var first = Open("series a10");
        using var second = Open("series a11");
        var up = new StoreChoice(["up"]);
        foreach (var store in new[] { first, second })
        {
            Assert.True(store.Offer(layout, sample, "p", up));
            StoreStage.Wait(store, r => r.Written + r.Found == 1);
        }

        Assert.Equal((1L, 1L), (first.Report.Written, second.Report.Found));
        Assert.Equal("up{b=\"1\"} 1|up{b=\"2\"} 0", server.Ask("SELECT string_agg(concat_ws(' ', series, value), '|' ORDER BY series) FROM understudy.openmetrics_samples WHERE instance = 'node/twice'"));
    }

    /// <summary>The one set of a page, and its sample.</summary>
    private static (SetLayout Layout, byte[] Sample) Page(string target, ReadOnlySpan<byte> text)
    {
        var reader = new OpenMetricsReader(OpenMetricsLimits.Default);
        Assert.True(reader.Read(text, OpenMetricsFormat.PrometheusText).IsSample);
        var set = Assert.Single(OpenMetricsSets.Of(reader.Template, "node", target, "p", 1));
        var sample = set.Layout.NewSample();
        OpenMetricsSets.Write(set, reader.Values, sample, StoreStage.At, TimeSpan.Zero, 1);
        return (set.Layout, sample);
    }

    private static StoreSample Copy(SetLayout layout, int number) => StoreSample.Copy(layout, StoreChoice.All.Of(layout), StoreStage.Sample(layout, number), "p");

    private PostgresSettings Settings(string store, string holder = "lab") => new(server.Connection, store, holder);

    private Store Open(string name)
    {
        var store = new PostgresStore(Settings(name));
        return new Store(name, store, store, new StoreLimits(Batch: 64, Retry: TimeSpan.FromMilliseconds(30)));
    }
}

using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Lab.Collection;

public sealed class CsvLab : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("understudy-csv-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Rows_are_as_LDMS_users_know_them_and_go_on_in_the_same_file_after_a_restart()
    {
        var layout = StoreStage.Layout(more: [new MetricField("load", "", MetricType.D64Array, Count: 2), new MetricField("note", "", MetricType.CharArray, Count: 8)]);
        for (var run = 0; run < 2; run++)
        {
            using var store = Open(new CsvSettings(folder, "mem"));
            Assert.True(store.Offer(layout, StoreStage.Sample(layout, run), "s00"));
        }

        Assert.Equal(
            "#Time,Time_usec,ProducerName,component_id,job_id,MemFree,load0,load1,note\n1795306593.001850,1850,s00,1,0,0,0,0,\n1795306594.001850,1850,s00,1,0,1,0,0,\n",
            File.ReadAllText(Path.Combine(folder, "mem", "meminfo")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "mem", "meminfo")));
    }

    [Fact]
    public void When_the_claim_moves_nothing_is_stored_twice_and_nothing_of_what_waited_is_lost()
    {
        var settings = new CsvSettings(folder, "mem");
        var (s00, s01) = (StoreStage.Layout(), StoreStage.Layout("s01/a"));
        Store second;
        using (var first = Claiming("first"))
        {
            StoreStage.Wait(first, r => r.Epoch > 0);
            second = Claiming("second");
            // Both collect s00, and only the one that waits has s01.
            for (var number = 0; number < 50; number++)
            {
                Assert.True(first.Offer(s00, StoreStage.Sample(s00, number), "s00"));
                Assert.True(second.Offer(s00, StoreStage.Sample(s00, number), "s00"));
                Assert.True(second.Offer(s01, StoreStage.Sample(s01, number), "s01"));
            }

            StoreStage.Wait(first, r => r.Written == 50);
            StoreStage.Wait(second, r => r.Writer == "first");
            Assert.Equal((0ul, 0L), (second.Report.Epoch, second.Report.Written));
        }

        using var ends = second;
        StoreStage.Wait(second, r => r.Epoch > 0 && r.Written + r.Found == 100);
        Assert.Equal((50L, 50L, "second"), (second.Report.Written, second.Report.Found, second.Report.Writer));
        var rows = File.ReadAllLines(Path.Combine(folder, "mem", "meminfo"))[1..];
        Assert.Equal(100, rows.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(100, rows.Length);

        Store Claiming(string who) => new(who, new FolderClaim(settings.Folder, who), new CsvSink(settings), new StoreLimits(Retry: TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public void Rows_with_other_columns_never_stand_under_the_wrong_names()
    {
        var (plain, more) = (StoreStage.Layout(), StoreStage.Layout("s01/a", "meminfo", new MetricField("Zswap", "", MetricType.S32)));
        for (var run = 0; run < 2; run++)
        {
            using var store = Open(new CsvSettings(folder, "mem"));
            // After the restart the other one comes first: the file that is there decides.
            Assert.True(store.Offer(run == 0 ? plain : more, StoreStage.Sample(run == 0 ? plain : more, 1), "p"));
            Assert.True(store.Offer(run == 0 ? more : plain, StoreStage.Sample(run == 0 ? more : plain, 2), "p"));
        }

        var files = Directory.GetFiles(Path.Combine(folder, "mem"), "meminfo*").Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(2, files.Length);
        Assert.StartsWith(Path.Combine(folder, "mem", "meminfo.v"), files[1], StringComparison.Ordinal);
        Assert.Equal(["#Time,Time_usec,ProducerName,component_id,job_id,MemFree", "1795306594.001850,1850,p,1,0,1", "1795306595.001850,1850,p,1,0,2"], File.ReadAllLines(files[0]));
        Assert.Equal(["#Time,Time_usec,ProducerName,component_id,job_id,MemFree,Zswap", "1795306595.001850,1850,p,1,0,2,0", "1795306594.001850,1850,p,1,0,1,0"], File.ReadAllLines(files[1]));
    }

    [Fact]
    public void A_file_is_rolled_by_the_samples_time_or_by_rows_and_each_has_its_first_line()
    {
        var layout = StoreStage.Layout();
        using (var store = Open(new CsvSettings(folder, "time", Roll: CsvRoll.Seconds, RollOver: 10)))
        {
            foreach (var number in new[] { 0, 1, 7, 8, 20 })
            {
                Assert.True(store.Offer(layout, StoreStage.Sample(layout, number), "p"));
            }
        }

        // 1795306593: a stretch of ten seconds ends at ...600, that is before the sample of number 7.
        Assert.Equal([("meminfo.1795306593", 3), ("meminfo.1795306600", 3), ("meminfo.1795306613", 2)], Lines("time"));
        using (var store = Open(new CsvSettings(folder, "rows", SeparateHeader: true, Roll: CsvRoll.Rows, RollOver: 2)))
        {
            foreach (var number in new[] { 0, 1, 2 })
            {
                Assert.True(store.Offer(layout, StoreStage.Sample(layout, number), "p"));
            }
        }

        Assert.Equal([("meminfo.1795306593", 2), ("meminfo.1795306595", 1), ("meminfo.HEADER.1795306593", 1), ("meminfo.HEADER.1795306595", 1)], Lines("rows"));
    }

    [Fact]
    public void Only_the_chosen_metrics_are_in_a_row_in_the_order_of_the_choice_and_who_has_none_has_no_row()
    {
        var (layout, other) = (StoreStage.Layout(more: [new MetricField("load", "", MetricType.D64Array, Count: 2), new MetricField("MemFree2", "", MetricType.U64)]), StoreStage.Layout("s01/a", "vmstat"));
        var (choice, none) = (new StoreChoice(["load", "absent", "MemFree"]), new StoreChoice(["absent"]));
        Assert.Equal((true, false), (choice.Wants(layout), none.Wants(other)));
        using (var store = Open(new CsvSettings(folder, "mem", Permissions: 0x1ED)))
        {
            Assert.True(store.Offer(layout, StoreStage.Sample(layout, 1), "p", choice));
        }

        var path = Path.Combine(folder, "mem", "meminfo");
        Assert.Equal("#Time,Time_usec,ProducerName,load0,load1,MemFree\n1795306594.001850,1850,p,0,0,1\n", File.ReadAllText(path));
        // create_perm=0755: folders as it says, files without the bits for execution.
        Assert.Equal((UnixFileMode)0x1A4, File.GetUnixFileMode(path));
        Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(Path.Combine(folder, "mem")));
    }

    [Fact]
    public void A_schemas_name_leads_to_no_other_folder_and_half_written_samples_are_refused()
    {
        var layout = StoreStage.Layout("x", "../../etc/x");
        using (var store = Open(new CsvSettings(folder, "c")))
        {
            Assert.True(store.Offer(layout, StoreStage.Sample(layout, 1, whole: false), "p"));
            Assert.True(store.Offer(layout, StoreStage.Sample(layout, 2), "a,\"b\""));
            StoreStage.Wait(store, r => r is { Written: 1, Refused: 1 });
        }

        Assert.EndsWith(",\"a,\"\"b\"\"\",1,0,2\n", File.ReadAllText(Path.Combine(folder, "c", "_._.._etc_x")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_that_cannot_be_written_keeps_what_fits_and_says_how_many_it_dropped()
    {
        var layout = StoreStage.Layout();
        var place = Path.Combine(folder, "late");
        File.WriteAllText(place, "a file where the folder should be");
        using (var store = new Store("csv", new NoStoreClaim(), new CsvSink(new CsvSettings(place, "c")), new StoreLimits(Samples: 10, Batch: 4, Retry: TimeSpan.FromMilliseconds(20))))
        {
            Assert.True(store.Offer(layout, StoreStage.Sample(layout, 0), "p"));
            StoreStage.Wait(store, r => r.Trouble is not null && r.Waiting == 0);      // the first is in the thread's own hands
            for (var i = 1; i <= 25; i++)
            {
                Assert.True(store.Offer(layout, StoreStage.Sample(layout, i), "p"));
            }

            Assert.Equal((10, 15L), (store.Report.Waiting, store.Report.Dropped));
            File.Delete(place);
            StoreStage.Wait(store, r => r is { Written: 11, Trouble: null });
        }

        Assert.Equal([0, .. Enumerable.Range(16, 10)], File.ReadLines(Path.Combine(place, "c", "meminfo")).Skip(1).Select(l => int.Parse(l.Split(',')[^1], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void One_folder_has_one_writer_and_each_claim_a_greater_epoch()
    {
        var place = Path.Combine(folder, "claimed");
        using var first = new FolderClaim(place, "a10");
        using var second = new FolderClaim(place, "a11");
        Assert.Equal(1UL, first.TryClaim().Epoch);
        Assert.Equal($"{place} is written by a10 (epoch 1)", second.TryClaim().Why);
        Assert.True(first.StillMine());
        Assert.False(second.StillMine());
        first.LetGo();
        Assert.Equal(2UL, second.TryClaim().Epoch);
        Assert.False(first.StillMine());
        Assert.False(first.TryClaim().IsOurs);
        File.Delete(Path.Combine(place, FolderClaim.FileName));
        Assert.False(second.StillMine());
        Assert.Equal(1UL, first.TryClaim().Epoch);
    }

    private static Store Open(CsvSettings settings) =>
        new("csv", new FolderClaim(settings.Folder, "test"), new CsvSink(settings), new StoreLimits(Retry: TimeSpan.FromMilliseconds(20)));

    private (string, int)[] Lines(string container) =>
        [.. Directory.GetFiles(Path.Combine(folder, container), "meminfo*").Order(StringComparer.Ordinal).Select(f => (Path.GetFileName(f), File.ReadLines(f).Count()))];
}

using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Tests.Collection;

/// <summary>Two writers of one folder, one after the other, and what the second had waiting.</summary>
public sealed class CsvSettleTests : IDisposable
{
    private const long Begin = 1_795_306_593_000_000;

    private readonly string folder = Directory.CreateTempSubdirectory("understudy-settle-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(CsvRoll.Never)]
    [InlineData(CsvRoll.Seconds)]
    [InlineData(CsvRoll.Rows)]
    public void What_another_has_stored_is_not_stored_again_and_what_it_has_not_is(CsvRoll roll)
    {
        var settings = new CsvSettings(folder, "mem", Roll: roll, RollOver: 4);
        var (s00, s01) = (Layout("s00/a"), Layout("s01/a"));
        using (var first = new CsvSink(settings))
        {
            // Of s00 it has 0 to 9 without 5, of s01 nothing.
            Write(first, settle: true, [.. Enumerable.Range(0, 10).Where(n => n != 5).Select(n => Sample(s00, n, "s00"))]);
        }

        using var second = new CsvSink(settings);
        second.Reopen();
        var waited = Enumerable.Range(3, 10).Select(n => Sample(s00, n, "s00")).Concat(Enumerable.Range(0, 3).Select(n => Sample(s01, n, "s01"))).ToArray();
        Write(second, settle: true, waited);
        Assert.Equal(6, waited.Count(s => s.WasThere));
        Assert.All(waited, s => Assert.True(s.IsDone));
        var rows = Rows();
        Assert.Equal(rows.Distinct(StringComparer.Ordinal), rows);
        Assert.Equal(13, rows.Count(r => r.Contains(",s00,", StringComparison.Ordinal)));
        Assert.Equal(3, rows.Count(r => r.Contains(",s01,", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_row_that_a_crash_tore_is_none_and_its_sample_is_stored()
    {
        var settings = new CsvSettings(folder, "mem");
        var layout = Layout("s00/a");
        using (var first = new CsvSink(settings))
        {
            Write(first, settle: true, Sample(layout, 0, "s00"), Sample(layout, 1, "s00"));
        }

        var path = Path.Combine(folder, "mem", "meminfo");
        using (var file = new FileStream(path, FileMode.Open))
        {
            file.SetLength(file.Length - 4);
        }

        using var second = new CsvSink(settings);
        var waited = new[] { Sample(layout, 0, "s00"), Sample(layout, 1, "s00") };
        Write(second, settle: true, waited);
        Assert.Equal((true, false), (waited[0].WasThere, waited[1].WasThere));
        Assert.EndsWith("1795306594.000000,0,s00,1,1\n", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_long_file_the_end_alone_is_read_as_far_as_what_waits_goes_back()
    {
        var settings = new CsvSettings(folder, "mem");
        var layout = Layout("s00/a");
        using (var first = new CsvSink(settings))
        {
            for (var from = 0; from < 100_000; from += 1000)
            {
                Write(first, settle: false, [.. Enumerable.Range(from, 1000).Select(n => Sample(layout, n, "s00"))]);
            }
        }

        Assert.True(new FileInfo(Path.Combine(folder, "mem", "meminfo")).Length > 3 << 20);
        var all = CsvRowsThere.Read(Path.Combine(folder, "mem"), "meminfo", Begin);
        Assert.Equal(100_000, all.Count);
        var few = CsvRowsThere.Read(Path.Combine(folder, "mem"), "meminfo", Begin + (99_000 * 1_000_000L));
        Assert.InRange(few.Count, 1000 + 60, 90_000);
        Assert.Equal(0, CsvRowsThere.Read(Path.Combine(folder, "none"), "meminfo", Begin).Count);
        using var second = new CsvSink(settings);
        var waited = Enumerable.Range(99_000, 1001).Select(n => Sample(layout, n, "s00")).ToArray();
        Write(second, settle: true, waited);
        Assert.Equal(1000, waited.Count(s => s.WasThere));
    }

    private static SetLayout Layout(string instance) =>
        SetLayout.Create(new SetDraft(instance, "meminfo", "s", [MetricField.OfMeta("component_id", "", MetricType.U64, 1), new("MemFree", "", MetricType.U64)]));

    private static StoreSample Sample(SetLayout layout, int number, string producer)
    {
        var bytes = layout.NewSample();
        var writer = new SampleWriter(layout, bytes);
        writer.Begin();
        writer.Set(1, (ulong)number);
        writer.End(Begin + (number * 1_000_000L), TimeSpan.Zero, (ulong)number);
        return StoreSample.Copy(layout, StoreChoice.All.Of(layout), bytes, producer);
    }

    private static void Write(CsvSink sink, bool settle, params StoreSample[] samples)
    {
        if (settle)
        {
            sink.Settle(samples, goesOn: false);
        }

        sink.Write(samples);
    }

    private List<string> Rows() => [.. Directory.GetFiles(Path.Combine(folder, "mem")).SelectMany(File.ReadLines).Where(l => !l.StartsWith('#'))];
}

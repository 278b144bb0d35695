using System.Buffers;
using System.Text;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class CollectedPageTests
{
    private const long At = 1_795_306_593_001_850;

    [Fact]
    public void Metrics_of_LDMS_have_their_schema_in_the_name_and_the_samplers_own_time()
    {
        Assert.Equal(
            """
            # TYPE understudy_set_up gauge
            understudy_set_up{instance="s00/a",producer="prdcr_s00",schema="meminfo"} 1
            # TYPE understudy_set_age_seconds gauge
            understudy_set_age_seconds{instance="s00/a",producer="prdcr_s00",schema="meminfo"} 1.5
            # TYPE ldms_meminfo_Active_anon untyped
            ldms_meminfo_Active_anon{instance="s00/a",producer="prdcr_s00"} 18446744073709551615 1795306593001
            # TYPE ldms_meminfo_component_id untyped
            ldms_meminfo_component_id{instance="s00/a",producer="prdcr_s00"} 1 1795306593001
            # TYPE ldms_meminfo_load untyped
            ldms_meminfo_load{instance="s00/a",producer="prdcr_s00",index="0"} 0.5 1795306593001
            ldms_meminfo_load{instance="s00/a",producer="prdcr_s00",index="1"} NaN 1795306593001
            # TYPE ldms_meminfo_node_info untyped
            ldms_meminfo_node_info{instance="s00/a",producer="prdcr_s00",value="a\"b\\"} 1 1795306593001

            """, Text([Meminfo()], At + 1_500_000));
    }

    [Fact]
    public void A_set_that_is_too_old_or_half_written_tells_its_age_and_no_values()
    {
        var old = Text([Meminfo()], At + 3_000_001);
        Assert.Contains("understudy_set_up{instance=\"s00/a\",producer=\"prdcr_s00\",schema=\"meminfo\"} 0\n", old, StringComparison.Ordinal);
        Assert.Contains("} 3.000001\n", old, StringComparison.Ordinal);
        Assert.DoesNotContain("ldms_", old, StringComparison.Ordinal);

        var half = Meminfo();
        new SampleWriter(half.Layout, System.Runtime.InteropServices.MemoryMarshal.AsMemory(half.Sample).Span).Begin();
        Assert.DoesNotContain("ldms_", Text([half], At), StringComparison.Ordinal);
        Assert.DoesNotContain("age_seconds{", Text([half with { Sample = default }], At), StringComparison.Ordinal);
    }

    [Fact]
    public void Series_of_a_target_keep_their_names_and_gain_job_and_instance_where_they_have_none()
    {
        var set = Target("# TYPE a_total counter\na_total{b=\"1\"} 5\nup 1\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_sum 1\npushed{instance=\"x\",job=\"y\",note=\"job=\"} 3\n", "node", "10.0.0.1:9100");
        var text = Text([set], At);
        Assert.Contains("# TYPE a_total counter\na_total{instance=\"10.0.0.1:9100\",job=\"node\",b=\"1\"} 5 1795306593001\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE up untyped\nup{instance=\"10.0.0.1:9100\",job=\"node\"} 1 1795306593001\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE h histogram\nh_bucket{instance=\"10.0.0.1:9100\",job=\"node\",le=\"1\"} 2 1795306593001\nh_sum{instance=\"10.0.0.1:9100\",job=\"node\"} 1 1795306593001\n", text, StringComparison.Ordinal);
        Assert.Contains("pushed{instance=\"x\",job=\"y\",note=\"job=\"} 3 1795306593001\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OpenMetricsFormat.PrometheusText)]
    [InlineData(OpenMetricsFormat.OpenMetrics)]
    public void The_page_can_be_scraped_again_and_has_each_family_once(OpenMetricsFormat format)
    {
        var sets = Enumerable.Range(0, 3).Select(i => Target($"# TYPE a_total counter\na_total{{b=\"{i}\"}} 5\n# TYPE g gauge\ng 1.25e-9\n# TYPE i info\ni_info{{v=\"1\"}} 1\nnan NaN\n", "node", $"t{i}")).Append(Meminfo()).ToArray();
        var text = Text(sets, At, format);
        var reader = new OpenMetricsReader(OpenMetricsLimits.Default);
        Assert.Equal("", reader.Read(Encoding.UTF8.GetBytes(text), format).Why);
        Assert.Equal((3 * 4) + 5 + 4 + 4, reader.Template.Series.Length);
        var heads = text.Split('\n').Where(l => l.StartsWith("# TYPE", StringComparison.Ordinal)).ToList();
        Assert.Equal(heads.Distinct(), heads);
        Assert.Equal(3, reader.Template.Series.Count(s => s is { Name: "a_total", Kind: SeriesKind.Counter }));
        Assert.All(reader.Template.Series.Zip(reader.Stamps.ToArray()), s => Assert.Equal(s.First.Name.StartsWith("understudy_", StringComparison.Ordinal), s.Second == OpenMetricsReader.NoStamp));
    }

    [Fact]
    public void A_request_allocates_nothing_but_its_output()
    {
        var page = new CollectedPage();
        OfferedSample[] sets = [Meminfo(), Target("a{b=\"1\"} 5\nc 0.1\n", "node", "t")];
        var into = new ArrayBufferWriter<byte>(1 << 16);
        for (var i = 0; i < 3; i++)
        {
            into.ResetWrittenCount();
            page.Write(into, sets, At, OpenMetricsFormat.PrometheusText);
        }

        into.ResetWrittenCount();
        var before = GC.GetAllocatedBytesForCurrentThread();
        page.Write(into, sets, At, OpenMetricsFormat.PrometheusText);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_target_of_many_or_long_series_becomes_several_sets_and_loses_nothing()
    {
        var many = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"m{{path=\"/a/long/enough/path/that/makes/sets/large/{i}\"}} {i}\n")) + $"long{{x=\"{new string('y', 400)}\"}} 7\n";
        var reader = new OpenMetricsReader(OpenMetricsLimits.Default);
        Assert.True(reader.Read(Encoding.UTF8.GetBytes(many), OpenMetricsFormat.PrometheusText).IsSample);
        var sets = OpenMetricsSets.Of(reader.Template, "node", "t", "p", 1);
        Assert.True(sets.Length > 1);
        Assert.All(sets, s => Assert.InRange(s.Layout.MetaSize, 1, SetLayout.MaxBytes));
        Assert.Equal(["node/t", "node/t#1"], sets.Take(2).Select(s => s.Layout.Instance));
        Assert.Equal(("node", "t"), OpenMetricsSets.NamesOf(sets[1].Layout));
        var text = Text([.. sets.Select(s => Sampled(s, reader.Values))], At);
        var again = new OpenMetricsReader(OpenMetricsLimits.Default);
        Assert.Equal("", again.Read(Encoding.UTF8.GetBytes(text), OpenMetricsFormat.PrometheusText).Why);
        Assert.Equal(20_001 + (2 * sets.Length), again.Template.Series.Length);
        Assert.Contains($"x=\"{new string('y', 400)}\"", text, StringComparison.Ordinal);

        // A peer that has the set by LDMS alone knows the long name by its beginning and its sum.
        var peer = Text([.. sets.Select(s => Sampled(s, reader.Values) with { Target = null })], At);
        Assert.Contains("long{instance=\"t\",job=\"node\",series=\"~", peer, StringComparison.Ordinal);
    }

    private static OfferedSample Meminfo()
    {
        var layout = SetLayout.Create(new SetDraft("s00/a", "meminfo", "s00", [
            MetricField.OfMeta("component_id", "", MetricType.U64, 1), new MetricField("Active(anon)", "kB", MetricType.U64), new MetricField("load", "", MetricType.D64Array, Count: 2),
            new MetricField("node", "", MetricType.CharArray, Count: 16)]));
        var sample = layout.NewSample();
        var writer = new SampleWriter(layout, sample);
        writer.Begin();
        writer.Set(1, ulong.MaxValue);
        writer.Set(2, 0.5, 0);
        writer.Set(2, double.NaN, 1);
        writer.Set(3, "a\"b\\");
        writer.End(At, TimeSpan.Zero, 5);
        return new OfferedSample(layout, sample, "prdcr_s00", TimeSpan.FromSeconds(1));
    }

    private static OfferedSample Target(string text, string job, string target)
    {
        var reader = new OpenMetricsReader(OpenMetricsLimits.Default);
        Assert.Equal("", reader.Read(Encoding.UTF8.GetBytes(text), OpenMetricsFormat.PrometheusText).Why);
        return Sampled(Assert.Single(OpenMetricsSets.Of(reader.Template, job, target, "p", 1)), reader.Values);
    }

    private static OfferedSample Sampled(OpenMetricsSet set, ReadOnlySpan<double> values)
    {
        var sample = set.Layout.NewSample();
        OpenMetricsSets.Write(set, values, sample, At, TimeSpan.FromMilliseconds(3), 1);
        return new OfferedSample(set.Layout, sample, "p", TimeSpan.FromSeconds(1), set);
    }

    private static string Text(ReadOnlySpan<OfferedSample> sets, long now, OpenMetricsFormat format = OpenMetricsFormat.PrometheusText)
    {
        var into = new ArrayBufferWriter<byte>();
        new CollectedPage().Write(into, sets, now, format);
        return Encoding.UTF8.GetString(into.WrittenSpan);
    }
}

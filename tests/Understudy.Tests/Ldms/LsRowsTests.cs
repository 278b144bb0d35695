using Understudy.Core;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Ldms;

public sealed class LsRowsTests
{
    [Fact]
    public void A_set_and_its_sample_become_the_row_that_ldms_ls_prints()
    {
        var layout = SetLayout.Create(new SetDraft("s00/a", "meminfo", "s00", [
            MetricField.OfMeta("component_id", "", MetricType.U64, 1),
            new("MemTotal", "kB", MetricType.U64), new("delta", "", MetricType.S32), new("load", "", MetricType.D64), new("host", "", MetricType.CharArray, Count: 8),
            new("cpus", "", MetricType.U16Array, Count: 3), new("jobs", "", MetricType.List)])
        {
            Permissions = 0b100_100_000,
            HeapSize = 512,
        });
        var data = layout.NewSample();
        var writer = new SampleWriter(layout, data);
        writer.Begin();
        writer.Set(1, 24684092UL);
        writer.Set(2, -7L);
        writer.Set(3, 1.5);
        writer.Set(4, "node7");
        for (var i = 0; i < 3; i++)
        {
            writer.Set(5, (ulong)i + 1, i);
        }

        Assert.True(writer.Append(writer.List(6), MetricType.U64, 11UL) && writer.Append(writer.List(6), "x") && writer.AppendList(writer.List(6), out var inner) && writer.Append(inner, MetricType.S64, 12UL));
        writer.End(1795306593_001850, TimeSpan.FromMicroseconds(34), 5);

        var set = LsRows.Of(layout, data, "CL ", [("updt_hint_us", "1000000:0")]);
        Assert.Equal("""
            s00/a: consistent, last update: Sun Nov 22 00:16:33 2026 +0000 [1850us]|
            M u64          component_id                               1|
            D u64          MemTotal                                   24684092 kB
            D s32          delta                                      -7|
            D d64          load                                       1.500000|
            D char[]       host                                       "node7"|
            D u16[]        cpus                                       1,2,3|
            D list<>       jobs                                       [11,"x",[12]]|
            """.Replace("|", " ", StringComparison.Ordinal) + "\n\n", LdmsLsText.Values(set, TimeSpan.Zero));
        Assert.Contains(" CL  ", LdmsLsText.Table([set]), StringComparison.Ordinal);
        Assert.Contains("-r--r-----", LdmsLsText.Table([set]), StringComparison.Ordinal);
        Assert.Contains("""{"name":"MemTotal","type":"u64","meta":false,"value":"24684092","unit":"kB"}""", LdmsLsText.Json([set]), StringComparison.Ordinal);
        Assert.Contains("s00/a\tmeminfo\tD\tu64\tMemTotal\t24684092\tkB\n", LdmsLsText.Tabs([set]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_without_a_sample_has_no_values_and_any_bytes_have_some()
    {
        var layout = SetLayout.Create(new SetDraft("i", "s", "p", [new("a", "", MetricType.U64), new("jobs", "", MetricType.List)]) { HeapSize = 256 });
        Assert.Null(LsRows.Of(layout, [], "", []).Metrics);
        Assert.Equal("i\ts\n", LdmsLsText.Tabs([LsRows.Of(layout, [], "", [])]));
        for (var seed = 0; seed < 500; seed++)
        {
            var data = layout.NewSample();
            new Random(seed).NextBytes(data.AsSpan(SetLayout.SampleHeadBytes));
            Assert.Equal(2, LsRows.Of(layout, data, "", []).Metrics?.Count ?? 2);
        }
    }
}

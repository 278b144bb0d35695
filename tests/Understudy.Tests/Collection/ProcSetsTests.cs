using System.Text;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class ProcSetsTests
{
    /// <summary>Names and sizes of what ldms_ls said of LDMS 4.5.1's own samplers on one machine: 57 and 195 metrics.</summary>
    [Theory]
    [InlineData("meminfo", 54, 2960, 544)]
    public void A_set_is_as_large_as_LDMSs_own(string schema, int lines, int metaBytes, int dataBytes)
    {
        string[] names = ["MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached", "SwapCached", "Active", "Inactive", "Active(anon)", "Inactive(anon)", "Active(file)", "Inactive(file)", "Unevictable", "Mlocked",
            "SwapTotal", "SwapFree", "Zswap", "Zswapped", "Dirty", "Writeback", "AnonPages", "Mapped", "Shmem", "KReclaimable", "Slab", "SReclaimable", "SUnreclaim", "KernelStack", "PageTables", "SecPageTables",
            "NFS_Unstable", "Bounce", "WritebackTmp", "CommitLimit", "Committed_AS", "VmallocTotal", "VmallocUsed", "VmallocChunk", "Percpu", "AnonHugePages", "ShmemHugePages", "ShmemPmdMapped", "FileHugePages",
            "FilePmdMapped", "Balloon", "HugePages_Total", "HugePages_Free", "HugePages_Rsvd", "HugePages_Surp", "Hugepagesize", "Hugetlb", "DirectMap4k", "DirectMap2M", "DirectMap1G"];
        Assert.Equal(lines, names.Length);
        var numbers = new ProcNumbers();
        Assert.True(numbers.Read(Encoding.ASCII.GetBytes(string.Concat(names.Select((n, i) => $"{n}: {i + 1} kB\n")))));
        var layout = ProcSets.Layout(numbers, "s00/a", schema, "s00", componentId: 1);
        Assert.Equal((metaBytes, dataBytes), (layout.MetaSize, layout.DataSize));
        Assert.Equal(["component_id", "job_id", "app_id", "MemTotal"], layout.Fields.Take(4).Select(f => f.Name));
        Assert.Equal([true, false, false, false], layout.Fields.Take(4).Select(f => f.IsMeta));
        Assert.All(layout.Fields, f => Assert.Equal(MetricType.U64, f.Type));

        var sample = layout.NewSample();
        ProcSets.Write(layout, numbers, sample, 1_795_306_593_001_850, TimeSpan.FromMicroseconds(34), 9);
        var reader = new SampleReader(layout, sample);
        Assert.True(reader.IsConsistent);
        Assert.Equal((1UL, 0UL, 0UL, 1UL, 54UL), (reader.Unsigned(0), reader.Unsigned(1), reader.Unsigned(2), reader.Unsigned(3), reader.Unsigned(56)));
        Assert.Equal(new SampleId(1_795_306_593_001_850, 9), reader.Id);
    }
}

using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>
/// LDMS's samplers meminfo and vmstat as sets of ours: <c>component_id</c> in the meta, <c>job_id</c> and <c>app_id</c>, then the kernel's numbers in the order of the file, all u64 and without units
/// (ldms_ls of LDMS 4.5.1 on /proc/meminfo and /proc/vmstat).
/// </summary>
public static class ProcSets
{
    /// <summary>Metrics before those of the file.</summary>
    private const int Before = 3;

    /// <param name="schema"><c>meminfo</c> or <c>vmstat</c>, and the set's name if nothing else is said.</param>
    /// <param name="numbers">After its first reading.</param>
    public static SetLayout Layout(ProcNumbers numbers, string instance, string schema, string producer, ulong componentId) =>
        SetLayout.Create(new SetDraft(instance, schema, producer, ((IEnumerable<MetricField>)[
            MetricField.OfMeta("component_id", "", MetricType.U64, componentId), new MetricField("job_id", "", MetricType.U64), new MetricField("app_id", "", MetricType.U64),
            .. numbers.Names.Select(n => new MetricField(n, "", MetricType.U64))]).ToValueList())
        {
            MetaGeneration = (ulong)numbers.Number,
        });

    /// <summary>Writes a reading as a sample of the layout that was made from the same names.</summary>
    /// <param name="jobId">0 where no job runs; likewise <paramref name="appId"/>.</param>
    public static void Write(SetLayout layout, ProcNumbers numbers, Span<byte> sample, long micros, TimeSpan took, ulong generation, ulong jobId = 0, ulong appId = 0)
    {
        var writer = new SampleWriter(layout, sample);
        writer.Begin();
        writer.Set(1, jobId);
        writer.Set(2, appId);
        var values = numbers.Values;
        for (var i = 0; i < values.Length; i++)
        {
            writer.Set(Before + i, values[i]);
        }

        writer.End(micros, took, generation);
    }
}

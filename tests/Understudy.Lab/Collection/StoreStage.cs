using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Lab.Worlds;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>Sets and samples for stores, and a store's end that can be waited for.</summary>
internal static class StoreStage
{
    internal const long At = 1_795_306_593_001_850;

    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    internal static SetLayout Layout(string instance = "s00/a", string schema = "meminfo", params MetricField[] more) =>
        SetLayout.Create(new SetDraft(instance, schema, "s00", ((IEnumerable<MetricField>)[
            MetricField.OfMeta("component_id", "", MetricType.U64, 1), new MetricField("job_id", "", MetricType.U64), new MetricField("MemFree", "", MetricType.U64), .. more]).ToValueList()));

    internal static byte[] Sample(SetLayout layout, int number, bool whole = true)
    {
        var sample = layout.NewSample();
        var writer = new SampleWriter(layout, sample);
        writer.Begin();
        writer.Set(2, (ulong)number);
        if (whole)
        {
            writer.End(At + (number * 1_000_000L), TimeSpan.Zero, (ulong)number);
        }

        return sample;
    }

    internal static void Wait(Store store, Func<StoreReport, bool> isSo) =>
        Assert.True(LabClock.WaitUntil(() => isSo(store.Report), Patience), store.Report.ToString());
}

using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class StoredOnceTests
{
    [Theory]
    [InlineData("memory", 1)]
    [InlineData("elsewhere", 2)]
    public void A_sample_is_stored_once_in_a_place_however_many_policies_name_it(string second, int stored)
    {
        var desk = new CollectionDesk();
        var at = new Moment(new Instant(TimeSpan.FromSeconds(100).Ticks), 1_000_000_000);
        foreach (var (name, container) in new[] { ("#keep", "memory"), ("keep", second) })
        {
            desk.Start(desk.Add(new StorageRules(name, "store_csv", container, LdmsdPattern.Parse("meminfo", out _)!, [], [])));
        }

        var producer = desk.Add(new ProducerRules("prdcr_s00", new ProducerTarget.Ldms("s00", 411, ""), TimeSpan.FromSeconds(1)), at.Now);
        desk.Start(desk.Add(new UpdaterRules("upd", TimeSpan.FromSeconds(1), TimeSpan.Zero, [producer.Name], [])), at);
        desk.SetPart(producer, ProducerPart.Collect, "the test started it", at);
        desk.Opened(producer, producer.Generation, at);
        desk.Listed(producer, [("s00/a", "meminfo")], whole: true, at);
        var layout = SetLayout.Create(new SetDraft("s00/a", "meminfo", "s00", [new("MemFree", "kB", MetricType.U64)]));
        var sample = layout.NewSample();
        var writer = new SampleWriter(layout, sample);
        writer.Begin();
        writer.End(999_000_000, TimeSpan.Zero, 1);
        desk.Sampled(producer.Sources["s00/a"], layout, sample, at);
        Assert.Equal(stored, desk.Orders.Count(o => o.Deed == CollectionDeed.Store));
    }
}

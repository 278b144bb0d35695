using Understudy.Core.Ldms;

namespace Understudy.Tests.Ldms;

/// <summary>A set with everything that the capture's have not: arrays, text, lists in lists, records in lists and in an array.</summary>
internal static class SetsWithLists
{
    internal static SetLayout Layout { get; } = SetLayout.Create(new SetDraft("host/net", "net", "host",
        [
            MetricField.OfMeta("component_id", "", MetricType.U64, 7),
            MetricField.OfMetaText("kernel", "6.1"),
            MetricField.OfRecordType("device", [new MetricField("name", "", MetricType.CharArray, Count: 16), new MetricField("rx", "B", MetricType.U64), new MetricField("loss", "", MetricType.F32)]),
            new MetricField("load", "", MetricType.D64Array, Count: 3),
            new MetricField("word", "", MetricType.CharArray, Count: 8),
            new MetricField("small", "", MetricType.S8),
            new MetricField("devices", "", MetricType.List, Count: 1024),
            new MetricField("lists", "", MetricType.List),
            MetricField.OfRecords("slots", 2, 3),
        ]));

    /// <summary>A whole sample with entries in every list.</summary>
    /// <param name="size">Cut or filled up to so many bytes.</param>
    internal static byte[] Sample(SetLayout layout, int size)
    {
        var sample = layout.NewSample();
        var writer = new SampleWriter(layout, sample);
        if (layout == Layout)
        {
            writer.Begin();
            writer.Set(3, 0.25, 0);
            writer.Set(3, 0.5, 2);
            writer.Set(4, "eight letters");
            writer.Set(5, -3L);
            foreach (var name in (string[])["lo", "eth0"])
            {
                _ = writer.AppendRecord(writer.List(6), 2, out var record);
                writer.Set(record, 0, name);
                writer.Set(record, 1, (ulong)name.Length << 40);
                writer.Set(record, 2, 0.125);
            }

            _ = writer.Append(writer.List(7), MetricType.U64, 5UL);
            _ = writer.AppendList(writer.List(7), out var inner);
            _ = writer.Append(inner, "inside");
            _ = writer.Append(inner, MetricType.D64, 2.5);
            for (var i = 0; i < 3; i++)
            {
                writer.Set(writer.Record(8, 2, i), 1, (ulong)i);
            }

            writer.End(1_795_306_500_000_001, TimeSpan.FromMicroseconds(42), 9);
        }

        Array.Resize(ref sample, size);
        return sample;
    }
}

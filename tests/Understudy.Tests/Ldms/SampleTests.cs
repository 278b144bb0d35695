using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Ldms;

/// <summary>What is written into a sample is read out of it.</summary>
public sealed class SampleTests
{
    [Fact]
    public void Arrays_text_lists_and_records_are_read_as_they_were_written()
    {
        var layout = SetsWithLists.Layout;
        var sample = new SampleReader(layout, SetsWithLists.Sample(layout, layout.DataSize));
        Assert.True(sample.IsConsistent && sample.ListsAreSound);
        Assert.Equal(new SampleId(1_795_306_500_000_001, 9), sample.Id);
        Assert.Equal(42, sample.Duration.TotalMicroseconds);
        Assert.Equal((7UL, "6.1"), (sample.Unsigned(0), sample.Text(1)));
        Assert.Equal((0.25, 0d, 0.5), (sample.Value(3).Number(0), sample.Value(3).Number(1), sample.Value(3).Number(2)));
        Assert.Equal("eight le", sample.Text(4));
        Assert.Equal((-3L, -3d), (sample.Signed(5), sample.Number(5)));

        var devices = sample.Value(6).Entries();
        foreach (var name in (string[])["lo", "eth0"])
        {
            Assert.True(devices.Next(out var entry));
            var record = entry.Record();
            Assert.Equal("device", record.Type!.Name);
            Assert.Equal((name, (ulong)name.Length << 40, 0.125), (record.Value(0).Text(), record.Value(1).Unsigned(), record.Value(2).Number()));
        }

        Assert.False(devices.Next(out _));
        var outer = sample.Value(7).Entries();
        Assert.True(outer.Next(out var five));
        Assert.Equal(5UL, five.Unsigned());
        Assert.True(outer.Next(out var list));
        var inner = list.Entries();
        Assert.True(inner.Next(out var text));
        Assert.Equal("inside", text.Text());
        Assert.True(inner.Next(out var number));
        Assert.Equal(2.5, number.Number());
        Assert.False(inner.Next(out _));
        Assert.False(outer.Next(out _));
        Assert.Equal((3, 2UL), (sample.Value(8).Count, sample.Value(8).Record(2).Value(1).Unsigned()));
    }

    [Fact]
    public void A_list_that_leads_in_circles_makes_all_lists_empty()
    {
        var layout = SetsWithLists.Layout;
        var bytes = SetsWithLists.Sample(layout, layout.DataSize);
        var list = layout.Fields[7].Offset;
        var first = BitConverter.ToInt32(bytes, list) + layout.DataSize - layout.HeapSize;
        BitConverter.TryWriteBytes(bytes.AsSpan(first), BitConverter.ToInt32(bytes, list));
        BitConverter.TryWriteBytes(bytes.AsSpan(list + 8), int.MaxValue);
        var sample = new SampleReader(layout, bytes);
        Assert.False(sample.ListsAreSound);
        Assert.False(sample.Value(7).Entries().Next(out _));
        Assert.Equal(-3L, sample.Signed(5));
    }

    [Fact]
    public void A_full_heap_refuses_and_the_next_sample_begins_anew()
    {
        var layout = SetsWithLists.Layout;
        var bytes = layout.NewSample();
        var writer = new SampleWriter(layout, bytes);
        for (var round = 0; round < 3; round++)
        {
            writer.Begin();
            var count = 0;
            while (count < 1000 && writer.Append(writer.List(7), MetricType.U32, (ulong)count))
            {
                count++;
            }

            // A piece of 64 bytes each, and 8 of signature.
            Assert.Equal((layout.HeapSize - 8) / 64, count);
            writer.End(1, TimeSpan.Zero, 1);
            var entries = new SampleReader(layout, bytes).Value(7).Entries();
            for (var i = 0; i < count; i++)
            {
                Assert.True(entries.Next(out var entry));
                Assert.Equal((ulong)i, entry.Unsigned());
            }

            Assert.False(entries.Next(out _));
        }
    }

    [Fact]
    public void A_meta_with_record_types_is_built_again_from_its_fields()
    {
        var layout = SetsWithLists.Layout;
        Assert.Equal(3, layout.Fields[2].Members.Count);
        Assert.Equal(16 + 16 + 8 + 8, layout.Fields[2].RecordBytes);
        Assert.Equal(1536, layout.HeapSize);
        var again = layout.Fields.Select(f => f.Type == MetricType.RecordArray ? f with { RecordType = 2 } : f).ToValueList();
        Assert.Equal(layout.Meta.ToArray(), SetLayout.Create(new SetDraft(layout.Instance, layout.Schema, layout.Producer, again)).Meta.ToArray());
    }

    [Fact]
    public void Of_samples_behind_each_other_an_empty_one_is_the_last()
    {
        // Bytes 104 to 107 of a meta say how many there are (docs/protocol/ldms.md).
        var meta = SetsWithLists.Layout.Meta.ToArray();
        BitConverter.TryWriteBytes(meta.AsSpan(104), 3);
        Assert.True(SetLayout.TryRead(meta, out var layout, out var why), why);
        Assert.Equal((3, SetsWithLists.Layout.DataSize), (layout.ArrayCount, layout.DataSize));
        Assert.Equal(2, new SampleReader(layout, layout.NewSample()).ArrayIndex);
        BitConverter.TryWriteBytes(meta.AsSpan(104), 0);
        Assert.False(SetLayout.TryRead(meta, out _, out why));
        Assert.NotEmpty(why);
    }

    [Fact]
    public void Any_numbers_of_any_types_are_read_as_they_were_written() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll<byte[], long[]>((kinds, numbers) =>
        {
            var types = kinds.Select(k => (MetricType)(1 + (k % 11))).ToList();
            var layout = SetLayout.Create(new SetDraft("a", "b", "c", types.Select((t, i) => new MetricField($"m{i}", "", t)).ToValueList()));
            var bytes = layout.NewSample();
            var writer = new SampleWriter(layout, bytes);
            writer.Begin();
            for (var i = 0; i < types.Count && i < numbers.Length; i++)
            {
                writer.Set(i, numbers[i]);
            }

            writer.End(1, TimeSpan.Zero, 1);
            var reader = new SampleReader(layout, bytes);
            for (var i = 0; i < types.Count && i < numbers.Length; i++)
            {
                var expected = types[i] switch
                {
                    MetricType.Char or MetricType.U8 => (byte)numbers[i],
                    MetricType.S8 => (sbyte)numbers[i],
                    MetricType.U16 => (ushort)numbers[i],
                    MetricType.S16 => (short)numbers[i],
                    MetricType.U32 => (uint)numbers[i],
                    MetricType.S32 => (int)numbers[i],
                    MetricType.F32 => (long)(float)numbers[i],
                    _ => numbers[i],
                };
                Assert.Equal(expected, reader.Signed(i));
            }
        }));

    [Fact]
    public void The_fresher_sample_is_that_of_the_later_time_then_of_the_greater_generation()
    {
        Assert.True(new SampleId(2, 1) > new SampleId(1, 9));
        Assert.True(new SampleId(2, 2) > new SampleId(2, 1));
        Assert.True(new SampleId(2, 2) >= new SampleId(2, 2));
    }

    [Fact]
    public void A_draft_that_cannot_be_laid_out_says_why()
    {
        var one = new MetricField("m", "", MetricType.U64);
        foreach (var draft in (SetDraft[])
        [
            new SetDraft("", "s", "p", [one]),
            new SetDraft(new string('i', 255), "s", "p", [one]),
            new SetDraft("i", new string('s', 222), "p", [one]),
            new SetDraft("i", "s", new string('p', 64), [one]),
            new SetDraft("i", "s", "p", [one, one]),
            new SetDraft("i", "s", "p", [one with { Name = new string('m', 254) }]),
            new SetDraft("i", "s", "p", [one with { Type = MetricType.Record }]),
            new SetDraft("i", "s", "p", [MetricField.OfRecords("r", 0, 2)]),
            new SetDraft("i", "s", "p", [new MetricField("big", "", MetricType.U64Array, Count: 1 << 20)]),
        ])
        {
            Assert.False(SetLayout.TryCreate(draft, out _, out var why));
            Assert.NotEmpty(why);
        }
    }
}

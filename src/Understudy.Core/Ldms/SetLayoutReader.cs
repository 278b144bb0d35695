using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>A meta's bytes to a layout. Nothing in the bytes is believed: what is allocated is bounded by their number, never by what they say.</summary>
internal static class SetLayoutReader
{
    internal static bool TryRead(ReadOnlyMemory<byte> memory, KnownForms? known, [NotNullWhen(true)] out SetLayout? layout, out string why)
    {
        layout = null;
        var head = Head(memory, out var at, out why);
        if (head is null)
        {
            return false;
        }

        var meta = memory.Span;
        var card = (int)MetaPlaces.U32(meta, MetaPlaces.Card);
        var fields = ImmutableArray.CreateBuilder<MetricField>(card);
        var room = meta.Length;
        for (var i = 0; i < card; i++)
        {
            var place = MetaPlaces.U32(meta, MetaPlaces.Dictionary + (4 * i));
            if (place < at || place > meta.Length)
            {
                why = $"says that metric {i} is described at byte {place} of {meta.Length}";
                return false;
            }

            if (Field(meta, meta[(int)place..], ref room, out why) is not { } field || !Place(meta, head, ref field, ref room, out why))
            {
                why = $"describes metric {i} badly: {why}";
                return false;
            }

            fields.Add(field);
        }

        var all = fields.MoveToImmutable();
        layout = new SetLayout(memory, head, known?.Of(head, all) ?? new SetForm(all));
        return true;
    }

    private static SetLayoutHead? Head(ReadOnlyMemory<byte> memory, out int end, out string why)
    {
        var meta = memory.Span;
        end = 0;
        if (meta.Length is < MetaPlaces.HeadBytes or > SetLayout.MaxBytes)
        {
            why = $"has {meta.Length} bytes, where {MetaPlaces.HeadBytes} to {SetLayout.MaxBytes} can be";
            return null;
        }

        if (meta[MetaPlaces.Flags] != MetaPlaces.LittleEndian)
        {
            why = $"is not little-endian (flags {meta[MetaPlaces.Flags]})";
            return null;
        }

        if (meta[MetaPlaces.Version] != MetaPlaces.Major || meta[MetaPlaces.Version + 1] != MetaPlaces.Minor)
        {
            why = $"is of version {meta[MetaPlaces.Version]}.{meta[MetaPlaces.Version + 1]}, not of 4.2";
            return null;
        }

        var (card, size) = (MetaPlaces.U32(meta, MetaPlaces.Card), MetaPlaces.U32(meta, MetaPlaces.MetaSize));
        var (data, heap, array) = (MetaPlaces.U32(meta, MetaPlaces.DataSize), MetaPlaces.U32(meta, MetaPlaces.HeapSize), MetaPlaces.U32(meta, MetaPlaces.ArrayCount));
        if (size != meta.Length)
        {
            why = $"says that it has {size} bytes, and has {meta.Length}";
            return null;
        }

        if (card > (uint)(meta.Length - MetaPlaces.Dictionary) / (4 + MetaPlaces.DescName))
        {
            why = $"cannot have {card} metrics in {meta.Length} bytes";
            return null;
        }

        if (data is < SetLayout.SampleHeadBytes or > SetLayout.MaxBytes || heap > data - SetLayout.SampleHeadBytes || array is 0 or > ushort.MaxValue)
        {
            why = $"says that a sample has {data} bytes with a heap of {heap}, and that there are {array}";
            return null;
        }

        var at = MetaPlaces.Dictionary + (4 * (int)card);
        if (!Name(meta, ref at, out var instance) || !Name(meta, ref at, out var schema))
        {
            why = "has no whole names of instance and schema";
            return null;
        }

        var schemaEnd = schema.IndexOf((byte)0);
        var digest = schema.Length >= schemaEnd + 1 + SetLayout.DigestBytes ? memory.Slice(at - schema.Length + schemaEnd + 1, SetLayout.DigestBytes) : default;
        end = at;
        why = "";
        return new SetLayoutHead(
            Text(instance), Text(schema), Text(meta[..MetaPlaces.ProducerBytes]), digest, MetaPlaces.U64(meta, MetaPlaces.Generation), (int)data, (int)heap, (int)array,
            MetaPlaces.U32(meta, MetaPlaces.Uid), MetaPlaces.U32(meta, MetaPlaces.Gid), MetaPlaces.U32(meta, MetaPlaces.Permissions));
    }

    /// <summary>A length in one byte, and so many bytes of which one at least is NUL.</summary>
    private static bool Name(ReadOnlySpan<byte> meta, ref int at, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (at >= meta.Length || at + 1 + meta[at] > meta.Length)
        {
            return false;
        }

        name = meta.Slice(at + 1, meta[at]);
        at += 1 + name.Length;
        return name.Contains((byte)0);
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>A descriptor.</summary>
    /// <param name="room">Bytes of the meta that no descriptor has taken yet: descriptors on top of each other would make much of little.</param>
    private static MetricField? Field(ReadOnlySpan<byte> meta, ReadOnlySpan<byte> desc, ref int room, out string why)
    {
        why = "";
        if (desc.Length < MetaPlaces.DescName || desc.Length < MetaPlaces.DescName + desc[MetaPlaces.DescLength])
        {
            why = "it does not fit";
            return null;
        }

        var words = desc.Slice(MetaPlaces.DescName, desc[MetaPlaces.DescLength]);
        room -= MetaPlaces.DescName + words.Length;
        var end = words.IndexOf((byte)0);
        var (count, offset, type) = (MetaPlaces.U32(desc, MetaPlaces.DescCount), MetaPlaces.U32(desc, MetaPlaces.DescOffset), (MetricType)desc[MetaPlaces.DescType]);
        if (end < 1 || room < 0)
        {
            why = end < 1 ? "it has no name" : "it lies on another";
            return null;
        }

        if (type is < MetricType.Char or > MetricType.Timestamp or MetricType.ListEntry || count > SetLayout.MaxBytes || offset > SetLayout.MaxBytes)
        {
            why = $"type {(byte)type}, count {count}, offset {offset}";
            return null;
        }

        return new MetricField(
            Text(words), Text(words[(end + 1)..]), type, (desc[MetaPlaces.DescFlags] & MetaPlaces.InSample) == 0, (int)count, (int)offset, MetaPlaces.U64(desc, MetaPlaces.DescUser));
    }

    /// <summary>The value lies within what it is part of; what the meta holds of it is taken.</summary>
    private static bool Place(ReadOnlySpan<byte> meta, SetLayoutHead head, ref MetricField field, ref int room, out string why)
    {
        var bytes = field.Type.ValueBytes((uint)field.Count);
        var (from, to) = field.IsMeta ? (MetaPlaces.Dictionary, meta.Length) : (SetLayout.SampleHeadBytes, head.DataSize - head.HeapSize);
        why = $"{bytes} bytes at {field.Offset} of {to}";
        if (field.Offset < from || field.Offset + bytes > to)
        {
            return false;
        }

        switch (field.Type)
        {
            case MetricType.Record:
                why = "a record by itself";
                return false;
            case MetricType.List or MetricType.RecordArray:
                why = "lists and records change, and it is of the meta";
                return !field.IsMeta;
            case MetricType.RecordType:
                why = "a type of records, and it is of the sample";
                return field.IsMeta && Members(meta[field.Offset..], ref field, ref room, out why);
            default:
                if (field.IsMeta)
                {
                    room -= (int)bytes;
                    why = "values on top of each other";
                    field = field with { MetaBytes = room < 0 ? [] : ValueList.Create(meta.Slice(field.Offset, (int)bytes)) };
                }

                return room >= 0;
        }
    }

    private static bool Members(ReadOnlySpan<byte> type, ref MetricField field, ref int room, out string why)
    {
        var (count, size) = (MetaPlaces.U32(type, 8), MetaPlaces.U32(type, 12));
        if (count > (uint)(type.Length - MetricTypes.RecordTypeBytes) / (4 + MetaPlaces.DescName) || size is < MetricTypes.RecordBytes or > SetLayout.MaxBytes)
        {
            why = $"records of {count} members and {size} bytes";
            return false;
        }

        var members = new MetricField[count];
        for (var i = 0; i < members.Length; i++)
        {
            var place = MetaPlaces.U32(type, MetricTypes.RecordTypeBytes + (4 * i));
            if (place > type.Length || Field(type, type[(int)place..], ref room, out why) is not { } member)
            {
                why = $"member {i} has no whole description";
                return false;
            }

            var bytes = member.Type.ValueBytes((uint)member.Count);
            if (!(member.Type.IsScalar() || member.Type.IsArray() || member.Type == MetricType.Timestamp) || member.Offset < MetricTypes.RecordBytes || member.Offset + bytes > size)
            {
                why = $"member {i} is a {member.Type.Word()} of {bytes} bytes at {member.Offset} of {size}";
                return false;
            }

            members[i] = member;
        }

        field = field with { Members = ValueList.Create<MetricField>(members), RecordBytes = (int)size };
        why = "";
        return true;
    }
}

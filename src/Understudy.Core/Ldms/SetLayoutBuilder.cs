using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>A draft to a meta's bytes, laid out as LDMS 4.5.1 does it (docs/protocol/ldms.md).</summary>
internal static class SetLayoutBuilder
{
    internal static bool TryCreate(SetDraft draft, [NotNullWhen(true)] out SetLayout? layout, out string why)
    {
        layout = null;
        if (Refusal(draft) is { } refusal)
        {
            why = refusal;
            return false;
        }

        var (instance, schema) = (Encoding.UTF8.GetBytes(draft.Instance), Encoding.UTF8.GetBytes(draft.Schema));
        var (metaSize, dataSize, heapSize) = Sizes(draft, instance.Length, schema.Length);
        if (metaSize > SetLayout.MaxBytes || dataSize > SetLayout.MaxBytes)
        {
            why = $"would have {metaSize} bytes of meta and {dataSize} of a sample; {SetLayout.MaxBytes} fit";
            return false;
        }

        var meta = new byte[metaSize];
        var card = draft.Fields.Count;
        _ = Encoding.UTF8.GetBytes(draft.Producer, meta);
        MetaPlaces.Put64(meta, MetaPlaces.Generation, draft.MetaGeneration);
        (meta[MetaPlaces.Version], meta[MetaPlaces.Version + 1], meta[MetaPlaces.Flags]) = (MetaPlaces.Major, MetaPlaces.Minor, MetaPlaces.LittleEndian);
        MetaPlaces.Put32(meta, MetaPlaces.Card, (uint)card);
        MetaPlaces.Put32(meta, MetaPlaces.MetaSize, (uint)metaSize);
        MetaPlaces.Put32(meta, MetaPlaces.DataSize, (uint)dataSize);
        MetaPlaces.Put32(meta, MetaPlaces.Uid, draft.Uid);
        MetaPlaces.Put32(meta, MetaPlaces.Gid, draft.Gid);
        MetaPlaces.Put32(meta, MetaPlaces.Permissions, draft.Permissions);
        MetaPlaces.Put32(meta, MetaPlaces.ArrayCount, 1);
        MetaPlaces.Put32(meta, MetaPlaces.HeapSize, (uint)heapSize);

        var at = MetaPlaces.Dictionary + (4 * card);
        meta[at] = (byte)(instance.Length + 1);
        instance.CopyTo(meta, at + 1);
        at += instance.Length + 2;
        meta[at] = (byte)(schema.Length + 1 + SetLayout.DigestBytes + 1);      // one more than there is: so does LDMS
        schema.CopyTo(meta, at + 1);
        Digest(draft.Fields, meta.AsSpan(at + 1 + schema.Length + 1, SetLayout.DigestBytes));
        at = MetaPlaces.Align8(at + 1 + schema.Length + 1 + SetLayout.DigestBytes + 1);

        var value = SetLayout.SampleHeadBytes;
        for (var i = 0; i < card; i++)
        {
            var field = draft.Fields[i];
            MetaPlaces.Put32(meta, MetaPlaces.Dictionary + (4 * i), (uint)at);
            var flags = field.IsMeta ? (byte)(MetaPlaces.InMeta | (field.Type == MetricType.RecordType ? MetaPlaces.OfRecord : 0)) : MetaPlaces.InSample;
            Describe(meta.AsSpan(at), field, flags, field.UserWord, field.IsMeta ? 0 : value);
            at += DescBytes(field);
            value += field.IsMeta ? 0 : (int)SampleBytes(draft, field);
        }

        for (var i = 0; i < card; i++)
        {
            if (draft.Fields[i] is { IsMeta: true } field)
            {
                MetaPlaces.Put32(meta, (int)MetaPlaces.U32(meta, MetaPlaces.Dictionary + (4 * i)) + MetaPlaces.DescOffset, (uint)at);
                at += WriteMetaValue(meta.AsSpan(at), field);
            }
        }

        return SetLayoutReader.TryRead(meta, known: null, out layout, out why);
    }

    /// <summary>SHA-256 over each metric's name and then its type as a 32-bit word; of a record type its members come before it. What the sets of the capture have.</summary>
    private static void Digest(ValueList<MetricField> fields, Span<byte> into)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var field in fields)
        {
            foreach (var member in field.Members)
            {
                Add(hash, member);
            }

            Add(hash, field);
        }

        _ = hash.GetHashAndReset(into);
    }

    private static void Add(IncrementalHash hash, MetricField field)
    {
        Span<byte> type = stackalloc byte[4];
        MetaPlaces.Put32(type, 0, (uint)field.Type);
        hash.AppendData(Encoding.UTF8.GetBytes(field.Name));
        hash.AppendData(type);
    }

    private static string? Refusal(SetDraft draft)
    {
        if (TooLong(draft.Instance, 254) || TooLong(draft.Schema, 221) || Bytes(draft.Producer) > MetaPlaces.ProducerBytes - 1)
        {
            return "has a name without a byte or with too many: 254 of instance, 221 of schema, 63 of producer are possible";
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < draft.Fields.Count; i++)
        {
            var field = draft.Fields[i];
            if (!names.Add(field.Name))
            {
                return $"has two metrics {field.Name}";
            }

            if (Unfit(field) || (field.Type == MetricType.RecordType && !field.IsMeta) || (field.Type is MetricType.List or MetricType.RecordArray && field.IsMeta))
            {
                return $"has a metric {field.Name} that cannot be described";
            }

            if (field.Members.Any(m => Unfit(m) || !(m.Type.IsScalar() || m.Type.IsArray() || m.Type == MetricType.Timestamp)))
            {
                return $"has records {field.Name} of more than numbers and arrays";
            }

            if (field.Type == MetricType.RecordArray && !(field.RecordType >= 0 && field.RecordType < i && draft.Fields[field.RecordType].Type == MetricType.RecordType))
            {
                return $"has records {field.Name} whose type does not come before them";
            }
        }

        return null;
    }

    private static bool Unfit(MetricField field) =>
        field.Name.Length == 0 || Bytes(field.Name) + Bytes(field.Unit) > 253 || field.Name.Contains('\0') || field.Unit.Contains('\0')
        || field.Type is < MetricType.Char or > MetricType.Timestamp or MetricType.ListEntry or MetricType.Record
        || field.Count < 0 || field.Count > SetLayout.MaxBytes || field.MetaBytes.Count > field.Type.ValueBytes((uint)field.Count);

    private static bool TooLong(string name, int limit) => name.Length == 0 || Bytes(name) > limit || name.Contains('\0');

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);

    /// <summary>As LDMS reckons: the head, dictionary and names, descriptors and values; what record types take is counted twice there.</summary>
    private static (long Meta, long Data, long Heap) Sizes(SetDraft draft, int instance, int schema)
    {
        long meta = MetaPlaces.HeadBytes + instance + 2 + schema + 2 + SetLayout.DigestBytes, data = SetLayout.SampleHeadBytes, lists = 0;
        foreach (var field in draft.Fields)
        {
            meta += 4 + DescBytes(field);
            meta += field.Type switch
            {
                MetricType.RecordType => MetricTypes.RecordTypeBytes + (2L * field.Members.Sum(m => 4 + DescBytes(m))),
                _ when field.IsMeta => field.Type.PaddedBytes((uint)field.Count),
                _ => 0,
            };
            data += field.IsMeta ? 0 : SampleBytes(draft, field);
            lists += field.Type == MetricType.List ? field.Count == 0 ? MetaPlaces.HeapStep : field.Count : 0;
        }

        var heap = (Math.Max(draft.HeapSize, lists) + MetaPlaces.HeapStep - 1) / MetaPlaces.HeapStep * MetaPlaces.HeapStep;
        return ((meta + 7) & ~7L, data + heap, heap);
    }

    /// <summary>
    /// What a value takes in a sample. Record arrays whole: LDMS's sources give the metric behind one a place 16 bytes after its begin, on top of its records, so its samplers have them last. Ours need not, since readers go by
    /// the offset of each.
    /// </summary>
    private static long SampleBytes(SetDraft draft, MetricField field) => field.Type == MetricType.RecordArray
        ? (MetricTypes.RecordArrayBytes + ((long)RecordBytes(draft.Fields[field.RecordType]) * field.Count) + 7) & ~7L
        : field.Type.PaddedBytes((uint)field.Count);

    private static int RecordBytes(MetricField type) => MetricTypes.RecordBytes + (int)Math.Min(type.Members.Sum(m => m.Type.PaddedBytes((uint)m.Count)), SetLayout.MaxBytes);

    /// <summary>Types and arrays of records have no unit, not even an empty one.</summary>
    private static bool HasUnit(MetricField field) => field.Type is not (MetricType.RecordType or MetricType.RecordArray);

    private static int DescBytes(MetricField field) => MetaPlaces.Align8(MetaPlaces.DescBytes + Bytes(field.Name) + 1 + (HasUnit(field) ? Bytes(field.Unit) + 1 : 0));

    private static void Describe(Span<byte> desc, MetricField field, byte flags, ulong user, int offset)
    {
        MetaPlaces.Put64(desc, MetaPlaces.DescUser, user);
        MetaPlaces.Put32(desc, MetaPlaces.DescOffset, (uint)offset);
        MetaPlaces.Put32(desc, MetaPlaces.DescCount, (uint)(field.Type == MetricType.List && field.Count == 0 ? MetaPlaces.HeapStep : field.Count));
        (desc[MetaPlaces.DescType], desc[MetaPlaces.DescFlags]) = ((byte)field.Type, flags);
        var name = Encoding.UTF8.GetBytes(field.Name, desc[MetaPlaces.DescName..]) + 1;
        var unit = HasUnit(field) ? Encoding.UTF8.GetBytes(field.Unit, desc[(MetaPlaces.DescName + name)..]) + 1 : 0;
        desc[MetaPlaces.DescLength] = (byte)(name + unit);
    }

    private static int WriteMetaValue(Span<byte> into, MetricField field)
    {
        if (field.Type != MetricType.RecordType)
        {
            field.MetaBytes.AsSpan().CopyTo(into);
            return (int)field.Type.PaddedBytes((uint)field.Count);
        }

        MetaPlaces.Put32(into, 0, MetaPlaces.IsRecordType);
        MetaPlaces.Put32(into, 8, (uint)field.Members.Count);
        var (at, value) = (MetricTypes.RecordTypeBytes + (4 * field.Members.Count), MetricTypes.RecordBytes);
        for (var i = 0; i < field.Members.Count; i++)
        {
            var member = field.Members[i];
            MetaPlaces.Put32(into, MetricTypes.RecordTypeBytes + (4 * i), (uint)at);
            Describe(into[at..], member, MetaPlaces.InSample | MetaPlaces.OfRecord, MetaPlaces.MemberUser, value);
            at += DescBytes(member);
            value += (int)member.Type.PaddedBytes((uint)member.Count);
        }

        MetaPlaces.Put32(into, 12, (uint)value);
        return at;
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>One metric of a set, or one member of a record.</summary>
/// <param name="Unit">Empty where none is said.</param>
/// <param name="IsMeta">It lies in the meta and changes only with the meta's generation; else in each sample.</param>
/// <param name="Count">Elements of an array, 1 for a scalar. Of a list: the bytes of heap that it wants, 0 for 512. Of a record array: its records.</param>
/// <param name="Offset">From the begin of the meta, of the sample, or of the record; bytes. A draft's is ignored.</param>
/// <param name="UserWord">Whatever the sampler said; often the component's number.</param>
public sealed record MetricField(string Name, string Unit, MetricType Type, bool IsMeta = false, int Count = 1, int Offset = 0, ulong UserWord = 0)
{
    /// <summary>Members of a record type, in order; else empty.</summary>
    public ValueList<MetricField> Members { get; init; } = [];

    /// <summary>Bytes of a record of this type, its head of 16 included; 0 where this is no record type.</summary>
    public int RecordBytes { get; init; }

    /// <summary>In a draft: which metric, by number, is the type of this record array. A layout that was read says -1: each sample tells.</summary>
    public int RecordType { get; init; } = -1;

    /// <summary>The value of a number or an array in the meta, little-endian; empty for what lies in the samples.</summary>
    public ValueList<byte> MetaBytes { get; init; } = [];

    /// <summary>A number in the meta.</summary>
    /// <param name="value">Its bits; of a d64 those of the double.</param>
    public static MetricField OfMeta(string name, string unit, MetricType type, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return new MetricField(name, unit, type, IsMeta: true) { MetaBytes = ValueList.Create<byte>(bytes[..type.ElementBytes()]) };
    }

    /// <summary>Text in the meta, with the NUL at its end.</summary>
    public static MetricField OfMetaText(string name, string text)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(text), 0];
        return new MetricField(name, "", MetricType.CharArray, IsMeta: true, Count: bytes.Length) { MetaBytes = ValueList.Create<byte>(bytes) };
    }

    /// <summary>What records of a kind consist of: numbers and arrays.</summary>
    public static MetricField OfRecordType(string name, ValueList<MetricField> members) => new(name, "", MetricType.RecordType, IsMeta: true, Count: 0) { Members = members };

    /// <summary>So many records of the type that is the metric <paramref name="recordType"/> of the same draft.</summary>
    public static MetricField OfRecords(string name, int recordType, int count) => new(name, "", MetricType.RecordArray, Count: count) { RecordType = recordType };
}

using System.Buffers.Binary;
using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>One value in a sample: a number, an array, a list, or records. It is read where it lies; what does not fit reads as 0, empty, or nothing.</summary>
public readonly ref struct MetricValue
{
    private readonly SetLayout layout;
    private readonly ReadOnlySpan<byte> sample;

    /// <param name="sample">All of it: lists lead into its heap. Empty where lists must not be followed.</param>
    /// <param name="bytes">The value's own, without padding.</param>
    internal MetricValue(SetLayout layout, ReadOnlySpan<byte> sample, MetricType type, int count, ReadOnlySpan<byte> bytes)
    {
        this.layout = layout;
        this.sample = sample;
        Type = type;
        Bytes = bytes;
        Count = type == MetricType.List ? bytes.Length < MetricTypes.ListBytes ? 0 : (int)Math.Min(MetaPlaces.U32(bytes, 8), int.MaxValue) : count;
    }

    public MetricType Type { get; }

    /// <summary>Elements of an array, records of an array of them, entries that a list says it has; 1 for a number.</summary>
    public int Count { get; }

    /// <summary>As they lie there, little-endian.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>A whole number or its bits. Negative ones are extended to 64 bits; of f32 and d64 the whole part.</summary>
    public ulong Unsigned(int index = 0) => Type.IsFloating() ? ToWhole(Number(index)) : (ulong)Signed(index);

    /// <summary>A whole number; one past 2^63 comes as its bits.</summary>
    public long Signed(int index = 0)
    {
        var at = Element(index);
        return Type.Element() switch
        {
            _ when at.IsEmpty => 0,
            MetricType.Char or MetricType.U8 => at[0],
            MetricType.S8 => (sbyte)at[0],
            MetricType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(at),
            MetricType.S16 => BinaryPrimitives.ReadInt16LittleEndian(at),
            MetricType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(at),
            MetricType.S32 => BinaryPrimitives.ReadInt32LittleEndian(at),
            MetricType.U64 or MetricType.S64 => BinaryPrimitives.ReadInt64LittleEndian(at),
            MetricType.F32 or MetricType.D64 => (long)Number(index),
            _ => 0,
        };
    }

    /// <summary>Any number as a double; past 2^53 rounded. A timestamp in seconds.</summary>
    public double Number(int index = 0)
    {
        var at = Element(index);
        return Type.Element() switch
        {
            _ when at.IsEmpty => 0,
            MetricType.F32 => BinaryPrimitives.ReadSingleLittleEndian(at),
            MetricType.D64 => BinaryPrimitives.ReadDoubleLittleEndian(at),
            MetricType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(at),
            MetricType.Timestamp => BinaryPrimitives.ReadUInt32LittleEndian(at) + (BinaryPrimitives.ReadUInt32LittleEndian(at[4..]) / 1e6),
            _ => Signed(index),
        };
    }

    /// <summary>Characters up to the first NUL, as UTF-8; empty for what is no text. Allocates.</summary>
    public string Text() => Type is MetricType.CharArray or MetricType.Char ? Encoding.UTF8.GetString(TextBytes()) : "";

    /// <summary>Characters up to the first NUL.</summary>
    public ReadOnlySpan<byte> TextBytes() => Bytes.IndexOf((byte)0) is >= 0 and var end ? Bytes[..end] : Bytes;

    /// <summary>The entries of a list; none for what is no list.</summary>
    public ListReader Entries() => new(layout, sample, Type == MetricType.List && Bytes.Length >= MetricTypes.ListBytes ? Bytes : default);

    /// <summary>A record of an array of them, or the record itself; one without members where there is none.</summary>
    public RecordReader Record(int index = 0)
    {
        if (Type == MetricType.Record)
        {
            return new RecordReader(layout, Bytes);
        }

        if (Type != MetricType.RecordArray || (uint)index >= (uint)Count || Bytes.Length < MetricTypes.RecordArrayBytes)
        {
            return default;
        }

        var size = MetaPlaces.U32(Bytes, 0);
        var at = MetricTypes.RecordArrayBytes + ((long)size * index);
        return at + size > Bytes.Length ? default : new RecordReader(layout, Bytes.Slice((int)at, (int)size));
    }

    private ReadOnlySpan<byte> Element(int index)
    {
        var size = Type.ElementBytes();
        var at = (long)size * index;
        return size == 0 || index < 0 || at + size > Bytes.Length ? default : Bytes.Slice((int)at, size);
    }

    private static ulong ToWhole(double number) => number >= 0 ? (ulong)number : (ulong)(long)number;
}

/// <summary>One record: values by the members of its type.</summary>
public readonly ref struct RecordReader
{
    private readonly SetLayout layout;
    private readonly ReadOnlySpan<byte> record;

    internal RecordReader(SetLayout layout, ReadOnlySpan<byte> record)
    {
        this.layout = layout;
        if (record.Length >= MetricTypes.RecordBytes && MetaPlaces.U32(record, 0) == MetaPlaces.IsRecord && TypeOf(layout, MetaPlaces.U32(record, 12)) is { } type && type.RecordBytes <= record.Length)
        {
            this.record = record[..type.RecordBytes];
            Type = type;
        }
    }

    /// <summary>The type of this record; null where there is no record.</summary>
    public MetricField? Type { get; }

    /// <summary>The value of a member by its number; of type none where there is none.</summary>
    public MetricValue Value(int member)
    {
        if (Type is null || (uint)member >= (uint)Type.Members.Count)
        {
            return default;
        }

        var field = Type.Members[member];
        return new MetricValue(layout, default, field.Type, field.Count, record.Slice(field.Offset, (int)field.Type.ValueBytes((uint)field.Count)));
    }

    internal static MetricField? TypeOf(SetLayout layout, uint metric) => metric < layout.Fields.Length && layout.Fields[(int)metric] is { Type: MetricType.RecordType } type ? type : null;
}

/// <summary>Goes through a list, entry by entry.</summary>
public ref struct ListReader
{
    private readonly SetLayout layout;
    private readonly ReadOnlySpan<byte> sample;
    private uint at;
    private uint left;

    internal ListReader(SetLayout layout, ReadOnlySpan<byte> sample, ReadOnlySpan<byte> list)
    {
        this.layout = layout;
        this.sample = sample;
        if (!list.IsEmpty && !sample.IsEmpty)
        {
            (at, left) = (MetaPlaces.U32(list, 0), Math.Min(MetaPlaces.U32(list, 8), (uint)layout.HeapSize / MetaPlaces.Grain));
        }
    }

    /// <summary>The next entry. False at the end, or where the list leads out of the heap.</summary>
    public bool Next(out MetricValue entry)
    {
        entry = default;
        var heap = layout is null || sample.IsEmpty ? default : sample[(layout.DataSize - layout.HeapSize)..layout.DataSize];
        if (left == 0 || at < MetaPlaces.HeapFirst || at > heap.Length - MetricTypes.EntryBytes)
        {
            return false;
        }

        var here = heap[(int)at..];
        var word = MetaPlaces.U32(here, 8);
        var value = here[MetricTypes.EntryBytes..];
        var (type, count) = ((MetricType)(byte)word, word >> 8);
        var bytes = type == MetricType.Record ? RecordBytes(value) : type.ValueBytes(count);
        if (bytes == 0 || bytes > value.Length || type is MetricType.ListEntry or MetricType.RecordType or MetricType.RecordArray or MetricType.None)
        {
            return false;
        }

        (at, left) = (MetaPlaces.U32(here, 0), left - 1);
        entry = new MetricValue(layout!, sample, type, type.IsArray() ? (int)count : 1, value[..(int)bytes]);
        return true;
    }

    private readonly long RecordBytes(ReadOnlySpan<byte> value) =>
        value.Length >= MetricTypes.RecordBytes && RecordReader.TypeOf(layout, MetaPlaces.U32(value, 12)) is { } type ? type.RecordBytes : 0;
}

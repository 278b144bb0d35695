using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Understudy.Core.Ldms;

/// <summary>A list in a sample that is being written.</summary>
/// <param name="Offset">Of its head, from the begin of the sample.</param>
public readonly record struct ListPlace(int Offset);

/// <summary>A record in a sample that is being written.</summary>
/// <param name="Offset">Of its head, from the begin of the sample.</param>
public readonly record struct RecordPlace(int Offset, int Type);

/// <summary>
/// Writes one sample in place: <see cref="Begin"/>, values, <see cref="End"/>. Numbers are converted to the metric's type. Nothing allocates. Asking for a metric that is not there, or of the meta, throws: that is ours to
/// get right.
/// </summary>
public ref struct SampleWriter
{
    private readonly SetLayout layout;
    private readonly Span<byte> sample;

    /// <param name="data">At least <see cref="SetLayout.DataSize"/> bytes, which <see cref="SetLayout.NewSample"/> has made or <see cref="Format"/> has prepared.</param>
    public SampleWriter(SetLayout layout, Span<byte> data)
    {
        this.layout = layout;
        sample = data[..layout.DataSize];
    }

    /// <summary>Makes bytes a sample of the layout, with nothing in it: no time, not consistent, no list with an entry.</summary>
    public static void Format(SetLayout layout, Span<byte> data)
    {
        var fresh = data[..layout.DataSize];
        fresh.Clear();
        MetaPlaces.Put32(fresh, MetaPlaces.SetOffset, (uint)layout.MetaSize);
        MetaPlaces.Put64(fresh, MetaPlaces.SampleGeneration, layout.MetaGeneration);
        MetaPlaces.Put64(fresh, MetaPlaces.Size, (ulong)layout.DataSize);
        MetaPlaces.Put64(fresh, MetaPlaces.SampleMetaGeneration, layout.MetaGeneration);
        MetaPlaces.Put32(fresh, MetaPlaces.Index, (uint)layout.ArrayCount - 1);
        if (layout.HeapSize > 0)
        {
            SampleHeap.Format(layout, fresh);
        }
    }

    /// <summary>It is being written from here on; all lists are empty.</summary>
    public readonly void Begin()
    {
        MetaPlaces.Put32(sample, MetaPlaces.State, MetaPlaces.Begun);
        if (layout.HeapSize > 0)
        {
            SampleHeap.Format(layout, sample);
            foreach (var field in layout.Fields)
            {
                if (field.Type == MetricType.List)
                {
                    sample.Slice(field.Offset, MetricTypes.ListBytes).Clear();
                }
            }
        }
    }

    /// <summary>It is whole.</summary>
    /// <param name="micros">When, microseconds since 1970.</param>
    /// <param name="generation">Greater than that of the sample before.</param>
    public readonly void End(long micros, TimeSpan duration, ulong generation)
    {
        var took = Math.Max(0, (long)duration.TotalMicroseconds);
        MetaPlaces.Put32(sample, MetaPlaces.Seconds, (uint)(micros / 1_000_000));
        MetaPlaces.Put32(sample, MetaPlaces.Micros, (uint)(micros % 1_000_000));
        MetaPlaces.Put32(sample, MetaPlaces.DurationSeconds, (uint)(took / 1_000_000));
        MetaPlaces.Put32(sample, MetaPlaces.DurationMicros, (uint)(took % 1_000_000));
        MetaPlaces.Put64(sample, MetaPlaces.SampleGeneration, generation);
        MetaPlaces.Put64(sample, MetaPlaces.SampleMetaGeneration, layout.MetaGeneration);
        MetaPlaces.Put32(sample, MetaPlaces.State, MetaPlaces.Ended);
    }

    public readonly void Set(int i, ulong value, int index = 0) => Put(Place(i, out var field), field.Type, index, value, value);

    public readonly void Set(int i, long value, int index = 0) => Put(Place(i, out var field), field.Type, index, (ulong)value, value);

    public readonly void Set(int i, double value, int index = 0) => Put(Place(i, out var field), field.Type, index, Whole(value), value);

    /// <summary>Text, cut where it is too long, with a NUL behind it where there is room: as LDMS does.</summary>
    public readonly void Set(int i, ReadOnlySpan<char> text) => PutText(Place(i, out _), text);

    /// <summary>Appends a number to a list.</summary>
    /// <returns>False when the heap is full.</returns>
    public readonly bool Append(ListPlace list, MetricType type, double value) => Append(list, type, Whole(value), value);

    /// <summary>Appends a whole number to a list.</summary>
    /// <returns>False when the heap is full.</returns>
    public readonly bool Append(ListPlace list, MetricType type, ulong value) => Append(list, type, value, value);

    /// <summary>Appends text to a list, NUL included.</summary>
    /// <returns>False when the heap is full.</returns>
    public readonly bool Append(ListPlace list, ReadOnlySpan<char> text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text) + 1;
        var at = SampleHeap.Append(layout, sample, list.Offset, MetricType.CharArray, bytes, MetaPlaces.Align8(bytes));
        if (at > 0)
        {
            PutText(sample.Slice(at, bytes), text);
        }

        return at > 0;
    }

    /// <summary>Appends a list to a list.</summary>
    /// <returns>False when the heap is full.</returns>
    public readonly bool AppendList(ListPlace list, out ListPlace inner)
    {
        inner = new ListPlace(SampleHeap.Append(layout, sample, list.Offset, MetricType.List, 1, 16));
        return inner.Offset > 0;
    }

    /// <summary>Appends a record of the type that is metric <paramref name="type"/>; its members are 0.</summary>
    /// <returns>False when the heap is full.</returns>
    public readonly bool AppendRecord(ListPlace list, int type, out RecordPlace record)
    {
        var bytes = RecordType(type).RecordBytes;
        record = new RecordPlace(SampleHeap.Append(layout, sample, list.Offset, MetricType.Record, 1, bytes), type);
        if (record.Offset > 0)
        {
            HeadRecord(record);
        }

        return record.Offset > 0;
    }

    /// <summary>The list that is metric <paramref name="i"/>.</summary>
    public readonly ListPlace List(int i) => layout.Fields[i].Type == MetricType.List ? new ListPlace(layout.Fields[i].Offset) : throw new ArgumentException($"{layout.Fields[i].Name} is no list", nameof(i));

    /// <summary>A record of the array that is metric <paramref name="i"/>, whose type is metric <paramref name="type"/>.</summary>
    public readonly RecordPlace Record(int i, int type, int index)
    {
        var (field, bytes) = (layout.Fields[i], RecordType(type).RecordBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)field.Count, nameof(index));
        MetaPlaces.Put32(sample, field.Offset, (uint)bytes);
        MetaPlaces.Put32(sample, field.Offset + 4, (uint)type);
        MetaPlaces.Put32(sample, field.Offset + 8, (uint)field.Count);
        var record = new RecordPlace(field.Offset + MetricTypes.RecordArrayBytes + (bytes * index), type);
        HeadRecord(record);
        return record;
    }

    public readonly void Set(RecordPlace record, int member, ulong value, int index = 0) => Put(Place(record, member, out var field), field.Type, index, value, value);

    public readonly void Set(RecordPlace record, int member, long value, int index = 0) => Put(Place(record, member, out var field), field.Type, index, (ulong)value, value);

    public readonly void Set(RecordPlace record, int member, double value, int index = 0) => Put(Place(record, member, out var field), field.Type, index, Whole(value), value);

    public readonly void Set(RecordPlace record, int member, ReadOnlySpan<char> text) => PutText(Place(record, member, out _), text);

    private readonly void HeadRecord(RecordPlace record)
    {
        MetaPlaces.Put32(sample, record.Offset, MetaPlaces.IsRecord);
        MetaPlaces.Put32(sample, record.Offset + 8, (uint)record.Offset);
        MetaPlaces.Put32(sample, record.Offset + 12, (uint)record.Type);
    }

    private readonly bool Append(ListPlace list, MetricType type, ulong whole, double number)
    {
        var at = SampleHeap.Append(layout, sample, list.Offset, type, 1, 8);
        if (at > 0)
        {
            Put(sample.Slice(at, type.ElementBytes()), type, 0, whole, number);
        }

        return at > 0;
    }

    private readonly Span<byte> Place(int i, out MetricField field)
    {
        field = layout.Fields[i];
        return field.IsMeta ? throw new ArgumentException($"{field.Name} is of the meta", nameof(i)) : sample.Slice(field.Offset, (int)field.Type.ValueBytes((uint)field.Count));
    }

    private readonly Span<byte> Place(RecordPlace record, int member, out MetricField field)
    {
        field = RecordType(record.Type).Members[member];
        return sample.Slice(record.Offset + field.Offset, (int)field.Type.ValueBytes((uint)field.Count));
    }

    private readonly MetricField RecordType(int type) => RecordReader.TypeOf(layout, (uint)type) ?? throw new ArgumentException($"metric {type} is no type of records", nameof(type));

    /// <summary>The whole part; what is out of the range of 64 bits becomes its nearest end.</summary>
    private static ulong Whole(double value) => value >= 0 ? (ulong)value : (ulong)(long)value;

    private static void PutText(Span<byte> into, ReadOnlySpan<char> text)
    {
        _ = Utf8.FromUtf16(text, into, out _, out var count);
        into[count..].Clear();
    }

    private static void Put(Span<byte> bytes, MetricType type, int index, ulong whole, double number)
    {
        var size = type.ElementBytes();
        var into = bytes.Slice(size * index, size);
        switch (type.Element())
        {
            case MetricType.Char or MetricType.U8 or MetricType.S8:
                into[0] = (byte)whole;
                break;
            case MetricType.U16 or MetricType.S16:
                BinaryPrimitives.WriteUInt16LittleEndian(into, (ushort)whole);
                break;
            case MetricType.U32 or MetricType.S32:
                BinaryPrimitives.WriteUInt32LittleEndian(into, (uint)whole);
                break;
            case MetricType.U64 or MetricType.S64:
                BinaryPrimitives.WriteUInt64LittleEndian(into, whole);
                break;
            case MetricType.F32:
                BinaryPrimitives.WriteSingleLittleEndian(into, (float)number);
                break;
            case MetricType.D64:
                BinaryPrimitives.WriteDoubleLittleEndian(into, number);
                break;
            case MetricType.Timestamp:
                BinaryPrimitives.WriteUInt32LittleEndian(into, (uint)number);
                BinaryPrimitives.WriteUInt32LittleEndian(into[4..], (uint)Math.Min(999_999, (number - Math.Floor(number)) * 1e6));
                break;
            default:
                throw new ArgumentException($"a {type.Word()} takes no number", nameof(type));
        }
    }
}

namespace Understudy.Core.Ldms;

/// <summary>One sample of a set, read where it lies. Nothing throws, whatever the bytes are: what does not fit reads as 0 or empty. Allocates only for <see cref="Text"/>.</summary>
public readonly ref struct SampleReader
{
    /// <summary>Lists within lists deeper than this are not followed: our own bound.</summary>
    private const int MaxDepth = 8;

    private readonly SetLayout layout;
    private readonly ReadOnlySpan<byte> sample;

    /// <summary>Empty where lists must not be followed.</summary>
    private readonly ReadOnlySpan<byte> walkable;

    /// <param name="layout">The set's, of the same generation as <see cref="MetaGeneration"/> says.</param>
    /// <param name="data">At least <see cref="SetLayout.DataSize"/> bytes; fewer are no sample.</param>
    public SampleReader(SetLayout layout, ReadOnlySpan<byte> data)
    {
        this.layout = layout;
        Fits = data.Length >= layout.DataSize;
        sample = Fits ? data[..layout.DataSize] : default;
        walkable = default;
        if (Fits && layout.HeapSize > 0)
        {
            // Each entry is of one list only, so all lists together have at most as many as there are pieces; a sample that has more leads in circles.
            var pieces = layout.HeapSize / MetaPlaces.Grain;
            var sound = true;
            for (var i = 0; i < layout.Fields.Length && sound; i++)
            {
                var field = layout.Fields[i];
                sound = field.Type != MetricType.List || Walk(new ListReader(layout, sample, sample.Slice(field.Offset, MetricTypes.ListBytes)), ref pieces, 0);
            }

            walkable = sound ? sample : default;
            ListsAreSound = sound;
        }
        else
        {
            ListsAreSound = Fits;
        }
    }

    /// <summary>There are as many bytes as the layout says. Else everything reads as 0.</summary>
    public bool Fits { get; }

    /// <summary>No list leads in circles or into another. Else all lists read as empty.</summary>
    public bool ListsAreSound { get; }

    public SampleId Id => Fits ? new SampleId((Word(MetaPlaces.Seconds) * 1_000_000L) + Word(MetaPlaces.Micros), MetaPlaces.U64(sample, MetaPlaces.SampleGeneration)) : default;

    /// <summary>It was not being written when it was read.</summary>
    public bool IsConsistent => Fits && Word(MetaPlaces.State) == MetaPlaces.Ended;

    /// <summary>What the sampler took.</summary>
    public TimeSpan Duration => Fits ? TimeSpan.FromMicroseconds((Word(MetaPlaces.DurationSeconds) * 1_000_000L) + Word(MetaPlaces.DurationMicros)) : default;

    /// <summary>Where it is not the layout's, the meta has changed and is to be read again.</summary>
    public ulong MetaGeneration => Fits ? MetaPlaces.U64(sample, MetaPlaces.SampleMetaGeneration) : 0;

    /// <summary>Which of the samples that lie behind each other is the current one; of no interest where there is one.</summary>
    public int ArrayIndex => Fits ? (int)Math.Min(Word(MetaPlaces.Index), ushort.MaxValue) : 0;

    public ulong Unsigned(int i) => Value(i).Unsigned();

    public long Signed(int i) => Value(i).Signed();

    public double Number(int i) => Value(i).Number();

    public string Text(int i) => Value(i).Text();

    /// <summary>The value of a metric by its number; of type none where there is none. A record type reads as itself, without a value.</summary>
    public MetricValue Value(int i)
    {
        if (!Fits || (uint)i >= (uint)layout.Fields.Length)
        {
            return default;
        }

        var field = layout.Fields[i];
        if (field.Type == MetricType.RecordArray)
        {
            return Records(field);
        }

        var bytes = (field.IsMeta ? layout.Meta.Span : sample).Slice(field.Offset, (int)field.Type.ValueBytes((uint)field.Count));
        return new MetricValue(layout, walkable, field.Type, field.Type.IsArray() ? field.Count : 1, bytes);
    }

    /// <summary>The array's head says how many there are; it is believed as far as they fit.</summary>
    private MetricValue Records(MetricField field)
    {
        var all = sample[field.Offset..(layout.DataSize - layout.HeapSize)];
        var (size, count) = (MetaPlaces.U32(all, 0), MetaPlaces.U32(all, 8));
        var room = (uint)(all.Length - MetricTypes.RecordArrayBytes);
        count = size < MetricTypes.RecordBytes ? 0 : Math.Min(count, room / size);
        return new MetricValue(layout, default, MetricType.RecordArray, (int)count, all[..(MetricTypes.RecordArrayBytes + (int)(count * size))]);
    }

    private long Word(int at) => MetaPlaces.U32(sample, at);

    private static bool Walk(ListReader list, ref int pieces, int depth)
    {
        while (list.Next(out var entry))
        {
            if (--pieces < 0 || (entry.Type == MetricType.List && (depth == MaxDepth || !Walk(entry.Entries(), ref pieces, depth + 1))))
            {
                return false;
            }
        }

        return true;
    }
}

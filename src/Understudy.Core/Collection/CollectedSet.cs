using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>
/// One set as we have it: the freshest sample that any of its sources gave. A sample is known by its set, its timestamp and its generation, so that two sources which give the same one, or an older one, do no harm.
/// </summary>
public sealed class CollectedSet
{
    /// <summary>So many steps between samples are remembered, to know the sampler's period.</summary>
    private const int Steps = 8;

    private readonly long[] steps = new long[Steps];
    private readonly List<SetSource> sources = [];
    private byte[] data;
    private int stepCount;

    internal CollectedSet(SetLayout layout)
    {
        Layout = layout;
        data = new byte[layout.DataSize];
    }

    public string Name => Layout.Instance;

    public SetLayout Layout { get; private set; }

    /// <summary>The sample; for the loop's own thread.</summary>
    public ReadOnlyMemory<byte> Data => data;

    public SampleId Id { get; private set; }

    /// <summary>When its newest sample came.</summary>
    public Instant At { get; private set; }

    /// <summary>Samples that the sampler made in a row and that we never had, as far as its period tells.</summary>
    public long Lost { get; private set; }

    /// <summary>Different samples that we had.</summary>
    public long Had { get; private set; }

    /// <summary>Whose sample it is. While it answers, the others are not asked.</summary>
    public SetSource? Current { get; internal set; }

    /// <summary>Who gave the newest sample, though it may have gone since; null: there was none.</summary>
    public SetSource? Giver { get; private set; }

    public IReadOnlyList<SetSource> Sources => sources;

    /// <summary>Since when no producer offers it; null: one does.</summary>
    public Instant? OrphanedAt { get; private set; }

    /// <summary>The sampler's period as seen, µs; 0: not yet known.</summary>
    public long Period { get; private set; }

    internal List<StorageDesk> Policies { get; } = [];

    internal void Attach(SetSource source)
    {
        source.Set = this;
        sources.Add(source);
        OrphanedAt = null;
        Current ??= source;
    }

    /// <returns>True when it was the current one and another has taken its place.</returns>
    internal bool Detach(SetSource source, Instant now)
    {
        sources.Remove(source);
        source.Set = null;
        if (sources.Count == 0)
        {
            OrphanedAt = now;
        }

        if (Current != source)
        {
            return false;
        }

        Current = sources.Count == 0 ? null : sources[0];
        return Current is not null;
    }

    /// <summary>Takes a sample that is newer than what we have.</summary>
    /// <returns>False where it is not.</returns>
    internal bool Take(SetSource source, SetLayout layout, ReadOnlySpan<byte> sample, SampleId id, Instant now)
    {
        if (Had > 0 && id.CompareTo(Id) <= 0)
        {
            return false;
        }

        Count(id.Micros);
        if (!ReferenceEquals(layout, Layout))
        {
            Layout = layout;
            if (layout.DataSize != data.Length)
            {
                data = new byte[layout.DataSize];
            }
        }

        sample[..data.Length].CopyTo(data);
        Id = id;
        At = now;
        Current = source;
        Giver = source;
        Had++;
        return true;
    }

    private void Count(long micros)
    {
        var step = micros - Id.Micros;
        if (Had == 0 || step <= 0)
        {
            return;
        }

        if (Period > 0 && step > Period + (Period / 2))
        {
            Lost += ((step + (Period / 2)) / Period) - 1;
        }

        // The middle one: neither a gap, nor the sampler's catching up after it was late, is its period; an interval that was changed is, after a few.
        steps[stepCount++ % Steps] = step;
        Span<long> sorted = stackalloc long[Math.Min(stepCount, Steps)];
        steps.AsSpan(0, sorted.Length).CopyTo(sorted);
        sorted.Sort();
        Period = sorted[(sorted.Length - 1) / 2];
    }
}

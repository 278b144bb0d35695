using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Understudy.Core.Ldms;

/// <summary>The meta of a set, read or built: what it is called, and where in a sample which value is. Immutable; a change of the meta is another layout.</summary>
public sealed class SetLayout
{
    /// <summary>Most bytes of a meta or of a sample: what fits with its heads into one message of zap (1 MiB, LDMS 4.5.1 wire, docs/protocol/ldms.md).</summary>
    public const int MaxBytes = (1 << 20) - 64;

    /// <summary>Bytes of a sample before its first value (struct ldms_data_hdr).</summary>
    public const int SampleHeadBytes = 96;

    /// <summary>SHA-256.</summary>
    public const int DigestBytes = 32;

    private readonly SetForm form;

    internal SetLayout(ReadOnlyMemory<byte> meta, SetLayoutHead head, SetForm form)
    {
        (Meta, this.form) = (meta, form);
        (Instance, Schema, Producer, Digest) = (head.Instance, head.Schema, head.Producer, head.Digest);
        (MetaGeneration, MetaSize, DataSize, HeapSize, ArrayCount) = (head.MetaGeneration, meta.Length, head.DataSize, head.HeapSize, head.ArrayCount);
        (Uid, Gid, Permissions) = (head.Uid, head.Gid, head.Permissions);
    }

    public string Instance { get; }

    public string Schema { get; }

    public string Producer { get; }

    public ulong MetaGeneration { get; }

    /// <summary>Bytes of the meta.</summary>
    public int MetaSize { get; }

    /// <summary>Bytes of one sample, the heap included.</summary>
    public int DataSize { get; }

    public uint Uid { get; }

    public uint Gid { get; }

    public uint Permissions { get; }

    /// <summary>Bytes of heap at the end of each sample; 0 for a set without lists.</summary>
    public int HeapSize { get; }

    /// <summary>Samples that lie behind each other at the producer; 1 nearly everywhere.</summary>
    public int ArrayCount { get; }

    /// <summary>The meta itself, as it goes over the wire.</summary>
    public ReadOnlyMemory<byte> Meta { get; }

    /// <summary>SHA-256 over the metrics' names and types: two sets with the same are of one schema. Empty where the meta has none.</summary>
    public ReadOnlyMemory<byte> Digest { get; }

    public ImmutableArray<MetricField> Fields => form.Fields;

    /// <summary>The number of a metric; -1 where there is none of that name.</summary>
    public int IndexOf(string name) => form.IndexOf(name);

    /// <summary>Reads a meta that came from the wire. Every offset, count and length in it is checked against its size, and that of a sample.</summary>
    /// <param name="meta">Kept, not copied.</param>
    /// <param name="why">What is wrong, as the end of a sentence that begins with "the meta".</param>
    /// <param name="known">What was read before, to share with; null: nothing is shared.</param>
    public static bool TryRead(ReadOnlyMemory<byte> meta, [NotNullWhen(true)] out SetLayout? layout, out string why, KnownForms? known = null) => SetLayoutReader.TryRead(meta, known, out layout, out why);

    /// <summary>Lays a draft out as LDMS does.</summary>
    /// <exception cref="ArgumentException">It cannot be laid out; <see cref="TryCreate"/> says so without.</exception>
    public static SetLayout Create(SetDraft draft) => TryCreate(draft, out var layout, out var why) ? layout : throw new ArgumentException($"the set {draft.Instance} {why}", nameof(draft));

    /// <summary>Lays a draft out as LDMS does.</summary>
    /// <param name="why">What cannot be, as the end of a sentence that begins with the set.</param>
    public static bool TryCreate(SetDraft draft, [NotNullWhen(true)] out SetLayout? layout, out string why) => SetLayoutBuilder.TryCreate(draft, out layout, out why);

    /// <summary>A sample of this layout with nothing in it, as a daemon has it before the first one was taken.</summary>
    public byte[] NewSample()
    {
        var sample = new byte[DataSize];
        SampleWriter.Format(this, sample);
        return sample;
    }
}

/// <summary>What a meta says of itself besides its metrics.</summary>
internal sealed record SetLayoutHead(
    string Instance, string Schema, string Producer, ReadOnlyMemory<byte> Digest, ulong MetaGeneration, int DataSize, int HeapSize, int ArrayCount, uint Uid, uint Gid, uint Permissions);

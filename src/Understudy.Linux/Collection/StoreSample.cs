using System.Buffers;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;

namespace Understudy.Linux.Collection;

/// <summary>A sample on its way into a store: a copy of ours, as the loop's own bytes change with the next one.</summary>
public sealed class StoreSample
{
    private readonly byte[] bytes;

    private StoreSample(SetLayout layout, StoreColumns columns, byte[] bytes, string producer) => (Layout, Columns, this.bytes, Producer) = (layout, columns, bytes, producer);

    public SetLayout Layout { get; }

    /// <summary>What of it is stored; the same object for all samples of a layout and a policy.</summary>
    public StoreColumns Columns { get; }

    public string Producer { get; }

    public ReadOnlySpan<byte> Sample => bytes.AsSpan(0, Layout.DataSize);

    /// <summary>It is in the store, or it never will be: nothing is to be done for it any more.</summary>
    public bool IsDone { get; set; }

    /// <summary>Another writer had stored it already.</summary>
    public bool WasThere { get; set; }

    /// <summary>Why it never will be; null where it is stored or still may be.</summary>
    public string? Refused { get; set; }

    internal static StoreSample Copy(SetLayout layout, StoreColumns columns, ReadOnlySpan<byte> sample, string producer)
    {
        var room = ArrayPool<byte>.Shared.Rent(layout.DataSize);
        sample[..layout.DataSize].CopyTo(room);
        return new StoreSample(layout, columns, room, producer);
    }

    /// <summary>Its bytes may be used again.</summary>
    internal void Return() => ArrayPool<byte>.Shared.Return(bytes);
}

/// <summary>Where samples are written. A store's own thread calls it, and it may take its time.</summary>
public interface IStoreSink : IDisposable
{
    /// <summary>Another may have written since we did: what is open is closed, and what is known of the place is forgotten.</summary>
    void Reopen();

    /// <summary>Marks those samples as done that another writer has stored already. Called before they are written, for what waited while the claim was another's.</summary>
    /// <param name="goesOn">Others will be asked for: what was read for it is kept.</param>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    void Settle(IReadOnlyList<StoreSample> samples, bool goesOn);

    /// <summary>Writes the samples that are not done yet, in order, and marks each that is.</summary>
    /// <exception cref="StoreUnavailableException">It cannot write now; those that are not marked are to be tried again.</exception>
    void Write(IReadOnlyList<StoreSample> samples);
}

/// <summary>A store that cannot be written now: a full disk, a lost connection, a claim that another has. The message is for people.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

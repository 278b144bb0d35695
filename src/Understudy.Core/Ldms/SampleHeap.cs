namespace Understudy.Core.Ldms;

/// <summary>
/// The heap at the end of a sample, in which lists have their entries (struct ldms_heap, ldms_heap_base: docs/protocol/ldms.md). We only append, and begin anew with each sample; behind what is taken there is always one free
/// piece, which is in both trees as LDMS wants it.
/// </summary>
internal static class SampleHeap
{
    /// <summary>Of the node of a free piece: color and left, right, parent, key: by its address, then by its size.</summary>
    private const int NodeBytes = 32, NodeKey = 24;

    private const ulong Black = 1;

    internal static void Format(SetLayout layout, Span<byte> sample)
    {
        var heap = sample[(layout.DataSize - layout.HeapSize)..];
        heap.Clear();
        MetaPlaces.HeapSignature.CopyTo(heap);
        MetaPlaces.Put32(sample, MetaPlaces.HeapGrain, (MetaPlaces.Grain << 8) | MetaPlaces.GrainBits);
        MetaPlaces.Put64(sample, MetaPlaces.HeapBytes, (ulong)heap.Length);
        MetaPlaces.Put32(sample, MetaPlaces.HeapGeneration, 0);
        Free(sample, heap, MetaPlaces.HeapFirst);
    }

    /// <summary>Takes a piece and hangs it behind the last entry of a list.</summary>
    /// <param name="list">Of the list's head, from the begin of the sample.</param>
    /// <param name="count">Of elements, as the entry says it; at most 24 bits.</param>
    /// <param name="bytes">Of the value; it is 0 already.</param>
    /// <returns>Where the value is, from the begin of the sample; 0 when there is no room.</returns>
    internal static int Append(SetLayout layout, Span<byte> sample, int list, MetricType type, int count, int bytes)
    {
        var start = layout.DataSize - layout.HeapSize;
        var heap = sample[start..];
        var piece = (long)MetaPlaces.U64(sample, MetaPlaces.HeapAddressTree);
        var taken = (Math.Max(4L + MetricTypes.EntryBytes + bytes, MetaPlaces.LeastPiece) + MetaPlaces.Grain - 1) / MetaPlaces.Grain * MetaPlaces.Grain;
        if (piece == 0 || piece + taken > heap.Length || count >= 1 << 24)
        {
            return 0;
        }

        heap.Slice((int)piece, (int)taken).Clear();
        MetaPlaces.Put32(heap, (int)piece, (uint)(taken / MetaPlaces.Grain));
        Free(sample, heap, (int)(piece + taken));
        MetaPlaces.Put32(sample, MetaPlaces.HeapGeneration, MetaPlaces.U32(sample, MetaPlaces.HeapGeneration) + 1);

        var entry = (uint)piece + 4;
        var head = sample[list..];
        var last = MetaPlaces.U32(head, 4);
        MetaPlaces.Put32(heap, (int)entry + 4, last);
        MetaPlaces.Put32(heap, (int)entry + 8, ((uint)count << 8) | (byte)type);
        if (last == 0)
        {
            MetaPlaces.Put32(head, 0, entry);
        }
        else
        {
            MetaPlaces.Put32(heap, (int)last, entry);
        }

        MetaPlaces.Put32(head, 4, entry);
        MetaPlaces.Put32(head, 8, MetaPlaces.U32(head, 8) + 1);
        return start + (int)entry + MetricTypes.EntryBytes;
    }

    /// <summary>What lies behind <paramref name="at"/> is the one free piece; where not even its node fits, there is none.</summary>
    private static void Free(Span<byte> sample, Span<byte> heap, int at)
    {
        var grains = (heap.Length - at) / MetaPlaces.Grain;
        var there = grains * MetaPlaces.Grain >= MetaPlaces.LeastPiece;
        MetaPlaces.Put64(sample, MetaPlaces.HeapAddressTree, there ? (ulong)at : 0);
        MetaPlaces.Put64(sample, MetaPlaces.HeapSizeTree, there ? (ulong)(at + NodeBytes) : 0);
        if (there)
        {
            var node = heap.Slice(at, 2 * NodeBytes);
            node.Clear();
            MetaPlaces.Put64(node, 0, Black);
            MetaPlaces.Put64(node, NodeKey, (ulong)at);
            MetaPlaces.Put64(node, NodeBytes, Black);
            MetaPlaces.Put64(node, NodeBytes + NodeKey, (ulong)grains);
        }
    }
}

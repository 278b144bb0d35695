namespace Understudy.Core.Peers;

/// <summary>Datagrams that are ready to leave. A fixed block: what does not fit is counted and not sent, and the next beat says it again.</summary>
public sealed class Outbox
{
    private const int MaxDatagrams = 256;
    private readonly byte[] block = new byte[MaxDatagrams * Datagram.MaxBytes / 4];
    private readonly (int Peer, int Link, int At, int Bytes)[] entries = new (int, int, int, int)[MaxDatagrams];
    private int used;

    public int Count { get; private set; }

    public long Overflowed { get; private set; }

    /// <summary>Room for one datagram, or empty when the block is full.</summary>
    public Span<byte> Room()
    {
        if (Count < MaxDatagrams && block.Length - used >= Datagram.MaxBytes)
        {
            return block.AsSpan(used, Datagram.MaxBytes);
        }

        Overflowed++;
        return [];
    }

    /// <summary>Keeps the first <paramref name="bytes"/> of the room as a datagram.</summary>
    public void Post(int peer, int link, int bytes)
    {
        entries[Count++] = (peer, link, used, bytes);
        used += bytes;
    }

    public ReadOnlySpan<byte> Get(int index, out int peer, out int link)
    {
        var e = entries[index];
        (peer, link) = (e.Peer, e.Link);
        return block.AsSpan(e.At, e.Bytes);
    }

    public void Clear() => (Count, used) = (0, 0);
}

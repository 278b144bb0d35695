using System.Buffers.Binary;

namespace Understudy.Core.Ldms;

/// <summary>What a message of zap's sock transport is (zap 1.3.1.0 as LDMS 4.5.1 speaks it, docs/protocol/ldms.md).</summary>
public enum ZapType : ushort
{
    None = 0,
    Connect = 1,
    SendReceive = 2,
    Rendezvous = 3,
    ReadRequest = 4,
    ReadReply = 5,
    WriteRequest = 6,
    WriteReply = 7,
    Accepted = 8,
    Rejected = 9,
    AckAccepted = 10,
}

/// <summary>Whether there is a message in the bytes.</summary>
public enum ZapArrival
{
    /// <summary>More bytes are needed.</summary>
    Partial,
    Whole,

    /// <summary>It will never be one: the connection is to be closed.</summary>
    Broken,
}

/// <summary>A peer's memory, as a rendezvous offered it. Both are cookies of the peer's.</summary>
/// <param name="Key">Four bytes, as they came.</param>
public readonly record struct ZapMap(uint Key, ulong Address, int Bytes);

/// <summary>One message of zap, read where it lies.</summary>
public readonly ref struct ZapFrame
{
    /// <summary>Type, a spare word, length, xid, context.</summary>
    public const int HeadBytes = 20;

    /// <summary>Most bytes of a message: what real daemons send and take (1 MiB).</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Of a read's reply before its data.</summary>
    internal const int ReadReplyHeadBytes = 36;

    /// <summary>Of a rendezvous before its message; of a request to read in all.</summary>
    internal const int RendezvousHeadBytes = 40, ReadRequestBytes = 36;

    private readonly ReadOnlySpan<byte> frame;

    private ZapFrame(ReadOnlySpan<byte> frame) => this.frame = frame;

    public ZapType Type => (ZapType)BinaryPrimitives.ReadUInt16BigEndian(frame);

    /// <summary>Echoed in replies; the bytes as they are.</summary>
    public uint Xid => BinaryPrimitives.ReadUInt32LittleEndian(frame[8..]);

    /// <summary>Echoed in replies; the bytes as they are.</summary>
    public ulong Context => BinaryPrimitives.ReadUInt64LittleEndian(frame[12..]);

    public int Length => frame.Length;

    /// <summary>Connect's and Accepted's connect data, a message, a rejection's words, or what a read gave.</summary>
    public ReadOnlySpan<byte> Content => Type switch
    {
        ZapType.Connect => frame[36..],
        ZapType.SendReceive or ZapType.Accepted or ZapType.Rejected or ZapType.AckAccepted => frame[24..],
        ZapType.Rendezvous => frame[RendezvousHeadBytes..],
        ZapType.ReadReply => frame[ReadReplyHeadBytes..],
        _ => default,
    };

    /// <summary>The four bytes of zap's version in a Connect.</summary>
    public ReadOnlySpan<byte> Version => frame.Slice(20, 4);

    /// <summary>What is offered by a rendezvous, or asked for by a request to read.</summary>
    public ZapMap Map => Type == ZapType.Rendezvous
        ? new ZapMap(BinaryPrimitives.ReadUInt32LittleEndian(frame[20..]), BinaryPrimitives.ReadUInt64BigEndian(frame[28..]), (int)BinaryPrimitives.ReadUInt32BigEndian(frame[36..]))
        : new ZapMap(BinaryPrimitives.ReadUInt32LittleEndian(frame[20..]), BinaryPrimitives.ReadUInt64BigEndian(frame[24..]), (int)BinaryPrimitives.ReadUInt32BigEndian(frame[32..]));

    /// <summary>What a rendezvous allows: 2 to read, 3 to read and write.</summary>
    public uint Access => BinaryPrimitives.ReadUInt32BigEndian(frame[24..]);

    /// <summary>Zap's error of a read; 0 for none.</summary>
    public ushort Status => BinaryPrimitives.ReadUInt16BigEndian(frame[20..]);

    /// <summary>Looks for a message at the begin of what has arrived. Everything that the properties need is there when it is whole.</summary>
    /// <param name="why">What is wrong with a broken one, as the end of a sentence that begins with the peer.</param>
    public static ZapArrival TryRead(ReadOnlySpan<byte> arrived, out ZapFrame frame, out string why)
    {
        frame = default;
        why = "";
        if (arrived.Length < HeadBytes)
        {
            return ZapArrival.Partial;
        }

        var (type, length) = ((ZapType)BinaryPrimitives.ReadUInt16BigEndian(arrived), BinaryPrimitives.ReadUInt32BigEndian(arrived[4..]));
        var least = type switch
        {
            ZapType.Connect => 36u,
            ZapType.SendReceive or ZapType.Accepted or ZapType.Rejected or ZapType.AckAccepted => 24u,
            ZapType.Rendezvous => (uint)RendezvousHeadBytes,
            ZapType.ReadRequest => (uint)ReadRequestBytes,
            ZapType.ReadReply => (uint)ReadReplyHeadBytes,
            _ => uint.MaxValue,
        };
        if (length > MaxBytes || length < least)
        {
            why = least == uint.MaxValue ? $"sent a message of zap's type {(ushort)type}, which nobody should" : $"sent a message of zap's type {(ushort)type} with {length} bytes";
            return ZapArrival.Broken;
        }

        if (arrived.Length < length)
        {
            return ZapArrival.Partial;
        }

        var whole = new ZapFrame(arrived[..(int)length]);
        var told = type switch
        {
            ZapType.Connect => (long)BinaryPrimitives.ReadUInt32BigEndian(arrived[32..]),
            ZapType.SendReceive or ZapType.Accepted or ZapType.Rejected or ZapType.AckAccepted => BinaryPrimitives.ReadUInt32BigEndian(arrived[20..]),
            ZapType.ReadReply => BinaryPrimitives.ReadUInt32BigEndian(arrived[32..]),
            _ => whole.Content.Length,
        };
        if (told != whole.Content.Length || (type is ZapType.Rendezvous or ZapType.ReadRequest && whole.Map.Bytes < 0))
        {
            why = $"sent a message of zap's type {(ushort)type} with {length} bytes that tells of {told}";
            return ZapArrival.Broken;
        }

        frame = whole;
        return ZapArrival.Whole;
    }
}

/// <summary>Writes messages of zap.</summary>
public static class ZapWriter
{
    private static ReadOnlySpan<byte> Version => [1, 3, 1, 0];

    /// <summary>That the other side is of the sock transport.</summary>
    private static ReadOnlySpan<byte> Signature => "SOCKET\0\0"u8;

    /// <summary>The version is that which we speak: real daemons reject every other.</summary>
    public static bool Speaks(ReadOnlySpan<byte> version) => version.SequenceEqual(Version);

    public static void Connect(WireBuffer to, uint xid, ulong context, ReadOnlySpan<byte> connectData)
    {
        Head(to, ZapType.Connect, 36 + connectData.Length, xid, context);
        to.Put(Version);
        to.Put(Signature);
        to.Put32((uint)connectData.Length);
        to.Put(connectData);
    }

    /// <summary>Accepted, Rejected (words with a NUL), AckAccepted (nothing), or SendReceive.</summary>
    public static void Content(WireBuffer to, ZapType type, uint xid, ulong context, ReadOnlySpan<byte> content)
    {
        Head(to, type, 24 + content.Length, xid, context);
        to.Put32((uint)content.Length);
        to.Put(content);
    }

    /// <summary>The head of a SendReceive whose message of so many bytes is put behind it.</summary>
    internal static void SendHead(WireBuffer to, uint xid, ulong context, int bytes)
    {
        Head(to, ZapType.SendReceive, 24 + bytes, xid, context);
        to.Put32((uint)bytes);
    }

    public static void Rendezvous(WireBuffer to, uint xid, ulong context, ZapMap map, uint access, ReadOnlySpan<byte> message)
    {
        Head(to, ZapType.Rendezvous, ZapFrame.RendezvousHeadBytes + message.Length, xid, context);
        to.Native32(map.Key);
        to.Put32(access);
        to.Put64(map.Address);
        to.Put32((uint)map.Bytes);
        to.Put(message);
    }

    public static void ReadRequest(WireBuffer to, uint xid, ulong context, ZapMap map)
    {
        Head(to, ZapType.ReadRequest, ZapFrame.ReadRequestBytes, xid, context);
        to.Native32(map.Key);
        to.Put64(map.Address);
        to.Put32((uint)map.Bytes);
    }

    /// <param name="xid">The request's.</param>
    /// <param name="context">The request's.</param>
    /// <param name="status">0 for good; else zap's error, and no data.</param>
    public static void ReadReply(WireBuffer to, uint xid, ulong context, ushort status, ReadOnlySpan<byte> data)
    {
        ReadReplyHead(to, xid, context, status, data.Length);
        to.Put(data);
    }

    /// <summary>A good reply whose data is still to be put where the span that comes back is.</summary>
    public static Span<byte> ReadReply(WireBuffer to, uint xid, ulong context, int bytes)
    {
        ReadReplyHead(to, xid, context, 0, bytes);
        return to.Take(bytes);
    }

    private static void ReadReplyHead(WireBuffer to, uint xid, ulong context, ushort status, int bytes)
    {
        Head(to, ZapType.ReadReply, ZapFrame.ReadReplyHeadBytes + bytes, xid, context);
        to.Put16(status);
        to.Put16(0);
        to.Put64(0);
        to.Put32((uint)bytes);
    }

    private static void Head(WireBuffer to, ZapType type, int length, uint xid, ulong context)
    {
        to.Put16((ushort)type);
        to.Put16(0);
        to.Put32((uint)length);
        to.Native32(xid);
        to.Native64(context);
    }
}

namespace Understudy.Core.Wire;

/// <summary>What wakes a sleeping network card: six bytes 0xff, then its own address sixteen times, anywhere in a frame (AMD, "Magic Packet Technology",
/// publication 20213). It travels as UDP payload, by convention to port 9 (discard, RFC 863), or alone in a frame.</summary>
public static class MagicPacket
{
    public const int Bytes = SyncBytes + (Times * ArpFrame.MacBytes);

    /// <summary>By convention: nobody listens there, and nobody has to.</summary>
    public const int Port = 9;

    /// <summary>The type of a frame that carries nothing else (Wake-on-LAN in IEEE's list of EtherTypes).</summary>
    public const ushort EtherType = 0x0842;

    /// <summary>Bytes of <see cref="WriteFrame"/>.</summary>
    public const int FrameBytes = FrameHeaderBytes + Bytes;

    private const int SyncBytes = 6, Times = 16, FrameHeaderBytes = 14;

    /// <summary>The 102 bytes for one card.</summary>
    /// <param name="mac">Six bytes, not all 0xff: that would be everybody's.</param>
    public static int Write(Span<byte> into, ReadOnlySpan<byte> mac)
    {
        into[..SyncBytes].Fill(0xff);
        for (var i = 0; i < Times; i++)
        {
            mac[..ArpFrame.MacBytes].CopyTo(into[(SyncBytes + (i * ArpFrame.MacBytes))..]);
        }

        return Bytes;
    }

    /// <summary>A whole Ethernet frame to everybody on the link: what wakes where the sender has no address.</summary>
    /// <param name="own">The address of the card that sends.</param>
    public static int WriteFrame(Span<byte> into, ReadOnlySpan<byte> own, ReadOnlySpan<byte> mac)
    {
        into[..ArpFrame.MacBytes].Fill(0xff);
        own[..ArpFrame.MacBytes].CopyTo(into[ArpFrame.MacBytes..]);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(into[12..], EtherType);
        return FrameHeaderBytes + Write(into[FrameHeaderBytes..], mac);
    }

    /// <summary>Finds the first magic sequence anywhere in some bytes, as a card does.</summary>
    /// <param name="mac">Whom it wakes: six bytes of <paramref name="bytes"/>.</param>
    public static bool TryFind(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> mac)
    {
        for (var at = 0; at + Bytes <= bytes.Length; at++)
        {
            if (bytes.Slice(at, SyncBytes).ContainsAnyExcept((byte)0xff))
            {
                continue;
            }

            mac = bytes.Slice(at + SyncBytes, ArpFrame.MacBytes);
            var same = mac.ContainsAnyExcept((byte)0xff);
            for (var i = 1; same && i < Times; i++)
            {
                same = bytes.Slice(at + SyncBytes + (i * ArpFrame.MacBytes), ArpFrame.MacBytes).SequenceEqual(mac);
            }

            if (same)
            {
                return true;
            }
        }

        mac = default;
        return false;
    }
}

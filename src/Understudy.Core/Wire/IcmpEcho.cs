using System.Buffers.Binary;

namespace Understudy.Core.Wire;

/// <summary>An echo message of ICMP (RFC 792) or ICMPv6 (RFC 4443 section 4), without the IP header.</summary>
public readonly ref struct IcmpEcho
{
    /// <summary>Type, code, checksum, identifier, sequence.</summary>
    public const int HeaderBytes = 8;

    private const byte V4Request = 8, V4Reply = 0, V6Request = 128, V6Reply = 129;

    private IcmpEcho(bool reply, ushort identifier, ushort sequence, ReadOnlySpan<byte> payload)
    {
        Reply = reply;
        Identifier = identifier;
        Sequence = sequence;
        Payload = payload;
    }

    /// <summary>False for a request.</summary>
    public bool Reply { get; }

    /// <summary>Ours on a raw socket; on a ping socket (icmp(7)) the kernel puts the local port here.</summary>
    public ushort Identifier { get; }

    public ushort Sequence { get; }

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Writes a request. ICMPv6's checksum is left 0: its pseudo-header is known to the kernel, which fills it in (RFC 3542 section 3.1).</summary>
    /// <returns>Bytes written: <see cref="HeaderBytes"/> and the payload.</returns>
    public static int WriteRequest(Span<byte> into, bool v6, ushort identifier, ushort sequence, ReadOnlySpan<byte> payload)
    {
        into = into[..(HeaderBytes + payload.Length)];
        into[..HeaderBytes].Clear();
        into[0] = v6 ? V6Request : V4Request;
        BinaryPrimitives.WriteUInt16BigEndian(into[4..], identifier);
        BinaryPrimitives.WriteUInt16BigEndian(into[6..], sequence);
        payload.CopyTo(into[HeaderBytes..]);
        if (!v6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(into[2..], InternetChecksum.Fold(InternetChecksum.Add(0, into)));
        }

        return into.Length;
    }

    /// <summary>Reads an echo request or reply. An IPv4 checksum must be right; IPv6's was checked by the kernel.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, bool v6, out IcmpEcho echo)
    {
        echo = default;
        if (message.Length < HeaderBytes || message[1] != 0)
        {
            return false;
        }

        var reply = message[0] == (v6 ? V6Reply : V4Reply);
        if (!reply && message[0] != (v6 ? V6Request : V4Request))
        {
            return false;
        }

        if (!v6 && InternetChecksum.Fold(InternetChecksum.Add(0, message)) != 0)
        {
            return false;
        }

        echo = new IcmpEcho(
            reply, BinaryPrimitives.ReadUInt16BigEndian(message[4..]), BinaryPrimitives.ReadUInt16BigEndian(message[6..]), message[HeaderBytes..]);
        return true;
    }

    /// <summary>What follows the IPv4 header that a raw IPv4 socket hands out with each message (raw(7)). False when that is not ICMP, or a later fragment.</summary>
    public static bool TrySkipIpv4(ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (packet.Length < 20 || packet[0] >> 4 != 4)
        {
            return false;
        }

        var header = (packet[0] & 0xf) * 4;
        var total = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        var fragment = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x1fff;
        if (header < 20 || total < header || total > packet.Length || fragment != 0 || packet[9] != 1)
        {
            return false;
        }

        message = packet[header..total];
        return true;
    }
}

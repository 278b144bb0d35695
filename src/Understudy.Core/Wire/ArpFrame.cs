using System.Buffers.Binary;

namespace Understudy.Core.Wire;

/// <summary>An ARP message on Ethernet for IPv4 (RFC 826), padded to Ethernet's 60 bytes without check sequence.</summary>
public readonly ref struct ArpFrame
{
    /// <summary>Bytes that the writers fill.</summary>
    public const int Bytes = 60;

    public const int MacBytes = 6;

    /// <summary>ETH_P_ARP, linux/if_ether.h.</summary>
    public const ushort EtherType = 0x0806;

    /// <summary>Opcodes of RFC 826.</summary>
    public const ushort Request = 1, Reply = 2;

    private const int HeaderBytes = 14, MessageBytes = 28;

    private ArpFrame(ushort operation, ReadOnlySpan<byte> message)
    {
        Operation = operation;
        SenderMac = message[8..14];
        Sender = WireAddress.Of(message[14..18]);
        TargetMac = message[18..24];
        Target = WireAddress.Of(message[24..28]);
    }

    public ushort Operation { get; }

    public ReadOnlySpan<byte> SenderMac { get; }

    public WireAddress Sender { get; }

    public ReadOnlySpan<byte> TargetMac { get; }

    public WireAddress Target { get; }

    /// <summary>"I have this address", as a request that nobody answers (ARP Announcement, RFC 5227 section 2.3).</summary>
    public static void WriteAnnouncement(Span<byte> into, ReadOnlySpan<byte> mac, ReadOnlySpan<byte> address) =>
        Write(into, Request, mac, address, [0, 0, 0, 0, 0, 0], address);

    /// <summary>The same as an unasked reply to all: some switches and firewalls learn from replies only.</summary>
    public static void WriteUnaskedReply(Span<byte> into, ReadOnlySpan<byte> mac, ReadOnlySpan<byte> address) =>
        Write(into, Reply, mac, address, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], address);

    /// <summary>"Does anybody have this address?", with no sender address, so that no cache is changed (ARP Probe, RFC 5227 section 2.1.1).</summary>
    public static void WriteProbe(Span<byte> into, ReadOnlySpan<byte> mac, ReadOnlySpan<byte> address) =>
        Write(into, Request, mac, [0, 0, 0, 0], [0, 0, 0, 0, 0, 0], address);

    /// <summary>"Who has this address? Tell me", the ordinary question.</summary>
    public static void WriteQuestion(Span<byte> into, ReadOnlySpan<byte> mac, ReadOnlySpan<byte> own, ReadOnlySpan<byte> asked) =>
        Write(into, Request, mac, own, [0, 0, 0, 0, 0, 0], asked);

    /// <summary>Reads a whole frame. False unless it is ARP for IPv4 over Ethernet.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out ArpFrame arp)
    {
        arp = default;
        if (frame.Length < HeaderBytes + MessageBytes || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != EtherType)
        {
            return false;
        }

        var message = frame[HeaderBytes..];
        if (BinaryPrimitives.ReadUInt64BigEndian(message) >> 16 != 0x0001_0800_0604) // Ethernet, IPv4, lengths 6 and 4
        {
            return false;
        }

        arp = new ArpFrame(BinaryPrimitives.ReadUInt16BigEndian(message[6..]), message);
        return true;
    }

    private static void Write(
        Span<byte> into, ushort operation, ReadOnlySpan<byte> mac, ReadOnlySpan<byte> sender, ReadOnlySpan<byte> targetMac, ReadOnlySpan<byte> target)
    {
        into = into[..Bytes];
        into.Clear();
        for (var i = 0; i < MacBytes; i++)
        {
            into[i] = 0xff; // a loop: Span.Fill is the one method on this path that ReadyToRun leaves to the JIT
        }

        mac.CopyTo(into.Slice(6, MacBytes));
        BinaryPrimitives.WriteUInt16BigEndian(into[12..], EtherType);
        var message = into[HeaderBytes..];
        BinaryPrimitives.WriteUInt64BigEndian(message, (0x0001_0800_0604UL << 16) | operation);
        mac.CopyTo(message.Slice(8, MacBytes));
        sender.CopyTo(message.Slice(14, 4));
        targetMac.CopyTo(message.Slice(18, MacBytes));
        target.CopyTo(message.Slice(24, 4));
    }
}

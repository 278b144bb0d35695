using System.Buffers.Binary;

namespace Understudy.Core.Wire;

/// <summary>An unsolicited neighbour advertisement on Ethernet (RFC 4861 sections 4.4 and 7.2.6): IPv6's "I have this address".</summary>
public readonly ref struct NdpFrame
{
    /// <summary>Ethernet 14, IPv6 40, advertisement 24, target link-layer option 8.</summary>
    public const int Bytes = 86;

    /// <summary>ETH_P_IPV6, linux/if_ether.h.</summary>
    public const ushort EtherType = 0x86dd;

    private const int IpAt = 14, IcmpAt = 54, IcmpBytes = 32, MacBytes = 6;
    private const byte Icmpv6 = 58, NeighbourAdvertisement = 136, TargetLinkLayer = 2, HopLimit = 255;
    private const byte RouterBit = 0x80, SolicitedBit = 0x40, OverrideBit = 0x20;

    private NdpFrame(byte flags, WireAddress target, ReadOnlySpan<byte> mac)
    {
        Router = (flags & RouterBit) != 0;
        Solicited = (flags & SolicitedBit) != 0;
        Override = (flags & OverrideBit) != 0;
        Target = target;
        Mac = mac;
    }

    public bool Router { get; }

    public bool Solicited { get; }

    public bool Override { get; }

    public WireAddress Target { get; }

    /// <summary>The target's link-layer address; empty when the option is missing.</summary>
    public ReadOnlySpan<byte> Mac { get; }

    /// <summary>ff02::1, all nodes of the link.</summary>
    private static ReadOnlySpan<byte> AllNodes => [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    /// <summary>Writes the frame, checksum included. Override is set: the point is to replace what neighbours believe.</summary>
    /// <param name="into">At least <see cref="Bytes"/> long.</param>
    /// <param name="mac">The 6 bytes that shall answer for the address.</param>
    /// <param name="address">The 16 bytes of the address, which is also the sender.</param>
    /// <param name="router">Whether this host forwards: wrong either way costs neighbours their default router or gives them a false one (RFC 4861 section 7.2.5).</param>
    public static void WriteUnsolicited(Span<byte> into, ReadOnlySpan<byte> mac, ReadOnlySpan<byte> address, bool router)
    {
        into = into[..Bytes];
        into.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(into, 0x3333_0000_0001UL << 16); // RFC 2464 section 7: the multicast MAC of ff02::1
        mac[..MacBytes].CopyTo(into[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(into[12..], EtherType);

        var ip = into[IpAt..];
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], IcmpBytes);
        ip[6] = Icmpv6;
        ip[7] = HopLimit; // RFC 4861 section 7.1.2: anything less may have crossed a router and is dropped
        address.CopyTo(ip.Slice(8, 16));
        AllNodes.CopyTo(ip[24..]);

        var icmp = into[IcmpAt..];
        icmp[0] = NeighbourAdvertisement;
        icmp[4] = (byte)(OverrideBit | (router ? RouterBit : 0));
        address.CopyTo(icmp.Slice(8, 16));
        icmp[24] = TargetLinkLayer;
        icmp[25] = 1; // in units of 8 bytes
        mac[..MacBytes].CopyTo(icmp[26..]);
        var sum = InternetChecksum.Ipv6PseudoHeader(address, AllNodes, IcmpBytes, Icmpv6);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], InternetChecksum.Fold(InternetChecksum.Add(sum, icmp)));
    }

    /// <summary>Reads a whole frame. False unless it is a neighbour advertisement that RFC 4861 section 7.1.2 accepts, checksum included.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out NdpFrame advertisement)
    {
        advertisement = default;
        if (frame.Length < IcmpAt + 24 || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != EtherType)
        {
            return false;
        }

        var ip = frame[IpAt..];
        var length = BinaryPrimitives.ReadUInt16BigEndian(ip[4..]);
        if (ip[0] >> 4 != 6 || ip[6] != Icmpv6 || ip[7] != HopLimit || length < 24 || length > frame.Length - IcmpAt)
        {
            return false;
        }

        var icmp = frame.Slice(IcmpAt, length);
        var sum = InternetChecksum.Ipv6PseudoHeader(ip[8..24], ip[24..40], length, Icmpv6);
        if (icmp[0] != NeighbourAdvertisement || icmp[1] != 0 || icmp[8] == 0xff || InternetChecksum.Fold(InternetChecksum.Add(sum, icmp)) != 0)
        {
            return false;
        }

        ReadOnlySpan<byte> mac = default;
        for (var options = icmp[24..]; !options.IsEmpty;)
        {
            var size = options.Length < 2 ? 0 : options[1] * 8;
            if (size == 0 || size > options.Length)
            {
                return false;
            }

            if (options[0] == TargetLinkLayer)
            {
                mac = options[2..8];
            }

            options = options[size..];
        }

        advertisement = new NdpFrame(icmp[4], WireAddress.Of(icmp[8..24]), mac);
        return true;
    }
}

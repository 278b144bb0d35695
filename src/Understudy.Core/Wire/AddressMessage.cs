using System.Runtime.InteropServices;

namespace Understudy.Core.Wire;

/// <summary>The address that a message is about.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AddressSubject(int Index, WireAddress Address, int PrefixLength);

/// <summary>Where in a buffer the parts of an RTM_NEWADDR or RTM_DELADDR are that change from one use to the next.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AddressMessagePlaces(int Start, int End, int Lifetimes)
{
    /// <summary>nlmsg_seq and ifa_index by their offsets in struct nlmsghdr and struct ifaddrmsg.</summary>
    public int Sequence => Start + 8;

    public int Index => Start + NetlinkWriter.HeaderBytes + 4;
}

/// <summary>An address of an interface as rtnetlink tells it (rtnetlink(7), <c>linux/if_addr.h</c>).</summary>
[StructLayout(LayoutKind.Auto)]
public readonly ref struct AddressMessage
{
    /// <summary>Bytes of struct ifaddrmsg.</summary>
    public const int BodyBytes = 8;

    /// <summary>Most bytes one message that we build takes: header, body, IFA_LOCAL, IFA_ADDRESS, IFA_FLAGS, IFA_PROTO, IFA_CACHEINFO.</summary>
    public const int MaxBytes = NetlinkWriter.HeaderBytes + BodyBytes + 20 + 20 + 8 + 8 + 20;

    /// <summary>A lifetime without end (INFINITY_LIFE_TIME).</summary>
    public const uint Forever = 0xffffffff;

    /// <summary>
    /// Our IFA_PROTO (since Linux 5.18): who set the address. The kernel itself uses 1..3 (linux/if_addr.h), keepalived 18;
    /// 0x55 = 85 is not in iproute2's rt_addrprotos, nor in its rt_protos, whose numbers others borrow (ovn 84, openr 99).
    /// </summary>
    public const byte OwnProtocol = 0x55;

    /// <summary>IFA_F_NODAD, IFA_F_DEPRECATED, IFA_F_TENTATIVE, IFA_F_PERMANENT, IFA_F_NOPREFIXROUTE.</summary>
    public const uint NoDad = 0x02, Deprecated = 0x20, Tentative = 0x40, Permanent = 0x80, NoPrefixRoute = 0x200;

    private const ushort IfaAddress = 1, IfaLocal = 2, IfaCacheinfo = 6, IfaFlags = 8, IfaProto = 11;

    private AddressMessage(AddressSubject subject, uint flags, byte protocol, uint valid, uint preferred)
    {
        Subject = subject;
        Flags = flags;
        Protocol = protocol;
        ValidSeconds = valid;
        PreferredSeconds = preferred;
    }

    public AddressSubject Subject { get; }

    public uint Flags { get; }

    /// <summary>Who set it; 0 when unsaid (older kernels, most programs).</summary>
    public byte Protocol { get; }

    /// <summary>Seconds left; <see cref="Forever"/> also when the kernel says nothing.</summary>
    public uint ValidSeconds { get; }

    public uint PreferredSeconds { get; }

    /// <summary>
    /// Orders the address, or refreshes it where it is. No prefix route: a second /24 would add a second connected route. No
    /// duplicate address detection: it would hold an IPv6 address back for 1-2 s. An IPv6 address is deprecated from the start
    /// (preferred 0), so that it is never chosen as a source.
    /// </summary>
    public static AddressMessagePlaces WriteAdd(ref NetlinkWriter writer, in AddressSubject subject, uint validSeconds)
    {
        Span<byte> address = stackalloc byte[16];
        Begin(
            ref writer, RouteMessage.NewAddress, RouteMessage.Request | RouteMessage.Ack | RouteMessage.Create | RouteMessage.Replace, subject,
            address[..subject.Address.Write(address)]);
        _ = writer.Attribute(IfaFlags, NoPrefixRoute | (subject.Address.IsV6 ? NoDad : 0));
        Span<byte> one = [OwnProtocol];
        _ = writer.Attribute(IfaProto, one);
        Span<byte> lifetimes = stackalloc byte[16]; // struct ifa_cacheinfo: preferred, valid, and two stamps that only the kernel sets
        lifetimes.Clear();
        WriteLifetimes(lifetimes, subject.Address.IsV6, validSeconds);
        var start = writer.Start;
        var places = writer.Attribute(IfaCacheinfo, lifetimes);
        return new AddressMessagePlaces(start, writer.Length, places);
    }

    /// <summary>Patches the lifetimes of a message that is already built.</summary>
    public static void WriteLifetimes(Span<byte> cacheInfo, bool v6, uint validSeconds)
    {
        MemoryMarshal.Write(cacheInfo, v6 ? 0 : validSeconds);
        MemoryMarshal.Write(cacheInfo[4..], validSeconds);
    }

    /// <summary>Orders the address away.</summary>
    public static AddressMessagePlaces WriteRemove(ref NetlinkWriter writer, in AddressSubject subject)
    {
        Span<byte> address = stackalloc byte[16];
        Begin(ref writer, RouteMessage.DelAddress, RouteMessage.Request | RouteMessage.Ack, subject, address[..subject.Address.Write(address)]);
        return new AddressMessagePlaces(writer.Start, writer.Length, -1);
    }

    /// <summary>Asks for all addresses of a family; of one interface only where the socket has strict checking on.</summary>
    public static void WriteDump(ref NetlinkWriter writer, byte family, int index)
    {
        writer.Begin(RouteMessage.GetAddress, RouteMessage.Request | RouteMessage.Dump, 0);
        Span<byte> body = stackalloc byte[BodyBytes];
        body.Clear();
        body[0] = family;
        MemoryMarshal.Write(body[4..], index);
        writer.Body(body);
    }

    /// <summary>Reads the body of an RTM_NEWADDR or RTM_DELADDR. False when it is truncated or names no address.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out AddressMessage message)
    {
        message = default;
        if (body.Length < BodyBytes)
        {
            return false;
        }

        var size = body[0] switch { RouteMessage.Ipv4 => 4, RouteMessage.Ipv6 => 16, _ => 0 };
        uint flags = body[2], valid = Forever, preferred = Forever;
        byte protocol = 0;
        WireAddress local = default, address = default;
        var attributes = new AttributeReader(body[BodyBytes..]);
        while (attributes.Next(out var type, out var value))
        {
            switch (type)
            {
                case IfaLocal when value.Length == size:
                    local = WireAddress.Of(value);
                    break;
                case IfaAddress when value.Length == size:
                    address = WireAddress.Of(value);
                    break;
                case IfaFlags when value.Length >= 4:
                    flags = MemoryMarshal.Read<uint>(value);
                    break;
                case IfaProto when value.Length >= 1:
                    protocol = value[0];
                    break;
                case IfaCacheinfo when value.Length >= 8:
                    preferred = MemoryMarshal.Read<uint>(value);
                    valid = MemoryMarshal.Read<uint>(value[4..]);
                    break;
            }
        }

        // On a point-to-point link IFA_ADDRESS is the peer's; without IFA_LOCAL (IPv6) it is the interface's own.
        var own = local.Length > 0 ? local : address;
        if (attributes.Refused || own.Length == 0)
        {
            return false;
        }

        message = new AddressMessage(new AddressSubject(MemoryMarshal.Read<int>(body[4..]), own, body[1]), flags, protocol, valid, preferred);
        return true;
    }

    private static void Begin(ref NetlinkWriter writer, ushort type, ushort flags, in AddressSubject subject, scoped ReadOnlySpan<byte> address)
    {
        writer.Begin(type, flags, 0);
        Span<byte> body = stackalloc byte[BodyBytes];
        body.Clear();
        body[0] = subject.Address.IsV6 ? RouteMessage.Ipv6 : RouteMessage.Ipv4;
        body[1] = (byte)subject.PrefixLength;
        MemoryMarshal.Write(body[4..], subject.Index);
        writer.Body(body);
        _ = writer.Attribute(IfaLocal, address);
        _ = writer.Attribute(IfaAddress, address);
    }
}

using System.Runtime.InteropServices;

namespace Understudy.Core.Wire;

/// <summary>An interface as rtnetlink tells it (rtnetlink(7), <c>linux/if_link.h</c>).</summary>
public readonly ref struct LinkMessage
{
    /// <summary>Bytes of struct ifinfomsg.</summary>
    public const int BodyBytes = 16;

    /// <summary>ARPHRD_ETHER: a link with 6-byte addresses and ARP (linux/if_arp.h).</summary>
    public const ushort Ethernet = 1;

    // linux/if.h
    private const uint IffUp = 1, IffLowerUp = 0x10000;
    private const ushort IflaAddress = 1, IflaIfname = 3, IflaOperstate = 16;

    private LinkMessage(int index, ushort hardwareType, uint flags, byte operationalState, ReadOnlySpan<byte> name, ReadOnlySpan<byte> address)
    {
        Index = index;
        HardwareType = hardwareType;
        Flags = flags;
        OperationalState = operationalState;
        Name = name;
        Address = address;
    }

    public int Index { get; }

    public ushort HardwareType { get; }

    public uint Flags { get; }

    /// <summary>RFC 2863's ifOperStatus as <c>linux/if.h</c> counts it: 0 unknown, 2 down, 3 lower layer down, 5 dormant, 6 up.</summary>
    public byte OperationalState { get; }

    /// <summary>The interface's name in bytes, without the closing zero; at most 15.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The hardware address; 6 bytes on Ethernet.</summary>
    public ReadOnlySpan<byte> Address { get; }

    /// <summary>The operator wants it up (IFF_UP).</summary>
    public bool Up => (Flags & IffUp) != 0;

    /// <summary>The lower layer is there: carrier (IFF_LOWER_UP).</summary>
    public bool Carrier => (Flags & IffLowerUp) != 0;

    /// <summary>Asks for one interface by name.</summary>
    public static void WriteGet(ref NetlinkWriter writer, ReadOnlySpan<byte> name)
    {
        writer.Begin(RouteMessage.GetLink, RouteMessage.Request, 0);
        Span<byte> body = stackalloc byte[BodyBytes];
        body.Clear();
        writer.Body(body);
        Span<byte> closed = stackalloc byte[16]; // IFNAMSIZ
        closed.Clear();
        name.CopyTo(closed[..15]);
        _ = writer.Attribute(IflaIfname, closed[..(name.Length + 1)]);
    }

    public static void WriteDump(ref NetlinkWriter writer)
    {
        writer.Begin(RouteMessage.GetLink, RouteMessage.Request | RouteMessage.Dump, 0);
        Span<byte> body = stackalloc byte[BodyBytes];
        body.Clear();
        writer.Body(body);
    }

    /// <summary>Reads the body of an RTM_NEWLINK or RTM_DELLINK. False when it is truncated.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out LinkMessage message)
    {
        message = default;
        if (body.Length < BodyBytes)
        {
            return false;
        }

        byte state = 0;
        ReadOnlySpan<byte> name = default, address = default;
        var attributes = new AttributeReader(body[BodyBytes..]);
        while (attributes.Next(out var type, out var value))
        {
            switch (type)
            {
                case IflaIfname:
                    name = value.TrimEnd((byte)0);
                    break;
                case IflaAddress:
                    address = value;
                    break;
                case IflaOperstate when value.Length >= 1:
                    state = value[0];
                    break;
            }
        }

        if (attributes.Refused)
        {
            return false;
        }

        message = new LinkMessage(
            MemoryMarshal.Read<int>(body[4..]), MemoryMarshal.Read<ushort>(body[2..]), MemoryMarshal.Read<uint>(body[8..]), state, name, address);
        return true;
    }
}

using System.Runtime.InteropServices;

namespace Understudy.Core.Wire;

/// <summary>One netlink message in a buffer.</summary>
public readonly ref struct NetlinkMessage(ushort type, ushort flags, uint sequence, ReadOnlySpan<byte> body)
{
    public ushort Type { get; } = type;

    public ushort Flags { get; } = flags;

    public uint Sequence { get; } = sequence;

    /// <summary>All that follows the header.</summary>
    public ReadOnlySpan<byte> Body { get; } = body;
}

/// <summary>Reads netlink messages out of what one receive gave. Any bytes are parsed or refused; nothing is read past the end.</summary>
public ref struct NetlinkReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    /// <summary>True once a message was refused: shorter than its header, or longer than what is left.</summary>
    public bool Refused { get; private set; }

    public bool Next(out NetlinkMessage message)
    {
        message = default;
        if (rest.IsEmpty || Refused)
        {
            return false;
        }

        if (rest.Length < NetlinkWriter.HeaderBytes)
        {
            Refused = true;
            return false;
        }

        var length = MemoryMarshal.Read<uint>(rest);
        if (length < NetlinkWriter.HeaderBytes || length > (uint)rest.Length)
        {
            Refused = true;
            return false;
        }

        message = new NetlinkMessage(
            MemoryMarshal.Read<ushort>(rest[4..]),
            MemoryMarshal.Read<ushort>(rest[6..]),
            MemoryMarshal.Read<uint>(rest[8..]),
            rest[NetlinkWriter.HeaderBytes..(int)length]);
        rest = rest[Math.Min(NetlinkWriter.Align((int)length), rest.Length)..];
        return true;
    }
}

/// <summary>Reads the attributes that follow a message's fixed part.</summary>
public ref struct AttributeReader(ReadOnlySpan<byte> bytes)
{
    // NLA_F_NESTED and NLA_F_NET_BYTEORDER share the 16 bits with the type (linux/netlink.h, NLA_TYPE_MASK).
    private const ushort TypeMask = 0x3fff;

    private ReadOnlySpan<byte> rest = bytes;

    /// <summary>True once an attribute was refused: shorter than its header, or longer than what is left.</summary>
    public bool Refused { get; private set; }

    public bool Next(out ushort type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        if (rest.IsEmpty || Refused)
        {
            return false;
        }

        var length = rest.Length < 4 ? 0 : MemoryMarshal.Read<ushort>(rest);
        if (length < 4 || length > rest.Length)
        {
            Refused = true;
            return false;
        }

        type = (ushort)(MemoryMarshal.Read<ushort>(rest[2..]) & TypeMask);
        value = rest[4..length];
        rest = rest[Math.Min(NetlinkWriter.Align(length), rest.Length)..];
        return true;
    }
}

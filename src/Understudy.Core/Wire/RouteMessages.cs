using System.Runtime.InteropServices;

namespace Understudy.Core.Wire;

/// <summary>Numbers of <c>linux/netlink.h</c> and <c>linux/rtnetlink.h</c>.</summary>
public static class RouteMessage
{
    public const ushort Error = 2, Done = 3, Overrun = 4;
    public const ushort NewLink = 16, DelLink = 17, GetLink = 18, NewAddress = 20, DelAddress = 21, GetAddress = 22;

    /// <summary>NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP (ROOT and MATCH), NLM_F_REPLACE, NLM_F_CREATE.</summary>
    public const ushort Request = 1, Ack = 4, Dump = 0x300, Replace = 0x100, Create = 0x400;

    /// <summary>NLM_F_DUMP_INTR: the dump was overtaken by a change and must be asked for again.</summary>
    public const ushort DumpInterrupted = 0x10;

    /// <summary>RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR.</summary>
    public const uint LinkGroup = 1, Ipv4AddressGroup = 0x10, Ipv6AddressGroup = 0x100;

    /// <summary>AF_INET, AF_INET6 as these messages name them.</summary>
    public const byte Ipv4 = 2, Ipv6 = 10;
}

/// <summary>What a NLMSG_ERROR says; an error of 0 is an acknowledgement.</summary>
public readonly ref struct NetlinkAnswer
{
    // NLM_F_CAPPED, NLM_F_ACK_TLVS, NLMSGERR_ATTR_MSG of linux/netlink.h.
    private const ushort Capped = 0x100, Tlvs = 0x200, MessageAttribute = 1;

    private NetlinkAnswer(int error, ReadOnlySpan<byte> text)
    {
        Error = error;
        Text = text;
    }

    /// <summary>0, or <c>-errno</c>.</summary>
    public int Error { get; }

    /// <summary>The kernel's own words in ASCII, without the closing zero; often empty.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Reads the body of a message of type <see cref="RouteMessage.Error"/>.</summary>
    public static bool TryRead(in NetlinkMessage message, out NetlinkAnswer answer)
    {
        answer = default;
        var body = message.Body;
        if (message.Type != RouteMessage.Error || body.Length < 4 + NetlinkWriter.HeaderBytes)
        {
            return false;
        }

        var error = MemoryMarshal.Read<int>(body);
        ReadOnlySpan<byte> text = default;
        if ((message.Flags & Tlvs) != 0)
        {
            // The request's payload is repeated before the attributes unless the kernel says that it left it out.
            var asked = MemoryMarshal.Read<uint>(body[4..]);
            var skip = (message.Flags & Capped) != 0 ? NetlinkWriter.HeaderBytes : (long)asked;
            if (skip >= NetlinkWriter.HeaderBytes && 4 + ((skip + 3) & ~3L) <= body.Length)
            {
                var attributes = new AttributeReader(body[(int)(4 + ((skip + 3) & ~3L))..]);
                while (attributes.Next(out var type, out var value))
                {
                    if (type == MessageAttribute)
                    {
                        text = value.TrimEnd((byte)0);
                    }
                }
            }
        }

        answer = new NetlinkAnswer(error, text);
        return true;
    }
}

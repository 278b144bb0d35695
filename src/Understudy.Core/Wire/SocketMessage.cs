using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Understudy.Core.Wire;

/// <summary>One socket of TCP as the kernel tells it (sock_diag(7), <c>linux/inet_diag.h</c>), and the question for those of one local address.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SocketMessage
{
    /// <summary>SOCK_DIAG_BY_FAMILY, linux/sock_diag.h: the type of the question, and of each answer.</summary>
    public const ushort Type = 20;

    /// <summary>Bytes of a question for an IPv6 address, the longest.</summary>
    public const int MaxBytes = NetlinkWriter.HeaderBytes + RequestBytes + 4 + ConditionBytes + 16;

    /// <summary>
    /// Every state in which an end of a connection is still in use, one bit each (include/net/tcp_states.h). Left out are TIME_WAIT (6), which only
    /// keeps a port from being used again, CLOSE (7), and LISTEN (10). NEW_SYN_RECV (12) is a connection that is being accepted.
    /// </summary>
    public const uint InUse = (1u << 1) | (1u << 2) | (1u << 3) | (1u << 4) | (1u << 5) | (1u << 8) | (1u << 9) | (1u << 11) | (1u << 12);

    private const int RequestBytes = 56, AnswerBytes = 72;      // struct inet_diag_req_v2, struct inet_diag_msg
    private const int ConditionBytes = 4 + 8;                   // struct inet_diag_bc_op, struct inet_diag_hostcond
    private const byte Tcp = 6;                                 // IPPROTO_TCP
    private const ushort ByteCode = 1;                          // INET_DIAG_REQ_BYTECODE
    private const byte LocalCondition = 7;                      // INET_DIAG_BC_S_COND
    private const int AnyPort = -1;

    private SocketMessage(byte state, WireAddress local, ushort localPort, WireAddress remote, ushort remotePort)
    {
        State = state;
        Local = local;
        LocalPort = localPort;
        Remote = remote;
        RemotePort = remotePort;
    }

    /// <summary>A number of include/net/tcp_states.h: 1 is ESTABLISHED.</summary>
    public byte State { get; }

    /// <summary>Our end. A v4 address in a socket of IPv6 (RFC 4291 section 2.5.5.2) is told as the v4 address that it is.</summary>
    public WireAddress Local { get; }

    public ushort LocalPort { get; }

    public WireAddress Remote { get; }

    public ushort RemotePort { get; }

    /// <summary>
    /// Asks for the TCP sockets of one family whose local end is this address. The kernel chooses: one condition in its own byte code, which also finds a v4
    /// address in sockets of IPv6. Servers that listen on both families have such, so a v4 address wants a question to each.
    /// </summary>
    /// <param name="family"><see cref="RouteMessage.Ipv4"/> or <see cref="RouteMessage.Ipv6"/>: of the sockets, not of the address.</param>
    /// <param name="states">One bit for each state, as <see cref="InUse"/>.</param>
    public static void WriteDump(ref NetlinkWriter writer, byte family, in WireAddress local, uint states)
    {
        writer.Begin(Type, RouteMessage.Request | RouteMessage.Dump, sequence: 0);
        Span<byte> request = stackalloc byte[RequestBytes];
        request.Clear();
        request[0] = family;
        request[1] = Tcp;
        MemoryMarshal.Write(request[4..], states);
        writer.Body(request);

        // One operation: true goes to its end, which accepts; false goes 4 past it, which refuses (inet_diag_bc_run).
        Span<byte> code = stackalloc byte[ConditionBytes + 16];
        code = code[..(ConditionBytes + local.Length)];
        code.Clear();
        code[0] = LocalCondition;
        code[1] = (byte)code.Length;
        MemoryMarshal.Write(code[2..], (ushort)(code.Length + 4));
        code[4] = local.IsV6 ? RouteMessage.Ipv6 : RouteMessage.Ipv4;
        code[5] = (byte)(local.Length * 8);
        MemoryMarshal.Write(code[8..], AnyPort);
        _ = local.Write(code[ConditionBytes..]);
        _ = writer.Attribute(ByteCode, code);
    }

    /// <summary>Reads the body of an answer. False when it is cut off, or of neither family.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out SocketMessage socket)
    {
        socket = default;
        if (body.Length < AnswerBytes || body[0] is not (RouteMessage.Ipv4 or RouteMessage.Ipv6))
        {
            return false;
        }

        // struct inet_diag_sockid, in network order, from the fourth byte: ports, source, destination.
        socket = new SocketMessage(
            body[1],
            Address(body[0], body.Slice(8, 16)),
            BinaryPrimitives.ReadUInt16BigEndian(body[4..]),
            Address(body[0], body.Slice(24, 16)),
            BinaryPrimitives.ReadUInt16BigEndian(body[6..]));
        return true;
    }

    private static WireAddress Address(byte family, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
        return family == RouteMessage.Ipv4 ? WireAddress.Of(bytes[..4])
            : bytes.StartsWith(mapped) ? WireAddress.Of(bytes[12..])
            : WireAddress.Of(bytes);
    }
}

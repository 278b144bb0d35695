using System.Buffers.Binary;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Wire;
using Xunit;

namespace Understudy.Tests.Wire;

public sealed class SocketMessageTests
{
    /// <summary>Written out by hand from struct nlmsghdr, inet_diag_req_v2, inet_diag_bc_op and inet_diag_hostcond, on a little-endian host.</summary>
    private const string KnownQuestion =
        "5C000000" + "1400" + "0103" + "00000000" + "00000000" // length 92, SOCK_DIAG_BY_FAMILY, REQUEST|DUMP
        + "0A060000" + "3E1B0000" // AF_INET6, IPPROTO_TCP; states 1-5, 8, 9, 11, 12
        + "000000000000000000000000000000000000000000000000" + "000000000000000000000000000000000000000000000000" // any socket
        + "14000100" + "07101400" // INET_DIAG_REQ_BYTECODE: S_COND, yes 16, no 20
        + "02200000" + "FFFFFFFF" + "0A630064"; // AF_INET, /32, any port, the address

    [Fact]
    public void A_question_for_connections_to_an_address_is_these_bytes()
    {
        var buffer = new byte[SocketMessage.MaxBytes];
        var writer = new NetlinkWriter(buffer);
        SocketMessage.WriteDump(ref writer, RouteMessage.Ipv6, WireAddress.Of(IPAddress.Parse("10.99.0.100")), SocketMessage.InUse);
        Assert.Equal(KnownQuestion, Convert.ToHexString(buffer.AsSpan(0, writer.Length)));
    }

    [Fact]
    public void A_question_for_an_ipv6_address_is_the_longest()
    {
        var buffer = new byte[SocketMessage.MaxBytes];
        var writer = new NetlinkWriter(buffer);
        SocketMessage.WriteDump(ref writer, RouteMessage.Ipv6, WireAddress.Of(IPAddress.Parse("fd00:99::100")), SocketMessage.InUse);
        Assert.Equal(SocketMessage.MaxBytes, writer.Length);
    }

    [Fact]
    public void Neither_a_listener_nor_what_is_over_is_asked_for()
    {
        foreach (var over in new[] { 6, 7, 10 })
        {
            Assert.Equal(0u, SocketMessage.InUse & (1u << over));
        }

        Assert.Equal(0u, SocketMessage.InUse & 1u);
    }

    [Fact]
    public void What_the_kernel_says_is_read() => Prop.ForAll<byte[], byte, bool>((seed, state, v6) =>
    {
        byte[] ends = [.. seed.Concat(new byte[36]).Take(36)];
        var body = new byte[72 + (seed.Length % 5)];
        body[0] = v6 ? RouteMessage.Ipv6 : RouteMessage.Ipv4;
        body[1] = state;
        ends.CopyTo(body, 4);
        var bytes = v6 ? 16 : 4;
        return SocketMessage.TryRead(body, out var socket)
            && socket.State == state
            && socket.LocalPort == BinaryPrimitives.ReadUInt16BigEndian(ends) && socket.RemotePort == BinaryPrimitives.ReadUInt16BigEndian(ends.AsSpan(2))
            && Same(socket.Local, ends.AsSpan(4, bytes)) && Same(socket.Remote, ends.AsSpan(20, bytes));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_v4_address_in_a_socket_of_ipv6_is_that_v4_address()
    {
        var body = new byte[72];
        body[0] = RouteMessage.Ipv6;
        IPAddress.Parse("::ffff:10.99.0.100").GetAddressBytes().CopyTo(body, 8);
        Assert.True(SocketMessage.TryRead(body, out var socket));
        Assert.Equal(WireAddress.Of(IPAddress.Parse("10.99.0.100")), socket.Local);
    }

    [Fact]
    public void Any_bytes_are_read_or_refused() => Prop.ForAll<byte[]>(seed =>
    {
        for (var length = 0; length < 80; length++)
        {
            byte[] body = [.. seed.Concat(new byte[80]).Take(length)];
            foreach (byte family in new byte[] { 0, RouteMessage.Ipv4, RouteMessage.Ipv6, 255 })
            {
                if (length > 0)
                {
                    body[0] = family;
                }

                if (SocketMessage.TryRead(body, out _) != (length >= 72 && (family is RouteMessage.Ipv4 or RouteMessage.Ipv6)))
                {
                    return false;
                }
            }
        }

        return true;
    }).QuickCheckThrowOnFailure();

    private static bool Same(WireAddress address, ReadOnlySpan<byte> bytes) =>
        address == WireAddress.Of(bytes) || (new IPAddress(bytes) is { IsIPv4MappedToIPv6: true } mapped && address == WireAddress.Of(mapped.MapToIPv4()));
}

using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Understudy.Linux.Interop;
using Xunit;

namespace Understudy.Tests.Interop;

/// <summary>The kernel's structures on a 64-bit Linux; the numbers are those that a C compiler gives for sizeof and offsetof.</summary>
public sealed class LayoutTests
{
    [Fact]
    public void Structures_are_as_the_kernel_has_them()
    {
        Assert.Equal(16, Unsafe.SizeOf<Time.TimeSpec>());
        Assert.Equal(32, Unsafe.SizeOf<SysTimerfd.ITimerSpec>());
        Assert.Equal(16, Offset<SysTimerfd.ITimerSpec>(nameof(SysTimerfd.ITimerSpec.Value)));
        Assert.Equal(16, Unsafe.SizeOf<SysSocket.IoVec>());
        Assert.Equal(56, Unsafe.SizeOf<SysSocket.MsgHdr>());
        Assert.Equal(16, Offset<SysSocket.MsgHdr>(nameof(SysSocket.MsgHdr.Vectors)));
        Assert.Equal(24, Offset<SysSocket.MsgHdr>(nameof(SysSocket.MsgHdr.VectorCount)));
        Assert.Equal(32, Offset<SysSocket.MsgHdr>(nameof(SysSocket.MsgHdr.Control)));
        Assert.Equal(40, Offset<SysSocket.MsgHdr>(nameof(SysSocket.MsgHdr.ControlLength)));
        Assert.Equal(48, Offset<SysSocket.MsgHdr>(nameof(SysSocket.MsgHdr.Flags)));
        Assert.Equal(16, Unsafe.SizeOf<SysSocket.CMsgHdr>());
        Assert.Equal(8, Offset<SysSocket.CMsgHdr>(nameof(SysSocket.CMsgHdr.Level)));
        Assert.Equal(12, Unsafe.SizeOf<SysSocket.UCred>());
        Assert.Equal(20, Unsafe.SizeOf<SysSocket.SockAddrLl>());
        Assert.Equal(12, Offset<SysSocket.SockAddrLl>(nameof(SysSocket.SockAddrLl.Address)));
        Assert.Equal(4, Offset<SysSocket.SockAddrLl>(nameof(SysSocket.SockAddrLl.Index)));
        Assert.Equal(10, Offset<SysSocket.SockAddrLl>(nameof(SysSocket.SockAddrLl.PacketType)));
        Assert.Equal(12, Unsafe.SizeOf<SysSocket.SockAddrNl>());
        Assert.Equal(8, Unsafe.SizeOf<SysSocket.SockFilter>());
        Assert.Equal(16, Unsafe.SizeOf<SysSocket.SockFprog>());
        Assert.Equal(8, Offset<SysSocket.SockFprog>(nameof(SysSocket.SockFprog.Filter)));
        Assert.Equal(48, Unsafe.SizeOf<Sched.SchedAttr>());
        Assert.Equal(24, Offset<Sched.SchedAttr>(nameof(Sched.SchedAttr.Runtime)));
        Assert.Equal(8, Unsafe.SizeOf<SysEpoll.PollFd>());
        Assert.Equal(6, Offset<SysEpoll.PollFd>(nameof(SysEpoll.PollFd.Happened)));
        Assert.Equal(28, Unsafe.SizeOf<SockAddress>());
        Assert.Equal(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? (12, 4) : (16, 8), (SysEpoll.EventBytes, SysEpoll.TagOffset));
    }

    [Theory]
    [InlineData("10.99.0.1", 1291, "0200050B0A630001000000000000000000000000000000000000000000000000")]
    [InlineData("fd00:99::1", 1291, "0A00050B00000000FD0000990000000000000000000000010000000000000000")]
    [InlineData("fe80::1%3", 80, "0A00005000000000FE8000000000000000000000000000010300000000000000")]
    public void A_socket_address_is_these_bytes(string address, int port, string expected)
    {
        var value = SockAddress.Of(IPAddress.Parse(address), port);
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<SockAddress>(in value));
        Assert.Equal(expected[..56], Convert.ToHexString(bytes));
        Assert.Equal((IPAddress.Parse(address), port), (value.ToAddress(), value.Port));
        Assert.Equal(SockAddress.Of(IPAddress.Parse(address), 7), value.WithPort(7));
        Assert.NotEqual(value, value.WithPort(7));
    }

    private static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);
}

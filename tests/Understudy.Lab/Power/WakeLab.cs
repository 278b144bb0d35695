using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Understudy.Core.Wire;
using Understudy.Lab.Addresses;
using Understudy.Linux.Power;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>Magic packets on a wire.</summary>
public sealed class WakeLab
{
    [Fact]
    public void Who_sleeps_on_a_link_of_ours_hears_its_own_address()
    {
        using var wires = new Wires();
        using var ear = wires.There(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
            socket.Bind(new IPEndPoint(IPAddress.Any, MagicPacket.Port));
            return socket;
        });

        var sent = wires.Here(() => WakePerformer.Wake(PhysicalAddress.Parse("52:54:00:12:34:56")));

        Assert.Equal([("10.99.0.255", null)], sent.Select(s => (s.To.ToString(), s.Why)));
        var room = new byte[2000];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        var length = ear.ReceiveFrom(room, ref from);
        Assert.Equal("10.99.0.1", ((IPEndPoint)from).Address.ToString());
        Assert.True(MagicPacket.TryFind(room.AsSpan(0, length), out var mac));
        Assert.Equal("525400123456", Convert.ToHexString(mac));
    }

    /// <summary>Two devices in networks of their own, and one of them down: the other's packet leaves, and the lost one is told.</summary>
    [Fact]
    public void Each_link_has_its_packet_and_one_that_is_down_is_told()
    {
        using var wires = new Wires();
        _ = wires.IpHere("link add spare type veth peer name other");
        _ = wires.IpHere("link set other up");
        _ = wires.IpHere("address add 10.98.0.1/24 dev spare");
        var down = wires.Here(() => WakePerformer.Wake(PhysicalAddress.Parse("52:54:00:12:34:56")));
        Assert.NotNull(Assert.Single(down, s => s.To.ToString() == "10.98.0.255").Why);
        Assert.Null(Assert.Single(down, s => s.To.ToString() == "10.99.0.255").Why);
        _ = wires.IpHere("link set spare up");
        Assert.Equal(["10.98.0.255"], wires.Here(() => WakePerformer.Wake(PhysicalAddress.Parse("52:54:00:12:34:56"), "spare")).Select(s => s.To.ToString()));
        Assert.Empty(wires.Here(() => WakePerformer.Wake(PhysicalAddress.Parse("52:54:00:12:34:56"), "nothing")));
        Assert.Null(Assert.Single(wires.Here(() => WakePerformer.Wake(PhysicalAddress.Parse("52:54:00:12:34:56"))), s => s.To.ToString() == "10.98.0.255").Why);
    }

    [Fact]
    public void Without_a_link_nothing_is_sent_and_that_is_seen()
    {
        using var wires = new Wires();
        _ = wires.IpHere("address flush dev here");
        Assert.Empty(wires.Here(() => WakePerformer.Wake(PhysicalAddress.Parse("52:54:00:12:34:56"))));
        Assert.Throws<ArgumentException>(() => WakePerformer.Wake(new PhysicalAddress(new byte[8])));
    }
}

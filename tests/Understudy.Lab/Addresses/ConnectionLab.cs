using System.Net;
using System.Net.Sockets;
using Understudy.Core.Wire;
using Understudy.Linux.Addresses;
using Xunit;

namespace Understudy.Lab.Addresses;

/// <summary>Whether somebody is connected, asked of a real kernel with real connections.</summary>
public sealed class ConnectionLab : IDisposable
{
    private static readonly WireAddress[] s_ours = [WireAddress.Of(IPAddress.Parse("10.99.0.1")), WireAddress.Of(IPAddress.Parse("fd00:99::1"))];
    private readonly Wires wires = new();

    public void Dispose() => wires.Dispose();

    [Theory]
    [InlineData("0.0.0.0", "10.99.0.1")]
    [InlineData("::", "10.99.0.1")]      // a server of both families: its connection is a socket of IPv6
    [InlineData("::", "fd00:99::1")]
    public void A_connection_is_seen_from_its_first_moment_to_its_last_and_a_listener_is_none(string listens, string address)
    {
        using var server = wires.Here(() => Listen(IPAddress.Parse(listens)));
        Assert.Equal(0, Asked());
        using (var client = wires.There(() => Connect(address, ((IPEndPoint)server.LocalEndPoint!).Port)))
        {
            Assert.Equal(1, Asked());
            using var accepted = server.Accept();
            Assert.Equal(1, Asked());
            client.Close();
            Assert.Equal(1, Asked());      // half closed: our end still has it (CLOSE_WAIT)
            accepted.Close();
        }

        _ = Wires.Until(() => Asked() == 0, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void What_only_waits_out_its_time_is_not_a_connection()
    {
        using var server = wires.Here(() => Listen(IPAddress.Any));
        using var client = wires.There(() => Connect("10.99.0.1", ((IPEndPoint)server.LocalEndPoint!).Port));
        using (server.Accept())
        {
            Assert.Equal(1, Asked());
        }      // the end that closes first keeps TIME_WAIT

        client.Close();
        _ = Wires.Until(() => Asked() == 0, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_connection_to_another_address_is_not_of_this_duty()
    {
        _ = wires.IpHere("address add 10.99.0.50/24 dev here");
        using var server = wires.Here(() => Listen(IPAddress.Any));
        using var client = wires.There(() => Connect("10.99.0.50", ((IPEndPoint)server.LocalEndPoint!).Port));
        using var accepted = server.Accept();
        Assert.Equal(0, Asked());
        Assert.Equal(1, wires.Here(() => ConnectionSource.AnyTo([WireAddress.Of(IPAddress.Parse("10.99.0.50"))])));
    }

    [Fact]
    public void Among_many_connections_one_is_found_and_the_answer_is_not_waited_for_to_its_end()
    {
        using var server = wires.Here(() => Listen(IPAddress.Any));
        var port = ((IPEndPoint)server.LocalEndPoint!).Port;
        var clients = wires.There(() => Enumerable.Range(0, 400).Select(_ => Connect("10.99.0.1", port)).ToList());
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(1, Asked());
        }

        clients.ForEach(c => c.Dispose());
    }

    private int Asked() => wires.Here(() => ConnectionSource.AnyTo(s_ours));

    private static Socket Listen(IPAddress on)
    {
        var socket = new Socket(on.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (on.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = true;
        }

        socket.Bind(new IPEndPoint(on, 0));
        socket.Listen(512);
        return socket;
    }

    private static Socket Connect(string to, int port)
    {
        var address = IPAddress.Parse(to);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(new IPEndPoint(address, port));
        return socket;
    }
}

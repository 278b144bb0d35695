using System.Net;
using System.Net.Sockets;
using Understudy.Core;
using Understudy.Core.Peers;
using Understudy.Core.Settings;
using Understudy.Linux.Interop;

namespace Understudy.Daemon;

/// <summary>One socket for each of our links, and one for each address of the witness; and where each correspondent is to be reached.</summary>
internal sealed class HostSockets : IDisposable
{
    private const int MostAtOnce = 512;
    private readonly UdpLink[] sockets;
    private readonly (int Socket, SockAddress To)[][] routes;
    private readonly byte[] buffer = GC.AllocateArray<byte>(2048, pinned: true);
    private readonly SockAddress[] locals;
    private readonly int ownLinks;

    /// <param name="peers">The correspondents, in the order of <see cref="TalkRules.Peers"/>.</param>
    /// <exception cref="IOException">An address or port cannot be bound.</exception>
    public HostSockets(UnderstudySettings settings, ValueList<TalkPeer> peers)
    {
        // A host with guards alone knows no nodes, and talks to nobody.
        var links = settings.Self?.Links ?? (settings.Nodes.Count == 0 ? [] : throw new ArgumentException($"{settings.Node} is not one of the nodes", nameof(settings)));
        var witness = settings.Arbiter as ArbiterSettings.Witness;
        ownLinks = links.Count;
        locals = [.. links.Select(l => SockAddress.Of(l.Address, settings.Port))];
        sockets = new UdpLink[ownLinks + (witness?.Addresses.Count ?? 0)];
        for (var i = 0; i < ownLinks; i++)
        {
            sockets[i] = new UdpLink(links[i].Address, settings.Port);
        }

        for (var i = ownLinks; i < sockets.Length; i++)
        {
            var to = witness!.Addresses[i - ownLinks];
            sockets[i] = new UdpLink(to.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        }

        routes = new (int, SockAddress)[peers.Count][];
        for (var p = 0; p < peers.Count; p++)
        {
            routes[p] = new (int, SockAddress)[peers[p].Links];
            for (var l = 0; l < routes[p].Length; l++)
            {
                routes[p][l] = peers[p].Witness
                    ? (ownLinks + l, SockAddress.Of(witness!.Addresses[l], settings.Port))
                    : (l, SockAddress.Of(settings.Nodes.First(n => n.Name == peers[p].Name).Links[l].Address, settings.Port));
            }
        }
    }

    public int Count => sockets.Length;

    public long SendFailures { get; private set; }

    public int FdOf(int socket) => sockets[socket].Fd;

    public SockAddress AddressOf(int peer, int link) => routes[peer][link].To;

    /// <summary>Our own end of a link.</summary>
    public SockAddress LocalOf(int link) => locals[link];

    public delegate Refusal Receiver(ReadOnlySpan<byte> bytes, int link, Instant at);

    /// <summary>Takes everything that has arrived on one socket, up to a bound; true when the bound was reached and more may wait.</summary>
    public bool Drain(int socket, Receiver receive)
    {
        var link = socket < ownLinks ? socket : socket - ownLinks;
        for (var i = 0; i < MostAtOnce; i++)
        {
            var length = sockets[socket].Receive(buffer, out _, out var at);
            if (length < 0)
            {
                return false;
            }

            _ = receive(buffer.AsSpan(0, length), link, at);
        }

        return true;
    }

    /// <summary>Sends and empties the outbox. A datagram that the kernel refuses is counted: the next beat says it again.</summary>
    public void Send(Outbox outbox)
    {
        for (var i = 0; i < outbox.Count; i++)
        {
            var bytes = outbox.Get(i, out var peer, out var link);
            var (socket, to) = routes[peer][link];
            if (sockets[socket].Send(bytes, to) < 0)
            {
                SendFailures++;
            }
        }

        outbox.Clear();
    }

    public void Dispose()
    {
        foreach (var socket in sockets)
        {
            socket?.Dispose();
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Understudy.Core.Evidence;

namespace Understudy.Linux.Probing;

/// <summary>What "host unreachable" says of a subject.</summary>
/// <remarks>
/// Measured on Linux 6.18: EHOSTUNREACH comes after some 3 s when nobody on our own link answers to ARP, which is how a dark host looks; but also at once from an <c>unreachable</c> route of ours, at once
/// from a router that has such a route, and after 3 s from a router whose ARP nobody answers. ICMP tells it from who says so: our own kernel speaks with our own address. So: the subject is on a link of ours and we
/// have a route: its silence, Bad. It is behind a router: somebody's word about a path, Unread (of several hosts behind one router that has lost a route, all would look dark). Who probes through a router
/// should use a limit under 3 s, which makes a dark host's silence plain.
/// </remarks>
internal static class Reach
{
    /// <summary>The reading for an EHOSTUNREACH.</summary>
    internal static ProbeReading Of(ProbeReading bad, string subject, string words, params ReadOnlySpan<IPAddress> addresses)
    {
        foreach (var address in addresses)
        {
            if (Near(address) is null)
            {
                return new ProbeReading.Unread($"{subject} was not reached: {words} (it is behind a router, or we have no route)");
            }
        }

        return addresses.IsEmpty ? new ProbeReading.Unread($"{subject} was not reached: {words}") : bad;
    }

    /// <summary>The address of ours from which the kernel would send straight to another; null where it would not. Nothing is sent: connect(2) of a datagram socket only looks for a route, and with
    /// SO_DONTROUTE (socket(7)) only for one without a gateway.</summary>
    /// <remarks>IPv6 does not know SO_DONTROUTE: only link-local addresses are taken for near.</remarks>
    internal static IPAddress? Near(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetwork && !address.IsIPv6LinkLocal)
        {
            return null;
        }

        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            if (address.AddressFamily == AddressFamily.InterNetwork)
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.DontRoute, optionValue: true);
            }

            socket.Connect(address, port: 9);
            return ((IPEndPoint)socket.LocalEndPoint!).Address;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}

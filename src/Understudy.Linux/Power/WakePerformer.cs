using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Understudy.Core.Wire;
using Understudy.Linux.Addresses;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Power;

/// <summary>How a magic packet left on one device.</summary>
/// <param name="Device">The device's number (if_nametoindex(3)).</param>
/// <param name="To">The broadcast address that it was sent to.</param>
/// <param name="Why">Why it did not leave; null when it did.</param>
public sealed record WakeSent(int Device, IPAddress To, string? Why);

/// <summary>Wakes a host by its network card: a magic packet to everybody, on each link of ours.</summary>
/// <remarks>By UDP to the directed broadcast address of every IPv4 address that we have, bound to its device, so that a router's settings play no part; the loopback has no broadcast. A packet that a switch
/// loses is lost without a word: ask again until the host is there.</remarks>
public static class WakePerformer
{
    /// <summary>IFA_F flags and devices are read anew each time: a link may have come meanwhile.</summary>
    /// <param name="mac">Six bytes.</param>
    /// <param name="device">Only on this network device; null: on every link.</param>
    /// <returns>One for each of our addresses on such a link with a broadcast; empty when there is none.</returns>
    /// <exception cref="ArgumentException">Not six bytes.</exception>
    public static IReadOnlyList<WakeSent> Wake(PhysicalAddress mac, string? device = null)
    {
        var bytes = mac.GetAddressBytes();
        if (bytes.Length != ArpFrame.MacBytes)
        {
            throw new ArgumentException($"{mac} is no address of an Ethernet card", nameof(mac));
        }

        var packet = new byte[MagicPacket.Bytes];
        _ = MagicPacket.Write(packet, bytes);
        var only = device is null ? 0 : (int)SysSocket.IndexOf(device);
        return [.. Ways().Where(way => device is null || way.Device == only).Select(way => Send(packet, way))];
    }

    private static List<(int Device, IPAddress From, IPAddress To)> Ways()
    {
        using var route = new RouteSocket();
        var all = new List<(AddressSubject Subject, byte Protocol)>();
        _ = AddressDump.All(route, all);      // what could be read before an error counts
        return [.. from one in all
                   let at = one.Subject
                   where !at.Address.IsV6 && at.PrefixLength is > 0 and < 31      // RFC 3021: a /31 has no broadcast
                   let own = at.Address.ToIPAddress()
                   where !IPAddress.IsLoopback(own)
                   select (at.Index, own, Broadcast(own, at.PrefixLength))];
    }

    /// <summary>The highest address of the network (RFC 919).</summary>
    internal static IPAddress Broadcast(IPAddress address, int prefixLength)
    {
        var bytes = address.GetAddressBytes();
        var bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes) | (uint)(0xffffffffUL >> prefixLength);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, bits);
        return new IPAddress(bytes);
    }

    private static WakeSent Send(byte[] packet, (int Device, IPAddress From, IPAddress To) way)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true };
            socket.Bind(new IPEndPoint(way.From, 0));
            BindToDevice(socket, way.Device);
            _ = socket.SendTo(packet, new IPEndPoint(way.To, MagicPacket.Port));
            return new WakeSent(way.Device, way.To, Why: null);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return new WakeSent(way.Device, way.To, e.Message);
        }
    }

    /// <summary>IP_UNICAST_IF (ip(7)) takes the device's number, in network order, and needs no privilege; of two devices in one network each sends its own.</summary>
    private static unsafe void BindToDevice(Socket socket, int device)
    {
        var index = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(device);
        _ = Errno.Require(SysSocket.Set((int)socket.Handle, SysSocket.SOL_IP, SysSocket.IP_UNICAST_IF, &index, sizeof(int)), "setsockopt(IP_UNICAST_IF)");
    }
}

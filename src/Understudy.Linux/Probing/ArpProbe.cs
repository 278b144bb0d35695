using System.Net.Sockets;
using System.Runtime.InteropServices;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;
using Understudy.Core.Wire;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Probing;

/// <summary>Asks "does anybody have this address?" on one device and waits for who says yes.</summary>
/// <remarks>The question is an ARP Probe (RFC 5227 section 2.1.1): it names no sender address, so that no cache learns anything from it,
/// also while we hold an address that is about to move. Any ARP message from the asked address and another card than ours is
/// an answer. Our own addresses do not answer us.</remarks>
internal sealed class ArpProbe(ProbeSettings.Arp settings) : IProbe
{
    /// <summary>ARPHRD_ETHER, linux/if_arp.h.</summary>
    private const ushort Ethernet = 1;

    private readonly byte[] asked = settings.Address.GetAddressBytes();

    public void Dispose()
    {
    }

    public async ValueTask<ProbeReading> ReadAsync(CancellationToken stop)
    {
        try
        {
            using var socket = Open(out var mac);
            if (CarrierProbe.Obstacle(settings.Device) is { } obstacle)      // the kernel would take the question and drop it
            {
                return new ProbeReading.Unread($"{settings.Subject} was not asked: {obstacle}");
            }

            var question = new byte[ArpFrame.Bytes];
            ArpFrame.WriteProbe(question, mac, asked);
            _ = await socket.SendAsync(question, SocketFlags.None, stop);
            var frame = new byte[256];
            while (true)   // ends by the token: a busy wire's other ARP messages are passed over
            {
                var got = await socket.ReceiveAsync(frame, SocketFlags.None, stop);
                if (Answer(frame.AsSpan(0, got), mac) is { } whose)
                {
                    return new ProbeReading.Good($"{settings.Subject} answered from {whose}");
                }
            }
        }
        catch (IOException e)
        {
            return new ProbeReading.Unread($"{settings.Subject} was not asked: {e.Message}");
        }
        catch (SocketException e)   // ours, all of them: the far side cannot refuse a frame
        {
            return new ProbeReading.Unread($"{settings.Subject} was not asked: {e.Message}");
        }
    }

    private string? Answer(ReadOnlySpan<byte> frame, byte[] mac) =>
        ArpFrame.TryRead(frame, out var arp) && arp.Sender == WireAddress.Of(asked) && !arp.SenderMac.SequenceEqual(mac)
            ? string.Join(':', Convert.ToHexStringLower(arp.SenderMac).Chunk(2).Select(pair => new string(pair)))
            : null;

    /// <summary>A socket that hears ARP on the device and nothing else, and the device's hardware address.</summary>
    private unsafe Socket Open(out byte[] mac)
    {
        var index = SysSocket.IndexOf(settings.Device);
        if (index == 0)
        {
            throw new IOException($"{settings.Device}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        // Opened for protocol 0, which hears nothing, so that no frame of another device gets in before the bind.
        var fd = Errno.Require(SysSocket.Open(SysSocket.AF_PACKET, SysSocket.SOCK_RAW, 0), "socket(AF_PACKET)");
        var handle = new SafeSocketHandle(fd, ownsHandle: true);
        Socket? socket = null;
        try
        {
            var address = new SysSocket.SockAddrLl
            {
                Family = SysSocket.AF_PACKET,
                Protocol = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(ArpFrame.EtherType),
                Index = (int)index,
            };
            var length = sizeof(SysSocket.SockAddrLl);
            _ = Errno.Require(SysSocket.Bind(fd, &address, length), $"bind to {settings.Device}");
            _ = Errno.Require(SysSocket.Name(fd, &address, ref length), "getsockname");
            if (address.HardwareType != Ethernet || address.AddressLength != ArpFrame.MacBytes)
            {
                throw new IOException($"{settings.Device} is no Ethernet device");
            }

            mac = new ReadOnlySpan<byte>(&address.Address, ArpFrame.MacBytes).ToArray();
            return socket = new Socket(handle);
        }
        finally
        {
            if (socket is null)
            {
                handle.Dispose();
            }
        }
    }
}

using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Understudy.Core;
using Understudy.Linux.Clocks;

namespace Understudy.Linux.Interop;

/// <summary>
/// A bound UDP socket of one link: non-blocking, with the kernel's receive stamps, marked as network control (CS6, RFC 4594
/// section 3.1), and openable before its address exists. One thread uses it; receive and send do not allocate.
/// </summary>
public sealed unsafe class UdpLink : IDisposable
{
    private const int ReceiveBufferBytes = 1 << 20;
    private const int ControlBytes = 128;
    private const int Cs6 = 0xC0;
    private const int ControlPriority = 6; // TC_PRIO_INTERACTIVE, linux/pkt_sched.h: the highest that needs no privilege

    private readonly SysSocket.MsgHdr* message;
    private KernelStamp stamp;
    private int fd;

    /// <summary>Opens and binds the socket in the calling thread's network namespace.</summary>
    /// <param name="address">Where to listen; any address of the family for all.</param>
    /// <param name="port">0 lets the kernel choose; see <see cref="LocalPort"/>.</param>
    /// <param name="device">If set, only packets of this device are sent and received (SO_BINDTODEVICE).</param>
    /// <exception cref="IOException">The kernel refused (EADDRINUSE, EACCES, ENODEV, EMFILE); the message is errno's own text.</exception>
    public UdpLink(IPAddress address, int port, string? device = null)
    {
        var at = SockAddress.Of(address, port);
        fd = Errno.Require(
            SysSocket.Open(at.IsV6 ? SysSocket.AF_INET6 : SysSocket.AF_INET, SysSocket.SOCK_DGRAM | SysSocket.SOCK_NONBLOCK, 0), "socket(UDP)");
        try
        {
            Prepare(at.IsV6);
            if (device is not null)
            {
                fixed (byte* name = Encoding.UTF8.GetBytes(device + '\0'))
                {
                    _ = Errno.Require(
                        SysSocket.Set(fd, SysSocket.SOL_SOCKET, SysSocket.SO_BINDTODEVICE, name, device.Length + 1), $"bind to device {device}");
                }
            }

            _ = Errno.Require(SysSocket.Bind(fd, &at, at.Length), $"bind {at}");
        }
        catch
        {
            Unistd.Close(fd);
            throw;
        }

        // One block: msghdr, iovec, sender, control.
        var block = (byte*)NativeMemory.AllocZeroed((nuint)(sizeof(SysSocket.MsgHdr) + sizeof(SysSocket.IoVec) + 32 + ControlBytes));
        message = (SysSocket.MsgHdr*)block;
        message->Vectors = (SysSocket.IoVec*)(block + sizeof(SysSocket.MsgHdr));
        message->VectorCount = 1;
        message->Name = block + sizeof(SysSocket.MsgHdr) + sizeof(SysSocket.IoVec);
        message->Control = (byte*)message->Name + 32;
    }

    public int Fd => fd;

    /// <summary>The port that the kernel bound.</summary>
    public int LocalPort
    {
        get
        {
            SockAddress name = default;
            var length = SockAddress.Bytes;
            _ = Errno.Require(SysSocket.Name(fd, &name, ref length), "getsockname");
            return name.Port;
        }
    }

    /// <summary>Takes one datagram.</summary>
    /// <param name="into">Where its bytes go.</param>
    /// <param name="from">Who sent it.</param>
    /// <param name="at">When the kernel received it, on the boot clock; never later than now.</param>
    /// <returns>Its bytes; <c>-EAGAIN</c> when there is none; <c>-EMSGSIZE</c> when it was longer than <paramref name="into"/> (it is gone then).</returns>
    public int Receive(Span<byte> into, out SockAddress from, out Instant at)
    {
        fixed (byte* buffer = into)
        {
            message->Vectors->Base = buffer;
            message->Vectors->Length = (nuint)into.Length;
            message->NameLength = SockAddress.Bytes;
            message->ControlLength = ControlBytes;
            *(SockAddress*)message->Name = default;
            var n = SysSocket.ReceiveMessage(fd, message, SysSocket.MSG_DONTWAIT);
            message->Vectors->Base = null;
            if (n < 0)
            {
                from = default;
                at = default;
                return n;
            }

            from = *(SockAddress*)message->Name;
            at = stamp.ToBoot(WallStamp(), Time.Ticks(Time.CLOCK_REALTIME), BootClock.Now);
            return (message->Flags & SysSocket.MSG_TRUNC) == 0 ? n : -Errno.EMSGSIZE;
        }
    }

    /// <summary>Sends one datagram. Its length, or <c>-errno</c> (ENETUNREACH, EADDRNOTAVAIL, EPERM of a filter, EAGAIN of a full queue).</summary>
    public int Send(ReadOnlySpan<byte> datagram, in SockAddress to)
    {
        fixed (byte* bytes = datagram)
        fixed (SockAddress* address = &to)
        {
            return SysSocket.SendTo(fd, bytes, datagram.Length, SysSocket.MSG_DONTWAIT, address, address->Length);
        }
    }

    public void Dispose()
    {
        if (fd >= 0)
        {
            Unistd.Close(fd);
            fd = -1;
            NativeMemory.Free(message);
        }
    }

    private void Prepare(bool v6)
    {
        if (v6)
        {
            _ = Errno.Require(SysSocket.Set(fd, SysSocket.SOL_IPV6, SysSocket.IPV6_V6ONLY, 1), "IPV6_V6ONLY");
            _ = Errno.Require(SysSocket.Set(fd, SysSocket.SOL_IPV6, SysSocket.IPV6_FREEBIND, 1), "IPV6_FREEBIND");
            _ = SysSocket.Set(fd, SysSocket.SOL_IPV6, SysSocket.IPV6_TCLASS, Cs6); // marking is a wish: a link works without
        }
        else
        {
            _ = Errno.Require(SysSocket.Set(fd, SysSocket.SOL_IP, SysSocket.IP_FREEBIND, 1), "IP_FREEBIND");
            _ = SysSocket.Set(fd, SysSocket.SOL_IP, SysSocket.IP_TOS, Cs6);
        }

        // After IP_TOS, which sets a priority of its own (ip_sock_set_tos in net/ipv4/ip_sockglue.c).
        _ = SysSocket.Set(fd, SysSocket.SOL_SOCKET, SysSocket.SO_PRIORITY, ControlPriority);
        _ = SysSocket.SetReceiveBuffer(fd, ReceiveBufferBytes);
        _ = Errno.Require(SysSocket.Set(fd, SysSocket.SOL_SOCKET, SysSocket.SO_TIMESTAMPNS, 1), "SO_TIMESTAMPNS");
    }

    /// <summary>The kernel's stamp of the last message in wall-clock ticks; 0 when it gave none.</summary>
    private long WallStamp()
    {
        var header = (SysSocket.CMsgHdr*)message->Control;
        return message->ControlLength >= (nuint)(sizeof(SysSocket.CMsgHdr) + sizeof(Time.TimeSpec))
            && header->Level == SysSocket.SOL_SOCKET && header->Type == SysSocket.SO_TIMESTAMPNS
            ? ((Time.TimeSpec*)(header + 1))->Ticks
            : 0;
    }
}

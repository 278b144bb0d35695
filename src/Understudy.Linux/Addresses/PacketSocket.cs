using Understudy.Linux.Interop;

namespace Understudy.Linux.Addresses;

/// <summary>Sends whole Ethernet frames (packet(7)). It is bound to protocol 0 and so receives nothing. One thread uses it; nothing allocates.</summary>
internal sealed unsafe class PacketSocket : IDisposable
{
    private int fd;

    /// <summary>Opens it in the calling thread's network namespace.</summary>
    /// <exception cref="IOException">The kernel refused (EPERM without CAP_NET_RAW, EMFILE).</exception>
    internal PacketSocket() => fd = Errno.Require(SysSocket.Open(SysSocket.AF_PACKET, SysSocket.SOCK_RAW, 0), "socket(AF_PACKET)");

    /// <summary>Sends a frame out of one interface, as it is. Its length, or <c>-errno</c> (ENETDOWN, ENXIO, ENOBUFS).</summary>
    internal int Send(int index, ReadOnlySpan<byte> frame)
    {
        var to = new SysSocket.SockAddrLl { Family = SysSocket.AF_PACKET, Index = index };
        fixed (byte* bytes = frame)
        {
            return SysSocket.SendTo(fd, bytes, frame.Length, SysSocket.MSG_DONTWAIT, &to, sizeof(SysSocket.SockAddrLl));
        }
    }

    public void Dispose()
    {
        Unistd.Close(fd);
        fd = -1;
    }
}

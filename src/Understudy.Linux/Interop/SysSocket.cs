using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>sys/socket.h</c>, socket(2), recvmsg(2), sendto(2). Results are at least 0, or <c>-errno</c>; nothing allocates.</summary>
internal static unsafe partial class SysSocket
{
    internal const int AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16, AF_PACKET = 17;
    internal const int SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_SEQPACKET = 5, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;
    internal const int SOL_IP = 0, SOL_SOCKET = 1, SOL_IPV6 = 41;

    // asm-generic/socket.h
    internal const int SO_REUSEADDR = 2, SO_PRIORITY = 12, SO_PEERCRED = 17, SO_RCVBUF = 8, SO_RCVTIMEO = 20, SO_SNDTIMEO = 21, SO_BINDTODEVICE = 25, SO_ATTACH_FILTER = 26,
        SO_RCVBUFFORCE = 33, SO_TIMESTAMPNS = 35;

    // linux/in.h, linux/in6.h
    internal const int IP_TOS = 1, IP_FREEBIND = 15, IP_UNICAST_IF = 50, IPV6_V6ONLY = 26, IPV6_TCLASS = 67, IPV6_FREEBIND = 78;

    internal const int MSG_CTRUNC = 8, MSG_DONTWAIT = 0x40, MSG_TRUNC = 0x20, MSG_NOSIGNAL = 0x4000, MSG_CMSG_CLOEXEC = 0x40000000;

    /// <summary>Descriptors in a control message: unix(7).</summary>
    internal const int SCM_RIGHTS = 1;

    internal static int Open(int domain, int type, int protocol) => Errno.Or(socket(domain, type | SOCK_CLOEXEC, protocol));

    internal static int Bind(int fd, void* address, int length) => Errno.Or(bind(fd, address, (uint)length));

    internal static int Connect(int fd, void* address, int length) => Errno.Or(connect(fd, address, (uint)length));

    internal static int Listen(int fd, int backlog) => Errno.Or(listen(fd, backlog));

    /// <summary>Two ends that are connected to each other, not blocking, closed at exec.</summary>
    internal static int Pair(int* ends) => Errno.Or(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));

    /// <summary>The next connection that waits, not blocking, closed at exec.</summary>
    internal static int Accept(int fd) => Errno.Or(accept4(fd, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC));

    internal static int Set(int fd, int level, int option, int value) => Errno.Or(setsockopt(fd, level, option, &value, sizeof(int)));

    internal static int Set(int fd, int level, int option, void* value, int length) =>
        Errno.Or(setsockopt(fd, level, option, value, (uint)length));

    /// <summary>A receive buffer past the limit of net.core.rmem_max where CAP_NET_ADMIN allows, else up to it.</summary>
    internal static int SetReceiveBuffer(int fd, int bytes)
    {
        var forced = Set(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes);
        return forced >= 0 ? forced : Set(fd, SOL_SOCKET, SO_RCVBUF, bytes);
    }

    internal static int Send(int fd, void* bytes, int length, int flags) => (int)Errno.Or(send(fd, bytes, (nuint)length, flags));

    internal static int SendTo(int fd, void* bytes, int length, int flags, void* to, int toLength) =>
        (int)Errno.Or(sendto(fd, bytes, (nuint)length, flags, to, (uint)toLength));

    internal static int Receive(int fd, void* into, int length, int flags) => (int)Errno.Or(recv(fd, into, (nuint)length, flags));

    internal static int SendMessage(int fd, MsgHdr* message, int flags) => (int)Errno.Or(sendmsg(fd, message, flags));

    internal static int Get(int fd, int level, int option, void* into, int length)
    {
        var size = (uint)length;
        return Errno.Or(getsockopt(fd, level, option, into, &size));
    }

    internal static int ReceiveMessage(int fd, MsgHdr* message, int flags) => (int)Errno.Or(recvmsg(fd, message, flags));

    internal static int Name(int fd, void* into, ref int length)
    {
        var size = (uint)length;
        var result = Errno.Or(getsockname(fd, into, &size));
        length = (int)size;
        return result;
    }

    internal static int PeerName(int fd, void* into, ref int length)
    {
        var size = (uint)length;
        var result = Errno.Or(getpeername(fd, into, &size));
        length = (int)size;
        return result;
    }

    /// <summary>The number of a network device; 0 with the errno set where there is none (if_nametoindex(3)).</summary>
    internal static uint IndexOf(string device) => if_nametoindex(device);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint if_nametoindex(string name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int fd, void* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int fd, void* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int domain, int type, int protocol, int* ends);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int listen(int fd, int backlog);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int fd, void* address, uint* length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int fd, int level, int option, void* value, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int fd, int level, int option, void* into, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int fd, MsgHdr* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockname(int fd, void* into, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getpeername(int fd, void* address, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int fd, void* bytes, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendto(int fd, void* bytes, nuint length, int flags, void* to, uint toLength);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int fd, void* into, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(int fd, MsgHdr* message, int flags);

    /// <summary>struct iovec of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVec
    {
        internal void* Base;
        internal nuint Length;
    }

    /// <summary>struct msghdr of a 64-bit glibc or musl (little-endian: musl's padding lies behind the 32-bit lengths).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MsgHdr
    {
        internal void* Name;
        internal uint NameLength;
        internal IoVec* Vectors;
        internal nuint VectorCount;
        internal void* Control;
        internal nuint ControlLength;
        internal int Flags;
    }

    /// <summary>struct cmsghdr of a 64-bit Linux; the payload follows at offset 16.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct CMsgHdr
    {
        internal nuint Length;
        internal int Level;
        internal int Type;
    }

    /// <summary>struct ucred, unix(7): who connected, or listened, at that moment.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UCred
    {
        internal int Process;
        internal uint User;
        internal uint Group;
    }

    /// <summary>struct sockaddr_ll, <c>linux/if_packet.h</c>, packet(7). The protocol is in network order.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    internal struct SockAddrLl
    {
        internal ushort Family;
        internal ushort Protocol;
        internal int Index;
        internal ushort HardwareType;
        internal byte PacketType;
        internal byte AddressLength;
        internal ulong Address;
    }

    /// <summary>struct sockaddr_nl, <c>linux/netlink.h</c>, netlink(7).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SockAddrNl
    {
        internal ushort Family;
        internal ushort Pad;
        internal uint Port;
        internal uint Groups;
    }

    /// <summary>struct sock_filter, <c>linux/filter.h</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct SockFilter(ushort code, byte ifTrue, byte ifFalse, uint k)
    {
        internal readonly ushort Code = code;
        internal readonly byte IfTrue = ifTrue;
        internal readonly byte IfFalse = ifFalse;
        internal readonly uint K = k;
    }

    /// <summary>struct sock_fprog, <c>linux/filter.h</c>, of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SockFprog
    {
        internal ushort Length;
        internal SockFilter* Filter;
    }
}

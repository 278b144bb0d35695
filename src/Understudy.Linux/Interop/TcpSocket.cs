using System.Net;

namespace Understudy.Linux.Interop;

/// <summary>TCP sockets, tcp(7), that never make anybody wait: opened without blocking, told at once of what is to be sent, and given up when the other side does not acknowledge.</summary>
public static unsafe class TcpSocket
{
    // netinet/tcp.h, asm-generic/socket.h
    private const int Tcp = 6, NoDelay = 1, KeepIdle = 4, KeepInterval = 5, KeepCount = 6, UserTimeout = 18, KeepAlive = 9, Error = 4;

    /// <summary>Begins to connect. When there is room to write, <see cref="Outcome"/> says how it went.</summary>
    /// <param name="silence">How long what we send may be unacknowledged, and the other side silent, before the kernel gives the connection up (TCP_USER_TIMEOUT, and keepalive for when nothing is sent).</param>
    /// <returns>The descriptor, or <c>-errno</c>.</returns>
    public static int Connect(SockAddress to, TimeSpan silence)
    {
        var fd = SysSocket.Open(to.IsV6 ? SysSocket.AF_INET6 : SysSocket.AF_INET, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK, 0);
        if (fd < 0)
        {
            return fd;
        }

        Prepare(fd, silence);
        var result = SysSocket.Connect(fd, &to, to.Length);
        if (result is < 0 and not -Errno.EINPROGRESS)
        {
            Unistd.Close(fd);
            return result;
        }

        return fd;
    }

    /// <summary>0 when the connection stands, else <c>-errno</c> of why it does not (SO_ERROR, socket(7)).</summary>
    public static int Outcome(int fd)
    {
        var error = 0;
        var result = SysSocket.Get(fd, SysSocket.SOL_SOCKET, Error, &error, sizeof(int));
        return result < 0 ? result : -error;
    }

    /// <summary>Listens.</summary>
    /// <param name="port">0 lets the kernel choose: <see cref="LocalAddress"/> says which.</param>
    /// <exception cref="IOException">The kernel refused (EADDRINUSE, EACCES); the message is errno's own text.</exception>
    public static int Listen(IPAddress address, int port, int backlog)
    {
        var at = SockAddress.Of(address, port);
        var fd = Errno.Require(SysSocket.Open(at.IsV6 ? SysSocket.AF_INET6 : SysSocket.AF_INET, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK, 0), "socket(TCP)");
        var result = SysSocket.Set(fd, SysSocket.SOL_SOCKET, SysSocket.SO_REUSEADDR, 1);
        result = result < 0 ? result : SysSocket.Bind(fd, &at, at.Length);
        result = result < 0 ? result : SysSocket.Listen(fd, backlog);
        if (result < 0)
        {
            Unistd.Close(fd);
            throw new IOException($"listen at {at}: {Errno.Text(result)}");
        }

        return fd;
    }

    /// <summary>The next connection that waits, ready to be used; <c>-EAGAIN</c> for none.</summary>
    public static int Accept(int listener, TimeSpan silence)
    {
        var fd = SysSocket.Accept(listener);
        if (fd >= 0)
        {
            Prepare(fd, silence);
        }

        return fd;
    }

    /// <summary>Where a socket is bound; empty where the kernel does not say.</summary>
    public static SockAddress LocalAddress(int fd)
    {
        SockAddress address = default;
        var length = SockAddress.Bytes;
        return SysSocket.Name(fd, &address, ref length) < 0 ? default : address;
    }

    /// <summary>Who is on the other side; empty where the kernel does not say.</summary>
    public static SockAddress RemoteAddress(int fd)
    {
        SockAddress address = default;
        var length = SockAddress.Bytes;
        return SysSocket.PeerName(fd, &address, ref length) < 0 ? default : address;
    }

    public static void Close(int fd) => Unistd.Close(fd);

    /// <summary>Reads what is there. 0 at the end, <c>-EAGAIN</c> when there is nothing.</summary>
    internal static int Read(int fd, Span<byte> into) => UnixSocket.Read(fd, into);

    /// <summary>Writes as much as goes in. <c>-EAGAIN</c> when nothing does.</summary>
    internal static int Write(int fd, ReadOnlySpan<byte> bytes) => UnixSocket.Write(fd, bytes);

    private static void Prepare(int fd, TimeSpan silence)
    {
        var ms = (int)Math.Clamp(silence.TotalMilliseconds, 100, int.MaxValue);
        var seconds = Math.Max(1, ms / 3000);

        // A kernel that knows one of these not is slower to notice, no more: the engine has limits of its own.
        _ = SysSocket.Set(fd, Tcp, NoDelay, 1);
        _ = SysSocket.Set(fd, Tcp, UserTimeout, ms);
        _ = SysSocket.Set(fd, Tcp, KeepIdle, seconds);
        _ = SysSocket.Set(fd, Tcp, KeepInterval, seconds);
        _ = SysSocket.Set(fd, Tcp, KeepCount, 2);
        _ = SysSocket.Set(fd, SysSocket.SOL_SOCKET, KeepAlive, 1);
    }
}

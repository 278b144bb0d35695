using System.Text;

namespace Understudy.Linux.Interop;

/// <summary>Unix stream sockets by their path, unix(7): opened without blocking, so that one whose owner stands still keeps nobody waiting.</summary>
public static unsafe class UnixSocket
{
    /// <summary>struct sockaddr_un: a family of two bytes and a path of 108, its end included.</summary>
    public const int MaxPathBytes = 107;

    private const int AddressBytes = 110;

    /// <summary>Connects.</summary>
    /// <returns>The descriptor, or <c>-errno</c>: ENOENT where there is no socket, ECONNREFUSED where nobody listens, EAGAIN where its owner has let connections pile up.</returns>
    /// <param name="packets">Messages instead of a stream: SOCK_SEQPACKET.</param>
    public static int Connect(string path, bool packets = false)
    {
        var address = stackalloc byte[AddressBytes];
        if (!Fill(address, path))
        {
            return -Errno.EINVAL;
        }

        var fd = SysSocket.Open(SysSocket.AF_UNIX, Type(packets) | SysSocket.SOCK_NONBLOCK, 0);
        if (fd < 0)
        {
            return fd;
        }

        var connected = SysSocket.Connect(fd, address, AddressBytes);
        if (connected < 0)
        {
            Unistd.Close(fd);
            return connected;
        }

        return fd;
    }

    /// <summary>Listens at a path where no file is.</summary>
    /// <exception cref="IOException">The path is too long, taken, or not ours to write.</exception>
    public static int Listen(string path, int backlog, bool packets = false)
    {
        var address = stackalloc byte[AddressBytes];
        if (!Fill(address, path))
        {
            throw new IOException($"{path} is longer than the {MaxPathBytes} bytes that a socket's path may have");
        }

        var fd = Errno.Require(SysSocket.Open(SysSocket.AF_UNIX, Type(packets) | SysSocket.SOCK_NONBLOCK, 0), "socket");
        var result = SysSocket.Bind(fd, address, AddressBytes);
        result = result < 0 ? result : SysSocket.Listen(fd, backlog);
        if (result < 0)
        {
            Unistd.Close(fd);
            throw new IOException($"listen at {path}: {Errno.Text(result)}");
        }

        return fd;
    }

    /// <summary>Listens on what another process has listened on: who asks the kernel for the process behind it is told of us from now on (SO_PEERCRED, unix(7)).</summary>
    public static int ListenOn(int listener, int backlog) => SysSocket.Listen(listener, backlog);

    /// <summary>Somebody listens at a path, and lives: systemd may keep a socket whose process has ended, where a connection succeeds and is never answered.</summary>
    public static bool IsServed(string path)
    {
        var fd = Connect(path);
        if (fd < 0)
        {
            return fd == -Errno.EAGAIN;      // it has let connections pile up, which is no proof of its death
        }

        var process = DescriptorSocket.Peer(fd).Process;
        Close(fd);
        return process <= 0 || Directory.Exists($"/proc/{process}");      // 0 is one that we cannot see from here: pid_namespaces(7)
    }

    /// <summary>Two ends that are connected to each other.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    public static (int One, int Other) Pair()
    {
        var ends = stackalloc int[2];
        _ = Errno.Require(SysSocket.Pair(ends), "socketpair");
        return (ends[0], ends[1]);
    }

    /// <summary>The next connection that waits; <c>-EAGAIN</c> for none.</summary>
    public static int Accept(int listener) => SysSocket.Accept(listener);

    /// <summary>Waits until there is something to read, an end included. False when the time is over.</summary>
    public static bool AwaitInput(int fd, TimeSpan limit) => Waits.ForInput(fd, (int)Math.Clamp(Math.Ceiling(limit.TotalMilliseconds), 0, int.MaxValue));

    public static void Close(int fd) => Unistd.Close(fd);

    /// <summary>Reads what is there. 0 at the end of the stream, <c>-EAGAIN</c> when there is nothing.</summary>
    internal static int Read(int fd, Span<byte> into)
    {
        fixed (byte* at = into)
        {
            return SysSocket.Receive(fd, at, into.Length, SysSocket.MSG_DONTWAIT);
        }
    }

    /// <summary>Writes as much as goes in. <c>-EAGAIN</c> when nothing does.</summary>
    internal static int Write(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* at = bytes)
        {
            return SysSocket.Send(fd, at, bytes.Length, SysSocket.MSG_DONTWAIT | SysSocket.MSG_NOSIGNAL);
        }
    }

    private static int Type(bool packets) => packets ? SysSocket.SOCK_SEQPACKET : SysSocket.SOCK_STREAM;

    private static bool Fill(byte* address, string path)
    {
        new Span<byte>(address, AddressBytes).Clear();
        *(ushort*)address = SysSocket.AF_UNIX;
        return Encoding.UTF8.TryGetBytes(path, new Span<byte>(address + 2, MaxPathBytes), out var count) && count > 0;
    }
}

using Understudy.Core.Wire;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Addresses;

/// <summary>
/// Asks the kernel whether somebody is connected to an address of ours. The kernel walks its whole table of connections for it (some milliseconds where that is large),
/// so ask from a thread that may take its time. Connections that this host only forwards are not its own and are not seen.
/// </summary>
public static unsafe class ConnectionSource
{
    private const int NETLINK_SOCK_DIAG = 4; // linux/netlink.h
    private const int ReceiveBytes = 32 * 1024;
    private const int MaxParts = 64; // the first part of an answer holds a connection, or there is none; a bound, not a limit anyone meets

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>Whether a TCP connection that is neither over nor only listening has one of these addresses as its local end.</summary>
    /// <param name="addresses">Of either family.</param>
    /// <returns>1 or 0; <c>-errno</c> when that could not be read (ENOENT: the kernel has no tcp_diag), which says nothing either way.</returns>
    public static int AnyTo(IReadOnlyList<WireAddress> addresses)
    {
        foreach (var address in addresses)
        {
            var found = Any(RouteMessage.Ipv6, address);
            if (found == 0 && !address.IsV6)
            {
                found = Any(RouteMessage.Ipv4, address);
            }

            if (found != 0)
            {
                return found;
            }
        }

        return 0;
    }

    /// <summary>A socket for each question: closing it is how an answer that goes on is stopped.</summary>
    private static int Any(byte family, in WireAddress address)
    {
        var fd = SysSocket.Open(SysSocket.AF_NETLINK, SysSocket.SOCK_RAW, NETLINK_SOCK_DIAG);
        if (fd < 0)
        {
            return fd;
        }

        try
        {
            var patience = new Time.TimeSpec { Seconds = (long)s_patience.TotalSeconds };
            _ = SysSocket.Set(fd, SysSocket.SOL_SOCKET, SysSocket.SO_RCVTIMEO, &patience, sizeof(Time.TimeSpec));
            var question = stackalloc byte[SocketMessage.MaxBytes];
            var writer = new NetlinkWriter(new Span<byte>(question, SocketMessage.MaxBytes));
            SocketMessage.WriteDump(ref writer, family, address, SocketMessage.InUse);
            var sent = SysSocket.Send(fd, question, writer.Length, 0);
            return sent < 0 ? sent : Answer(fd, address);
        }
        finally
        {
            Unistd.Close(fd);
        }
    }

    private static int Answer(int fd, in WireAddress address)
    {
        var buffer = new byte[ReceiveBytes];
        fixed (byte* start = buffer)
        {
            for (var parts = 0; parts < MaxParts; parts++)
            {
                var n = SysSocket.Receive(fd, start, ReceiveBytes, 0);
                if (n == -Errno.EINTR)
                {
                    continue;
                }

                if (n < 0)
                {
                    return n == -Errno.EAGAIN ? -Errno.ETIMEDOUT : n;
                }

                var reader = new NetlinkReader(buffer.AsSpan(0, n));
                while (reader.Next(out var message))
                {
                    switch (message.Type)
                    {
                        case SocketMessage.Type when SocketMessage.TryRead(message.Body, out var socket) && socket.Local == address:
                            return 1;
                        case RouteMessage.Error:
                            return NetlinkAnswer.TryRead(message, out var answer) && answer.Error < 0 ? answer.Error : -Errno.EPROTO;
                        case RouteMessage.Done:
                            return 0;
                    }
                }
            }
        }

        return -Errno.EMSGSIZE;
    }
}

using System.Runtime.InteropServices;
using System.Text;
using Understudy.Core.Wire;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Addresses;

/// <summary>
/// One rtnetlink socket that orders and waits for the acknowledgements. The kernel does the work before send(2) returns, so an
/// acknowledged address is in use. One thread uses it; after the constructor nothing allocates, except the words of an error.
/// </summary>
internal sealed unsafe class RouteSocket : IDisposable
{
    /// <summary>No exchange waits longer for the kernel than this; acknowledgements are there when send(2) returns, so it is never reached in health.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private const int SOL_NETLINK = 270, NETLINK_CAP_ACK = 10, NETLINK_EXT_ACK = 11, NETLINK_GET_STRICT_CHK = 12, NETLINK_ROUTE = 0;
    private const int ReceiveBytes = 32 * 1024; // what the kernel fills a dump's parts to (NLMSG_GOODSIZE up to 32 KiB, af_netlink.c)
    private const int SocketBufferBytes = 1 << 20;
    private const int MaxParts = 4096; // of a dump: 128 MiB, far past any table; a bound, not a limit anyone meets

    private readonly byte[] received = GC.AllocateArray<byte>(ReceiveBytes, pinned: true);
    private readonly byte[] words = new byte[256];
    private int wordsLength;
    private uint sequence;
    private int fd;

    /// <summary>Opens it in the calling thread's network namespace.</summary>
    /// <exception cref="IOException">The kernel refused (EMFILE, ENOMEM).</exception>
    internal RouteSocket()
    {
        fd = Errno.Require(SysSocket.Open(SysSocket.AF_NETLINK, SysSocket.SOCK_RAW, NETLINK_ROUTE), "socket(AF_NETLINK)");

        // Errors in words and answers without the request in them; kernels before 4.12 do without.
        _ = SysSocket.Set(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
        _ = SysSocket.Set(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
        _ = SysSocket.Set(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
        _ = SysSocket.SetReceiveBuffer(fd, SocketBufferBytes);
        var patience = new Time.TimeSpec { Seconds = (long)Patience.TotalSeconds };
        _ = SysSocket.Set(fd, SysSocket.SOL_SOCKET, SysSocket.SO_RCVTIMEO, &patience, sizeof(Time.TimeSpec));
        Array.Clear(received); // touched, so that the first exchange does not fault pages in
    }

    internal delegate bool Visit<T>(in NetlinkMessage message, ref T state)
        where T : struct, allows ref struct;

    /// <summary>The kernel's own words about the last order that it refused; empty when it gave none. Allocates.</summary>
    internal string LastWords => Encoding.ASCII.GetString(words, 0, wordsLength);

    /// <summary>Sends messages that lie one after the other, each with NLM_F_ACK, and waits until each is answered.</summary>
    /// <param name="messages">Pinned or native memory: the numbers are patched in.</param>
    /// <param name="results">One for each message: 0 or <c>-errno</c>. Its length is how many messages there are.</param>
    /// <returns>0 when all were answered, whatever the answers; else <c>-errno</c> of the exchange itself.</returns>
    internal int Order(Span<byte> messages, Span<int> results)
    {
        wordsLength = 0;
        var first = sequence + 1;
        var numbered = 0;
        for (var at = 0; at < messages.Length && numbered < results.Length; numbered++)
        {
            results[numbered] = -Errno.ETIMEDOUT;
            MemoryMarshal.Write(messages[(at + 8)..], ++sequence);
            at += (int)MemoryMarshal.Read<uint>(messages[at..]);
        }

        var sent = Send(messages);
        return sent < 0 ? sent : Await(first, results);
    }

    /// <summary>Sends one request and shows every answer to <paramref name="visit"/>, to the end of a dump or the first error.</summary>
    /// <returns>0, or <c>-errno</c>; <c>-EAGAIN</c> when a change overtook the dump, which then is to be asked for again.</returns>
    internal int Ask<T>(Span<byte> request, ref T state, Visit<T> visit)
        where T : struct, allows ref struct
    {
        MemoryMarshal.Write(request[8..], ++sequence);
        var dump = (MemoryMarshal.Read<ushort>(request[6..]) & RouteMessage.Dump) != 0;
        var sent = Send(request);
        var interrupted = false;
        for (var parts = 0; sent >= 0 && parts < MaxParts; parts++)
        {
            var n = Receive();
            if (n < 0)
            {
                return n;
            }

            var reader = new NetlinkReader(received.AsSpan(0, n));
            while (reader.Next(out var message))
            {
                if (message.Sequence != sequence)
                {
                    continue; // an answer that an earlier exchange did not wait for
                }

                interrupted |= (message.Flags & RouteMessage.DumpInterrupted) != 0;
                switch (message.Type)
                {
                    case RouteMessage.Error:
                        return NetlinkAnswer.TryRead(message, out var answer) ? answer.Error : -Errno.EPROTO;
                    case RouteMessage.Done:
                        return interrupted ? -Errno.EAGAIN : 0;
                    default:
                        if (!visit(message, ref state) || !dump)
                        {
                            return 0;
                        }

                        break;
                }
            }
        }

        return sent < 0 ? sent : -Errno.EMSGSIZE;
    }

    public void Dispose()
    {
        Unistd.Close(fd);
        fd = -1;
    }

    private int Await(uint first, Span<int> results)
    {
        for (var missing = results.Length; missing > 0;)
        {
            var n = Receive();
            if (n < 0)
            {
                return n;
            }

            var reader = new NetlinkReader(received.AsSpan(0, n));
            while (reader.Next(out var message))
            {
                var which = message.Sequence - first; // wraps for older numbers, and is then past the end
                if (message.Type == RouteMessage.Error && which < (uint)results.Length)
                {
                    results[(int)which] = Remember(message);
                    missing--;
                }
            }
        }

        return 0;
    }

    private int Remember(in NetlinkMessage message)
    {
        if (!NetlinkAnswer.TryRead(message, out var answer))
        {
            return -Errno.EPROTO;
        }

        if (answer.Error < 0)
        {
            wordsLength = Math.Min(answer.Text.Length, words.Length);
            answer.Text[..wordsLength].CopyTo(words);
        }

        return answer.Error;
    }

    private int Send(Span<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return SysSocket.Send(fd, start, bytes.Length, 0);
        }
    }

    private int Receive()
    {
        fixed (byte* start = received)
        {
            for (var tries = 0; tries < 16; tries++)
            {
                var n = SysSocket.Receive(fd, start, ReceiveBytes, 0);
                if (n != -Errno.EINTR)
                {
                    return n == -Errno.EAGAIN ? -Errno.ETIMEDOUT : n;
                }
            }
        }

        return -Errno.EINTR;
    }
}

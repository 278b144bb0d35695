using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>A client of bytes: what it sends is whatever the test wrote, and it reads when the test wants it to. Its server turns while it waits.</summary>
internal sealed class BareClient : IDisposable
{
    private readonly LdmsStage server;
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <param name="opens">The introduction is accepted; else what answers it is still to be received.</param>
    internal BareClient(LdmsStage server, ConnectBytes introduction, bool opens = true, LdmsEnd? end = null)
    {
        this.server = server;
        Writer = new LdmsWriter(To);
        socket.Connect(IPAddress.Loopback, server.Listen(end ?? new LdmsEnd()));
        var bytes = new byte[introduction.Length];
        _ = introduction.Write(bytes);
        ZapWriter.Connect(To, 1, 0, bytes);
        Send();
        if (opens)
        {
            Assert.Equal((byte)ZapType.Accepted, Receive()[1]);
            ZapWriter.Content(To, ZapType.AckAccepted, 2, 0, default);
        }
    }

    /// <summary>What is to be sent.</summary>
    internal WireBuffer To { get; } = new();

    internal LdmsWriter Writer { get; }

    internal void Send()
    {
        socket.Send(To.Filled);
        To.Drop(To.Count);
    }

    /// <summary>Sends in parts of any length, while the server turns.</summary>
    /// <param name="heldAt">Where given: what waits at the server must never be more, however much was asked; a part that the server does not take any more is left for later.</param>
    internal void SendInParts(Random dice, int heldAt = int.MaxValue)
    {
        socket.Blocking = false;
        for (var idle = 0; To.Count > 0 && idle < 200;)
        {
            var sent = socket.Send(To.Filled[..Math.Min(To.Count, 1 + dice.Next(20_000))], SocketFlags.None, out var error);
            Assert.True(error is SocketError.Success or SocketError.WouldBlock);
            idle = error == SocketError.Success ? 0 : idle + 1;
            To.Drop(error == SocketError.Success ? sent : 0);
            server.Turn(0);
            Assert.All(server.Sockets.Connections, c => Assert.True(c.Waiting <= heldAt && c.Unheard <= heldAt));
        }

        socket.Blocking = true;
    }

    /// <summary>Receives so many messages of so many bytes, and sends on what was left; they are not looked at.</summary>
    internal void Swallow(int count, int bytes)
    {
        socket.Blocking = false;
        var (into, have) = (new byte[ZapFrame.MaxBytes], 0L);
        LdmsStage.Until(
            () =>
            {
                var sent = To.Count == 0 ? 0 : socket.Send(To.Filled, SocketFlags.None, out _);
                To.Drop(Math.Max(0, sent));
                while (socket.Available > 0)
                {
                    have += socket.Receive(into);
                }

                return have >= (long)count * bytes;
            },
            server);
        Assert.Equal((long)count * bytes, have);
        socket.Blocking = true;
    }

    internal ZapMap LookUp(string instance)
    {
        Writer.Lookup(1, instance);
        Send();
        Assert.Equal(ZapArrival.Whole, ZapFrame.TryRead(Receive(), out var frame, out _));
        Assert.Equal(ZapType.Rendezvous, frame.Type);
        return frame.Map;
    }

    /// <summary>The next message.</summary>
    internal byte[] Receive()
    {
        var (have, count) = (new byte[ZapFrame.HeadBytes], 0);
        LdmsStage.Until(
            () =>
            {
                // The head, then the rest of this message and nothing of the next one.
                while (count < have.Length && socket.Available > 0)
                {
                    count += socket.Receive(have.AsSpan(count));
                    if (count == ZapFrame.HeadBytes)
                    {
                        Array.Resize(ref have, BinaryPrimitives.ReadInt32BigEndian(have.AsSpan(4)));
                    }
                }

                return count > ZapFrame.HeadBytes && count == have.Length;
            },
            server);
        return have;
    }

    public void Dispose() => socket.Dispose();
}

using System.Net;
using System.Net.Sockets;
using Understudy.Core.Ldms;

namespace Understudy.Lab.Collection;

/// <summary>Stands between connections on loopback, and changes a byte now and then.</summary>
internal sealed class FlippingRelay : IDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Pipe> pipes = [];
    private readonly byte[] bytes = new byte[64 << 10];
    private readonly int to;
    private readonly Random dice;

    /// <summary>One direction of a connection.</summary>
    private sealed record Pipe(Socket From, Socket To, bool IsToServer)
    {
        internal WireBuffer Waiting { get; } = new();

        internal int UntilFlip { get; set; } = -1;
    }

    internal FlippingRelay(int to, Random dice)
    {
        (this.to, this.dice) = (to, dice);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        listener.Blocking = false;
    }

    internal int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <summary>About so many bytes go by unchanged between two that are not; 0 for none changed.</summary>
    internal int GapToServer { get; set; }

    internal int GapToClient { get; set; }

    internal int Flips { get; private set; }

    /// <summary>Moves what has come.</summary>
    internal void Turn()
    {
        while (listener.Poll(0, SelectMode.SelectRead))
        {
            var client = listener.Accept();
            var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            server.Connect(IPAddress.Loopback, to);
            (client.Blocking, server.Blocking, client.NoDelay, server.NoDelay) = (false, false, true, true);
            pipes.Add(new Pipe(client, server, IsToServer: true));
            pipes.Add(new Pipe(server, client, IsToServer: false));
        }

        foreach (var pipe in pipes.ToList())
        {
            if (!Move(pipe))
            {
                pipe.From.Dispose();
                pipe.To.Dispose();
                pipes.RemoveAll(p => p.From == pipe.From || p.To == pipe.From);
            }
        }
    }

    private bool Move(Pipe pipe)
    {
        try
        {
            while (pipe.Waiting.Count < bytes.Length && pipe.From.Poll(0, SelectMode.SelectRead))
            {
                var count = pipe.From.Receive(bytes);
                if (count == 0)
                {
                    return false;
                }

                Flip(pipe, bytes.AsSpan(0, count));
                bytes.AsSpan(0, count).CopyTo(pipe.Waiting.Room(count));
                pipe.Waiting.Commit(count);
            }

            while (pipe.Waiting.Count > 0 && pipe.To.Poll(0, SelectMode.SelectWrite))
            {
                pipe.Waiting.Drop(pipe.To.Send(pipe.Waiting.Filled));
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)      // one side broke it: so do we
        {
            return false;
        }
    }

    private void Flip(Pipe pipe, Span<byte> part)
    {
        for (var gap = pipe.IsToServer ? GapToServer : GapToClient; gap > 0;)
        {
            pipe.UntilFlip = pipe.UntilFlip < 0 ? dice.Next(2 * gap) : pipe.UntilFlip;
            if (pipe.UntilFlip >= part.Length)
            {
                pipe.UntilFlip -= part.Length;
                return;
            }

            part[pipe.UntilFlip] ^= (byte)(1 + dice.Next(255));
            part = part[(pipe.UntilFlip + 1)..];
            pipe.UntilFlip = -1;
            Flips++;
        }
    }

    public void Dispose()
    {
        listener.Dispose();
        foreach (var pipe in pipes)
        {
            pipe.From.Dispose();
            pipe.To.Dispose();
        }
    }
}

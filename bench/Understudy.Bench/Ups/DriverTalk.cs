using System.Net.Sockets;
using System.Text;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>A client that asks one thing at a time and waits for the answer, as upsdrvctl and an operator's command do.</summary>
internal sealed class DriverTalk : IDisposable
{
    private readonly Socket socket;
    private readonly byte[] buffer = new byte[64 * 1024];
    private int held;

    /// <exception cref="TimeoutException">Nobody listened for that long.</exception>
    internal DriverTalk(string path, TimeSpan patience)
    {
        socket = DriverEar.Connect(path, patience);
        socket.Send("NOBROADCAST\n"u8);
    }

    public void Dispose() => socket.Dispose();

    /// <summary>Sends a line and waits for a certain one. Nanoseconds from before the one to after the other; null when the limit passed first or the connection ended.</summary>
    internal long? Ask(string line, string answer, TimeSpan limit)
    {
        var (asked, wanted) = (Encoding.ASCII.GetBytes(line + "\n"), Encoding.ASCII.GetBytes(answer));
        var begun = LabClock.Now;
        var end = begun + LabClock.Of(limit);
        socket.Send(asked);
        while (LabClock.Now < end)
        {
            socket.ReceiveTimeout = (int)Math.Max(1, (end - LabClock.Now) / LabClock.Millisecond);
            var count = Read();
            if (count == 0)
            {
                return null;
            }

            var at = LabClock.Now;
            if (Take(count, wanted))
            {
                return at - begun;
            }
        }

        return null;
    }

    private int Read()
    {
        try
        {
            return socket.Receive(buffer.AsSpan(held));
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private bool Take(int count, ReadOnlySpan<byte> wanted)
    {
        var found = false;
        var text = buffer.AsSpan(0, held + count);
        for (int end; (end = text.IndexOf((byte)'\n')) >= 0; text = text[(end + 1)..])
        {
            found |= text[..end].SequenceEqual(wanted);
        }

        held = text.Length;
        text.CopyTo(buffer);
        return found;
    }
}

using System.Net.Sockets;
using System.Text;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>A line that was heard, without its end, and when the read that brought it came back.</summary>
internal delegate void LineHeard(ReadOnlySpan<byte> line, long at);

/// <summary>A client of a driver's socket, as upsd is one: it asks for everything, and then hears what changes. A thread of its own stamps each read at once.</summary>
internal sealed class DriverEar : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, (string Value, long At)> values = new(StringComparer.Ordinal);
    private readonly Socket socket;
    private readonly LineHeard heard;
    private readonly bool punctual;
    private readonly Thread thread;

    /// <param name="patience">How long to wait for the socket to be there.</param>
    /// <param name="each">Given, it hears every line, and nothing else is kept of them.</param>
    /// <param name="punctual">The thread comes before others: for times of single lines. Not where it would take the processor from what is measured.</param>
    /// <exception cref="TimeoutException">Nobody listened for that long.</exception>
    internal DriverEar(string path, TimeSpan patience, LineHeard? each = null, bool punctual = true)
    {
        socket = Connect(path, patience);
        heard = each ?? Keep;
        this.punctual = punctual;
        thread = new Thread(Listen, 256 * 1024) { IsBackground = true, Name = "driver ear" };
        thread.Start();
        Say("DUMPALL");
    }

    /// <summary>The other side ended the connection.</summary>
    internal bool Ended { get; private set; }

    /// <summary>What it said last about its data.</summary>
    internal bool Fresh { get; private set; }

    internal void Say(string line) => socket.Send(Encoding.ASCII.GetBytes(line + "\n"));

    internal string? ValueOf(string name)
    {
        lock (gate)
        {
            return values.TryGetValue(name, out var v) ? v.Value : null;
        }
    }

    /// <summary>When a variable took the value that it has now; null while that is another than this.</summary>
    internal long? Since(string name, string value)
    {
        lock (gate)
        {
            return values.TryGetValue(name, out var v) && v.Value == value ? v.At : null;
        }
    }

    /// <summary>Waits until a variable has a value, and tells since when; null when the limit passed first.</summary>
    internal long? Await(string name, string value, TimeSpan limit)
    {
        long? since = null;
        _ = LabClock.WaitUntil(() => (since = Since(name, value)) is not null, limit);
        return since;
    }

    public void Dispose()
    {
        if (!Ended)
        {
            socket.Shutdown(SocketShutdown.Both);
        }

        thread.Join();
        socket.Dispose();
    }

    /// <exception cref="TimeoutException">Nobody listened for that long.</exception>
    internal static Socket Connect(string path, TimeSpan patience)
    {
        Socket? connected = null;
        var end = LabClock.Now + LabClock.Of(patience);
        while ((connected = TryConnect(path)) is null)
        {
            if (LabClock.Now > end)
            {
                throw new TimeoutException($"nobody listens on {Path.GetFileName(path)}");
            }

            LabLibc.SleepUntil(LabClock.Now + LabClock.Millisecond);
        }

        return connected;
    }

    private static Socket? TryConnect(string path)
    {
        // A failed connect on a path that is not there throws; to look first is much cheaper.
        if (!File.Exists(path))
        {
            return null;
        }

        var stream = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            stream.Connect(new UnixDomainSocketEndPoint(path));
            return stream;
        }
        catch (SocketException)
        {
            stream.Dispose();
            return null;      // the file is there before anybody listens
        }
    }

    private void Listen()
    {
        if (punctual)
        {
            _ = LabLibc.MakePunctual();
        }

        var buffer = new byte[256 * 1024];
        var held = 0;
        while (Read(buffer.AsSpan(held)) is > 0 and var count)
        {
            var at = LabClock.Now;
            var text = buffer.AsSpan(0, held + count);
            for (int end; (end = text.IndexOf((byte)'\n')) >= 0; text = text[(end + 1)..])
            {
                heard(text[..end], at);
            }

            held = text.Length;
            text.CopyTo(buffer);
        }

        Ended = true;
    }

    private int Read(Span<byte> into)
    {
        try
        {
            return socket.Receive(into);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    /// <summary>The values of the bench have no sign that would be escaped.</summary>
    private void Keep(ReadOnlySpan<byte> line, long at)
    {
        var text = Encoding.ASCII.GetString(line);
        if (text is "DATAOK" or "DATASTALE")
        {
            Fresh = text == "DATAOK";
        }
        else if (text.Split(' ', 3) is ["SETINFO", var name, ['"', .. var value, '"']])
        {
            lock (gate)
            {
                if (!values.TryGetValue(name, out var was) || was.Value != value)
                {
                    values[name] = (value, at);
                }
            }
        }
        else if (text.Split(' ') is ["DELINFO", var taken])
        {
            lock (gate)
            {
                values.Remove(taken);
            }
        }
    }
}

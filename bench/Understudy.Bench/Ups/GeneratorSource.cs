using System.Net.Sockets;
using System.Text;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>How a source behaves.</summary>
internal enum Manner
{
    /// <summary>It answers at once.</summary>
    Talks = 0,

    /// <summary>It tells everything when asked for that, and then nothing any more.</summary>
    SilentAfterDump,

    /// <summary>It is there, and does nothing at all: a driver that hangs.</summary>
    Hangs,
}

/// <summary>The driver's side of a driver socket, in the bench itself: what it says, when it said it and how fast is under the bench's control.</summary>
internal sealed unsafe class GeneratorSource : IDisposable
{
    /// <summary>What drivers of NUT say of themselves: without a version of 2.8 a proxy may not use TRACKING.</summary>
    private const string DriverVersion = "2.8.0";
    private const int Backlog = 16;      // as in dstate.c

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, string> variables = new(StringComparer.Ordinal) { ["driver.name"] = "generator", ["driver.version"] = DriverVersion };
    private readonly List<Socket> clients = [];
    private readonly List<Thread> threads = [];
    private readonly string path;
    private readonly string[] commands;
    private readonly Socket listener;
    private volatile Manner manner;
    private long lastWordAt;
    private volatile bool stopped;

    internal GeneratorSource(string path, IEnumerable<(string Name, string Value)> variables, params string[] commands)
    {
        (this.path, this.commands) = (path, commands);
        foreach (var (name, value) in variables)
        {
            this.variables[name] = value;
        }

        listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(Backlog);
        Run(Accept, "source");
    }

    internal Manner Manner
    {
        get => manner;
        set => manner = value;
    }

    /// <summary>When it last said anything to anybody.</summary>
    internal long LastWordAt => Volatile.Read(ref lastWordAt);

    /// <summary>Connections since the start.</summary>
    internal int Met { get; private set; }

    /// <summary>How often the kernel's buffer was full: a stock driver tries once more after 200 µs, and then ends the connection.</summary>
    internal long Full { get; private set; }

    /// <summary>How often it was still full after 200 µs.</summary>
    internal long WouldHangUp { get; private set; }

    /// <summary>Sets a variable and tells everybody. Returns when it began to.</summary>
    internal long Change(string name, string value)
    {
        lock (gate)
        {
            variables[name] = value;
            var line = Encoding.ASCII.GetBytes($"SETINFO {name} \"{value}\"\n");
            var begun = LabClock.Now;
            Write(line);
            return begun;
        }
    }

    /// <summary>Sends bytes to everybody in one write.</summary>
    internal void Say(ReadOnlySpan<byte> lines)
    {
        lock (gate)
        {
            Write(lines);
        }
    }

    /// <summary>Ends all connections, as a driver that dies does; it listens on.</summary>
    internal void HangUp()
    {
        lock (gate)
        {
            clients.ForEach(End);
        }
    }

    public void Dispose()
    {
        stopped = true;
        HangUp();
        listener.Dispose();
        foreach (var thread in Running())
        {
            thread.Join();
        }

        File.Delete(path);
    }

    private static void End(Socket client)
    {
        try
        {
            client.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // It had ended by itself.
        }
    }

    private Thread[] Running()
    {
        lock (gate)
        {
            return [.. threads];
        }
    }

    private void Run(Action work, string name)
    {
        var thread = new Thread(() => work(), 256 * 1024) { IsBackground = true, Name = name };
        lock (gate)
        {
            threads.RemoveAll(t => !t.IsAlive && t.ThreadState != ThreadState.Unstarted);
            threads.Add(thread);
        }

        thread.Start();
    }

    private void Accept()
    {
        while (!stopped)
        {
            Socket client;
            try
            {
                client = listener.Accept();
            }
            catch (SocketException)
            {
                return;
            }

            lock (gate)
            {
                clients.Add(client);
                Met++;
            }

            Run(() => Serve(client), "source's client");
        }
    }

    private void Serve(Socket client)
    {
        using var stream = new NetworkStream(client, ownsSocket: false);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        try
        {
            while (reader.ReadLine() is { } line)
            {
                Answer(client, line.Split(' '));
            }
        }
        catch (IOException)
        {
            // It went away while we listened.
        }

        lock (gate)
        {
            clients.Remove(client);
            client.Dispose();
        }
    }

    private void Answer(Socket client, string[] words)
    {
        var answer = (manner, words) switch
        {
            (Manner.Hangs, _) => null,
            (_, ["DUMPALL"]) => Dump(),
            (Manner.SilentAfterDump, _) => null,
            (_, ["PING"]) => "PONG\n",
            (_, ["INSTCMD" or "SET", .., "TRACKING", var id]) => $"TRACKING {id} 0\n",
            _ => null,
        };
        if (answer is not null)
        {
            lock (gate)
            {
                client.Send(Encoding.ASCII.GetBytes(answer));
                Volatile.Write(ref lastWordAt, LabClock.Now);
            }
        }
    }

    private string Dump()
    {
        lock (gate)
        {
            return string.Concat(variables.Select(v => $"SETINFO {v.Key} \"{v.Value}\"\n")) + string.Concat(commands.Select(c => $"ADDCMD {c}\n")) + "DATAOK\nDUMPDONE\n";
        }
    }

    /// <summary>As dstate.c does it: the write may not wait. A client that does not keep up is waited for here, and counted, where a driver would leave it.</summary>
    private void Write(ReadOnlySpan<byte> bytes)
    {
        foreach (var client in clients)
        {
            if (!TryWrite(client, bytes))
            {
                Full++;
                LabLibc.SleepUntil(LabClock.Now + (LabClock.Millisecond / 5));
                for (var again = false; !TryWrite(client, bytes) && !stopped; again = true)
                {
                    WouldHangUp += again ? 0 : 1;
                    LabLibc.SleepUntil(LabClock.Now + (LabClock.Millisecond / 5));
                }
            }
        }

        Volatile.Write(ref lastWordAt, LabClock.Now);
    }

    /// <summary>False where the buffer is full. A stream of AF_UNIX takes a small write whole or not at all; one that has ended takes all.</summary>
    private static bool TryWrite(Socket client, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return LabLibc.send((int)client.Handle, start, (nuint)bytes.Length, LabLibc.MSG_DONTWAIT) >= 0
                || System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != LabLibc.EAGAIN;
        }
    }
}

using System.Net.Sockets;
using System.Text;

namespace Understudy.Lab.Ups;

/// <summary>
/// A driver whose every line is the test's: for what no driver of Debian's does without a device, as calling its data stale at once, or <c>driver.killpower</c>, which came after 2.8.0.
/// </summary>
internal sealed class ScriptedDriver : IDisposable
{
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<Socket> clients = [];
    private readonly List<Thread> threads = [];
    private readonly SortedDictionary<string, string> values;
    private readonly string[] commands;
    private readonly Func<string, int?> answer;
    private readonly List<string> asked = [];
    private readonly Lock locked = new();
    private bool fresh = true;

    /// <param name="answer">The result of a SET or INSTCMD line (without its TRACKING); null leaves it unanswered for ever.</param>
    internal ScriptedDriver(string path, IEnumerable<(string Name, string Value)> variables, IEnumerable<string> commands, Func<string, int?> answer)
    {
        (this.commands, this.answer) = ([.. commands], answer);
        values = new(variables.Append(("driver.version", "2.8.4")).ToDictionary(v => v.Item1, v => v.Item2, StringComparer.Ordinal), StringComparer.Ordinal);
        File.Delete(path);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(16);
        Run(Accept);
    }

    /// <summary>Every SET and INSTCMD that came, in order, without its TRACKING.</summary>
    internal IReadOnlyList<string> Asked
    {
        get
        {
            lock (locked)
            {
                return [.. asked];
            }
        }
    }

    /// <summary>Says whether its data is fresh, as a driver does whose device has stopped to answer, or answers again.</summary>
    internal void Vouch(bool now)
    {
        lock (locked)
        {
            fresh = now;
            Tell(fresh ? "DATAOK\n" : "DATASTALE\n");
        }
    }

    /// <summary>Says lines to all clients.</summary>
    internal void Say(params ReadOnlySpan<string> lines)
    {
        lock (locked)
        {
            foreach (var line in lines)
            {
                Tell(line + "\n");
            }
        }
    }

    public void Dispose()
    {
        listener.Dispose();
        lock (locked)
        {
            clients.ForEach(c => c.Dispose());
        }

        threads.ForEach(t => t.Join());
    }

    private void Run(ThreadStart work)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // the client is gone, or we are done
            }
        })
        { IsBackground = true };
        threads.Add(thread);
        thread.Start();
    }

    private void Accept()
    {
        while (true)
        {
            var client = listener.Accept();
            lock (locked)
            {
                clients.Add(client);
                Run(() => Serve(client));
            }
        }
    }

    private void Serve(Socket client)
    {
        var (buffer, rest) = (new byte[4096], "");
        for (var count = client.Receive(buffer); count > 0; count = client.Receive(buffer))
        {
            var lines = (rest + Encoding.Latin1.GetString(buffer, 0, count)).Split('\n');
            rest = lines[^1];
            foreach (var line in lines[..^1])
            {
                lock (locked)
                {
                    Answer(client, line);
                }
            }
        }
    }

    private void Answer(Socket client, string line)
    {
        switch (line.Split(' ')[0])
        {
            case "PING":
                client.Send("PONG\n"u8);
                break;
            case "DUMPALL":
                var dump = string.Concat(values.Select(v => $"SETINFO {v.Key} \"{v.Value}\"\n")) + string.Concat(commands.Select(c => $"ADDCMD {c}\n"));
                client.Send(Encoding.Latin1.GetBytes($"{dump}{(fresh ? "DATAOK" : "DATASTALE")}\nDUMPDONE\n"));
                break;
            case "SET" or "INSTCMD":
                var parts = line.Split(" TRACKING ");
                asked.Add(parts[0]);
                if (parts.Length == 2 && answer(parts[0]) is { } result)
                {
                    client.Send(Encoding.Latin1.GetBytes($"TRACKING {parts[1]} {result}\n"));
                }

                break;
        }
    }

    private void Tell(string text)
    {
        foreach (var client in clients)
        {
            try
            {
                client.Send(Encoding.Latin1.GetBytes(text));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // that one is gone
            }
        }
    }
}

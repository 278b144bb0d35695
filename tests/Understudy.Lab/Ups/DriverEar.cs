using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Understudy.Lab.Worlds;

namespace Understudy.Lab.Ups;

/// <summary>One client of a driver's socket, as upsd is: it asks for everything, and hears what changes. It has a reader of its own, so that the program under test is not what reads it.</summary>
internal sealed class DriverEar : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Socket socket;
    private readonly Thread thread;
    private readonly List<(string Line, long At)> heard = [];
    private readonly Dictionary<string, string> values = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> commands = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock locked = new();
    private bool fresh;
    private bool whole;
    private bool ended;
    private int asked;

    /// <summary>Connects, and waits for the whole dump.</summary>
    /// <exception cref="SocketException">Nobody listens.</exception>
    internal DriverEar(string path)
    {
        socket = Connect(path);
        thread = new Thread(Listen) { IsBackground = true };
        thread.Start();
        Send("DUMPALL");
        if (!LabClock.WaitUntil(() => Whole || Ended, s_patience) || !Whole)
        {
            Dispose();
            throw new IOException($"{path} did not tell all: {string.Join(" | ", Since(0))}");
        }
    }

    /// <summary>The last word on freshness was DATAOK.</summary>
    internal bool Fresh
    {
        get
        {
            lock (locked)
            {
                return fresh;
            }
        }
    }

    /// <summary>The driver has closed the connection.</summary>
    internal bool Ended
    {
        get
        {
            lock (locked)
            {
                return ended;
            }
        }
    }

    private bool Whole
    {
        get
        {
            lock (locked)
            {
                return whole;
            }
        }
    }

    /// <summary>How many lines were heard so far; for <see cref="Since"/>.</summary>
    internal int Mark
    {
        get
        {
            lock (locked)
            {
                return heard.Count;
            }
        }
    }

    internal static bool Answers(string path)
    {
        try
        {
            Connect(path).Dispose();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>What a driver says now, for a person; never throws for a driver that is not there.</summary>
    internal static IEnumerable<string> Glance(string path)
    {
        try
        {
            using var ear = new DriverEar(path);
            return ear.Since(0);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return [e.Message];
        }
    }

    /// <summary>The value within the outermost quotes of a line, without its backslashes.</summary>
    internal static string Unquoted(string line)
    {
        var (first, last) = (line.IndexOf('"', StringComparison.Ordinal), line.LastIndexOf('"'));
        var value = new StringBuilder();
        for (var i = first + 1; i < last; i++)
        {
            i += line[i] == '\\' && i + 1 < last ? 1 : 0;
            value.Append(line[i]);
        }

        return value.ToString();
    }

    internal List<string> Since(int mark)
    {
        lock (locked)
        {
            return [.. heard.Skip(mark).Select(h => h.Line)];
        }
    }

    /// <summary>When a line that fits was heard first after a mark, by <see cref="LabClock"/>; null while it was not.</summary>
    internal long? When(int mark, Predicate<string> fits)
    {
        lock (locked)
        {
            return heard.Skip(mark).Where(h => fits(h.Line)).Select(h => (long?)h.At).FirstOrDefault();
        }
    }

    /// <summary>Null where there is no such variable.</summary>
    internal string? Value(string name)
    {
        lock (locked)
        {
            return values.GetValueOrDefault(name);
        }
    }

    internal int Count
    {
        get
        {
            lock (locked)
            {
                return values.Count;
            }
        }
    }

    internal bool Offers(string command)
    {
        lock (locked)
        {
            return commands.Contains(command);
        }
    }

    internal void Send(string line) => socket.Send(Encoding.Latin1.GetBytes(line + "\n"));

    /// <summary>Sends a command or setting with an id of ours, and waits for its result (upshandler.h: 0 handled, 1 unknown, 2 invalid, 3 failed); null where none came.</summary>
    internal int? Ask(string request)
    {
        var id = $"lab-{++asked}";
        var mark = Mark;
        Send($"{request} TRACKING {id}");
        _ = LabClock.WaitUntil(() => When(mark, l => l.StartsWith($"TRACKING {id} ", StringComparison.Ordinal)) is not null || Ended, s_patience);
        return Since(mark).FirstOrDefault(l => l.StartsWith($"TRACKING {id} ", StringComparison.Ordinal)) is { } line ? line[^1] - '0' : null;
    }

    /// <summary>How long the driver takes to answer PING; null where it does not within a minute.</summary>
    internal TimeSpan? Ping()
    {
        var (mark, begun) = (Mark, LabClock.Now);
        Send("PING");
        return LabClock.WaitUntil(() => When(mark, l => l == "PONG") is not null, s_patience) ? TimeSpan.FromTicks((When(mark, l => l == "PONG")!.Value - begun) / 100) : null;
    }

    /// <summary>The process that answers; -1 where none does.</summary>
    internal int Pid()
    {
        var mark = Mark;
        Send("GETPID");
        _ = LabClock.WaitUntil(() => When(mark, l => l.StartsWith("PID ", StringComparison.Ordinal)) is not null, s_patience);
        return Since(mark).FirstOrDefault(l => l.StartsWith("PID ", StringComparison.Ordinal)) is { } line ? int.Parse(line["PID ".Length..], CultureInfo.InvariantCulture) : -1;
    }

    public void Dispose()
    {
        socket.Dispose();
        thread.Join();
    }

    private static Socket Connect(string path)
    {
        var connecting = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            connecting.Connect(new UnixDomainSocketEndPoint(path));
            return connecting;
        }
        catch
        {
            connecting.Dispose();
            throw;
        }
    }

    private void Listen()
    {
        var (buffer, rest) = (new byte[64 * 1024], "");
        try
        {
            for (var count = socket.Receive(buffer); count > 0; count = socket.Receive(buffer))
            {
                var lines = (rest + Encoding.Latin1.GetString(buffer, 0, count)).Split('\n');
                rest = lines[^1];
                lock (locked)
                {
                    foreach (var line in lines[..^1])
                    {
                        Take(line);
                    }
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // it is gone, or we are done
        }

        lock (locked)
        {
            ended = true;
        }
    }

    private void Take(string line)
    {
        heard.Add((line, LabClock.Now));
        var words = line.Split(' ', 3);
        switch (words)
        {
            case ["SETINFO", var name, _]:
                values[name] = Unquoted(line);
                break;
            case ["DELINFO", var name]:
                values.Remove(name);
                break;
            case ["ADDCMD", var name]:
                commands.Add(name);
                break;
            case ["DELCMD", var name]:
                commands.Remove(name);
                break;
            case ["DATAOK"] or ["DATASTALE"]:
                fresh = line == "DATAOK";
                break;
            case ["DUMPDONE"]:
                whole = true;
                break;
        }
    }
}

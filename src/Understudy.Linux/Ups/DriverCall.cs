using System.Globalization;
using System.Text;
using Understudy.Core.Ups;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Ups;

/// <summary>A conversation with one driver over its socket that waits for each answer: for a thread that has nothing else to do.</summary>
/// <param name="socket">The socket's path.</param>
public sealed class DriverCall(string socket) : IDisposable
{
    /// <summary>A driver that runs answers PING between two talks with its device, which take some seconds.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Commands are carried out while we wait; the stock <c>-k</c> waits for as long as it takes.</summary>
    public static readonly TimeSpan CommandPatience = TimeSpan.FromSeconds(60);

    private LineSocket? stream;
    private bool ponged;
    private bool dumped;
    private string awaited = "";
    private CommandResult? result;
    private int ids;

    /// <summary>What it told when it was asked.</summary>
    public VariableTree Tree { get; } = new();

    /// <summary>Connects, and has it tell all. Null when it has; else why not.</summary>
    public string? Open()
    {
        Dispose();
        Tree.Clear();
        (ponged, dumped) = (false, false);
        var fd = UnixSocket.Connect(socket);
        if (fd < 0)
        {
            return Errno.Text(fd);
        }

        stream = new LineSocket(fd);
        if (stream.Send("PING\nDUMPALL\n"u8.ToArray()) && Await(() => ponged && dumped, s_patience))
        {
            return null;
        }

        Dispose();
        return ponged ? "it does not tell what it has" : "it does not answer PING";
    }

    /// <summary>Sends a command, and waits for its result.</summary>
    /// <returns>Null where none came: it is not known what became of it.</returns>
    public CommandResult? Command(string name, TimeSpan? patience = null) => Ask($"INSTCMD {name}", patience);

    /// <summary>Sets a variable, and waits for the result; null where none came.</summary>
    public CommandResult? Set(string name, string value) => Ask($"SET {name} \"{value}\"", null);

    public void Dispose()
    {
        stream?.Dispose();
        stream = null;
    }

    private CommandResult? Ask(string request, TimeSpan? patience)
    {
        if (stream is null && Open() is not null)
        {
            return null;
        }

        awaited = string.Create(CultureInfo.InvariantCulture, $"understudy-{Environment.ProcessId}-{++ids}");
        result = null;
        return stream!.Send(Encoding.ASCII.GetBytes($"{request} TRACKING {awaited}\n")) && Await(() => result is not null, patience ?? CommandPatience) ? result : null;
    }

    private bool Await(Func<bool> isSo, TimeSpan limit)
    {
        for (var until = BootClock.Now + limit; !isSo();)
        {
            var rest = until - BootClock.Now;
            if (rest <= TimeSpan.Zero || (UnixSocket.AwaitInput(stream!.Fd, rest) && !(dumped ? stream.Read(Hear) : stream.ReadDump(Hear)) && !isSo()))
            {
                return false;
            }
        }

        return true;
    }

    private void Hear(ReadOnlySpan<byte> line)
    {
        Span<char> scratch = stackalloc char[DriverLines.MaxLineBytes];
        if (!DriverLines.TryRead(line, scratch, out var read))
        {
            return;
        }

        switch (read.Word)
        {
            case DriverWord.Pong:
                ponged = true;
                break;
            case DriverWord.DumpDone:
                dumped = true;
                break;
            case DriverWord.Tracking when read.Name.SequenceEqual(awaited):
                result = CommandDesk.ResultOf(read.First);
                break;
            default:
                _ = Tree.Apply(read);
                break;
        }
    }
}

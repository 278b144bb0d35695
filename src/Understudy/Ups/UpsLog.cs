using System.Net.Sockets;
using System.Text;

namespace Understudy.Ups;

/// <summary>What a driver says to people: to the terminal while it has one, to syslog from then on (RFC 3164's form, as syslog(3) sends it to /dev/log).</summary>
internal sealed class UpsLog(string name) : IDisposable
{
    // LOG_DAEMON (3 << 3) with LOG_ERR, LOG_WARNING, LOG_NOTICE: syslog(3)
    private const int Error = 27, Warning = 28, Notice = 29;

    private Socket? syslog;
    private volatile bool away;

    /// <summary>The terminal is left: from now on to syslog.</summary>
    internal void Leave() => away = true;

    internal void Say(string text) => Write(Notice, text);

    internal void Warn(string text) => Write(Warning, text);

    internal void Fail(string text) => Write(Error, text);

    public void Dispose() => syslog?.Dispose();

    private void Write(int priority, string text)
    {
        if (!away)
        {
            Console.Error.WriteLine($"{name}: {text}");
            return;
        }

        try
        {
            syslog ??= new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
            _ = syslog.SendTo(Encoding.UTF8.GetBytes($"<{priority}>{name}[{Environment.ProcessId}]: {text}"), new UnixDomainSocketEndPoint("/dev/log"));
        }
        catch (SocketException)
        {
            // nobody listens there: the ledger has it too
        }
    }
}

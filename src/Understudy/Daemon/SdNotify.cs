using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Understudy.Daemon;

/// <summary>Tells systemd how we are: sd_notify(3). Without NOTIFY_SOCKET it says nothing.</summary>
internal sealed class SdNotify : IDisposable
{
    private readonly Socket? socket;
    private readonly UnixDomainSocketEndPoint? to;

    public SdNotify()
    {
        var path = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        if (string.IsNullOrEmpty(path))
        {
            return;
        }

        to = new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path);
        socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };

        // Half of what the unit's WatchdogSec= asks for: sd_watchdog_enabled(3).
        if (long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), CultureInfo.InvariantCulture, out var micros) && micros > 0)
        {
            WatchdogEvery = TimeSpan.FromMicroseconds(micros / 2);
        }
    }

    public TimeSpan? WatchdogEvery { get; }

    public void Say(string state)
    {
        if (socket is null)
        {
            return;
        }

        try
        {
            _ = socket.SendTo(Encoding.UTF8.GetBytes(state), to!);
        }
        catch (SocketException)
        {
            // systemd is not listening: nothing depends on it, and the next word says it again
        }
    }

    public void Dispose() => socket?.Dispose();
}

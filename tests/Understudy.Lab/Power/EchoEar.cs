using System.Net;
using System.Net.Sockets;
using Understudy.Lab.Worlds;

namespace Understudy.Lab.Power;

/// <summary>Who asked for an echo, and when.</summary>
/// <param name="At">Seconds of the boot clock.</param>
/// <param name="Wall">The wall clock, which all hosts share.</param>
/// <param name="From">Last byte of the asker's address.</param>
internal readonly record struct EchoHeard(double At, DateTime Wall, byte From);

/// <summary>Hears in one place every echo request that comes, also those that the kernel is told not to answer: a raw socket gets a copy of each (raw(7)).</summary>
internal sealed class EchoEar : IDisposable
{
    private readonly Socket socket;
    private readonly Thread thread;
    private readonly List<EchoHeard> heard = [];
    private volatile bool gone;

    internal EchoEar(NetworkNamespace place)
    {
        socket = place.Inside(() =>
        {
            var opened = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp) { ReceiveTimeout = 200 };
            opened.Bind(new IPEndPoint(IPAddress.Any, 0));
            return opened;
        });
        thread = new Thread(Listen) { IsBackground = true, Name = "echo ear" };
        thread.Start();
    }

    internal List<EchoHeard> Heard()
    {
        lock (heard)
        {
            return [.. heard];
        }
    }

    public void Dispose()
    {
        gone = true;
        thread.Join();
        socket.Dispose();
    }

    private void Listen()
    {
        var packet = new byte[256];
        while (!gone)
        {
            try
            {
                // The IPv4 header comes along (raw(7)); its source address ends at byte 15. Type 8 is an echo request (RFC 792).
                if (socket.Receive(packet) > 20 && packet[(packet[0] & 15) * 4] == 8)
                {
                    lock (heard)
                    {
                        heard.Add(new EchoHeard(RoomWorld.Now, DateTime.UtcNow, packet[15]));
                    }
                }
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                // Nobody asked in this fifth of a second.
            }
        }
    }
}

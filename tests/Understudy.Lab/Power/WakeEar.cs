using System.Net;
using System.Net.Sockets;
using Understudy.Lab.Worlds;

namespace Understudy.Lab.Power;

/// <summary>Hears magic packets on one wire, and of whom they are.</summary>
internal sealed class WakeEar : IDisposable
{
    private readonly Socket socket;

    internal WakeEar(NetworkNamespace place) => socket = place.Inside(() =>
    {
        var opened = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        opened.Bind(new IPEndPoint(IPAddress.Any, 9));
        return opened;
    });

    /// <summary>The last byte of the address in each packet that has come since.</summary>
    internal List<byte> Heard()
    {
        var heard = new List<byte>();
        var packet = new byte[256];
        while (socket.Available > 0)
        {
            var bytes = socket.Receive(packet);
            if (bytes >= 102)
            {
                heard.Add(packet[11]);      // six bytes of ff, then the address sixteen times
            }
        }

        return heard;
    }

    public void Dispose() => socket.Dispose();
}

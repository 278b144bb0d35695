using System.Net;
using System.Net.Sockets;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Linux.Probing;

/// <summary>Opens a connection and closes it. A name is looked up each time, and each of its addresses is tried.</summary>
internal sealed class TcpProbe(ProbeSettings.Tcp settings) : IProbe
{
    public void Dispose()
    {
    }

    public async ValueTask<ProbeReading> ReadAsync(CancellationToken stop)
    {
        IPAddress[] addresses = [];
        try
        {
            addresses = await Dns.GetHostAddressesAsync(settings.Host, stop);
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(addresses, settings.Port, stop);
            return new ProbeReading.Good($"{settings.Subject} accepted");
        }
        catch (SocketException e)
        {
            var reading = SocketReading.Of(e.SocketErrorCode, e.Message, settings.Subject);
            return e.SocketErrorCode == SocketError.HostUnreachable ? Reach.Of(reading, settings.Subject, e.Message, addresses) : reading;
        }
    }
}

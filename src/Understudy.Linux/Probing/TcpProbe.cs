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
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(settings.Host, settings.Port, stop);
            return new ProbeReading.Good($"{settings.Subject} accepted");
        }
        catch (SocketException e)
        {
            return SocketReading.Of(e.SocketErrorCode, e.Message, settings.Subject);
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Understudy.Lab.Worlds;

/// <summary>The page that tells whether the service of a host is well, on the host's own loopback: 200, or 500 while <see cref="Well"/> is false.</summary>
public sealed class HealthPage : IDisposable
{
    private static readonly byte[] Good = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwell\n");
    private static readonly byte[] Bad = Encoding.ASCII.GetBytes("HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\n\r\nill\n");

    private readonly Socket listener;
    private readonly Thread thread;
    private volatile bool stopped;
    private volatile bool well = true;

    internal HealthPage(NetworkNamespace host)
    {
        listener = host.Inside(() =>
        {
            var opened = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            opened.Bind(new IPEndPoint(IPAddress.Loopback, Place.HealthPort));
            opened.Listen(16);
            return opened;
        });
        thread = new Thread(Serve) { IsBackground = true, Name = "health page" };
        thread.Start();
    }

    public bool Well
    {
        get => well;
        set => well = value;
    }

    public void Dispose()
    {
        stopped = true;
        thread.Join();
        listener.Dispose();
    }

    private void Serve()
    {
        var request = new byte[2048];
        while (!stopped)
        {
            if (!listener.Poll(200_000, SelectMode.SelectRead))
            {
                continue;
            }

            try
            {
                using var caller = listener.Accept();
                caller.ReceiveTimeout = 500;
                caller.SendTimeout = 500;

                // A request of a probe fits one segment; its words do not matter, there is one page.
                _ = caller.Receive(request);
                _ = caller.Send(well ? Good : Bad);
            }
            catch (SocketException)
            {
                // The caller gave up; the next one is served.
            }
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Understudy.Lab.Collection;

/// <summary>A web server of a few lines on a free port of the loopback: it keeps connections, answers what it is told to, and counts.</summary>
internal sealed class ScrapeServer : IDisposable
{
    private readonly TcpListener listener;
    private readonly CancellationTokenSource stop = new();
    private readonly Func<string, byte[]?> answer;
    private int connections, requests;

    /// <param name="answer">From the request's head to the whole answer; null for none at all.</param>
    /// <param name="started">Listens already, for instance in another namespace; null for a free port of the loopback.</param>
    internal ScrapeServer(Func<string, byte[]?> answer, TcpListener? started = null)
    {
        this.answer = answer;
        listener = started ?? new TcpListener(IPAddress.Loopback, 0);
        if (started is null)
        {
            listener.Start(1024);
        }

        _ = AcceptAsync();
    }

    internal Uri Url => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/metrics");

    internal int Connections => Volatile.Read(ref connections);

    internal int Requests => Volatile.Read(ref requests);

    internal static byte[] Ok(string body, string type = "text/plain; version=0.0.4", string more = "") => Ok(Encoding.UTF8.GetBytes(body), type, more);

    internal static byte[] Ok(byte[] body, string type = "text/plain; version=0.0.4", string more = "") =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n{more}\r\n"), .. body];

    public void Dispose()
    {
        stop.Cancel();
        listener.Stop();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stop.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var owned = client;
        _ = Interlocked.Increment(ref connections);
        var buffer = new byte[8192];
        var have = 0;
        try
        {
            var stream = client.GetStream();
            while (true)
            {
                var got = await stream.ReadAsync(buffer.AsMemory(have), stop.Token);
                if (got == 0)
                {
                    return;
                }

                have += got;
                var end = buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8);
                if (end < 0)
                {
                    continue;
                }

                _ = Interlocked.Increment(ref requests);
                var head = Encoding.ASCII.GetString(buffer, 0, end);
                have = 0;
                if (answer(head) is { } bytes)
                {
                    await stream.WriteAsync(bytes, stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // the client went, or the test is over
        }
    }
}

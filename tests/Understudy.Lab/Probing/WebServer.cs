using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Understudy.Lab.Probing;

/// <summary>A server on loopback that answers every request with the same bytes, or never.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly byte[]? answer;
    private readonly X509Certificate2? certificate;
    private readonly Task serving;
    private int connections;

    /// <summary>Serves until disposed.</summary>
    /// <param name="answer">The whole answer, head and body; null to stay silent.</param>
    /// <param name="certificate">For https.</param>
    internal WebServer(string? answer, X509Certificate2? certificate = null)
    {
        this.answer = answer is null ? null : Encoding.UTF8.GetBytes(answer);
        this.certificate = certificate;
        listener.Start();
        serving = ServeAsync();
    }

    internal int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    internal Uri Url => new($"{(certificate is null ? "http" : "https")}://127.0.0.1:{Port}/health");

    internal int Connections => Volatile.Read(ref connections);

    internal static string Page(int status, string body = "") =>
        $"HTTP/1.1 {status} Words\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nLocation: /elsewhere\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await serving;   // it may be about to accept: the listener goes last
        listener.Stop();
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var answers = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                Interlocked.Increment(ref connections);
                answers.Add(AnswerAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(answers);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                if (certificate is not null)
                {
                    var secure = new SslStream(stream);
                    await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop.Token);
                    stream = secure;
                }

                await using (stream)
                {
                    _ = await stream.ReadAsync(new byte[4096], stop.Token);
                    if (answer is null)
                    {
                        await Task.Delay(Timeout.Infinite, stop.Token);
                    }

                    await stream.WriteAsync(answer, stop.Token);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // The client went first, or we close.
            }
        }
    }
}

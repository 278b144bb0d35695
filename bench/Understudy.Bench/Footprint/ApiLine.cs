using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Understudy.Bench.Footprint;

/// <summary>A kept connection to a daemon's API on its Unix socket.</summary>
internal sealed class ApiLine : IDisposable
{
    private readonly HttpClient http;

    internal ApiLine(string socket) => http = new HttpClient(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (_, stop) =>
        {
            var line = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await line.ConnectAsync(new UnixDomainSocketEndPoint(socket), stop);
            }
            catch
            {
                line.Dispose();
                throw;
            }

            return new NetworkStream(line, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://understudy/"), Timeout = TimeSpan.FromSeconds(10) };

    public void Dispose() => http.Dispose();

    /// <summary>Whether the daemon answers at all.</summary>
    internal bool Answers()
    {
        try
        {
            using var answer = http.Send(new HttpRequestMessage(HttpMethod.Get, "v1/status"), CancellationToken.None);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;      // not there yet
        }
    }

    /// <summary>Orders a hand-over, and waits until the duty is let go. Null, or why not.</summary>
    internal string? HandOver(string duty, string to)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/duties/{duty}/handover") { Content = new StringContent($"{{\"to\":\"{to}\"}}", Encoding.UTF8, "application/json") };
        using var answer = http.Send(request, CancellationToken.None);
        using var text = new StreamReader(answer.Content.ReadAsStream(CancellationToken.None));
        return answer.StatusCode == HttpStatusCode.OK ? null : text.ReadToEnd();
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Linux.Probing;

/// <summary>Gets a page, over a new connection each time: a kept one would not notice that nobody accepts any more.</summary>
/// <remarks>No proxy, no redirection, no cookies, HTTP/1.1; the address is asked as written and nothing else.</remarks>
internal sealed class HttpProbe : IProbe
{
    /// <summary>How much of the body is searched for the text.</summary>
    internal const int Searched = 64 * 1024;

    private readonly ProbeSettings.Http settings;
    private readonly HttpMessageInvoker client;
    private readonly byte[]? wanted;

    internal HttpProbe(ProbeSettings.Http settings)
    {
        this.settings = settings;
        wanted = settings.Contains is { } text ? Encoding.UTF8.GetBytes(text) : null;
        var handler = PlainHttp.Handler();
        if (settings.Insecure)
        {
#pragma warning disable CA5359 // The operator asked for it: a service's own certificate is often for a name that the probe does not use.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        client = new HttpMessageInvoker(handler, disposeHandler: true);
    }

    public void Dispose() => client.Dispose();

    public async ValueTask<ProbeReading> ReadAsync(CancellationToken stop)
    {
        try
        {
            using var request = PlainHttp.Request(HttpMethod.Get, settings.Url);
            using var response = await client.SendAsync(request, stop);
            var status = (int)response.StatusCode;
            var words = string.Create(CultureInfo.InvariantCulture, $"http {status} from {settings.Url}");
            if (status < settings.ExpectFrom || status > settings.ExpectTo)
            {
                return new ProbeReading.Bad(words) { Answered = true };
            }

            return wanted is null ? new ProbeReading.Good(words)
                : await ContainsAsync(response.Content, wanted, stop) ? new ProbeReading.Good($"{words} with the text")
                : new ProbeReading.Bad($"{words} without '{settings.Contains}' in its first 64 KiB") { Answered = true };
        }
        catch (HttpRequestException e)
        {
            return Reading(e);
        }
        catch (IOException e)   // the connection broke in the body
        {
            return e.InnerException is SocketException socket
                ? Socket(socket)
                : new ProbeReading.Bad($"{settings.Subject}: {e.Message}") { Answered = true };
        }
    }

    private static async Task<bool> ContainsAsync(HttpContent content, byte[] wanted, CancellationToken stop)
    {
        await using var body = await content.ReadAsStreamAsync(stop);
        var buffer = new byte[Searched];
        var have = 0;
        while (have < Searched)
        {
            var got = await body.ReadAsync(buffer.AsMemory(have), stop);
            if (got == 0)
            {
                break;
            }

            // Only what is new, and so much before it that a text across the seam is found.
            var from = Math.Max(0, have - wanted.Length + 1);
            have += got;
            if (buffer.AsSpan(from..have).IndexOf(wanted) >= 0)
            {
                return true;
            }
        }

        return have > 0 && wanted.Length == 0;
    }

    private ProbeReading Socket(SocketException e)
    {
        var reading = SocketReading.Of(e.SocketErrorCode, e.Message, settings.Subject);
        return e.SocketErrorCode != SocketError.HostUnreachable ? reading
            : IPAddress.TryParse(settings.Url.DnsSafeHost, out var address) ? Reach.Of(reading, settings.Subject, e.Message, address)
            : Reach.Of(reading, settings.Subject, e.Message);      // a name: which of its addresses was tried last is not told
    }

    private ProbeReading Reading(HttpRequestException e) => e.InnerException switch
    {
        SocketException socket => Socket(socket),
        AuthenticationException tls => new ProbeReading.Bad($"{settings.Subject}: {tls.Message}") { Answered = true },
        IOException { InnerException: SocketException socket } => Socket(socket),
        var inner => new ProbeReading.Bad($"{settings.Subject}: {(inner ?? e).Message}") { Answered = e.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded or HttpRequestError.HttpProtocolError },
    };
}

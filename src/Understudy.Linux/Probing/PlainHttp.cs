using System.Net;

namespace Understudy.Linux.Probing;

/// <summary>How we ask a web server: over a new connection each time, as a kept one would not notice that nobody accepts any more; the address as it is written, and nothing else: no proxy, no redirection, no cookies, HTTP/1.1.</summary>
internal static class PlainHttp
{
    internal static SocketsHttpHandler Handler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = 16,   // KiB
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.Zero,
    };

    internal static HttpRequestMessage Request(HttpMethod method, Uri url, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, url) { Version = HttpVersion.Version11, Content = content };
        request.Headers.ConnectionClose = true;
        request.Headers.UserAgent.ParseAdd("understudy");
        return request;
    }
}

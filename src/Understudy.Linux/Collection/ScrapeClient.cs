using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Linux.Secrets;

namespace Understudy.Linux.Collection;

/// <summary>How a scrape shows who asks.</summary>
public enum ScrapeAuthorization : byte
{
    None,

    /// <summary>The file holds a token.</summary>
    Bearer,

    /// <summary>The file holds the password of <see cref="ScrapeTarget.User"/>.</summary>
    Basic,
}

/// <summary>What is scraped, and how.</summary>
/// <param name="Timeout">From the request to the last byte of the answer.</param>
/// <param name="Gzip">Ask for a compressed answer: worth it over a slow line, and costs more than it saves in a machine room.</param>
/// <param name="Headers">Sent too; one of ours of the same name is not.</param>
/// <param name="SecretFile">For <paramref name="Authorization"/>; read anew when it has changed.</param>
public sealed record ScrapeTarget(Uri Url, TimeSpan Timeout, bool Gzip = false, ScrapeAuthorization Authorization = ScrapeAuthorization.None, string User = "", string SecretFile = "", bool Insecure = false, ValueList<(string Name, string Value)>? Headers = null);

/// <summary>What came of a scrape.</summary>
/// <param name="Outcome">Refused also where nothing came at all.</param>
/// <param name="Why">For people; "" when there is a sample.</param>
/// <param name="Bytes">Of the body as it was read.</param>
/// <param name="Answered">The target answered something, so it is there.</param>
public readonly record struct Scrape(OpenMetricsOutcome Outcome, string Why, int Bytes, bool Answered);

/// <summary>
/// Scrapes one target over a connection that is kept, again and again into the same buffers. Its reader belongs to whoever has the result until the next scrape is asked for. Thousands of them share
/// one <see cref="ScrapeClients"/>, and need no thread while they wait.
/// </summary>
public sealed class ScrapeClient
{
    /// <summary>Both formats, OpenMetrics first; in the words that Prometheus uses, as exporters choose by them.</summary>
    private const string Accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    private const int FirstBuffer = 16 * 1024;

    private readonly ScrapeTarget target;
    private readonly OpenMetricsLimits limits;
    private readonly HttpMessageInvoker client;
    private readonly string timeoutSeconds;
    private byte[] buffer = new byte[FirstBuffer];
    private AuthenticationHeaderValue? authorization;
    private DateTime secretFrom;

    internal ScrapeClient(ScrapeTarget target, OpenMetricsLimits limits, HttpMessageInvoker client)
    {
        this.target = target;
        this.limits = limits;
        this.client = client;
        timeoutSeconds = target.Timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        Reader = new OpenMetricsReader(limits);
    }

    /// <summary>Values and template of the last good scrape. Not while a scrape runs.</summary>
    public OpenMetricsReader Reader { get; }

    /// <summary>Gets the page and reads it. One at a time.</summary>
    /// <param name="stop">The daemon ends; the time limit is our own.</param>
    public async Task<Scrape> ReadAsync(CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(target.Timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target.Url) { Version = HttpVersion.Version11 };
            if (Headers(request) is { } refused)
            {
                return No(refused, answered: false);
            }

            using var response = await client.SendAsync(request, limit.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return No(string.Create(CultureInfo.InvariantCulture, $"http {(int)response.StatusCode}"), answered: true);
            }

            var length = await BodyAsync(response.Content, limit.Token);
            if (length < 0)
            {
                return No($"the answer has more than {limits.BodyBytes} bytes", answered: true);
            }

            var reading = Reader.Read(buffer.AsSpan(0, length), Format(response.Content.Headers.ContentType));
            return new Scrape(reading.Outcome, reading.Why, length, Answered: true);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return No($"no whole answer within {timeoutSeconds} s", answered: false);
        }
        catch (HttpRequestException e)
        {
            return No((e.InnerException ?? e).Message, e.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded or HttpRequestError.HttpProtocolError);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or SocketException or AuthenticationException)
        {
            return No(e.Message, answered: true);      // it broke in the body
        }
    }

    /// <summary>A target that says nothing of the kind is taken for Prometheus' text, as Prometheus did until its version 3.</summary>
    private static OpenMetricsFormat Format(MediaTypeHeaderValue? type) =>
        string.Equals(type?.MediaType, "application/openmetrics-text", StringComparison.OrdinalIgnoreCase) ? OpenMetricsFormat.OpenMetrics : OpenMetricsFormat.PrometheusText;

    private static Scrape No(string why, bool answered) => new(OpenMetricsOutcome.Refused, why, 0, answered);

    /// <returns>Why the request cannot be made, or null.</returns>
    private string? Headers(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("Accept", Accept);
        request.Headers.TryAddWithoutValidation("User-Agent", "understudy");
        request.Headers.TryAddWithoutValidation("X-Prometheus-Scrape-Timeout-Seconds", timeoutSeconds);
        if (target.Gzip)
        {
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        }

        foreach (var (name, value) in target.Headers ?? [])
        {
            _ = request.Headers.Remove(name);
            _ = request.Headers.TryAddWithoutValidation(name, value);
        }

        if (target.Authorization == ScrapeAuthorization.None)
        {
            return null;
        }

        var changed = File.GetLastWriteTimeUtc(target.SecretFile);      // 1601 where there is no file
        if (authorization is null || changed != secretFrom)
        {
            var reading = SecretFiles.ReadAtLeast(target.SecretFile, 1);
            if (reading.Bytes is not { } secret)
            {
                authorization = null;
                return $"{target.SecretFile} {reading.Problem}";
            }

            secretFrom = changed;
            authorization = target.Authorization == ScrapeAuthorization.Bearer
                ? new AuthenticationHeaderValue("Bearer", Encoding.UTF8.GetString(secret))
                : new AuthenticationHeaderValue("Basic", Convert.ToBase64String([.. Encoding.UTF8.GetBytes(target.User + ":"), .. secret]));
        }

        request.Headers.Authorization = authorization;
        return null;
    }

    /// <summary>Reads the whole body, unpacked, into the buffer.</summary>
    /// <returns>Its length; -1 when it is longer than allowed.</returns>
    private async ValueTask<int> BodyAsync(HttpContent content, CancellationToken stop)
    {
        await using var raw = await content.ReadAsStreamAsync(stop);
        var gzip = content.Headers.ContentEncoding.Contains("gzip", StringComparer.OrdinalIgnoreCase);
        await using var unpacked = gzip ? new GZipStream(raw, CompressionMode.Decompress) : null;
        Stream body = unpacked is null ? raw : unpacked;
        var have = 0;
        while (true)
        {
            if (have == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, limits.BodyBytes + 1L));
            }

            var got = await body.ReadAsync(buffer.AsMemory(have), stop);
            if (got == 0)
            {
                return have;
            }

            have += got;
            if (have > limits.BodyBytes)
            {
                return -1;
            }
        }
    }
}

/// <summary>The connections of all targets: kept, at most two to a target (one that hangs and the next), no proxy, no cookies, no redirection.</summary>
public sealed class ScrapeClients : IDisposable
{
    /// <summary>A connection that nobody used for so long is closed; longer than any sensible interval.</summary>
    private static readonly TimeSpan s_idle = TimeSpan.FromMinutes(2);

    private readonly HttpMessageInvoker checking = new(Handler(insecure: false), disposeHandler: true);
    private readonly HttpMessageInvoker trusting = new(Handler(insecure: true), disposeHandler: true);

    public ScrapeClient Open(ScrapeTarget target, OpenMetricsLimits? limits = null) => new(target, limits ?? OpenMetricsLimits.Default, target.Insecure ? trusting : checking);

    public void Dispose()
    {
        checking.Dispose();
        trusting.Dispose();
    }

    private static SocketsHttpHandler Handler(bool insecure)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,   // KiB
            MaxResponseDrainSize = 0,
            MaxConnectionsPerServer = 2,
            PooledConnectionIdleTimeout = s_idle,
            ActivityHeadersPropagator = null,
        };
        if (insecure)
        {
#pragma warning disable CA5359 // The operator asked for it: exporters' own certificates are often for no name at all.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return handler;
    }
}

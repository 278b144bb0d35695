using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Understudy.Api;
using Understudy.Core.Settings;

namespace Understudy.Cli;

/// <summary>What the daemon answered.</summary>
internal sealed record DaemonAnswer(HttpStatusCode Status, string Body)
{
    internal bool Ok => Status == HttpStatusCode.OK;

    /// <summary>The error in it, with what to do; or the body itself.</summary>
    internal string Error
    {
        get
        {
            try
            {
                return JsonSerializer.Deserialize(Body, FacesJson.Default.ErrorAnswer) is { Error: { } error } answer ? $"{error}: {answer.Hint}" : Body;
            }
            catch (JsonException)
            {
                return Body;
            }
        }
    }
}

/// <summary>Asks a running daemon over its socket.</summary>
internal sealed class DaemonClient : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    private readonly HttpClient http;

    internal DaemonClient(string socket)
    {
        Socket = socket;
        http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, stop) =>
            {
                var line = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                NetworkStream? stream = null;
                try
                {
                    await line.ConnectAsync(new UnixDomainSocketEndPoint(socket), stop);
                    return stream = new NetworkStream(line, ownsSocket: true);
                }
                finally
                {
                    if (stream is null)
                    {
                        line.Dispose();
                    }
                }
            },
        })
        {
            BaseAddress = new Uri("http://understudy/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    internal string Socket { get; }

    /// <summary>Which socket to ask: the one that is named, the file's, or that of our node.</summary>
    /// <param name="problem">What is wrong with the file; null when there is a socket.</param>
    internal static string? SocketOf(string? socket, string? config, string? node, out string? problem)
    {
        problem = null;
        if (socket is not null)
        {
            return socket;
        }

        if (config is null)
        {
            return ApiSettings.SocketOf(node ?? Environment.MachineName);
        }

        var loaded = SettingsFile.ReadOnly(config, node);
        problem = loaded.Settings is null ? string.Join('\n', loaded.Errors) : null;
        return loaded.Settings?.Api.Socket;
    }

    /// <exception cref="HttpRequestException">Nobody answers.</exception>
    /// <exception cref="OperationCanceledException">Not within 15 s.</exception>
    internal async Task<DaemonAnswer> AskAsync(HttpMethod method, string path, string? body, string accept, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Limit);
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await http.SendAsync(request, limit.Token);
        return new DaemonAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(limit.Token));
    }

    /// <summary>The data of each event from now on, as JSON text, until the daemon ends the stream.</summary>
    /// <param name="opened">Called when the stream is open: what happens from then on is in it.</param>
    /// <exception cref="HttpRequestException">Nobody answers.</exception>
    /// <exception cref="IOException">The daemon is gone.</exception>
    internal async Task FollowAsync(string path, Func<Task> opened, Func<string, bool> take, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        response.EnsureSuccessStatusCode();
        await opened();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal) && !take(line["data: ".Length..]))
            {
                return;
            }
        }
    }

    public void Dispose() => http.Dispose();
}

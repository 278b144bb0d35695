using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Understudy.Collection;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Daemon;
using Understudy.Ups;

#pragma warning disable CA1416 // file modes exist wherever this program runs: on Linux

namespace Understudy.Api;

/// <summary>The daemon's HTTP server. It starts after the loop runs, reads snapshots, and gives orders by <see cref="IDaemon"/>; no decision passes through it.</summary>
public sealed class ApiHost : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WarmLimit = TimeSpan.FromSeconds(5);
    private readonly WebApplication app;
    private readonly string socket;
    private readonly CancellationTokenSource closing;

    private ApiHost(WebApplication app, string socket, CancellationTokenSource closing) => (this.app, this.socket, this.closing) = (app, socket, closing);

    /// <summary>Where it listens over TCP, or null.</summary>
    public IPEndPoint? Listening { get; private set; }

    /// <summary>Starts listening, and asks itself once, so that the first real question finds warm code.</summary>
    /// <param name="token">What callers over TCP must show; needed where <see cref="ApiSettings.Listen"/> is set.</param>
    /// <param name="lastLines">The newest ledger lines, oldest first: at most so many, of one duty or (null) of all.</param>
    /// <param name="proxies">Asks the proxies of this host, in a bounded time.</param>
    /// <param name="collection">What is collected; null: nothing.</param>
    /// <exception cref="IOException">The socket or the address is taken, or another daemon answers there.</exception>
    /// <exception cref="UnauthorizedAccessException">The socket's folder may not be written.</exception>
    public static async Task<ApiHost> StartAsync(
        ApiSettings settings,
        byte[]? token,
        IDaemon daemon,
        IGuards guards,
        Func<int, string?, IReadOnlyList<LedgerLine>> lastLines,
        Func<CancellationToken, Task<HostProxies>> proxies,
        CancellationToken stop,
        ICollectionFace? collection = null)
    {
        if (settings.Listen is not null && token is null)
        {
            throw new ArgumentException("over TCP anyone could give orders: a token is needed", nameof(token));
        }

        ApiSocket.MakeRoom(settings.Socket);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "understudy", ContentRootPath = "/" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => Configure(k, settings));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var built = builder.Build();
        var ends = new CancellationTokenSource();
        new ApiRoutes(daemon, guards, collection ?? NoProducers.Here, lastLines, proxies, new Callers(token), ends.Token).MapOnto(built);
        await built.StartAsync(stop);
        File.SetUnixFileMode(settings.Socket, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        var host = new ApiHost(built, settings.Socket, ends) { Listening = TcpOf(built) };
        await WarmAsync(settings.Socket, stop);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        using (var limit = new CancellationTokenSource(StopLimit))
        {
            await app.StopAsync(limit.Token);
        }

        await app.DisposeAsync();
        closing.Dispose();
        File.Delete(socket);
    }

    private static void Configure(KestrelServerOptions k, ApiSettings settings)
    {
        k.AddServerHeader = false;
        k.Limits.MaxRequestBodySize = 16 << 10;
        k.Limits.MaxConcurrentConnections = 128;
        k.Limits.MaxRequestLineSize = 4 << 10;
        k.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        k.Limits.MaxRequestHeaderCount = 64;
        k.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        k.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        k.ListenUnixSocket(settings.Socket, o => o.Protocols = HttpProtocols.Http1);
        if (settings.Listen is { } listen)
        {
            k.Listen(listen, o => o.Protocols = HttpProtocols.Http1);
        }
    }

    private static IPEndPoint? TcpOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses
            .Where(a => !a.Contains("unix:", StringComparison.Ordinal)).Select(a => new Uri(a))
            .Select(u => new IPEndPoint(IPAddress.Parse(u.Host.Trim('[', ']')), u.Port)).FirstOrDefault();

    /// <summary>A bare socket, because the client library alone would cost more memory than the whole answer.</summary>
    private static async Task WarmAsync(string path, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(WarmLimit);
        try
        {
            foreach (var target in (string[])["/v1/status", "/metrics"])
            {
                using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await client.ConnectAsync(new UnixDomainSocketEndPoint(path), limit.Token);
                await client.SendAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: understudy\r\nConnection: close\r\n\r\n"), limit.Token);
                var into = new byte[8192];
                while (await client.ReceiveAsync(into, limit.Token) > 0)
                {
                    // to the end: serializing and writing are to be warm too
                }
            }
        }
        catch (SocketException)
        {
            // It is only for speed; whoever asks in earnest will see what is wrong.
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // the same
        }
    }

    /// <summary>Signals belong to the daemon: the host must not end on SIGTERM by itself.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

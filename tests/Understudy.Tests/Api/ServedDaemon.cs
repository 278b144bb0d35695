using System.Net;
using System.Net.Sockets;
using Understudy.Api;
using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Linux.Ledger;
using Understudy.Ups;
using Xunit;

namespace Understudy.Tests.Api;

/// <summary>The real server on a Unix socket of its own, and on a free TCP port of the loopback where asked, in front of a fake loop.</summary>
internal sealed class ServedDaemon : IAsyncDisposable
{
    internal const string Token = "a token that nobody guesses";
    private readonly string folder = Directory.CreateTempSubdirectory("understudy").FullName;
    private ApiHost? host;

    internal FakeDaemon Daemon { get; } = new();

    internal FakeGuards Guards { get; } = new();

    internal List<LedgerLine> Lines { get; } = [];

    internal HostProxies Proxies { get; set; } = HostProxies.None;

    internal string Socket => Path.Combine(folder, "alpha.sock");

    internal string Folder => folder;

    internal IPEndPoint Tcp => host!.Listening!;

    internal static async Task<ServedDaemon> StartAsync(bool tcp = false)
    {
        var served = new ServedDaemon();
        served.host = await ApiHost.StartAsync(
            new ApiSettings(served.Socket, tcp ? new IPEndPoint(IPAddress.Loopback, 0) : null, tcp ? "token" : null),
            tcp ? System.Text.Encoding.UTF8.GetBytes(Token) : null,
            served.Daemon,
            served.Guards,
            (last, duty) => [.. served.Lines.Where(l => duty is null || LedgerFiles.DutyOf(l) == duty).TakeLast(last)],
            _ => Task.FromResult(served.Proxies),
            TestContext.Current.CancellationToken);
        return served;
    }

    /// <summary>A client of the Unix socket.</summary>
    internal HttpClient Client() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, stop) =>
        {
            var line = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await line.ConnectAsync(new UnixDomainSocketEndPoint(Socket), stop);
            return new NetworkStream(line, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://understudy/") };

    public async ValueTask DisposeAsync()
    {
        if (host is not null)
        {
            await host.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }
}

using System.Text.Json;
using Understudy.Api;
using Understudy.Cli;

namespace Understudy.Collection;

/// <summary>Asks the daemon of this host, a few times a second, whether it holds the duty for which this supervisor acts. While nobody answers it does not.</summary>
internal sealed class SupervisorClaim : IDisposable
{
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource stop = new();
    private readonly DaemonClient client;
    private readonly string duty;
    private readonly Task asking;

    internal SupervisorClaim(string socket, string duty)
    {
        (client, this.duty) = (new DaemonClient(socket), duty);
        asking = AskAsync();
    }

    /// <summary>Whether it holds it, and why in a sentence.</summary>
    internal (bool Held, string Why) Last { get; private set; } = (false, "the daemon was not asked yet");

    public void Dispose()
    {
        stop.Cancel();
        asking.GetAwaiter().GetResult();
        client.Dispose();
        stop.Dispose();
    }

    /// <summary>What a status says of the claim.</summary>
    internal static (bool Held, string Why) Judge(Core.Ledger.HostSnapshot host, string duty) => host.Find(duty) switch
    {
        null => (false, $"{host.Node} has no duty {duty}"),
        { HeldEpoch: { } epoch } => (true, $"{host.Node} holds {duty} with epoch {epoch}"),
        { Holder: { } holder } => (false, $"{holder} holds {duty}"),
        _ => (false, $"nobody holds {duty}"),
    };

    private async Task AskAsync()
    {
        using var timer = new PeriodicTimer(s_every);
        try
        {
            do
            {
                try
                {
                    var answer = await client.AskAsync(HttpMethod.Get, "/v1/status", null, "application/json", stop.Token);
                    Last = answer.Ok && JsonSerializer.Deserialize(answer.Body, FacesJson.Default.HostSnapshot) is { } host ? Judge(host, duty) : (false, $"the daemon did not say who holds {duty}");
                }
                catch (Exception e) when (e is HttpRequestException or JsonException or IOException || (e is OperationCanceledException && !stop.IsCancellationRequested))
                {
                    Last = (false, $"no daemon answers at {client.Socket}");
                }
            }
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Last = (false, "the supervisor ends");
        }
    }
}

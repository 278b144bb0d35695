using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Understudy.Api;
using Understudy.Core.Ledger;
using Understudy.Daemon;
using Understudy.Ups;

namespace Understudy.Cli;

/// <summary>What `status` has to say where there are proxies and no daemon.</summary>
internal sealed record StatusWithoutDaemon(string Error, string Hint, Core.ValueList<SeenProxy> Proxies, string? ProxiesProblem);

/// <summary>Verbs that ask a running daemon. Each ends with an exit code and never with a stack trace.</summary>
internal sealed class DaemonVerbs(Terminal terminal, string? socket, string? config, string? node, HostProxiesSource? proxiesSource = null)
{
    private readonly HostProxiesSource proxies = proxiesSource ?? new HostProxiesSource(Environment.GetEnvironmentVariable);

    internal int Status(bool seedWords) => Ask(async (client, stop) =>
    {
        var answer = await client.AskAsync(HttpMethod.Get, "v1/status", null, "application/json", stop);
        if (!answer.Ok || JsonSerializer.Deserialize(answer.Body, FacesJson.Default.HostSnapshot) is not { } host)
        {
            return Refused(answer);
        }

        var seen = await proxies.LookAsync(stop);
        var guards = await GuardVerbs.LookAsync(client, stop);
        var collection = await CollectionText.LookAsync(client, stop);
        terminal.Output.Write(terminal.Json ? CollectionText.Beside(WithGuards(WithProxies(answer.Body, seen), guards), collection) + "\n" : StatusText.Of(host, seedWords, seen, guards) + CollectionText.Of(collection));
        return host.Duties.All(d => d.Served) ? ExitCodes.Ok : ExitCodes.No;
    }, ProxiesAlone);

    /// <summary>A duty's name goes before a producer's, and that before a proxy's; `ups explain` is for a proxy that is called as a duty is.</summary>
    internal int Explain(string name) => Ask(async (client, stop) =>
    {
        var answer = await client.AskAsync(HttpMethod.Get, $"v1/duties/{Uri.EscapeDataString(name)}/explain", null, terminal.Json ? "application/json" : "text/plain", stop);
        if (!answer.Ok)
        {
            var producer = answer.Status == HttpStatusCode.NotFound ? await client.AskAsync(HttpMethod.Get, $"v1/collection/{Uri.EscapeDataString(name)}/explain", null, terminal.Json ? "application/json" : "text/plain", stop) : answer;
            if (producer.Ok)
            {
                terminal.Output.Write(terminal.Json ? producer.Body + "\n" : producer.Body);
                return ExitCodes.Ok;
            }

            return answer.Status == HttpStatusCode.NotFound && proxies.Has(name) ? ExplainProxy(name) : Refused(answer);
        }

        terminal.Output.Write(terminal.Json ? answer.Body + "\n" : answer.Body);
        return ExitCodes.Ok;
    }, (error, hint) => proxies.Has(name) ? ExplainProxy(name) : Unreachable(error, hint));

    internal int Order(string duty, string verb, OrderBody body) => Ask(async (client, stop) =>
    {
        var answer = await client.AskAsync(
            HttpMethod.Post, $"v1/duties/{Uri.EscapeDataString(duty)}/{verb}", JsonSerializer.Serialize(body, FacesJson.Default.OrderBody), "application/json", stop);
        if (answer.Status is not (HttpStatusCode.OK or HttpStatusCode.Conflict) || JsonSerializer.Deserialize(answer.Body, FacesJson.Default.OrderAnswer) is not { } said)
        {
            return Refused(answer);
        }

        return terminal.Say(said.Done ? ExitCodes.Ok : ExitCodes.No, said, FacesJson.Default.OrderAnswer, said.Text);
    });

    internal int Reload() => Ask(async (client, stop) =>
    {
        var answer = await client.AskAsync(HttpMethod.Post, "v1/reload", "{}", "application/json", stop);
        if (answer.Status is not (HttpStatusCode.OK or HttpStatusCode.BadRequest) || Reloaded(answer.Body) is not { } said)
        {
            return Refused(answer);
        }

        var lines = said.Errors.Concat(said.Warnings.Select(w => $"warning: {w}")).Concat(said.Changed)
            .Append(said.Done ? "the settings are read" : "the old settings stay");
        return terminal.Say(said.Done ? ExitCodes.Ok : ExitCodes.Bad, said, FacesJson.Default.ReloadAnswer, string.Join('\n', lines));
    });

    internal int Events(string? duty, int last, bool follow) => Ask(async (client, stop) =>
    {
        var query = duty is null ? "" : $"duty={Uri.EscapeDataString(duty)}";
        var printed = new HashSet<string>(StringComparer.Ordinal);
        DaemonAnswer? refused = null;
        async Task Past()
        {
            var answer = await client.AskAsync(HttpMethod.Get, $"v1/ledger?last={last.ToString(System.Globalization.CultureInfo.InvariantCulture)}&{query}", null, "*/*", stop);
            refused = answer.Ok ? null : answer;
            foreach (var line in answer.Ok && last > 0 ? answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [])
            {
                printed.Add(line);
                Print(line);
            }
        }

        if (!follow)
        {
            await Past();
        }
        else
        {
            await client.FollowAsync($"v1/events?{query}", Past, line =>
            {
                if (!printed.Contains(line))
                {
                    Print(line);
                }

                return refused is null;
            }, stop);
        }

        return refused is null ? ExitCodes.Ok : Refused(refused);
    });

    internal int Watch(bool seedWords, int times) => Ask(async (client, stop) =>
    {
        async Task<(WatchSight? Sight, DaemonAnswer Answer)> Look()
        {
            var answer = await client.AskAsync(HttpMethod.Get, "v1/status", null, "application/json", stop);
            var host = answer.Ok ? JsonSerializer.Deserialize(answer.Body, FacesJson.Default.HostSnapshot) : null;
            return (host is null ? null : new WatchSight(host, await proxies.LookAsync(stop), await GuardVerbs.LookAsync(client, stop), await CollectionText.LookAsync(client, stop)), answer);
        }

        var refused = await WatchTable.RunAsync(terminal, Look, seedWords, times, stop);
        return refused is null ? ExitCodes.Ok : Refused(refused);
    });

    private void Print(string line)
    {
        var read = terminal.Json ? null : LedgerText.Read(System.Text.Encoding.UTF8.GetBytes(line), out _);
        terminal.Output.WriteLine(read is null ? line : $"{read.Wall ?? "-"}  {Sentences.Of(read)}");
        terminal.Output.Flush();
    }

    private static ReloadAnswer? Reloaded(string body)
    {
        try
        {
            var said = JsonSerializer.Deserialize(body, FacesJson.Default.ReloadAnswer);
            return said?.Errors is null || said.Warnings is null || said.Changed is null ? null : said;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal int Refused(DaemonAnswer answer) =>
        terminal.Fail(answer.Status == HttpStatusCode.ServiceUnavailable ? ExitCodes.Unreachable : ExitCodes.Bad, answer.Error, "");

    /// <summary>A status as JSON, with the proxies beside it.</summary>
    internal static string WithProxies(string status, HostProxies seen)
    {
        var document = JsonNode.Parse(status)!.AsObject();
        document["proxies"] = JsonSerializer.SerializeToNode(seen.Proxies, FacesJson.Default.ValueListSeenProxy);
        document["proxies_problem"] = seen.Problem;
        return document.ToJsonString();
    }

    /// <summary>And with the guards.</summary>
    internal static string WithGuards(string status, IReadOnlyList<GuardStatus> guards)
    {
        var document = JsonNode.Parse(status)!.AsObject();
        document["guards"] = JsonSerializer.SerializeToNode(guards, FacesJson.Default.IReadOnlyListGuardStatus);
        return document.ToJsonString();
    }

    /// <summary>A host may have proxies and no daemon.</summary>
    private int ProxiesAlone(string error, string hint)
    {
        var seen = proxies.LookAsync(CancellationToken.None).GetAwaiter().GetResult();
        if (seen.Any && terminal.Json)
        {
            return terminal.Say(ExitCodes.Unreachable, new StatusWithoutDaemon(error, hint, seen.Proxies, seen.Problem), FacesJson.Default.StatusWithoutDaemon, "");
        }

        terminal.Output.Write(terminal.Json ? "" : ProxyText.Of(seen));
        return Unreachable(error, hint);
    }

    private int ExplainProxy(string name) => UpsExplain.Execute(terminal, proxies.Environment, null, null, name, UpsExplain.UsualSteps);

    private int Unreachable(string error, string hint) => terminal.Fail(ExitCodes.Unreachable, error, hint);

    /// <param name="absent">What to do where no daemon answers, with the error and a hint; null to say just that.</param>
    internal int Ask(Func<DaemonClient, CancellationToken, Task<int>> ask, Func<string, string, int>? absent = null)
    {
        absent ??= Unreachable;
        if (DaemonClient.SocketOf(socket, config, node, out var problem) is not { } path)
        {
            return terminal.Fail(ExitCodes.Bad, problem ?? "no socket", "");
        }

        using var client = new DaemonClient(path);
        try
        {
            return ask(client, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied })
        {
            return absent($"{path} may not be opened by this user", "run it as root, or as one of the socket's group");
        }
        catch (HttpRequestException e)
        {
            return absent($"no daemon answers at {path} ({e.InnerException?.Message ?? e.Message})", "start it, or name its socket with --socket or its file with --config");
        }
        catch (IOException e)
        {
            return absent($"the daemon at {path} is gone ({e.Message})", "ask again");
        }
        catch (OperationCanceledException)
        {
            return absent($"the daemon at {path} does not answer in time", "look at its log");
        }
        catch (JsonException e)
        {
            return absent($"what answers at {path} is no daemon of this version ({e.Message})", "run the program of the same version");
        }
    }
}

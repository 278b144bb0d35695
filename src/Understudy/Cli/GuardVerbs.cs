using System.Net;
using System.Text.Json;
using Understudy.Api;
using Understudy.Daemon;

namespace Understudy.Cli;

/// <summary>Verbs about the guards of a running daemon.</summary>
internal sealed class GuardVerbs(Terminal terminal, DaemonVerbs daemon)
{
    /// <summary>All guards; none where the daemon knows nothing of guards.</summary>
    internal static async Task<IReadOnlyList<GuardStatus>> LookAsync(DaemonClient client, CancellationToken stop)
    {
        var answer = await client.AskAsync(HttpMethod.Get, "v1/guards", null, "application/json", stop);
        return answer.Ok && JsonSerializer.Deserialize(answer.Body, FacesJson.Default.GuardsAnswer) is { Guards: { } guards } ? guards : [];
    }

    /// <summary>Ends with 0 while the mains are there and nothing is due, else with 4.</summary>
    /// <param name="guard">Null: all.</param>
    internal int Status(string? guard) => daemon.Ask(async (client, stop) =>
    {
        var answer = await client.AskAsync(HttpMethod.Get, guard is null ? "v1/guards" : Path(guard, ""), null, "application/json", stop);
        if (!answer.Ok)
        {
            return daemon.Refused(answer);
        }

        IReadOnlyList<GuardStatus> guards = guard is null
            ? JsonSerializer.Deserialize(answer.Body, FacesJson.Default.GuardsAnswer)?.Guards ?? []
            : JsonSerializer.Deserialize(answer.Body, FacesJson.Default.GuardStatus) is { } one ? [one] : [];
        terminal.Output.Write(terminal.Json ? answer.Body + "\n" : guards.Count == 0 ? "the settings of this host have no 'guards'\n" : string.Join('\n', guards.Select(GuardText.Of)));
        return guards.All(g => g is { Mains: "present", Plan.Phase: "idle" or "aborted" or "done" }) ? ExitCodes.Ok : ExitCodes.No;
    });

    /// <param name="guard">Null: all.</param>
    internal int Explain(string? guard) => daemon.Ask(async (client, stop) =>
    {
        var names = guard is not null ? [guard] : (await LookAsync(client, stop)).Select(g => g.Guard).ToList();
        for (var i = 0; i < names.Count; i++)
        {
            var answer = await client.AskAsync(HttpMethod.Get, Path(names[i], "/explain"), null, terminal.Json ? "application/json" : "text/plain", stop);
            if (!answer.Ok)
            {
                return daemon.Refused(answer);
            }

            terminal.Output.Write(terminal.Json ? answer.Body + "\n" : i == 0 ? answer.Body : "\n" + answer.Body);
        }

        return names.Count > 0 ? ExitCodes.Ok : terminal.Fail(ExitCodes.Bad, "the settings of this host have no 'guards'", "docs/guide/power.md shows how to write one");
    });

    internal int Order(string guard, string verb, GuardBody body) => daemon.Ask(async (client, stop) =>
    {
        var answer = await client.AskAsync(HttpMethod.Post, Path(guard, $"/{verb}"), JsonSerializer.Serialize(body, FacesJson.Default.GuardBody), "application/json", stop);
        if (answer.Status is not (HttpStatusCode.OK or HttpStatusCode.Conflict) || JsonSerializer.Deserialize(answer.Body, FacesJson.Default.OrderAnswer) is not { } said)
        {
            return daemon.Refused(answer);
        }

        return terminal.Say(said.Done ? ExitCodes.Ok : ExitCodes.No, said, FacesJson.Default.OrderAnswer, said.Text);
    });

    private static string Path(string guard, string rest) => $"v1/guards/{Uri.EscapeDataString(guard)}{rest}";
}

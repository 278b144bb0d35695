using System.Globalization;
using System.Text.Json.Nodes;
using Understudy.Core.Settings;

namespace Understudy.Tests.Settings;

/// <summary>Writes settings as a file that says everything, in JSON, which YAML 1.2 contains.</summary>
internal static class SettingsWriter
{
    internal static string Write(UnderstudySettings s) => new JsonObject
    {
        ["node"] = s.Node,
        ["secret"] = List(s.Secrets, x => x),
        ["port"] = s.Port,
        ["nodes"] = Map(s.Nodes, n => n.Name, n => Map(n.Links, l => l.Name, l => l.Address.ToString())),
        ["heartbeat"] = Heartbeat(s.Heartbeat),
        ["arbiter"] = s.Arbiter is ArbiterSettings.Witness w
            ? new JsonObject
            {
                ["witness"] = List(w.Addresses, a => a.ToString()),
                ["ttl"] = Span(w.Ttl),
                ["fence_margin"] = Span(w.FenceMargin),
                ["promises"] = w.Promises,
                ["state"] = w.State,
            }
            : "none",
        ["duties"] = Map(s.Duties, d => d.Name, Duty),
        ["api"] = Only(new() { ["socket"] = s.Api.Socket, ["listen"] = s.Api.Listen?.ToString(), ["token_file"] = s.Api.TokenFile }),
        ["ledger"] = new JsonObject { ["path"] = s.Ledger.Path, ["max_bytes"] = s.Ledger.MaxBytes, ["keep"] = s.Ledger.Keep },
    }.ToJsonString(new() { WriteIndented = true });

    private static JsonObject Heartbeat(HeartbeatSettings h) => Only(new()
    {
        ["every"] = Span(h.Every),
        ["dead_after"] = Span(h.DeadAfter),
        ["judge"] = h.Judge == HeartbeatJudge.Adaptive ? "adaptive" : "missed",
        ["factor"] = h.Judge == HeartbeatJudge.Adaptive ? h.Factor : null,
        ["start_grace"] = Span(h.StartGrace),
    });

    private static JsonObject Duty(DutySettings d) => Only(new()
    {
        ["candidates"] = List(d.Candidates, c => c),
        ["addresses"] = List(d.Addresses, a => new JsonObject { ["address"] = $"{a.Address}/{a.PrefixLength}", ["dev"] = a.Device }),
        ["run"] = d.Run is not { } r
            ? null
            : new JsonObject { ["path"] = r.Path, ["start_limit"] = Span(r.StartLimit), ["stop_limit"] = Span(r.StopLimit), ["other_limit"] = Span(r.OtherLimit) },
        ["healthy_when"] = List(d.HealthyWhen, Probe),
        ["failback"] = d.Failback switch
        {
            FailbackSettings.Never => "never",
            FailbackSettings.WhenIdle => "when_idle",
            FailbackSettings.After a => new JsonObject { ["after"] = Span(a.Wait) },
            _ => throw new InvalidOperationException(d.Failback.ToString()),
        },
        ["on_split"] = d.OnSplit == SplitPolicy.Take ? "take" : "hold",
        ["restart"] = new JsonObject
        {
            ["limit"] = d.Restart.Limit,
            ["window"] = Span(d.Restart.Window),
            ["backoff"] = Span(d.Restart.Backoff),
            ["max_backoff"] = Span(d.Restart.MaxBackoff),
        },
        ["exclusive"] = d.Exclusive,
    });

    private static JsonObject Probe(ProbeSettings p)
    {
        var (key, value) = p switch
        {
            ProbeSettings.Http h => ("http", h.Url.AbsoluteUri),
            ProbeSettings.Tcp t => ("tcp", t.Subject["tcp ".Length..]),
            ProbeSettings.Icmp i => ("icmp", i.Address.ToString()),
            ProbeSettings.Arp a => ("arp", a.Address.ToString()),
            ProbeSettings.Command c => ("command", c.Path),
            ProbeSettings.Carrier c => ("carrier", c.Device),
            _ => throw new InvalidOperationException(p.ToString()),
        };
        var http = p as ProbeSettings.Http;
        return Only(new()
        {
            [key] = value,
            ["dev"] = (p as ProbeSettings.Arp)?.Device,
            ["expect"] = http is null ? null : $"{http.ExpectFrom}-{http.ExpectTo}",
            ["contains"] = http?.Contains,
            ["insecure"] = http?.Insecure,
            ["every"] = Span(p.Every),
            ["timeout"] = Span(p.Timeout),
            ["fails"] = p.Fails,
            ["rises"] = p.Rises,
        });
    }

    private static string Span(TimeSpan span) => span.TotalMilliseconds.ToString("0.####", CultureInfo.InvariantCulture) + "ms";

    private static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode> write) => [.. items.Select(write)];

    private static JsonObject Map<T>(IEnumerable<T> items, Func<T, string> name, Func<T, JsonNode> write) =>
        new(items.Select(i => KeyValuePair.Create<string, JsonNode?>(name(i), write(i))));

    /// <summary>Without the keys that would say nothing.</summary>
    private static JsonObject Only(JsonObject all)
    {
        foreach (var key in all.Where(e => e.Value is null).Select(e => e.Key).ToArray())
        {
            all.Remove(key);
        }

        return all;
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using Understudy.Core.Settings;

namespace Understudy.Tests.Settings;

/// <summary>Writes settings as a file that says everything, in JSON, which YAML 1.2 contains.</summary>
internal static class SettingsWriter
{
    internal static string Write(UnderstudySettings s) => Only(new JsonObject
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
        ["guards"] = s.Guards.Count == 0 ? null : Map(s.Guards, g => g.Name, Guard),
        ["collection"] = s.Collection is { } c ? CollectionWriter.Write(c) : null,
        ["api"] = Only(new() { ["socket"] = s.Api.Socket, ["listen"] = s.Api.Listen?.ToString(), ["token_file"] = s.Api.TokenFile }),
        ["ledger"] = new JsonObject { ["path"] = s.Ledger.Path, ["max_bytes"] = s.Ledger.MaxBytes, ["keep"] = s.Ledger.Keep },
    }).ToJsonString(new() { WriteIndented = true });

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
    });

    private static JsonObject Guard(GuardSettings g) => Only(new()
    {
        ["mains"] = List(g.Mains, Probe),
        ["needed"] = g.Needed,
        ["controls"] = List(g.Controls, Probe),
        ["alone"] = g.Alone,
        ["temperatures"] = List(g.Temperatures, Temperature),
        ["heat"] = Only(new()
        {
            ["cool"] = g.Heat.Cool,
            ["hard"] = g.Heat.Hard,
            ["critical"] = g.Heat.Critical,
            ["extend_to"] = OrNever(g.Heat.ExtendTo),
            ["margin"] = Span(g.Heat.Margin),
            ["rises"] = g.Heat.Rises,
            ["alone"] = g.Heat.Alone,
            ["window"] = Span(g.Heat.Window),
        }),
        ["grace"] = Span(g.Grace),
        ["settle"] = Span(g.Settle),
        ["on_blind"] = OrNever(g.OnBlind),
        ["on_disputed"] = OrNever(g.OnDisputed),
        ["tier"] = g.Tier,
        ["tier_timeout"] = Span(g.TierTimeout),
        ["spread"] = Span(g.Spread),
        ["stays"] = g.Stays,
        ["dry_run"] = g.DryRun,
        ["countdown"] = Span(g.Countdown),
        ["plan"] = List(g.Plan, Step),
        ["return"] = g.Return is not { } r ? null : Only(new()
        {
            ["stable"] = Span(r.Stable),
            ["charge"] = r.Ups is null ? null : r.Charge,
            ["ups"] = r.Ups is null ? null : $"{r.Ups.Ups}@{r.Ups.Host}",
            ["port"] = r.Ups?.Port,
            ["wake"] = List(r.Wake, w => Only(new()
            {
                ["node"] = w.Node,
                ["mac"] = w.Mac is null ? null : string.Join(':', w.Mac.Select(b => b.ToString("x2", CultureInfo.InvariantCulture))),
                ["dev"] = w.Device,
                ["command"] = w.Command,
                ["tier"] = w.Tier,
            })),
            ["every"] = Span(r.Every),
        }),
    });

    private static JsonObject Temperature(TemperatureSettings t)
    {
        var (key, value) = t switch
        {
            TemperatureSettings.Hwmon h => ("hwmon", $"{h.Chip}/{h.Sensor}"),
            TemperatureSettings.Thermal z => ("thermal", z.Zone),
            TemperatureSettings.Ipmi i => ("ipmi", i.Sensor),
            TemperatureSettings.File f => ("file", f.Path),
            TemperatureSettings.Command c => ("command", c.Path),
            TemperatureSettings.Http h => ("http", h.Url.AbsoluteUri),
            _ => throw new InvalidOperationException(t.ToString()),
        };
        return Only(new() { [key] = value, ["field"] = (t as TemperatureSettings.Http)?.Field, ["name"] = t.Name, ["every"] = Span(t.Every), ["timeout"] = Span(t.Timeout) });
    }

    private static JsonObject Step(GuardStepSettings s)
    {
        var (key, value) = s switch
        {
            GuardStepSettings.Notify n => ("notify", (JsonNode)List(n.Ways, w => w.ToString())),
            GuardStepSettings.Stop p => ("stop", p.Unit),
            GuardStepSettings.Release r => ("release", r.Duty),
            GuardStepSettings.Command c => ("command", c.Path),
            GuardStepSettings.WaitForTiers => ("wait_for", "tiers"),
            GuardStepSettings.End e => (e.How switch { PowerEnd.Suspend => "suspend", PowerEnd.Hibernate => "hibernate", _ => "poweroff" }, "now"),
            _ => throw new InvalidOperationException(s.ToString()),
        };
        var command = s as GuardStepSettings.Command;
        return Only(new()
        {
            [key] = value,
            ["text"] = (s as GuardStepSettings.Notify)?.Text,
            ["limit"] = s is GuardStepSettings.WaitForTiers ? null : Span(s.Limit),
            ["ceiling"] = command is null ? null : Span(command.Ceiling),
            ["undo"] = command?.Undo,
            ["inhibitors"] = s is GuardStepSettings.End end ? Span(end.Inhibitors) : null,
            ["attempts"] = s.Attempts,
            ["on_failure"] = s.StopOnFailure ? "stop" : "go_on",
            ["point_of_no_return"] = s.PointOfNoReturn,
        });
    }

    private static string OrNever(TimeSpan? span) => span is { } s ? Span(s) : "never";

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
            ProbeSettings.Nut n => ("nut", $"{n.Ups}@{n.Host}"),
            ProbeSettings.Ac a => ("ac", a.Name),
            _ => throw new InvalidOperationException(p.ToString()),
        };
        var http = p as ProbeSettings.Http;
        return Only(new()
        {
            [key] = value,
            ["dev"] = (p as ProbeSettings.Arp)?.Device,
            ["port"] = (p as ProbeSettings.Nut)?.Port,
            ["expect"] = http is null ? null : $"{http.ExpectFrom}-{http.ExpectTo}",
            ["contains"] = http?.Contains,
            ["insecure"] = http?.Insecure,
            ["every"] = Span(p.Every),
            ["timeout"] = Span(p.Timeout),
            ["fails"] = p.Fails,
            ["rises"] = p.Rises,
        });
    }

    internal static string Span(TimeSpan span) => span.TotalMilliseconds.ToString("0.####", CultureInfo.InvariantCulture) + "ms";

    internal static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode> write) => [.. items.Select(write)];

    internal static JsonObject Map<T>(IEnumerable<T> items, Func<T, string> name, Func<T, JsonNode> write) =>
        new(items.Select(i => KeyValuePair.Create<string, JsonNode?>(name(i), write(i))));

    /// <summary>Without the keys that would say nothing.</summary>
    internal static JsonObject Only(JsonObject all)
    {
        foreach (var key in all.Where(e => e.Value is null).Select(e => e.Key).ToArray())
        {
            all.Remove(key);
        }

        return all;
    }
}

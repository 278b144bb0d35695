using System.Globalization;
using System.Text;
using Understudy.Api;
using Understudy.Core;

namespace Understudy.Cli;

/// <summary>Guards as plain text.</summary>
internal static class GuardText
{
    internal static string[] Head { get; } = ["guard", "mains", "for", "grace used", "plan", "due"];

    /// <summary>One guard as a line of `status`.</summary>
    internal static string[] Row(GuardStatus g) =>
    [
        g.Guard,
        g.SettlesForMs is null ? g.Mains : $"{g.Mains}, settling",
        Spans.Say(g.MainsForMs),
        $"{Spans.Say(g.BucketMs)} of {Spans.Say(g.GraceMs)}",
        $"{PhaseOf(g.Plan)}{(g.DryRun ? ", dry run" : "")}",
        g.Plan.HeldBy is { } by ? $"held by {by}" : g.DueInMs is { } ms ? $"in {Spans.Say(ms)}" : "-",
    ];

    /// <summary>What changes seldom of one guard, for a line of `watch`.</summary>
    internal static string Line(GuardStatus g) => $"guard {g.Guard}: mains {g.Mains}, plan {PhaseOf(g.Plan)}{(g.Plan.HeldBy is { } by ? $", held by {by}" : "")}";

    /// <summary>What was rehearsed is over when the drill is.</summary>
    private static string PhaseOf(GuardPlanStatus p) => $"{p.Phase}{(p.Dry && p.Phase is "armed" or "running" ? " (drill)" : "")}";

    /// <summary>All that is known of one guard.</summary>
    internal static string Of(GuardStatus g)
    {
        var text = new StringBuilder();
        StatusText.Table(text, Head, [Row(g)]);
        text.Append("because: ").Append(g.Evidence).Append('\n');
        if (g.SettlesForMs is { } settles)
        {
            text.Append("settling: nothing is decided for ").Append(Spans.Say(settles)).Append('\n');
        }

        text.Append('\n');
        StatusText.Table(text, ["witness", "role", "is", "for", "seen up", "last read"],
            [.. g.Witnesses.Select(w => (string[])[w.Subject, w.Role, w.Health, Spans.Say(w.ForMs), w.EverUp ? "yes" : "never", w.Evidence])]);
        Heat(text, g.Heat);
        Plan(text, g);
        if (g.Hosts.Count > 0)
        {
            text.Append('\n');
            StatusText.Table(text, ["host", "tier", "mains", "plan", "heard", "waited for"], [.. g.Hosts.Select(h => (string[])
                [h.Host, h.Tier.ToString(CultureInfo.InvariantCulture), h.Mains, h.Phase, $"{Spans.Say(h.AgeMs)} ago", h.Tier < g.Tier && !h.LetGo ? "yes" : "no"])]);
        }

        if (g.Return is { } r)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nreturn: {r.Stage}, {r.Says}");
            text.Append(r.ChargePercent is { } charge ? string.Create(CultureInfo.InvariantCulture, $"; the UPS holds {charge} %") : "").Append('\n');
        }

        if (g.Plan.LastEnd is { } end)
        {
            text.Append("\nlast: ").Append(end).Append('\n');
        }

        return text.ToString();
    }

    private static void Heat(StringBuilder text, HeatStatus heat)
    {
        if (heat.HottestCelsius is { } celsius)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nheat: {heat.Place} {celsius:0.#} °C{(heat.IsHot ? ", hot" : heat.IsCool ? ", cool" : "")}");
            text.Append(heat.CriticalInMs is { } ms ? $", critical in {Spans.Say(ms)}" : "").Append('\n');
        }

        foreach (var unread in heat.Unread)
        {
            text.Append("unread: ").Append(unread).Append('\n');
        }
    }

    private static void Plan(StringBuilder text, GuardStatus g)
    {
        var p = g.Plan;
        text.Append(CultureInfo.InvariantCulture, $"\nplan: {PhaseOf(p)}, {p.Last}{(p.PastPoint ? "; past its point of no return" : "")}\n");
        StatusText.Table(text, ["step", "begins", "limit", "state"], [.. p.Steps.Select((s, i) => (string[])
        [
            s.Name,
            s.BeginsInMs is { } ms ? $"in {Spans.Say(ms)}{(s.AfterMs > 0 ? " at the latest" : "")}" : s.AfterMs == 0 ? "first" : $"{Spans.Say(s.AfterMs)} later at most",
            Spans.Say(s.LimitMs),
            p.Step == i ? "now" : s.Begun ? "begun" : s.PointOfNoReturn ? "no return from here" : "-",
        ])]);
    }
}

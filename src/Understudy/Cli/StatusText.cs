using System.Globalization;
using System.Text;
using Understudy.Api;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Ledger;
using Understudy.Ups;

namespace Understudy.Cli;

/// <summary>A snapshot as tables of plain text.</summary>
internal static class StatusText
{
    internal static string Of(HostSnapshot host, bool seedWords, HostProxies proxies, IReadOnlyList<GuardStatus> guards)
    {
        var text = new StringBuilder();
        text.Append(Title(host)).Append('\n');
        if (Unguaranteed(host, guards))
        {
            text.Append("There is no arbiter: exclusivity is not guaranteed.\n");
        }

        if (host.Loop.LedgerTrouble is { } trouble)
        {
            text.Append("The ledger cannot be written: ").Append(trouble).Append('\n');
        }

        if (HasDuties(host, guards))
        {
            text.Append('\n');
            Table(text, DutyHead, Duties(host, seedWords));
        }

        if (HasLinks(host, guards))
        {
            text.Append('\n');
            Table(text, LinkHead, Links(host));
        }

        if (guards.Count > 0)
        {
            text.Append('\n');
            Table(text, GuardText.Head, [.. guards.Select(GuardText.Row)]);
        }

        if (proxies.Any)
        {
            text.Append('\n').Append(ProxyText.Of(proxies));
        }

        return text.ToString();
    }

    /// <summary>Who has no duties has nothing that could be exclusive.</summary>
    internal static bool Unguaranteed(HostSnapshot host, IReadOnlyList<GuardStatus> guards) => !host.ExclusiveGuaranteed && HasDuties(host, guards);

    /// <summary>A host that only guards itself has neither duties nor links.</summary>
    internal static bool HasDuties(HostSnapshot host, IReadOnlyList<GuardStatus> guards) => host.Duties.Count > 0 || guards.Count == 0;

    internal static bool HasLinks(HostSnapshot host, IReadOnlyList<GuardStatus> guards) => host.Links.Count > 0 || guards.Count == 0;

    internal static string[] DutyHead { get; } = ["duty", "holder", "epoch", "claim", "service", "candidates"];

    internal static string[] LinkHead { get; } = ["peer", "link", "heard", "silent", "lost", "round trip", "hears us"];

    internal static string Title(HostSnapshot host) =>
        $"{host.Node}, up {Spans.Say(host.UptimeMs)}, version {host.Version}, arbiter {host.Arbiter}"
        + $"{(host.ExclusiveGuaranteed ? $" ({Word(host.ArbiterHealth)})" : "")}, loop late by {Spans.Say(host.Loop.LateMs)} at worst";

    internal static List<string[]> Duties(HostSnapshot host, bool seedWords) =>
    [
        .. host.Duties.Select(d => (string[])
        [
            d.Duty,
            d.Holder ?? "nobody",
            d.Epoch.ToString(CultureInfo.InvariantCulture),
            d.Seized ? "seized" : d.ClaimLeftMs is { } ms ? $"{Spans.Say(ms)} left" : "-",
            Word(d.Service.Health),
            string.Join(", ", d.Candidates.Select(c => $"{c.Node} {(seedWords ? c.SeedWord : c.Stance)}{(c.FitForMs is null ? "" : " (fit)")}")),
        ]),
    ];

    internal static List<string[]> Links(HostSnapshot host) =>
    [
        .. host.Links.Select(l => (string[])
        [
            l.Peer,
            l.Link,
            Word(l.Health),
            l.SilentMs is { } ms ? Spans.Say(ms) : "never heard",
            string.Create(CultureInfo.InvariantCulture, $"{l.LossPercent} %"),
            l.RoundTripUs is { } us ? string.Create(CultureInfo.InvariantCulture, $"{us:0} us") : "-",
            l.Witness ? "-" : Word(l.TheyHear),
        ]),
    ];

    private static string Word(Health health) => health.ToString().ToLowerInvariant();

    internal static void Table(StringBuilder text, string[] head, List<string[]> rows)
    {
        var widths = head.Select((h, i) => rows.Select(r => r[i].Length).Append(h.Length).Max()).ToArray();
        foreach (var row in rows.Prepend(head))
        {
            text.Append(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd()).Append('\n');
        }
    }
}

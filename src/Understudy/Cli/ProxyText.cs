using System.Globalization;
using System.Text;
using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Core.Ups;
using Understudy.Ups;

namespace Understudy.Cli;

/// <summary>The proxies of this host as tables of plain text.</summary>
internal static class ProxyText
{
    internal static string[] ProxyHead { get; } = ["ups", "mode", "primary", "for", "status", "data", "switches", "clients"];

    internal static string[] SourceHead { get; } = ["ups", "source", "is", "heard", "lost", "slowest", "lag", "worst lag", "shows"];

    /// <summary>Empty where there is none.</summary>
    internal static string Of(HostProxies proxies)
    {
        var text = new StringBuilder();
        if (proxies.Proxies.Count > 0)
        {
            StatusText.Table(text, ProxyHead, Proxies(proxies));
        }

        if (Sources(proxies) is { Count: > 0 } sources)
        {
            text.Append('\n');
            StatusText.Table(text, SourceHead, sources);
        }

        foreach (var problem in Problems(proxies))
        {
            text.Append(problem).Append('\n');
        }

        return text.ToString();
    }

    internal static List<string[]> Proxies(HostProxies proxies) =>
    [
        .. proxies.Proxies.Select(p => (string[])(p.Report is not { } r
            ? [p.Ups, "-", p.Answers is null ? "not known" : "no answer", "-", "-", "-", "-", "-"]
            :
            [
                r.Ups,
                r.Mode == ProxyMode.Multiplex ? "multiplex" : "failover",
                r.Primary ?? "none",
                Spans.Say(r.PrimaryForMs),
                r.Status,
                r.Fresh ? "fresh" : "stale",
                r.Switches.ToString(CultureInfo.InvariantCulture),
                r.Clients.ToString(CultureInfo.InvariantCulture),
            ])),
    ];

    internal static List<string[]> Sources(HostProxies proxies) =>
    [
        .. from proxy in proxies.Proxies
           where proxy.Report is not null
           from s in proxy.Report!.Sources
           select (string[])
           [
               proxy.Ups,
               s.Name,
               Is(s),
               s.AgeMs is { } age ? $"{Spans.Say(age)} ago" : "never",
               string.Create(CultureInfo.InvariantCulture, $"{s.Losses} times"),
               Spans.Say(s.SlowestMs),
               s.LagUs is { } lag ? string.Create(CultureInfo.InvariantCulture, $"{lag} us") : "-",
               s.LagUs is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{s.LagMaxUs} us"),
               s.Variables.ToString(CultureInfo.InvariantCulture),
           ],
    ];

    /// <summary>Why something is not in the tables, a line each.</summary>
    internal static IEnumerable<string> Problems(HostProxies proxies) =>
        proxies.Proxies.Where(p => p.Problem is not null).Select(p => $"{p.Ups}: {p.Problem}").Concat(proxies.Problem is { } problem ? [problem] : []);

    /// <summary>Who is shown, as one line: what `watch` compares.</summary>
    internal static string Line(HostProxies proxies) =>
        string.Join("; ", proxies.Proxies.Select(p => p.Report is { } r ? $"{r.Ups}: {r.Primary ?? "no source"} is shown" : $"{p.Ups}: no answer"));

    /// <summary>One source as a sentence without a full stop.</summary>
    internal static string Sentence(SourceReport s) =>
        $"{s.Name}: {Is(s)}, {(s.AgeMs is { } age ? $"heard {Spans.Say(age)} ago" : "never heard")}"
        + string.Create(CultureInfo.InvariantCulture, $", lost {s.Losses} times, shows {s.Variables} variables");

    private static string Is(SourceReport s)
    {
        var word = s.Condition switch
        {
            SourceCondition.Never => "never seen",
            SourceCondition.Gone => "gone",
            SourceCondition.Loading => "telling all",
            SourceCondition.Hung => "hung",
            SourceCondition.Stale => "stale",
            SourceCondition.Fresh => "fresh",
            _ => "not known",
        };
        return s.Override is null ? word : $"{word}, {(s.Override == "primary" ? "wanted" : "kept out")}{(s.OverrideLeftMs is { } left ? $" for {Spans.Say(left)}" : "")}";
    }
}

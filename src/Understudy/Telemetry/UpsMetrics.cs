using Understudy.Core.Ups;
using Understudy.Ups;

namespace Understudy.Telemetry;

/// <summary>What the proxies of this host say of themselves, as metrics. Where there is no proxy, there is no family of them either.</summary>
internal static class UpsMetrics
{
    private const double MsPerSecond = 1000, UsPerSecond = 1_000_000;

    /// <summary>For whoever collects from files: Prometheus' text format, as node_exporter's textfile collector reads it.</summary>
    internal static string Text(HostProxies proxies)
    {
        var page = new MetricsPage(openMetrics: false);
        Put(page, proxies);
        return page.End();
    }

    internal static void Put(MetricsPage page, HostProxies proxies)
    {
        if (proxies.Proxies.Count == 0)
        {
            return;
        }

        page.Each("understudy_ups_answers", "1 when the proxy answers, 0 when not, absent where it may not be asked", proxies.Proxies, p => p.Answers switch { true => 1, false => 0, null => null }, p => [("ups", p.Ups)]);
        List<ProxyReport> reports = [.. proxies.Proxies.Select(p => p.Report).OfType<ProxyReport>()];
        static (string, string)[] Ups(ProxyReport r) => [("ups", r.Ups)];
        page.Each("understudy_ups_fresh", "1 when what clients are shown counts as fresh", reports, r => Flag(r.Fresh), Ups);
        page.Each("understudy_ups_uptime_seconds", "Since the proxy started", reports, r => r.UptimeMs / MsPerSecond, Ups);
        page.Each("understudy_ups_primary_seconds", "How long the primary has been it, or nobody", reports, r => r.PrimaryForMs / MsPerSecond, Ups);
        page.Each("understudy_ups_switches_total", "counter", "How often the primary became another", reports, r => r.Switches, Ups);
        page.Each("understudy_ups_clients", "Connections that hear what changes", reports, r => r.Clients, Ups);
        Sources(page, [.. reports.SelectMany(r => r.Sources.Select(s => (r, s)))]);
    }

    private static void Sources(MetricsPage page, List<(ProxyReport Proxy, SourceReport Source)> sources)
    {
        Gauge("understudy_ups_source_primary", "1 for the source that is primary, 0 for the others", (p, s) => Flag(p.Primary == s.Name));
        Gauge("understudy_ups_source_connected", "1 when the source's driver is connected", (_, s) => Flag(s.Connected));
        Gauge("understudy_ups_source_fresh", "1 when the source answers and vouches for its data", (_, s) => Flag(s.Condition == SourceCondition.Fresh));
        Gauge("understudy_ups_source_hung", "1 when the source is connected and does not answer", (_, s) => Flag(s.Condition == SourceCondition.Hung));
        Gauge("understudy_ups_source_override", "1 when an operator wants the source, -1 when one keeps it out, 0 else", (_, s) => s.Override is null ? 0 : s.Override == "primary" ? 1 : -1);
        Gauge("understudy_ups_source_age_seconds", "Since the source's last word", (_, s) => s.AgeMs / MsPerSecond);
        Gauge("understudy_ups_source_dump_age_seconds", "Since the source last told all", (_, s) => s.DumpAgeMs / MsPerSecond);
        Gauge("understudy_ups_source_slowest_answer_seconds", "The longest that the source needed for an answer", (_, s) => s.SlowestMs / MsPerSecond);
        Gauge("understudy_ups_source_variables", "Variables that are shown from the source", (_, s) => s.Variables);
        Gauge("understudy_ups_relay_lag_seconds", "From the source's latest news to the clients", (_, s) => s.LagUs / UsPerSecond);
        Gauge("understudy_ups_relay_lag_max_seconds", "The longest of these in the last hour or two", (_, s) => s.LagMaxUs / UsPerSecond);
        Counter("understudy_ups_source_lines_total", "Lines that the source said", s => s.Lines);
        Counter("understudy_ups_source_refused_total", "Lines of the source that no driver says", s => s.Refused);
        Counter("understudy_ups_source_losses_total", "Times that the connection to the source ended", s => s.Losses);

        static (string, string)[] Labels((ProxyReport Proxy, SourceReport Source) at) => [("ups", at.Proxy.Ups), ("source", at.Source.Name)];
        void Gauge(string metric, string help, Func<ProxyReport, SourceReport, double?> valueOf) => page.Each(metric, help, sources, at => valueOf(at.Proxy, at.Source), Labels);
        void Counter(string metric, string help, Func<SourceReport, double?> valueOf) => page.Each(metric, "counter", help, sources, at => valueOf(at.Source), Labels);
    }

    private static double Flag(bool isSo) => isSo ? 1 : 0;
}

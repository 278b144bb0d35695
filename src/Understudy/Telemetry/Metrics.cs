using Understudy.Collection;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Understudy.Core.Power;
using Understudy.Ups;

namespace Understudy.Telemetry;

/// <summary>A snapshot as OpenMetrics text (version 1.0.0 of the specification). docs/reference/metrics.md has a row for each name.</summary>
public static class Metrics
{
    public const string ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private static readonly string[] s_stances = [.. Enum.GetValues<StanceCode>().Select(c => c.Word())];

    /// <param name="proxies">Those of this host; null for none.</param>
    /// <param name="guards">The same.</param>
    /// <param name="collection">The same.</param>
    public static string Text(HostSnapshot host, HostProxies? proxies = null, IReadOnlyList<GuardSnapshot>? guards = null, CollectionView? collection = null)
    {
        var page = new MetricsPage(openMetrics: true);
        page.Family("understudy_build_info", "info", "Version of the program").Sample(1, ("version", host.Version), ("node", host.Node));
        page.Gauge("understudy_uptime_seconds", "Since the daemon started", host.UptimeMs / 1000.0);
        page.Gauge("understudy_exclusive_guaranteed", "1 where an arbiter grants claims, 0 in a bare pair", host.ExclusiveGuaranteed ? 1 : 0);
        page.Family("understudy_arbiter_healthy", "gauge", "1 when the arbiter is heard, 0 when it is failed").Judged(host.ArbiterHealth);
        Duties(page, host.Duties);
        Links(page, host.Links);
        page.Counter("understudy_datagrams_received_total", "Datagrams that were accepted", host.Talk.Received);
        page.Family("understudy_datagrams_dropped_total", "counter", "Datagrams that were refused, by reason");
        foreach (var refused in host.Talk.Refused)
        {
            page.Sample(refused.Count, ("reason", refused.Reason));
        }

        page.Counter("understudy_datagrams_unsent_total", "Datagrams that found the outbox full", host.Talk.Unsent);
        page.Gauge("understudy_loop_late_seconds", "How late the loop woke at worst in the last second", host.Loop.LateMs / 1000);
        page.Gauge("understudy_loop_busy_ratio", "Share of time in which the loop worked", host.Loop.BusyPercent / 100);
        page.Counter("understudy_queue_dropped_total", "Observations that found the loop's queue full", host.Loop.QueueDropped);
        page.Counter("understudy_fence_fired_total", "Times that the fence thread or the guardian let go instead of the loop", host.Loop.FencesFired);
        page.Counter("understudy_moves_total", "Duties that came to this host", host.Loop.Moves);
        page.Gauge("understudy_guarded", "1 when a guardian watches the daemon", host.Loop.Guarded ? 1 : 0);
        page.Counter("understudy_ledger_lost_total", "Ledger lines that could not be written", host.Loop.LedgerDropped);
        page.Gauge("understudy_ledger_writable", "0 while the ledger cannot be written", host.Loop.LedgerTrouble is null ? 1 : 0);
        GuardMetrics.Put(page, guards ?? []);
        CollectionMetrics.Put(page, collection);
        UpsMetrics.Put(page, proxies ?? HostProxies.None);
        return page.End();
    }

    private static void Duties(MetricsPage page, IReadOnlyList<DutySnapshot> duties)
    {
        page.Family("understudy_stance", "stateset", "Stance of each candidate as this host knows it");
        foreach (var (duty, c) in duties.SelectMany(d => d.Candidates.Select(c => (d.Duty, c))))
        {
            foreach (var word in s_stances)
            {
                page.Sample(c.Stance == word ? 1 : 0, ("duty", duty), ("node", c.Node), ("understudy_stance", word));
            }
        }

        page.Each("understudy_duty_served", "1 when somebody performs the duty, as far as this host knows", duties, d => d.Served ? 1 : 0, d => [("duty", d.Duty)]);
        page.Each("understudy_epoch", "Highest epoch seen", duties, d => d.Epoch, d => [("duty", d.Duty)]);
        page.Each("understudy_claim_left_seconds", "How long our claim still runs; 0 when we hold none", duties, d => Math.Max(0, (d.ClaimLeftMs ?? 0) / 1000), d => [("duty", d.Duty)]);
        page.Each("understudy_claim_left_min_seconds", "The least that was left when it was renewed, in the last hour", duties, d => d.Near.ClaimLeftMinMs / 1000, d => [("duty", d.Duty)]);
        page.Each("understudy_service_healthy", "1 healthy, 0 failed, absent while neither", duties, d => MetricsPage.ValueOf(d.Service.Health), d => [("duty", d.Duty)]);
        page.Each("understudy_ground_healthy", "1 when our own links and devices are well, 0 when not", duties, d => MetricsPage.ValueOf(d.Ground.Health), d => [("duty", d.Duty)]);
    }

    private static void Links(MetricsPage page, IReadOnlyList<LinkSnapshot> links)
    {
        static (string, string)[] Labels(LinkSnapshot l) => [("peer", l.Peer), ("link", l.Link)];
        page.Each("understudy_link_healthy", "1 when the peer is heard on the link, 0 when not", links, l => MetricsPage.ValueOf(l.Health), Labels);
        page.Each("understudy_peer_silence_seconds", "Since when the peer has not been heard on the link", links, l => l.SilentMs / 1000, Labels);
        page.Each("understudy_peer_silence_max_seconds", "The longest silence of the last hour that ended in time", links, l => l.SilentMaxMs / 1000, Labels);
        page.Each("understudy_link_loss_ratio", "Lost datagrams among the latest 64", links, l => l.LossPercent / 100.0, Labels);
        page.Each("understudy_round_trip_seconds", "Latest round trip", links, l => l.RoundTripUs / 1_000_000, Labels);
    }
}

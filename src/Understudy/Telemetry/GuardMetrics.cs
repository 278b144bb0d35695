using Understudy.Core.Plans;
using Understudy.Core.Power;

namespace Understudy.Telemetry;

/// <summary>The guards as metrics. Where there is no guard, there is no family of them either.</summary>
internal static class GuardMetrics
{
    private static readonly string[] s_verdicts = [.. Enum.GetValues<MainsVerdict>().Select(PowerCodes.Word)];
    private static readonly string[] s_phases = [.. Enum.GetValues<PlanPhaseCode>().Select(c => c.Word())];

    internal static void Put(MetricsPage page, IReadOnlyList<GuardSnapshot> guards)
    {
        if (guards.Count == 0)
        {
            return;
        }

        static (string, string)[] Guard(GuardSnapshot g) => [("guard", g.Guard)];
        void Gauge(string metric, string help, Func<GuardSnapshot, double?> valueOf) => page.Each(metric, help, guards, valueOf, Guard);

        page.Family("understudy_guard_mains", "gauge", "1 for what a guard believes of the mains, 0 for the other verdicts");
        foreach (var (g, word) in guards.SelectMany(g => s_verdicts.Select(w => (g, w))))
        {
            page.Sample(Flag(g.Mains == word), ("guard", g.Guard), ("verdict", word));
        }

        Gauge("understudy_guard_mains_seconds", "Since when it believes that", g => g.MainsFor.TotalSeconds);
        Gauge("understudy_guard_settling", "1 while nothing is decided after boot, resume or a stall, else 0", g => Flag(g.SettlesFor is not null));
        Gauge("understudy_guard_bucket_seconds", "How much of the grace is used up", g => g.Bucket.TotalSeconds);
        Gauge("understudy_guard_grace_seconds", "How long a loss is borne", g => g.Grace.TotalSeconds);
        Gauge("understudy_guard_due_seconds", "Until the plan's first step begins as things are; absent while there is no reason for it", g => g.DueIn?.TotalSeconds);
        page.Each(
            "understudy_guard_witness_up", "1 when a witness is up, 0 when it is dark, absent while neither is known", [.. guards.SelectMany(g => g.Witnesses.Select(w => (g, w)))],
            at => at.w.Health == "healthy" ? 1 : at.w.Health == "failed" ? 0 : null, Witness);
        page.Each(
            "understudy_guard_witness_seen", "1 when a witness was seen up since the host booted, else 0: it cannot say that the mains are lost", [.. guards.SelectMany(g => g.Witnesses.Select(w => (g, w)))],
            at => Flag(at.w.EverUp), Witness);
        Gauge("understudy_guard_temperature_celsius", "The hottest place that was read of late", g => g.Heat.Hottest);
        Gauge("understudy_guard_critical_seconds", "Until the hottest place is critical as it rises; absent where nothing rises for certain", g => g.Heat.CriticalIn?.TotalSeconds);
        Gauge("understudy_guard_temperatures_unread", "How many sources of temperature could not be read", g => g.Heat.Unread.Count);
        page.Family("understudy_guard_plan_phase", "gauge", "1 for the phase of a guard's plan, 0 for the others");
        foreach (var (g, word) in guards.SelectMany(g => s_phases.Select(p => (g, p))))
        {
            page.Sample(Flag(g.Plan.Phase == word), ("guard", g.Guard), ("phase", word));
        }

        page.Each("understudy_guard_plan_runs_total", "counter", "Runs of the plan, drills too, over restarts and boots", guards, g => g.Plan.Run, Guard);
        Gauge("understudy_guard_plan_dry", "1 while the plan's present or last run is a rehearsal, else 0", g => Flag(g.Plan.Dry));
        Gauge("understudy_guard_held", "1 while an operator has called the plan off for this outage, else 0", g => Flag(g.Plan.HeldBy is not null));
        page.Each(
            "understudy_guard_host_age_seconds", "Since another host's last word on the same guard", [.. guards.SelectMany(g => g.Hosts.Select(h => (g, h)))],
            at => at.h.Age.TotalSeconds, at => [("guard", at.g.Guard), ("node", at.h.Host)]);
        Gauge("understudy_guard_return_missing", "Hosts that are to be woken and were not heard; absent where nobody is woken from here", g => g.Return is { } r ? r.Stage == "idle" ? 0 : r.Missing.Count : null);

        static (string, string)[] Witness((GuardSnapshot Guard, WitnessSnapshot Of) at) =>
            [("guard", at.Guard.Guard), ("subject", at.Of.Subject), ("role", at.Of.Control ? "control" : "mains")];
    }

    private static double Flag(bool isSo) => isSo ? 1 : 0;
}

using System.Globalization;

namespace Understudy.Core.Ups;

/// <summary>Why a source may be shown, the smaller the better (failover(8)).</summary>
public enum SourcePriority
{
    /// <summary>It cannot be shown: an operator keeps it out, it is away, it hangs, or the filters are strict.</summary>
    None = -1,

    /// <summary>An operator wants it.</summary>
    Forced = 0,

    /// <summary>Its status passes the filters.</summary>
    Filtered = 1,

    /// <summary>Its data is fresh, and it is on line.</summary>
    Online = 2,

    /// <summary>Its data is fresh.</summary>
    Fresh = 3,

    /// <summary>It is there.</summary>
    Alive = 4,
}

/// <summary>Who is shown, and why.</summary>
/// <param name="Primary">-1: nobody can be.</param>
/// <param name="Why">One sentence, for the ledger.</param>
public sealed record ElectionResult(int Primary, SourcePriority Priority, string Why);

/// <summary>
/// Which source is the primary. The order is that of NUT's failover driver; what is new is that a source that is better only by its rank has to be well for flip.back first, so
/// that a feeder which comes and goes is not followed each time.
/// </summary>
public static class Election
{
    public static SourcePriority PriorityOf(ProxyRules rules, UpsSource source, Instant now)
    {
        var forced = source.Override is { } o && now < o.Until ? o : null;
        if (source.KeptOut(now) || !source.Alive)
        {
            return SourcePriority.None;
        }

        if (forced is not null)
        {
            return SourcePriority.Forced;
        }

        var tokens = source.Status;
        if (rules.Filters.AnySet && tokens.Count > 0 && rules.Filters.Pass(tokens))
        {
            return SourcePriority.Filtered;
        }

        return rules.StrictFiltering && rules.Filters.AnySet ? SourcePriority.None :
            source.DataOk && tokens.Contains("OL") ? SourcePriority.Online :
            source.DataOk ? SourcePriority.Fresh :
            SourcePriority.Alive;
    }

    /// <summary>The variables of a source that an election goes by.</summary>
    public static bool GoesBy(string name) => StatusRules.IsStatus(name) || name.StartsWith("battery.runtime", StringComparison.OrdinalIgnoreCase);

    /// <param name="primary">Who is shown now; -1 for nobody.</param>
    /// <param name="betterSince">By source: since when it has had the priority that it has now.</param>
    /// <param name="start">Until then a source that comes for the first time, and is better by its rank, does not wait (inittime): at a start it is chance who answers first.</param>
    public static ElectionResult Hold(ProxyRules rules, IReadOnlyList<UpsSource> sources, int primary, ReadOnlySpan<Instant> betterSince, Instant start, Instant now)
    {
        var (best, priority) = (-1, SourcePriority.None);
        var now0 = primary < 0 ? SourcePriority.None : PriorityOf(rules, sources[primary], now);
        foreach (var source in sources)
        {
            var p = PriorityOf(rules, source, now);
            if (p != SourcePriority.None && (best < 0 || p < priority || (p == priority && p >= SourcePriority.Fresh && RunsLonger(rules, source, sources[best]))))
            {
                (best, priority) = (source.Rank, p);
            }
        }

        if (best < 0)
        {
            return new ElectionResult(-1, SourcePriority.None, "no source can be shown");
        }

        if (primary < 0 || now0 == SourcePriority.None)
        {
            return new ElectionResult(best, priority, $"{sources[best].Name} {Words(priority)}{(primary < 0 ? "" : $", and {sources[primary].Name} {Missing(sources[primary], now)}")}");
        }

        if (best == primary || (priority == now0 && now < betterSince[best] + Wait(rules, sources[best], priority, start)))
        {
            return new ElectionResult(primary, now0, $"{sources[primary].Name} {Words(now0)}");
        }

        return new ElectionResult(best, priority, $"{sources[best].Name} {Words(priority)}, {sources[primary].Name} {(now0 == priority ? "only that too, and ranks behind it" : Words(now0))}");
    }

    /// <summary>When a source that is better only by its rank will have been so for long enough; Never where there is none.</summary>
    public static Instant NextLook(ProxyRules rules, IReadOnlyList<UpsSource> sources, int primary, ReadOnlySpan<Instant> betterSince, Instant start, Instant now)
    {
        var next = Instant.Never;
        foreach (var source in sources)
        {
            if (source.Override is { } o && now < o.Until)
            {
                next = Instant.Earlier(next, o.Until);
            }

            if (primary >= 0 && source.Rank != primary && PriorityOf(rules, source, now) is not SourcePriority.None and var p && p == PriorityOf(rules, sources[primary], now)
                && betterSince[source.Rank] + Wait(rules, source, p, start) is var at && at > now)
            {
                next = Instant.Earlier(next, at);
            }
        }

        return next;
    }

    private static TimeSpan Wait(ProxyRules rules, UpsSource source, SourcePriority priority, Instant start) =>
        priority < SourcePriority.Fresh && source.IsNewcomer(start) ? TimeSpan.Zero : rules.FlipOf("ups.status").Back;

    /// <summary>For sources that only just count: whose battery lasts longer, by checkruntime.</summary>
    private static bool RunsLonger(ProxyRules rules, UpsSource a, UpsSource b)
    {
        var (longer, higher) = (Number(a, "battery.runtime") > Number(b, "battery.runtime"), Number(a, "battery.runtime.low") > Number(b, "battery.runtime.low"));
        return rules.CheckRuntime switch { 1 => longer, 2 => higher, 3 => longer && higher, _ => false };
    }

    private static double Number(UpsSource source, string name) =>
        double.TryParse(source.Tree.ValueOf(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static string Words(SourcePriority priority) => priority switch
    {
        SourcePriority.Forced => "is wanted by an operator",
        SourcePriority.Filtered => "passes the status filters",
        SourcePriority.Online => "is fresh and on line",
        SourcePriority.Fresh => "is fresh",
        SourcePriority.Alive => "is there, with stale data",
        SourcePriority.None => "cannot be shown",
    };

    private static string Missing(UpsSource source, Instant now) =>
        source.KeptOut(now) ? $"is kept out: {source.Override!.Why}" :
        !source.Connected ? "is gone" :
        source.Hung ? "does not answer" :
        !source.Dumped ? "has not told all yet" :
        "does not pass the filters";
}

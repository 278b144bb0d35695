using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>What is collected, as the rows that LDMS's tools show.</summary>
public static class CollectionRows
{
    /// <param name="name">One producer; null: all that people named, and the copies of a peer's.</param>
    public static IEnumerable<LdmsdProducerRow> Producers(CollectionDesk desk, string? name, Moment at) => desk.Producers.Values
        .Where(p => p.Rules.Target is not ProducerTarget.Own && (name is null || p.Name == name))
        .Select(p => new LdmsdProducerRow(
            p.Name, "active", HostOf(p.Rules.Target), PortOf(p.Rules.Target), "sock", p.Rules.Target is ProducerTarget.Ldms { Auth.Length: > 0 } l ? l.Auth : "DEFAULT", "1", "-1", "-1", (long)p.Rules.Reconnect.TotalMicroseconds, Word(p),
            [.. p.Sources.Values.OrderBy(s => s.Name, StringComparer.Ordinal).Select(s => new LdmsdSetRow(s.Name, s.Schema, Word(s.State)))])
        {
            More = More(p, at),
        });

    public static IEnumerable<LdmsdProducerSetRow> Sets(CollectionDesk desk, LdmsdRequest.ProducerSetStatus which) => desk.Producers.Values
        .Where(p => which.Producer is null || p.Name == which.Producer)
        .SelectMany(p => p.Sources.Values)
        .Where(s => (which.Instance is null || s.Name == which.Instance) && (which.Schema is null || s.Schema == which.Schema))
        .OrderBy(s => s.Name, StringComparer.Ordinal)
        .Select(s => new LdmsdProducerSetRow(s.Name, s.Schema, Word(s.State), s.Layout?.Producer ?? "", s.Producer.Name, s.Id.Micros, s.Set is { } set && s.Layout is { } layout ? (long)new SampleReader(layout, set.Data.Span).Duration.TotalMicroseconds : 0));

    public static IEnumerable<LdmsdUpdaterRow> Updaters(CollectionDesk desk, string? name, bool summary) => desk.Updaters.Values
        .Where(u => !u.Name.StartsWith('@') && (name is null || u.Name == name))
        .Select(u => new LdmsdUpdaterRow(
            u.Name, (long)u.Rules.Interval.TotalMicroseconds, (long)(u.Rules.Offset ?? TimeSpan.Zero).TotalMicroseconds, u.Rules.Offset is not null, "Pull", u.Rules.ByHints, u.IsRunning ? "RUNNING" : "STOPPED",
            [.. (summary ? [] : u.Rules.Producers).Select(n => desk.Producers.GetValueOrDefault(n)).OfType<ProducerDesk>().Select(p => new LdmsdUpdaterProducer(p.Name, HostOf(p.Rules.Target), PortOf(p.Rules.Target), "sock", Word(p)))])
        {
            More = new LdmsdUpdaterMore(u.Rules.Producers.Select(n => desk.Producers.GetValueOrDefault(n)).OfType<ProducerDesk>().SelectMany(p => p.Sources.Values).Sum(s => s.Skipped), 0, 0),
        });

    public static IEnumerable<LdmsdUpdaterMatchesRow> Matches(CollectionDesk desk, string? name) => desk.Updaters.Values
        .Where(u => !u.Name.StartsWith('@') && (name is null || u.Name == name))
        .Select(u => new LdmsdUpdaterMatchesRow(u.Name, [.. u.Rules.Matches.Select(m => (m.Pattern.Text, m.By))]));

    public static IEnumerable<LdmsdStorageRow> Storages(CollectionDesk desk, string? name) => desk.Policies.Values
        .Where(s => name is null || s.Name == name)
        .Select(s => new LdmsdStorageRow(s.Name, s.Rules.Container, null, s.Rules.Schema.Text, s.Rules.Plugin, (long)(s.Rules.Flush ?? TimeSpan.Zero).TotalMicroseconds, s.IsRunning ? "RUNNING" : "STOPPED", null,
            [.. s.Rules.Producers.Select(p => p.Text)], s.Rules.Metrics)
        {
            More = new LdmsdStorageMore(s.State.Writer, s.State.Written, s.State.Dropped, s.State.Trouble),
        });

    public static LdmsdFailoverStatus Failover(PairDesk? pair, PairRules? rules, CollectionDesk desk, Moment at)
    {
        var covered = desk.Producers.Values.Where(p => p.Rules.IsCopy && p.Part == ProducerPart.Collect).ToArray();
        var interval = (long)(rules?.Interval ?? TimeSpan.FromSeconds(1)).TotalMicroseconds;
        long Wall(Instant? when) => when is { } w && w.Ticks > 0 ? at.Micros - ((at.Now - w).Ticks / TimeSpan.TicksPerMicrosecond) : 0;
        return new LdmsdFailoverStatus(
            rules?.Host ?? "", rules is null ? "" : rules.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), rules?.Transport ?? "", rules?.PeerName ?? "", interval, interval, pair?.PingsSkipped ?? 0,
            pair?.Times.MaxMicros ?? 0, pair?.Times.MeanMicros ?? 0, pair?.Times.DeviationMicros ?? 0, rules?.Factor ?? 2, rules?.AutoSwitch ?? true,
            Wall(pair?.PingAt), Wall(pair?.EchoAt), pair is null || pair.TimeoutAt == Instant.Never ? null : Wall(pair.TimeoutAt),
            (pair?.Service ?? PairService.Stop).ToString().ToUpperInvariant(), Word(pair?.Link ?? PairLink.Disconnected), covered.Length > 0,
            desk.Updaters.Values.Count(u => u.Name.StartsWith('#') && covered.Length > 0), covered.Length, rules is not null, pair?.HasPeerConfig ?? false, pair?.IsPinging ?? false, pair?.Own.Active ?? false)
        {
            More = pair is null ? null : new LdmsdFailoverMore((long)pair.Times.Timeout(pair.Rules.Interval, pair.Rules.Factor).TotalMicroseconds, pair.TimeoutAt != Instant.Never, pair.EchoAt is { } echo ? (long)(at.Now - echo).TotalMilliseconds : null,
                [.. covered.Select(p => p.Name.TrimStart('#'))], pair.Moves, pair.Why, ""),
        };
    }

    /// <summary>Seconds and names of the pair's link, as failover_status says them.</summary>
    public static string Word(PairLink link) => link == PairLink.PairingRetry ? "PAIRING_RETRY" : link.ToString().ToUpperInvariant();

    public static string Word(SourceState state) => state switch
    {
        SourceState.LookUp => "LOOKUP",
        SourceState.Ready => "READY",
        SourceState.Updating => "UPDATING",
        _ => "START",
    };

    private static string Word(ProducerDesk producer) =>
        producer is { Part: ProducerPart.Warm, Rules.IsCopy: true } ? "STANDBY" : producer.State.ToString().ToUpperInvariant();

    private static LdmsdProducerMore More(ProducerDesk producer, Moment at)
    {
        var had = producer.Sources.Values.Select(s => s.Set).OfType<CollectedSet>().ToArray();
        return new LdmsdProducerMore(producer.Part == ProducerPart.Collect ? "this host" : null, producer.Rules.Home, producer.Part == ProducerPart.Warm, (long)(at.Now - producer.PartSince).TotalMilliseconds, had.Sum(s => s.Had), producer.Lost,
            had.Length == 0 ? null : (at.Micros - had.Min(s => s.Id.Micros)) / 1000, producer.Trouble.Length > 0 ? $"{producer.PartWhy}; {producer.Trouble}" : producer.PartWhy);
    }

    private static string HostOf(ProducerTarget target) => target is ProducerTarget.Ldms l ? l.Host : target.ToString() ?? "";

    private static int PortOf(ProducerTarget target) => target is ProducerTarget.Ldms l ? l.Port : 0;
}

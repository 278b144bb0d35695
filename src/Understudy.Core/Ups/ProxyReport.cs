namespace Understudy.Core.Ups;

/// <summary>What a source is to us.</summary>
public enum SourceCondition
{
    /// <summary>A word that this program does not know: the proxy is of a newer one.</summary>
    Unknown = 0,

    /// <summary>It was never seen.</summary>
    Never,

    /// <summary>It was seen, and is not there.</summary>
    Gone,

    /// <summary>It is there, and has not told all yet.</summary>
    Loading,

    /// <summary>It is there, and does not answer.</summary>
    Hung,

    /// <summary>It answers, and does not vouch for its data.</summary>
    Stale,

    /// <summary>It answers, and vouches for its data.</summary>
    Fresh,
}

/// <summary>Everything that a reader may know of a proxy that runs, from one moment. Spans are whole numbers with their unit in the name; a null span is "not at all".</summary>
/// <param name="Ups">Its section of ups.conf.</param>
/// <param name="Version">Of the program that runs, which may be older than the one that is installed.</param>
/// <param name="Status">The ups.status that clients are shown.</param>
/// <param name="Fresh">Clients may take what they are shown for fresh.</param>
/// <param name="Primary">The source that is shown, in multiplex the one that settles what is nobody else's; null for none.</param>
/// <param name="PrimaryForMs">How long that has been so.</param>
/// <param name="Switches">How often that became another, since the start.</param>
/// <param name="Clients">Connections that hear what changes: upsd, mostly.</param>
public sealed record ProxyReport(
    string Ups, string Version, ProxyMode Mode, string Status, bool Fresh, string? Primary, long PrimaryForMs, long UptimeMs, long Switches, long Clients, ValueList<SourceReport> Sources);

/// <summary>One source of a proxy.</summary>
/// <param name="Name">Its socket: DRIVER-SECTION.</param>
/// <param name="Rank">Its place in <c>port</c>; 0 is the best.</param>
/// <param name="Override">An operator's word: primary or ignore; null for none.</param>
/// <param name="OverrideLeftMs">How long that counts; null where it does for good, or there is none.</param>
/// <param name="AgeMs">Since its last word; null where it never said one.</param>
/// <param name="DumpAgeMs">Since it last told all; null where it never did.</param>
/// <param name="Lines">That it said, since the start.</param>
/// <param name="Refused">Lines besides these that no driver says.</param>
/// <param name="Losses">How often its connection ended.</param>
/// <param name="SlowestMs">The longest that it needed for an answer; long ago counts for less.</param>
/// <param name="LagUs">From its latest news to our clients; null where there were none.</param>
/// <param name="LagMaxUs">The longest of the last hour or two.</param>
/// <param name="Variables">That are shown from it now.</param>
public sealed record SourceReport(
    string Name,
    int Rank,
    bool Connected,
    SourceCondition Condition,
    string? Override,
    long? OverrideLeftMs,
    long? AgeMs,
    long? DumpAgeMs,
    long Lines,
    long Refused,
    long Losses,
    long SlowestMs,
    long? LagUs,
    long LagMaxUs,
    int Variables);

/// <summary>Looks at a proxy from outside.</summary>
public static class ProxyReports
{
    public static ProxyReport Of(UpsProxy proxy, Instant now)
    {
        var shown = new int[proxy.Sources.Length];
        proxy.View.CountOwners(shown);
        var sources = new List<SourceReport>(shown.Length);
        foreach (var source in proxy.Sources)
        {
            sources.Add(Of(source, proxy.Lag, shown[source.Rank], now));
        }

        return new ProxyReport(
            proxy.Rules.Ups,
            proxy.Identity.Version,
            proxy.Rules.Mode,
            proxy.View.Tree.ValueOf("ups.status") ?? "",
            proxy.View.Fresh,
            proxy.Primary < 0 ? null : proxy.Sources[proxy.Primary].Name,
            Ms(now - proxy.PrimarySince),
            Ms(now - proxy.StartedAt),
            proxy.Switches,
            proxy.Listeners,
            sources.ToValueList());
    }

    private static SourceReport Of(UpsSource source, RelayLag lag, int shown, Instant now)
    {
        var word = source.Override is { } o && now < o.Until ? o : null;
        return new SourceReport(
            source.Name,
            source.Rank,
            source.Connected,
            ConditionOf(source),
            word is null ? null : word.Primary ? "primary" : "ignore",
            word is null || word.Until == Instant.Never ? null : Ms(word.Until - now),
            source.Lines == 0 ? null : Ms(now - source.SaidAt),
            source.EverSeen ? Ms(now - source.DumpedAt) : null,
            source.Lines,
            source.Refused,
            source.Losses,
            Ms(source.Slowest),
            lag.LastOf(source.Rank) is { } last ? Us(last) : null,
            Us(lag.LongestOf(source.Rank, now)),
            shown);
    }

    private static SourceCondition ConditionOf(UpsSource source) =>
        !source.Connected ? (source.EverSeen ? SourceCondition.Gone : SourceCondition.Never) :
        source.Hung ? SourceCondition.Hung :
        !source.Dumped ? SourceCondition.Loading :
        source.DataOk ? SourceCondition.Fresh : SourceCondition.Stale;

    private static long Ms(TimeSpan span) => Math.Max(0, (long)span.TotalMilliseconds);

    /// <summary>Rounded up: what took time is not told as none.</summary>
    private static long Us(TimeSpan span) => Math.Max(0, (long)Math.Ceiling(span.TotalMicroseconds));
}

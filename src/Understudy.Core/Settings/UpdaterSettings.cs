using Understudy.Core.Ldms;

namespace Understudy.Core.Settings;

/// <summary>How often producers are asked.</summary>
/// <param name="Name">As a producer's.</param>
/// <param name="Interval">10 ms..1 h.</param>
/// <param name="Offset">From the whole multiple of the interval on the wall clock; less than half of it.</param>
/// <param name="ByHints">A set whose sampler says its interval and offset is updated by those.</param>
/// <param name="Timeout">How long one update may take before it is given up and the connection made anew; null: three intervals, 1 s at the least.</param>
/// <param name="Stalled">After so many intervals, or periods of its sampler, without a newer sample a source counts as alive but not advancing.</param>
/// <param name="Producers">Which of them, by name.</param>
/// <param name="Match">Only sets that match one of these; none: all.</param>
public sealed record UpdaterSettings(
    string Name, TimeSpan Interval, TimeSpan Offset, bool ByHints, TimeSpan? Timeout, int Stalled, LdmsdPattern Producers, ValueList<SetMatchSettings> Match)
{
    /// <summary>The one that a file without updaters has.</summary>
    public static UpdaterSettings All { get; } = new("all", TimeSpan.FromSeconds(1), UsualOffset(TimeSpan.FromSeconds(1)), ByHints: false, null, 2, LdmsdPattern.Any, []);

    /// <summary>A fifth of the interval, 200 ms at most: samplers write at the whole multiple, and who reads at that moment reads half a sample.</summary>
    public static TimeSpan UsualOffset(TimeSpan interval) => interval / 5 < TimeSpan.FromMilliseconds(200) ? interval / 5 : TimeSpan.FromMilliseconds(200);


    internal static UpdaterSettings Read(string name, Section at)
    {
        var interval = at.Span("interval", TimeSpan.FromSeconds(1), "10ms", "1h", "From one update to the next.");
        var offset = at.Span("offset", UsualOffset(interval), "0ms", "30m",
            "From the whole multiple of the interval, so that samples are read when they are whole; less than half of it.", says: "a fifth of `interval`, 200ms at most");
        at.Require("offset", offset * 2 < interval, $"is {Scalars.Say(offset)}, must be less than half of interval {Scalars.Say(interval)}", "interval");
        var byHints = at.Flag("auto_interval", fallback: false, "A set of LDMS whose sampler gives a hint (`updt_hint_us`) is updated at its interval and 100ms after its offset, or a tenth of the interval where that is less; others by `interval`.");
        var timeout = at.SpanOr("timeout", "usual", "10ms", "10m", "How long one update of LDMS may take before it is given up and the connection made anew; `usual` is three intervals, 1s at the least. After half of it, or of the interval, another source of the set is asked.");
        var stalled = at.Whole("stalled", 2, 1, 1000, "A source that answers, and gives nothing newer for so many periods of its sampler (or intervals, where they are longer), is said not to advance.");
        var producers = at.Value("producers", CollectionSettings.Pattern, new("expression", ".*", "", "Which producers, by their names: a POSIX extended regular expression, found anywhere in the name."), LdmsdPattern.Any);
        var match = at.Sections("match", 16, new("list of mappings", "all sets", "0..16", "Only sets that match one of these. Each has one of the keys `instance` and `schema`."), SetMatchSettings.Read);
        return new(name, interval, offset, byHints, timeout, stalled, producers, match);
    }
}

/// <summary>Which sets an updater updates.</summary>
/// <param name="Sets">An expression.</param>
/// <param name="BySchema">It is held against the schema's name; else against the instance's.</param>
public sealed record SetMatchSettings(LdmsdPattern Sets, bool BySchema)
{
    internal static SetMatchSettings? Read(Section at) => at.OneKind<SetMatchSettings>("which sets",
        ("instance", () => new(at.Needed("instance", CollectionSettings.Pattern, new("expression", "this or another", "", "Sets whose instance name matches."), LdmsdPattern.Any), BySchema: false)),
        ("schema", () => new(at.Needed("schema", CollectionSettings.Pattern, new("expression", "this or another", "", "Sets whose schema's name matches."), LdmsdPattern.Any), BySchema: true)));
}

using System.Net;

namespace Understudy.Core.Settings;

/// <summary>What is collected, how often, where it goes, and who does it when somebody else cannot.</summary>
/// <param name="Listen">Where LDMS clients and aggregators may read from us; null: nowhere.</param>
/// <param name="Auth">How LDMS peers show who they are, where a producer does not say otherwise.</param>
/// <param name="Producers">0..4000, in the order of the file.</param>
/// <param name="Updaters">At least one where there are producers.</param>
/// <param name="Stores">0..32.</param>
/// <param name="Share">Who covers for whom.</param>
/// <param name="Metrics">Where everything collected is offered to Prometheus, or null.</param>
public sealed record CollectionSettings(
    IPEndPoint? Listen,
    LdmsAuthSettings Auth,
    ValueList<ProducerSettings> Producers,
    ValueList<UpdaterSettings> Updaters,
    ValueList<StoreSettings> Stores,
    ShareSettings Share,
    ScrapeSettings? Metrics)
{
    public const int MostProducers = 4000;


    internal static CollectionSettings Read(Section at, FileSoFar file)
    {
        var listen = at.Value<IPEndPoint?>("listen", Scalars.EndPoint, new("address:port", "none", "",
            "Where other aggregators and `ldms_ls` may read over LDMS; 411 is usual. Without it nobody may."), null);
        var auth = LdmsAuthSettings.Read(at, "auth", new LdmsAuthSettings.None(), "none");
        var producers = at.Named("producers", Name, MostProducers, new("mapping of names", "none", "1..4000",
            "Where samples come from. Each has exactly one of the keys `ldms`, `openmetrics` and `sampler`. Names have letters, digits, '-', '_' and '.', 126 at most."),
            (name, s) => ProducerSettings.Read(name, s, file, auth), needed: false);
        var updaters = at.Named("updaters", Name, 64, new("mapping of names", "`all`, each second", "1..64", "How often producers are asked. Without any, one named `all` asks all each second."),
            UpdaterSettings.Read, needed: false);
        var stores = at.Named("stores", Name, 32, new("mapping of names", "none", "1..32", "Where samples are kept. Each has exactly one of the keys `csv` and `postgres`."),
            (name, s) => StoreSettings.Read(name, s, file), needed: false);
        var share = at.Sub("share", "Who covers for whom: each producer is pulled by one of these hosts, and by another when that one cannot.", s => ShareSettings.Read(s, file));
        var metrics = at.Optional("metrics", "Everything that is collected, for Prometheus, at /metrics.", ScrapeSettings.Read);
        at.WarnWhen("producers", producers.Count == 0, "are none, so that nothing is collected", "updaters", "stores");
        foreach (var idle in updaters.Where(u => producers.Count > 0 && !producers.Any(p => u.Producers.Matches(p.Name))).Take(1))
        {
            at.WarnWhen("updaters", unwise: true, $"has '{idle.Name}', whose expression {Scalars.Quote(idle.Producers.Text)} matches none of the producers", "producers");
        }

        foreach (var alone in producers.Where(p => updaters.Count > 0 && p is not ProducerSettings.Sampler && !updaters.Any(u => u.Producers.Matches(p.Name))).Take(1))
        {
            at.WarnWhen("producers", unwise: true, $"has '{alone.Name}', which none of the updaters asks", "updaters");
        }

        return new(listen, auth, producers, updaters.Count == 0 ? [UpdaterSettings.All] : updaters, stores, share, metrics);
    }

    /// <summary>The name of a producer, updater or store: what LDMS takes too.</summary>
    internal static string? Name(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= Ldms.LdmsdValues.MaxName && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? null
            : $"{Scalars.Quote(text)} cannot be a name; use letters, digits, '-', '_' and '.', {Ldms.LdmsdValues.MaxName} at most";
    }

    internal static string? Pattern(string text, out Ldms.LdmsdPattern value)
    {
        value = Ldms.LdmsdPattern.Parse(text, out var problem) ?? Ldms.LdmsdPattern.Any;
        return problem;
    }
}

/// <summary>How two ends of an LDMS connection show who they are.</summary>
public abstract record LdmsAuthSettings
{
    private LdmsAuthSettings()
    {
    }

    /// <summary>Not at all.</summary>
    public sealed record None : LdmsAuthSettings;

    /// <summary>By a secret that both know (LDMS' ovis plugin).</summary>
    /// <param name="Path">A file with the line <c>secretword=WORD</c>, as LDMS has it.</param>
    public sealed record Ovis(string Path) : LdmsAuthSettings;


    internal static LdmsAuthSettings Read(Section at, string key, LdmsAuthSettings otherwise, string says) => at.Either(key,
        (string text, out LdmsAuthSettings value) =>
        {
            value = new None();
            return text == "none" ? null : $"{Scalars.Quote(text)} is not spoken; write none, or {{ ovis: FILE }}";
        },
        s => new Ovis(s.Needed("ovis", Scalars.Path, new("path", "none", "", "A shared secret: a file with the line `secretword=WORD`, as LDMS has it.", "the path of a file with the secret"), "")),
        new("`none`, or a mapping", says, "", "How LDMS peers show who they are."), otherwise);
}

/// <summary>Where everything collected is offered to Prometheus.</summary>
/// <param name="Listen">HTTP, at <c>/metrics</c>.</param>
/// <param name="StaleAfter">A sample older than this is not offered any more.</param>
public sealed record ScrapeSettings(IPEndPoint? Listen, TimeSpan StaleAfter)
{
    internal static ScrapeSettings Read(Section at) => new(
        at.Needed<IPEndPoint?>("listen", Scalars.EndPoint, new("address:port", "required", "", "Where Prometheus may ask, at /metrics.", "an address with a port, for instance 127.0.0.1:9411"), null),
        at.Span("stale_after", TimeSpan.FromMinutes(1), "1s", "24h", "A sample older than this is not offered any more: no value is better than an old one that looks new."));
}

using Understudy.Core.Ldms;
using Understudy.Core.Settings;

namespace Understudy.Core.Collection;

/// <summary>From a file's settings to the engine's rules.</summary>
public static class CollectionFrom
{
    /// <summary>What a sampler of ours is called among producers begins with a sign that no name of a file has.</summary>
    private const char Own = '@';

    /// <summary>The name of the way to prove who we are: empty for none, else the secret's path.</summary>
    public static string AuthOf(LdmsAuthSettings auth) => auth is LdmsAuthSettings.Ovis ovis ? ovis.Path : "";

    /// <summary>The producers that any node can collect.</summary>
    public static ValueList<ProducerRules> Shared(CollectionSettings settings) => [.. settings.Producers.Select(Shared).OfType<ProducerRules>()];

    /// <summary>Samplers of this node's own, each with its updater.</summary>
    public static IEnumerable<(ProducerRules Producer, UpdaterRules Updater)> Samplers(CollectionSettings settings, string node)
    {
        foreach (var sampler in settings.Producers.OfType<ProducerSettings.Sampler>())
        {
            if (sampler.Home is null || sampler.Home == node)
            {
                var name = $"{Own}{sampler.Name}";
                yield return (new ProducerRules(name, new ProducerTarget.Own(sampler.Plugin, sampler.Instance, node, sampler.Component), sampler.Interval), new UpdaterRules(name, sampler.Interval, sampler.Offset, [name], []));
            }
        }
    }

    /// <summary>A file without updaters pulls everything each second.</summary>
    public static IEnumerable<UpdaterRules> Updaters(CollectionSettings settings)
    {
        var producers = Shared(settings);
        return (settings.Updaters.Count > 0 ? settings.Updaters : [UpdaterSettings.All]).Select(u => new UpdaterRules(
            u.Name, u.Interval, u.Offset, [.. producers.Select(p => p.Name).Where(u.Producers.Matches)], [.. u.Match.Select(m => new SetFilter(m.Sets, m.BySchema ? SetMatch.Schema : SetMatch.Instance))])
        { ByHints = u.ByHints, Timeout = u.Timeout, Stalled = u.Stalled });
    }

    public static IEnumerable<StorageRules> Policies(CollectionSettings settings) => settings.Stores.Select(s => new StorageRules(
        s.Name, s is StoreSettings.Postgres ? "store_postgres" : "store_csv", s.Name, s.Schemas.Count == 0 ? LdmsdPattern.Any : LdmsdPattern.Exactly(s.Schemas), [s.Producers], s.Metrics));

    /// <summary>Who shares it with whom; null: this node alone.</summary>
    public static ShareRules? Share(CollectionSettings settings, string node, ValueList<string> nodes)
    {
        var members = settings.Share.Nodes.Count > 0 ? settings.Share.Nodes : nodes;
        if (members.Count < 2 || !members.Contains(node, StringComparer.Ordinal))
        {
            return null;
        }

        var slowest = Updaters(settings).Select(u => u.Interval).DefaultIfEmpty(TimeSpan.FromSeconds(1)).Max();
        return new ShareRules(
            [.. members.Select(m => new MemberRules(m, settings.Share.WeightOf(m), settings.Share.Capacity ?? double.PositiveInfinity))],
            settings.Share.Ping * (settings.Share.Factor + 1), slowest * 3, slowest * 2);
    }

    /// <summary>This node collects: it is one of those that share, or there is nobody else.</summary>
    public static bool Collects(CollectionSettings settings, string node) => settings.Share.Nodes.Count == 0 || settings.Share.Nodes.Contains(node, StringComparer.Ordinal);

    private static ProducerRules? Shared(ProducerSettings settings) => settings switch
    {
        ProducerSettings.LdmsPeer p => new ProducerRules(p.Name, new ProducerTarget.Ldms(p.Host, p.Port, AuthOf(p.Auth)), p.Reconnect) { Home = p.Home, Load = p.Weight },
        ProducerSettings.OpenMetrics p => new ProducerRules(p.Name, new ProducerTarget.Page(p.Url.ToString(), p.Timeout, p.BearerFile) { Headers = p.Headers, IsInsecure = p.Insecure, Set = p.Instance == p.Name ? null : p.Instance }, TimeSpan.FromSeconds(1)) { Home = p.Home, Load = p.Weight },
        _ => null,
    };
}

using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;

namespace Understudy.Collection;

/// <summary>The stores that policies write to, opened when the first sample comes. A store has a thread of its own and is the one writer of its place.</summary>
internal sealed class StoreShelf(string root) : IDisposable
{
    private readonly Dictionary<(string Plugin, string Container), Store> stores = [];
    private readonly Dictionary<string, string> parameters = new(StringComparer.Ordinal);

    /// <summary>By policy's container, for the faces.</summary>
    internal IReadOnlyDictionary<(string Plugin, string Container), Store> Stores => stores;

    internal void Configure(string plugin, ValueList<LdmsdPair> given)
    {
        foreach (var pair in given)
        {
            parameters[$"{plugin} {pair.Name}"] = pair.Value;
        }
    }

    internal void Offer(StorageDesk storage, CollectedSet set)
    {
        var key = (storage.Rules.Plugin, storage.Rules.Container);
        if (!stores.TryGetValue(key, out var store))
        {
            stores[key] = store = Open(storage.Rules);
        }

        _ = store.Offer(set.Layout, set.Data.Span, set.Current?.Producer.Name.TrimStart('#') ?? "");
    }

    public void Dispose()
    {
        foreach (var store in stores.Values)
        {
            store.Dispose();
        }
    }

    private Store Open(StorageRules rules)
    {
        var holder = $"{Environment.MachineName}:{Environment.ProcessId}";
        if (rules.Plugin == "store_postgres")
        {
            var postgres = new PostgresStore(new PostgresSettings(parameters.GetValueOrDefault("store_postgres connection") ?? "", rules.Container, holder));
            return new Store(rules.Container, postgres, postgres);
        }

        var settings = new CsvSettings(parameters.GetValueOrDefault("store_csv path") ?? root, rules.Container);
        return new Store(rules.Container, new FolderClaim(settings.Folder, holder), new CsvSink(settings));
    }
}

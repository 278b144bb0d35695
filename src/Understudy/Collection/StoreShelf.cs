using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Core.Settings;
using Understudy.Linux.Collection;

namespace Understudy.Collection;

/// <summary>The stores that policies write to, opened when the first sample comes. A store has a thread of its own and is the one writer of its place.</summary>
internal sealed class StoreShelf(string root) : IDisposable
{
    private readonly Dictionary<(string Plugin, string Container), (string Name, string Kind, Store Store)> stores = [];
    private readonly Dictionary<string, (StoreSettings Settings, string Holder)> known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> parameters = new(StringComparer.Ordinal);

    /// <summary>By policy's container, for the faces.</summary>
    internal IReadOnlyDictionary<(string Plugin, string Container), (string Name, string Kind, Store Store)> Stores => stores;

    /// <summary>A store of a file, which a policy of the same name writes to.</summary>
    internal void Know(StoreSettings settings, string node) => known[settings.Name] = (settings, node);

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
            stores[key] = store = (storage.Name, storage.Rules.Plugin, Open(storage.Rules));
        }

        _ = store.Store.Offer(set.Layout, set.Data.Span, set.Current?.Producer.Name.TrimStart('#') ?? "");
    }

    /// <summary>How the stores of all policies are doing, told to the desk: who writes, above all.</summary>
    internal void Report(CollectionDesk desk, in Moment at)
    {
        foreach (var storage in desk.Policies.Values)
        {
            if (stores.TryGetValue((storage.Rules.Plugin, storage.Rules.Container), out var store))
            {
                var report = store.Store.Report;
                desk.Stored(storage, new StorageState(report.Epoch, report.Writer, report.Written, report.Dropped, report.Trouble ?? ""), at);
            }
        }
    }

    public void Dispose()
    {
        foreach (var store in stores.Values)
        {
            store.Store.Dispose();
        }
    }

    private Store Open(StorageRules rules)
    {
        if (known.TryGetValue(rules.Name, out var file))
        {
            return Open(file.Settings, file.Holder);
        }

        var holder = $"{Environment.MachineName}:{Environment.ProcessId}";
        if (rules.Plugin == "store_postgres")
        {
            var postgres = new PostgresStore(new PostgresSettings(parameters.GetValueOrDefault("store_postgres connection") ?? "", rules.Container, holder));
            return new Store(rules.Container, postgres, postgres);
        }

        var settings = new CsvSettings(parameters.GetValueOrDefault("store_csv path") ?? root, rules.Container);
        return new Store(rules.Container, new FolderClaim(settings.Folder, holder), new CsvSink(settings));
    }

    /// <summary>Who writes is settled by the place itself: a claim file beside the data, or a lock in the database. <c>everyone</c> writes to a place that only this host has.</summary>
    private static Store Open(StoreSettings settings, string holder)
    {
        if (settings is StoreSettings.Postgres p)
        {
            var postgres = new PostgresStore(new PostgresSettings(p.Connection, settings.Writer is StoreWriterSettings.Everyone ? $"{settings.Name} {holder}" : settings.Name, holder, p.Into));
            return new Store(settings.Name, postgres, postgres);
        }

        var csv = (StoreSettings.Csv)settings;
        var folder = new CsvSettings(Path.GetDirectoryName(csv.Folder) ?? "/", Path.GetFileName(csv.Folder), Roll: csv.Roll is null ? CsvRoll.Never : CsvRoll.Seconds, RollOver: (long)(csv.Roll ?? TimeSpan.Zero).TotalSeconds);
        return new Store(settings.Name, settings.Writer is StoreWriterSettings.Everyone ? new NoStoreClaim(holder) : new FolderClaim(csv.Folder, holder), new CsvSink(folder));
    }
}

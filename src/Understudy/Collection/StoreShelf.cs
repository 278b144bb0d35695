using System.Runtime.CompilerServices;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Core.Settings;
using Understudy.Linux.Collection;

namespace Understudy.Collection;

/// <summary>The stores that policies write to, opened when the first sample comes. A store has a thread of its own and is the one writer of its place.</summary>
/// <param name="name">The daemon's, which with the machine's tells it from others that store in the same database.</param>
internal sealed class StoreShelf(string root, Func<string> name) : IDisposable
{
    private readonly Dictionary<(string Plugin, string Container), (string Name, string Kind, Store Store)> stores = [];
    private readonly Dictionary<string, (StoreSettings Settings, string Holder, Func<string, (bool Held, string Why)> Duty)> known = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<StorageRules, StoreChoice> choices = new();
    private CsvSettings csv = new(root, "");
    private string connection = "";

    /// <summary>By policy's container, for the faces.</summary>
    internal IReadOnlyDictionary<(string Plugin, string Container), (string Name, string Kind, Store Store)> Stores => stores;

    /// <summary>A store of a file, which a policy of the same name writes to.</summary>
    /// <param name="duty">Whether this host holds a duty now, and why in a sentence. From any thread.</param>
    internal void Know(StoreSettings settings, string node, Func<string, (bool Held, string Why)> duty) => known[settings.Name] = (settings, node, duty);

    /// <summary>Parameters of a plugin, for containers that are opened from now on.</summary>
    /// <returns>All that is wrong with them; null: they are taken.</returns>
    internal string? Configure(string plugin, ValueList<LdmsdPair> given)
    {
        if (plugin == "store_csv")
        {
            csv = CsvParameters.Read(given, csv, out var problem);
            return problem.Length > 0 ? $"store_csv: {problem}" : null;
        }

        var unknown = given.Where(p => p.Name != "connection").Select(p => p.Name).ToArray();
        if (unknown.Length > 0)
        {
            return $"{plugin}: {string.Join("=, ", unknown)}= is not known; it has connection=";
        }

        connection = given.Count > 0 ? given[^1].Value : connection;
        return null;
    }

    internal void Offer(StorageDesk storage, CollectedSet set)
    {
        var choice = choices.GetValue(storage.Rules, static r => new StoreChoice(r.Metrics));
        if (!choice.Wants(set.Layout))
        {
            return;
        }

        var key = (storage.Rules.Plugin, storage.Rules.Container);
        if (!stores.TryGetValue(key, out var store))
        {
            stores[key] = store = (storage.Name, storage.Rules.Plugin, Open(storage.Rules));
        }

        _ = store.Store.Offer(set.Layout, set.Data.Span, set.Current?.Producer.Name.TrimStart('#') ?? "", choice);
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
            return Open(file.Settings, file.Holder, file.Duty);
        }

        var holder = $"{Environment.MachineName}:{Environment.ProcessId}";
        if (rules.Plugin == "store_postgres")
        {
            var postgres = new PostgresStore(new PostgresSettings(connection, $"{rules.Container} {Environment.MachineName} {name()}", holder, rules.Container));
            return new Store(rules.Container, postgres, postgres);
        }

        var settings = csv with { Container = rules.Container };
        return new Store(rules.Container, new FolderClaim(settings.Folder, holder), new CsvSink(settings));
    }

    /// <summary>Who writes is settled by the place itself: a claim file beside the data, or a lock in the database. <c>everyone</c> writes to a place that only this host has. A duty's holder needs the place's claim too.</summary>
    private static Store Open(StoreSettings settings, string holder, Func<string, (bool Held, string Why)> duty)
    {
        if (settings is StoreSettings.Postgres p)
        {
            var postgres = new PostgresStore(new PostgresSettings(p.Connection, settings.Writer is StoreWriterSettings.Everyone ? $"{settings.Name} {holder}" : settings.Name, holder, p.Into));
            return new Store(settings.Name, Held(postgres), postgres);
        }

        var files = (StoreSettings.Csv)settings;
        var folder = new CsvSettings(Path.GetDirectoryName(files.Folder) ?? "/", Path.GetFileName(files.Folder), Roll: files.Roll is null ? CsvRoll.Never : CsvRoll.Seconds, RollOver: (long)(files.Roll ?? TimeSpan.Zero).TotalSeconds);
        return new Store(settings.Name, settings.Writer is StoreWriterSettings.Everyone ? new NoStoreClaim(holder) : Held(new FolderClaim(files.Folder, holder)), new CsvSink(folder));

        IStoreClaim Held(IStoreClaim place) => settings.Writer is StoreWriterSettings.Holder by ? new DutyClaim(place, () => duty(by.Duty)) : place;
    }
}

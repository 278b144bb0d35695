using Spectre.Console;
using System.Text.Json;
using Understudy.Api;
using Understudy.Collection;
using Understudy.Core.Ledger;
using Understudy.Ups;

namespace Understudy.Cli;

/// <summary>One look of `watch`.</summary>
/// <param name="Collection">Null where nothing is collected.</param>
internal sealed record WatchSight(HostSnapshot Host, HostProxies Proxies, CollectionView? Collection);

/// <summary>`watch`: the status, kept up to date. Where nobody sees a terminal, one line for each change instead.</summary>
internal static class WatchTable
{
    /// <summary>A terminal has no place for more; `status` has all.</summary>
    private const int WatchedProducers = 20;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <param name="times">Ends after so many looks; 0 goes on until Ctrl-C.</param>
    /// <returns>What the daemon answered instead of a status; null at the end.</returns>
    internal static async Task<DaemonAnswer?> RunAsync(
        Terminal terminal, Func<Task<(WatchSight? Sight, DaemonAnswer Answer)>> look, bool seedWords, int times, CancellationToken stop)
    {
        var live = !terminal.Json && ReferenceEquals(terminal.Output, Console.Out) && !Console.IsOutputRedirected;
        if (!live)
        {
            return await LinesAsync(terminal, look, seedWords, times, stop);
        }

        DaemonAnswer? refused = null;
        await AnsiConsole.Live(new Text("")).StartAsync(async context => refused = await EachAsync(look, times, sight => context.UpdateTarget(Picture(sight, seedWords)), stop));
        return refused;
    }

    private static Task<DaemonAnswer?> LinesAsync(
        Terminal terminal, Func<Task<(WatchSight? Sight, DaemonAnswer Answer)>> look, bool seedWords, int times, CancellationToken stop)
    {
        var before = "";
        return EachAsync(look, times, sight =>
        {
            var host = sight.Host;
            var now = string.Join("; ", host.Duties.Select(d =>
                $"{d.Duty}: {d.Holder ?? "nobody"} has epoch {d.Epoch} ({string.Join(", ", d.Candidates.Select(c => $"{c.Node} {(seedWords ? c.SeedWord : c.Stance)}"))})"));
            now = sight.Proxies.Proxies.Count == 0 ? now : now.Length == 0 ? ProxyText.Line(sight.Proxies) : $"{now}; {ProxyText.Line(sight.Proxies)}";
            now = sight.Collection is not { } collection ? now : now.Length == 0 ? CollectionText.Line(collection) : $"{now}; {CollectionText.Line(collection)}";
            if (now != before)
            {
                terminal.Output.WriteLine(terminal.Json ? CollectionText.Beside(DaemonVerbs.WithProxies(JsonSerializer.Serialize(host, FacesJson.Default.HostSnapshot), sight.Proxies), sight.Collection) : now);
                terminal.Output.Flush();
                before = now;
            }
        }, stop);
    }

    private static async Task<DaemonAnswer?> EachAsync(Func<Task<(WatchSight? Sight, DaemonAnswer Answer)>> look, int times, Action<WatchSight> show, CancellationToken stop)
    {
        using var pause = new PeriodicTimer(s_pause);
        for (var i = 1; ; i++)
        {
            var (sight, answer) = await look();
            if (sight is null)
            {
                return answer;
            }

            show(sight);
            if (i == times || !await pause.WaitForNextTickAsync(stop))
            {
                return null;
            }
        }
    }

    private static Rows Picture(WatchSight sight, bool seedWords)
    {
        var host = sight.Host;
        var rows = new List<Spectre.Console.Rendering.IRenderable>
        {
            new Text(StatusText.Title(host)),
            host.ExclusiveGuaranteed ? new Text("") : new Text("There is no arbiter: exclusivity is not guaranteed.", new Style(Color.Yellow)),
            Table(StatusText.DutyHead, StatusText.Duties(host, seedWords)),
            Table(StatusText.LinkHead, StatusText.Links(host)),
        };
        if (sight.Proxies.Proxies.Count > 0)
        {
            rows.Add(Table(ProxyText.ProxyHead, ProxyText.Proxies(sight.Proxies)));
            rows.Add(Table(ProxyText.SourceHead, ProxyText.Sources(sight.Proxies)));
        }

        if (sight.Collection is { } collection)
        {
            rows.Add(new Text(CollectionText.Line(collection)));
            rows.Add(Table(CollectionText.Head, CollectionText.Producers(collection, WatchedProducers)));
            if (collection.Stores.Count > 0)
            {
                rows.Add(Table(CollectionText.StoreHead, CollectionText.Stores(collection)));
            }
        }

        rows.AddRange(ProxyText.Problems(sight.Proxies).Select(p => new Text(p)));
        return new Rows(rows);
    }

    private static Table Table(string[] head, List<string[]> rows)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var title in head)
        {
            table.AddColumn(new TableColumn(new Text(title, new Style(decoration: Decoration.Bold))));
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(Spectre.Console.Rendering.IRenderable (cell) => new Text(cell)));
        }

        return table;
    }
}

using Spectre.Console;
using System.Text.Json;
using Understudy.Api;
using Understudy.Collection;
using Understudy.Core.Ledger;
using Understudy.Ups;

namespace Understudy.Cli;

/// <summary>One look of `watch`.</summary>
/// <param name="Collection">Null where nothing is collected.</param>
internal sealed record WatchSight(HostSnapshot Host, HostProxies Proxies, IReadOnlyList<GuardStatus> Guards, CollectionView? Collection);

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
            string[] parts =
            [
                now, string.Join("; ", sight.Guards.Select(GuardText.Line)), sight.Proxies.Proxies.Count == 0 ? "" : ProxyText.Line(sight.Proxies),
                sight.Collection is { } collection ? CollectionText.Line(collection) : "",
            ];
            now = string.Join("; ", parts.Where(p => p.Length > 0));
            if (now != before)
            {
                terminal.Output.WriteLine(terminal.Json ? Json(sight) : now);
                terminal.Output.Flush();
                before = now;
            }
        }, stop);
    }

    private static string Json(WatchSight sight) =>
        CollectionText.Beside(DaemonVerbs.WithGuards(DaemonVerbs.WithProxies(JsonSerializer.Serialize(sight.Host, FacesJson.Default.HostSnapshot), sight.Proxies), sight.Guards), sight.Collection);

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
            StatusText.Unguaranteed(host, sight.Guards) ? new Text("There is no arbiter: exclusivity is not guaranteed.", new Style(Color.Yellow)) : new Text(""),
        };
        if (StatusText.HasDuties(host, sight.Guards))
        {
            rows.Add(Table(StatusText.DutyHead, StatusText.Duties(host, seedWords)));
        }

        if (StatusText.HasLinks(host, sight.Guards))
        {
            rows.Add(Table(StatusText.LinkHead, StatusText.Links(host)));
        }

        if (sight.Guards.Count > 0)
        {
            rows.Add(Table(GuardText.Head, [.. sight.Guards.Select(GuardText.Row)]));
        }

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

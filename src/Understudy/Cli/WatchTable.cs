using Spectre.Console;
using System.Text.Json;
using Understudy.Api;
using Understudy.Core.Ledger;

namespace Understudy.Cli;

/// <summary>`watch`: the status, kept up to date. Where nobody sees a terminal, one line for each change instead.</summary>
internal static class WatchTable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <param name="times">Ends after so many looks; 0 goes on until Ctrl-C.</param>
    /// <returns>What the daemon answered instead of a status; null at the end.</returns>
    internal static async Task<DaemonAnswer?> RunAsync(
        Terminal terminal, Func<Task<(HostSnapshot? Host, DaemonAnswer Answer)>> look, bool seedWords, int times, CancellationToken stop)
    {
        var live = !terminal.Json && ReferenceEquals(terminal.Output, Console.Out) && !Console.IsOutputRedirected;
        if (!live)
        {
            return await LinesAsync(terminal, look, seedWords, times, stop);
        }

        DaemonAnswer? refused = null;
        await AnsiConsole.Live(new Text("")).StartAsync(async context => refused = await EachAsync(look, times, host => context.UpdateTarget(Picture(host, seedWords)), stop));
        return refused;
    }

    private static Task<DaemonAnswer?> LinesAsync(
        Terminal terminal, Func<Task<(HostSnapshot? Host, DaemonAnswer Answer)>> look, bool seedWords, int times, CancellationToken stop)
    {
        var before = "";
        return EachAsync(look, times, host =>
        {
            var now = string.Join("; ", host.Duties.Select(d =>
                $"{d.Duty}: {d.Holder ?? "nobody"} has epoch {d.Epoch} ({string.Join(", ", d.Candidates.Select(c => $"{c.Node} {(seedWords ? c.SeedWord : c.Stance)}"))})"));
            if (now != before)
            {
                terminal.Output.WriteLine(terminal.Json ? JsonSerializer.Serialize(host, FacesJson.Default.HostSnapshot) : now);
                terminal.Output.Flush();
                before = now;
            }
        }, stop);
    }

    private static async Task<DaemonAnswer?> EachAsync(Func<Task<(HostSnapshot? Host, DaemonAnswer Answer)>> look, int times, Action<HostSnapshot> show, CancellationToken stop)
    {
        using var pause = new PeriodicTimer(s_pause);
        for (var i = 1; ; i++)
        {
            var (host, answer) = await look();
            if (host is null)
            {
                return answer;
            }

            show(host);
            if (i == times || !await pause.WaitForNextTickAsync(stop))
            {
                return null;
            }
        }
    }

    private static Rows Picture(HostSnapshot host, bool seedWords) => new(
        new Text(StatusText.Title(host)),
        host.ExclusiveGuaranteed ? new Text("") : new Text("There is no arbiter: exclusivity is not guaranteed.", new Style(Color.Yellow)),
        Table(StatusText.DutyHead, StatusText.Duties(host, seedWords)),
        Table(StatusText.LinkHead, StatusText.Links(host)));

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

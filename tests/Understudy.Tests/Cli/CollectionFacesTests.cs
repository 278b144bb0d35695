using Understudy.Cli;
using Understudy.Collection;
using Understudy.Core.Ledger;
using Understudy.Tests.Ledger;
using Understudy.Ups;
using Xunit;

namespace Understudy.Tests.Cli;

public sealed class CollectionFacesTests
{
    private static readonly HostSnapshot s_host = new SmallPair().Run(5_000).Snapshot("alpha");

    [Fact]
    public async Task Watch_says_a_line_for_each_move_and_loss_and_none_while_nothing_changes()
    {
        var calm = View(Producer("s00", "collect"), Producer("s01", "warm"));
        var moved = View(Producer("s00", "collect"), Producer("s01", "collect"));
        var lost = View(Producer("s00", "collect") with { Lost = 2, Trouble = "refused" }, Producer("s01", "collect"));
        CollectionView?[] looks = [calm, calm, moved, moved, lost, null];
        var i = 0;
        using var output = new StringWriter();
        Assert.Null(await WatchTable.RunAsync(
            new Terminal(output, TextWriter.Null, Json: false),
            () => Task.FromResult<(WatchSight?, DaemonAnswer)>((new WatchSight(s_host, HostProxies.None, [], looks[i++]), new DaemonAnswer(System.Net.HttpStatusCode.OK, ""))),
            seedWords: false, looks.Length, TestContext.Current.CancellationToken));
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["collects 1 of 2 producers, 0 samples lost", "collects 2 of 2 producers, 0 samples lost", "collects 2 of 2 producers, 2 samples lost, in trouble: s00"],
            lines.SkipLast(1).Select(l => l[(l.IndexOf("; ", StringComparison.Ordinal) + 2)..]));
        Assert.DoesNotContain("collects", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Where_there_is_room_for_few_those_in_trouble_are_shown_first_and_then_those_that_are_pulled_here()
    {
        var view = View(Producer("a", "warm"), Producer("b", "collect"), Producer("c", "off"), Producer("d", "warm") with { Trouble = "refused" });
        Assert.Equal(["d", "b"], CollectionText.Producers(view, 2).Select(r => r[0]));
        Assert.Equal(["a", "b", "c", "d"], CollectionText.Producers(view, 4).Select(r => r[0]));
    }

    private static CollectionView View(params ProducerView[] producers) => new("alpha", producers, [], []);

    private static ProducerView Producer(string name, string part) =>
        new(name, $"sock:{name}:411", part, SinceMs: 5_000, "it is dealt to us", Owner: null, "CONNECTED", Trouble: "", Losses: 0, Sets: [], Had: 10, Lost: 0, LagMs: 900);
}

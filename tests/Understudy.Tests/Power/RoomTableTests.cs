using System.Text;
using Understudy.Tests.House;
using Xunit;

namespace Understudy.Tests.Power;

/// <summary>The scenarios of a room, in virtual time, beside seed 002's own machine. Set UNDERSTUDY_REWRITE to write the page anew, for its change to be reviewed.</summary>
public sealed class RoomTableTests
{
    private const string Page = "docs/guide/power-scenarios.md";

    public static IEnumerable<TheoryDataRow<int, string>> Rows => RoomTable.Rows.Select((r, i) => new TheoryDataRow<int, string>(i, $"{r.Part}: {r.What}"));

    [Theory]
    [MemberData(nameof(Rows))]
    public void This_guard_leaves_when_it_is_asked_to_and_not_else(int row, string what)
    {
        Assert.NotEmpty(what);
        var (outcomes, runs) = RoomTable.Rows[row].PlayOurs();
        Hold(RoomTable.Rows[row].Ours, outcomes, string.Join('\n', runs[0].Hosts[0].Told));
        Assert.All(runs, RoomTable.Rows[row].Also);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_older_program_does_what_it_is_known_for(int row, string what)
    {
        Assert.NotEmpty(what);
        Hold(RoomTable.Rows[row].Seed, RoomTable.Rows[row].PlaySeed(), "");
    }

    [Fact]
    public void The_page_shows_what_was_played()
    {
        var text = Write();
        if (Environment.GetEnvironmentVariable("UNDERSTUDY_REWRITE") is not null)
        {
            File.WriteAllText(Path.Combine(Repository.Root, Page), text);
        }

        Assert.Equal(text, Repository.Read(Page));
    }

    private static void Hold(RoomTableLeave[] asked, RoomTableOutcome[] outcomes, string told)
    {
        foreach (var outcome in outcomes)
        {
            if (asked.SingleOrDefault(a => a.Host.Length == 0 || a.Host == outcome.Host) is not { } leave)
            {
                continue;
            }

            Assert.True(leave.How == outcome.How, $"{outcome.Host} {outcome.Text}, expected {leave.How}\n{told}");
            if (leave.How != RoomTableHow.Never)
            {
                Assert.True(outcome.First >= leave.From && outcome.Last <= leave.Until,
                    $"{outcome.Host} {outcome.Text}, expected {RoomTableOutcome.Clock(leave.From)} to {RoomTableOutcome.Clock(leave.Until)}\n{told}");
            }
        }
    }

    private static string Write()
    {
        var page = new StringBuilder("""
            # What happens in which case

            Each row is played by a test in virtual time, with the daemon's own decisions and everything else imitated; this page is what came out. Beside it stands the machine
            of the [program of 2012](https://github.com/harisankarh/careful-servers) that this guard grew out of: it pings one thing each minute, and when that is silent once more five minutes
            later, it powers off. Times are from the incident to the moment in which the host is down. *Leaves at 5:06 to 5:16* means: it depends on where in its turn of looks the
            incident found the host; a room of hosts leaves within that span. **Bold** is a lottery: some hosts of a room leave and others do not.

            The settings are those that a file gets which sets no times: `grace: 5m`, a look each 10 s, `countdown: 1m`; two witnesses on two switches with a control beside each, and `spread: 0s`.
            The older program has its usual 1 and 5 minutes, and knows the first witness.

            """);
        foreach (var part in RoomTable.Rows.GroupBy(r => r.Part, StringComparer.Ordinal))
        {
            _ = page.Append($"\n## {part.Key}\n\n| what happens | this guard | the older program |\n|---|---|---|\n");
            foreach (var row in part)
            {
                _ = page.Append($"| {row.What} | {Cell(row.PlayOurs().Outcomes)} | {Cell(row.PlaySeed())} |\n");
            }
        }

        return page.ToString();
    }

    /// <summary>Hosts that do the same are one.</summary>
    private static string Cell(RoomTableOutcome[] outcomes)
    {
        var alike = outcomes.GroupBy(o => o.Text, StringComparer.Ordinal).ToList();
        return alike.Count == 1 ? alike[0].Key : string.Join("; ", alike.Select(g => $"{string.Join(", ", g.Select(o => o.Host))}: {g.Key}"));
    }
}

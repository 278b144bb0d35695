using System.Text;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Xunit;

namespace Understudy.Tests.Ledger;

public sealed class ReplayTests
{
    [Fact]
    public void What_was_decided_is_decided_again()
    {
        var lines = LedgerTextTests.Life();
        var report = Replay.Run(Entries(lines.Select(LedgerText.Of)));
        Assert.Null(report.Difference);
        Assert.Equal(lines.OfType<LedgerLine.Decided>().Count(), report.Decisions);
        Assert.True(report.Decisions > 8, "a life has decisions");
    }

    [Fact]
    public void Whichever_decision_is_altered_the_replay_names_its_line()
    {
        var lines = LedgerTextTests.Life();
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i] is LedgerLine.Decided d)
            {
                var altered = lines.ToList();
                altered[i] = d with { After = d.After with { LetGo = d.After.LetGo + 1 } };
                var report = Replay.Run(Entries(altered.Select(LedgerText.Of)));
                Assert.Equal(i + 1, report.DifferenceAt);
                altered[i] = d with { Reason = d.Reason + " " };
                Assert.Equal(i + 1, Replay.Run(Entries(altered.Select(LedgerText.Of))).DifferenceAt);
            }
        }
    }

    [Fact]
    public void An_altered_stance_is_told_with_both_sides()
    {
        var lines = LedgerTextTests.Life();
        var at = lines.FindIndex(l => l is LedgerLine.Decided { After.Stance: Stance.Active });
        var decided = (LedgerLine.Decided)lines[at];
        lines[at] = decided with { After = decided.After with { Stance = new Stance.Held("mallory") } };
        Assert.StartsWith("stance: recorded Held { By = mallory }, made again Active", Replay.Run(Entries(lines.Select(LedgerText.Of))).Difference, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decision_that_is_left_out_shows_where_an_epoch_or_a_ticket_went_back()
    {
        var decided = LedgerTextTests.Life();
        var later = decided.FindLastIndex(l => l is LedgerLine.Decided { Before.EpochSeen: > 1 });
        var earlier = decided.FindIndex(l => l is LedgerLine.Decided { Before.EpochSeen: 0 });
        (decided[later], decided[earlier]) = (decided[earlier], decided[later]);
        Assert.Contains("had come to", Replay.Run(Entries(decided.Select(LedgerText.Of))).Difference, StringComparison.Ordinal);
    }

    [Fact]
    public void A_last_line_that_a_crash_tore_is_no_difference_and_is_said()
    {
        var text = LedgerTextTests.Life().Select(LedgerText.Of).ToList();
        text[^1] = text[^1][..^3];
        var report = Replay.Run(Entries(text));
        Assert.True(report.Agrees);
        Assert.Contains($"line {text.Count} is torn", string.Join('\n', report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_torn_line_before_a_new_start_is_no_difference()
    {
        var text = LedgerTextTests.Life().Select(LedgerText.Of).ToList();
        var report = Replay.Run(Entries([.. text, text[3][..40], .. text]));
        Assert.True(report.Agrees);
        Assert.Contains($"line {text.Count + 1} is torn", string.Join('\n', report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_line_in_the_midst_of_a_run_is_a_difference()
    {
        var text = LedgerTextTests.Life().Select(LedgerText.Of).ToList();
        text[4] = text[4][..40];
        var report = Replay.Run(Entries(text));
        Assert.Equal(5, report.DifferenceAt);
        Assert.StartsWith("it is no ledger line", report.Difference, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decision_without_rules_before_it_cannot_be_made_again()
    {
        var lines = LedgerTextTests.Life().Where(l => l is not LedgerLine.Ruled).Select(LedgerText.Of);
        Assert.Contains("no line before it tells the rules of web", Replay.Run(Entries(lines)).Difference, StringComparison.Ordinal);
    }

    [Fact]
    public void A_candidate_number_out_of_range_is_a_difference_and_no_crash()
    {
        var lines = LedgerTextTests.Life();
        var at = lines.FindIndex(l => l is LedgerLine.Decided);
        lines[at] = (LedgerLine.Decided)lines[at] with { Event = new DutyEvent.PeerReported(9, PeerView.Unheard) };
        Assert.Equal(at + 1, Replay.Run(Entries(lines.Select(LedgerText.Of))).DifferenceAt);
    }

    [Fact]
    public void The_epochs_of_a_ledger_are_the_highest_seen_and_the_last_held()
    {
        var lines = LedgerTextTests.Life();
        var (forward, backward) = (new EpochBook(), new EpochBook());
        foreach (var line in lines)
        {
            forward.Note(line);
        }

        Assert.Equal(new DutyEpochs(3, 3, null), forward.Of("web"));      // 1 here, 2 on beta by hand-over, 3 here after beta died
        Assert.Equal(default, forward.Of("mail"));
        var settled = lines.AsEnumerable().Reverse().TakeWhile(l => !backward.NoteBackward(l, ["web"])).Count();
        Assert.Equal(forward.Of("web"), backward.Of("web"));
        Assert.Equal(lines.Count - 2, settled);      // the rules are the second line: the first is not looked at
    }

    [Fact]
    public void A_hold_is_in_the_ledger_until_its_release_whichever_way_one_reads()
    {
        var rules = Duties.Given.Alpha;
        var idle = Duties.Given.In(new Stance.Standby(Duties.Given.At(0)));
        var held = idle with { Stance = new Stance.Held("eve") };
        LedgerLine ruled = new LedgerLine.Ruled(Duties.Given.At(0), rules, 4, 0);
        LedgerLine hold = new LedgerLine.Decided(Duties.Given.At(1), "web", new DutyEvent.HoldAsked("eve"), idle, held, [], "eve holds it");
        LedgerLine anew = new LedgerLine.Ruled(Duties.Given.At(2), rules, 4, 0, "eve");
        LedgerLine release = new LedgerLine.Decided(Duties.Given.At(3), "web", new DutyEvent.ReleaseAsked("eve"), held, idle, [], "eve released it");
        LedgerLine[][] ledgers = [[ruled, hold], [ruled, hold, anew], [ruled, hold, anew, release], [anew], [ruled]];
        foreach (var (lines, by) in ledgers.Zip(new[] { "eve", "eve", null, "eve", null }))
        {
            var (forward, backward) = (new EpochBook(), new EpochBook());
            foreach (var line in lines)
            {
                forward.Note(line);
            }

            _ = lines.Reverse().TakeWhile(l => !backward.NoteBackward(l, ["web"])).Count();
            Assert.Equal((by, by), (forward.Of("web").KeptOutBy, backward.Of("web").KeptOutBy));
        }
    }

    private static IEnumerable<LedgerEntry> Entries(IEnumerable<string> text) => text.Select((t, i) =>
    {
        var line = LedgerText.Read(Encoding.UTF8.GetBytes(t), out var problem);
        return new LedgerEntry(i + 1, line, problem);
    });
}

using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Xunit;

namespace Understudy.Tests.Ledger;

public sealed class LedgerSieveTests
{
    [Fact]
    public void A_standby_that_asks_in_vain_for_minutes_leaves_a_few_lines_and_says_how_many_it_left_out()
    {
        var pair = new SmallPair(arbitrated: false).Run(4_000);
        var other = pair.Other;
        pair.Silence(pair.Holder);
        var from = pair.LinesOf(other).Count;
        pair.Run(150_000);
        var sieve = new LedgerSieve();
        var notes = new List<LedgerLine.Noted?>();
        var all = pair.LinesOf(other).Skip(from).ToList();
        var kept = all.Where(l =>
        {
            var passes = sieve.Passes(l, out var note);
            notes.Add(note);
            return passes;
        }).ToList();
        Assert.True(all.Count > 1_000, "it asks all the time");
        Assert.InRange(kept.Count, 6, 12);
        Assert.Contains("web: 5", notes.OfType<LedgerLine.Noted>().First().Text, StringComparison.Ordinal);
        Assert.True(Replay.Run(pair.LinesOf(other).Take(from).Concat(kept).Select((l, i) => new LedgerEntry(i + 1, l, null))).Agrees);
    }

    [Fact]
    public void Every_decision_that_a_deed_follows_passes()
    {
        var sieve = new LedgerSieve();
        var life = LedgerTextTests.Life();
        Assert.All(life.Concat(life).Where(l => l is not LedgerLine.Decided { Before.Stance: Stance.Standby or Stance.Claiming, After.Stance: Stance.Standby or Stance.Claiming }), l => Assert.True(sieve.Passes(l, out _)));
    }

    [Fact]
    public void After_something_else_happened_the_same_is_news_again()
    {
        var sieve = new LedgerSieve();
        var asks = LedgerTextTests.Life().OfType<LedgerLine.Decided>().First(d => d is { Before.Stance: Stance.Standby, After.Stance: Stance.Claiming });
        var starts = LedgerTextTests.Life().OfType<LedgerLine.Decided>().First(d => d is { After.Stance: Stance.Starting });
        Assert.Equal([true, false, true, true], new LedgerLine[] { asks, asks, starts, asks }.Select(l => sieve.Passes(l, out _)));
    }
}

using System.Globalization;
using Understudy.Core.Duties;

namespace Understudy.Core.Ledger;

/// <summary>
/// Keeps decisions out of the ledger that only say again what it says already: a standby that asks, is refused and stands by, ten times a second
/// for as long as an arbiter is away, would push everything worth knowing out of the kept files. Only moves between Standby and Claiming are left out,
/// which no deed follows; each sort of them passes once a minute, with the number that did not.
/// </summary>
public sealed class LedgerSieve
{
    private const int MaxSorts = 64;
    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(1);
    private readonly Dictionary<(string Duty, StanceCode Before, string? Reason), (Instant At, long LeftOut)> sorts = [];

    /// <summary>Whether the line is to be written; <paramref name="note"/> is a line to write before it.</summary>
    public bool Passes(LedgerLine line, out LedgerLine.Noted? note)
    {
        note = null;
        if (line is not LedgerLine.Decided d)
        {
            return true;
        }

        if (!(Asks(d.Before.Stance) && Asks(d.After.Stance)))
        {
            Forget(d.Duty);      // something happened: whatever comes next is news
            return true;
        }

        var sort = (d.Duty, d.Before.Stance.Code(), d.Reason);
        if (sorts.TryGetValue(sort, out var last) && d.At - last.At < s_again)
        {
            sorts[sort] = last with { LeftOut = last.LeftOut + 1 };
            return false;
        }

        if (last.LeftOut > 0)
        {
            note = new LedgerLine.Noted(d.At, NoteLevel.Information, 0, string.Create(CultureInfo.InvariantCulture, $"{d.Duty}: {last.LeftOut} decisions like the next are left out since {Spans.Say(d.At - last.At)}"));
        }

        if (sorts.Count >= MaxSorts)
        {
            sorts.Clear();
        }

        sorts[sort] = (d.At, 0);
        return true;
    }

    private static bool Asks(Stance stance) => stance is Stance.Standby or Stance.Claiming;

    private void Forget(string duty)
    {
        foreach (var sort in sorts.Keys.Where(s => s.Duty == duty).ToList())
        {
            sorts.Remove(sort);
        }
    }
}

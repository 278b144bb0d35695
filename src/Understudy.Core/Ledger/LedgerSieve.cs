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
    private readonly List<Sort> sorts = [];

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

        var code = d.Before.Stance.Code();
        var sort = sorts.Find(s => s.Duty == d.Duty && s.Before == code && s.Reason == d.Reason);
        if (sort is not null && d.At - sort.At < s_again)
        {
            sort.LeftOut++;
            return false;
        }

        if (sort is { LeftOut: > 0 })
        {
            note = new LedgerLine.Noted(d.At, NoteLevel.Information, 0, string.Create(CultureInfo.InvariantCulture, $"{d.Duty}: {sort.LeftOut} decisions like the next are left out since {Spans.Say(d.At - sort.At)}"));
        }

        if (sort is null)
        {
            if (sorts.Count >= MaxSorts)
            {
                sorts.Clear();
            }

            sorts.Add(sort = new Sort(d.Duty, code, d.Reason));
        }

        (sort.At, sort.LeftOut) = (d.At, 0);
        return true;
    }

    private static bool Asks(Stance stance) => stance is Stance.Standby or Stance.Claiming;

    private void Forget(string duty) => sorts.RemoveAll(s => s.Duty == duty);

    private sealed class Sort(string duty, StanceCode before, string? reason)
    {
        internal string Duty { get; } = duty;

        internal StanceCode Before { get; } = before;

        internal string? Reason { get; } = reason;

        internal Instant At { get; set; }

        internal long LeftOut { get; set; }
    }
}

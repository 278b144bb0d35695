using System.Globalization;
using Understudy.Core.Duties;

namespace Understudy.Core.Ledger;

/// <summary>One line of a file as it was read: a ledger line, or why it is none.</summary>
/// <param name="Number">From 1.</param>
public sealed record LedgerEntry(int Number, LedgerLine? Line, string? Problem);

/// <summary>What a replay found.</summary>
/// <param name="Lines">How many lines were read.</param>
/// <param name="Decisions">How many of them were decisions that were made again.</param>
/// <param name="DifferenceAt">The first line that does not follow from what it records; null when all do.</param>
/// <param name="Difference">What differs there.</param>
/// <param name="Notes">What is worth knowing and no difference: a line that a crash tore, lines that are said to be lost.</param>
public sealed record ReplayReport(int Lines, int Decisions, int? DifferenceAt, string? Difference, ValueList<string> Notes)
{
    public bool Agrees => DifferenceAt is null;
}

/// <summary>Makes every recorded decision again, with the machine of this program, and compares.</summary>
public static class Replay
{
    public static ReplayReport Run(IEnumerable<LedgerEntry> entries)
    {
        var rules = new Dictionary<string, DutyRules>(StringComparer.Ordinal);
        var last = new Dictionary<string, DutyState>(StringComparer.Ordinal);
        var notes = new List<string>();
        LedgerEntry? torn = null;
        var (lines, decisions) = (0, 0);
        foreach (var entry in entries)
        {
            lines++;
            if (torn is not null && entry.Line is not LedgerLine.Started)
            {
                return new(lines, decisions, torn.Number, $"it is no ledger line: {torn.Problem}", notes.ToValueList());
            }

            if (torn is not null)
            {
                notes.Add(Torn(torn));
                torn = null;
            }

            switch (entry.Line)
            {
                case null:
                    torn = entry;
                    break;
                case LedgerLine.Started:
                    rules.Clear();
                    last.Clear();
                    break;
                case LedgerLine.Ruled r:
                    rules[r.Rules.Duty] = r.Rules;
                    break;
                case LedgerLine.Decided d:
                    decisions++;
                    if (Difference(d, rules, last) is { } difference)
                    {
                        return new(lines, decisions, entry.Number, difference, notes.ToValueList());
                    }

                    last[d.Duty] = d.After;
                    break;
                case LedgerLine.Noted { Level: not NoteLevel.Information } n:
                    notes.Add(string.Create(CultureInfo.InvariantCulture, $"line {entry.Number}: {n.Text}"));
                    break;
            }
        }

        if (torn is not null)
        {
            notes.Add(Torn(torn));
        }

        return new(lines, decisions, null, null, notes.ToValueList());
    }

    private static string Torn(LedgerEntry entry) =>
        string.Create(CultureInfo.InvariantCulture, $"line {entry.Number} is torn: the process or the host ended while it was written");

    private static string? Difference(LedgerLine.Decided d, Dictionary<string, DutyRules> rules, Dictionary<string, DutyState> last)
    {
        if (!rules.TryGetValue(d.Duty, out var rule))
        {
            return $"no line before it tells the rules of {d.Duty}";
        }

        if (d.Before.Peers.Count != rule.Candidates.Count)
        {
            return $"it tells of {d.Before.Peers.Count} candidates, the rules of {rule.Candidates.Count}";
        }

        if (last.TryGetValue(d.Duty, out var earlier) && (d.Before.EpochSeen < earlier.EpochSeen || d.Before.LetGo < earlier.LetGo || d.Before.Ticket < earlier.Ticket))
        {
            return $"it begins with epoch {d.Before.EpochSeen}, let go {d.Before.LetGo}, ticket {d.Before.Ticket}, "
                + $"which had come to {earlier.EpochSeen}, {earlier.LetGo}, {earlier.Ticket} before";
        }

        if (d.Event is DutyEvent.PeerReported { Candidate: var a } && (uint)a >= d.Before.Peers.Count)
        {
            return $"it tells of candidate {a}, and there is none";
        }

        if (d.Event is DutyEvent.LetGoHeard { Candidate: var b } && (uint)b >= d.Before.Peers.Count)
        {
            return $"it tells of candidate {b}, and there is none";
        }

        var step = DutyMachine.Next(rule, d.Before, d.Event, d.At);
        return Compare("stance", d.After.Stance, step.State.Stance)
            ?? Compare("reason", d.Reason, step.Reason)
            ?? Compare("effects", d.Effects, step.Effects)
            ?? Compare("state", d.After, step.State);
    }

    private static string? Compare<T>(string what, T recorded, T again) =>
        EqualityComparer<T>.Default.Equals(recorded, again) ? null : $"{what}: recorded {recorded}, made again {again}";
}

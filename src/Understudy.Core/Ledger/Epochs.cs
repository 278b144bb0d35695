using Understudy.Core.Duties;

namespace Understudy.Core.Ledger;

/// <summary>What the ledger knows of one duty's epochs.</summary>
/// <param name="Seen">The highest anywhere: no claim of ours may be smaller.</param>
/// <param name="Held">The last that this host held, 0 for none: what a service that still runs here would belong to.</param>
/// <param name="KeptOutBy">Whose hold keeps this host out, or null: it outlives the daemon.</param>
public readonly record struct DutyEpochs(long Seen, long Held, string? KeptOutBy);

/// <summary>Reads the epochs out of lines: forward while they are written, or backward at the start until every duty is known.</summary>
public sealed class EpochBook
{
    private readonly Dictionary<string, DutyEpochs> epochs = new(StringComparer.Ordinal);
    private readonly HashSet<string> settled = new(StringComparer.Ordinal);
    private readonly HashSet<string> holdKnown = new(StringComparer.Ordinal);

    /// <summary>The epochs of a duty; zeros where nothing is known.</summary>
    public DutyEpochs Of(string duty) => epochs.GetValueOrDefault(duty);

    /// <summary>Takes a line in, while it is written. For the epochs the order does not matter; for a hold the last line counts.</summary>
    public void Note(LedgerLine line)
    {
        switch (line)
        {
            case LedgerLine.Ruled r:
                Raise(r.Rules.Duty, r.EpochSeen, r.EpochHeld, r.KeptOutBy);
                break;
            case LedgerLine.Decided d:
                Raise(d.Duty, Math.Max(d.Before.EpochSeen, d.After.EpochSeen), Math.Max(HeldIn(d.Before.Stance), HeldIn(d.After.Stance)), KeptOut(d.After));
                break;
        }
    }

    /// <summary>Takes a line in while reading from the end; true when no earlier line can tell more of any of these duties.</summary>
    public bool NoteBackward(LedgerLine line, ValueList<string> duties)
    {
        var duty = line switch { LedgerLine.Ruled r => r.Rules.Duty, LedgerLine.Decided d => d.Duty, _ => null };
        var hold = duty is null ? null : Of(duty).KeptOutBy;
        Note(line);
        if (duty is not null && !holdKnown.Add(duty))
        {
            epochs[duty] = Of(duty) with { KeptOutBy = hold };      // a newer line has said it
        }

        if (line is LedgerLine.Ruled)
        {
            settled.Add(duty!);
        }

        return duties.All(settled.Contains);
    }

    /// <summary>The last epoch that this host held, as far as its state still tells. Never one that it only saw: the next daemon here says of it that it is let go of,
    /// and must not say so of another host's.</summary>
    public static long HeldHere(DutyRules rules, DutyState state) =>
        Math.Max(HeldIn(state.Stance), state.LetGoBy == rules.Candidates[rules.Self] ? state.LetGo : 0);

    /// <summary>Whose hold keeps a candidate in this state out, or null.</summary>
    public static string? KeptOut(DutyState state) => state.Stance switch
    {
        Stance.Held h => h.By,
        Stance.Stopping { Then: AfterStop.ToHeld h } => h.By,
        _ => null,
    };

    private void Raise(string duty, long seen, long held, string? keptOutBy)
    {
        var was = Of(duty);
        epochs[duty] = new DutyEpochs(Math.Max(was.Seen, Math.Max(seen, held)), Math.Max(was.Held, held), keptOutBy);
    }

    private static long HeldIn(Stance stance) => stance switch
    {
        Stance.Starting s => s.Hold.Epoch,
        Stance.Active s => s.Hold.Epoch,
        Stance.Stopping s => s.Epoch,
        _ => 0,
    };
}

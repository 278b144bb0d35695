namespace Understudy.Lab.Worlds.Measures;

/// <summary>When a fault was made and ended, in ns of <see cref="LabClock"/>.</summary>
/// <param name="Inject">Just before it was made.</param>
/// <param name="Heal">Just before it was ended.</param>
/// <param name="Healed">When ending it was done.</param>
/// <param name="End">The last moment that is looked at.</param>
public sealed record TrialTimes(long Inject, long Heal, long Healed, long End);

/// <summary>What a client and the address watch saw of one fault. All spans are in ns.</summary>
/// <param name="Outage">The longest hole of the fault: from the sending of the first question without an answer to the sending of the next
/// one that got an answer, where the first was sent between the fault and its end. 0 where no question was lost; an exact multiple of the
/// cadence otherwise, so that the true outage is at most 1 ms shorter or longer. A hole that the fault's end finds open counts up to there.</param>
/// <param name="Recovered">Somebody answered in the last quarter second before the fault was ended.</param>
/// <param name="Dual">How long both hosts had the address (the worse of IPv4 and IPv6) from the fault to its end.</param>
/// <param name="DualTimes">How often that began, in the order of the kernel's own events: it is exact where <paramref name="Dual"/> may be too short to be timed.</param>
/// <param name="Moves">How often a host got the address from the fault to its end.</param>
/// <param name="Restored">Where nobody answered when the fault ended: from then to the sending of the next question that got an answer. Null where somebody did.</param>
/// <param name="HealGap">The longest hole that began after the end of the fault, going back home included.</param>
/// <param name="HealDual">As <paramref name="Dual"/>, after the end of the fault.</param>
/// <param name="HealDualTimes">As <paramref name="DualTimes"/>, after the end of the fault.</param>
/// <param name="HealMoves">As <paramref name="Moves"/>, after the end of the fault.</param>
/// <param name="BlackHole">After the end of the fault, 2 s or more passed without an answer while one and the same host had the address.</param>
/// <param name="Nobody">How long no host had the IPv4 address from the fault to its end.</param>
/// <param name="Stall">The harness' own longest pause between two questions: numbers near it say nothing.</param>
public sealed record TrialMeasures(
    long Outage,
    bool Recovered,
    long Dual,
    int DualTimes,
    int Moves,
    long? Restored,
    long HealGap,
    long HealDual,
    int HealDualTimes,
    int HealMoves,
    bool BlackHole,
    long Nobody,
    long Stall)
{
    /// <summary>Shorter silences of clients are other things than a stale neighbour or switch table.</summary>
    private const long BlackHoleAfter = 2 * LabClock.Second;

    private const long LastLook = LabClock.Second / 4;

    /// <summary>A question that was on its way when the fault was made may be its first victim.</summary>
    private const long OnTheWay = 2 * LabClock.Millisecond;

    public static TrialMeasures Of(ProbeRecord probes, IReadOnlyList<AddressChange> changes, TrialTimes times)
    {
        var holes = Holes(probes, times.End);
        var holding = Holding.Of(changes);
        var recovered = false;
        for (var i = 0; i < probes.Count; i++)
        {
            recovered |= probes.By[i] != 0 && probes.SentAt[i] >= times.Heal - LastLook && probes.SentAt[i] < times.Heal;
        }

        var during = holes.Where(h => h.From >= times.Inject - OnTheWay && h.From < times.Heal).ToList();
        var after = holes.Where(h => h.From >= times.Heal).ToList();
        var open = recovered ? null : holes.Where(h => h.From < times.Heal && h.To > times.Heal).FirstOrDefault();
        var (dual, dualTimes) = holding.Both(times.Inject, times.Heal);
        var (healDual, healDualTimes) = holding.Both(times.Heal, times.End);
        return new TrialMeasures(
            Outage: during.Select(h => recovered ? h.Length : Math.Min(h.To, times.Heal) - h.From).DefaultIfEmpty(0).Max(),
            Recovered: recovered,
            Dual: dual,
            DualTimes: dualTimes,
            Moves: Gains(changes, times.Inject, times.Heal),
            Restored: open is { } hole ? Math.Max(0, hole.To - times.Healed) : null,
            HealGap: after.Select(h => h.Length).DefaultIfEmpty(0).Max(),
            HealDual: healDual,
            HealDualTimes: healDualTimes,
            HealMoves: Gains(changes, times.Heal, times.End),
            BlackHole: holes.Any(h => h.To > times.Heal && holding.OneHasIt(Math.Max(h.From, times.Heal), h.To) >= BlackHoleAfter),
            Nobody: holding.Nobody(times.Inject, times.Heal),
            Stall: probes.LongestPause);
    }

    private static int Gains(IReadOnlyList<AddressChange> changes, long from, long to) =>
        changes.Count(c => c.Has && !c.Six && c.At >= from && c.At < to);

    /// <summary>All runs of unanswered questions, each up to the next answered one, or to the end.</summary>
    private static List<Hole> Holes(ProbeRecord probes, long end)
    {
        var holes = new List<Hole>();
        long? from = null;
        for (var i = 0; i < probes.Count; i++)
        {
            if (probes.By[i] == 0)
            {
                from ??= probes.SentAt[i];
            }
            else if (from is { } begun)
            {
                holes.Add(new Hole(begun, probes.SentAt[i]));
                from = null;
            }
        }

        if (from is { } last && last < end)
        {
            holes.Add(new Hole(last, end));
        }

        return holes;
    }

    private sealed record Hole(long From, long To)
    {
        internal long Length => To - From;
    }
}

using Understudy.Core.Peers;
using Understudy.Core.Plans;

namespace Understudy.Core.Power;

/// <summary>What the other hosts say of the same guard, and which of them a higher tier still waits for. It owns that memory.</summary>
/// <remarks>Every host runs its own plan by its own evidence; there is no coordinator whose death would stop the others. A host has acknowledged when its plan is past its point of no return or at
/// its end, when it stays up, or when it says that the guard does not concern it; that it falls silent then takes nothing back, as that is how a host leaves.</remarks>
internal sealed class GuardHosts(int tier)
{
    /// <summary>Who has not been heard for so long when the waiting begins is not there.</summary>
    private static readonly TimeSpan s_there = TimeSpan.FromMinutes(2);

    private readonly SortedDictionary<string, Word> words = new(StringComparer.Ordinal);

    /// <summary>Takes one word in; later ones replace earlier ones.</summary>
    internal void Hear(string host, in GuardEntry entry, Instant at)
    {
        var before = words.GetValueOrDefault(host);
        words[host] = new Word(entry, at, Went: IsLeaving(entry) || (before.Went && !IsBack(entry)));
    }

    /// <summary>The others' views for the judge of the mains, each as old as what its host saw.</summary>
    internal PeerView[] Views(Instant now)
    {
        if (words.Count == 0)
        {
            return [];
        }

        var (views, i) = (new PeerView[words.Count], 0);
        foreach (var (host, word) in words)
        {
            views[i++] = new PeerView(host, PowerCodes.Verdict(word.Entry.Verdict), now - word.At + TimeSpan.FromSeconds(word.Entry.AgeSeconds));
        }

        return views;
    }

    /// <summary>Those of lower tiers that have not acknowledged.</summary>
    internal IEnumerable<string> AwaitedAt(Instant now) => words.Where(w => w.Value.Entry.Tier < tier && !LetGo(w.Value, now)).Select(w => w.Key);

    /// <summary>Those of lower tiers that never acknowledged, and are passed because they are not there.</summary>
    internal IEnumerable<string> SilentAt(Instant now) => words.Where(w => w.Value.Entry.Tier < tier && !w.Value.Went && now - w.Value.At > s_there).Select(w => w.Key);

    /// <summary>Of these hosts those that may be handed something, and "" for any where none need be avoided; <see cref="GuardDesk.Heirs"/>. Who says nothing of this guard does not leave by it.</summary>
    internal ValueList<string> Heirs(IEnumerable<string> others, Instant now)
    {
        var ranked = others.Select(o => (Host: o, Rank: words.TryGetValue(o, out var word) ? RankOf(word, now) : Rank.Idle)).OrderBy(o => o.Rank).ToArray();
        return Array.Exists(ranked, o => o.Rank == Rank.Never)
            ? ranked.Where(o => o.Rank != Rank.Never).Select(o => o.Host).ToValueList()
            : ranked.Where(o => o.Rank == Rank.Stays).Select(o => o.Host).Append("").ToValueList();
    }

    internal ValueList<HostWordSnapshot> Snapshot(Instant now) => words.Select(w => new HostWordSnapshot(
        w.Key, w.Value.Entry.Tier, PowerCodes.Word(PowerCodes.Verdict(w.Value.Entry.Verdict)), PowerCodes.Phase(w.Value.Entry.Phase).Word(), LetGo(w.Value, now), now - w.Value.At)).ToValueList();

    private Rank RankOf(in Word word, Instant now)
    {
        var entry = word.Entry;
        return entry.Has(GuardEntry.Stays) || entry.Has(GuardEntry.NotConcerned) ? Rank.Stays
            : now - word.At > s_there ? Rank.Never
            : entry.Has(GuardEntry.Dry) ? Rank.Idle
            : word.Went ? Rank.Never
            : PowerCodes.Phase(entry.Phase) switch
            {
                PlanPhaseCode.Armed => Rank.Armed,
                PlanPhaseCode.Running or PlanPhaseCode.Done => entry.Tier > tier ? Rank.Later : Rank.Never,
                _ => Rank.Idle,
            };
    }

    private static bool LetGo(Word word, Instant now) => word.Went || word.Entry.Has(GuardEntry.NotConcerned) || word.Entry.Has(GuardEntry.Stays) || now - word.At > s_there;

    private static bool IsLeaving(in GuardEntry entry) => entry.Has(GuardEntry.NoReturn) || PowerCodes.Phase(entry.Phase) is PlanPhaseCode.Done;

    /// <summary>It is at the beginning of another story.</summary>
    private static bool IsBack(in GuardEntry entry) => PowerCodes.Phase(entry.Phase) is PlanPhaseCode.Idle or PlanPhaseCode.Armed;

    /// <summary>How well a host keeps what it is handed, the best first.</summary>
    private enum Rank
    {
        Stays,
        Idle,
        Armed,
        Later,
        Never,
    }

    private readonly record struct Word(GuardEntry Entry, Instant At, bool Went);
}

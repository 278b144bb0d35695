using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;

namespace Understudy.Daemon;

/// <summary>The last sentence that was said about a duty.</summary>
internal sealed record Said(string Text, Instant At);

/// <summary>What the loop shows: the last snapshot, by one volatile read; and who waits for a move to be over. The loop's thread writes.</summary>
internal sealed class HostBoard(SnapshotBook book)
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);
    private readonly Dictionary<string, Said> reasons = new(StringComparer.Ordinal);
    private readonly List<(string Duty, Instant GiveUpAt, Action<OrderAnswer> Answer)> waiting = [];
    private HostSnapshot? snapshot;
    private Instant publishedAt;
    private bool changed = true;

    public HostSnapshot Snapshot => Volatile.Read(ref snapshot) ?? throw new InvalidOperationException("the loop has not turned yet");

    public Said? LastReason(string duty) => reasons.GetValueOrDefault(duty);

    public string? HolderOf(string duty) => Volatile.Read(ref snapshot)?.Find(duty)?.Holder;

    /// <summary>Sees every silence in full: before the sockets are drained.</summary>
    public void Watch(Candidate candidate, Instant now) => book.Watch(candidate, now);

    public void Noticed(int duty, Turn turn)
    {
        changed = true;
        book.Note(duty, turn);
        reasons[turn.Duty] = new Said(turn.Step.Reason ?? "", turn.At);
    }

    public void WhenSettled(string duty, Instant giveUpAt, Action<OrderAnswer> answer) => waiting.Add((duty, giveUpAt, answer));

    /// <summary>Takes a new picture when something was decided, or ten times a second.</summary>
    public void Publish(HostParts parts, LoopFacts facts, Instant now)
    {
        var desks = parts.Candidate.Desks;
        if (changed || now - publishedAt >= Least)
        {
            (changed, publishedAt) = (false, now);
            Volatile.Write(ref snapshot, book.Of(parts.Candidate, facts, now));
        }

        for (var i = waiting.Count - 1; i >= 0; i--)
        {
            var (duty, giveUpAt, answer) = waiting[i];
            if (Settled(desks, duty) is { } text)
            {
                answer(new OrderAnswer(true, text));
                waiting.RemoveAt(i);
            }
            else if (now >= giveUpAt || Stays(desks, duty))
            {
                answer(new OrderAnswer(false, LastReason(duty)?.Text ?? "it did not move in time"));
                waiting.RemoveAt(i);
            }
        }
    }

    private string? Settled(ReadOnlySpan<DutyDesk> desks, string duty) =>
        Find(desks, duty).State.Stance is Stance.Active or Stance.Stopping ? null : LastReason(duty)?.Text ?? "";

    /// <summary>It turned back: still active, and not leaving any more.</summary>
    private static bool Stays(ReadOnlySpan<DutyDesk> desks, string duty) => Find(desks, duty).State.Stance is Stance.Active { Leaving: null };

    private static DutyDesk Find(ReadOnlySpan<DutyDesk> desks, string duty)
    {
        foreach (var desk in desks)
        {
            if (desk.Rules.Duty == duty)
            {
                return desk;
            }
        }

        throw new ArgumentException($"{duty} is no duty of this host", nameof(duty));
    }
}

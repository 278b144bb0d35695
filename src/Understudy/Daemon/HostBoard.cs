using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Understudy.Linux.Clocks;

namespace Understudy.Daemon;

/// <summary>The last sentence that was said about a duty.</summary>
internal sealed record Said(string Text, Instant At);

/// <summary>What the loop shows: the last snapshot, by one volatile read; and who waits for a move to be over. The loop's thread writes.</summary>
internal sealed class HostBoard(SnapshotBook book)
{
    /// <summary>How old a picture may be that somebody looks at; and that nobody looks at.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(100), Stale = TimeSpan.FromSeconds(1);

    /// <summary>Who asked within this time will ask again.</summary>
    private static readonly TimeSpan Interest = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, Said> reasons = new(StringComparer.Ordinal);
    private readonly List<(string Duty, Instant GiveUpAt, Action<OrderAnswer> Answer)> waiting = [];
    private HostSnapshot? snapshot;
    private Instant publishedAt;
    private bool changed = true;
    private int seen;
    private long askedAt;

    /// <summary>There is a <see cref="Snapshot"/>. From any thread.</summary>
    public bool HasTurned => Volatile.Read(ref snapshot) is not null;

    /// <summary>From any thread.</summary>
    public HostSnapshot Snapshot
    {
        get
        {
            Volatile.Write(ref askedAt, BootClock.Now.Ticks);
            return Volatile.Read(ref snapshot) ?? throw new InvalidOperationException("the loop has not turned yet");
        }
    }

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

    /// <summary>A new picture is due when something was decided or judged, ten times a second while somebody looks, and else once a second.</summary>
    public bool IsDue(Candidate candidate, Instant now)
    {
        var verdicts = Verdicts(candidate);
        changed |= verdicts != seen;
        seen = verdicts;
        var looked = now - new Instant(Volatile.Read(ref askedAt)) < Interest;
        return changed || now - publishedAt >= (looked ? Fresh : Stale);
    }

    public void Publish(Candidate candidate, LoopFacts facts, Instant now)
    {
        (changed, publishedAt) = (false, now);
        Volatile.Write(ref snapshot, book.Of(candidate, facts, now));
    }

    /// <summary>Answers those who wait for a move to be over.</summary>
    public void Settle(ReadOnlySpan<DutyDesk> desks, Instant now)
    {
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

    /// <summary>All verdicts in one number: another number, another picture.</summary>
    private static int Verdicts(Candidate candidate)
    {
        var sum = 0;
        foreach (var session in candidate.Talk.Sessions)
        {
            foreach (var link in session.Links)
            {
                sum = (sum * 31) + ((int)link.Health * 5) + (int)link.TheyHear;
            }
        }

        foreach (var desk in candidate.Desks)
        {
            sum = (sum * 31) + ((int)desk.State.Service.Health * 5) + (int)desk.State.Ground.Health;
        }

        return sum;
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

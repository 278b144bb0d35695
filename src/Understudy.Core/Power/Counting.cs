using static Understudy.Core.Power.MainsVerdict;

namespace Understudy.Core.Power;

/// <summary>How time is counted: by what was believed while it passed.</summary>
internal static class Counting
{
    /// <summary>Counts the time since the last event by the verdict that held in it. Of Unknown nothing is counted yet: the next judgement says what it was.</summary>
    internal static void Pass(GuardDraft turn, Instant now)
    {
        var s = turn.State;
        turn.State = s with
        {
            Bucket = s.Mains.Verdict switch
            {
                Unknown => s.Bucket,
                Present => s.Bucket.Drain(now),
                Lost => s.Bucket.Fill(s.Bucket.At, now, turn.Rules.Brim),
                Blind => LongEnough(s, turn.Rules.OnBlind) is { } from ? s.Bucket.Fill(from, now, turn.Rules.Brim) : s.Bucket.Skip(now),
                Disputed => LongEnough(s, turn.Rules.OnDisputed) is { } from ? s.Bucket.Fill(from, now, turn.Rules.Brim) : s.Bucket.Skip(now),
            },
        };
    }

    /// <summary>Takes a judgement. Time that was not counted yet is lost when this one says Lost: since the first bad reading, or since the mains were last
    /// seen lost, if nothing else was judged in between and that was not long ago. Else it counts neither way.</summary>
    internal static void Take(GuardDraft turn, MainsReading mains)
    {
        var (s, rules, now) = (turn.State, turn.Rules, turn.Now);
        var bucket = s.Bucket;
        if (bucket.At < now)
        {
            var bridged = s.LostAsOf is { } last && (mains.DarkFrom ?? now) - last <= rules.Bridge;
            bucket = mains.Verdict switch
            {
                Lost => bucket.Fill(bridged ? bucket.At : mains.DarkFrom ?? now, now, rules.Brim),
                Unknown => bucket,
                Present or Blind or Disputed => bucket.Skip(now),
            };
        }

        var changed = mains.Verdict != s.Mains.Verdict;
        turn.State = s with
        {
            Mains = mains,
            MainsSince = changed ? now : s.MainsSince,
            Bucket = bucket,
            LostAsOf = mains.Verdict switch { Lost => mains.SeenAt ?? now, Unknown => s.LostAsOf, Present or Blind or Disputed => null },
        };
        if (!changed)
        {
            turn.Mention($"mains {Word(mains.Verdict)}");
        }
        else if (mains.Verdict is Lost or Blind or Disputed)
        {
            turn.Raise($"mains {Word(mains.Verdict)}: {mains.Evidence}");
        }
        else
        {
            turn.Say($"mains {Word(mains.Verdict)}: {mains.Evidence}");
        }
    }

    /// <summary>We did not run. That time is not counted, whatever was believed before, and nothing is decided until we have settled.</summary>
    /// <remarks>A host that stalls again and again must still come to a decision: stalls prolong one settling to three times its length at most, and those of
    /// one more length after it are passed.</remarks>
    internal static void Stall(GuardDraft turn, TimeSpan span)
    {
        var (rules, now) = (turn.Rules, turn.Now);
        if (span < GuardRules.StallCounts)
        {
            Pass(turn, now);
            turn.Mention($"a stall of {GuardDraft.Say(span)} is too short to matter");
            return;
        }

        var from = now - span;
        if (from > turn.State.Bucket.At)
        {
            Pass(turn, from);
        }

        var s = turn.State;
        var goesOn = s.SettleFrom is { } first && now < first + (4 * rules.Settle);
        var until = goesOn ? Instant.Earlier(now + rules.Settle, s.SettleFrom!.Value + (3 * rules.Settle)) : now + rules.Settle;
        turn.State = s with
        {
            Mains = new(Unknown, DarkFrom: null, SeenAt: null, $"nothing was judged since a stall of {GuardDraft.Say(span)}"),
            MainsSince = s.Mains.Verdict == Unknown ? s.MainsSince : now,
            SettleFrom = goesOn ? s.SettleFrom : now,
            SettleUntil = Instant.Later(s.SettleUntil, until),
        };
        turn.Say($"we stalled for {GuardDraft.Say(span)}; nothing is decided for {GuardDraft.Say(turn.State.SettleUntil > now ? turn.State.SettleUntil - now : TimeSpan.Zero)}");
    }

    /// <summary>Since when a doubt has lasted so long that the operator takes it for a loss; null while it has not.</summary>
    internal static Instant? LongEnough(GuardState s, TimeSpan? policy) => policy is { } span ? s.MainsSince + span : null;

    internal static string Word(MainsVerdict verdict) => verdict switch
    {
        Unknown => "unknown",
        Present => "present",
        Lost => "lost",
        Blind => "blind",
        Disputed => "disputed",
    };
}

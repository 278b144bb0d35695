using static Understudy.Core.Power.GuardEffect;
using static Understudy.Core.Power.MainsVerdict;

namespace Understudy.Core.Power;

/// <summary>What follows for the plan.</summary>
internal static class Standing
{
    internal static void Decide(GuardDraft turn)
    {
        var why = turn.Settles ? null : Acts(turn.Rules, turn.State, turn.Now);
        turn.State = turn.State with { Settled = !turn.Settles, Acting = why is not null };
        if (why is not null)
        {
            Stand(turn, why);
        }
        else
        {
            Fall(turn);
        }
    }

    /// <summary>How much is still missing in the bucket: of the grace, or of the extended one while it is cool.</summary>
    internal static TimeSpan Left(GuardRules rules, GuardState s)
    {
        var need = s.Heat.IsCool ? rules.Brim : rules.Grace;
        return need > s.Bucket.Level ? need - s.Bucket.Level : TimeSpan.Zero;
    }

    /// <summary>Whether the verdict was so when the last look was asked for, or later. Heat alone has been looked at several times by then; and where nothing could be read for so long that it
    /// would decide if the verdict were Unknown, it decides too while the old verdict is still believed.</summary>
    internal static bool IsConfirmed(GuardRules rules, GuardState s, Instant due) =>
        s.Mains.Verdict is not (Lost or Blind or Disputed) || s.Mains.SeenAt >= due - rules.LastLook || (s.Mains.SeenAt <= due - (2 * rules.StandsFor) && Presses(rules, s) is not null);

    /// <summary>Why something is to be done about it; null when nothing is.</summary>
    private static string? Acts(GuardRules rules, GuardState s, Instant now) => s.Mains.Verdict switch
    {
        Lost => s.Mains.Evidence,
        Blind or Disputed or Unknown when (s.Mains.Verdict != Unknown || now - s.MainsSince >= 2 * rules.StandsFor) && Presses(rules, s) is { } heat => $"{heat}, and the mains are {Counting.Word(s.Mains.Verdict)}: {s.Mains.Evidence}",
        Blind when Counting.LongEnough(s, rules.OnBlind) <= now => $"blind for {GuardDraft.Say(now - s.MainsSince)}: {s.Mains.Evidence}",
        Disputed when Counting.LongEnough(s, rules.OnDisputed) <= now => $"disputed for {GuardDraft.Say(now - s.MainsSince)}: {s.Mains.Evidence}",
        _ when s.Heat.IsHot && rules.Heat.Alone => $"{s.Heat.Place} is hot, {GuardDraft.Say(s.Heat.Hottest)}, whatever the mains are",
        _ => null,
    };

    /// <summary>The heat that stands in for the evidence that is missing: the hard limit, or a rise above what is cool that leaves no more time than the countdown, the plan and the margin need. What
    /// is under way for it already bears a rise that is measured a little slower.</summary>
    private static string? Presses(GuardRules rules, GuardState s)
    {
        if (s.Heat.IsHot)
        {
            return $"{s.Heat.Place} is hot, {GuardDraft.Say(s.Heat.Hottest)}";
        }

        var needs = rules.Countdown + rules.LastLook + rules.PlanLength + rules.Heat.Margin;
        return s.Heat is { IsCool: false, CriticalIn: { } left } && left <= (s.Due is null ? needs : 2 * needs) ? $"{s.Heat.Place} will be critical in {GuardDraft.Say(left)}" : null;
    }

    private static void Stand(GuardDraft turn, string why)
    {
        var (rules, now) = (turn.Rules, turn.Now);
        if (!turn.State.Begun)
        {
            Aim(turn, why);
        }

        turn.State = turn.State with { StoodAt = turn.State.ToldAt is null ? null : now };

        var s = turn.State;
        if (s.Due is not { } due)
        {
            return;
        }

        var fresh = s.Mains.SeenAt is { } seen && (s.RenewedAsOf is not { } old || seen > old);
        var told = s.ToldAt is not null;
        if (s.Begun ? fresh || s.Mains.Verdict == Unknown || s.Heat.IsHot || Presses(rules, s) is not null : told ? fresh : now >= due - rules.Countdown)
        {
            turn.State = s with { ToldAt = s.ToldAt ?? now, RenewedAsOf = s.Mains.SeenAt ?? s.RenewedAsOf, StoodAt = now };
            turn.Order(new Stand(due, why));
            if (!told)
            {
                turn.Say($"the plan is told, due in {GuardDraft.Say(due > now ? due - now : TimeSpan.Zero)}");
            }
        }
    }

    /// <summary>When the first step is wanted; then, near that moment, one look more; and at that moment, with the look answered, it begins.</summary>
    private static void Aim(GuardDraft turn, string why)
    {
        var (rules, now) = (turn.Rules, turn.Now);
        var (left, hurry) = Hurry(rules, turn.State);
        var stillFull = left <= TimeSpan.Zero || turn.State.Bucket.Level >= Half(rules) ? turn.State.FullAt : null;
        var s = turn.State = turn.State with { FullAt = left <= TimeSpan.Zero ? stillFull ?? now : stillFull };
        var wanted = (s.FullAt ?? now + left) + rules.Phase + rules.LastLook;
        var due = Instant.Later(wanted, (s.ToldAt ?? now) + rules.Countdown);
        due = s.Asked ? due : Instant.Later(due, now + rules.LastLook);
        if (s.Due is not { } was)
        {
            s = turn.State = s with { Due = due, Asked = false };
            if (s.Mains.Verdict != Lost)
            {
                turn.Raise(why);
            }

            turn.Say($"the grace is used up in {GuardDraft.Say(left)}{hurry}; the first step is due in {GuardDraft.Say(due - now)}");
        }
        else if ((due > was ? due - was : was - due) >= GuardRules.LeastMove && !(s.FullAt is not null && due < was && s.Asked))
        {
            s = turn.State = s with { Due = due, Asked = s.Asked && due < was };
            turn.Say($"the first step is due {(due < was ? "sooner" : "later")}, in {GuardDraft.Say(due > now ? due - now : TimeSpan.Zero)}{hurry}");
            if (s.ToldAt is not null)
            {
                turn.Order(new MoveDue(due, why));
            }
        }

        Confirm(turn, why);
    }

    private static void Confirm(GuardDraft turn, string why)
    {
        var (rules, now, s) = (turn.Rules, turn.Now, turn.State);
        var due = s.Due!.Value;
        if (!s.Asked && now >= due - rules.LastLook)
        {
            s = turn.State = s with { Asked = true };
            turn.Order(new LookNow());
            turn.Mention("one look more before anything is done");
        }

        var confirmed = IsConfirmed(rules, s, due);
        if (s.Asked && !confirmed && now >= due - GuardRules.Slack)
        {
            Later(turn, now + rules.LastLook, $"the last look was not answered: {why}");
            turn.State = turn.State with { Asked = true };
            turn.Order(new LookNow());
        }
        else if (confirmed && now >= due)
        {
            turn.State = s with { Begun = true };
            turn.Say("it is time");
        }
    }

    /// <summary>A feeder that flaps is an outage: a countdown that each short return began anew would never end. So what was told stays told, and a bucket that was full counts as full, until half of it has drained.</summary>
    private static TimeSpan Half(GuardRules rules) => rules.Grace / 2;

    /// <summary>The verdict does not stand. What was told and has not begun is called off when the mains are back and half of the grace has drained, or at once when we see that we cannot tell;
    /// what has begun is called off when the mains were there for as long as we settle, or when nobody could tell for <see cref="GuardRules.Waits"/>. In between nothing is renewed, so that nothing new begins.</summary>
    private static void Fall(GuardDraft turn)
    {
        var (rules, now, s) = (turn.Rules, turn.Now, turn.State);
        if (s.Due is not { } due)
        {
            return;
        }

        var lasted = now - s.MainsSince >= rules.Settle;
        var waited = s.StoodAt is { } stood && now - stood >= GuardRules.Waits;
        var over = s.Mains.Verdict switch
        {
            Present => lasted || (!s.Begun && s.Bucket.Level < Half(rules)),
            Lost => false,
            Blind or Disputed => !s.Begun || waited,
            Unknown => s.Begun ? waited : lasted && !turn.Settles,
        };
        if (over)
        {
            turn.State = s with { Due = null, FullAt = null, ToldAt = null, RenewedAsOf = null, StoodAt = null, Asked = false, Begun = false };
            var reason = $"{(waited && s.Mains.Verdict != Present ? $"nobody could tell for {GuardDraft.Say(GuardRules.Waits)}: " : "")}mains {Counting.Word(s.Mains.Verdict)}: {s.Mains.Evidence}";
            if (s.ToldAt is not null)
            {
                turn.Order(new Withdraw(reason));
                turn.Say("the plan is called off");
            }
        }
        else if (s is { Begun: true, Mains.Verdict: Present })
        {
            turn.Order(new Doubt(s.Mains.Evidence));
        }
        else if (!s.Begun && now >= due - GuardRules.Slack - rules.LastLook)
        {
            Later(turn, Instant.Later(now, turn.Settles ? s.SettleUntil : now) + Spans.Longer(Left(rules, s), TimeSpan.FromSeconds(10)) + rules.LastLook,
                $"nothing is decided while {(turn.Settles ? "we settle" : "we cannot tell")}: {s.Mains.Evidence}");
        }
    }

    private static void Later(GuardDraft turn, Instant due, string why)
    {
        turn.State = turn.State with { Due = due, Asked = false };
        turn.Mention($"the first step is due later, in {GuardDraft.Say(due - turn.Now)}: {why}");
        if (turn.State.ToldAt is not null)
        {
            turn.Order(new MoveDue(due, why));
        }
    }

    /// <summary>What is left of the grace, cut short by heat: the plan must be done, with the margin, before the room is critical.</summary>
    private static (TimeSpan Left, string Hurry) Hurry(GuardRules rules, GuardState s)
    {
        var left = Left(rules, s);
        if (s.Heat.IsHot)
        {
            return (TimeSpan.Zero, $", as {s.Heat.Place} is hot");
        }

        if (s.Heat.CriticalIn is { } critical && critical - rules.PlanLength - rules.Heat.Margin is var room && room < left)
        {
            return (room > TimeSpan.Zero ? room : TimeSpan.Zero, $", as it will be critical in {GuardDraft.Say(critical)}");
        }

        return (left, s.Heat.IsCool && rules.Brim > rules.Grace ? ", as it is cool" : "");
    }
}

using Understudy.Core.Evidence;
using Understudy.Core.Settings;
using static Understudy.Core.Duties.DutyEffect;
using static Understudy.Core.Duties.DutyEvent;
using static Understudy.Core.Duties.DutyMachine;
using static Understudy.Core.Duties.Stance;

namespace Understudy.Core.Duties;

/// <summary>Moves between one's own stances and the other candidates.</summary>
internal static class Moves
{
    /// <summary>What a stop may take beyond the command's own limit before we look again: the kill, and the way back to the loop.</summary>
    internal static TimeSpan StopSlack { get; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Why a standby could not take the duty, or null.</summary>
    internal static string? Unfit(DutyRules rules, DutyState s) =>
        rules.StandbyHealth && s.Service.Health == Health.Failed ? s.Service.Evidence : null;

    /// <summary>The best-ranked other candidate that could take the duty now, or null.</summary>
    internal static string? Fittest(DutyRules rules, DutyState s)
    {
        for (var i = 0; i < s.Peers.Count; i++)
        {
            if (i != rules.Self && s.Peers[i].Fit)
            {
                return rules.Candidates[i];
            }
        }

        return null;
    }

    /// <summary>
    /// Another candidate that is heard to have the duty under an epoch that nobody has let go of; null if there is none. Where silence is taken for death two may have had it, so
    /// that a higher epoch let go says nothing of a lower one: without an arbiter only its own word ends a holding.
    /// </summary>
    internal static string? HolderHeard(DutyRules rules, DutyState s)
    {
        for (var i = 0; i < s.Peers.Count; i++)
        {
            if (i != rules.Self && s.Peers[i] is { Holds: true } view && (view.Epoch > s.LetGo || !rules.Arbitrated))
            {
                return rules.Candidates[i];
            }
        }

        return null;
    }

    /// <summary>Why our claim is over by what another candidate says, or null.</summary>
    internal static string? Overtaken(DutyRules rules, DutyState s)
    {
        var ours = s.Hold!.Epoch;
        for (var i = 0; i < s.Peers.Count; i++)
        {
            var view = s.Peers[i];
            if (i != rules.Self && view.Stance is StanceCode.Starting or StanceCode.Active && (view.Epoch > ours || (view.Epoch == ours && !rules.Arbitrated && i < rules.Self)))
            {
                return view.Epoch > ours
                    ? $"{rules.Candidates[i]} has epoch {view.Epoch}, ours was {ours}"
                    : $"{rules.Candidates[i]} has epoch {ours} as well, and ranks before us";
            }
        }

        return null;
    }

    internal static bool AllHeard(DutyRules rules, DutyState s)
    {
        if (rules.Arbitrated)
        {
            return false;      // a promise that we gave before a restart may still run: the grace covers it
        }

        for (var i = 0; i < s.Peers.Count; i++)
        {
            if (i != rules.Self && s.Peers[i].Stance == StanceCode.Silent)
            {
                return false;
            }
        }

        return true;
    }

    internal static DutyStep Looked(DutyRules rules, DutyState s, Unknown t, LookedAround e, Instant now)
    {
        // Only from here on do we listen: building the daemon may have taken longer than the grace.
        t = t with { GraceUntil = now + rules.Grace };
        s = e.Epoch > s.EpochSeen ? s with { EpochSeen = e.Epoch } : s;
        if (!e.Running)
        {
            // Nothing runs here, so whatever epoch we once held is let go of: the others need not wait for its end.
            s = s with { Stance = t with { Looked = true, Running = false, Epoch = e.Epoch }, LetGo = Math.Max(s.LetGo, e.Epoch), LetGoBy = e.Epoch >= s.LetGo ? rules.Candidates[rules.Self] : s.LetGoBy, Vacant = s.Vacant ?? now };
            return Go(s, "started; it does not run here", new RunVerb("start", e.Epoch, "the daemon started"));
        }

        var ticket = s.Ticket + 1;
        return Go(
            s with { Stance = t with { Looked = true, Running = true, ReadBy = now + rules.ClaimPatience, Epoch = e.Epoch, AskAgainAt = now + rules.AskAgain }, Ticket = ticket },
            "started; it runs here already, so the arbiter is asked whether it may",
            new AskArbiter(new ClaimOrder(ClaimAsk.Read, ticket, e.Epoch, 0, null)));
    }

    internal static DutyStep ReadAgain(DutyRules rules, DutyState s, Unknown t, Instant now) => new(
        s with { Stance = t with { AskAgainAt = now + rules.AskAgain } },
        [new AskArbiter(new ClaimOrder(ClaimAsk.Read, s.Ticket, t.Epoch, 0, null))],
        null);

    /// <summary>An operator, or the end of the daemon, was quicker than the look around: what runs here still has to go.</summary>
    internal static DutyStep FoundRunning(DutyRules rules, DutyState s, LookedAround e, Instant now)
    {
        AfterStop then = s.Stance switch
        {
            Held h => new AfterStop.ToHeld(h.By),
            Standby { AskAt: var at } when at == Instant.Never => new AfterStop.ToNothing(Leftover.Why),
            _ => Leftover,
        };
        return Go(s with { Stance = new Stopping(e.Epoch, then, Successor: null, now + rules.StopLimit + StopSlack, 0), Ticket = s.Ticket + 1 }, then.Reason, new Stop(e.Epoch, then.Reason));
    }

    internal static DutyStep StandBy(DutyRules rules, DutyState s, Instant now) =>
        Unfit(rules, s) is { } why
            ? Go(s with { Stance = new Faulted(why, RetryAt: null, NeedsOperator: false) }, why)
            : Go(s with { Stance = new Standby(now), Vacant = HolderHeard(rules, s) is null ? now : null }, "listened long enough; stands by");     // whose rank is better gets its head start from here

    /// <summary>The start is done. Where only a running service can be probed, its first good reading is waited for.</summary>
    internal static DutyStep Up(DutyRules rules, DutyState s, Starting t, Instant now) =>
        rules.Probed && !rules.StandbyHealth && s.Service.Health != Health.Healthy
            ? Go(s with { Stance = t with { Up = true } }, "it is up; waiting for the first good reading", new ProbeNow())
            : Serve(s, t, now);

    internal static DutyStep Serve(DutyState s, Starting t, Instant now)
    {
        var why = $"performs it with epoch {t.Hold.Epoch}";
        return Go(s with { Stance = new Active(t.Hold, now, null) }, why, new Announce(t.Hold.Epoch, Reclaim: false, why));
    }

    /// <summary>The stop is confirmed: only now is the claim given back, and a new generation begins.</summary>
    internal static DutyStep LetGo(DutyRules rules, DutyState s, Stopping t, Instant now)
    {
        var (stance, failures, verb) = t.Then switch
        {
            AfterStop.ToFaulted f => Fault(rules, s, f, now),
            AfterStop.ToHeld h => ((Stance)new Held(h.By), s.Failures, "fail"),
            AfterStop.ToNothing => (new Standby(Instant.Never), s.Failures, "stop"),
            _ => (new Standby(now + rules.RankDelay), s.Failures, null),
        };
        var next = s with
        {
            Stance = stance,
            Ticket = s.Ticket + 1,
            LetGo = Math.Max(s.LetGo, t.Epoch),
            LetGoBy = t.Epoch >= s.LetGo ? rules.Candidates[rules.Self] : s.LetGoBy,
            Successor = t.Successor,
            Vacant = HolderHeard(rules, s) is null ? now : null,
            Failures = failures,
        };
        var effects = new List<DutyEffect>
        {
            new TellLetGo(t.Epoch, t.Successor),
            new AskArbiter(new ClaimOrder(ClaimAsk.GiveBack, s.Ticket, t.Epoch, t.Epoch, t.Successor)),
        };
        if (verb is not null)
        {
            effects.Add(new RunVerb(verb, t.Epoch, t.Then.Reason));
        }

        return new DutyStep(next, effects.ToValueList(), $"epoch {t.Epoch} is let go{(t.Successor is { } to ? $" for {to}" : "")}: {t.Then.Reason}");
    }

    private static (Stance Stance, ValueList<Instant> Failures, string? Verb) Fault(DutyRules rules, DutyState s, AfterStop.ToFaulted f, Instant now)
    {
        var failures = s.Failures.Where(at => at + rules.Restart.Window > now).Concat(f.Counted ? [now] : []).ToValueList();
        if (f.Veto || failures.Count > rules.Restart.Limit)
        {
            return (new Faulted(f.Why, RetryAt: null, NeedsOperator: true), failures, "fail");
        }

        var back = rules.Restart.Backoff * Math.Pow(2, Math.Clamp(failures.Count - 1, 0, 16));
        return (new Faulted(f.Why, now + (back < rules.Restart.MaxBackoff ? back : rules.Restart.MaxBackoff), NeedsOperator: false), failures, null);
    }

    internal static DutyStep StopAgain(DutyRules rules, DutyState s, Stopping t, string why, Instant now) => Go(
        s with { Stance = t with { KillAt = now + rules.StopLimit + StopSlack, Tries = t.Tries + 1 } },
        $"it did not stop ({why}); the claim is kept until it has",
        new Stop(t.Epoch, why),
        new Alarm($"it did not stop: {why}"));

    /// <summary>Nobody else could take it: a service that has a command is started anew here, as often as the limit allows. After that a sick one is better than none.</summary>
    internal static bool MayRestartHere(DutyRules rules, DutyState s, Instant now) =>
        rules.Commanded && s.Failures.Count(at => at + rules.Restart.Window > now) < rules.Restart.Limit;

    internal static DutyStep Recover(DutyState s, Instant now) =>
        Go(s with { Stance = new Standby(now) }, "the fault's cause is gone; stands by", new RunVerb("recover", s.EpochSeen, "the fault's cause is gone"));

    internal static DutyStep HandOver(DutyRules rules, DutyState s, Active t, HandoverAsked e, Instant now)
    {
        var to = e.To ?? Fittest(rules, s);
        for (var i = 0; i < rules.Candidates.Count; i++)
        {
            if (rules.Candidates[i] == to && i != rules.Self && s.Peers[i].Fit)
            {
                return Prepare(s, t, new Handover(to, $"{e.By} handed it over to {to}", now + DutyRules.PreparePatience, Asked: true));
            }
        }

        var no = $"no hand-over: {(to is null ? "nobody else is fit" : $"{to} is not fit")} to take it";
        return Go(s, no, new Alarm(no));
    }

    internal static Instant? FailbackAt(DutyRules rules, DutyState s)
    {
        return Homeward(rules, s) is not (>= 0 and var home)
            ? null
            : rules.Failback switch
            {
                FailbackSettings.Never => null,
                FailbackSettings.WhenIdle => s.Idle ? s.Peers[home].FitSince : null,
                FailbackSettings.After a => s.Peers[home].FitSince + a.Wait,
                _ => throw new System.Diagnostics.UnreachableException(rules.Failback.ToString()),
            };
    }

    /// <summary>The candidate of better rank that the duty would go back to, or -1.</summary>
    private static int Homeward(DutyRules rules, DutyState s)
    {
        for (var i = 0; i < rules.Self; i++)
        {
            if (s.Peers[i] is { Fit: true, Aside: false })
            {
                return i;
            }
        }

        return -1;
    }

    internal static DutyStep FailBack(DutyRules rules, DutyState s, Active t, Instant now)
    {
        var to = rules.Candidates[Homeward(rules, s)];
        return Prepare(s, t, new Handover(to, $"{to} is home, and {(rules.Failback is FailbackSettings.WhenIdle ? "nobody uses the service" : "has been fit long enough")}", now + DutyRules.PreparePatience));
    }

    private static DutyStep Prepare(DutyState s, Active t, Handover leaving) => Go(
        s with { Stance = t with { Leaving = leaving } },
        leaving.Why,
        new AskArbiter(new ClaimOrder(ClaimAsk.Prepare, s.Ticket, t.Hold.Epoch, 0, leaving.To)));

    /// <summary>Breaks before it makes: the other takes over when it hears that we have let go.</summary>
    internal static DutyStep Leave(DutyRules rules, DutyState s, Active t, Instant now)
    {
        var leaving = t.Leaving!;
        for (var i = 0; i < rules.Candidates.Count; i++)
        {
            if (rules.Candidates[i] == leaving.To && s.Peers[i].Fit)
            {
                return Stopped(rules, s with { Aside = leaving.Asked }, new AfterStop.ToStandby(leaving.Why), leaving.To, now);
            }
        }

        return Go(s with { Stance = t with { Leaving = null } }, $"stays: {leaving.To} is not fit any more");
    }

    /// <summary>A person vouches for what no packet can tell: that the others are off.</summary>
    internal static DutyStep Seize(DutyRules rules, DutyState s, string by, Instant now)
    {
        for (var i = 0; i < s.Peers.Count; i++)
        {
            if (i != rules.Self && s.Peers[i].Stance != StanceCode.Silent)
            {
                return Go(s, $"not seized: {rules.Candidates[i]} is heard, so it is not off", new Alarm($"not seized: {rules.Candidates[i]} is heard, so it is not off"));
            }
        }

        if (rules.Arbitrated && s.Claim is ClaimView.Other other && now < other.Until)
        {
            return Go(s, $"not seized: the arbiter says that {other.Holder} has it until its claim ends", new Alarm($"not seized: {other.Holder} still has a claim"));
        }

        var epoch = s.EpochSeen + 1;
        var hold = new Holding(epoch, Instant.Never, now + DutyRules.AskLater, now, Seized: true);
        var why = $"{by} seized it and vouches that the others are off";
        return Go(
            s with { Stance = new Starting(hold, now + rules.StartLimit, Up: false), Ticket = s.Ticket + 1, EpochSeen = epoch, Aside = false },
            why,
            new Start(epoch, Instant.Never, why));
    }
}

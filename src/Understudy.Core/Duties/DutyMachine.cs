using System.Diagnostics;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;
using static Understudy.Core.Duties.DutyEffect;
using static Understudy.Core.Duties.DutyEvent;
using static Understudy.Core.Duties.Stance;

namespace Understudy.Core.Duties;

/// <summary>
/// The stance machine of one duty on one candidate. Three walks for every event: take in what it says (<see cref="Outlook"/>), answer it
/// (<see cref="React"/>), then look whether what we now know asks for a move (<see cref="Settle"/>). The last is level-triggered, so that no
/// order of events can lose one. Numbers in comments are rows of the safe table (DESIGN.md).
/// </summary>
public static class DutyMachine
{
    public static DutyStep Next(DutyRules rules, DutyState state, DutyEvent seen, Instant now)
    {
        var known = Outlook.TakeIn(rules, state, seen, now);
        var step = React(rules, known, seen, now);
        step = step.Effects.Count > 0 || !ReferenceEquals(step.State.Stance, known.Stance) ? step : Settle(rules, known, now) ?? step;
        return Repeats(state, step) ? step with { Reason = null } : step;
    }

    /// <summary>Asking an arbiter that is still away, or still says the same, is not told again each time.</summary>
    private static bool Repeats(DutyState before, DutyStep step) =>
        before.Stance is Standby or Claiming && step.State.Stance is Standby or Claiming && (before.Claim, step.State.Claim) switch
        {
            (ClaimView.Unreachable, ClaimView.Unreachable) => true,
            (ClaimView.Recovering, ClaimView.Recovering) => true,
            (ClaimView.Other a, ClaimView.Other b) => a.Holder == b.Holder && a.Epoch == b.Epoch,
            _ => false,
        };

    /// <summary>When the machine wants to be told <see cref="Woke"/>, if nothing happens before.</summary>
    public static Instant? Deadline(DutyRules rules, DutyState state) => state.Stance switch
    {
        Unknown { Looked: false } => null,
        Unknown s => s.Running ? Instant.Earlier(s.ReadBy, s.AskAgainAt) : s.GraceUntil,
        Standby when Claims.DueAt(rules, state) is { } at => at,
        Standby => null,
        Claiming s => Instant.Earlier(s.AskAgainAt, s.GiveUpAt),
        Starting s => Earliest(s.Hold.Until, s.Hold.RenewAt, s.StartBy),
        Active s => Earliest(s.Hold.Until, s.Hold.RenewAt, s.Leaving?.GoAt ?? Moves.FailbackAt(rules, state) ?? Instant.Never),
        Stopping s => s.KillAt,
        Faulted s => s.NeedsOperator || Moves.Unfit(rules, state) is not null ? null : s.RetryAt,      // a cause that is still there says so itself when it goes
        Held => null,
        _ => throw new UnreachableException(state.Stance.ToString()),
    };

    /// <summary>The answer to one event, where it asks for one by itself.</summary>
    private static DutyStep React(DutyRules rules, DutyState s, DutyEvent seen, Instant now) => (s.Stance, seen) switch
    {
        // An operator, or the end of the daemon, comes before everything else.
        (Starting or Active, HoldAsked e) => Stopped(rules, s, new AfterStop.ToHeld(e.By), successor: null, now),                          // 25
        (Starting or Active, RetireAsked e) => Stopped(rules, s, new AfterStop.ToNothing(e.Why), Moves.Fittest(rules, s), now),
        (Stopping t, HoldAsked e) => Stay(s with { Stance = t with { Then = new AfterStop.ToHeld(e.By) } }),
        (Stopping { Then: AfterStop.ToHeld } t, ReleaseAsked e) => Stay(s with { Stance = t with { Then = new AfterStop.ToStandby($"{e.By} released it again") } }),   // 30
        (Stopping t, RetireAsked e) => Stay(s with { Stance = t with { Then = new AfterStop.ToNothing(e.Why) } }),
        (Unknown { Running: true }, HoldAsked e) => Stopped(rules, s, new AfterStop.ToHeld(e.By), successor: null, now),                   // 2, 25
        (Unknown { Running: true }, RetireAsked e) => Stopped(rules, s, new AfterStop.ToNothing(e.Why), successor: null, now),             // 2
        (not Held, HoldAsked e) => Go(s with { Stance = new Held(e.By), Ticket = s.Ticket + 1 }, $"{e.By} holds it", new RunVerb("fail", s.EpochSeen, $"{e.By} holds it")),
        (Held, ReleaseAsked e) => Go(s with { Stance = new Standby(now) }, $"{e.By} released it", new RunVerb("recover", s.EpochSeen, $"{e.By} released it")),          // 30
        (Faulted, ReleaseAsked e) => Go(s with { Stance = new Standby(now), Failures = [] }, $"{e.By} cleared the fault", new RunVerb("recover", s.EpochSeen, $"{e.By} cleared the fault")),   // 29
        (Standby or Claiming, ReleaseAsked e) when s.Aside => Go(s with { Aside = false }, $"{e.By} released it: it may come back"),                              // 30
        (Claiming, RetireAsked) => Stay(s with { Stance = new Standby(Instant.Never), Ticket = s.Ticket + 1 }),
        (Standby or Unknown or Faulted, RetireAsked) => Stay(s with { Stance = new Standby(Instant.Never) }),
        (Standby or Claiming, SeizeAsked e) => Moves.Seize(rules, s, e.By, now),
        (Active t, HandoverAsked e) => Moves.HandOver(rules, s, t, e, now),                                                                 // 24

        // The arbiter's answers to this claim; others are of a past that is over (18a).
        (Unknown { Running: true } t, ClaimGranted e) when e.Ticket == s.Ticket && now < e.SentAt + rules.Lease => Claims.Adopt(rules, s, t, e, now),              // 1
        (Unknown { Running: true }, ClaimRefused or ClaimVacant or ClaimSuperseded or ArbiterRecovering) when IsTo(s.Ticket, seen) => Stopped(rules, s, Leftover, successor: null, now),     // 2
        (Claiming, ClaimGranted e) when e.Ticket == s.Ticket => Claims.Won(rules, s, e, now),                                               // 10
        (Claiming t, PromisesHeard e) when !rules.Arbitrated && e.AskedAt >= Claims.AskedAt(rules, t) => Claims.Agreed(rules, s, now),             // 10, without an arbiter
        (Claiming, ClaimRefused e) when e.Ticket == s.Ticket => Claims.Lost(rules, s, e.Remaining, $"{e.Holder} has epoch {e.Epoch}", now), // 12
        (Claiming, ArbiterRecovering e) when e.Ticket == s.Ticket => Claims.Lost(rules, s, e.Remaining, "the arbiter came back without its memory and grants nothing yet", now),
        (Claiming, ClaimWithheld e) when e.Ticket == s.Ticket => Claims.Lost(rules, s, DutyRules.AskLater, e.Why, now),                         // 8
        (Starting or Active, ClaimGranted e) when e.Ticket == s.Ticket && e.Epoch >= s.Hold!.Epoch => Claims.Renewed(rules, s, e),          // 18
        (Starting or Active, PromisesHeard e) when rules.Promises && !s.Hold!.Seized => Claims.Promised(rules, s, e.AskedAt),               // 22
        (Starting or Active, ClaimSuperseded e) when e.Ticket == s.Ticket =>
            Stopped(rules, s, new AfterStop.ToStandby($"the arbiter says that epoch {s.Hold!.Epoch} is over"), successor: null, now),      // 18b
        (Starting or Active, ClaimRefused e) when e.Ticket == s.Ticket && e.Epoch >= s.Hold!.Epoch =>
            Stopped(rules, s, new AfterStop.ToStandby($"{e.Holder} has epoch {e.Epoch}, ours was {s.Hold!.Epoch}"), successor: null, now), // 19
        (Active { Leaving: { } l } t, HeirNoted e) when e.Ticket == s.Ticket && e.Heir == l.To => Moves.Leave(rules, s, t, now),

        // Outcomes of our own deeds.
        (Starting t, Started e) when e.Epoch == (t.Under ?? t.Hold.Epoch) => Moves.Up(rules, s, t, now),                                                 // 15
        (Starting t, StartFailed e) when e.Epoch == (t.Under ?? t.Hold.Epoch) => Stopped(rules, s, new AfterStop.ToFaulted(e.Why, !e.Later, e.Veto), Moves.Fittest(rules, s), now),     // 16
        (Stopping t, DutyEvent.Stopped e) when e.Epoch == t.Epoch => Moves.LetGo(rules, s, t, now),                                         // 26
        (Stopping t, StopFailed e) when e.Epoch == t.Epoch => Moves.StopAgain(rules, s, t, e.Why, now),                                     // 27
        (Starting or Active, FenceFired e) when e.Epoch == s.Hold!.Epoch =>
            Stopped(rules, s, new AfterStop.ToStandby("its claim ran out while the loop was late"), successor: null, now),                 // 32
        (Active t, AddressLost e) => Go(s, $"{e.Address} vanished from this host; added again", new Start(t.Hold.Epoch, t.Hold.Until, $"{e.Address} vanished")),
        (Active t, ConflictSeen e) => Go(s, $"{e.By} uses {e.Address} too", new Announce(t.Hold.Epoch, Reclaim: true, $"{e.By} uses {e.Address} too"), new Alarm($"{e.By} uses {e.Address} as well as we do")),
        (Active t, LinkHealed e) => Go(s, $"link {e.Link} healed", new Announce(t.Hold.Epoch, Reclaim: true, $"link {e.Link} healed")),      // 23
        (Unknown t, LookedAround e) => Moves.Looked(rules, s, t, e, now),
        (Standby or Claiming or Faulted or Held, LookedAround { Running: true } e) => Moves.FoundRunning(rules, s, e, now),                 // 2

        _ => Stay(s),      // taken in above; whether it asks for a move is for Settle to see
    };

    /// <summary>What the state as a whole asks for, whichever event was the last.</summary>
    private static DutyStep? Settle(DutyRules rules, DutyState s, Instant now) => s.Stance switch
    {
        Unknown { Looked: true, Running: true } t when now >= t.ReadBy => Stopped(rules, s, Leftover, successor: null, now),                // 2
        Unknown { Looked: true, Running: true } t when now >= t.AskAgainAt => Moves.ReadAgain(rules, s, t, now),
        Unknown { Looked: true, Running: false } t when now >= t.GraceUntil || Moves.AllHeard(rules, s) => Moves.StandBy(rules, s, now),    // 3, 4
        Standby when Moves.Unfit(rules, s) is { } why => Go(s with { Stance = new Faulted(why, RetryAt: null, NeedsOperator: false) }, why),  // 4
        Standby when Claims.DueAt(rules, s) is { } at && now >= at => Claims.Ask(rules, s, now),                                            // 5
        Claiming when Moves.HolderHeard(rules, s) is { } holder => Go(s with { Stance = new Standby(now), Ticket = s.Ticket + 1 }, $"{holder} is heard to have it"),   // 6
        Claiming t when now >= t.GiveUpAt => Claims.Unanswered(rules, s, now),   // 8
        Claiming t when now >= t.AskAgainAt => Claims.AskAgain(rules, s, t, now),                                                           // 12
        Starting or Active when now >= s.Hold!.Until => Stopped(rules, s, new AfterStop.ToStandby($"the claim on epoch {s.Hold!.Epoch} could not be renewed in time"), successor: null, now),    // 17
        Starting or Active when Moves.Overtaken(rules, s) is { } by => Stopped(rules, s, new AfterStop.ToStandby(by), successor: null, now),   // 19
        Starting t when now >= t.StartBy => Stopped(rules, s, new AfterStop.ToFaulted($"it did not come up within {rules.StartLimit.TotalSeconds:0.#} s", Counted: true), Moves.Fittest(rules, s), now),   // 16
        Starting { Up: true } t when s.Service.Health == Health.Healthy => Moves.Serve(s, t, now),                                          // 15
        Active { Leaving: null } when s.Ground.Health == Health.Failed && Moves.Fittest(rules, s) is { } to =>
            Stopped(rules, s, new AfterStop.ToStandby(s.Ground.Evidence), to, now),
        Active { Leaving: null } when s.Service.Health == Health.Failed && Moves.Fittest(rules, s) is { } to =>
            Stopped(rules, s, new AfterStop.ToFaulted(s.Service.Evidence, Counted: true), to, now),                                         // 20
        Active { Leaving: null } when s.Service.Health == Health.Failed && Moves.MayRestartHere(rules, s, now) =>
            Stopped(rules, s, new AfterStop.ToFaulted($"{s.Service.Evidence}; nobody else is fit, so it is started anew here", Counted: true), successor: null, now),   // 20
        Active { Leaving: { } l } t when now >= l.GoAt => Moves.Leave(rules, s, t, now),
        Active { Leaving: null } t when Moves.FailbackAt(rules, s) is { } at && now >= at => Moves.FailBack(rules, s, t, now),              // 24
        Starting or Active when now >= s.Hold!.RenewAt => Claims.Renew(rules, s, now),
        Stopping t when now >= t.KillAt => Moves.StopAgain(rules, s, t, "it did not stop in time", now),                                    // 27
        Faulted { NeedsOperator: false } t when now >= (t.RetryAt ?? now) && Moves.Unfit(rules, s) is null => Moves.Recover(s, now), // 28
        _ => null,
    };

    private static bool IsTo(long ticket, DutyEvent answer) => answer switch
    {
        ClaimRefused e => e.Ticket == ticket,
        ClaimVacant e => e.Ticket == ticket,
        ClaimSuperseded e => e.Ticket == ticket,
        ArbiterRecovering e => e.Ticket == ticket,
        _ => throw new UnreachableException($"{answer} is no such answer"),
    };

    internal static AfterStop.ToStandby Leftover { get; } = new("it was found running here without a claim of ours");

    internal static DutyStep Stay(DutyState state) => new(state, [], null);

    internal static DutyStep Go(DutyState state, string reason, params ReadOnlySpan<DutyEffect> effects) => new(state, ValueList.Create(effects), reason);

    /// <summary>Begins to let go, from wherever we are. The claim is given back only when the stop is confirmed.</summary>
    internal static DutyStep Stopped(DutyRules rules, DutyState s, AfterStop then, string? successor, Instant now)
    {
        var epoch = s.Hold?.Epoch ?? (s.Stance as Unknown)?.Epoch ?? throw new UnreachableException($"{s.Stance} has nothing to let go of");
        return Go(s with { Stance = new Stopping(epoch, then, successor, now + rules.StopLimit + Moves.StopSlack, 0) }, then.Reason, new Stop(epoch, then.Reason));
    }

    private static Instant Earliest(Instant a, Instant b, Instant c) => Instant.Earlier(a, Instant.Earlier(b, c));
}

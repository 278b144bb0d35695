using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Settings;
using Xunit;
using static Understudy.Tests.Duties.Given;

namespace Understudy.Tests.Duties;

/// <summary>What holds for the stance machine in every state and for every event: all pairs by reflection, and long random walks.</summary>
public sealed class DutyMachineTests
{
    private static readonly DutyRules[] s_rules = [Alpha, Unattended with { Self = 1 }, Bare with { Self = 1, OnSplit = SplitPolicy.Take, Failback = new FailbackSettings.WhenIdle() }];
    private static readonly double[] s_times = [0, 200, 100_000];

    /// <summary>Every stance, in worlds where the other candidate is silent, fit, serving, or has let go, with a good and a bad service and ground.</summary>
    private static IEnumerable<DutyState> States(DutyRules rules)
    {
        var other = 1 - rules.Self;
        foreach (var stance in Cases.Of<Stance>())
        {
            var plain = In(stance);
            yield return plain;
            yield return plain.Hears(other, Stands());
            yield return plain.Hears(other, Serves(Epoch + 1)) with { EpochSeen = Epoch + 1 };
            yield return plain.Hears(other, Stands()) with { Service = Bad, LetGo = Epoch, Successor = "beta" };
            yield return plain with { Ground = Bad, Service = Good, Failures = [At(1), At(2)], PromisedUntil = At(400) };
        }
    }

    private static IEnumerable<(DutyRules Rules, DutyState State)> Everywhere() => s_rules.SelectMany(r => States(r).Select(s => (r, s)));

    private static void EveryStep(Action<DutyRules, DutyState, DutyEvent, Instant, DutyStep> check)
    {
        var events = Cases.Of<DutyEvent>();
        foreach (var (rules, state) in Everywhere())
        {
            foreach (var seen in events)
            {
                foreach (var ms in s_times)
                {
                    check(rules, state, seen, At(ms), DutyMachine.Next(rules, state, seen, At(ms)));
                }
            }
        }
    }

    [Fact]
    public void Has_a_rule_for_every_stance_and_event()
    {
        var steps = 0;
        EveryStep((_, _, _, _, step) =>
        {
            steps++;
            Assert.Null(step.State.Stance is Stance.Stopping { Epoch: < 1 } ? step : null);
        });
        Assert.True(steps > 100_000, $"{steps} steps: the cases were not found");
        Assert.Equal(8, Cases.Of<Stance>().Select(s => s.GetType()).Distinct().Count());
    }

    [Fact]
    public void Every_stance_has_its_code_its_word_and_its_seed_word()
    {
        foreach (var stance in Cases.Of<Stance>())
        {
            Assert.NotEqual(StanceCode.Silent, stance.Code());
        }

        foreach (var code in Enum.GetValues<StanceCode>())
        {
            Assert.Equal(code.ToString(), code.Word(), ignoreCase: true);
            Assert.True(code.SeedWord() is "UP" or "RECOVER" or "FAIL");
        }
    }

    [Fact]
    public void Nothing_starts_without_a_grant_or_a_person() => EveryStep((_, from, seen, _, step) => Starts(from, seen, step));

    private static void Starts(DutyState from, DutyEvent seen, DutyStep step)
    {
        foreach (var start in step.Effects.OfType<DutyEffect.Start>())
        {
            var hold = Assert.IsType<Holding>(step.State.Hold);
            Assert.Equal((hold.Epoch, hold.Until), (start.Epoch, start.NotAfter));
            Assert.True(
                (from.Stance is Stance.Claiming or Stance.Unknown { Running: true } && seen is DutyEvent.ClaimGranted g && g.Ticket == from.Ticket && g.Epoch == start.Epoch)
                || (from.Stance is Stance.Claiming && seen is DutyEvent.PromisesHeard && start.Epoch == from.EpochSeen + 1)
                || (hold.Seized && seen is DutyEvent.SeizeAsked)
                || (from.Stance is Stance.Active && seen is DutyEvent.AddressLost),
                $"{from} was started by {seen}");
        }
    }

    [Fact]
    public void An_answer_never_shortens_a_lease_that_runs() => EveryStep((_, from, seen, _, step) => Shortens(from, seen, step));

    private static void Shortens(DutyState from, DutyEvent seen, DutyStep step) =>
        Assert.False(from.Hold is { Seized: false } was && step.State.Hold is { } hold && hold.Until < was.Until, $"{from} was shortened by {seen}");

    [Fact]
    public void An_answer_to_another_generation_changes_nothing() => EveryStep((rules, from, seen, now, step) => Late(rules, from, seen, now, step));

    private static void Late(DutyRules rules, DutyState from, DutyEvent seen, Instant now, DutyStep step)
    {
        var ticket = seen switch
        {
            DutyEvent.ClaimGranted e => e.Ticket,
            DutyEvent.ClaimSuperseded e => e.Ticket,
            DutyEvent.ClaimRefused e => e.Ticket,
            DutyEvent.ArbiterRecovering e => e.Ticket,
            DutyEvent.ClaimWithheld e => e.Ticket,
            DutyEvent.HeirNoted e => e.Ticket,
            DutyEvent.ClaimVacant e => e.Ticket,
            _ => from.Ticket,
        };
        if (ticket != from.Ticket)
        {
            Assert.Equal(DutyMachine.Next(rules, from, new DutyEvent.Woke(), now), step);
        }
    }

    [Fact]
    public void The_claim_is_given_back_only_when_the_stop_is_confirmed() => EveryStep((_, from, seen, _, step) => GivesBack(from, seen, step));

    private static void GivesBack(DutyState from, DutyEvent seen, DutyStep step)
    {
        foreach (var order in step.Effects.OfType<DutyEffect.AskArbiter>().Select(a => a.Order).Where(o => o.Ask == ClaimAsk.GiveBack))
        {
            Assert.True(from.Stance is Stance.Stopping s && seen is DutyEvent.Stopped e && e.Epoch == s.Epoch && order.Epoch == s.Epoch, $"{from} gave back at {seen}");
        }
    }

    [Fact]
    public void Who_has_it_leaves_only_by_a_stop() => EveryStep((_, from, seen, _, step) => Leaves(from, seen, step));

    private static void Leaves(DutyState from, DutyEvent seen, DutyStep step) =>
        Assert.False(
            (from.Hold is not null && step.State.Hold is null && step.State.Stance is not Stance.Stopping)
            || (from.Stance is Stance.Stopping && step.State.Stance is not Stance.Stopping && seen is not DutyEvent.Stopped),
            $"{from} left by {seen} to {step.State.Stance}");

    [Fact]
    public void Epochs_and_tickets_only_grow() => EveryStep((_, from, seen, _, step) => Grow(from, seen, step));

    private static void Grow(DutyState from, DutyEvent seen, DutyStep step) =>
        Assert.True(step.State.EpochSeen >= from.EpochSeen && step.State.Ticket >= from.Ticket && step.State.LetGo >= from.LetGo, $"{from}, {seen}: {step.State}");

    [Fact]
    public void A_deadline_that_has_come_leads_on()
    {
        foreach (var (rules, state) in Everywhere())
        {
            LeadsOn(rules, state, At(0));
        }
    }

    /// <summary>Told <c>Woke</c> at its deadline, the machine wants to be woken later, within a few steps at one moment.</summary>
    private static void LeadsOn(DutyRules rules, DutyState state, Instant now)
    {
        if (DutyMachine.Deadline(rules, state) is not { } due || due == Instant.Never)
        {
            return;
        }

        var at = Instant.Later(due, now);
        var next = state;
        for (var i = 0; i < 4; i++)
        {
            next = DutyMachine.Next(rules, next, new DutyEvent.Woke(), at).State;
            if (DutyMachine.Deadline(rules, next) is not { } then || then > at)
            {
                return;
            }
        }

        Assert.Fail($"woken at {at} it still wants to be woken at {DutyMachine.Deadline(rules, next)}:\n{state}\n{next}");
    }

    [Fact]
    public void Asking_for_the_deadline_allocates_nothing()
    {
        var states = Everywhere().ToArray();
        long wanted = 0;
        for (var round = 0; round < 2; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var (rules, state) in states)
            {
                wanted += DutyMachine.Deadline(rules, state) is null ? 0 : 1;
            }

            if (round == 1)
            {
                Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
            }
        }

        Assert.True(wanted > states.Length / 2);
    }

    /// <summary>The pairs above start from states that were put together; these were lived through.</summary>
    [Fact]
    public void Random_lives_keep_the_same_rules()
    {
        var events = Cases.Of<DutyEvent>();
        var reached = new HashSet<Type>();
        for (var seed = 1UL; seed <= 300; seed++)
        {
            var dice = new Dice(seed);
            var rules = s_rules[(int)(seed % (ulong)s_rules.Length)];
            var state = DutyState.AtStart(rules, Epoch, Ticket, At(0));
            var now = At(0);
            for (var i = 0; i < 200; i++)
            {
                now = dice.Next(3) == 0 && DutyMachine.Deadline(rules, state) is { } due && due < Instant.Never ? Instant.Later(now, due) : now + Ms(dice.Next(40));
                var seen = Likely(dice, state, now) ?? events[dice.Next(events.Count)];
                var step = DutyMachine.Next(rules, state, seen, now);
                Starts(state, seen, step);
                Shortens(state, seen, step);
                Late(rules, state, seen, now, step);
                GivesBack(state, seen, step);
                Leaves(state, seen, step);
                Grow(state, seen, step);
                state = step.State;
                LeadsOn(rules, state, now);
                _ = reached.Add(state.Stance.GetType());
            }
        }

        Assert.Equal(8, reached.Count);
    }

    /// <summary>Mostly what the world would say next, so that walks get somewhere.</summary>
    private static DutyEvent? Likely(Dice dice, DutyState s, Instant now) => dice.Next(4) == 0 ? null : s.Stance switch
    {
        Stance.Unknown { Looked: false } => new DutyEvent.LookedAround(dice.Next(2) == 0, Epoch),
        Stance.Claiming => new DutyEvent.ClaimGranted(s.Ticket, s.EpochSeen + 1, now - Ms(dice.Next(10))),
        Stance.Starting t => new DutyEvent.Started(t.Hold.Epoch),
        Stance.Active t when dice.Next(3) > 0 => new DutyEvent.ClaimGranted(s.Ticket, t.Hold.Epoch, now - Ms(dice.Next(50))),
        Stance.Stopping t => new DutyEvent.Stopped(t.Epoch),
        Stance.Held => new DutyEvent.ReleaseAsked("eve"),
        _ => new DutyEvent.Woke(),
    };
}

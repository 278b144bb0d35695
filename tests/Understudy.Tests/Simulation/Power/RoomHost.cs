using System.Net;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Understudy.Core.Settings;

namespace Understudy.Tests.Simulation.Power;

/// <summary>One host of a room: the production judges and machine, and the simplest plan, which powers off at its due moment while the verdict stands.</summary>
internal sealed class RoomHost
{
    internal const double Every = 10;

    private static readonly GuardSettings Settings = new(
        "room", [Probe(1), Probe(2)], Needed: 2, [Probe(101), Probe(102)], Alone: false, Temperatures: [], HeatSettings.Default,
        Grace: TimeSpan.FromMinutes(5), Settle: TimeSpan.FromMinutes(2), OnBlind: null, OnDisputed: null, Tier: 0, TierTimeout: TimeSpan.FromMinutes(3), Spread: TimeSpan.FromSeconds(30),
        Stays: false, DryRun: false, Countdown: TimeSpan.FromMinutes(1), GuardStepSettings.Default, Return: null);

    private static readonly ProbeReading Good = new ProbeReading.Good("up");
    private static readonly ProbeReading Bad = new ProbeReading.Bad("silent");
    private static readonly ProbeReading Unread = new ProbeReading.Unread("no route");

    private readonly RoomPlan plan;
    private readonly RoomBreach breach;
    private readonly int number;
    private readonly GuardRules rules;
    private readonly double phase;
    private WitnessWatch[] witnesses = [];
    private GuardState state;
    private GuardRecord? record;
    private int boot;
    private double? due;
    private double standsUntil;

    internal RoomHost(RoomPlan plan, RoomBreach breach, int number)
    {
        (this.plan, this.breach, this.number) = (plan, breach, number);
        var name = $"node{number + 1:00}";
        rules = GuardRules.From(Settings, name, []);
        phase = Spread.Phase(name, TimeSpan.FromSeconds(Every)).TotalSeconds;
        state = Begin(0, known: null);
        NextAt = phase;
    }

    /// <summary>When the next round of looks or deadline is.</summary>
    internal double NextAt { get; private set; }

    internal bool IsUp { get; private set; } = true;

    /// <summary>What it tells its peers, and when it said so.</summary>
    internal (MainsVerdict Mains, double At) Tells { get; private set; } = (MainsVerdict.Unknown, double.NegativeInfinity);

    internal double? OffAt { get; private set; }

    /// <summary>The longest that its plan may take.</summary>
    internal static double PlanSeconds => Settings.PlanLength.TotalSeconds;

    internal static double GraceSeconds => Settings.Grace.TotalSeconds;

    /// <summary>Nothing is under way, so that the time until something changes may be jumped over.</summary>
    internal bool IsQuiet => !IsUp || (state.Due is null && state.Mains.Verdict != MainsVerdict.Lost && (state.Mains.Verdict != MainsVerdict.Present || state.Bucket.Level == TimeSpan.Zero));

    internal string Why => state.ToString();

    /// <summary>Time in which nothing changed is over.</summary>
    internal void Jump(double to)
    {
        if (IsUp && NextAt < to)
        {
            NextAt = Round(to);
            due = null;
        }
    }

    /// <summary>The host boots: nothing is known of the time before.</summary>
    internal void Boot(double t)
    {
        (IsUp, OffAt, record) = (true, null, null);
        boot++;
        state = Begin(t, known: null);
        NextAt = Round(t);
    }

    /// <summary>The host goes down, by a plan or by itself.</summary>
    internal void Off(double t) => (IsUp, due, NextAt, OffAt) = (false, null, double.PositiveInfinity, t);

    /// <summary>The host does what is due now. True: its plan powers it off in this moment.</summary>
    internal bool Step(double t, ReadOnlySpan<PeerView> peers)
    {
        if (Held(t) is { } until)
        {
            Resume(t, until);
            return false;
        }

        var now = Moment(t);
        if (GuardMachine.Deadline(rules, state) is { } owed && owed <= now)
        {
            Tell(new GuardEvent.Looked(), t, peers);
        }
        else
        {
            Look(t, peers);
        }

        Plan(t);
        return due is { } begin && t >= begin && t < standsUntil && state.Begun;
    }

    private void Plan(double t)
    {
        var next = Round(t + 1e-6);
        var owed = GuardMachine.Deadline(rules, state);
        next = owed is { } at ? Math.Min(next, Math.Max(t + 1e-6, Seconds(at))) : next;
        NextAt = due is { } begin && begin > t ? Math.Min(next, begin + 1e-6) : next;
    }

    /// <summary>A freeze or a restart that is going on: when it is over.</summary>
    private Trouble? Held(double t)
    {
        foreach (var trouble in plan.Troubles)
        {
            if (trouble.From > t)
            {
                return null;
            }

            if (trouble.Fault is RoomFault.Freeze or RoomFault.Restart && trouble.What == number && trouble.At(t))
            {
                return trouble;
            }
        }

        return null;
    }

    private void Resume(double t, Trouble held)
    {
        var now = Moment(held.Until);
        if (held.Fault == RoomFault.Restart)
        {
            record = GuardRecord.Of(rules, state, witnesses);
            state = Begin(held.Until, record);
        }
        else
        {
            state = GuardMachine.Next(rules, state, new GuardEvent.Stalled(now - Moment(held.From)), now).State;
        }

        due = null;
        NextAt = Math.Max(Round(held.Until), held.Until + 1e-3);
    }

    private GuardState Begin(double t, GuardRecord? known)
    {
        var name = $"boot-{boot}";
        witnesses = [.. Settings.Mains.Concat(Settings.Controls).Select(p => WitnessWatch.At(p, known?.Of(p.Subject, name), Moment(t)))];
        due = null;
        return GuardState.Restored(rules, known, name, Moment(t));
    }

    private void Look(double t, ReadOnlySpan<PeerView> peers)
    {
        var (routeless, toolless) = (plan.Any(RoomFault.NoRoute, t, number), plan.Any(RoomFault.NoProbe, t, number));
        var core = plan.Any(RoomFault.Core, t, 0);
        for (var i = 0; i < 4; i++)
        {
            var side = i % 2;
            var reading = routeless || (toolless && i < 2) ? breach == RoomBreach.UnreadIsDown ? Bad : Unread : core || !Answers(i < 2, side, t) ? Bad : Good;
            witnesses[i] = witnesses[i].Hear(reading, Moment(t));
        }

        Span<WitnessView> mains = [View(0), View(1)];
        Span<WitnessView> controls = [View(2), View(3)];
        var judged = MainsJudge.Judge(rules.Mains, mains, controls, peers);
        judged = breach == RoomBreach.BlindIsLost && judged.Verdict == MainsVerdict.Blind ? judged with { Verdict = MainsVerdict.Lost } : judged;
        Tells = (judged.Verdict, t);
        Tell(new GuardEvent.Judged(judged), t, peers);
    }

    private WitnessView View(int i)
    {
        var view = witnesses[i].View;
        return breach switch
        {
            RoomBreach.NeverUpVotes => view with { EverUp = true },
            _ => view,
        };
    }

    private bool Answers(bool isMains, int side, double t)
    {
        if (plan.Any(RoomFault.Switch, t, side) || plan.Any(isMains ? RoomFault.Witness : RoomFault.Control, t, side)
            || (plan.Any(RoomFault.Loss, t, side) && plan.Dice.Below(2) == 0))
        {
            return false;
        }

        return !isMains || (plan.MainsAt(t) && t - plan.BackSince(t) >= plan.Boots[side]);
    }

    private void Tell(GuardEvent seen, double t, ReadOnlySpan<PeerView> peers)
    {
        var turn = GuardMachine.Next(rules, state, seen, Moment(t));
        state = turn.State;
        foreach (var effect in turn.Effects)
        {
            switch (effect)
            {
                case GuardEffect.Stand e:
                    (due, standsUntil) = (Seconds(e.Due), t + rules.StandsFor.TotalSeconds);
                    break;
                case GuardEffect.MoveDue e:
                    due = Seconds(e.Due);
                    break;
                case GuardEffect.Withdraw:
                    due = null;
                    break;
                case GuardEffect.LookNow:
                    Look(t, peers);
                    return;
                default:
                    break;
            }
        }
    }

    private double Round(double t) => (Math.Ceiling((t - phase) / Every) * Every) + phase;

    private static ProbeSettings.Icmp Probe(byte last) => new(new IPAddress([10, 0, 0, last])) { Every = TimeSpan.FromSeconds(Every), Timeout = TimeSpan.FromSeconds(2) };

    private static Instant Moment(double t) => new((long)(t * TimeSpan.TicksPerSecond));

    private static double Seconds(Instant at) => at.Ticks / (double)TimeSpan.TicksPerSecond;
}

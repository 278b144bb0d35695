using System.Net;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Understudy.Core.Settings;

namespace Understudy.Tests.Power;

/// <summary>A guard with its witnesses and their judges on a clock turned by hand, as a daemon would run it; and a plan of one step, as simple as can be.</summary>
internal sealed class GuardRig
{
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly GuardSettings settings;
    private readonly List<(double At, string Told)> told = [];
    private WitnessWatch[] mains;
    private WitnessWatch[] controls;
    private HeatJudge heat;

    internal GuardRig(GuardSettings? settings = null, double at = 3600)
    {
        this.settings = settings ?? Settings();
        Rules = GuardRules.From(this.settings, "alpha", []);
        Now = Moment(at);
        mains = [.. this.settings.Mains.Select(p => WitnessWatch.At(p, known: null, Now))];
        controls = [.. this.settings.Controls.Select(p => WitnessWatch.At(p, known: null, Now))];
        heat = new(this.settings.Heat, this.settings.Temperatures);
        State = GuardState.AtStart(Rules, "boot-1", Now);
        NextRound = Now;
    }

    internal GuardRules Rules { get; }

    internal GuardState State { get; private set; }

    internal Instant Now { get; private set; }

    internal Instant NextRound { get; set; }

    /// <summary>What every witness shows from now on: mains first, then controls. '+' up, '-' silent, '?' unread.</summary>
    internal string Sees { get; set; } = "+++";

    internal double? Degrees { get; set; }

    internal PeerView[] Peers { get; set; } = [];

    /// <summary>When the plan's step began, or null.</summary>
    internal double? Began { get; private set; }

    internal Instant? Due { get; private set; }

    internal IEnumerable<string> Told => told.Select(t => t.Told);

    internal List<string> Reasons { get; } = [];

    /// <summary>Two mains witnesses of which both are needed, one control, the usual times.</summary>
    internal static GuardSettings Settings(int mains = 2, int controls = 1) => new(
        "room",
        [.. Enumerable.Range(1, mains).Select(i => new ProbeSettings.Icmp(new IPAddress([10, 0, 0, (byte)i])) { Every = Every, Timeout = TimeSpan.FromSeconds(2) })],
        GuardSettings.NeededOf(mains),
        [.. Enumerable.Range(1, controls).Select(i => new ProbeSettings.Icmp(new IPAddress([10, 0, 1, (byte)i])) { Every = Every, Timeout = TimeSpan.FromSeconds(2) })],
        Alone: false, Temperatures: [], HeatSettings.Default, Grace: TimeSpan.FromMinutes(5), Settle: TimeSpan.FromMinutes(2), OnBlind: null, OnDisputed: null,
        Tier: 0, TierTimeout: TimeSpan.FromMinutes(3), Spread: TimeSpan.Zero, Stays: false, DryRun: false, Countdown: TimeSpan.FromMinutes(1), GuardStepSettings.Default, Return: null);

    /// <summary>Lets time pass: rounds of looks, the machine's own deadlines, and the plan's moment.</summary>
    internal GuardRig Run(double seconds)
    {
        var until = Now + TimeSpan.FromSeconds(seconds);
        for (var guardrail = 0; ; guardrail++)
        {
            Assert(guardrail < 100_000, "the machine spins");
            var next = NextRound;
            var deadline = GuardMachine.Deadline(Rules, State);
            next = deadline is { } d ? Instant.Earlier(next, d) : next;
            next = Due is { } due && Began is null ? Instant.Earlier(next, due) : next;
            if (next > until)
            {
                Now = until;
                return this;
            }

            Now = Instant.Later(Now, next);
            if (deadline is { } owed && owed <= Now)
            {
                Tell(new GuardEvent.Looked());
            }
            else if (NextRound <= Now)
            {
                Round();
                NextRound += Every;
            }

            if (Due is { } begin && Began is null && Now >= begin && State.Begun)
            {
                Began = Seconds(Now);
            }
        }
    }

    /// <summary>All witnesses are read now.</summary>
    internal void Round()
    {
        mains = [.. mains.Select((w, i) => Read(w, Sees[i]))];
        controls = [.. controls.Select((w, i) => Read(w, Sees[mains.Length + i]))];
        if (Degrees is { } celsius)
        {
            heat = heat.Hear(0, new TemperatureReading.Degrees(celsius), Now);
            Tell(new GuardEvent.Warmed(heat.View(Now)));
        }

        Judge();
    }

    /// <summary>Everything of ours stands still for so long; the world goes on.</summary>
    internal GuardRig Freeze(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        NextRound = Now;
        Tell(new GuardEvent.Stalled(TimeSpan.FromSeconds(seconds)));
        return this;
    }

    /// <summary>The daemon ends and comes back after so long, of the same boot or another.</summary>
    internal GuardRig Restart(double seconds, string boot = "boot-1")
    {
        var record = GuardRecord.Of(Rules, State, mains.Concat(controls));
        Now += TimeSpan.FromSeconds(seconds);
        NextRound = Now;
        Due = null;                                                                // a plan that is restored waits for the verdict to be renewed
        State = GuardState.Restored(Rules, record, boot, Now);
        mains = [.. settings.Mains.Select(p => WitnessWatch.At(p, record.Of(p.Subject, boot), Now))];
        controls = [.. settings.Controls.Select(p => WitnessWatch.At(p, record.Of(p.Subject, boot), Now))];
        return this;
    }

    internal static Instant Moment(double seconds) => new((long)(seconds * TimeSpan.TicksPerSecond));

    internal static double Seconds(Instant at) => at.Ticks / (double)TimeSpan.TicksPerSecond;

    private WitnessWatch Read(WitnessWatch witness, char sees) => sees switch
    {
        '+' => witness.Hear(new ProbeReading.Good("up"), Now),
        '-' => witness.Hear(new ProbeReading.Bad("silent"), Now),
        _ => witness.Hear(new ProbeReading.Unread("no route"), Now),
    };

    private void Judge() =>
        Tell(new GuardEvent.Judged(MainsJudge.Judge(Rules.Mains, [.. mains.Select(w => w.View)], [.. controls.Select(w => w.View)], Peers)));

    private void Tell(GuardEvent seen)
    {
        var before = State;
        var turn = GuardMachine.Next(Rules, State, seen, Now);
        State = turn.State;
        Assert(turn.Reason.Length > 0, "no reason");
        Reasons.Add(turn.Reason);
        Assert(GuardMachine.Deadline(Rules, State) is not { } next || next > Now || seen is not GuardEvent.Looked || !before.Equals(State), "a deadline that moves nothing");
        foreach (var effect in turn.Effects)
        {
            switch (effect)
            {
                case GuardEffect.Stand e:
                    if (Due is null)
                    {
                        told.Add((Seconds(Now), "stands"));
                    }

                    Due = e.Due;
                    break;
                case GuardEffect.MoveDue e:
                    Due = e.Due;
                    break;
                case GuardEffect.Withdraw:
                    told.Add((Seconds(Now), "withdrawn"));
                    Due = null;
                    Began = null;
                    break;
                case GuardEffect.LookNow:
                    Round();
                    return;
                default:
                    break;
            }
        }
    }

    private static void Assert(bool holds, string what) => Xunit.Assert.True(holds, what);
}

using System.Globalization;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using Understudy.Core.Plans;
using Understudy.Core.Settings;

namespace Understudy.Core.Power;

/// <summary>
/// One guard on one host: readings, temperatures and other hosts' words go in, orders and sentences come out. It owns all of the guard's state, knows no clock and touches nothing: a daemon and a
/// simulation drive it alike.
/// </summary>
public sealed class GuardDesk
{
    private readonly WitnessWatch[] mains;
    private readonly WitnessWatch[] controls;
    private readonly WitnessView[] mainsViews;
    private readonly WitnessView[] controlViews;
    private readonly GuardHosts hosts;
    private readonly string[] unread;
    private readonly string[] others;
    private HeatJudge heat;
    private ReturnState? returning;
    private string lastOfPlan = "nothing was armed yet";
    private string lastOfReturn = "nobody is to be woken";
    private bool wasOut;
    private bool isMute;
    private Instant? muteFrom;
    private string doubted = "";

    /// <param name="host">Our name.</param>
    /// <param name="nodes">All hosts that run this guard, ours too; empty: they are not known.</param>
    /// <param name="boot">The kernel's boot id.</param>
    /// <param name="memory">What the daemon before remembered.</param>
    public GuardDesk(GuardSettings settings, string host, ValueList<string> nodes, string boot, GuardMemory memory, Instant now)
    {
        Settings = settings;
        Rules = GuardRules.From(settings, host, nodes);
        PlanRules = GuardPlan.From(settings, Rules);
        Steps = GuardPlan.StepsOf(settings);
        mains = Watches(settings.Mains);
        controls = Watches(settings.Controls);
        (mainsViews, controlViews) = (new WitnessView[mains.Length], new WitnessView[controls.Length]);
        hosts = new GuardHosts(settings.Tier);
        others = [.. nodes.Where(n => n != host)];
        heat = new HeatJudge(settings.Heat, settings.Temperatures);
        unread = [.. settings.Temperatures.Select(t => $"{t.Subject}: was not read yet")];
        returning = settings.Return is { } r ? memory.Return?.Restore(r, boot, now) ?? ReturnState.AtStart(r, now) : null;
        State = GuardState.Restored(Rules, memory.Guard, boot, now);
        Plan = memory.Plan?.State ?? PlanState.AtStart;
        wasOut = IsOut && memory.KnowsReturn;      // what followed from it is in the memory too
        if (Returns)
        {
            lastOfReturn = $"{returning!.Sleepers.Count} hosts are to be woken, as was known before our restart";
            Note(now, "return", lastOfReturn, loud: false);
        }

        if (memory.Problem is { } problem)
        {
            Note(now, "mains", $"what was remembered could not be read, {problem}", loud: true);
        }

        Tell(new PlanEvent.Restored(boot, memory.Plan?.Wall), now);

        WitnessWatch[] Watches(ValueList<ProbeSettings> probes) => [.. probes.Select(p => WitnessWatch.At(p, memory.Guard?.Of(p.Subject, boot), now))];
    }

    public GuardSettings Settings { get; }

    public GuardRules Rules { get; }

    public PlanRules PlanRules { get; }

    /// <summary>What the plan's steps do, by their place in it.</summary>
    public ValueList<GuardStepSettings> Steps { get; }

    public GuardState State { get; private set; }

    public PlanState Plan { get; private set; }

    /// <summary>Too few witnesses can vote to make a loss, and that was said.</summary>
    public bool IsMute => isMute;

    /// <summary>Hosts are to be woken: what the UPS holds matters.</summary>
    public bool Returns => returning is { Stage: not ReturnStage.Idle };

    public Queue<GuardOrder> Orders { get; } = new();

    public Queue<GuardNote> Notes { get; } = new();

    /// <summary>What is to be on disk, as of now.</summary>
    /// <param name="wall">The wall clock, for people.</param>
    public GuardMemory Memory(string wall) => new(GuardRecord.Of(Rules, State, [.. mains, .. controls]), PlanRecord.Of(PlanRules, Plan, wall), null) { Return = ReturnRecord.Of(returning, State.Boot), KnowsReturn = true };

    /// <summary>A witness was read.</summary>
    /// <param name="control">One of <c>controls</c>, else of <c>mains</c>.</param>
    /// <param name="place">Its place in the settings' list, from 0.</param>
    /// <param name="at">When it was complete; not after <paramref name="now"/>.</param>
    public void Read(bool control, int place, ProbeReading reading, Instant at, Instant now)
    {
        ref var watch = ref (control ? controls : mains)[place];
        var was = watch.EverUp;
        watch = watch.Hear(PowerEvidence.Of(reading), at);
        if (!was && watch.EverUp)
        {
            Note(now, "mains", $"{watch.Subject} was seen up, and can vote from now on", loud: false);
            Orders.Enqueue(new GuardOrder.Remember(Wait: false));
        }

        Judge(now);
    }

    /// <summary>A temperature was read, or could not be.</summary>
    /// <param name="source">Its place in the settings' list, from 0.</param>
    public void Measured(int source, Measure measure, Instant at, Instant now)
    {
        unread[source] = measure is not Measure.Unread none ? ""
            : none.Why.StartsWith(Settings.Temperatures[source].Subject, StringComparison.Ordinal) ? none.Why : $"{Settings.Temperatures[source].Subject}: {none.Why}";
        heat = heat.Hear(source, measure is Measure.Taken taken ? new TemperatureReading.Degrees(taken.Number) : new TemperatureReading.Unread(unread[source]), at);
        Tell(new GuardEvent.Warmed(heat.View(now)), now);
        LookForDoubts(now);
    }

    /// <summary>Another host said how the same guard stands there.</summary>
    public void HostSaid(string host, in GuardEntry entry, Instant at, Instant now)
    {
        hosts.Hear(host, entry, at);
        Judge(now);
        LookAtTiers(now);
    }

    /// <summary>Another host is heard, or is not any more.</summary>
    public void HostHeard(string host, bool isUp, Instant now) => Tell(new ReturnEvent.Heard(host, isUp), now);

    /// <summary>The UPS said how full it is, per cent; null: it could not be read.</summary>
    public void Charged(int? perCent, Instant now) => Tell(new ReturnEvent.Charged(perCent), now);

    /// <summary>A step that was begun has come to its end.</summary>
    public void StepEnded(PlanEvent.StepEnded ended, Instant now) => Tell(ended, now);

    /// <summary>We did not run for so long, up to now; readings that were made in it are the last before it.</summary>
    /// <param name="asleep">The host itself was suspended.</param>
    public void Stalled(TimeSpan span, bool asleep, Instant now)
    {
        Tell(new GuardEvent.Stalled(span), now);
        if (asleep && span >= GuardRules.StallCounts)
        {
            Tell(new PlanEvent.Resumed("the host slept, and is awake again"), now);
        }
    }

    /// <summary>An operator wants the plan, or a rehearsal of it, after a countdown.</summary>
    public GuardAnswer Arm(string by, string why, TimeSpan countdown, bool dry, Instant now) => Ask(new PlanEvent.ArmAsked(by, why, now + countdown, dry), now);

    /// <summary>An operator calls it off, for as long as this outage lasts.</summary>
    public GuardAnswer Abort(string by, string why, Instant now) => Ask(new PlanEvent.AbortAsked(by, why), now);

    /// <summary>An operator wants the others woken, or not.</summary>
    public GuardAnswer WakeOthers(string by, bool wanted, Instant now)
    {
        if (returning is null)
        {
            return new GuardAnswer(false, $"the guard {Settings.Name} has no 'return' on this host, so that nobody is woken from here");
        }

        Tell(wanted ? new ReturnEvent.Wanted($"{by} asked for it") : new ReturnEvent.Unwanted(by), now);
        return new GuardAnswer(true, lastOfReturn);
    }

    /// <summary>Time has passed.</summary>
    public void Wake(Instant now)
    {
        if (Age(mains, now) | Age(controls, now))
        {
            Judge(now);
        }

        if (GuardMachine.Deadline(Rules, State) is { } guard && now >= guard)
        {
            Tell(new GuardEvent.Looked(), now);
        }

        if (PlanMachine.Deadline(PlanRules, Plan) is { } plan && now >= plan)
        {
            Tell(new PlanEvent.Looked(), now);
        }

        if (returning is not null && ReturnMachine.Deadline(Settings.Return!, returning) is { } back && now >= back)
        {
            Tell(new ReturnEvent.Looked(), now);
        }

        LookAtTiers(now);
        LookForMuteness(now);
    }

    /// <summary>When <see cref="Wake"/> is due, if nothing happens before.</summary>
    public Instant Deadline(Instant now)
    {
        var next = Instant.Never;
        foreach (var watch in mains)
        {
            next = Earlier(next, watch.Judge.Deadline);
        }

        foreach (var watch in controls)
        {
            next = Earlier(next, watch.Judge.Deadline);
        }

        next = Earlier(next, GuardMachine.Deadline(Rules, State));
        next = Earlier(next, PlanMachine.Deadline(PlanRules, Plan));
        next = Earlier(next, returning is null ? null : ReturnMachine.Deadline(Settings.Return!, returning));
        return AwaitsTiers is null ? next : Instant.Earlier(next, now + s_tierLook);
    }

    /// <summary>Who is asked to take over what this host lets go, in this order: who stays, who does not leave, who leaves in a later tier. Who leaves no later than we is never asked, for it would hand it back. Where nobody leaves
    /// before or with us the last is "": whoever is fit best.</summary>
    public ValueList<string> Heirs(Instant now) => hosts.Heirs(others, now);

    /// <summary>What the other hosts are told.</summary>
    public GuardEntry Entry(Instant now)
    {
        // A drill is nobody else's affair: a host that rehearses has not left.
        var code = Plan.Run.Dry ? PlanPhaseCode.Idle : Plan.Phase.Code();
        var view = heat.View(now);
        var flags = (Plan.PastPoint && !Plan.Run.Dry ? GuardEntry.NoReturn : 0) | (Settings.Stays ? GuardEntry.Stays : 0) | (Settings.DryRun ? GuardEntry.Dry : 0)
            | (now < State.SettleUntil ? GuardEntry.Settling : 0) | (mains.Count(w => w.EverUp) >= Settings.Needed ? GuardEntry.EverSeen : 0);
        return new GuardEntry(
            Datagram.Id(Settings.Name), (byte)Settings.Tier, PowerCodes.Of(State.Mains.Verdict), PowerCodes.Of(code),
            Plan.Phase is PlanPhase.Running running && !Plan.Run.Dry ? (byte)running.Step : GuardEntry.NoStep, (byte)flags,
            Count(mains, w => w.View.IsLit), Count(mains, w => w.View.IsDark), Count(mains, w => !w.View.IsLit && !w.View.IsDark), Count(controls, w => w.View.IsLit),
            view.Hottest is { } celsius ? (short)Math.Clamp(celsius * 10, GuardEntry.ColdestTenths, GuardEntry.HottestTenths) : GuardEntry.NoTemperature,
            Milliseconds(State.Bucket.Level), Milliseconds(Settings.Grace), (uint)Math.Clamp((now - State.MainsSince).TotalSeconds, 0, uint.MaxValue), (ulong)Plan.Run.Number)
        {
            AgeSeconds = State.Mains.SeenAt is { } seen ? (byte)Math.Clamp(Math.Ceiling((now - seen).TotalSeconds), 0, byte.MaxValue) : byte.MaxValue,
        };
    }

    public GuardSnapshot Snapshot(Instant now)
    {
        var view = heat.View(now);
        var due = Plan.Phase is PlanPhase.Armed armed ? armed.Due : Plan.HeldBy is null ? State.Due : null;      // held: nothing begins by itself
        return new GuardSnapshot(
            now, Settings.Name, PowerCodes.Word(State.Mains.Verdict), now - State.MainsSince, State.Mains.Evidence,
            now < State.SettleUntil ? State.SettleUntil - now : null, State.Bucket.Level, Settings.Grace,
            due is { } at && Plan.Phase is PlanPhase.Idle or PlanPhase.Armed or PlanPhase.Aborted ? Spans.Longer(at - now, TimeSpan.Zero) : null,
            Settings.Tier, Settings.Stays, Settings.DryRun,
            [.. mains.Select(w => Of(w, control: false, now)), .. controls.Select(w => Of(w, control: true, now))],
            new HeatSnapshot(view.Hottest, view.Place, view.CriticalIn, view.IsHot, view.IsCool, unread.Where(u => u.Length > 0).ToValueList()),
            PlanAt(due, now), hosts.Snapshot(now),
            returning is null ? null : new ReturnSnapshot(PowerCodes.Word(returning.Stage), lastOfReturn, returning.Charge, returning.Sleepers.Where(s => !s.IsUp).Select(s => s.Wake.Node).ToValueList()))
        { Turn = Rules.Phase };
    }

    private static readonly TimeSpan s_tierLook = TimeSpan.FromSeconds(1);

    /// <summary>The step at which lower tiers are waited for, while it is begun.</summary>
    private PlanPhase.Running? AwaitsTiers =>
        Plan.Phase is PlanPhase.Running { Stage: StepStage.Begun } running && !Plan.Run.Dry && Steps[running.Step] is GuardStepSettings.WaitForTiers ? running : null;

    /// <summary>Witnesses that were never seen up, or cannot be read, cannot vote. When too few are left to make a loss, this guard would sleep through every outage, and somebody has to know it before the first.</summary>
    private void LookForMuteness(Instant now)
    {
        var lacks = mains.Count(CanVote) < Settings.Needed;
        muteFrom = lacks ? muteFrom ?? now : null;
        var mute = lacks && now >= State.SettleUntil + Rules.Settle && now >= muteFrom + Rules.Settle;
        if (mute == isMute || (lacks && !mute))
        {
            return;
        }

        isMute = mute;
        var never = string.Join(", ", mains.Where(w => !w.EverUp).Select(w => w.Subject));
        var unreadable = string.Join("; ", mains.Where(w => w.EverUp && !CanVote(w)).Select(w => w.Judge.Verdict.Evidence));
        var why = string.Join("; ", new[] { never.Length > 0 ? $"{never} {(mains.Count(w => !w.EverUp) == 1 ? "was" : "were")} never seen up" : "", unreadable }.Where(w => w.Length > 0));
        Note(now, "mains", mute ? $"it cannot see an outage: {why}, and {Settings.Needed} of {mains.Length} are needed" : "enough witnesses can be seen by now", mute);
        if (mute)
        {
            Orders.Enqueue(new GuardOrder.Alarm(Notes.Last().Text));
        }

        static bool CanVote(WitnessWatch watch) => watch is { EverUp: true, Judge.Health: not Health.Unknown };
    }

    /// <summary>A sensor that nobody believes is as good as none, and somebody should look at it.</summary>
    private void LookForDoubts(Instant now)
    {
        var doubts = string.Join(", ", heat.Doubts());
        if (doubts == doubted)
        {
            return;
        }

        doubted = doubts;
        var text = doubts.Length > 0 ? $"reads as hot and never warmed, so it is not believed: {doubts}" : "every sensor is believed again";
        Note(now, "mains", text, doubts.Length > 0);
        if (doubts.Length > 0)
        {
            Orders.Enqueue(new GuardOrder.Alarm($"{Settings.Name}: {text}"));
        }
    }

    private void LookAtTiers(Instant now)
    {
        if (AwaitsTiers is { } at && !hosts.AwaitedAt(now).Any())
        {
            if (string.Join(", ", hosts.SilentAt(now)) is { Length: > 0 } silent)
            {
                Note(now, "plan", $"not waited for, as nothing was heard of them: {silent}", loud: true);
            }

            Tell(new PlanEvent.StepEnded(Plan.Run.Number, at.Step, at.Attempt, new StepOutcome.Done()), now);
        }
    }

    private void Judge(Instant now)
    {
        var dark = 0;
        for (var i = 0; i < mains.Length; i++)
        {
            mainsViews[i] = mains[i].View;
            dark += mainsViews[i].IsDark ? 1 : 0;
        }

        for (var i = 0; i < controls.Length; i++)
        {
            controlViews[i] = controls[i].View;
        }

        // What other hosts see matters only against a loss.
        var reading = MainsJudge.Judge(Rules.Mains, mainsViews, controlViews, dark < Rules.Mains.Needed ? [] : hosts.Views(now));
        Tell(new GuardEvent.Judged(reading), now);
        if (reading.Verdict == MainsVerdict.Present && State.Due is null && now >= State.SettleUntil && (Plan.HeldBy is not null || Plan.Phase is not PlanPhase.Idle))
        {
            // What a daemon before us armed, or an operator called off for this outage, ends with the outage, though our own guard never told the plan of it.
            Tell(new PlanEvent.Withdrawn(reading.Evidence), now);
        }

        Tell(new ReturnEvent.Judged(reading.Verdict), now);
        LookForMuteness(now);
    }

    private void Tell(GuardEvent seen, Instant now)
    {
        var turn = GuardMachine.Next(Rules, State, seen, now);
        State = turn.State;
        if (turn.Telling)
        {
            Note(now, "mains", turn.Reason, turn.Effects.Any(e => e is GuardEffect.Alarm));
        }

        foreach (var effect in turn.Effects)
        {
            switch (effect)
            {
                case GuardEffect.Stand e:
                    Tell(new PlanEvent.Stands(e.Due, e.Why), now);
                    break;
                case GuardEffect.MoveDue e:
                    Tell(new PlanEvent.DueMoved(e.Due, e.Why), now);
                    break;
                case GuardEffect.Doubt e:
                    Tell(new PlanEvent.Doubted(e.Why), now);
                    break;
                case GuardEffect.Withdraw e:
                    Tell(new PlanEvent.Withdrawn(e.Why), now);
                    break;
                case GuardEffect.LookNow:
                    Orders.Enqueue(new GuardOrder.LookNow());
                    break;
                case GuardEffect.Remember:
                    Orders.Enqueue(new GuardOrder.Remember(Wait: false));
                    break;
                case GuardEffect.Alarm e:
                    Orders.Enqueue(new GuardOrder.Alarm(e.Text));
                    break;
            }
        }
    }

    private PlanTurn Tell(PlanEvent seen, Instant now)
    {
        var turn = PlanMachine.Next(PlanRules, Plan, seen, now);
        Plan = turn.State;
        if (turn.Telling)
        {
            lastOfPlan = turn.Reason;
            Note(now, "plan", turn.Reason, turn.Effects.Any(e => e is PlanEffect.Alarm));
        }

        foreach (var effect in turn.Effects)
        {
            Orders.Enqueue(effect is PlanEffect.Remember ? new GuardOrder.Remember(Wait: true) : effect is PlanEffect.Alarm e ? new GuardOrder.Alarm(e.Text) : new GuardOrder.Plan(effect));
        }

        WantReturn(now);
        return turn;
    }

    /// <summary>The plan was carried out or is about to be, not as a drill.</summary>
    private bool IsOut => !Plan.Run.Dry && Plan.Phase is PlanPhase.Running or PlanPhase.Done;

    /// <summary>Who stays wakes the others once an outage has made it act: then they have left.</summary>
    private void WantReturn(Instant now)
    {
        var isOut = IsOut;
        if (isOut && !wasOut && Settings.Stays && !Settings.DryRun)
        {
            wasOut = true;
            Tell(new ReturnEvent.Wanted(Plan.Run.Why), now);
        }

        wasOut = isOut;
    }

    private void Tell(ReturnEvent seen, Instant now)
    {
        if (returning is null)
        {
            return;
        }

        var turn = ReturnMachine.Next(Settings.Return!, returning, seen, now);
        var before = ReturnRecord.Of(returning, State.Boot);
        returning = turn.State;
        if (ReturnRecord.Of(returning, State.Boot) != before)
        {
            Orders.Enqueue(new GuardOrder.Remember(Wait: false));
        }

        lastOfReturn = turn.Reason;
        if (turn.Telling)
        {
            Note(now, "return", turn.Reason, loud: false);
        }

        if (turn.Wake is { } wake)
        {
            Orders.Enqueue(new GuardOrder.Wake(wake));
        }
    }

    private GuardAnswer Ask(PlanEvent asked, Instant now)
    {
        var turn = Tell(asked, now);
        return new GuardAnswer(!turn.Refused, turn.Reason);
    }

    private void Note(Instant at, string what, string text, bool loud) => Notes.Enqueue(new GuardNote(at, what, $"{Settings.Name}: {text}", loud));

    private PlanSnapshot PlanAt(Instant? due, Instant now)
    {
        var begins = Plan.Phase is PlanPhase.Armed or PlanPhase.Idle or PlanPhase.Aborted && due is { } at ? Spans.Longer(at - now, TimeSpan.Zero) : (TimeSpan?)null;
        var steps = new List<StepSnapshot>(Steps.Count);
        for (var i = 0; i < Steps.Count; i++)
        {
            var step = PlanRules.Steps[i];
            steps.Add(new StepSnapshot(step.Name, step.Limit, step.PointOfNoReturn, Plan.Run.Begun.Contains(i), begins));
            begins += step.Longest;
        }

        return new PlanSnapshot(
            Plan.Phase.Code().Word(), Plan.Run.Why, lastOfPlan, Plan.Run.Number, Plan.Run.Dry, Plan.PastPoint, Plan.HeldBy, (Plan.Phase as PlanPhase.Running)?.Step, steps.ToValueList(),
            Plan.LastEnd is { } end ? string.Create(CultureInfo.InvariantCulture, $"run {end.Run}{(end.Dry ? ", a drill" : "")} ({end.Because}): {end.Why}{(end.Wall is null ? "" : $" ({end.Wall})")}") : null);
    }

    private static WitnessSnapshot Of(WitnessWatch watch, bool control, Instant now)
    {
        var verdict = watch.Judge.Verdict;
        return new WitnessSnapshot(watch.Subject, control, PowerCodes.Word(verdict.Health), watch.EverUp, now - verdict.Since, verdict.Evidence);
    }

    private static bool Age(WitnessWatch[] watches, Instant now)
    {
        var changed = false;
        for (var i = 0; i < watches.Length; i++)
        {
            var aged = watches[i].Look(now);
            changed |= aged.Judge.Health != watches[i].Judge.Health;
            watches[i] = aged;
        }

        return changed;
    }

    private static byte Count(WitnessWatch[] watches, Func<WitnessWatch, bool> counts) => (byte)Math.Min(watches.Count(counts), byte.MaxValue);

    private static uint Milliseconds(TimeSpan span) => (uint)Math.Clamp(span.TotalMilliseconds, 0, uint.MaxValue);

    private static Instant Earlier(Instant next, Instant? at) => at is { } a ? Instant.Earlier(next, a) : next;
}

using System.Globalization;
using System.Net;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Plans;
using Understudy.Core.Power;
using Understudy.Core.Settings;

namespace Understudy.Tests.Simulation.Power;

/// <summary>One host of a room: the production desk with its judges, its guard's machine and its plan's, on a clock of the host's own. Looks, steps and restarts are imitated.</summary>
internal sealed class RoomHost
{
    internal const double Every = 10;

    /// <summary>How long a silent witness is waited for.</summary>
    private const double Silence = 2;

    private static readonly GuardSettings s_usual = new(
        "room", [Probe(1), Probe(2)], Needed: 2, [Probe(101), Probe(102)], Alone: false, Temperatures: [], HeatSettings.Default,
        Grace: TimeSpan.FromMinutes(5), Settle: TimeSpan.FromMinutes(2), OnBlind: null, OnDisputed: null, Tier: 0, TierTimeout: TimeSpan.FromMinutes(3), Spread: TimeSpan.FromSeconds(30),
        Stays: false, DryRun: false, Countdown: TimeSpan.FromMinutes(1), GuardStepSettings.Default, Return: null);

    private static readonly ProbeReading s_good = new ProbeReading.Good("up");
    private static readonly ProbeReading s_bad = new ProbeReading.Bad("silent");
    private static readonly ProbeReading s_unread = new ProbeReading.Unread("no route");

    private readonly RoomPlan plan;
    private readonly RoomBreach breach;
    private readonly int number;
    private readonly string name;
    private readonly GuardSettings settings;
    private readonly RoomSensor? sensor;
    private readonly Trouble[] absences;
    private readonly (double From, double Until)[] windows;
    private readonly Dice dice;
    private readonly double phase;
    private readonly double rate;
    private readonly MainsVerdict[] heard = new MainsVerdict[RoomPlan.Hosts];
    private readonly double[] heardAt = new double[RoomPlan.Hosts];
    private RoomHost[] peers = [];
    private GuardDesk desk;
    private GuardMemory memory = GuardMemory.None;
    private (PlanEffect.Begin Step, double Until)? running;
    private int boot;
    private int absence;
    private int window;
    private double paused;
    private double roundAt;
    private bool hurried;
    private bool wasBegun;
    private bool begunByHeat;
    private double measureAt = double.PositiveInfinity;
    private double? silentAt;
    private int silent;
    private double? alarmFrom;

    internal RoomHost(RoomPlan plan, RoomBreach breach, int number)
    {
        (this.plan, this.breach, this.number) = (plan, breach, number);
        (name, dice) = ($"node{number + 1:00}", new Dice(plan.Dice.Next()));
        settings = s_usual with
        {
            Temperatures = plan.HasSensors ? [new TemperatureSettings.File("/t") { Name = "inlet", Every = TimeSpan.FromSeconds(Every) }] : [],
            Heat = HeatSettings.Default with { Alone = plan.HeatAlone },
            OnBlind = breach == RoomBreach.BlindIsLost ? TimeSpan.FromSeconds(1) : null,
        };
        sensor = plan.HasSensors ? new RoomSensor(plan, number, dice) : null;
        absences = [.. plan.Troubles.Where(t => t.What == number && t.IsAbsence && t.Fault != RoomFault.Reboot)];
        windows = plan.WindowsOf[number];
        phase = Spread.Phase(name, TimeSpan.FromSeconds(Every)).TotalSeconds;
        rate = 1 + ((dice.Below(2001) - 1000) / 1e7);                             // up to 100 ppm
        desk = Begin(0, GuardMemory.None);
        Log.Boots.Add(0);
        (NextAt, roundAt) = (phase, phase);
    }

    /// <summary>When something of this host is next.</summary>
    internal double NextAt { get; private set; }

    internal bool IsUp { get; private set; } = true;

    internal RoomLog Log { get; } = new();

    /// <summary>A mains witness last answered.</summary>
    internal double LitAt { get; private set; } = double.NegativeInfinity;

    /// <summary>The longest that its plan may take.</summary>
    internal static double PlanSeconds => s_usual.PlanLength.TotalSeconds;

    internal static double GraceSeconds => s_usual.Grace.TotalSeconds;

    internal static double SettleSeconds => s_usual.Settle.TotalSeconds;

    internal GuardDesk Desk => desk;

    internal RoomSensor? Sensor => sensor;

    /// <summary>Heat hastened what has begun, or was its reason, or is the reason why it goes on though the mains are not judged lost any more.</summary>
    internal bool LeavesByHeat =>
        begunByHeat || (IsWarm(desk.State.Heat) && (desk.State.Mains.Verdict == MainsVerdict.Present ? plan.HeatAlone && desk.State.Heat.IsHot : desk.State.Mains.Verdict != MainsVerdict.Lost));

    /// <summary>What began on a bucket that was not full, or on no loss, began by the heat, if there was some since it was due.</summary>
    private void NoteHeat()
    {
        var s = desk.State;
        hurried = s.Due is not null && (hurried || IsWarm(s.Heat));
        begunByHeat = s.Begun && (wasBegun ? begunByHeat : hurried && (s.Mains.Verdict != MainsVerdict.Lost || s.Bucket.Level.TotalSeconds < GraceSeconds - 5));
        wasBegun = s.Begun;
    }

    private static bool IsWarm(HeatView heat) => heat is { IsHot: true } or { CriticalIn.TotalMinutes: < 12 };

    private bool IsQuiet(double t) => desk.State is { Due: null, Mains.Verdict: not (MainsVerdict.Lost or MainsVerdict.Disputed) } s && desk.Plan.Phase is PlanPhase.Idle or PlanPhase.Aborted && running is null
        && (s.Mains.Verdict != MainsVerdict.Present || s.Bucket.Level == TimeSpan.Zero || breach == RoomBreach.NoDrain)
        && (s.Mains.Verdict != MainsVerdict.Unknown || desk.IsMute)
        && t - Log.Boots[^1] > (2 * SettleSeconds) + 30
        && (sensor is null || (s.Mains.Verdict == MainsVerdict.Present && !plan.HeatAlone) || plan.Heat.At(t) + plan.Offsets[number] < RoomHeat.Cool - 2);

    /// <summary>The year is over.</summary>
    internal void Close() => EndAlarm(double.PositiveInfinity);

    internal void Meet(RoomHost[] all) => peers = all;

    /// <summary>The host boots: nothing is known of the time before but what lies on disk.</summary>
    internal void Boot(double t)
    {
        IsUp = true;
        boot++;
        Log.Boots.Add(t);
        desk = Begin(t, GuardMemory.Read(memory.Text, settings.Name));
        Go(t);
    }

    /// <summary>The host goes down, by a plan or by itself.</summary>
    internal void Off(double t)
    {
        Log.Ends.Add(t);
        EndAlarm(t);
        (IsUp, running, silentAt, NextAt, measureAt) = (false, null, null, double.PositiveInfinity, double.PositiveInfinity);
    }

    /// <summary>The host does what is due now. True: its plan powers it off in this moment.</summary>
    internal bool Step(double t)
    {
        while (absence < absences.Length && absences[absence].Until <= t)
        {
            absence++;
        }

        if (absence < absences.Length && absences[absence].At(t))
        {
            Return(absences[absence]);
            return false;
        }

        if (silentAt is { } answered && t >= answered)
        {
            silentAt = null;
            for (var i = 0; i < 4; i++)
            {
                if ((silent & (1 << i)) != 0)
                {
                    Read(i, s_bad, t);
                }
            }
        }

        if (running is { } step && t >= step.Until)
        {
            running = null;
            desk.StepEnded(new PlanEvent.StepEnded(step.Step.Run, step.Step.Step, step.Step.Attempt, new StepOutcome.Done()), Local(t));
        }

        if (t >= roundAt)
        {
            measureAt = double.PositiveInfinity;
            roundAt = Round(t + 1e-6);
            Look(t);
            Measure(t);
            Listen(t);
        }

        else if (t >= measureAt)
        {
            Measure(t);
        }

        if (t < measureAt)
        {
            desk.Wake(Local(t));
        }

        NoteHeat();
        if (Obey(t))
        {
            return true;
        }

        if (desk.State.Mains.Verdict == MainsVerdict.Present && !desk.IsMute)
        {
            EndAlarm(t);
        }

        Plan(t);
        return false;
    }

    private void Plan(double t)
    {
        if (IsQuiet(t))
        {
            while (window < windows.Length && windows[window].Until < t)
            {
                window++;
            }

            if (window == windows.Length || windows[window].From > t + Every)
            {
                (silentAt, roundAt) = (null, window == windows.Length ? double.PositiveInfinity : Round(windows[window].From));
                // In a warm room the sensor is read on, as what came slowly is another thing than what leapt; that is all that changes.
                measureAt = sensor is not null && plan.Heat.At(t) + plan.Offsets[number] >= RoomHeat.Cool - 2 ? t + (3 * Every) : double.PositiveInfinity;
                NextAt = Math.Min(roundAt, measureAt);
                return;
            }
        }

        measureAt = double.PositiveInfinity;

        var next = Math.Min(roundAt, silentAt ?? double.PositiveInfinity);
        next = running is { } step ? Math.Min(next, step.Until) : next;
        if (desk.State.Due is not null || desk.Plan.Phase is not PlanPhase.Idle || !desk.State.Settled)
        {
            var owed = desk.Deadline(Local(t));
            next = owed == Instant.Never ? next : Math.Min(next, Math.Max(t + 0.02, Global(owed)));
        }

        NextAt = next;
    }

    /// <summary>It was away until then, in one way or another.</summary>
    private void Return(Trouble from)
    {
        var t = from.Until;
        silentAt = null;
        switch (from.Fault)
        {
            case RoomFault.Restart:
                running = null;
                desk = Begin(t, GuardMemory.Read(memory.Text, settings.Name));
                break;
            case RoomFault.Pause:
                paused += from.Until - from.From;
                running = running is { } was ? (was.Step, was.Until + from.Until - from.From) : null;
                break;
            default:
                desk.Stalled(TimeSpan.FromSeconds((from.Until - from.From) * rate), from.Fault == RoomFault.Suspend, Local(t));
                break;
        }

        Go(t);
    }

    private void Go(double t)
    {
        silentAt = null;
        (roundAt, measureAt) = (Math.Max(Round(t), t + 1e-3), double.PositiveInfinity);
        NextAt = roundAt;
    }

    private GuardDesk Begin(double t, GuardMemory known)
    {
        if (breach == RoomBreach.NeverUpVotes)
        {
            var all = settings.Mains.Concat(settings.Controls).Select(p => new WitnessMemory(p.Subject, DarkSince: null)).ToValueList();
            known = known with { Guard = new GuardRecord(settings.Name, $"boot-{boot}", TimeSpan.Zero, Local(t), LostAsOf: null, Local(t), all) };
        }

        Array.Fill(heardAt, double.NegativeInfinity);
        return new GuardDesk(settings, name, [], $"boot-{boot}", known, Local(t));
    }

    private void Look(double t)
    {
        var (routeless, toolless, core) = (plan.Any(RoomFault.NoRoute, t, number), plan.Any(RoomFault.NoProbe, t, number), plan.Any(RoomFault.Core, t, 0));
        var waits = silentAt is null ? 0 : silent;
        for (var i = 0; i < 4; i++)
        {
            if (routeless || (toolless && i < 2))
            {
                Read(i, breach == RoomBreach.UnreadIsDown ? s_bad : s_unread, t);
            }
            else if (core || !Answers(i < 2, i % 2, t))
            {
                waits |= 1 << i;
            }
            else
            {
                LitAt = i < 2 ? t : LitAt;
                waits &= ~(1 << i);
                Read(i, s_good, t);
            }
        }

        (silent, silentAt) = (waits, waits == 0 ? null : silentAt ?? t + Silence);
    }

    private void Read(int witness, ProbeReading reading, double t)
    {
        if (breach == RoomBreach.ControlsNeverGo && witness > 1 && reading is ProbeReading.Bad)
        {
            reading = s_unread;
        }

        var was = desk.State.Bucket.Level;
        desk.Read(witness > 1, witness % 2, reading, Local(t), Local(t));
        if (breach == RoomBreach.NoDrain && desk.State.Bucket.Level < was && desk.State.Due is null)
        {
            var known = desk.Memory("").Guard!;
            desk = Begin(t, new GuardMemory(known with { Level = was, CountedTo = Local(t) }, Plan: null, Problem: null));
        }
    }

    private bool Answers(bool isMains, int side, double t)
    {
        if (plan.Any(RoomFault.Switch, t, side) || plan.Any(isMains ? RoomFault.Witness : RoomFault.Control, t, side)
            || (plan.Any(RoomFault.Loss, t, side) && dice.Below(2) == 0))
        {
            return false;
        }

        return !isMains || (plan.MainsAt(t) && t - plan.BackSince(t) >= plan.Boots[side]);
    }

    private void Measure(double t)
    {
        if (sensor is null || breach == RoomBreach.HeatIgnored)
        {
            return;
        }

        if (sensor.At(t) is { } celsius)
        {
            for (var faked = breach == RoomBreach.LeapsAreBelieved && celsius > RoomHeat.Hard ? 5 : 1; faked > 0; faked--)
            {
                desk.Measured(0, new Measure.Taken(celsius - (9 * (faked - 1)), "inlet"), Local(t - (0.1 * (faked - 1))), Local(t));
            }
        }
        else
        {
            desk.Measured(0, new Measure.Unread("no such file"), Local(t), Local(t));
        }
    }

    /// <summary>What the others say, where it is another than before; and that they see the mains as often as it counts.</summary>
    private void Listen(double t)
    {
        if (plan.Any(RoomFault.Core, t, 0) || plan.Any(RoomFault.NoRoute, t, number))
        {
            return;
        }

        for (var i = 0; i < peers.Length; i++)
        {
            var verdict = peers[i].desk.State.Mains.Verdict;
            if (i != number && peers[i].IsUp && !peers[i].IsAway(t)
                && (verdict != heard[i] || (verdict == MainsVerdict.Present && desk.State.Mains.Verdict is MainsVerdict.Lost or MainsVerdict.Disputed && t - heardAt[i] >= Every)))
            {
                (heard[i], heardAt[i]) = (verdict, t);
                desk.HostSaid(peers[i].name, peers[i].desk.Entry(peers[i].Local(t)), Local(t), Local(t));
            }
        }
    }

    private bool IsAway(double t) => absence < absences.Length && absences[absence].At(t);

    /// <summary>Carries out what was ordered. True: it powers off now.</summary>
    private bool Obey(double t)
    {
        desk.Notes.Clear();
        while (desk.Orders.TryDequeue(out var order))
        {
            switch (order)
            {
                case GuardOrder.LookNow:
                    Look(t);
                    break;
                case GuardOrder.Remember:
                    // The wall clock is anything: nothing may depend on it.
                    memory = desk.Memory(string.Create(CultureInfo.InvariantCulture, $"{dice.Below(3_000_000)} s"));
                    break;
                case GuardOrder.Alarm:
                    alarmFrom ??= t;
                    break;
                case GuardOrder.Plan { Effect: PlanEffect.Begin { } begin } when desk.Steps[begin.Step] is GuardStepSettings.End:
                    return true;
                case GuardOrder.Plan { Effect: PlanEffect.Begin { } begin }:
                    running = (begin, t + 1 + (dice.Below(9000) / 1000.0));
                    break;
                case GuardOrder.Plan { Effect: PlanEffect.Cancel }:
                    running = null;
                    break;
                default:
                    break;
            }
        }

        return false;
    }

    private void EndAlarm(double t)
    {
        if (alarmFrom is { } from)
        {
            Log.Alarms.Add((from, t));
            alarmFrom = null;
        }
    }

    private double Round(double t) => (Math.Ceiling((t - phase) / Every) * Every) + phase;

    private static ProbeSettings.Icmp Probe(byte last) => new(new IPAddress([10, 0, 0, last])) { Every = TimeSpan.FromSeconds(Every), Timeout = TimeSpan.FromSeconds(2) };

    private Instant Local(double t) => new((long)(((t * rate) - paused + 1) * TimeSpan.TicksPerSecond));

    private double Global(Instant at) => ((at.Ticks / (double)TimeSpan.TicksPerSecond) + paused - 1) / rate;
}

/// <summary>What became of a host in a year, in the order of time.</summary>
internal sealed class RoomLog
{
    internal List<double> Boots { get; } = [];

    /// <summary>When it went down, however.</summary>
    internal List<double> Ends { get; } = [];

    /// <summary>A person was told of something that lasted until the mains were seen, and enough of the witnesses.</summary>
    internal List<(double From, double Until)> Alarms { get; } = [];

    /// <summary>Its plan powered it off.</summary>
    internal List<RoomLeaving> Leavings { get; } = [];

    /// <summary>It was on when its inlet became critical, and was not leaving.</summary>
    internal List<double> Cooked { get; } = [];

    /// <summary>It was up at a moment, and since when.</summary>
    internal double? UpSince(double t)
    {
        var began = Boots.FindLastIndex(b => b <= t);
        return began >= 0 && (Ends.Count <= began || Ends[began] > t) ? Boots[began] : null;
    }
}

/// <param name="At">The last step began.</param>
/// <param name="Down">The machine was off.</param>
/// <param name="ByHeat">Heat hastened it, or was its reason.</param>
internal sealed record RoomLeaving(double At, double Down, bool ByHeat);

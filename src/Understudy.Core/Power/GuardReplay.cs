using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using Understudy.Core.Plans;
using Understudy.Core.Settings;

namespace Understudy.Core.Power;

/// <summary>One thing that would have happened.</summary>
/// <param name="Wall">The wall time of the newest line before, as it stands there; null where the evidence has none.</param>
/// <param name="After">So long after that line.</param>
/// <param name="What">mains, plan, return, step, alarm; of seed 002's machine careful.</param>
public sealed record ReplayNote(Instant At, string? Wall, TimeSpan After, string What, string Text);

/// <summary>What a guard would have made of recorded evidence.</summary>
/// <param name="Lines">How many lines were its own.</param>
/// <param name="Strange">Of these, how many are of subjects that the settings do not have.</param>
/// <param name="Notes">In order.</param>
/// <param name="DownAt">When the host would have gone down; null: it would not. What was recorded after it is not looked at.</param>
/// <param name="CarefulDownAt">The same of seed 002's machine.</param>
/// <param name="End">How the guard stood at the end.</param>
public sealed record GuardReplayReport(
    string Guard, int Lines, int Strange, Instant From, Instant To, ValueList<ReplayNote> Notes, ValueList<ReplayNote> Careful, Instant? DownAt, Instant? CarefulDownAt, GuardSnapshot End);

/// <summary>Judges recorded evidence again, in time that is only counted: nothing is done, and every step is taken for done at once.</summary>
/// <remarks>
/// The settings may be other ones than those by which the evidence was recorded. The one thing that a recording cannot have then is the last look before the due moment: a witness whose next line is
/// not there in time is taken to have been found as it was found before.
/// </remarks>
public sealed class GuardReplay
{
    /// <summary>More notes are no story.</summary>
    public const int MostNotes = 10_000;

    /// <summary>Between two lines time goes on from deadline to deadline, at most so often; then it jumps.</summary>
    private const int MostWakes = 100_000;

    private readonly GuardSettings settings;
    private readonly string host;
    private readonly ValueList<string> nodes;
    private readonly IReadOnlyList<EvidenceLine> lines;
    private readonly List<ReplayNote> notes = [];
    private GuardDesk desk;
    private Instant now;
    private int place;
    private Instant? downAt;

    private GuardReplay(GuardSettings settings, string host, ValueList<string> nodes, IReadOnlyList<EvidenceLine> lines)
    {
        (this.settings, this.host, this.nodes, this.lines) = (settings, host, nodes, lines);
        now = lines[0].At;
        desk = Desk("", GuardMemory.None);
    }

    /// <param name="lines">Of any guards, in the order of recording; at least one of this one.</param>
    /// <param name="host">Whose they are.</param>
    /// <param name="nodes">All hosts that run the guard; empty: they are not known.</param>
    /// <param name="careful">Tell also what seed 002's machine would have made of the first mains witness' lines.</param>
    public static GuardReplayReport Run(GuardSettings settings, string host, ValueList<string> nodes, IEnumerable<EvidenceLine> lines, bool careful)
    {
        var ours = lines.Where(l => l.Guard == settings.Name).ToList();
        if (ours.Count == 0)
        {
            throw new ArgumentException($"no line is of the guard {settings.Name}", nameof(lines));
        }

        var replay = new GuardReplay(settings, host, nodes, ours);
        var strange = replay.Walk();
        var other = careful ? CarefulReplay.Run(settings, ours) : (Notes: (ValueList<ReplayNote>)[], DownAt: null);
        return new GuardReplayReport(
            settings.Name, ours.Count, strange, ours[0].At, replay.now, replay.notes.ToValueList(), other.Notes, replay.downAt, other.DownAt, replay.desk.Snapshot(replay.now));
    }

    private GuardDesk Desk(string boot, GuardMemory memory) => new(settings, host, nodes, boot, memory, now);

    /// <returns>How many lines are of what the settings do not have.</returns>
    private int Walk()
    {
        var strange = 0;
        Drain();
        for (place = 0; place < lines.Count && downAt is null; place++)
        {
            var line = lines[place];
            PassUntil(line.At - Absent(line));
            if (downAt is null)
            {
                strange += Take(line) ? 0 : 1;
                Drain();
            }
        }

        return strange;
    }

    /// <summary>For how long nobody of ours ran up to a line: in that time nothing was decided.</summary>
    private TimeSpan Absent(EvidenceLine line) =>
        line.What == EvidenceWhat.Started ? line.At > now ? line.At - now : TimeSpan.Zero
        : line is { What: EvidenceWhat.Stalled or EvidenceWhat.Slept, Number: { } seconds } ? TimeSpan.FromSeconds(seconds)
        : TimeSpan.Zero;

    private bool Take(EvidenceLine line)
    {
        now = Instant.Later(now, line.At);
        switch (line.What)
        {
            case EvidenceWhat.Started:
                // A line of another boot may carry a moment before the last one: its clock began anew.
                var boot = desk.State.Boot;
                now = line.At;
                desk = Desk(line.Subject, boot.Length == 0 ? GuardMemory.None : desk.Memory(line.Wall ?? ""));
                return true;
            case EvidenceWhat.Said when line.Word is { } word:
                desk.HostSaid(line.Subject, word, now, now);
                return true;
            case EvidenceWhat.Stalled or EvidenceWhat.Slept when line.Number is { } seconds:
                desk.Stalled(TimeSpan.FromSeconds(seconds), line.What == EvidenceWhat.Slept, now);
                return true;
            case EvidenceWhat.Charge:
                desk.Charged(line.Number is { } perCent ? (int)Math.Clamp(perCent, 0, 100) : null, now);
                return true;
            default:
                return Look(line) || Warm(line);
        }
    }

    private bool Look(EvidenceLine line)
    {
        var (control, at) = Witness(line.Subject);
        if (at < 0 || line.Reading is not { } reading)
        {
            return false;
        }

        desk.Read(control, at, reading, now, now);
        return true;
    }

    private bool Warm(EvidenceLine line)
    {
        var found = false;
        for (var i = 0; i < settings.Temperatures.Count; i++)
        {
            if (settings.Temperatures[i].Subject == line.Subject && line.Measure is { } measure)
            {
                desk.Measured(i, measure, now, now);
                found = true;
            }
        }

        return found;
    }

    /// <summary>Wakes the desk at each of its deadlines up to a moment.</summary>
    private void PassUntil(Instant moment)
    {
        for (var i = 0; i < MostWakes && downAt is null; i++)
        {
            var next = Instant.Later(desk.Deadline(now), now);
            if (next > moment)
            {
                break;
            }

            // A deadline that does not move on would stop the time.
            now = next > now ? next : Instant.Earlier(now + TimeSpan.FromMilliseconds(1), moment);
            desk.Wake(now);
            Drain();
            if (now >= moment)
            {
                break;
            }
        }

        if (downAt is null && moment > now)
        {
            now = moment;
            desk.Wake(now);
            Drain();
        }
    }

    /// <summary>Answers what the desk orders, and takes down what it says.</summary>
    private void Drain()
    {
        for (var i = 0; i < MostWakes && (desk.Orders.Count > 0 || desk.Notes.Count > 0); i++)
        {
            while (desk.Notes.TryDequeue(out var note))
            {
                Say(note.What, Short(note.Text));
            }

            if (downAt is null && desk.Orders.TryDequeue(out var order))
            {
                Answer(order);
            }
            else
            {
                desk.Orders.Clear();
            }
        }
    }

    private void Answer(GuardOrder order)
    {
        switch (order)
        {
            case GuardOrder.LookNow:
                LookAgain();
                break;
            case GuardOrder.Plan { Effect: PlanEffect.Begin begin }:
                Say("step", $"would begin: {begin.Name}{(begin.Dry ? " (dry)" : "")}");
                End(begin.Run, begin.Step, begin.Attempt);
                break;
            case GuardOrder.Plan { Effect: PlanEffect.Rehearse { Deed: Deed.Begin } rehearse }:
                Say("step", $"would only say what it would do: {rehearse.Name}");
                End(rehearse.Run, rehearse.Step, rehearse.Attempt);
                break;
            case GuardOrder.Plan { Effect: PlanEffect.Undo undo }:
                Say("step", $"would undo: {undo.Name}");
                break;
            case GuardOrder.Plan { Effect: PlanEffect.Warn warn }:
                Say("step", warn.Left is { } left ? $"would tell everybody: {warn.Text} ({Spans.Say(left)} left)" : $"would tell everybody: {warn.Text}");
                break;
            case GuardOrder.Wake wake:
                Say("step", $"would wake {wake.Up.Host.Node}");
                break;
            case GuardOrder.Plan or GuardOrder.Remember or GuardOrder.Alarm:
                break;      // the notes tell of it
            default:
                throw new System.Diagnostics.UnreachableException(order.ToString());
        }
    }

    private void End(long run, int step, int attempt)
    {
        if (desk.Steps[step] is GuardStepSettings.End && !desk.Plan.Run.Dry && !settings.DryRun)
        {
            downAt = now;
        }
        else if (desk.Steps[step] is not GuardStepSettings.WaitForTiers || desk.Plan.Run.Dry)
        {
            desk.StepEnded(new PlanEvent.StepEnded(run, step, attempt, new StepOutcome.Done()), now);
        }
    }

    /// <summary>A look more: what the recording has of it comes by itself; else each witness is taken to be as it was.</summary>
    private void LookAgain()
    {
        foreach (var (subject, control, at) in Witnesses())
        {
            var soon = lines.Skip(place).TakeWhile(l => l.At <= now + desk.Rules.LastLook - GuardRules.Slack - GuardRules.Slack).Any(l => l.Subject == subject && l.At >= now && l.Reading is not null);
            var last = soon ? null : lines.Take(place).LastOrDefault(l => l.Subject == subject && l.Reading is not null);
            if (last?.Reading is { } reading)
            {
                desk.Read(control, at, reading, now, now);
            }
        }
    }

    private IEnumerable<(string Subject, bool Control, int At)> Witnesses() =>
        settings.Mains.Select((m, i) => (m.Subject, false, i)).Concat(settings.Controls.Select((c, i) => (c.Subject, true, i)));

    private (bool Control, int At) Witness(string subject) =>
        Witnesses().Where(w => w.Subject == subject).Select(w => (w.Control, w.At)).Append((Control: false, At: -1)).First();

    private void Say(string what, string text)
    {
        if (notes.Count < MostNotes)
        {
            var (wall, after) = WallAt(lines, place, now);
            notes.Add(new ReplayNote(now, wall, after, what, text));
        }
    }

    /// <summary>The name is said once, above.</summary>
    private string Short(string text) => text.StartsWith(settings.Name + ": ", StringComparison.Ordinal) ? text[(settings.Name.Length + 2)..] : text;

    /// <summary>The wall time of the line before a moment, and how long after it that is.</summary>
    internal static (string? Wall, TimeSpan After) WallAt(IReadOnlyList<EvidenceLine> lines, int place, Instant at)
    {
        for (var i = Math.Min(place, lines.Count - 1); i >= 0 && i > place - 100; i--)
        {
            if (lines[i].At <= at && lines[i].Wall is { } wall)
            {
                return (wall, at - lines[i].At);
            }
        }

        return (null, TimeSpan.Zero);
    }
}

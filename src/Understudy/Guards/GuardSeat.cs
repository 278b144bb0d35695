using System.Globalization;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Ledger;
using Understudy.Core.Peers;
using Understudy.Core.Plans;
using Understudy.Core.Power;
using Understudy.Core.Settings;

namespace Understudy.Guards;

/// <summary>One guard in the daemon: its desk, its hands, and the way between them. It belongs to the guards' loop.</summary>
internal sealed class GuardSeat : IDisposable, IUnitMemory
{
    private static readonly TimeSpan s_chargeEvery = TimeSpan.FromSeconds(10);

    /// <summary>A host that says the same again is written down so often: its word counts for longer than that.</summary>
    private static readonly TimeSpan s_wordEvery = TimeSpan.FromSeconds(10);

    /// <summary>The loop turns in milliseconds.</summary>
    private static readonly TimeSpan s_takeLimit = TimeSpan.FromSeconds(2);

    private readonly GuardParts parts;
    private readonly Action<string> lookNow;
    private readonly Action<Action<Instant>> post;
    private readonly StoppedUnits stopped;
    private readonly Dictionary<string, EvidenceLine> lastWords = new(StringComparer.Ordinal);
    private readonly HashSet<string> heardHosts = new(StringComparer.Ordinal);
    private GuardHands hands;
    private Instant chargeAt;
    private bool asking;
    private bool leaving;

    /// <param name="lookNow">Has the witnesses of a guard read out of turn.</param>
    /// <param name="post">Brings an answer to the loop's thread.</param>
    internal GuardSeat(GuardParts parts, GuardSettings settings, string? remembered, Action<string> lookNow, Action<Action<Instant>> post, Instant now)
    {
        (this.parts, this.lookNow, this.post) = (parts, lookNow, post);
        stopped = StoppedUnits.Read(remembered);
        Desk = new GuardDesk(settings, parts.Node, parts.Nodes, parts.Boot, remembered is null ? GuardMemory.None : GuardMemory.Read(remembered, settings.Name), now);
        hands = NewHands();
        parts.Evidence.Append(EvidenceLine.Started(now, settings.Name, parts.Boot));
    }

    internal GuardDesk Desk { get; private set; }

    internal string Name => Desk.Settings.Name;

    /// <summary>Settings that wait for a run to be over; null for none.</summary>
    internal GuardSettings? Next { get; private set; }

    /// <summary>It is no guard of the file any more, and nothing of it is under way.</summary>
    internal bool IsOver { get; private set; }

    internal void Read(bool control, int place, ProbeReading reading, Instant at, Instant now)
    {
        var probes = control ? Desk.Settings.Controls : Desk.Settings.Mains;
        if (place >= probes.Count)
        {
            return;      // of settings that are over
        }

        parts.Evidence.Append(EvidenceLine.Of(at, Name, probes[place].Subject, reading));
        Desk.Read(control, place, reading, at, now);
    }

    internal void Measured(int place, Measure measure, Instant at, Instant now)
    {
        if (place >= Desk.Settings.Temperatures.Count)
        {
            return;
        }

        parts.Evidence.Append(EvidenceLine.Of(at, Name, Desk.Settings.Temperatures[place].Subject, measure));
        Desk.Measured(place, measure, at, now);
    }

    internal void HostSaid(string host, in GuardEntry entry, Instant at, Instant now)
    {
        Write(EvidenceLine.Of(at, Name, host, entry));
        Desk.HostSaid(host, entry, at, now);
    }

    internal void HostHeard(string host, bool isUp, Instant now)
    {
        _ = isUp ? heardHosts.Add(host) : heardHosts.Remove(host);
        Desk.HostHeard(host, isUp, now);
    }

    internal void Stalled(Stall stall, Instant now)
    {
        parts.Evidence.Append(EvidenceLine.Stalled(now, Name, stall.Span, stall.Asleep));
        Desk.Stalled(stall.Span, stall.Asleep, now);
    }

    /// <summary>What another host says comes every second, and is mostly the same.</summary>
    private void Write(EvidenceLine word)
    {
        if (!lastWords.TryGetValue(word.Subject, out var last) || last.Detail != word.Detail || word.At - last.At >= s_wordEvery)
        {
            lastWords[word.Subject] = word;
            parts.Evidence.Append(word);
        }
    }

    /// <summary>Time has passed, and everything that had come is taken in.</summary>
    internal void Wake(Instant now)
    {
        if (Next is { } next && Desk.Plan.Phase is not PlanPhase.Running)
        {
            Adopt(next, now);
        }

        Desk.Wake(now);
        AskCharge(now);
    }

    /// <summary>Puts other settings in force: at once, or when the run that is under way is over.</summary>
    internal void Change(GuardSettings settings, Instant now)
    {
        if (settings == Desk.Settings)
        {
            Next = null;
        }
        else if (Desk.Plan.Phase is PlanPhase.Running)
        {
            Next = settings;
            parts.Say(NoteLevel.Warning, GuardMessages.Adopted, $"{Name}: when the run that is under way is over");
        }
        else
        {
            Adopt(settings, now);
        }
    }

    /// <summary>It is not in the file any more: what can be called off is called off; a run that is past its point of no return goes on to its end.</summary>
    internal void Leave(Instant now)
    {
        _ = Desk.Abort("a reload", "the guard was removed", now);
        leaving = true;
    }

    /// <summary>Writes down what was decided, then gives the orders to the hands, in their order.</summary>
    internal void Carry(Instant now)
    {
        string[] alarms = [.. Desk.Orders.OfType<GuardOrder.Alarm>().Select(a => a.Text)];
        var said = new List<string>();
        while (Desk.Notes.TryDequeue(out var note))
        {
            // An alarm whose words are in a note is not written twice.
            var isAlarm = Array.Exists(alarms, a => note.Text.Contains(a, StringComparison.Ordinal));
            parts.Say(isAlarm ? NoteLevel.Error : note.Loud ? NoteLevel.Warning : NoteLevel.Information, GuardMessages.Of(note.What), note.Text);
            said.Add(note.Text);
        }

        while (Desk.Orders.TryDequeue(out var order))
        {
            if (order is GuardOrder.Alarm alarm && !said.Exists(s => s.Contains(alarm.Text, StringComparison.Ordinal)))
            {
                parts.Say(NoteLevel.Error, GuardMessages.Alarm, alarm.Text);
            }

            Carry(order, now);
        }

        IsOver |= leaving && Desk.Plan.Phase is not PlanPhase.Running;
    }

    /// <summary>What must be on the disk, as of now.</summary>
    internal Task<string?> Remember() =>
        parts.Memories.Put(Name, Desk.Memory(Wall).Text + stopped.Text);

    /// <inheritdoc/>
    public Task FoundAsync(long run, int step, ValueList<string> units)
    {
        var written = new TaskCompletionSource<Task<string?>>(TaskCreationOptions.RunContinuationsAsynchronously);
        post(_ =>
        {
            stopped.Add(run, step, units);
            written.SetResult(Remember());
        });
        return hands.OnDiskAsync(written.Task.Unwrap());
    }

    /// <inheritdoc/>
    public async Task<ValueList<string>?> TakeAsync(long run, int step)
    {
        var taken = new TaskCompletionSource<ValueList<string>?>(TaskCreationOptions.RunContinuationsAsynchronously);
        post(_ => taken.SetResult(stopped.Take(run, step)));
        try
        {
            return await taken.Task.WaitAsync(s_takeLimit, new Linux.Clocks.BootTime());
        }
        catch (TimeoutException)
        {
            return null;      // the loop's queue is full, or the loop is over
        }
    }

    /// <summary>No more orders come; what was ordered is still done.</summary>
    internal void Finish() => hands.Finish();

    public void Dispose() => hands.Dispose();

    private static string Wall => new Linux.Clocks.BootTime().GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private GuardHands NewHands() => new(
        new GuardDeeds(parts, Desk.Settings, this),
        ended => post(now => Desk.StepEnded(ended, now)),
        parts.Say, parts.Broken, new Linux.Clocks.BootTime());

    private void Adopt(GuardSettings settings, Instant now)
    {
        var memory = Desk.Memory(Wall);
        Next = null;
        Desk = new GuardDesk(settings, parts.Node, parts.Nodes, parts.Boot, memory, now);
        hands.Finish();
        hands = NewHands();
        foreach (var host in heardHosts)
        {
            Desk.HostHeard(host, isUp: true, now);
        }

        parts.Say(NoteLevel.Information, GuardMessages.Adopted, Name);
    }

    private void Carry(GuardOrder order, Instant now)
    {
        switch (order)
        {
            case GuardOrder.LookNow:
                lookNow(Name);
                break;
            case GuardOrder.Remember remember:
                var written = Remember();
                if (remember.Wait)
                {
                    hands.AwaitMemory(written);
                }

                break;
            case GuardOrder.Alarm alarm:
                hands.Alarm(alarm.Text.StartsWith($"{Name}: ", StringComparison.Ordinal) ? alarm.Text[(Name.Length + 2)..] : alarm.Text);      // people are told whose it is
                break;
            case GuardOrder.Wake wake:
                hands.Wake(wake.Up);
                break;
            case GuardOrder.Plan plan:
                Carry(plan.Effect, now);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(order.ToString());
        }
    }

    private void Carry(PlanEffect effect, Instant now)
    {
        var why = Desk.Plan.Run.Why;
        switch (effect)
        {
            case PlanEffect.Begin e when StepOf(e.Step) is { } step:
                hands.Begin(step, e, why, Desk.Heirs(now));
                break;
            case PlanEffect.Rehearse e when StepOf(e.Step) is { } step:
                hands.Rehearse(step, e, why, Desk.Heirs(now));
                break;
            case PlanEffect.Cancel e:
                hands.Cancel(e);
                break;
            case PlanEffect.Undo e when StepOf(e.Step) is { } step:
                hands.Undo(step, e, why);
                break;
            case PlanEffect.Warn e:
                hands.Warn(e);
                break;
            default:
                // Of a run of other steps than ours: nothing here knows what it was.
                parts.Say(NoteLevel.Warning, GuardMessages.Deed, $"{Name}: nobody can do {effect}");
                break;
        }
    }

    private GuardStepSettings? StepOf(int place) => place < Desk.Steps.Count ? Desk.Steps[place] : null;

    private void AskCharge(Instant now)
    {
        if (asking || now < chargeAt || Desk.Settings.Return?.Ups is not { } ups || !Desk.Returns)
        {
            return;
        }

        (asking, chargeAt) = (true, now + s_chargeEvery);
        _ = AskAsync(ups);
    }

    private async Task AskAsync(ProbeSettings.Nut ups)
    {
        var measure = await GuardEyes.ChargeAsync(ups);
        post(now =>
        {
            asking = false;
            parts.Evidence.Append(EvidenceLine.OfCharge(now, Name, ups.Subject, measure));
            Desk.Charged(measure is Measure.Taken taken ? (int)taken.Number : null, now);
        });
    }
}

using System.Globalization;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Plans;
using Understudy.Core.Power;
using Understudy.Core.Settings;

namespace Understudy.Tests.Power;

/// <summary>One host of a room: the daemon's own desk, with looks, deeds and memory on the room's clock.</summary>
internal sealed class RoomTableHost
{
    /// <summary>As the daemon's loop: a deadline that is still there is looked at again no sooner.</summary>
    private const double LeastWait = 0.02;

    private readonly RoomTableRun room;
    private readonly GuardSettings settings;
    private readonly ValueList<string> nodes;
    private readonly double phase;
    private GuardDesk desk;
    private string memory = "null\nnull\n";
    private (long Run, int Step, int Attempt)? running;
    private int life;
    private Instant wakeAt = Instant.Never;
    private bool aborted;

    /// <param name="phase">Seconds after which it looks first, 0 up to its probes' turn.</param>
    internal RoomTableHost(RoomTableRun room, string name, double phase)
    {
        (this.room, this.phase, Name) = (room, phase, name);
        settings = room.Script.SettingsOf(name);
        nodes = room.Script.Hosts.Length == 1 ? [] : room.Script.Hosts.Select(h => h.Name).ToValueList();
        desk = Begin(GuardMemory.None);
    }

    internal string Name { get; }

    internal GuardDesk Desk => desk;

    /// <summary>Seconds from the incident to the moment in which the host went down; null: it is up.</summary>
    internal double? OffAt { get; private set; }

    /// <summary>Everything that its guard told.</summary>
    internal List<string> Told { get; } = [];

    internal List<string> Warned { get; } = [];

    internal List<string> Begun { get; } = [];

    internal List<string> Undone { get; } = [];

    /// <summary>What an operator was answered who called it off; null: nobody did.</summary>
    internal GuardAnswer? Answer { get; private set; }

    internal bool IsUp => OffAt is null;

    internal void Start()
    {
        for (var i = 0; i < settings.Mains.Count; i++)
        {
            Turn(control: false, i, phase);
        }

        for (var i = 0; i < settings.Controls.Count; i++)
        {
            Turn(control: true, i, phase);
        }

        for (var i = 0; i < settings.Temperatures.Count; i++)
        {
            Measure(i, phase);
        }

        Say(phase);
        After();
    }

    /// <summary>The daemon is killed, and its memory is all that is left of it.</summary>
    internal void Die() => (life, wakeAt) = (life + 1, Instant.Never);

    internal void Rise()
    {
        desk = Begin(GuardMemory.Read(memory, settings.Name));
        Start();
    }

    /// <summary>It stood still until now.</summary>
    internal void Thaw(double seconds)
    {
        Die();      // what was on its way is too old to be a reading
        desk.Stalled(TimeSpan.FromSeconds(seconds), asleep: false, room.Now);
        Start();
    }

    internal void Hear(string host, in Core.Peers.GuardEntry entry)
    {
        if (IsUp)
        {
            desk.HostSaid(host, entry, room.Now, room.Now);
            After();
        }
    }

    private GuardDesk Begin(GuardMemory remembered) => new(settings, Name, nodes, "boot-1", remembered, room.Now);

    private void Turn(bool control, int place, double afterSeconds) => Later(afterSeconds, () =>
    {
        Look(control, place);
        Turn(control, place, (control ? settings.Controls : settings.Mains)[place].Every.TotalSeconds);
    });

    private void Look(bool control, int place)
    {
        var probe = (control ? settings.Controls : settings.Mains)[place];
        var sees = room.Script.Sees(Name, control, place, room.Seconds);
        var takes = sees switch { true => 0.002, false when !probe.Speaks => probe.Timeout.TotalSeconds, _ => 0.01 };
        ProbeReading reading = sees switch { true => new ProbeReading.Good("it answers"), false => new ProbeReading.Bad("no answer in time"), _ => new ProbeReading.Unread("no route") };
        Later(takes, () => desk.Read(control, place, reading, room.Now, room.Now));
    }

    private void Measure(int source, double afterSeconds) => Later(afterSeconds, () =>
    {
        desk.Measured(source, new Measure.Taken(Math.Round(room.Script.Inlet!(room.Seconds), 1), "inlet"), room.Now, room.Now);
        Measure(source, settings.Temperatures[source].Every.TotalSeconds);
    });

    /// <summary>Each second the others are told.</summary>
    private void Say(double afterSeconds)
    {
        if (nodes.Count > 0)
        {
            Later(afterSeconds, () =>
            {
                room.Tell(this, desk.Entry(room.Now));
                Say(1);
            });
        }
    }

    private void Later(double seconds, Action deed)
    {
        var mine = life;
        room.At(seconds, () =>
        {
            if (mine == life && IsUp && !room.IsHeld(this))
            {
                deed();
                After();
            }
        });
    }

    /// <summary>Carries out what was ordered, and asks to be woken.</summary>
    private void After()
    {
        while (IsUp && desk.Orders.TryDequeue(out var order))
        {
            Do(order);
        }

        while (desk.Notes.TryDequeue(out var note))
        {
            Told.Add(string.Create(CultureInfo.InvariantCulture, $"{room.Seconds:0.0}: {note.Text}"));
        }

        if (!aborted && room.Script.AbortWhen is { } when && Name == room.Script.Hosts[0].Name && IsUp && when(desk))
        {
            aborted = true;
            Answer = desk.Abort("ann", "the cooling is on a generator", room.Now);
            After();
            return;
        }

        var due = desk.Deadline(room.Now);
        if (due != Instant.Never && due != wakeAt)
        {
            wakeAt = due;
            var mine = (life, due);
            room.At(Math.Max(LeastWait, (due - room.Now).TotalSeconds), () => Wake(mine));
        }
    }

    /// <summary>Unless another moment has taken the place of this one.</summary>
    private void Wake((int Life, Instant At) asked)
    {
        if (asked == (life, wakeAt) && IsUp && !room.IsHeld(this))
        {
            wakeAt = Instant.Never;
            desk.Wake(room.Now);
            After();
        }
    }

    private void Do(GuardOrder order)
    {
        switch (order)
        {
            case GuardOrder.LookNow:
                for (var i = 0; i < settings.Mains.Count; i++)
                {
                    Look(control: false, i);
                }

                for (var i = 0; i < settings.Controls.Count; i++)
                {
                    Look(control: true, i);
                }

                break;
            case GuardOrder.Remember:
                memory = desk.Memory(string.Create(CultureInfo.InvariantCulture, $"{room.Seconds} s")).Text;
                break;
            case GuardOrder.Plan { Effect: PlanEffect.Warn e }:
                Warned.Add(e.Text);
                break;
            case GuardOrder.Plan { Effect: PlanEffect.Begin e }:
                Do(e);
                break;
            case GuardOrder.Plan { Effect: PlanEffect.Cancel }:
                running = null;
                break;
            case GuardOrder.Plan { Effect: PlanEffect.Undo e }:
                Undone.Add(e.Name);
                break;
            default:
                break;      // an alarm is in the notes too; nobody is woken here
        }
    }

    private void Do(PlanEffect.Begin begin)
    {
        var step = desk.Steps[begin.Step];
        Begun.Add(begin.Name);
        if (step is GuardStepSettings.WaitForTiers || room.Script.Does(Name, step, begin.Attempt) is not { } end)
        {
            return;      // the desk sees by itself when the others have gone; what hangs never ends
        }

        var mine = (begin.Run, begin.Step, begin.Attempt);
        running = mine;
        Later(end.Seconds, () =>
        {
            if (running != mine)
            {
                return;      // it was cancelled
            }

            if (step is GuardStepSettings.End)
            {
                OffAt = room.Seconds;
                return;
            }

            desk.StepEnded(new PlanEvent.StepEnded(begin.Run, begin.Step, begin.Attempt, end.Outcome), room.Now);
        });
    }
}

namespace Understudy.Tests.Simulation.Power;

/// <summary>What goes wrong in a room.</summary>
internal enum RoomFault
{
    /// <summary>The mains are gone: for the cooling and both mains witnesses.</summary>
    Outage,

    /// <summary>The switch between the hosts and a witness with its control reboots or is away; <see cref="Trouble.What"/> is which.</summary>
    Switch,

    /// <summary>The switch before all hosts is away: nothing is reached, and no peer is heard.</summary>
    Core,

    /// <summary>A mains witness is dead, though its mains are there.</summary>
    Witness,

    /// <summary>A control is dead.</summary>
    Control,

    /// <summary>Half of all looks through one switch are lost.</summary>
    Loss,

    /// <summary>One host has no route: it cannot look.</summary>
    NoRoute,

    /// <summary>One host has no program or permission to look at the mains witnesses, for good; the controls are looked at in another way.</summary>
    NoProbe,

    /// <summary>One host stands still.</summary>
    Freeze,

    /// <summary>One host's daemon is away and comes back.</summary>
    Restart,

    /// <summary>One host reboots.</summary>
    Reboot,

    /// <summary>One host is suspended.</summary>
    Suspend,

    /// <summary>One virtual host is stopped with all its clocks: it never comes to know of it.</summary>
    Pause,

    /// <summary>A host's sensor is not there any more, or never was.</summary>
    SensorGone,

    /// <summary>It shows what it showed, whatever the room does.</summary>
    SensorStuck,

    /// <summary>It shows 85 degrees.</summary>
    SensorHot,

    /// <summary>One look in twenty shows nonsense.</summary>
    SensorWild,
}

/// <summary>One thing that is wrong for a while. Seconds of the year.</summary>
/// <param name="What">Which switch, witness, control or host.</param>
internal sealed record Trouble(RoomFault Fault, double From, double Until, int What)
{
    internal bool At(double t) => t >= From && t < Until;

    internal bool Touches(double from, double until) => From < until && Until > from;

    /// <summary>It matters to a host: it is about all of them, or about this one.</summary>
    internal bool Concerns(int host) => Fault < RoomFault.NoRoute || What == host;

    /// <summary>The host itself does not run.</summary>
    internal bool IsAbsence => Fault is RoomFault.Freeze or RoomFault.Restart or RoomFault.Reboot or RoomFault.Suspend or RoomFault.Pause;

    internal bool IsOfSensor => Fault >= RoomFault.SensorGone;
}

/// <summary>One year of one room, drawn from a seed: two mains witnesses on two switches, a control beside each, six hosts behind a third switch.</summary>
/// <remarks>At most one thing lies dead for long at a time, as somebody reads the alarms; all else may come together as it likes. A witness that was
/// never up is dead from the first day on; in some rooms both were never up.</remarks>
internal sealed class RoomPlan
{
    internal const double Year = 365 * 86_400.0;
    internal const int Hosts = 6;

    /// <summary>So long after a change every reading has been made often enough to be judged, and what it led to is under way; a room where something still is goes on until it is quiet.</summary>
    private const double After = 60;

    /// <summary>So long before a change a host that slept through the calm begins to look.</summary>
    private const double Before = 30;

    /// <summary>Troubles by fault and what they are about, in order.</summary>
    private readonly Trouble[][] kinds;

    internal RoomPlan(ulong seed)
    {
        var dice = new Dice(seed);
        var all = new List<Trouble>();
        double When() => 900 + dice.Ticks(0, (long)(Year - 90_000)) + (dice.Below(1_000_000) / 1e6);
        void Add(RoomFault fault, double from, double seconds, int what = 0) => all.Add(new(fault, from, Math.Min(Year, from + seconds), what));

        for (var i = dice.Below(7); i > 0; i--)
        {
            Add(RoomFault.Outage, When(), dice.Below(10) switch
            {
                < 3 => 1 + dice.Below(30),
                < 6 => 30 + dice.Below(240),
                < 8 => 270 + dice.Below(60),
                _ => 360 + dice.Below(10_000),
            });
        }

        if (dice.Below(4) == 0)
        {
            var at = When();
            for (var i = 3 + dice.Below(20); i > 0; i--)
            {
                var lost = 10.0 + dice.Below(120);
                Add(RoomFault.Outage, at, lost);
                at += lost + 5 + dice.Below(120);
            }
        }

        for (var i = dice.Below(4); i > 0; i--)
        {
            Add(RoomFault.Switch, When(), 20 + dice.Below(1200), dice.Below(2));
        }

        for (var i = dice.Below(3); i > 0; i--)
        {
            Add(RoomFault.Core, When(), 20 + dice.Below(1200));
        }

        for (var i = dice.Below(4); i > 0; i--)
        {
            Add(RoomFault.Loss, When(), 30 + dice.Below(900), dice.Below(2));
        }

        var dead = dice.Below(8) switch { 0 => RoomFault.Witness, 1 => RoomFault.Control, _ => (RoomFault?)null };
        if (dead is { } fault)
        {
            var from = dice.Below(3) == 0 ? 0 : When();
            Add(fault, from, dice.Below(2) == 0 ? Year : 3600 + dice.Below(1_000_000), dice.Below(2));
        }

        if (dice.Below(20) == 0)
        {
            Add(RoomFault.Witness, 0, Year, 0);                                // both addresses are misspelt: nobody ever sees one up
            Add(RoomFault.Witness, 0, Year, 1);
        }

        // Half of the hosts' own troubles come while something else is going on: that is where they hurt.
        for (var i = dice.Below(6); i > 0; i--)
        {
            var near = all.Count > 0 && dice.Below(2) == 0 ? all[dice.Below(all.Count)] : null;
            var at = near is null ? When() : Math.Clamp(near.From - 60 + dice.Below(600), 0, Year - 90_000);
            var (kind, seconds) = dice.Below(7) switch
            {
                5 => (RoomFault.Suspend, 5.0 + dice.Below(2000)),
                6 => (RoomFault.Pause, 2 + dice.Below(300)),
                0 => (RoomFault.NoRoute, 30.0 + dice.Below(3600)),
                1 => (RoomFault.NoProbe, Year),
                2 => (RoomFault.Freeze, 5 + dice.Below(300)),
                3 => (RoomFault.Restart, 1 + dice.Below(60)),
                _ => (RoomFault.Reboot, 60 + dice.Below(300)),
            };
            Add(kind, at, seconds, dice.Below(Hosts));
        }

        Dice = dice;
        HasSensors = dice.Below(5) != 0;
        HeatAlone = dice.Below(2) == 0;
        Grain = dice.Below(3) switch { 0 => 1, 1 => 0.5, _ => 0.1 };
        Offsets = [.. Enumerable.Range(0, Hosts).Select(_ => dice.Below(30) / 10.0)];
        if (HasSensors)
        {
            for (var i = dice.Below(4); i > 0; i--)
            {
                var at = dice.Below(3) == 0 ? 0 : all.Count > 0 && dice.Below(2) == 0 ? Math.Max(0, all[dice.Below(all.Count)].From - 300 + dice.Below(600)) : When();
                Add(RoomFault.SensorGone + dice.Below(4), at, dice.Below(2) == 0 ? Year : 600 + dice.Below(100_000), dice.Below(Hosts));
            }
        }

        Troubles = [.. all.OrderBy(t => t.From)];
        kinds = new Trouble[((int)RoomFault.SensorWild + 1) * Hosts][];
        Array.Fill(kinds, []);
        foreach (var kind in Troubles.GroupBy(t => ((int)t.Fault * Hosts) + t.What))
        {
            kinds[kind.Key] = [.. kind];
        }

        Outages = Merge([.. Troubles.Where(t => t.Fault == RoomFault.Outage).Select(t => (t.From, t.Until))]);
        Heat = new RoomHeat(dice, Outages);
        Windows = Around(Troubles.Where(t => !t.IsOfSensor), [], 60, 100);        // seed 002 looks once a minute
        WindowsOf = [.. Enumerable.Range(0, Hosts).Select(h => Around(Troubles.Where(t => t.Concerns(h)), Heat.Reaches(RoomHeat.Cool - 2 - Offsets[h]), Before, After))];
        Boots = [.. Enumerable.Range(0, 2).Select(_ => 5.0 + dice.Below(25))];
    }

    internal Trouble[] Troubles { get; }

    internal (double From, double Until)[] Outages { get; }

    internal RoomHeat Heat { get; }

    /// <summary>Every host has a sensor; else none.</summary>
    internal bool HasSensors { get; }

    /// <summary>The setting <c>heat.alone</c>.</summary>
    internal bool HeatAlone { get; }

    /// <summary>What the sensors round to, degrees.</summary>
    internal double Grain { get; }

    /// <summary>So much warmer it is at each host than where it is coolest.</summary>
    internal double[] Offsets { get; }

    /// <summary>Windows of each host alone.</summary>
    internal (double From, double Until)[][] WindowsOf { get; }

    /// <summary>When something changes, with room before and after; in between every host sees what it saw before.</summary>
    internal (double From, double Until)[] Windows { get; }

    /// <summary>So long a mains witness takes from its mains to its first answer.</summary>
    internal double[] Boots { get; }

    internal Dice Dice { get; }

    internal bool MainsAt(double t)
    {
        foreach (var outage in Outages)
        {
            if (t < outage.Until)
            {
                return t < outage.From;
            }
        }

        return true;
    }

    /// <summary>Since when the mains are there; minus infinity where they were never lost before.</summary>
    internal double BackSince(double t)
    {
        var back = double.NegativeInfinity;
        foreach (var outage in Outages)
        {
            if (outage.Until > t)
            {
                break;
            }

            back = outage.Until;
        }

        return back;
    }

    internal bool Any(RoomFault fault, double t, int what)
    {
        foreach (var trouble in kinds[((int)fault * Hosts) + what])
        {
            if (trouble.From > t)
            {
                return false;
            }

            if (t < trouble.Until)
            {
                return true;
            }
        }

        return false;
    }

    private static (double From, double Until)[] Around(IEnumerable<Trouble> troubles, IEnumerable<double> moments, double before, double after) => Merge([
        .. moments.Select(m => (m - before, m + after)),
        .. troubles.SelectMany(t => t.Fault == RoomFault.Loss ? [(t.From - before, t.Until + after)] : new[] { (t.From - before, t.From + after), (t.Until - before, t.Until + after) })]);

    private static (double From, double Until)[] Merge((double From, double Until)[] spans)
    {
        var merged = new List<(double From, double Until)>();
        foreach (var span in spans.OrderBy(s => s.From))
        {
            if (merged.Count > 0 && span.From <= merged[^1].Until)
            {
                merged[^1] = (merged[^1].From, Math.Max(merged[^1].Until, span.Until));
            }
            else
            {
                merged.Add((Math.Max(0, span.From), span.Until));
            }
        }

        return [.. merged];
    }
}

using System.Text;

namespace Understudy.Tests.Simulation.Power;

/// <summary>What came of some room-years.</summary>
internal sealed record RoomScore
{
    private const int MostExamples = 20;

    /// <summary>Power-offs while the mains were there, which nothing but a wrong belief explains. To be 0.</summary>
    internal int False { get; set; }

    /// <summary>True outages beyond the grace and the plan, once for each host that was up at their beginning and past its settling.</summary>
    internal int Owed { get; set; }

    /// <summary>Of these, ended in an orderly power-off within the grace and the plan.</summary>
    internal int Done { get; set; }

    /// <summary>Hosts that were on when their inlets became critical in an outage.</summary>
    internal int Cooked { get; set; }

    /// <summary>Of outcomes that must not be.</summary>
    internal int Broken { get; set; }

    /// <summary>Everything by its own name.</summary>
    internal SortedDictionary<RoomOutcome, int> Outcomes { get; } = [];

    /// <summary>What must not be, in words; the first ones.</summary>
    internal List<string> Examples { get; } = [];

    internal void Count(RoomOutcome outcome, Func<string>? what = null)
    {
        Outcomes[outcome] = Outcomes.GetValueOrDefault(outcome) + 1;
        if (outcome >= RoomOutcome.FalseWithMains)
        {
            Broken++;
            if (Examples.Count < MostExamples)
            {
                Examples.Add($"{outcome}: {what?.Invoke()}");
            }
        }
    }

    internal void Add(RoomScore other)
    {
        (False, Owed, Done, Cooked, Broken) = (False + other.False, Owed + other.Owed, Done + other.Done, Cooked + other.Cooked, Broken + other.Broken);
        Examples.AddRange(other.Examples.Take(MostExamples - Examples.Count));
        foreach (var (outcome, times) in other.Outcomes)
        {
            Outcomes[outcome] = Outcomes.GetValueOrDefault(outcome) + times;
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var outcome in Enum.GetValues<RoomOutcome>())
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"  {Outcomes.GetValueOrDefault(outcome),9}  {Words(outcome)}\n");
        }

        return text.ToString();
    }

    private static string Words(RoomOutcome outcome) => outcome switch
    {
        RoomOutcome.InOrder => "in order, within grace + plan",
        RoomOutcome.InOrderSooner => "in order, sooner than the grace, as the room heated",
        RoomOutcome.InOrderLaterOwn => "in order, later by no more than this host itself was frozen, stopped, asleep or restarting (and settled)",
        RoomOutcome.InOrderLaterBlind => "in order, later by no more than it could not tell, or itself was away",
        RoomOutcome.InOrderByHeat => "in order by heat, before critical, as it could not tell otherwise",
        RoomOutcome.InOrderAsRoomFailed => "in order but not before critical: the room lasted less than countdown, plan and a minute of measuring",
        RoomOutcome.OverBefore => "mains back before it was due, its own absence or blindness counted",
        RoomOutcome.StayedTold => "stayed, could not tell, and never became critical: an alarm was said before the grace was over",
        RoomOutcome.RebootedTold => "stayed, as it rebooted in the outage and never saw the mains: an alarm was said",
        RoomOutcome.CriticalUnmeasured => "critical: it could not tell, and had no sensor that shows the truth; an alarm was said",
        RoomOutcome.CriticalAway => "critical while it was frozen, asleep, restarting or settling",
        RoomOutcome.NotUp => "(was not up and settled at the outage's beginning: not counted)",
        RoomOutcome.ShortByHeat => "left in a shorter outage, as the room heated",
        RoomOutcome.ShortFlapping => "left in a shorter outage, as others just before had filled the bucket",
        RoomOutcome.AtReturn => "left in the seconds between the return of the mains and the first answer of what boots on them",
        RoomOutcome.ClockStood => "left with mains, as the host and all its clocks were stopped between its last look and the deed",
        RoomOutcome.OverheatedLeft => "left with mains, as the room really was hot: a broken air conditioner, or one that has not restarted",
        RoomOutcome.OverheatedStayed => "stayed with mains in a room that became critical (alone: false, or no true sensor)",
        RoomOutcome.FalseWithMains => "LEFT WITH MAINS, WITHOUT HEAT",
        RoomOutcome.Early => "LEFT WITHIN THE GRACE, WITHOUT HEAT",
        RoomOutcome.LaterUnexplained => "LATER THAN ANYTHING EXPLAINS",
        RoomOutcome.Missed => "MISSED WITHOUT ANY FAULT",
        RoomOutcome.CriticalMeasured => "CRITICAL THOUGH ITS SENSOR SHOWED IT",
        RoomOutcome.StayedSilent => "STAYED WITHOUT AN ALARM",
        _ => outcome.ToString(),
    };
}

/// <summary>How an outage ended for a host, or a host by a guard. From <see cref="FalseWithMains"/> on: what must not be.</summary>
internal enum RoomOutcome
{
    InOrder,
    InOrderSooner,
    InOrderLaterOwn,
    InOrderLaterBlind,
    InOrderByHeat,
    InOrderAsRoomFailed,
    OverBefore,
    StayedTold,
    RebootedTold,
    CriticalUnmeasured,
    CriticalAway,
    NotUp,
    ShortByHeat,
    ShortFlapping,
    AtReturn,
    ClockStood,
    OverheatedLeft,
    OverheatedStayed,
    FalseWithMains,
    Early,
    LaterUnexplained,
    Missed,
    CriticalMeasured,
    StayedSilent,
}

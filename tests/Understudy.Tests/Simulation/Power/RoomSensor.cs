namespace Understudy.Tests.Simulation.Power;

/// <summary>A host's thermometer.</summary>
internal sealed class RoomSensor(RoomPlan plan, int host, Dice dice)
{
    private readonly Trouble[] troubles = [.. plan.Troubles.Where(t => t.IsOfSensor && t.What == host)];

    /// <summary>What it shows, degrees Celsius; null: nothing.</summary>
    internal double? At(double t)
    {
        var trouble = TroubleAt(t);
        return trouble?.Fault switch
        {
            RoomFault.SensorGone => null,
            RoomFault.SensorHot => 85 + (dice.Below(2) * plan.Grain),
            RoomFault.SensorStuck => Shown(trouble.From),
            RoomFault.SensorWild when dice.Below(20) == 0 => dice.Below(8) switch { 0 => -128, 1 => 127, 2 => 255, 3 => 0, 4 => double.NaN, _ => dice.Below(126) },
            _ => Shown(t),
        };
    }

    /// <summary>It shows what is, all through a span.</summary>
    internal bool IsTrue(double from, double until) => !troubles.Any(t => t.Touches(from, until));

    private Trouble? TroubleAt(double t)
    {
        foreach (var trouble in troubles)
        {
            if (trouble.At(t))
            {
                return trouble;
            }
        }

        return null;
    }

    private double Shown(double t) => Math.Round((plan.Heat.At(t) + plan.Offsets[host] + (dice.Below(5) * 0.1) - 0.2) / plan.Grain) * plan.Grain;
}

namespace Understudy.Tests.Simulation.Power;

/// <summary>How warm a room is over its year, in degrees Celsius, as straight lines between bends: it rises while the cooling is away, up to where walls take what the machines give, and falls after.</summary>
internal sealed class RoomHeat
{
    /// <summary>What the settings say of it (<see cref="Understudy.Core.Settings.HeatSettings.Default"/>).</summary>
    internal const double Cool = 27, Hard = 40, Critical = 45;

    private readonly List<(double At, double Celsius)> bends = [];

    /// <param name="outages">When the mains are gone, in order and apart.</param>
    internal RoomHeat(Dice dice, (double From, double Until)[] outages)
    {
        var calm = 18 + (dice.Below(35) / 10.0);
        // From a room with a few machines, which lasts for hours, to racks of 5 kW: published, they shut themselves down after 3 min 9 s, which is 6.6 degrees a minute from 24 °C.
        Rises = 0.05 * Math.Pow(6.6 / 0.05, dice.Below(1000) / 1000.0) / 60;
        var falls = (0.2 + (dice.Below(20) / 10.0)) / 60;
        var most = calm + 6 + dice.Below(40);
        var (lag, restarts) = (dice.Below(3) == 0 ? 0.0 : dice.Below(300), dice.Below(8) == 0 ? 1800.0 : dice.Below(600));
        var spans = outages.Where(o => o.Until - o.From > lag + 1).Select(o => (From: o.From + lag, Until: o.Until + restarts, Rate: Rises)).ToList();
        if (dice.Below(6) == 0)
        {
            var from = 900 + dice.Ticks(0, (long)(RoomPlan.Year - 200_000));
            Broken = (from, from + 3600 + dice.Below(20_000));
            spans.Add((Broken.From, Broken.Until, 0.02 * Math.Pow(50, dice.Below(1000) / 1000.0) / 60));
        }

        var (now, celsius) = (0.0, calm);
        bends.Add((now, celsius));
        foreach (var span in spans.OrderBy(s => s.From))
        {
            Go(span.From, calm, -falls);
            Go(span.Until, most, span.Rate);
        }

        Go(RoomPlan.Year * 2, calm, -falls);

        void Go(double until, double level, double rate)
        {
            if (until <= now)
            {
                return;
            }

            var reached = now + Math.Max(0, (level - celsius) / rate);
            if (reached > now && reached < until)
            {
                bends.Add((reached, level));
                (now, celsius) = (reached, level);
            }

            celsius = reached >= until ? celsius + (rate * (until - now)) : celsius;
            now = until;
            bends.Add((now, celsius));
        }
    }

    /// <summary>Degrees a second while the cooling has no mains.</summary>
    internal double Rises { get; }

    /// <summary>When the air conditioner itself is broken; as long as nothing where it never is.</summary>
    internal (double From, double Until) Broken { get; }

    internal double At(double t)
    {
        var i = After(t);
        return i == 0 ? bends[0].Celsius : i == bends.Count ? bends[^1].Celsius : Between(i, t);
    }

    /// <summary>It was rising at this moment, or within so many seconds before.</summary>
    internal bool Rose(double t, double within) => At(t) > At(Math.Max(0, t - within)) + 0.1;

    /// <summary>When it comes to a level from below.</summary>
    internal IEnumerable<double> Reaches(double level)
    {
        for (var i = 1; i < bends.Count; i++)
        {
            if (bends[i - 1].Celsius < level && bends[i].Celsius >= level)
            {
                yield return bends[i - 1].At + ((level - bends[i - 1].Celsius) / (bends[i].Celsius - bends[i - 1].Celsius) * (bends[i].At - bends[i - 1].At));
            }
        }
    }

    /// <summary>The first moment from here on in which it is below a level.</summary>
    internal double Below(double level, double from)
    {
        for (var t = from; ; t += 60)
        {
            if (At(t) < level || t > RoomPlan.Year * 2)
            {
                return t;
            }
        }
    }

    private double Between(int i, double t)
    {
        var (a, b) = (bends[i - 1], bends[i]);
        return a.Celsius + ((b.Celsius - a.Celsius) * (t - a.At) / (b.At - a.At));
    }

    /// <summary>The place of the first bend that is later.</summary>
    private int After(double t)
    {
        var (low, high) = (0, bends.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = bends[middle].At > t ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}

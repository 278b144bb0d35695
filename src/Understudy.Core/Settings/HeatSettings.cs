namespace Understudy.Core.Settings;

/// <summary>What temperatures mean to a guard, in degrees Celsius. They must fit the place that is measured: an inlet's are not a processor's.</summary>
/// <param name="Cool">Below this there is time. 27 °C unless set: the upper end of what ASHRAE TC 9.9 recommends for inlets.</param>
/// <param name="Hard">From here on there is no time to wait for. 40 °C unless set: the upper end of class A3's allowable range.</param>
/// <param name="Critical">Where machines switch themselves off. 45 °C unless set: the upper end of class A4's.</param>
/// <param name="ExtendTo">While it is cool the grace goes on, up to so long; null: never longer than the grace.</param>
/// <param name="Margin">What shall be left when the plan is done, before the critical temperature is reached.</param>
/// <param name="Rises">Degrees a minute that the room rises without cooling, as known to the operator, or null. Only <c>check</c> uses it.</param>
/// <param name="Alone">Heat from <paramref name="Hard"/> on takes the host down even while the mains are there.</param>
/// <param name="Window">Over which span the slope is measured.</param>
public sealed record HeatSettings(
    double Cool, double Hard, double Critical, TimeSpan? ExtendTo, TimeSpan Margin, double? Rises, bool Alone, TimeSpan Window)
{
    /// <summary>What a guard gets that does not mention heat.</summary>
    public static HeatSettings Default { get; } =
        new(Cool: 27, Hard: 40, Critical: 45, ExtendTo: null, TimeSpan.FromMinutes(1), Rises: null, Alone: false, TimeSpan.FromMinutes(3));

    /// <summary>How long the room lasts from <see cref="Cool"/> to <see cref="Critical"/>; null where nobody said how fast it heats.</summary>
    public TimeSpan? Lasts => Rises is { } degrees ? TimeSpan.FromMinutes((Critical - Cool) / degrees) : null;


    internal static HeatSettings Read(Section at)
    {
        var heat = new HeatSettings(
            Cool: at.Number("cool", Default.Cool, 0, 120, "Degrees Celsius below which there is time: the grace may go on up to `extend_to`. 27 is the upper end of what ASHRAE TC 9.9 recommends for inlets."),
            Hard: at.Number("hard", Default.Hard, 0, 120, "From so many degrees on nothing is waited for once the mains are lost, blind, disputed or cannot be read."),
            Critical: at.Number("critical", Default.Critical, 0, 150, "Degrees at which machines switch themselves off: the plan is begun in time to be done before, as the temperature rises now."),
            ExtendTo: at.SpanOr("extend_to", "never", "1s", "24h", "How long the grace may become while it is cool."),
            Margin: at.Span("margin", Default.Margin, "0ms", "1h", "What shall be left between the end of the plan and the critical temperature."),
            Rises: at.Value<double?>("rises", Degrees, new("degrees a minute", "not known", "0.01..60",
                "How fast the room heats without cooling, as you know it. `check` then refuses a grace and plan that last longer than the room, from `cool` to `critical`. "
                + "Published: racks of 5 kW shut themselves down after about 3 minutes, of 10 kW after less than one."), null),
            Alone: at.Flag("alone", fallback: false, "From `hard` on the plan runs even while the mains are there: the cooling itself may have failed."),
            Window: at.Span("window", Default.Window, "30s", "1h", "Over which span the rise is measured."));
        at.Require("hard", heat.Cool < heat.Hard, $"is {heat.Hard:0.##}, must be more than cool {heat.Cool:0.##}", "cool");
        at.Require("critical", heat.Hard <= heat.Critical, $"is {heat.Critical:0.##}, must be at least hard {heat.Hard:0.##}", "hard");
        return heat;
    }

    private static string? Degrees(string text, out double? value)
    {
        value = null;
        if (Scalars.Number(text, out var number) is { } problem)
        {
            return problem;
        }

        value = number;
        return number is >= 0.01 and <= 60 ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"is {number}, must be 0.01..60 degrees a minute");
    }
}

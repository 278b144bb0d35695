using Understudy.Core.Settings;

namespace Understudy.Core.Power;

/// <summary>One look at a temperature.</summary>
public abstract record TemperatureReading
{
    private TemperatureReading()
    {
    }

    /// <summary>So many degrees Celsius.</summary>
    public sealed record Degrees(double Celsius) : TemperatureReading;

    /// <summary>It could not be read. Never evidence of cold or heat.</summary>
    public sealed record Unread(string Reason) : TemperatureReading;
}

/// <summary>How warm it is, as far as we can see.</summary>
/// <param name="Hottest">Degrees Celsius of the hottest place; null where nothing was read of late.</param>
/// <param name="Place">Which one it is.</param>
/// <param name="PerMinute">How fast the place that will be critical first rises, in degrees a minute; null where nothing rises for certain.</param>
/// <param name="CriticalIn">When it will be critical at that rate; null where nothing rises for certain.</param>
/// <param name="IsHot">A place was at the hard limit or above for several looks in a row.</param>
/// <param name="IsCool">Something was read, and all of it is below the cool limit.</param>
public sealed record HeatView(double? Hottest, string Place, double? PerMinute, TimeSpan? CriticalIn, bool IsHot, bool IsCool)
{
    /// <summary>Nobody measures.</summary>
    public static HeatView None { get; } = new(Hottest: null, "", PerMinute: null, CriticalIn: null, IsHot: false, IsCool: false);
}

/// <summary>Judges the heat by readings of several sources at several places.</summary>
/// <remarks>The slope is that of a least-squares line through what was read within <see cref="HeatSettings.Window"/>. It counts only with enough
/// readings over enough of the window, and when it is more than twice its own standard error, so that a sensor that jitters does not hasten. The largest step between two readings counts no more
/// than the next one, for the same time: a room rises all the while, and a sensor that was stuck and shows the truth again rises once.
/// A place whose source changes begins anew: two sensors differ by more than a room heats in a minute. Readings that no room has are Unread.
/// <para>A room does not leap. A reading that is further from the last than a room gets in that time is held back until the next one says the same, so that one wrong value neither heats nor
/// cools. What is at the hard limit or above and came there by a leap, or was so from the first look on, is a stuck sensor as far as anyone can tell: it is shown, and it is not believed until it has
/// been below the limit or has risen by <see cref="Moves"/> while we looked.</para></remarks>
public sealed record HeatJudge
{
    /// <summary>So many looks in a row at the hard limit or above are Hot: one wrong value must not take a host down.</summary>
    public const int HotLooks = 3;

    /// <summary>What is colder than this, or hotter than <see cref="Hottest"/>, is a broken sensor: 8-bit ones show -128, -1, 127 or 255 when they are.</summary>
    public const double Coldest = -40;

    public const double Hottest = 126;

    /// <summary>Degrees between two looks that are no leap however soon they follow each other: the difference of two sensors of one place, the grain of an 8-bit one.</summary>
    public const double Step = 10;

    /// <summary>Degrees a minute that no room heats: racks of 5 kW shut themselves down after 3 min 9 s (published by Opengate), from 24 to 45 °C, which is 6.7 degrees a minute.</summary>
    public const double Fastest = 10;

    /// <summary>A sensor that never was below the hard limit is believed when it has risen by so many degrees: more than one that is stuck trembles.</summary>
    public const double Moves = 3;

    private const int Enough = 5;
    private const int Most = 64;

    private readonly HeatSettings settings;
    private readonly ValueList<TemperatureSettings> sources;
    private readonly ValueList<Heard> heard;
    private readonly ValueList<HeatPlace> places;

    /// <summary>A judge that has read nothing.</summary>
    public HeatJudge(HeatSettings settings, ValueList<TemperatureSettings> sources)
    {
        (this.settings, this.sources) = (settings, sources);
        heard = sources.Select(_ => new Heard(At: null)).ToValueList();
        places = sources.Select(s => s.Name).Distinct(StringComparer.Ordinal).Select(n => new HeatPlace(n, Source: -1, HotRow: 0, Low: double.MaxValue, Believed: false, Odd: null, [])).ToValueList();
    }

    /// <summary>Takes one reading.</summary>
    /// <param name="source">The source's place in the settings, from 0.</param>
    /// <param name="reading">What was read.</param>
    /// <param name="at">When.</param>
    public HeatJudge Hear(int source, TemperatureReading reading, Instant at)
    {
        if (reading is not TemperatureReading.Degrees { Celsius: >= Coldest and <= Hottest } read)
        {
            return this;
        }

        var (fresh, updated) = (heard.AsSpan().ToArray(), places.AsSpan().ToArray());
        fresh[source] = new Heard(at);
        foreach (ref var place in updated.AsSpan())
        {
            place = place.Name == sources[source].Name && FirstFresh(fresh, place.Name, at) == source ? Add(place, source, read.Celsius, at) : place;
        }

        return new(this, ValueList.Create<Heard>(fresh), ValueList.Create<HeatPlace>(updated));
    }

    /// <summary>What all places say at a moment.</summary>
    public HeatView View(Instant now)
    {
        var view = HeatView.None;
        foreach (var place in places)
        {
            if (place.Source < 0 || place.Samples.Count == 0 || !IsFresh(new Heard(place.Samples[^1].At), place.Source, now))
            {
                continue;
            }

            var celsius = place.Samples[^1].Celsius;
            var slope = place.Believed ? Slope(place, now) : null;
            TimeSpan? left = slope is { } rise ? Left(celsius, rise) : null;
            var sooner = left is { } l && (view.CriticalIn is not { } other || l < other);
            var hottest = view.Hottest is not { } most || celsius > most;
            view = new(
                hottest ? celsius : view.Hottest,
                hottest ? place.Name : view.Place,
                sooner ? slope : view.PerMinute,
                sooner ? left : view.CriticalIn,
                view.IsHot || (place.Believed && place.HotRow >= HotLooks),
                IsCool: (view.Hottest is null || view.IsCool) && celsius < settings.Cool);
        }

        return view;
    }

    /// <summary>Places that read as hot and are not believed, in a few words each.</summary>
    public IEnumerable<string> Doubts() => places.Where(p => !p.Believed && p.Samples.Count > 0 && p.HotRow >= HotLooks).Select(p => p.Name);

    private HeatJudge(HeatJudge was, ValueList<Heard> heard, ValueList<HeatPlace> places)
    {
        (settings, sources) = (was.settings, was.sources);
        (this.heard, this.places) = (heard, places);
    }

    private TimeSpan Left(double celsius, double perMinute)
    {
        var minutes = (settings.Critical - celsius) / perMinute;
        return minutes <= 0 ? TimeSpan.Zero : TimeSpan.FromMinutes(Math.Min(minutes, 60 * 24));
    }

    private int FirstFresh(ReadOnlySpan<Heard> fresh, string place, Instant at)
    {
        for (var i = 0; i < sources.Count; i++)
        {
            if (sources[i].Name == place && IsFresh(fresh[i], i, at))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>A source is believed for three of its turns and one look.</summary>
    private bool IsFresh(Heard read, int source, Instant now) =>
        read.At is { } at && now - at <= Fresh(source);

    private TimeSpan Fresh(int source) => (3 * sources[source].Every) + sources[source].Timeout;

    private HeatPlace Add(HeatPlace place, int source, double celsius, Instant at)
    {
        var read = new HeatSample(at, celsius);
        var longest = Fresh(source);
        var leaps = place.Samples.Count > 0 && Leaps(place.Samples[^1], read, longest);
        if (leaps && place.Source == source && !(place.Odd is { } odd && !Leaps(odd, read, longest)))
        {
            return place with { Odd = read };
        }

        var isHot = celsius >= settings.Hard;
        var low = Math.Min(celsius, leaps ? celsius : place.Low);
        var believed = !isHot || (place.Believed && !leaps) || celsius >= low + Moves;
        var row = !isHot ? 0 : leaps ? 1 : Math.Min(place.HotRow + 1, HotLooks);
        var kept = leaps || place.Source != source ? [] : place.Samples.Where(s => at - s.At <= settings.Window && s.At < at).ToList();
        if (kept.Count >= Most)
        {
            kept = [.. kept.Where((_, i) => i % 2 == 0)];
        }

        return new(place.Name, source, row, low, believed, Odd: null, [.. kept, read]);
    }

    /// <summary>Further than a room gets in the time between, or, where nothing was read for longer, in the time for which the old reading was believed: a sensor that comes back with another value
    /// has not been seen to get there.</summary>
    private static bool Leaps(HeatSample from, HeatSample to, TimeSpan longest) =>
        Math.Abs(to.Celsius - from.Celsius) > Step + (Fastest * Math.Max(0, (Instant.Earlier(to.At, from.At + longest) - from.At).TotalMinutes));

    /// <summary>Cuts the largest step, up or down, to what the next largest would have been in the same time.</summary>
    private static void Temper(Span<HeatSample> samples)
    {
        var largest = 1;
        for (var i = 2; i < samples.Length; i++)
        {
            largest = Math.Abs(Step(samples, i)) > Math.Abs(Step(samples, largest)) ? i : largest;
        }

        var others = 0.0;
        for (var i = 1; i < samples.Length; i++)
        {
            others = i == largest ? others : Math.Max(others, Math.Abs(Step(samples, i)) * Math.Max(1, Minutes(samples, largest) / Minutes(samples, i)));
        }

        var step = Step(samples, largest);
        var surplus = Math.CopySign(Math.Max(0, Math.Abs(step) - others), step);
        for (var i = largest; i < samples.Length; i++)
        {
            samples[i] = samples[i] with { Celsius = samples[i].Celsius - surplus };
        }

        static double Step(Span<HeatSample> samples, int i) => samples[i].Celsius - samples[i - 1].Celsius;
        static double Minutes(Span<HeatSample> samples, int i) => (samples[i].At - samples[i - 1].At).TotalMinutes;
    }

    /// <summary>Degrees a minute, or null where nothing rises for certain.</summary>
    private double? Slope(HeatPlace place, Instant now)
    {
        var samples = place.Samples.Where(s => now - s.At <= settings.Window).ToArray();
        if (samples.Length < Enough || samples[^1].At - samples[0].At < settings.Window / 3)
        {
            return null;
        }

        Temper(samples);
        var (n, meanT, meanC) = (samples.Length, 0.0, 0.0);
        foreach (var s in samples)
        {
            meanT += (s.At - samples[0].At).TotalMinutes / n;
            meanC += s.Celsius / n;
        }

        double tt = 0, tc = 0, cc = 0;
        foreach (var s in samples)
        {
            var (t, c) = ((s.At - samples[0].At).TotalMinutes - meanT, s.Celsius - meanC);
            (tt, tc, cc) = (tt + (t * t), tc + (t * c), cc + (c * c));
        }

        var slope = tc / tt;
        var error = Math.Sqrt(Math.Max(0, cc - (slope * tc)) / (n - 2) / tt);
        return slope > 2 * error && slope > 0.01 ? slope : null;
    }
}

/// <summary>When a source was last read.</summary>
internal readonly record struct Heard(Instant? At);

/// <summary>One place in the room: which source counts now, and what it showed within the window.</summary>
/// <param name="Low">The lowest that was read since the last leap.</param>
/// <param name="Believed">It came to where it is as a room does.</param>
/// <param name="Odd">A reading that leapt, until the next one says whether it was one wrong value.</param>
internal sealed record HeatPlace(string Name, int Source, int HotRow, double Low, bool Believed, HeatSample? Odd, ValueList<HeatSample> Samples);

internal readonly record struct HeatSample(Instant At, double Celsius);

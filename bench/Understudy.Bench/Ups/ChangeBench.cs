using System.Globalization;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>How long a changed value takes from a source to our socket.</summary>
internal static class ChangeBench
{
    private const int Busy = 1000;
    private const int Quiet = 40;
    private const int Real = 40;
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromMilliseconds(4);
    private static readonly UpsLimit Soon = new(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    internal static IEnumerable<UpsRow> Run(NutBed bed)
    {
        bed.AddSection("change", NutBed.ProxyDriver, "generator-change-a,generator-change-b", [("flip.back", "0")]);
        using (var main = new GeneratorSource(bed.SocketOf("generator", "change-a"), [("ups.status", "OL"), ("ups.load", "0")]))
        using (var spare = new GeneratorSource(bed.SocketOf("generator", "change-b"), [("ups.status", "OL"), ("ups.load", "0")]))
        using (var proxy = bed.StartProxy("change"))
        using (var ear = new DriverEar(bed.SocketOf(NutBed.ProxyDriver, "change"), Patience))
        {
            Arrived(ear, "0", proxy);
            yield return UpsRow.OfSpans("change", "a change at a source, to our socket", Changes(main, ear, 1, Busy, Least, Most), Soon, NutFigures.Changed, "A generator; 1 to 4 ms between changes.");
            yield return UpsRow.OfSpans("change-quiet", "the same after 0.1 to 0.4 s of quiet", Changes(main, ear, Busy + 1, Quiet, Least * 100, Most * 100), Soon, null, null);
            using var direct = new DriverEar(bed.SocketOf("generator", "change-a"), Patience);
            yield return UpsRow.OfSpans("change-direct", "the same from the source itself, without us: what the bench and the machine need", Changes(main, direct, Busy + Quiet + 1, Busy, Least, Most), null, null, null);
        }

        yield return OfDummy(bed);
    }

    private static List<long?> Changes(GeneratorSource source, DriverEar ear, int first, int count, TimeSpan least, TimeSpan most)
    {
        List<long?> spans = [];
        for (var i = first; i < first + count; i++)
        {
            LabClock.Pause(least + ((most - least) * Random.Shared.NextDouble()));
            var value = i.ToString(CultureInfo.InvariantCulture);
            var begun = source.Change("ups.load", value);
            spans.Add(Until(ear, value) - begun);
        }

        return spans;
    }

    /// <summary>As the figure for NUT was taken: the driver's variable is set on its own socket, and the time runs from the driver's own word on it.</summary>
    private static UpsRow OfDummy(NutBed bed)
    {
        bed.AddDevice("real", [("ups.status", "OL"), ("ups.load", "0"), ("ups.mfr", "Example")]);
        bed.AddSection("change-real", NutBed.ProxyDriver, $"{NutBed.DummyDriver}-real");
        using var dummy = bed.StartDummy("real");
        using var direct = new DriverEar(bed.SocketOf(NutBed.DummyDriver, "real"), Patience);
        using var proxy = bed.StartProxy("change-real");
        using var ear = new DriverEar(bed.SocketOf(NutBed.ProxyDriver, "change-real"), Patience);
        Arrived(ear, "0", proxy);
        List<long?> spans = [];
        for (var i = 1; i <= Real; i++)
        {
            var value = i.ToString(CultureInfo.InvariantCulture);
            direct.Say($"SET ups.load \"{value}\"");
            var begun = direct.Await("ups.load", value, Patience);
            spans.Add(Until(ear, value) - begun);
        }

        return UpsRow.OfSpans("change-real", "a change at a real dummy-ups, from its own word to our socket", spans, Soon, NutFigures.ChangedReal, "Two threads of the bench hear the driver and us: which of them is on time first can make a number small, or below 0.");
    }

    private static void Arrived(DriverEar ear, string value, ChildProgram proxy)
    {
        if (ear.Await("ups.load", value, Patience) is null)
        {
            throw new TimeoutException($"the source is not shown; the proxy's last words: {proxy.LastWords}");
        }
    }

    /// <summary>The stamp is the ear's: how often we look for it here does not count.</summary>
    private static long? Until(DriverEar ear, string value)
    {
        long? at;
        var end = LabClock.Now + LabClock.Second;
        while ((at = ear.Since("ups.load", value)) is null && LabClock.Now < end)
        {
            LabLibc.SleepUntil(LabClock.Now + (LabClock.Millisecond / 5));
        }

        return at;
    }
}

using System.Globalization;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>How long a command takes to a source and back, and how soon a PING is answered meanwhile, beside sources that have fallen silent.</summary>
internal static class CommandBench
{
    private const int Silent = 5;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    internal static IEnumerable<UpsRow> Run(NutBed bed)
    {
        List<GeneratorSource> sources = [];
        try
        {
            sources.Add(new GeneratorSource(bed.SocketOf("generator", "command-0"), [("ups.status", "OL"), ("ups.load", "1")], "beeper.toggle"));
            for (var i = 1; i <= Silent; i++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"command-{i}");
                sources.Add(new GeneratorSource(bed.SocketOf("generator", name), [("ups.status", "OL"), ("ups.load", "2")]) { Manner = Manner.SilentAfterDump });
            }

            // deadtime is short so that silent sources are given up and met again while we look.
            bed.AddSection("command", NutBed.ProxyDriver, string.Join(',', Enumerable.Range(0, Silent + 1).Select(i => $"generator-command-{i}")), [("deadtime", "8"), ("flip.back", "0")]);
            using var proxy = bed.StartProxy("command");
            var path = bed.SocketOf(NutBed.ProxyDriver, "command");
            using (var ear = new DriverEar(path, Patience))
            {
                if (ear.Await("ups.load", "1", Patience) is null)
                {
                    throw new TimeoutException($"the source is not shown; the proxy's last words: {proxy.LastWords}");
                }
            }

            List<long?> pings = [], commands = [];
            var end = LabClock.Now + LabClock.Of(Span);
            var pinger = new Thread(() => Ask(path, end, TimeSpan.FromMilliseconds(10), pings, _ => ("PING", "PONG"))) { IsBackground = true };
            var operator1 = new Thread(() => Ask(path, end, TimeSpan.FromMilliseconds(50), commands, n => ($"INSTCMD beeper.toggle TRACKING bench-{n}", $"TRACKING bench-{n} 0"))) { IsBackground = true };
            pinger.Start();
            operator1.Start();
            pinger.Join();
            operator1.Join();
            yield return UpsRow.OfSpans("command", "INSTCMD with TRACKING, there and back, beside 5 silent sources", commands, new UpsLimit(20), NutFigures.Commanded,
                $"A generator answers at once; 20 a second for {Span.TotalSeconds:0} s. The silent sources were met {sources.Skip(1).Sum(s => s.Met)} times: each was given up (silence 4 s, deadtime 8 s) and connected anew.");
            yield return OfDummy(bed);
            yield return UpsRow.OfSpans("ping", "PING answered meanwhile", pings, new UpsLimit(10), NutFigures.Pinged, "100 a second, on a connection of its own.");
        }
        finally
        {
            sources.ForEach(s => s.Dispose());
        }
    }

    /// <summary>A setting goes the way of a command; dummy-ups has no command that it carries out.</summary>
    private static UpsRow OfDummy(NutBed bed)
    {
        const int Settings = 200;
        bed.AddDevice("settable", [("ups.status", "OL"), ("ups.load", "0")]);
        bed.AddSection("set", NutBed.ProxyDriver, $"{NutBed.DummyDriver}-settable");
        using var dummy = bed.StartDummy("settable");
        using var proxy = bed.StartProxy("set");
        using (var ear = new DriverEar(bed.SocketOf(NutBed.ProxyDriver, "set"), Patience))
        {
            if (ear.Await("ups.load", "0", Patience) is null)
            {
                throw new TimeoutException($"the source is not shown; the proxy's last words: {proxy.LastWords}");
            }
        }

        List<long?> spans = [], direct = [];
        using var ours = new DriverTalk(bed.SocketOf(NutBed.ProxyDriver, "set"), Patience);
        using var theirs = new DriverTalk(bed.SocketOf(NutBed.DummyDriver, "settable"), Patience);
        for (var n = 0; n < Settings; n++)
        {
            direct.Add(theirs.Ask($"SET ups.load \"{n}\" TRACKING direct-{n}", $"TRACKING direct-{n} 0", Patience));
            spans.Add(ours.Ask($"SET ups.load \"{n}\" TRACKING through-{n}", $"TRACKING through-{n} 0", Patience));
        }

        var alone = UpsRow.OfSpans("set-direct", string.Empty, direct, null, null, null);
        return UpsRow.OfSpans("set", "SET with TRACKING at a real dummy-ups, there and back", spans, null, null, string.Create(
            CultureInfo.InvariantCulture,
            $"dummy-ups is deaf for a second after each 2 s, so its own time is in it; asked without us, in turn: median {alone.Median:0.###}, p99 {alone.P99:0.#}, max {alone.Max:0.#} ms."));
    }

    private static void Ask(string path, long end, TimeSpan pause, List<long?> spans, Func<int, (string Question, string Answer)> what)
    {
        _ = LabLibc.MakePunctual();
        using var talk = new DriverTalk(path, Patience);
        for (var n = 0; LabClock.Now < end; n++)
        {
            var (question, answer) = what(n);
            spans.Add(talk.Ask(question, answer, TimeSpan.FromSeconds(15)));
            LabClock.Pause(pause);
        }
    }
}

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
            bed.AddSection("command", NutBed.ProxyDriver, string.Join(',', Enumerable.Range(0, Silent + 1).Select(i => $"generator-command-{i}")), [("deadtime", "8")]);
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
            yield return UpsRow.OfSpans("ping", "PING answered meanwhile", pings, new UpsLimit(10), NutFigures.Pinged, "100 a second, on a connection of its own.");
        }
        finally
        {
            sources.ForEach(s => s.Dispose());
        }
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

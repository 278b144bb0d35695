using System.Globalization;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>What a proxy over 50 sources costs while nothing happens.</summary>
internal static class ManySourcesBench
{
    private const int Sources = 50;
    private const int Windows = 6;
    private static readonly TimeSpan Rhythm = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static IEnumerable<UpsRow> Run(NutBed bed, int seconds)
    {
        var names = Enumerable.Range(0, Sources).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i:00}")).ToList();
        List<GeneratorSource> sources = [];
        List<ChildProgram> dummies = [];
        List<IDisposable> parts = [];
        using var stop = new ManualResetEventSlim();
        var speaker = new Thread(() => Speak(sources, stop)) { IsBackground = true };
        try
        {
            sources.AddRange(names.Select(n => new GeneratorSource(bed.InState($"g{n}"), Device())));
            names.ForEach(n => bed.AddDevice(n, Device().Where(v => !v.Name.StartsWith("driver.", StringComparison.Ordinal))));
            dummies.AddRange(names.Select(bed.StartDummy));

            // A word of ups.conf has 512 characters at most (parseconf), too few for 50 of the drivers' own names.
            names.ForEach(n => File.CreateSymbolicLink(bed.InState($"d{n}"), bed.SocketOf(NutBed.DummyDriver, n)));
            var generators = string.Join(',', names.Select(n => $"g{n}"));
            bed.AddSection("many-failover", NutBed.ProxyDriver, generators);
            bed.AddSection("many-multiplex", NutBed.ProxyDriver, generators, [("mode", "multiplex")]);
            bed.AddSection("many-real", NutBed.ProxyDriver, string.Join(',', names.Select(n => $"d{n}")));
            speaker.Start();
            List<ChildProgram> proxies = [Start(bed, "many-failover", parts), Start(bed, "many-multiplex", parts), Start(bed, "many-real", parts)];

            // The first seconds after a start are not rest.
            LabClock.Pause(TimeSpan.FromSeconds(5));
            var (processor, memory) = Watch(proxies, seconds);
            string[] what = ["50 generators, failover", "50 generators, multiplex", "50 real dummy-ups, failover"];
            string[] notes =
            [
                "Each says two lines each 2 s, at another moment than the rest, as drivers since NUT 2.8.1 do; 40 variables each.",
                "The same sources in the same minute. What each says is shown as upstream.SOURCE.driver.state: 50 lines/s go out.",
                "In the same minute. NUT 2.8.0's dummy-ups says nothing by itself: we ping each after 2 s of silence.",
            ];
            for (var i = 0; i < proxies.Count; i++)
            {
                var real = i == 2;
                yield return UpsRow.Of($"idle-cpu-{i}", $"{what[i]}, at rest: processor", "% of a core", processor[i], 0, new UpsLimit(1, OfMax: true), real ? NutFigures.IdleProcessor : null, $"{Windows} windows of {seconds / Windows} s. {notes[i]}");
                yield return UpsRow.Of($"idle-rss-{i}", $"{what[i]}, at rest: resident memory", "MB", memory[i], 0, new UpsLimit(60, OfMax: true), real ? NutFigures.IdleMemory : null, null);
            }
        }
        finally
        {
            stop.Set();
            if (speaker.IsAlive)
            {
                speaker.Join();
            }

            parts.ForEach(p => p.Dispose());
            dummies.ForEach(d => d.Signal(LabLibc.SIGKILL));
            dummies.ForEach(d => d.Dispose());
            sources.ForEach(s => s.Dispose());
        }
    }

    private static ChildProgram Start(NutBed bed, string ups, List<IDisposable> parts)
    {
        var proxy = bed.StartProxy(ups);
        parts.Add(proxy);
        var ear = new DriverEar(bed.SocketOf(NutBed.ProxyDriver, ups), Patience);
        parts.Insert(0, ear);
        return ear.Await("driver.stats.alive_drivers", "50", Patience) is not null
            ? proxy
            : throw new TimeoutException($"{ups} has {ear.ValueOf("driver.stats.alive_drivers") ?? "none"} of 50 sources; its last words: {proxy.LastWords}");
    }

    private static (List<List<double>> Processor, List<List<double>> Memory) Watch(List<ChildProgram> proxies, int seconds)
    {
        List<List<double>> processor = [.. proxies.Select(_ => new List<double>())], memory = [.. proxies.Select(_ => new List<double>())];
        for (var window = 0; window < Windows; window++)
        {
            var (begun, before) = (LabClock.Now, proxies.Select(p => ProcessCost.CpuTicks(p.Pid)).ToList());
            LabClock.Pause(TimeSpan.FromSeconds(seconds) / Windows);
            var took = (LabClock.Now - begun) / 1e9;
            for (var i = 0; i < proxies.Count; i++)
            {
                processor[i].Add((ProcessCost.CpuTicks(proxies[i].Pid) - before[i]) / ProcessCost.TicksPerSecond / took * 100);
                memory[i].Add(ProcessCost.Megabytes(proxies[i].Pid, "Rss:"));
            }
        }

        return (processor, memory);
    }

    /// <summary>Each source in its own moment of the two seconds, as drivers that were started one after the other.</summary>
    private static void Speak(List<GeneratorSource> sources, ManualResetEventSlim stop)
    {
        for (var i = 0; !stop.Wait(Rhythm / Sources, CancellationToken.None); i = (i + 1) % Sources)
        {
            sources[i].Say("SETINFO driver.state \"updateinfo\"\n"u8);
            sources[i].Say("SETINFO driver.state \"quiet\"\n"u8);
        }
    }

    private static IEnumerable<(string Name, string Value)> Device() =>
        [("ups.status", "OL"), ("ups.load", "30"), ("ups.serial", "S1"), ("driver.state", "quiet"), .. Enumerable.Range(1, 36).Select(i => (string.Create(CultureInfo.InvariantCulture, $"outlet.{i}.desc"), "an outlet"))];
}

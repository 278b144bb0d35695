using System.Globalization;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Collection;

/// <summary>What an aggregator costs that pulls 1,000 meminfo sets a second from 10 samplers.</summary>
internal static class LoadBench
{
    private const int Samplers = 10;
    private const int SetsEach = 100;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    internal static IEnumerable<CollectionRow> Run(int runs, int seconds)
    {
        using var bed = new DaemonBed();
        var upper = new List<string>();
        for (var i = 0; i < Samplers; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"s{i:00}");
            bed.Configure(name, Enumerable.Range(0, SetsEach).SelectMany(s => Sampler(name, s)));
            bed.Start(name);
            upper.AddRange([$"prdcr_add name={name} host={bed[name].Address} port={bed[name].Port} xprt=sock type=active interval=1000000", $"prdcr_start name={name}"]);
        }

        bed.Configure("agg", [.. upper, "updtr_add name=all interval=1000000 offset=400000", "updtr_prdcr_add name=all regex=.*", "updtr_start name=all"]);
        bed.Start("agg");
        using var talk = bed.Talk("agg");
        using var probe = bed.Listen("agg", "s00/m99", "s09/m00");
        if (probe.Await("s00/m99", 0, Patience) is null || probe.Await("s09/m00", 0, Patience) is null)
        {
            throw new TimeoutException($"the aggregator does not have all sets: {bed.LastWords}");
        }

        LabClock.Pause(WarmUp);
        var (processor, memory, lost) = (new List<double?>(), new List<double?>(), 0);
        var pid = bed.PidOf("agg");
        for (var i = 0; i < runs; i++)
        {
            var (ticks, at, wall) = (ProcessCost.CpuTicks(pid), LabClock.Now, Understudy.Linux.Clocks.WallClock.Micros);
            LabClock.Pause(TimeSpan.FromSeconds(seconds));
            processor.Add((ProcessCost.CpuTicks(pid) - ticks) / ProcessCost.TicksPerSecond / ((LabClock.Now - at) / (double)LabClock.Second) * 100);
            memory.Add(ProcessCost.Megabytes(pid, "Rss:"));
            lost += probe.Lost("s00/m99", wall, Understudy.Linux.Clocks.WallClock.Micros, 1_000_000);
        }

        var sets = talk.Say("prdcr_set_status").Split("\"inst_name\"").Length - 1;
        yield return CollectionRow.Of("load-cpu", "1,000 sets/s of meminfo from 10 samplers at 1 s: the aggregator's processor", "% of a core", processor, 3, LdmsFigures.LoadProcessor,
            string.Create(CultureInfo.InvariantCulture, $"Windows of {seconds} s, by proc(5); {sets} sets; a probe that pulls two of them every 5 ms is in it, and lost {lost} samples."));
        yield return CollectionRow.Of("load-memory", "1,000 sets/s of meminfo from 10 samplers at 1 s: resident memory", "MB", memory, 60, LdmsFigures.LoadMemory, null);
    }

    /// <summary>Each of a daemon's 100 sets has a moment of its own, all before the aggregator pulls.</summary>
    private static IEnumerable<string> Sampler(string name, int set) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"load name=m{set:00} plugin=meminfo"),
        string.Create(CultureInfo.InvariantCulture, $"config name=m{set:00} producer={name} instance={name}/m{set:00} schema=meminfo"),
        string.Create(CultureInfo.InvariantCulture, $"start name=m{set:00} interval=1000000 offset={set * 3000}"),
    ];
}

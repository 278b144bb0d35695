using System.Diagnostics;
using System.Globalization;
using System.Text;
using Understudy.Lab.Collection;
using Understudy.Lab.Worlds;
using Understudy.Linux.Clocks;

namespace Understudy.Bench.Collection;

/// <summary>100,000 metrics a second from pages in the format of Prometheus, of 10, 100 and 1,000 producers. The pages come from the bench, on the same two cores; the collector is a process of its own.</summary>
internal static class PagesBench
{
    private const int MetricsPerSecond = 100_000;
    private const int Variants = 8;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly int[] s_producers = [10, 100, 1000];

    internal static IEnumerable<CollectionRow> Run(int runs, int seconds)
    {
        foreach (var producers in s_producers)
        {
            foreach (var row in Run(producers, runs, Math.Max(2, seconds / 4)))
            {
                yield return row;
            }
        }
    }

    private static IEnumerable<CollectionRow> Run(int producers, int runs, int seconds)
    {
        var metrics = MetricsPerSecond / producers;
        var pages = Enumerable.Range(0, Variants).Select(v => ScrapeServer.Ok(Page(metrics, v))).ToArray();
        var asked = 0;
        using var server = new ScrapeServer(_ => pages[Interlocked.Increment(ref asked) % Variants]);
        using var collector = new Collector(server.Url.Port, producers);
        LabClock.Pause(WarmUp);
        PauseToHalf();
        var (rate, cost, processor, memory) = (new List<double?>(), new List<double?>(), new List<double?>(), new List<double?>());
        var (taken, ticks, at) = (collector.Taken(), ProcessCost.CpuTicks(collector.Pid), LabClock.Now);
        for (var i = 0; i < runs; i++)
        {
            LabClock.Pause(TimeSpan.FromSeconds(seconds - 0.9));
            PauseToHalf();
            var (taken2, ticks2, at2) = (collector.Taken(), ProcessCost.CpuTicks(collector.Pid), LabClock.Now);
            var span = (at2 - at) / (double)LabClock.Second;
            var work = (ticks2 - ticks) / ProcessCost.TicksPerSecond;
            rate.Add((taken2 - taken) / span);
            processor.Add(work / span * 100);
            cost.Add(taken2 == taken ? null : work / (taken2 - taken) * 1e9);
            memory.Add(ProcessCost.Megabytes(collector.Pid, "Rss:"));
            (taken, ticks, at) = (taken2, ticks2, at2);
        }

        var title = string.Create(CultureInfo.InvariantCulture, $"{producers:N0} OpenMetrics producers of {metrics:N0} metrics at 1 s");
        var id = string.Create(CultureInfo.InvariantCulture, $"pages-{producers}");
        yield return CollectionRow.AtLeast($"{id}-rate", $"{title}: metrics taken in", "metrics/s", rate, MetricsPerSecond * 0.99, string.Create(CultureInfo.InvariantCulture,
            $"Windows of {seconds} s. The loop, its carrier of pages and the HTTP client of the daemon in a process of the bench (compiled at start, not ahead), with the daemon's settings of the collector of garbage; a page has {pages[0].Length / 1000.0:0.#} kB, and all its values change each time. Window ends are between scrapes."));
        yield return CollectionRow.Of($"{id}-cost", $"{title}: the collector's processor time", "ns/metric", cost, null, null, null);
        yield return CollectionRow.Of($"{id}-cpu", $"{title}: the collector's processor", "% of a core", processor, null, null, null);
        yield return CollectionRow.Of($"{id}-memory", $"{title}: resident memory", "MB", memory, null, null, null);
    }

    /// <summary>Until the middle between two scrapes, which are at whole seconds: so that a window has whole ones.</summary>
    private static void PauseToHalf() => LabClock.Pause(TimeSpan.FromMicroseconds(1_000_000 - ((WallClock.Micros + 500_000) % 1_000_000)));

    private static byte[] Page(int metrics, int variant)
    {
        const int PerFamily = 50;
        string[] modes = ["idle", "user", "system", "iowait", "irq"];
        var text = new StringBuilder();
        for (var i = 0; i < metrics; i++)
        {
            if (i % PerFamily == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"# HELP node_part_{i / PerFamily}_seconds_total What this part of the node has spent in each mode.\n# TYPE node_part_{i / PerFamily}_seconds_total counter\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"node_part_{i / PerFamily}_seconds_total{{cpu=\"{i % PerFamily / modes.Length}\",mode=\"{modes[i % modes.Length]}\"}} {((i + 1) * 1234.5678) + (variant * 17.25):0.####}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The bench itself, started anew with the verb <c>collector</c>.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly Process process;

        internal Collector(int port, int producers)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, ["collector", "--port", port.ToString(CultureInfo.InvariantCulture), "--producers", producers.ToString(CultureInfo.InvariantCulture)])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };

            // As src/Understudy/Understudy.csproj has it for the daemon.
            start.Environment["DOTNET_gcConcurrent"] = "0";
            start.Environment["DOTNET_TieredCompilation"] = "0";
            start.Environment["DOTNET_GCGen0MaxBudget"] = "100000";      // hexadecimal
            process = Process.Start(start) ?? throw new InvalidOperationException("the collector did not start");
        }

        internal int Pid => process.Id;

        /// <summary>Metrics taken in since its start.</summary>
        internal long Taken()
        {
            process.StandardInput.WriteLine();
            process.StandardInput.Flush();
            return long.TryParse(process.StandardOutput.ReadLine(), CultureInfo.InvariantCulture, out var taken) ? taken : throw new InvalidOperationException("the collector has ended");
        }

        /// <summary>It ends with its input.</summary>
        public void Dispose()
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(TimeSpan.FromSeconds(5)))
            {
                process.Kill();
                process.WaitForExit();
            }

            process.Dispose();
        }
    }
}

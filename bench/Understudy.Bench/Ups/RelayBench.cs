using System.Globalization;
using System.Text.Unicode;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>How many lines a second one source may say before something is lost on the way.</summary>
internal static class RelayBench
{
    private const int Variables = 50;
    private const int Rate = 50_000;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    internal static IEnumerable<UpsRow> Run(NutBed bed)
    {
        bed.AddSection("relay", NutBed.ProxyDriver, "generator-relay-a,generator-relay-b", [("flip.back", "0")]);
        yield return Row("relay", "50,000 lines/s, a write each as stock drivers do: from the source's write until that value or a newer one is on our socket", Measure(bed, Rate, 1, Span), Rate, NutFigures.Relayed);
        yield return Row("relay-bursts", "50,000 lines/s, 50 lines a write", Measure(bed, Rate, Variables, Span), Rate, null);
        yield return Peak(bed);
    }

    /// <summary>Twice as many, and twice again, until something is lost.</summary>
    private static UpsRow Peak(NutBed bed)
    {
        RelayRun? best = null;
        for (var rate = 2 * Rate; rate <= 32 * Rate; rate *= 2)
        {
            var run = Measure(bed, rate, Variables, TimeSpan.FromSeconds(2));
            if (!run.Held(rate))
            {
                break;
            }

            best = run;
        }

        return UpsRow.Of("relay-peak", "the most lines/s relayed without loss, 50 lines a write, 2 s each, doubling", "lines/s", best is null ? [] : [Math.Round(best.LinesPerSecond)], 0, null, null,
            best is null ? "Not even 100,000 lines/s." : best.Story);
    }

    private static UpsRow Row(string id, string title, RelayRun run, int rate, string? nut) =>
        UpsRow.Of(id, title, "ms", run.LagMs, 0, null, nut, run.Story, noLoss: run.Held(rate));

    private static RelayRun Measure(NutBed bed, int rate, int linesPerWrite, TimeSpan span)
    {
        var count = (int)(rate * span.TotalSeconds);
        var begunAt = new long[count];
        var arrivals = new Arrivals(Variables, count);
        using var main = new GeneratorSource(bed.SocketOf("generator", "relay-a"), [("ups.status", "OL"), .. Names().Select(n => (n, "none"))]);
        using var spare = new GeneratorSource(bed.SocketOf("generator", "relay-b"), [("ups.status", "OL")]);
        using var proxy = bed.StartProxy("relay");
        var path = bed.SocketOf(NutBed.ProxyDriver, "relay");
        using (var ready = new DriverEar(path, Patience))
        {
            if (ready.Await("gen.49", "none", Patience) is null)
            {
                throw new TimeoutException($"the generator is not shown; the proxy's last words: {proxy.LastWords}");
            }
        }

        using var ear = new DriverEar(path, Patience, arrivals.Hear, punctual: false);
        _ = LabClock.WaitUntil(() => arrivals.Ready, Patience);
        var (ticks, began) = (ProcessCost.CpuTicks(proxy.Pid), LabClock.Now);
        Send(main, begunAt, rate, linesPerWrite, began);
        var took = LabClock.Now - began;
        _ = LabClock.WaitUntil(() => arrivals.Latest.All(n => n >= count - Variables), TimeSpan.FromSeconds(5));
        var processor = (ProcessCost.CpuTicks(proxy.Pid) - ticks) / ProcessCost.TicksPerSecond / ((LabClock.Now - began) / 1e9) * 100;
        return new RelayRun(
            count,
            count / (took / 1e9),
            arrivals.Lines,
            arrivals.Backwards,
            arrivals.Latest.All(n => n >= count - Variables),
            main.Met,
            main.Full,
            main.WouldHangUp,
            processor,
            ProcessCost.Megabytes(proxy.Pid, "Rss:"),
            arrivals.LagMs(begunAt));
    }

    private static IEnumerable<string> Names() => Enumerable.Range(0, Variables).Select(i => string.Create(CultureInfo.InvariantCulture, $"gen.{i:00}"));

    /// <summary>Line n sets variable n % 50 to n; a line is 34 bytes, as in the figure for NUT. What is late is sent at once: the rate holds.</summary>
    private static void Send(GeneratorSource source, long[] begunAt, int rate, int linesPerWrite, long began)
    {
        const int LineBytes = 34;
        var lines = new byte[linesPerWrite * LineBytes];
        for (var n = 0; n < begunAt.Length; n += linesPerWrite)
        {
            var due = began + ((long)n * LabClock.Second / rate);
            if (due - LabClock.Now > LabClock.Millisecond)
            {
                LabLibc.SleepUntil(due);
            }

            for (var i = 0; i < linesPerWrite; i++)
            {
                _ = Utf8.TryWrite(lines.AsSpan(i * LineBytes), CultureInfo.InvariantCulture, $"SETINFO gen.{(n + i) % Variables:00} \"{n + i:0000000000000000}\"\n", out _);
                begunAt[n + i] = LabClock.Now;
            }

            source.Say(lines);
        }
    }

    /// <summary>What became of a run.</summary>
    /// <param name="Met">Connections of the source: one, unless it was lost.</param>
    private sealed record RelayRun(
        int Sent, double LinesPerSecond, long Out, long Backwards, bool LastOfAll, int Met, long Full, long WouldHangUp, double Processor, double ResidentMb, IReadOnlyList<double> LagMs)
    {
        internal string Story => string.Create(
            CultureInfo.InvariantCulture,
            $"{Sent} lines in at {LinesPerSecond:0}/s, {Out} out (a value that has a newer one already is left out); the last of each of 50 variables arrived: {(LastOfAll ? "yes" : "NO")}; {Backwards} out of order; {Met - 1} connections lost; the source's buffer full {Full} times, for over 200 µs, when a stock driver hangs up, {WouldHangUp} times; {Processor:0} % of a core, {ResidentMb:0} MB.");

        internal bool Held(int rate) => LinesPerSecond > rate * 0.99 && LastOfAll && Backwards == 0 && Met == 1 && WouldHangUp == 0;
    }

    /// <summary>What was heard of the lines, each by its number.</summary>
    private sealed class Arrivals(int variables, int count)
    {
        private readonly long[] at = new long[count];

        /// <summary>The greatest number of each variable.</summary>
        internal int[] Latest { get; } = [.. Enumerable.Repeat(-1, variables)];

        internal long Lines { get; private set; }

        internal long Backwards { get; private set; }

        /// <summary>The dump that answers the ear's first question is through.</summary>
        internal bool Ready { get; private set; }

        internal void Hear(ReadOnlySpan<byte> line, long heard)
        {
            if (line.SequenceEqual("DUMPDONE"u8))
            {
                Ready = true;
            }

            if (!line.StartsWith("SETINFO gen."u8) || line.Length < 32 || !int.TryParse(line[16..^1], CultureInfo.InvariantCulture, out var n))
            {
                return;
            }

            Lines++;
            ref var latest = ref Latest[n % variables];
            if (n <= latest)
            {
                Backwards++;
                return;
            }

            at[n] = heard;
            Volatile.Write(ref latest, n);
        }

        /// <summary>Of each line that was sent: until it, or a newer value of its variable, was heard.</summary>
        internal List<double> LagMs(long[] begunAt)
        {
            var lags = new List<double>(count);
            var newer = new long[variables];
            for (var n = count - 1; n >= 0; n--)
            {
                newer[n % variables] = at[n] != 0 ? at[n] : newer[n % variables];
                if (newer[n % variables] != 0)
                {
                    lags.Add((newer[n % variables] - begunAt[n]) / 1e6);
                }
            }

            return lags;
        }
    }
}

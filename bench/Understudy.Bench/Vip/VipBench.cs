using System.Collections.Concurrent;
using System.Text.Json;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Faults;

namespace Understudy.Bench.Vip;

/// <summary>Tries the same faults on several products in one run, and writes what was seen.</summary>
internal static class VipBench
{
    internal static int Run(Options options)
    {
        var products = options.List("products", ProductLine.All);
        var faults = options.List("faults", string.Join(',', VipFaults.All)).Select(VipFaults.Find).ToList();
        var runs = options.Number("runs", 7);
        var parallel = options.Number("parallel", 3);
        var seed = options.Number("seed", Environment.TickCount & 0xffffff | 1);
        var keep = options.Text("keep", string.Empty) is { Length: > 0 } folder ? folder : null;
        var json = options.Text("out", Path.Combine("bench", "results", "vip.json"));
        if ((VipWorld.Obstacle() ?? products.Select(ProductLine.Obstacle).FirstOrDefault(o => o is not null)) is { } obstacle)
        {
            Console.Error.WriteLine(obstacle);
            return 1;
        }

        Console.WriteLine($"seed {seed}, {runs} runs each, {faults.Count} faults, products: {string.Join(", ", products)}");
        var rows = new List<VipRow>();
        var gate = new Lock();
        var retired = new ConcurrentBag<Stage>();

        // The products beside each other, each in worlds of its own: what disturbs the machine disturbs them all.
        Exception? failure = null;
        var all = products.Select(product => new Thread(() =>
        {
            try
            {
                foreach (var row in Rows(product, faults, runs, parallel, seed, keep, retired))
                {
                    lock (gate)
                    {
                        rows.Add(row);
                        Console.WriteLine($"{product} {VipTable.Line(row)}");

                        // Written after each row: an hour of numbers is not lost to a Ctrl-C.
                        Write(json, Results(rows, products, faults));
                    }
                }
            }
            catch (Exception) when (VipWorld.Stopping)
            {
                Thread.Sleep(Timeout.Infinite);      // the worlds are being taken away, and the process ends when they are
            }
            catch (Exception e)
            {
                failure = e;
            }
        })
        { IsBackground = true }).ToList();
        all.ForEach(t => t.Start());
        all.ForEach(t => t.Join());
        foreach (var stage in retired)
        {
            stage.Dispose();
        }

        if (failure is not null)
        {
            throw new InvalidOperationException(failure.Message, failure);
        }

        Console.WriteLine();
        Console.WriteLine(VipTable.Of(Results(rows, products, faults)));
        return rows.Any(r => r.N < runs || Promise.Missed(r) is not null) ? 1 : 0;
    }

    private static IEnumerable<VipRow> Rows(string product, IEnumerable<VipFault> faults, int runs, int parallel, int seed, string? keep, ConcurrentBag<Stage> retired) =>
        faults.GroupBy(f => (f.Quiet, Variant: ProductLine.Variant(product, f)))
            .SelectMany(group => TryGroup(product, group.Key.Variant, [.. group], runs, group.Key.Quiet ? parallel : 1, seed, keep, retired));

    private static VipResults Results(IEnumerable<VipRow> rows, IReadOnlyList<string> products, List<VipFault> faults) =>
        new(Machine.Kernel, Environment.ProcessorCount, Machine.Today, Machine.Versions(products), InOrder(rows, products, faults));

    /// <summary>Puts result files of one machine, which were written beside each other or one after the other, into one: a later row of the same product and fault wins.</summary>
    internal static int Merge(Options options)
    {
        var files = options.List("from", string.Empty);
        var json = options.Text("out", Path.Combine("bench", "results", "vip.json"));
        var parts = files.Select(f => JsonSerializer.Deserialize(File.ReadAllText(f), VipJson.Default.VipResults)
            ?? throw new ArgumentException($"{f} holds no results", nameof(options))).ToList();
        if (parts.Count == 0 || parts.Any(p => p.Kernel != parts[0].Kernel || p.Cores != parts[0].Cores))
        {
            throw new ArgumentException("merge needs --from FILE,FILE, all of one machine", nameof(options));
        }

        var rows = parts.SelectMany(p => p.Rows).GroupBy(r => (r.Product, r.Fault)).Select(g => g.Last()).ToList();
        var products = ProductLine.All.Split(',').Where(p => rows.Any(r => r.Product == p)).ToList();
        var results = new VipResults(parts[0].Kernel, parts[0].Cores, parts[0].Measured, Machine.Versions(products), InOrder(rows, products, [.. VipFaults.All]));
        Write(json, results);
        Console.WriteLine(VipTable.Of(results));
        return 0;
    }

    private static List<VipRow> InOrder(IEnumerable<VipRow> rows, IReadOnlyList<string> products, List<VipFault> faults) =>
        [.. rows.OrderBy(r => products.ToList().IndexOf(r.Product)).ThenBy(r => faults.FindIndex(f => f.Id == r.Fault))];

    private static void Write(string json, VipResults results)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(json))!);
        File.WriteAllText(json, JsonSerializer.Serialize(results, VipJson.Default.VipResults) + "\n");
        File.WriteAllText(Path.ChangeExtension(json, ".md"), VipTable.Of(results));
    }

    private static IEnumerable<VipRow> TryGroup(string product, string variant, IReadOnlyList<VipFault> faults, int runs, int parallel, int seed, string? keep, ConcurrentBag<Stage> retired)
    {
        var stages = Enumerable.Range(0, Math.Min(parallel, runs)).Select(i => new Stage(product, variant, seed + i, keep)).ToList();
        try
        {
            foreach (var fault in faults.Where(f => stages[0].Fits(f)))
            {
                var outcomes = new Stage.Outcome[runs];
                var next = -1;

                // A world is one thread's: namespaces and clocks do not mix with a thread pool.
                var threads = stages.Select(stage => new Thread(() =>
                {
                    for (var i = Interlocked.Increment(ref next); i < runs; i = Interlocked.Increment(ref next))
                    {
                        outcomes[i] = stage.Try(fault);
                    }
                })).ToList();
                threads.ForEach(t => t.Start());
                threads.ForEach(t => t.Join());
                yield return VipRow.Of(
                    product,
                    fault,
                    stages[0].Config,
                    stages.Count,
                    [.. outcomes.Where(o => o.Run is not null).Select(o => o.Run!)],
                    [.. outcomes.Where(o => o.Failure is not null).Select(o => o.Failure!)]);
            }
        }
        finally
        {
            foreach (var stage in stages)
            {
                stage.Retire();
                retired.Add(stage);
            }
        }
    }
}

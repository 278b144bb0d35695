using System.Runtime.InteropServices;
using System.Text.Json;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;

namespace Understudy.Bench.Collection;

/// <summary>Runs seed 001's example of real daemons, breaks it, and holds what a reader at the top sees against what was promised.</summary>
internal static class CollectionBench
{
    internal const string All = "slow,fast,walls,writers,change,load,pages";

    /// <returns>1 where a promise was missed, or something could not be measured.</returns>
    internal static int Run(Options options)
    {
        var quick = options.Text("quick", "no") == "yes";
        var runs = options.Number("runs", quick ? 1 : 7);
        var seconds = options.Number("seconds", quick ? 5 : 20);
        var worlds = options.Number("parallel", 4);
        var json = options.Text("out", Path.Combine("bench", "results", "collection.json"));
        var parts = Parts.Named(options, All);
        if (UnderstudyProduct.Obstacle() is { } obstacle)
        {
            Console.Error.WriteLine(obstacle);
            return 1;
        }

        // A namespace that was made for us has its loopback down.
        _ = Shell.Try("ip", null, "link", "set", "lo", "up");
        using var ends = new Ends();
        var (rows, failures) = Parts.Measure(
            parts, p => Rows(p, runs, seconds, worlds), CollectionTable.Line, (r, f) => Write(json, Results(r, f)), static message => message, static () => DaemonBed.Stopping);
        Console.WriteLine();
        Console.WriteLine(CollectionTable.Of(Results(rows, failures)));
        return failures.Count > 0 || rows.Any(r => r.Held == false) ? 1 : 0;
    }

    /// <summary>Parts that were measured apart, or beside each other, in one table.</summary>
    internal static int Merge(Options options)
    {
        var json = options.Text("out", Path.Combine("bench", "results", "collection.json"));
        var parts = options.List("from", string.Empty).Select(f => JsonSerializer.Deserialize(File.ReadAllText(f), CollectionJson.Default.CollectionResults)!).ToList();
        if (parts.Count == 0)
        {
            throw new ArgumentException("--from: name at least one file of results", nameof(options));
        }

        var all = parts[0] with { Rows = [.. parts.SelectMany(p => p.Rows)], Failures = [.. parts.SelectMany(p => p.Failures)] };
        Write(json, all);
        Console.WriteLine(CollectionTable.Of(all));
        return all.Failures.Count > 0 || all.Rows.Any(r => r.Held == false) ? 1 : 0;
    }

    private static IEnumerable<CollectionRow> Rows(string part, int runs, int seconds, int worlds) => part switch
    {
        "slow" => TakeoverBench.RunSlow(runs, worlds),
        "fast" => TakeoverBench.RunFast(runs),
        "walls" => WallsBench.Run(runs, worlds),
        "writers" => WritersBench.Run(runs, worlds),
        "change" => ChangeBench.Run(runs),
        "load" => LoadBench.Run(runs, seconds),
        _ => PagesBench.Run(runs, seconds),
    };

    private static CollectionResults Results(IReadOnlyList<CollectionRow> rows, IReadOnlyList<string> failures) =>
        new(Machine.Kernel, Environment.ProcessorCount, Machine.Today, Machine.Versions(["understudy"]), LdmsFigures.Source, rows, failures);

    private static void Write(string json, CollectionResults results)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(json))!);
        File.WriteAllText(json, JsonSerializer.Serialize(results, CollectionJson.Default.CollectionResults) + "\n");
        File.WriteAllText(Path.ChangeExtension(json, ".md"), CollectionTable.Of(results));
    }

    /// <summary>A signal ends the bench, and all that it started.</summary>
    private sealed class Ends : IDisposable
    {
        private readonly List<PosixSignalRegistration> signals = [];

        internal Ends()
        {
            foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
            {
                signals.Add(PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    DaemonBed.DisposeAll();
                    Environment.Exit(130);
                }));
            }
        }

        public void Dispose() => signals.ForEach(s => s.Dispose());
    }
}

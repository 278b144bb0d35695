using System.Text.Json;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>Runs the real <c>understudy-ups</c> against real and made-up drivers, and holds what it sees against what was promised.</summary>
internal static class UpsBench
{
    internal const string All = "lost,hung,change,load,relay,command,many";

    /// <returns>1 where a promise was missed, or something could not be measured.</returns>
    internal static int Run(Options options)
    {
        var runs = options.Number("runs", 20);
        var seconds = options.Number("seconds", 60);
        var json = options.Text("out", Path.Combine("bench", "results", "ups.json"));
        var parts = Parts.Named(options, All);
        if (NutBed.Obstacle() is { } obstacle)
        {
            Console.Error.WriteLine(obstacle);
            return 1;
        }

        using var bed = new NutBed();
        var (rows, failures) = Parts.Measure(parts, p => Rows(p, bed, runs, seconds), UpsTable.Line, (r, f) => Write(json, Results(r, f)), bed.Plain, static () => NutBed.Stopping);
        Console.WriteLine();
        Console.WriteLine(UpsTable.Of(Results(rows, failures)));
        return failures.Count > 0 || rows.Any(r => r.Held == false) ? 1 : 0;
    }

    private static IEnumerable<UpsRow> Rows(string part, NutBed bed, int runs, int seconds) => part switch
    {
        "lost" => SourceLostBench.Run(bed, runs),
        "hung" => SourceHungBench.Run(bed, runs),
        "change" => ChangeBench.Run(bed),
        "load" => LoadBench.Run(bed, runs),
        "relay" => RelayBench.Run(bed),
        "command" => CommandBench.Run(bed),
        _ => ManySourcesBench.Run(bed, seconds),
    };

    private static UpsResults Results(IReadOnlyList<UpsRow> rows, IReadOnlyList<string> failures) =>
        new(Machine.Kernel, Environment.ProcessorCount, Machine.Today, Machine.Versions(["understudy", "nut-server"]), NutFigures.Source, rows, failures);

    private static void Write(string json, UpsResults results)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(json))!);
        File.WriteAllText(json, JsonSerializer.Serialize(results, UpsJson.Default.UpsResults) + "\n");
        File.WriteAllText(Path.ChangeExtension(json, ".md"), UpsTable.Of(results));
    }
}

using System.Text.Json.Serialization;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Faults;

namespace Understudy.Bench.Vip;

/// <summary>Least, middle and most of some numbers.</summary>
internal sealed record Spread(double Min, double Median, double Max)
{
    /// <summary>Null for no numbers at all. Of an even count the middle is the lower of the two.</summary>
    internal static Spread? Of(IEnumerable<double> numbers)
    {
        var sorted = numbers.Order().ToList();
        return sorted.Count == 0 ? null : new Spread(sorted[0], sorted[(sorted.Count - 1) / 2], sorted[^1]);
    }
}

/// <summary>One run of one fault, in ms.</summary>
internal sealed record VipRun(
    double OutageMs,
    bool Recovered,
    double DualMs,
    int DualTimes,
    int Moves,
    double? RestoredMs,
    double HealGapMs,
    double HealDualMs,
    int HealDualTimes,
    int HealMoves,
    bool BlackHole,
    double NobodyMs,
    string AtHeal,
    string? Final,
    double StallMs,
    string? Doubt)
{
    internal static VipRun Of(TrialResult result)
    {
        var m = result.Measures;
        return new VipRun(
            LabClock.Ms(m.Outage),
            m.Recovered,
            LabClock.Ms(m.Dual),
            m.DualTimes,
            m.Moves,
            m.Restored is { } restored ? LabClock.Ms(restored) : null,
            LabClock.Ms(m.HealGap),
            LabClock.Ms(m.HealDual),
            m.HealDualTimes,
            m.HealMoves,
            m.BlackHole,
            LabClock.Ms(m.Nobody),
            result.AtHeal,
            result.Final?.ToString(),
            LabClock.Ms(m.Stall),
            result.Doubt);
    }
}

/// <summary>All runs of one fault against one product, and their sums. The names are those of the result file.</summary>
internal sealed record VipRow
{
    public required string Product { get; init; }

    public required string Fault { get; init; }

    public required string Title { get; init; }

    public required string Config { get; init; }

    /// <summary>Runs that ended; a run that did not is in <see cref="Failures"/>.</summary>
    public required int N { get; init; }

    /// <summary>How many worlds ran beside each other.</summary>
    public required int Parallel { get; init; }

    /// <summary>Of the runs in which somebody served before the fault was ended; null where there was none.</summary>
    public required Spread? OutageMs { get; init; }

    public required Spread? DualMs { get; init; }

    /// <summary>How often both had it, in all runs together.</summary>
    public required int DualTimes { get; init; }

    /// <summary>Runs in which somebody served before the fault was ended.</summary>
    public required int Recovered { get; init; }

    public required Spread? Moves { get; init; }

    /// <summary>From the end of the fault to the next answer, of the runs in which nobody served.</summary>
    public required Spread? RestoredMs { get; init; }

    public required Spread? HealMs { get; init; }

    public required Spread? HealDualMs { get; init; }

    public required int HealDualTimes { get; init; }

    public required int BlackHoles { get; init; }

    /// <summary>Runs at whose end alpha, the home of the duty, answered everything.</summary>
    public required int BackHome { get; init; }

    public required IReadOnlyList<string> Failures { get; init; }

    public required IReadOnlyList<VipRun> Runs { get; init; }

    internal static VipRow Of(string product, VipFault fault, string config, int parallel, IReadOnlyList<VipRun> runs, IReadOnlyList<string> failures) => new()
    {
        Product = product,
        Fault = fault.Id,
        Title = fault.Title,
        Config = config,
        N = runs.Count,
        Parallel = parallel,
        OutageMs = Spread.Of(runs.Where(r => r.Recovered).Select(r => r.OutageMs)),
        DualMs = Spread.Of(runs.Select(r => r.DualMs)),
        DualTimes = runs.Sum(r => r.DualTimes),
        Recovered = runs.Count(r => r.Recovered),
        Moves = Spread.Of(runs.Select(r => (double)r.Moves)),
        RestoredMs = Spread.Of(runs.Where(r => r.RestoredMs is not null).Select(r => r.RestoredMs!.Value)),
        HealMs = Spread.Of(runs.Select(r => r.HealGapMs)),
        HealDualMs = Spread.Of(runs.Select(r => r.HealDualMs)),
        HealDualTimes = runs.Sum(r => r.HealDualTimes),
        BlackHoles = runs.Count(r => r.BlackHole),
        BackHome = runs.Count(r => r.Final == "a"),
        Failures = failures,
        Runs = runs,
    };
}

/// <summary>What <c>bench/results/vip.json</c> holds.</summary>
internal sealed record VipResults(string Kernel, int Cores, string Measured, IReadOnlyDictionary<string, string> Versions, IReadOnlyList<VipRow> Rows);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(VipResults))]
internal sealed partial class VipJson : JsonSerializerContext;

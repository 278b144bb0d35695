using System.Text.Json.Serialization;

namespace Understudy.Bench.Collection;

/// <summary>One thing that was measured. The names are those of the result file.</summary>
internal sealed record CollectionRow
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>Of all numbers here.</summary>
    public required string Unit { get; init; }

    public required int N { get; init; }

    /// <summary>Runs in which it did not happen at all within the time that the bench waits.</summary>
    public required int Failed { get; init; }

    public required double Min { get; init; }

    public required double Median { get; init; }

    public required double Max { get; init; }

    /// <summary>What no run may exceed, or fall short of; null where nothing was promised.</summary>
    public required double? Limit { get; init; }

    /// <summary>Which of both: "at most" or "at least".</summary>
    public required string? LimitIs { get; init; }

    /// <summary>Null where nothing was promised.</summary>
    public required bool? Held { get; init; }

    /// <summary>The figure of ldmsd, measured elsewhere; null where there is none.</summary>
    public required string? Ldmsd { get; init; }

    public required string? Note { get; init; }

    public required IReadOnlyList<double> Runs { get; init; }

    /// <param name="numbers">Null is a run in which it did not happen.</param>
    internal static CollectionRow Of(string id, string title, string unit, IReadOnlyList<double?> numbers, double? limit, string? ldmsd, string? note)
    {
        var sorted = numbers.OfType<double>().Select(n => Math.Round(n, 3)).Order().ToList();
        var failed = numbers.Count - sorted.Count;
        return new CollectionRow
        {
            Id = id,
            Title = title,
            Unit = unit,
            N = sorted.Count,
            Failed = failed,
            Min = sorted.FirstOrDefault(),
            Median = sorted.Count == 0 ? 0 : sorted[(sorted.Count - 1) / 2],
            Max = sorted.LastOrDefault(),
            Limit = limit,
            LimitIs = limit is null ? null : "at most",
            Held = limit is { } most ? failed == 0 && sorted.Count > 0 && sorted[^1] <= most : null,
            Ldmsd = ldmsd,
            Note = note,
            Runs = [.. numbers.OfType<double>().Select(n => Math.Round(n, 3))],
        };
    }

    /// <param name="limit">What no run may fall short of.</param>
    internal static CollectionRow AtLeast(string id, string title, string unit, IReadOnlyList<double?> numbers, double limit, string? note)
    {
        var row = Of(id, title, unit, numbers, limit, null, note);
        return row with { LimitIs = "at least", Held = row.Failed == 0 && row.N > 0 && row.Min >= limit };
    }
}

/// <summary>What <c>bench/results/collection.json</c> holds.</summary>
/// <param name="LdmsFigures">What the figures of ldmsd are, and where they come from.</param>
/// <param name="Failures">Parts of the bench that could not be measured, and why.</param>
internal sealed record CollectionResults(string Kernel, int Cores, string Measured, IReadOnlyDictionary<string, string> Versions, string LdmsFigures, IReadOnlyList<CollectionRow> Rows, IReadOnlyList<string> Failures);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CollectionResults))]
internal sealed partial class CollectionJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace Understudy.Bench.Ups;

/// <summary>What a row must keep.</summary>
/// <param name="Most">In the row's unit.</param>
/// <param name="OfMax">The largest number counts, not the 99th in a hundred.</param>
internal sealed record UpsLimit(double Most, bool OfMax = false)
{
    internal string Of => OfMax ? "max" : "p99";
}

/// <summary>One thing that was measured. The names are those of the result file.</summary>
internal sealed record UpsRow
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

    /// <summary>The smallest number that 99 of 100 do not exceed; of fewer than 100 that is the largest.</summary>
    public required double P99 { get; init; }

    public required double Max { get; init; }

    /// <summary>Null where nothing was promised of these numbers.</summary>
    public required double? Limit { get; init; }

    /// <summary>What is held against the limit: p99 or max; or "no loss", which is no number.</summary>
    public required string? LimitOf { get; init; }

    /// <summary>Null where nothing was promised.</summary>
    public required bool? Held { get; init; }

    /// <summary>The figure of NUT's own driver, measured elsewhere; null where there is none.</summary>
    public required string? Nut { get; init; }

    public required string? Note { get; init; }

    /// <summary>Each number, where there are few.</summary>
    public required IReadOnlyList<double> Runs { get; init; }

    /// <param name="noLoss">Where not the numbers but a loss decides: whether there was none.</param>
    internal static UpsRow Of(string id, string title, string unit, IReadOnlyList<double> numbers, int failed, UpsLimit? limit, string? nut, string? note, bool? noLoss = null)
    {
        const int Few = 60;
        var sorted = numbers.Select(n => Math.Round(n, 3)).Order().ToList();
        var (median, p99, max) = sorted.Count == 0 ? (0, 0, 0) : (sorted[(sorted.Count - 1) / 2], sorted[((sorted.Count * 99) + 99) / 100 - 1], sorted[^1]);
        return new UpsRow
        {
            Id = id,
            Title = title,
            Unit = unit,
            N = sorted.Count,
            Failed = failed,
            Min = sorted.FirstOrDefault(),
            Median = median,
            P99 = p99,
            Max = max,
            Limit = limit?.Most,
            LimitOf = limit?.Of ?? (noLoss is null ? null : "no loss"),
            Held = limit is null ? noLoss : failed == 0 && sorted.Count > 0 && (limit.OfMax ? max : p99) < limit.Most,
            Nut = nut,
            Note = note,
            Runs = sorted.Count <= Few ? [.. numbers.Select(n => Math.Round(n, 3))] : [],
        };
    }

    /// <summary>Of spans in nanoseconds; null is a run in which it did not happen.</summary>
    internal static UpsRow OfSpans(string id, string title, IReadOnlyList<long?> spans, UpsLimit? limit, string? nut, string? note) =>
        Of(id, title, "ms", [.. spans.OfType<long>().Select(s => s / 1e6)], spans.Count(s => s is null), limit, nut, note);
}

/// <summary>What <c>bench/results/ups.json</c> holds.</summary>
/// <param name="NutFigures">What the figures of NUT's own driver are, and where they come from.</param>
/// <param name="Failures">Parts of the bench that could not be measured, and why.</param>
internal sealed record UpsResults(string Kernel, int Cores, string Measured, IReadOnlyDictionary<string, string> Versions, string NutFigures, IReadOnlyList<UpsRow> Rows, IReadOnlyList<string> Failures);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(UpsResults))]
internal sealed partial class UpsJson : JsonSerializerContext;

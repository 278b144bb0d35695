using System.Globalization;
using System.Text;

namespace Understudy.Bench.Vip;

/// <summary>Rows as a Markdown table: a fault a line within each product, unflattering rows and all.</summary>
internal static class VipTable
{
    private const string Head =
        """
        | fault | n | outage ms | recovered | dual-active ms | moves | heal: gap ms | heal: dual ms | black holes | home at the end |
        |---|---|---|---|---|---|---|---|---|---|
        """;

    internal static string Of(VipResults results)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Kernel {results.Kernel}, {results.Cores} cores, {results.Measured}. Numbers are min/median/max; one number stands for three equal ones.");
        text.AppendLine(CultureInfo.InvariantCulture, $"The client's own longest pause between two questions: {Show(results.Rows.SelectMany(r => r.Runs).Select(r => r.StallMs).DefaultIfEmpty(0).Max())} ms.");
        text.AppendLine().AppendLine(BesideEachOther(results));
        foreach (var product in results.Rows.GroupBy(r => r.Product, StringComparer.Ordinal))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"### {product.Key} {results.Versions.GetValueOrDefault(product.Key, string.Empty)}").AppendLine();
            foreach (var config in product.Select(r => r.Config).Distinct(StringComparer.Ordinal))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"{config}.");
            }

            text.AppendLine().AppendLine(Head);
            foreach (var row in product)
            {
                text.AppendLine(Line(row));
            }

            foreach (var missed in product.Select(Promise.Missed).Where(m => m is not null))
            {
                text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**Missed:** {missed}.");
            }
        }

        return text.ToString();
    }

    internal static string Line(VipRow row)
    {
        var outage = row switch
        {
            { N: 0 } => "-",
            { OutageMs: null, RestoredMs: { } restored } => $"(whole fault; {Show(restored)} after the heal)",
            { OutageMs: null } => "(whole fault)",
            _ => Show(row.OutageMs),
        };
        var title = row.Title + (row.Parallel > 1 ? $" ({row.Parallel} worlds at once)" : string.Empty);
        var failures = row.Failures.Count == 0 ? string.Empty : $" ({row.Failures.Count} runs failed)";
        return $"| {title} | {row.N}{failures} | {outage} | {row.Recovered}/{row.N} | {Show(row.DualMs, row.DualTimes)} "
            + $"| {Show(row.Moves)} | {Show(row.HealMs)} | {Show(row.HealDualMs, row.HealDualTimes)} | {row.BlackHoles}/{row.N} | {row.BackHome}/{row.N} |";
    }

    /// <summary>The worst of each product: a line a fault, a column a product, with what Understudy promises in front.</summary>
    private static string BesideEachOther(VipResults results)
    {
        var products = results.Rows.Select(r => r.Product).Distinct(StringComparer.Ordinal).ToList();
        var text = new StringBuilder();
        text.AppendLine("Worst outage, and worst time with both hosts active, in ms:").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"| fault | promised | {string.Join(" | ", products)} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"|---|---|{string.Concat(Enumerable.Repeat("---|", products.Count))}");
        foreach (var fault in results.Rows.GroupBy(r => (r.Fault, r.Title)))
        {
            var cells = products.Select(p => Worst(fault.FirstOrDefault(r => r.Product == p)));
            text.AppendLine(CultureInfo.InvariantCulture, $"| {fault.Key.Title} | {Promise.Of(fault.Key.Fault)} | {string.Join(" | ", cells)} |");
        }

        return text.ToString();
    }

    private static string Worst(VipRow? row)
    {
        if (row is null or { N: 0 })
        {
            return "-";
        }

        var outage = row.Recovered == row.N ? Show(row.OutageMs!.Max)
            : row.Recovered == 0 ? "whole fault"
            : $"{Show(row.OutageMs!.Max)}, or whole fault ({row.N - row.Recovered}/{row.N})";
        var dual = Math.Max(row.DualMs!.Max, row.HealDualMs!.Max);
        var moves = row.Moves!.Max > 0 ? string.Empty : ", no move";
        return $"{outage}{moves}; both {Show(dual)}{(row.BlackHoles > 0 ? $"; black hole {row.BlackHoles}/{row.N}" : string.Empty)}";
    }

    private static string Show(Spread? spread) => spread switch
    {
        null => "-",
        { Min: var min, Max: var max } when Show(min) == Show(max) => Show(max),
        _ => $"{Show(spread.Min)}/{Show(spread.Median)}/{Show(spread.Max)}",
    };

    /// <summary>A time with both hosts active can be too short to be timed: then the count still tells of it.</summary>
    private static string Show(Spread? dual, int times) => times > 0 && dual?.Max < 0.001 ? $"{Show(dual)} ({times} times)" : Show(dual);

    /// <summary>The client's cadence is 1 ms; the address watch is finer, and its small numbers must not be rounded to 0.</summary>
    private static string Show(double ms) =>
        ms is > 0 and < 0.95 ? ms.ToString("0.0##", CultureInfo.InvariantCulture) : ms.ToString("0", CultureInfo.InvariantCulture);
}

using System.Runtime.CompilerServices;
using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>Which metrics a policy stores, and so the columns of each set; they are found once for a layout.</summary>
/// <param name="metrics">None: all.</param>
public sealed class StoreChoice(ValueList<string> metrics)
{
    private readonly ConditionalWeakTable<SetLayout, StoreColumns> columns = new();

    public static StoreChoice All { get; } = new([]);

    public StoreColumns Of(SetLayout layout) => columns.TryGetValue(layout, out var known) ? known : columns.GetValue(layout, l => StoreColumns.Of(l, metrics));

    /// <summary>The set has something to store: not one that lacks all metrics that were chosen.</summary>
    public bool Wants(SetLayout layout) => metrics.Count == 0 || Of(layout).Columns.Length > 0;
}

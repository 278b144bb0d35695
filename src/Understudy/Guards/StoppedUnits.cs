using System.Globalization;
using Understudy.Core;

namespace Understudy.Guards;

/// <summary>What ran of the units that a plan's steps stop, to be started again when they are undone; more lines of the guard's memory, as the undoing may be another daemon's.</summary>
internal sealed class StoppedUnits
{
    private const string Mark = "stopped";
    private const int MostSteps = 64;
    private readonly Dictionary<(long Run, int Step), ValueList<string>> units = [];

    /// <summary>One line a step: <c>stopped RUN STEP UNIT…</c>; without a unit: nothing of it ran.</summary>
    internal string Text => string.Concat(units.Select(u => string.Create(CultureInfo.InvariantCulture, $"{Mark} {u.Key.Run} {string.Join(' ', u.Value.Prepend(u.Key.Step.ToString(CultureInfo.InvariantCulture)))}\n")));

    /// <summary>Reads them from a guard's whole memory; lines that are none of ours are passed.</summary>
    internal static StoppedUnits Read(string? memory)
    {
        var all = new StoppedUnits();
        foreach (var line in (memory ?? "").Split('\n'))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [Mark, var run, var step, .. var names]
                && long.TryParse(run, CultureInfo.InvariantCulture, out var r) && int.TryParse(step, CultureInfo.InvariantCulture, out var s))
            {
                all.Add(r, s, [.. names]);
            }
        }

        return all;
    }

    /// <summary>What was stopped before in the same step, by an attempt that failed half way, stays in the list. Of older runs nothing is kept.</summary>
    internal void Add(long run, int step, ValueList<string> names)
    {
        foreach (var old in units.Keys.Where(k => k.Run < run).ToList())
        {
            _ = units.Remove(old);
        }

        if (units.Count < MostSteps)
        {
            units[(run, step)] = units.GetValueOrDefault((run, step), []).Concat(names).Distinct(StringComparer.Ordinal).ToValueList();
        }
    }

    /// <returns>Null: nobody looked.</returns>
    internal ValueList<string>? Take(long run, int step) => units.Remove((run, step), out var names) ? names : null;

    /// <summary>What to start when a stop of a unit is undone. What did not run before is not started; a unit of which nobody knows is, for a job too many does less harm than one that is lost. A slice starts nothing by itself.</summary>
    /// <param name="ran">What of it ran before; null: nobody looked, or could.</param>
    internal static ValueList<string> Undoing(string unit, ValueList<string>? ran) => ran ?? (unit.EndsWith(".slice", StringComparison.Ordinal) ? [] : [unit]);
}

/// <summary>Remembers what ran, for deeds that are on threads of their own.</summary>
internal interface IUnitMemory
{
    /// <summary>Ends when it is on the disk, or the disk was waited for long enough.</summary>
    Task FoundAsync(long run, int step, ValueList<string> units);

    /// <returns>What was found, once; null: nobody looked.</returns>
    Task<ValueList<string>?> TakeAsync(long run, int step);
}

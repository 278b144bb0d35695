using System.Globalization;
using Understudy.Core;

namespace Understudy.Guards;

/// <summary>Which units a plan's steps have stopped, to be started again when they are undone; more lines of the guard's memory, as the undoing may be another daemon's.</summary>
internal sealed class StoppedUnits
{
    private const string Mark = "stopped";
    private const int MostSteps = 64;
    private readonly Dictionary<(long Run, int Step), ValueList<string>> units = [];

    /// <summary>One line a step: <c>stopped RUN STEP UNIT…</c>.</summary>
    internal string Text => string.Concat(units.Select(u => string.Create(CultureInfo.InvariantCulture, $"{Mark} {u.Key.Run} {u.Key.Step} {string.Join(' ', u.Value)}\n")));

    /// <summary>Reads them from a guard's whole memory; lines that are none of ours are passed.</summary>
    internal static StoppedUnits Read(string? memory)
    {
        var all = new StoppedUnits();
        foreach (var line in (memory ?? "").Split('\n'))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [Mark, var run, var step, .. { Length: > 0 } names]
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

    internal ValueList<string> Take(long run, int step) => units.Remove((run, step), out var names) ? names : [];
}

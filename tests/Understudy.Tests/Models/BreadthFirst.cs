using System.Diagnostics;

namespace Understudy.Tests.Models;

/// <summary>What a search found: nothing broken in all reachable states, or the shortest way to a broken one.</summary>
internal sealed record Finding(bool Safe, int States, IReadOnlyList<string> Trace)
{
    internal string Verdict => Safe ? $"safe, {States} states" : $"broken in {Trace.Count} steps, {States} states";
}

/// <summary>Explicit-state search, breadth first, so that the first broken state has the shortest trace.</summary>
internal static class BreadthFirst
{
    /// <param name="key">States with the same key behave alike and are visited once.</param>
    /// <param name="limit">More states than this mean that the model is too large to be a model.</param>
    internal static Finding Search<T>(T start, Func<T, string> key, Func<T, IEnumerable<(string By, T To)>> next, Func<T, bool> broken, int limit = 400_000)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { key(start) };
        var states = new List<(T State, int From, string By)> { (start, -1, "") };
        for (var at = 0; at < states.Count; at++)
        {
            if (broken(states[at].State))
            {
                return new Finding(false, states.Count, Trace(states, at));
            }

            foreach (var (by, to) in next(states[at].State))
            {
                if (seen.Add(key(to)))
                {
                    states.Add((to, at, by));
                }
            }

            if (states.Count > limit)
            {
                throw new UnreachableException($"more than {limit} states");
            }
        }

        return new Finding(true, states.Count, []);
    }

    private static List<string> Trace<T>(List<(T State, int From, string By)> states, int at)
    {
        var trace = new List<string>();
        for (; states[at].From >= 0; at = states[at].From)
        {
            trace.Add(states[at].By);
        }

        trace.Reverse();
        return trace;
    }
}

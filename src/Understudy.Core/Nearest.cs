namespace Understudy.Core;

/// <summary>Finds the word that a person probably meant.</summary>
internal static class Nearest
{
    private const int LongestWord = 64;

    /// <summary>The known word with the fewest edits, if these are at most a third of its letters; else null.</summary>
    internal static string? To(string word, IEnumerable<string> known)
    {
        string? best = null;
        var fewest = int.MaxValue;
        foreach (var candidate in known)
        {
            if (word.Length > LongestWord || candidate.Length > LongestWord)
            {
                continue;
            }

            var edits = Edits(Plain(word), Plain(candidate));
            if (edits < fewest && edits <= Math.Max(1, (candidate.Length + 1) / 3))
            {
                (best, fewest) = (candidate, edits);
            }
        }

        return best;
    }

    /// <summary>How many letters must be put in, left out, changed or swapped with their neighbour (optimal string alignment).</summary>
    internal static int Edits(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                cost[i, j] = i == 0 ? j : j == 0 ? i : Math.Min(
                    Math.Min(cost[i - 1, j] + 1, cost[i, j - 1] + 1),
                    cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }

    /// <summary>'deadAfter', 'dead-after' and 'Dead_After' are all 'deadafter': people err in the joints first.</summary>
    private static string Plain(string word) => word.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}

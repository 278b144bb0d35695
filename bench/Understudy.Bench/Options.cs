using System.Globalization;

namespace Understudy.Bench;

/// <summary>Words of the form <c>--name value</c>.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">A word is not a name with a value after it.</exception>
    internal Options(IReadOnlyList<string> words)
    {
        for (var i = 0; i < words.Count; i += 2)
        {
            if (!words[i].StartsWith("--", StringComparison.Ordinal) || i + 1 >= words.Count)
            {
                throw new ArgumentException($"{words[i]}: expected '--name value'", nameof(words));
            }

            values[words[i][2..]] = words[i + 1];
        }
    }

    internal string Text(string name, string fallback) => values.GetValueOrDefault(name, fallback);

    internal int Number(string name, int fallback) =>
        !values.TryGetValue(name, out var text) ? fallback
        : int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw new ArgumentException($"--{name}: '{text}' is not a number above 0", nameof(name));

    internal IReadOnlyList<string> List(string name, string fallback) =>
        Text(name, fallback).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

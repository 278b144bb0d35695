using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Understudy.Tests.Collection;

/// <summary>The two text formats once more, slowly and by other means (lines, regular expressions, .NET's numbers), to judge the real reader by.</summary>
internal static partial class OpenMetricsOracle
{
    /// <summary>Series and values; null where the text is refused.</summary>
    internal static Dictionary<string, (double Value, double? Stamp)>? Read(string text, bool openMetrics)
    {
        if (text.Length > 0 && !text.EndsWith('\n') && !(openMetrics && text.EndsWith("# EOF", StringComparison.Ordinal)))
        {
            return null;
        }

        var lines = text.Split('\n').ToList();
        if (lines[^1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        if (openMetrics)
        {
            if (lines.Count == 0 || lines[^1] != "# EOF" || lines.IndexOf("# EOF") != lines.Count - 1)
            {
                return null;
            }

            lines.RemoveAt(lines.Count - 1);
        }

        var read = new Dictionary<string, (double, double?)>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var plain = openMetrics ? line : line.Trim(' ', '\t');
            if (!openMetrics && plain.Length == 0)
            {
                continue;
            }

            if (plain.StartsWith('#'))
            {
                if (!Comment(plain, openMetrics))
                {
                    return null;
                }

                continue;
            }

            var match = (openMetrics ? Strict() : Free()).Match(plain);
            if (!match.Success)
            {
                return null;
            }

            var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, value) in match.Groups["label"].Captures.Zip(match.Groups["text"].Captures, (n, v) => (n.Value, v.Value)))
            {
                if (!labels.TryAdd(name, Unescaped(value)))
                {
                    return null;
                }
            }

            var series = match.Groups["name"].Value
                + (labels.Count == 0 ? "" : "{" + string.Join(',', labels.Select(l => $"{l.Key}=\"{Escaped(l.Value)}\"")) + "}");
            double? stamp = match.Groups["stamp"] is { Success: true } s ? double.Parse(s.Value, NumberStyles.Float, CultureInfo.InvariantCulture) : null;
            if (Math.Abs(stamp ?? 0) > (openMetrics ? 1e12 : 1e15))
            {
                return null;
            }

            read[series] = (Number(match.Groups["value"].Value), stamp);
        }

        return read;
    }

    private static bool Comment(string line, bool openMetrics)
    {
        var words = line[1..].Split(new[] { ' ', '\t' }, StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 || words[0] is not ("TYPE" or "UNIT")
            || (words.Length > 1 && Name().IsMatch(words[1]) && (!openMetrics || words[0] == "UNIT" || (words.Length > 2 && Kind().IsMatch(words[2]))));
    }

    private static double Number(string word) => word.ToLowerInvariant() switch
    {
        "nan" => double.NaN,
        "inf" or "+inf" or "infinity" or "+infinity" => double.PositiveInfinity,
        "-inf" or "-infinity" => double.NegativeInfinity,
        var digits => double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private static string Unescaped(string value)
    {
        var text = new StringBuilder();
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length && value[i + 1] is '\\' or '"' or 'n' && value[i] == '\\')
            {
                text.Append(value[++i] == 'n' ? '\n' : value[i]);
            }
            else
            {
                text.Append(value[i]);
            }
        }

        return text.ToString();
    }

    private static string Escaped(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private const string Num = @"(?:[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:nan|[+-]?inf(?:inity)?))";
    private const string Dec = @"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?";
    private const string Labels = """\{[ \t]*(?:(?<label>[a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"(?<text>(?:[^"\\]|\\.)*)"[ \t]*(?:,[ \t]*|(?=\})))*\}""";

    private const string Plain = """\{[ \t]*(?:[a-zA-Z_][a-zA-Z0-9_]*[ \t]*=[ \t]*"(?:[^"\\]|\\.)*"[ \t]*(?:,[ \t]*|(?=\})))*\}""";

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:[ \t]*" + Labels + @"[ \t]*|[ \t]+)(?<value>" + Num + @")(?:[ \t]+(?<stamp>" + Dec + @"))?$", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Free();

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:" + Labels + @")? (?<value>" + Num + @")(?: (?<stamp>" + Dec + @"))?(?: # " + Plain + " " + Num + "(?: " + Num + ")?)?$", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Strict();

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*$", RegexOptions.None, 5000)]
    private static partial Regex Name();

    [GeneratedRegex("^(?:counter|gauge|histogram|summary|gaugehistogram|info|stateset|unknown|untyped)$", RegexOptions.None, 5000)]
    private static partial Regex Kind();
}

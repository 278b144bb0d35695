using System.Globalization;

namespace Understudy.Core.Ups;

/// <summary>What a proxy remembers beyond its own end, on a tmpfs: the primary, and the operator's words.</summary>
public sealed record ProxyMemory(string? Primary, ValueList<(string Source, SourceOverride Word)> Words)
{
    public static ProxyMemory None { get; } = new(null, []);

    public string Text(string boot)
    {
        var lines = new List<string> { $"boot {boot}" };
        if (Primary is not null)
        {
            lines.Add($"primary {Primary}");
        }

        lines.AddRange(Words.Select(w => string.Create(CultureInfo.InvariantCulture, $"{(w.Word.Primary ? "want" : "ignore")} {w.Source} {w.Word.Until.Ticks} {w.Word.Why.ReplaceLineEndings(" ")}")));
        return string.Join('\n', lines) + "\n";
    }

    /// <summary>Of another boot only the primary is kept, and words without an end: a span ends with the boot that it was counted in.</summary>
    public static ProxyMemory Parse(string text, string boot)
    {
        string? primary = null;
        var words = new List<(string, SourceOverride)>();
        var same = false;
        foreach (var line in text.Split('\n'))
        {
            switch (line.Split(' ', 4))
            {
                case ["boot", var id]:
                    same = id == boot;
                    break;
                case ["primary", var name]:
                    primary = name;
                    break;
                case [("want" or "ignore") and var kind, var source, var until, var why] when long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks):
                    if (same || ticks == Instant.Never.Ticks)
                    {
                        words.Add((source, new SourceOverride(kind == "want", new Instant(ticks), why)));
                    }

                    break;
            }
        }

        return new ProxyMemory(primary, words.ToValueList());
    }
}

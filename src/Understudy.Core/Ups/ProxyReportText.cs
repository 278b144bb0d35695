using System.Globalization;

namespace Understudy.Core.Ups;

/// <summary>
/// A proxy's answer to <c>UNDERSTUDY STATUS</c> (docs/protocol/proxy-status.md): lines of NUT's grammar, each of a subject and pairs of a key and a value, up to an end line. Who reads skips keys and lines that it does not
/// know, so that programs of two versions understand each other.
/// </summary>
public static class ProxyReportText
{
    /// <summary>The question, as one line.</summary>
    public const string Question = "UNDERSTUDY STATUS";

    /// <summary>The first word of the question, and of every line of the answer: none of NUT's.</summary>
    public const string Word = "UNDERSTUDY";

    /// <summary>The last line.</summary>
    public const string End = "UNDERSTUDY END";

    /// <summary>An answer of 1,000 sources has some 300 KB; a longer one is none of ours.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxSources = 1000;

    private static readonly string[] s_conditions = [.. Enum.GetNames<SourceCondition>().Select(n => n.ToLowerInvariant())];

    /// <summary>Appends the answer.</summary>
    public static DriverLineWriter Write(DriverLineWriter into, ProxyReport report)
    {
        into.Facts(
            $"{Word} PROXY",
            ("ups", report.Ups), ("version", report.Version), ("mode", report.Mode == ProxyMode.Multiplex ? "multiplex" : "failover"), ("status", report.Status), ("fresh", Flag(report.Fresh)),
            ("primary", report.Primary), ("primary_for_ms", Text(report.PrimaryForMs)), ("uptime_ms", Text(report.UptimeMs)), ("switches", Text(report.Switches)), ("clients", Text(report.Clients)));
        foreach (var source in report.Sources)
        {
            var head = $"{Word} SOURCE {Text(source.Rank)}";
            into.Facts(
                head,
                ("name", source.Name), ("connected", Flag(source.Connected)), ("condition", s_conditions[(int)source.Condition]), ("override", source.Override), ("override_left_ms", Text(source.OverrideLeftMs)),
                ("age_ms", Text(source.AgeMs)), ("dump_age_ms", Text(source.DumpAgeMs)));
            into.Facts(
                head,
                ("lines", Text(source.Lines)), ("refused", Text(source.Refused)), ("losses", Text(source.Losses)), ("slowest_ms", Text(source.SlowestMs)), ("lag_us", Text(source.LagUs)),
                ("lag_max_us", Text(source.LagMaxUs)), ("variables", Text(source.Variables)));
        }

        return into.Bare(End);
    }

    /// <summary>Whether a text has come to its end line.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> text) => text.IndexOf("\nUNDERSTUDY END\n"u8) >= 0 || text.StartsWith("UNDERSTUDY END\n"u8);

    /// <summary>Reads an answer. What a driver says besides, to all who listen, may stand between its lines.</summary>
    /// <returns>Null where the text has no end line, or does not say whose it is.</returns>
    public static ProxyReport? Read(ReadOnlySpan<char> text)
    {
        var proxy = new Dictionary<string, string>(StringComparer.Ordinal);
        var sources = new SortedDictionary<int, Dictionary<string, string>>();
        var words = new List<string>();
        foreach (var part in text.Split('\n'))
        {
            var line = text[part];
            var at = 0;
            if (!line.StartsWith(Word, StringComparison.Ordinal) || UpsWords.Read(line, ref at, words) != WordsEnd.Line)
            {
                continue;
            }

            switch (words)
            {
                case [Word, "PROXY", ..]:
                    Take(words, 2, proxy);
                    break;
                case [Word, "SOURCE", var number, ..] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var rank) && rank < MaxSources:
                    if (!sources.TryGetValue(rank, out var source))
                    {
                        sources[rank] = source = new Dictionary<string, string>(StringComparer.Ordinal);
                    }

                    Take(words, 3, source);
                    break;
                case [Word, "END"]:
                    return proxy.ContainsKey("ups") ? Of(proxy, sources) : null;
            }
        }

        return null;
    }

    private static void Take(List<string> words, int from, Dictionary<string, string> facts)
    {
        for (var i = from; i + 1 < words.Count; i += 2)
        {
            facts[words[i]] = words[i + 1];
        }
    }

    private static ProxyReport Of(Dictionary<string, string> proxy, SortedDictionary<int, Dictionary<string, string>> sources) => new(
        proxy["ups"],
        proxy.GetValueOrDefault("version", ""),
        proxy.GetValueOrDefault("mode") == "multiplex" ? ProxyMode.Multiplex : ProxyMode.Failover,
        proxy.GetValueOrDefault("status", ""),
        proxy.GetValueOrDefault("fresh") == "1",
        proxy.GetValueOrDefault("primary"),
        Number(proxy, "primary_for_ms") ?? 0,
        Number(proxy, "uptime_ms") ?? 0,
        Number(proxy, "switches") ?? 0,
        Number(proxy, "clients") ?? 0,
        sources.Where(s => s.Value.ContainsKey("name")).Select(s => Of(s.Key, s.Value)).ToValueList());

    private static SourceReport Of(int rank, Dictionary<string, string> source) => new(
        source["name"],
        rank,
        source.GetValueOrDefault("connected") == "1",
        (SourceCondition)Math.Max(0, Array.IndexOf(s_conditions, source.GetValueOrDefault("condition"))),
        source.GetValueOrDefault("override"),
        Number(source, "override_left_ms"),
        Number(source, "age_ms"),
        Number(source, "dump_age_ms"),
        Number(source, "lines") ?? 0,
        Number(source, "refused") ?? 0,
        Number(source, "losses") ?? 0,
        Number(source, "slowest_ms") ?? 0,
        Number(source, "lag_us"),
        Number(source, "lag_max_us") ?? 0,
        (int)Math.Min(int.MaxValue, Number(source, "variables") ?? 0));

    private static long? Number(Dictionary<string, string> facts, string key) =>
        facts.TryGetValue(key, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Flag(bool isSo) => isSo ? "1" : "0";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? Text(long? number) => number is { } known ? Text(known) : null;
}

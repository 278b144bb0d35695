using System.Globalization;
using Understudy.Core.Settings;

namespace Understudy.Core.Ups;

/// <summary>What the sources of a proxy are to each other.</summary>
public enum ProxyMode
{
    /// <summary>One source at a time is shown: they may be different devices.</summary>
    Failover = 0,

    /// <summary>All sources look at one device, and each variable is shown from the best that has it.</summary>
    Multiplex = 1,
}

/// <summary>What is shown where no source can be (failover(8), fsdmode).</summary>
public enum NobodyPolicy
{
    /// <summary>The last data, marked as stale.</summary>
    Stale = 0,

    /// <summary>An alarm for a while, then stale.</summary>
    AlarmThenStale = 1,

    /// <summary>Alarm and forced shutdown: every client goes down. Never before a source was seen.</summary>
    AlarmAndShutdown = 2,
}

/// <summary><c>prefer.&lt;variable or glob&gt; = source</c>: which source is shown first where it can be.</summary>
/// <param name="Pattern">A name, with <c>*</c> for any characters and <c>?</c> for one.</param>
public sealed record Preference(string Pattern, int Source)
{
    public bool Matches(string name) => Globs.Match(Pattern, name);
}

/// <summary>A span for the variables that a pattern names; the first that matches counts.</summary>
public sealed record SpanFor(string Pattern, TimeSpan Span);

/// <summary>Tokens of ups.status by which a source is let in or kept out (failover(8), status_have_any and the like); empty sets say nothing.</summary>
public sealed record StatusFilters(ValueList<string> HaveAny, ValueList<string> HaveAll, ValueList<string> NotHaveAny, ValueList<string> NotHaveAll)
{
    public static StatusFilters None { get; } = new([], [], [], []);

    public bool AnySet => HaveAny.Count + HaveAll.Count + NotHaveAny.Count + NotHaveAll.Count > 0;

    /// <summary>In the order of the original: nothave_any, have_all, nothave_all, have_any.</summary>
    public bool Pass(IReadOnlySet<string> tokens) =>
        !NotHaveAny.Any(tokens.Contains)
        && HaveAll.All(tokens.Contains)
        && (NotHaveAll.Count == 0 || !NotHaveAll.All(tokens.Contains))
        && (HaveAny.Count == 0 || HaveAny.Any(tokens.Contains));
}

/// <summary>Everything by which a proxy decides: one section of ups.conf, read.</summary>
/// <param name="Sources">Socket names of the real drivers, in the order of <c>port</c>, which is their rank.</param>
/// <param name="InitTime">How long after the start nobody need be there yet.</param>
/// <param name="DeadTime">How long a source may be without a word, at the most, whatever its rhythm.</param>
/// <param name="Silence">How long a source that was pinged may keep us waiting, unless its own rhythm is slower.</param>
/// <param name="NoPrimaryTime">How long after the last source went <paramref name="Nobody"/> begins.</param>
/// <param name="CheckRuntime">Which of two sources without data that counts is better: 1 longer runtime, 2 higher low mark, 3 both; 0 neither.</param>
/// <param name="FlipAfter">By variable: how long a source may be without fresh data before the next one's value is shown. What is stale is shown for no longer.</param>
/// <param name="FlipBack">By variable: how long a source must have been well before its value is shown again.</param>
/// <param name="Fixed">Variables that the section sets itself, whatever a source says (<c>override.NAME</c>).</param>
/// <param name="Defaults">Variables that are shown so where no source has them (<c>default.NAME</c>).</param>
/// <param name="IgnoreLowBattery">LB is set by battery.charge and battery.runtime against their .low, not by what a source says (<c>ignorelb</c>, ups.conf(5)).</param>
/// <param name="UpstreamNames">Commands are also offered as <c>upstream.NAME</c>, as the failover driver of NUT does.</param>
public sealed record ProxyRules(
    string Ups,
    ValueList<string> Sources,
    ProxyMode Mode,
    TimeSpan InitTime,
    TimeSpan DeadTime,
    TimeSpan Silence,
    TimeSpan NoPrimaryTime,
    NobodyPolicy Nobody,
    int CheckRuntime,
    bool StrictFiltering,
    StatusFilters Filters,
    ValueList<Preference> Preferences,
    ValueList<SpanFor> FlipAfter,
    ValueList<SpanFor> FlipBack,
    StatusConflict Conflict,
    ValueList<(string Name, string Value)> Fixed,
    ValueList<(string Name, string Value)> Defaults,
    bool IgnoreLowBattery,
    bool UpstreamNames)
{
    /// <summary>A silent source is pinged after so long; upsd pings us after MAXAGE / 3 = 5 s.</summary>
    public static TimeSpan PingAfter => TimeSpan.FromSeconds(2);

    /// <summary>Who would be pinged within so long is pinged with who must be now: 50 sources at rest are then one wake-up and not 50.</summary>
    public static TimeSpan PingTogether => TimeSpan.FromMilliseconds(250);

    /// <summary>A driver's word on its own state, which some say twice in each poll, is passed on within so long; all else at once.</summary>
    public static TimeSpan StateSlack => TimeSpan.FromMilliseconds(250);

    /// <summary>The place of a source in <c>port</c>; -1 for null, and for what is none.</summary>
    public int RankOf(string? source)
    {
        for (var i = 0; i < Sources.Count; i++)
        {
            if (Sources[i] == source)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The spans for one variable.</summary>
    public (TimeSpan After, TimeSpan Back) FlipOf(string name) => (SpanOf(FlipAfter, name), SpanOf(FlipBack, name));

    /// <summary>The sources in the order in which a variable or command is taken from them: as preferred, then by rank.</summary>
    public IEnumerable<int> OrderFor(string name)
    {
        var preferred = Preferences.Where(p => p.Matches(name)).OrderByDescending(p => Globs.Weight(p.Pattern)).Select(p => p.Source);
        return preferred.Concat(Enumerable.Range(0, Sources.Count)).Distinct();
    }

    private static TimeSpan SpanOf(ValueList<SpanFor> spans, string name) => spans.First(s => Globs.Match(s.Pattern, name)).Span;
}

/// <summary>Patterns over names: <c>*</c> any characters, <c>?</c> one; without regard to case.</summary>
internal static class Globs
{
    /// <summary>The more of a pattern is plain text, the more it says: an exact name beats any pattern.</summary>
    internal static int Weight(string pattern) => pattern.AsSpan().IndexOfAny('*', '?') < 0 ? int.MaxValue : pattern.Count(c => c is not ('*' or '?'));

    internal static bool Match(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        var (p, n, star, mark) = (0, 0, -1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && (pattern[p] == '?' || char.ToLowerInvariant(pattern[p]) == char.ToLowerInvariant(name[n])))
            {
                (p, n) = (p + 1, n + 1);
            }
            else if (p < pattern.Length && pattern[p] == '*')
            {
                (star, mark) = (p++, n);
            }
            else if (star >= 0)
            {
                (p, n) = (star + 1, ++mark);
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].Trim('*').IsEmpty;
    }
}

/// <summary>One mistake in a section, with its place.</summary>
/// <param name="Problem">What is wrong, and what would be right.</param>
public sealed record UpsConfMistake(int Line, string Section, string Key, string Problem)
{
    public override string ToString() => $"line {Line}: [{Section}]: {Key}: {Problem}";
}

/// <summary>Reads a proxy's section. Every mistake is told, each with its line; what the core of every driver reads is left alone.</summary>
public static class ProxyRulesReader
{
    /// <summary>Keys that belong to NUT's driver core and to upsdrvctl (ups.conf(5), main.c): not ours to judge.</summary>
    private static readonly HashSet<string> s_core = new(StringComparer.Ordinal)
    {
        "driver", "desc", "sdorder", "sdcommands", "maxstartdelay", "maxretry", "retrydelay", "pollinterval", "synchronous", "user", "group", "debug_min", "nolock", "ignorelb",
        "allow_killpower", "LIBUSB_DEBUG", "reconnect_max_tries", "reconnect_report_freq",
    };

    /// <summary>Keys with a whole number, and what it is where they are not there: seconds, or a mode of failover(8).</summary>
    private static readonly (string Key, int Otherwise)[] s_numbers =
    [
        ("inittime", 30), ("deadtime", 30), ("silence", 4), ("noprimarytime", 15), ("fsdmode", 0), ("checkruntime", 1), ("strictfiltering", 0), ("relogtime", 5), ("maxconnfails", 5), ("coolofftime", 15),
    ];

    private static readonly string[] s_filters = ["status_have_any", "status_have_all", "status_nothave_any", "status_nothave_all"];

    private static readonly string[] s_words = ["port", "mode", "status_conflict", "upstream_commands", "flip.after", "flip.back"];

    /// <summary>Every setting of a section that is ours, in the order of docs/guide/ups.md; VARIABLE stands for a variable's name or a glob.</summary>
    public static ValueList<string> Keys { get; } =
        [.. s_words, "prefer.VARIABLE", "flip.after.VARIABLE", "flip.back.VARIABLE", .. s_numbers.Select(n => n.Key), .. s_filters];

    /// <summary>What a key with a number counts as where it is not there; null for any other key.</summary>
    public static int? NumberOtherwise(string key) => Array.FindIndex(s_numbers, n => n.Key == key) is >= 0 and var i ? s_numbers[i].Otherwise : null;

    /// <summary>The sockets that <c>port</c> names; of a path its last part.</summary>
    public static ValueList<string> SourcesOf(UpsConfSection section) =>
        (section["port"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Path.GetFileName).OfType<string>().ToValueList();

    /// <param name="errors">Gets every mistake, as <c>line N: [SECTION]: KEY: ...</c>.</param>
    public static ProxyRules? Read(UpsConfSection section, List<string> errors)
    {
        var mistakes = new List<UpsConfMistake>();
        var rules = Read(section, mistakes);
        errors.AddRange(mistakes.Select(m => m.ToString()));
        return rules;
    }

    /// <param name="mistakes">Gets every one.</param>
    public static ProxyRules? Read(UpsConfSection section, List<UpsConfMistake> mistakes)
    {
        var before = mistakes.Count;
        var sources = SourcesOf(section).ToList();
        var portLine = section.LineOf("port");
        if (sources.Count == 0)
        {
            mistakes.Add(new UpsConfMistake(portLine, section.Name, "port", "names no source; write the sockets of the real drivers, as usbhid-ups-main,snmp-ups-net"));
        }

        if (section["port"]?.Length >= UpsWords.MaxWordChars)
        {
            mistakes.Add(new UpsConfMistake(portLine, section.Name, "port", $"is longer than the {UpsWords.MaxWordChars - 1} characters that NUT reads of a word, so that its end is lost; shorter names of sections make room"));
        }

        foreach (var twice in sources.GroupBy(s => s, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            mistakes.Add(new UpsConfMistake(portLine, section.Name, "port", $"names {twice.Key} twice"));
        }

        var preferences = new List<Preference>();
        var (after, back) = (new List<SpanFor>(), new List<SpanFor>());
        var values = s_numbers.ToDictionary(n => n.Key, n => n.Otherwise, StringComparer.Ordinal);
        var filters = s_filters.ToDictionary(f => f, _ => (ValueList<string>)[], StringComparer.Ordinal);
        var (mode, conflict, upstream) = (ProxyMode.Failover, StatusConflict.Prefer, false);
        foreach (var entry in section.Entries)
        {
            var (key, value) = (entry.Key, entry.Value ?? "");
            void Wrong(string would) => mistakes.Add(new UpsConfMistake(entry.Line, section.Name, key, $"'{value}' {would}"));
            if (key == "port" || s_core.Contains(key) || key.StartsWith("default.", StringComparison.Ordinal) || key.StartsWith("override.", StringComparison.Ordinal))
            {
                continue;
            }

            if (values.ContainsKey(key))
            {
                var most = key switch { "fsdmode" => 2, "checkruntime" => 3, "strictfiltering" => 1, _ => int.MaxValue };
                var least = key is "deadtime" or "silence" ? 1 : 0;      // with none of either a source would be hung as soon as it is asked
                if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
                {
                    values[key] = number;
                }
                else
                {
                    Wrong(most != int.MaxValue ? $"is not 0 to {most}" : value == "0" ? "takes every source for hung as soon as it is asked for a sign of life; leave it out, or write some seconds" : "is no whole number of seconds");
                }
            }
            else if (filters.ContainsKey(key))
            {
                filters[key] = value.Split([',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(t => t.ToUpperInvariant()).ToValueList();
            }
            else if (key == "mode")
            {
                if (value is not ("failover" or "multiplex"))
                {
                    Wrong("is no mode; failover or multiplex");
                }

                mode = value == "multiplex" ? ProxyMode.Multiplex : ProxyMode.Failover;
            }
            else if (key == "status_conflict")
            {
                if (value is not ("prefer" or "pessimistic" or "optimistic"))
                {
                    Wrong("is no policy; prefer, pessimistic or optimistic");
                }

                conflict = value switch { "pessimistic" => StatusConflict.Pessimistic, "optimistic" => StatusConflict.Optimistic, _ => StatusConflict.Prefer };
            }
            else if (key == "upstream_commands")
            {
                upstream = value.ToUpperInvariant() is not ("0" or "NO" or "FALSE" or "OFF");
            }
            else if (key.StartsWith("prefer.", StringComparison.Ordinal) && key.Length > 7)
            {
                if (sources.IndexOf(value) is >= 0 and var source)
                {
                    preferences.Add(new Preference(key[7..], source));
                }
                else
                {
                    Wrong($"is no source of this section; {string.Join(" or ", sources)}");
                }
            }
            else if (Flip(key, "flip.after", after, value) || Flip(key, "flip.back", back, value))
            {
            }
            else if (key.StartsWith("flip.", StringComparison.Ordinal))
            {
                Wrong("is no number of seconds, or its key none of flip.after, flip.back, flip.after.VARIABLE, flip.back.VARIABLE");
            }
            else
            {
                var meant = Nearest.To(key, Keys.Where(k => !k.EndsWith(".VARIABLE", StringComparison.Ordinal)).Concat(s_core));
                mistakes.Add(new UpsConfMistake(entry.Line, section.Name, key, $"is no setting of understudy-ups{(meant is null ? "" : $"; did you mean '{meant}'?")}"));
            }
        }

        return mistakes.Count > before
            ? null
            : new ProxyRules(
                section.Name,
                sources.ToValueList(),
                mode,
                Seconds(values["inittime"]),
                Seconds(values["deadtime"]),
                Seconds(values["silence"]),
                Seconds(values["noprimarytime"]),
                (NobodyPolicy)values["fsdmode"],
                values["checkruntime"],
                values["strictfiltering"] == 1,
                new StatusFilters(filters["status_have_any"], filters["status_have_all"], filters["status_nothave_any"], filters["status_nothave_all"]),
                preferences.ToValueList(),
                Ordered(after, Seconds(5)),
                Ordered(back, Seconds(30)),
                conflict,
                Named(section, "override."),
                Named(section, "default."),
                section["ignorelb"] is not null,
                upstream);
    }

    private static ValueList<(string Name, string Value)> Named(UpsConfSection section, string prefix) =>
        section.Entries.Where(e => e.Key.StartsWith(prefix, StringComparison.Ordinal) && e.Key.Length > prefix.Length).Select(e => (e.Key[prefix.Length..], e.Value ?? "")).ToValueList();

    private static TimeSpan Seconds(double s) => TimeSpan.FromSeconds(s);

    /// <summary>The pattern that says most comes first; one for all stands last.</summary>
    private static ValueList<SpanFor> Ordered(List<SpanFor> spans, TimeSpan otherwise) =>
        spans.OrderByDescending(s => Globs.Weight(s.Pattern)).Append(new SpanFor("*", otherwise)).ToValueList();

    private static bool Flip(string key, string prefix, List<SpanFor> into, string value)
    {
        var pattern = key == prefix ? "*" : key.StartsWith(prefix + ".", StringComparison.Ordinal) && key.Length > prefix.Length + 1 ? key[(prefix.Length + 1)..] : null;
        if (pattern is null || !double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds is not (>= 0 and <= 86_400))
        {
            return false;
        }

        into.Add(new SpanFor(pattern, Seconds(seconds)));
        return true;
    }
}

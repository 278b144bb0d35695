using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>Which sets an updater takes, each as an expression and whether it is of instances ("inst") or schemas ("schema").</summary>
internal sealed record UpdaterMatches(string Updater, ValueList<(string Regex, string Of)> Matches)
{
    /// <summary>The answer to updtr_match_list; null for one that is of no shape that we know.</summary>
    internal static ValueList<UpdaterMatches>? Read(string? json)
    {
        try
        {
            using var document = JsonDocument.Parse((json ?? "").TrimEnd('\0'));
            return document.RootElement.ValueKind != JsonValueKind.Array ? null : document.RootElement.EnumerateArray().Select(u => new UpdaterMatches(
                u.GetProperty("name").GetString() ?? "",
                u.GetProperty("match").EnumerateArray().Select(m => (m.GetProperty("regex").GetString() ?? "", m.GetProperty("selector").GetString() ?? "")).ToValueList())).ToValueList();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}

/// <summary>
/// What has to be told to a daemon so that it has copies, stopped or running, of another's producers and updaters. Pure: from what both have now to the commands, in order, that bring the second in line; none when it is.
/// </summary>
internal sealed class SupervisorCopies(string prefix)
{
    private static readonly LdmsdPlace s_place = new("supervisor", 1, 1);

    /// <summary>What we gave an object when we added it: a daemon that reports it otherwise is not asked again and again.</summary>
    private readonly Dictionary<string, string> added = new(StringComparer.Ordinal);

    /// <summary>Copies that the daemon does not let go of, since a start by name leaks a reference in it (spec D1): they stay there, stopped, and another name is taken.</summary>
    internal HashSet<string> Stuck { get; } = new(StringComparer.Ordinal);

    /// <summary>It begins as copies do.</summary>
    internal bool IsCopy(string name) => name.StartsWith(prefix, StringComparison.Ordinal);

    /// <summary>Not a copy of ours, nor one that a stock pair made.</summary>
    internal bool IsOwn(string name) => !IsCopy(name) && !name.StartsWith('#');

    internal static LdmsdCommand Command(string verb, params ReadOnlySpan<(string Name, string Value)> words)
    {
        var list = new List<LdmsdWord>();
        foreach (var (name, value) in words)
        {
            list.Add(new(name, value, s_place));
        }

        return new(verb, list.ToValueList(), s_place);
    }

    /// <summary>The daemon was started anew, or another answers there: what we gave it is gone.</summary>
    internal void Forget()
    {
        added.Clear();
        Stuck.Clear();
    }

    /// <summary>The daemon did not do it.</summary>
    internal void Refused(LdmsdCommand command, int code)
    {
        var name = command["name"] ?? "";
        if (command.Verb is "prdcr_add" or "updtr_add")
        {
            _ = added.Remove(name);
        }
        else if (command.Verb == "prdcr_del" && code == LdmsdRefusal.Busy)
        {
            _ = Stuck.Add(name);
        }
    }

    /// <summary>The copies as they should be, and stopped.</summary>
    internal List<LdmsdCommand> ToRest(ReadConfiguration from, ReadConfiguration at)
    {
        var commands = new List<LdmsdCommand>();
        var (wantedProducers, names) = Producers(from, at);
        var wantedUpdaters = Updaters(from, names);
        var badProducers = at.Producers.Where(p => IsCopy(p.Name) && !Stuck.Contains(p.Name) && !(wantedProducers.TryGetValue(p.Name, out var w) && Same(p.Name, w, Spec(p)))).ToList();
        var bad = badProducers.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var badUpdaters = at.Updaters.Where(u => IsCopy(u.Name) && (!(wantedUpdaters.TryGetValue(u.Name, out var w) && Same(u.Name, w.Spec, Spec(u, at))) || u.Producers.Any(p => bad.Contains(p.Name)))).ToList();
        var wrong = badUpdaters.Select(u => u.Name).ToHashSet(StringComparer.Ordinal);
        commands.AddRange(at.Updaters.Where(u => IsCopy(u.Name) && u.State != "STOPPED").Select(u => Command("updtr_stop", ("name", u.Name))));
        commands.AddRange(at.Producers.Where(p => IsCopy(p.Name) && p.State != "STOPPED").Select(p => Command("prdcr_stop", ("name", p.Name))));
        commands.AddRange(badUpdaters.Select(u => Command("updtr_del", ("name", u.Name))));
        commands.AddRange(badProducers.Select(p => Command("prdcr_del", ("name", p.Name))));
        Add(commands, wantedProducers, wantedUpdaters, at, bad, wrong);
        return commands;
    }

    /// <summary>The copies running, as many as the other had running. What is there and not as it should be is left as it is: now is not the time.</summary>
    /// <param name="from">Null where it was never read: then all copies that are there are meant.</param>
    internal List<LdmsdCommand> ToRun(ReadConfiguration? from, ReadConfiguration at)
    {
        var commands = new List<LdmsdCommand>();
        if (from is null)
        {
            commands.AddRange(at.Producers.Where(p => IsCopy(p.Name) && p.State == "STOPPED").Select(p => Command("prdcr_start", ("name", p.Name))));
            commands.AddRange(at.Updaters.Where(u => IsCopy(u.Name) && u.State == "STOPPED").Select(u => Command("updtr_start", ("name", u.Name))));
            return commands;
        }

        var (producers, names) = Producers(from, at);
        var updaters = Updaters(from, names);
        Add(commands, producers, updaters, at, [], []);
        var running = at.Producers.Where(p => p.State != "STOPPED").Select(p => p.Name).Concat(at.Updaters.Where(u => u.State != "STOPPED").Select(u => u.Name)).ToHashSet(StringComparer.Ordinal);
        commands.AddRange(from.Producers.Where(p => p.State != "STOPPED" && names.TryGetValue(p.Name, out var n) && !running.Contains(n)).Select(p => Command("prdcr_start", ("name", names[p.Name]))));
        commands.AddRange(from.Updaters.Where(u => u.State != "STOPPED" && updaters.ContainsKey(prefix + u.Name) && !running.Contains(prefix + u.Name)).Select(u => Command("updtr_start", ("name", prefix + u.Name))));
        return commands;
    }

    /// <summary>Everything of ours away.</summary>
    internal List<LdmsdCommand> ToNothing(ReadConfiguration at) =>
    [
        .. at.Updaters.Where(u => IsCopy(u.Name) && u.State != "STOPPED").Select(u => Command("updtr_stop", ("name", u.Name))),
        .. at.Producers.Where(p => IsCopy(p.Name) && p.State != "STOPPED").Select(p => Command("prdcr_stop", ("name", p.Name))),
        .. at.Updaters.Where(u => IsCopy(u.Name)).Select(u => Command("updtr_del", ("name", u.Name))),
        .. at.Producers.Where(p => IsCopy(p.Name) && !Stuck.Contains(p.Name)).Select(p => Command("prdcr_del", ("name", p.Name))),
    ];

    /// <summary>The name of what a copy is a copy of.</summary>
    internal string OriginalOf(string copy, ReadConfiguration from) =>
        from.Producers.Select(p => p.Name).Where(IsOwn).FirstOrDefault(n => IsNameOf(copy, n)) ?? (IsCopy(copy) ? copy[prefix.Length..] : copy);

    private bool Same(string name, string wanted, string reported) => wanted == reported || (added.TryGetValue(name, out var gave) && gave == wanted);

    private void Add(List<LdmsdCommand> commands, Dictionary<string, string> producers, Dictionary<string, (string Spec, List<LdmsdCommand> Make)> updaters, ReadConfiguration at, HashSet<string> bad, HashSet<string> wrong)
    {
        var there = at.Producers.Select(p => p.Name).Where(n => !bad.Contains(n)).Concat(at.Updaters.Select(u => u.Name).Where(n => !wrong.Contains(n))).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, spec) in producers)
        {
            if (!there.Contains(name))
            {
                added[name] = spec;
                commands.Add(LdmsdText.ReadLine($"prdcr_add name={name} {spec}", s_place)!);
            }
        }

        foreach (var (name, (spec, make)) in updaters)
        {
            if (!there.Contains(name))
            {
                added[name] = spec;
                commands.AddRange(make);
            }
        }
    }

    /// <summary>The copies that should be, each with how it is made; and which copy each original has.</summary>
    private (Dictionary<string, string> Wanted, Dictionary<string, string> Names) Producers(ReadConfiguration from, ReadConfiguration at)
    {
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var p in from.Producers)
        {
            if (!IsOwn(p.Name) || p.Kind != "active")
            {
                continue;                                              // a passive one connects by itself, and to nobody else
            }

            var spec = Spec(p);
            var name = at.Producers.FirstOrDefault(c => IsNameOf(c.Name, p.Name) && !Stuck.Contains(c.Name) && Same(c.Name, spec, Spec(c)))?.Name ?? Free(p.Name);
            wanted[name] = spec;
            names[p.Name] = name;
        }

        return (wanted, names);
    }

    private Dictionary<string, (string Spec, List<LdmsdCommand> Make)> Updaters(ReadConfiguration from, Dictionary<string, string> names)
    {
        var wanted = new Dictionary<string, (string, List<LdmsdCommand>)>(StringComparer.Ordinal);
        foreach (var u in from.Updaters.Where(u => IsOwn(u.Name)))
        {
            var name = prefix + u.Name;
            var copies = u.Producers.Where(p => names.ContainsKey(p.Name)).Select(p => names[p.Name]).ToList();
            if (copies.Count == 0)
            {
                continue;
            }

            var matches = from.Matches?.FirstOrDefault(m => m.Updater == u.Name)?.Matches ?? [];
            var make = new List<LdmsdCommand> { LdmsdText.ReadLine($"updtr_add name={name} {Timing(u)}", s_place)! };
            make.AddRange(matches.Select(m => Command("updtr_match_add", ("name", name), ("regex", m.Regex), ("match", m.Of))));
            make.AddRange(copies.Select(c => Command("updtr_prdcr_add", ("name", name), ("regex", $"^{Regex.Escape(c)}$"))));
            wanted[name] = (Spec(u, copies, matches), make);
        }

        return wanted;
    }

    private static string Spec(LdmsdUpdaterRow u, ReadConfiguration at) => Spec(u, u.Producers.Select(p => p.Name), at.Matches?.FirstOrDefault(m => m.Updater == u.Name)?.Matches ?? []);

    private static string Spec(LdmsdUpdaterRow u, IEnumerable<string> producers, ValueList<(string Regex, string Of)> matches) =>
        $"{Timing(u)} of {string.Join(' ', producers.Order(StringComparer.Ordinal))} where {string.Join(' ', matches.Select(m => $"{m.Of}={m.Regex}").Order(StringComparer.Ordinal))}";

    private static string Timing(LdmsdUpdaterRow u) => string.Create(CultureInfo.InvariantCulture,
        $"interval={u.IntervalMicros}{(u.Synchronous ? $" offset={u.OffsetMicros}" : "")}{(u.Auto ? " auto_interval=true" : "")}{u.Mode switch { "Push" => " push=true", "Push on Change" => " push=onchange", _ => "" }}");

    /// <summary>What makes a producer what it is, as it is written behind its name. What a version does not report has its default.</summary>
    private static string Spec(LdmsdProducerRow p) => string.Create(CultureInfo.InvariantCulture,
        $"type=active xprt={p.Transport} host={p.Host} port={p.Port} reconnect={(p.ReconnectMicros > 0 ? p.ReconnectMicros : 1_000_000)}{Unless("auth", p.Auth, "DEFAULT")}{Unless("rail", p.Rail, "1")}{Unless("quota", p.Quota, "-1")}{Unless("rx_rate", p.RxRate, "-1")}");

    private static string Unless(string word, string value, string otherwise) => value.Length == 0 || value == otherwise ? "" : $" {word}={value}";

    private bool IsNameOf(string copy, string original)
    {
        var name = prefix + original;
        return copy == name || (copy.Length > name.Length + 1 && copy.StartsWith(name, StringComparison.Ordinal) && copy[name.Length] == '.' && copy.AsSpan(name.Length + 1).IndexOfAnyExceptInRange('0', '9') < 0);
    }

    private string Free(string original)
    {
        var name = prefix + original;
        for (var n = 2; Stuck.Contains(name); n++)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{prefix}{original}.{n}");
        }

        return name;
    }
}

using System.Globalization;
using System.Text;

namespace Understudy.Core.Ups;

/// <summary>Looks at one section of a proxy: its sources, its shutdown, its preferences and its timers.</summary>
internal sealed class UpsSectionCheck(UpsConf conf, UpsConfSection section, UpsHostFacts host, List<UpsFinding> findings)
{
    /// <summary>The room for a socket's path, 108 with its final zero (unix(7), sun_path), less the <c>.new</c> behind it under which ours is made.</summary>
    private const int MaxSocketPath = 108 - 1 - 4;

    private static readonly string[] s_theirs = ["relogtime", "maxconnfails", "coolofftime"];

    /// <summary>Names that may be meant though no source has them just now: those of a shutdown, and what we make ourselves.</summary>
    private static readonly string[] s_always = ["shutdown", "shutdown.default", "ups.status", "ups.alarm"];

    private readonly ValueList<string> sources = ProxyRulesReader.SourcesOf(section);
    private readonly bool multiplex = section["mode"] == "multiplex";
    private readonly string socket = $"{UpsConfCheck.OurDriver}-{section.Name}";

    internal void Look()
    {
        var mistakes = new List<UpsConfMistake>();
        var rules = ProxyRulesReader.Read(section, mistakes);
        findings.AddRange(mistakes.Select(m => new UpsFinding(UpsFindingLevel.Error, m.Line, m.Section, m.Key, m.Problem)));
        Program();
        foreach (var source in sources.Distinct(StringComparer.Ordinal))
        {
            Source(source);
        }

        Folders();
        Serials();
        Shutdown();
        Supplies();
        foreach (var entry in section.Entries)
        {
            Effect(entry);
            Variables(entry);
        }

        if (rules is not null)
        {
            Timers(rules);
        }
    }

    private void Program()
    {
        if (section["driver"] == UpsConfCheck.OurDriver && host.Drivers is { } drivers && !drivers.Contains(UpsConfCheck.OurDriver, StringComparer.Ordinal))
        {
            Error("driver", $"there is no {host.DriverFolder}/{UpsConfCheck.OurDriver}; 'understudy ups install' puts it there");
        }

        var path = $"{host.StateFolder}/{socket}";
        if (Encoding.UTF8.GetByteCount(path) > MaxSocketPath)
        {
            Error(null, string.Create(CultureInfo.InvariantCulture, $"its socket would be {path}, which is longer than the {MaxSocketPath} bytes that it may have; give it a shorter name"));
        }
    }

    private void Source(string name)
    {
        if (name == socket)
        {
            Error("port", $"{name} is this section itself; name the sockets of real drivers");
            return;
        }

        var real = UpsConfCheck.Real(conf, name);
        var fact = host.Socket(name);
        if (real is null)
        {
            if (fact is null)
            {
                Error("port", $"{name}: no section of this file makes such a socket{Meant(name)}");
            }
            else
            {
                Warn("port", $"{name}: no section of this file makes this socket, though it is in {host.StateFolder}: a shutdown cannot start its driver where it does not run");
            }

            return;
        }

        if (host.Sockets is not null && fact is null)
        {
            Warn("port", $"{name}: there is no {host.StateFolder}/{name}: its driver does not run; start it with: upsdrvctl start {real.Name}");
        }
        else if (fact is { Said: null })
        {
            Warn("port", $"{name}: its socket {fact.Why}");
        }

        if (host.Drivers is { } drivers && real["driver"] is { } driver && !drivers.Contains(driver, StringComparer.Ordinal))
        {
            Add(UpsFindingLevel.Warning, real.LineOf("driver"), real.Name, "driver", $"there is no {host.DriverFolder}/{driver}, so that upsdrvctl cannot start this source of [{section.Name}]");
        }

        if (Of(section, "user") is var user && user is not "root" && Of(real, "user") is var theirs && user != theirs && (Of(section, "group") is not { } group || group != Of(real, "group")))
        {
            Warn("user", $"runs as {user ?? "NUT's own user"}, and [{real.Name}] as {theirs ?? "NUT's own user"}: its socket is for that user and its group alone; let both run as the same, or give both the same group");
        }
    }

    /// <summary>What somebody who wrote this as a source may have meant.</summary>
    private string Meant(string name)
    {
        var sockets = conf.Sections.Where(s => s != section && s["driver"] is not null).Select(s => (s.Name, Driver: s["driver"]!, Socket: $"{s["driver"]}-{s.Name}")).ToList();
        var meant = sockets.Where(s => s.Name == name || s.Driver == name || name.EndsWith("-" + s.Name, StringComparison.Ordinal)).Select(s => s.Socket).FirstOrDefault();
        return meant is not null ? $"; a socket is called DRIVER-SECTION, so write {meant}"
            : UpsConfCheck.DidYouMean(name, sockets.Select(s => s.Socket)) is { Length: > 0 } near ? near
            : sockets.Count > 0 ? $"; its sections make {string.Join(", ", sockets.Select(s => s.Socket))}" : "";
    }

    private void Folders()
    {
        foreach (var path in (section["port"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (path.LastIndexOf('/') is > 0 and var cut && path[..cut] != host.StateFolder)
            {
                Warn("port", $"{path}: only the last part counts, and is looked for in {host.StateFolder}");
            }
        }
    }

    private void Serials()
    {
        var serials = SerialsOf();
        if (multiplex && serials.Select(s => s.Serial).Distinct(StringComparer.OrdinalIgnoreCase).Count() > 1)
        {
            Error("port", $"these are not one device, as mode = multiplex takes them for: {string.Join(", ", serials.Select(s => $"{s.Source} has serial {s.Serial}"))}");
        }
    }

    /// <summary>Whether all sources are paths to one device; null where that is not known. In multiplex that is what the section says.</summary>
    private bool? OneDevice() =>
        multiplex ? true :
        SerialsOf() is { Count: > 1 } serials ? serials.Select(s => s.Serial).Distinct(StringComparer.OrdinalIgnoreCase).Count() == 1 : null;

    private List<(string Source, string Serial)> SerialsOf() =>
        [.. sources.Select(s => (s, Serial: (host.Socket(s)?.Said is { } said ? said.ValueOf("device.serial") ?? said.ValueOf("ups.serial") ?? "" : "").Trim())).Where(s => s.Serial.Length > 0)];

    /// <summary>One device gets one command over one driver, and from this section: its real drivers are left out of upsdrvctl's round.</summary>
    private void Shutdown()
    {
        var order = UpsConfCheck.ShutdownOrder(section);
        var reals = sources.Select(s => UpsConfCheck.Real(conf, s)).OfType<UpsConfSection>().Where(r => r != section).ToList();
        var direct = reals.Where(r => UpsConfCheck.ShutdownOrder(r) >= 0 && r.FirstKey != "sdorder").ToList();
        if (order > 0)
        {
            Add(UpsConfCheck.RunsLevels(host) == true ? UpsFindingLevel.Warning : UpsFindingLevel.Error, section.LineOf("sdorder"), section.Name, "sdorder",
                "upsdrvctl has left out everything above 0 since NUT 2.8.3, so that nobody would command the device; leave it out, or write 0");
        }

        if (order < 0)
        {
            var elsewhere = UpsConfCheck.Proxies(conf).Any(p => UpsConfCheck.ShutdownOrder(p) >= 0 && ProxyRulesReader.SourcesOf(p).Intersect(sources, StringComparer.Ordinal).Any());
            if (reals.Count > 0 && !elsewhere && reals.All(r => UpsConfCheck.ShutdownOrder(r) < 0))
            {
                Warn("sdorder", "is -1 here and in every source, so that 'upsdrvctl shutdown' commands nobody and the device stays on; leave it out here");
            }
            else if (direct.Count > 1 && OneDevice() == true)
            {
                Warn("sdorder", $"is -1 here, and 'upsdrvctl shutdown' commands the one device over each of {Names(direct)}; leave it out here, and write sdorder = -1 there");
            }

            return;
        }

        if (OneDevice() == false)
        {
            Warn("sdorder", "the sources are different devices, by their serial numbers, and 'upsdrvctl shutdown' would command one of them over this section; write sdorder = -1 here, and leave it out in the sources");
            return;
        }

        foreach (var real in direct)
        {
            Add(UpsFindingLevel.Warning, real.LineOf("sdorder"), real.Name, "sdorder",
                $"is not -1, so that 'upsdrvctl shutdown' commands this driver and [{section.Name}] as well: one device may get two commands; write 'sdorder = -1' below driver and port"
                + (multiplex ? "" : $". Where the sources of [{section.Name}] are different devices, write it in [{section.Name}] instead"));
        }
    }

    /// <summary>upsmon shuts down when too few supplies are well: a device that it counts twice does not count as gone when one of the two names says so.</summary>
    private void Supplies()
    {
        if (host.Supplies is not { } supplies || !supplies.Contains(section.Name, StringComparer.OrdinalIgnoreCase))
        {
            return;
        }

        foreach (var real in sources.Select(s => UpsConfCheck.Real(conf, s)).OfType<UpsConfSection>().Where(r => r != section && supplies.Contains(r.Name, StringComparer.OrdinalIgnoreCase)))
        {
            Warn("port", $"upsmon.conf monitors [{section.Name}] and its source [{real.Name}], each as a supply of its own, so that upsmon may not shut down when it should; take the MONITOR line of {real.Name} out, or give it the power value 0");
        }
    }

    /// <summary>Settings that say nothing in this mode, or more than they seem to.</summary>
    private void Effect(UpsConfEntry entry)
    {
        var (key, value) = (entry.Key, entry.Value ?? "");
        if (s_theirs.Contains(key, StringComparer.Ordinal))
        {
            Add(UpsFindingLevel.Note, entry.Line, section.Name, key, "is read and has no effect: it is about how NUT's failover driver connects and logs");
        }
        else if (key == "strictfiltering" && value == "1" && !section.Entries.Any(e => e.Key.StartsWith("status_", StringComparison.Ordinal) && e.Key != "status_conflict"))
        {
            Warn(entry, "has no effect without one of status_have_any, status_have_all, status_nothave_any, status_nothave_all");
        }
        else if (multiplex && key == "fsdmode" && value == "2")
        {
            Warn(entry, "shuts every client down when no path to the device has been usable for noprimarytime, though the device itself may be well");
        }
        else if (multiplex && key.StartsWith("status_", StringComparison.Ordinal) && key != "status_conflict")
        {
            Warn(entry, "chooses only the primary, and not whose variables are shown; with strictfiltering, a device whose sources all fail it is shown as stale");
        }
        else if (!multiplex && key == "status_conflict")
        {
            Warn(entry, "has no effect with mode = failover, where one source alone is shown");
        }
        else if (!multiplex && Pattern(key, "prefer.") is { } preferred && !Globs.Match(preferred, "shutdown") && !Globs.Match(preferred, "shutdown.default"))
        {
            Warn(entry, "has no effect with mode = failover, where one source is shown as a whole; prefer.shutdown alone is regarded there");
        }
        else if (!multiplex && Flip(key) is { } flipped && !Globs.Match(flipped, "ups.status"))
        {
            Warn(entry, "has no effect with mode = failover, where a source is shown as a whole: the span for ups.status is the one that counts");
        }
    }

    /// <summary>Names that no source has which could tell us.</summary>
    private void Variables(UpsConfEntry entry)
    {
        if (!multiplex || (Pattern(entry.Key, "prefer.") ?? Flip(entry.Key)) is not { } pattern || s_always.Any(n => Globs.Match(pattern, n)))
        {
            return;
        }

        var told = sources.Distinct(StringComparer.Ordinal).Select(s => (Source: s, host.Socket(s)?.Said)).Where(s => s.Said is not null).Select(s => (s.Source, Names: NamesOf(s.Said!))).ToList();
        var having = told.Where(s => s.Names.Any(n => Globs.Match(pattern, n))).Select(s => s.Source).ToList();
        if (told.Count == 0)
        {
            return;
        }

        if (having.Count == 0)
        {
            Warn(entry, $"{string.Join(" and ", told.Select(s => s.Source))} {(told.Count == 1 ? "has" : "have")} no variable of this name{UpsConfCheck.DidYouMean(pattern, told.SelectMany(s => s.Names))}");
        }
        else if (entry.Key.StartsWith("prefer.", StringComparison.Ordinal) && told.Any(s => s.Source == entry.Value) && !having.Contains(entry.Value!, StringComparer.Ordinal))
        {
            Warn(entry, $"{entry.Value} has no variable of this name, so that {having[0]} is shown");
        }
    }

    private void Timers(ProxyRules rules)
    {
        if (rules.Silence > rules.DeadTime)
        {
            Warn("silence", $"{Seconds(rules.Silence)} is never reached, since deadtime ends a silence after {Seconds(rules.DeadTime)}");
        }

        foreach (var entry in section.Entries.Where(e => e.Key == "flip.after" || Pattern(e.Key, "flip.after.") is not null))
        {
            if ((multiplex || Globs.Match(Flip(entry.Key)!, "ups.status")) && double.TryParse(entry.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && TimeSpan.FromSeconds(seconds) > host.MaxAge)
            {
                Warn(entry, $"shows what its source no longer vouches for as fresh for up to {Seconds(TimeSpan.FromSeconds(seconds))}, while upsd believes a driver for no longer than MAXAGE, {Seconds(host.MaxAge)}");
            }
        }
    }

    /// <summary>Variables and commands; a source's own driver.* are shown under other names.</summary>
    private static List<string> NamesOf(VariableTree tree) => [.. tree.Variables.Keys.Where(n => !n.StartsWith("driver.", StringComparison.OrdinalIgnoreCase)), .. tree.Commands];

    private static string? Flip(string key) => key is "flip.after" or "flip.back" ? "*" : Pattern(key, "flip.after.") ?? Pattern(key, "flip.back.");

    private static string? Pattern(string key, string prefix) => key.StartsWith(prefix, StringComparison.Ordinal) && key.Length > prefix.Length ? key[prefix.Length..] : null;

    private string? Of(UpsConfSection of, string key) => of[key] ?? conf.GlobalValue(key);

    private static string Names(List<UpsConfSection> sections) => string.Join(", ", sections.Select(s => $"[{s.Name}]"));

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s");

    private void Error(string? key, string problem) => Add(UpsFindingLevel.Error, key is null ? section.Line : section.LineOf(key), section.Name, key, problem);

    private void Warn(string key, string problem) => Add(UpsFindingLevel.Warning, section.LineOf(key), section.Name, key, problem);

    private void Warn(UpsConfEntry entry, string problem) => Add(UpsFindingLevel.Warning, entry.Line, section.Name, entry.Key, problem);

    private void Add(UpsFindingLevel level, int line, string name, string? key, string problem) => findings.Add(new UpsFinding(level, line, name, key, problem));
}

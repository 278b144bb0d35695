using System.Globalization;
using Understudy.Core.Settings;

namespace Understudy.Core.Ups;

/// <summary>
/// Everything in an ups.conf that a person should know before its UPS matters: the mistakes in our sections, and what around them would have one device commanded twice, or by
/// nobody. Sections of NUT's own failover driver are looked at as if they were ours, since the change of one line makes them so.
/// </summary>
public static class UpsConfCheck
{
    /// <summary>What <c>driver</c> says in a section that is ours.</summary>
    public const string OurDriver = "understudy-ups";

    /// <summary>NUT's own (failover(8), since NUT 2.8.4).</summary>
    public const string TheirDriver = "failover";

    /// <summary>Since this version upsdrvctl leaves out every driver whose sdorder is above 0.</summary>
    private static readonly Version s_levelsSkipped = new(2, 8, 3);

    /// <summary>Keys that upsdrvctl itself reads, in whosever section (upsdrvctl.c).</summary>
    private static readonly string[] s_controllers = ["sdorder", "maxstartdelay"];

    /// <returns>In the order of the file.</returns>
    public static ValueList<UpsFinding> Look(UpsConf conf, UpsHostFacts host)
    {
        var findings = new List<UpsFinding>();
        var ours = Proxies(conf).ToList();
        Remarks(conf, ours, findings);
        Names(conf, ours, findings);
        Drivers(conf, ours, findings);
        FirstKeys(conf, ours, findings);
        Shared(ours, findings);
        foreach (var section in ours)
        {
            new UpsSectionCheck(conf, section, host, findings).Look();
        }

        return findings.Distinct().OrderBy(f => f.Line).ThenByDescending(f => f.Level).ToValueList();
    }

    /// <summary>The sections that are ours, or would be by the change of one line.</summary>
    public static IEnumerable<UpsConfSection> Proxies(UpsConf conf) => conf.Sections.Where(s => s["driver"] is OurDriver or TheirDriver);

    /// <summary>The real driver that makes a socket; null where none of this file does.</summary>
    public static UpsConfSection? Real(UpsConf conf, string socket) => conf.Sections.FirstOrDefault(s => s["driver"] is { } driver && $"{driver}-{s.Name}" == socket);

    /// <summary>The sdorder that upsdrvctl has for a section. It loses the first key of each section that is neither driver nor port, and takes what is no number for 0.</summary>
    public static int ShutdownOrder(UpsConfSection section) =>
        int.TryParse(section.Entries.Skip(1).LastOrDefault(e => e.Key == "sdorder")?.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var order) ? order : 0;

    /// <summary>Whether this NUT's upsdrvctl runs drivers with an sdorder above 0; null where the version is not known.</summary>
    internal static bool? RunsLevels(UpsHostFacts host) => host.Nut is { } version ? version < s_levelsSkipped : null;

    /// <summary>Lines that NUT reads otherwise than they look. One that cuts our list of sources short is no trifle.</summary>
    private static void Remarks(UpsConf conf, List<UpsConfSection> ours, List<UpsFinding> findings)
    {
        foreach (var remark in conf.Remarks)
        {
            var cut = remark.IndexOf(": ", StringComparison.Ordinal);
            var line = int.Parse(remark.AsSpan("line ".Length, cut - "line ".Length), NumberStyles.None, CultureInfo.InvariantCulture);
            var section = ours.FirstOrDefault(s => s.Entries.Any(e => e.Line == line && e.Key == "port"));
            findings.Add(new UpsFinding(section is null ? UpsFindingLevel.Warning : UpsFindingLevel.Error, line, section?.Name, section is null ? null : "port", remark[(cut + 2)..]));
        }
    }

    private static void Names(UpsConf conf, List<UpsConfSection> ours, List<UpsFinding> findings)
    {
        foreach (var same in conf.Sections.GroupBy(s => s.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
        {
            var (first, second) = (same.First(), same.Last());
            var level = same.Intersect(ours).Any() ? UpsFindingLevel.Error : UpsFindingLevel.Warning;
            findings.Add(new UpsFinding(level, second.Line, second.Name, null, string.Create(CultureInfo.InvariantCulture, $"upsd takes it and [{first.Name}] (line {first.Line}) for one UPS, since it does not regard case; give one of them another name")));
        }

        foreach (var reserved in ours.Where(s => s.Name == "default"))
        {
            findings.Add(new UpsFinding(UpsFindingLevel.Error, reserved.Line, reserved.Name, null, "this name is reserved (ups.conf(5)); give it another"));
        }
    }

    private static void Drivers(UpsConf conf, List<UpsConfSection> ours, List<UpsFinding> findings)
    {
        foreach (var section in ours.Where(s => s["driver"] == TheirDriver))
        {
            findings.Add(new UpsFinding(UpsFindingLevel.Note, section.LineOf("driver"), section.Name, "driver", $"is NUT's own; 'driver = {OurDriver}' makes this section ours, and it was looked at as if it were"));
        }

        foreach (var section in conf.Sections.Where(s => s["driver"] is { Length: > 0 } driver && driver != OurDriver && driver.StartsWith("under", StringComparison.OrdinalIgnoreCase)))
        {
            findings.Add(new UpsFinding(UpsFindingLevel.Error, section.LineOf("driver"), section.Name, "driver", $"'{section["driver"]}' is no driver; did you mean '{OurDriver}'?"));
        }

        if (ours.Count == 0)
        {
            findings.Add(new UpsFinding(UpsFindingLevel.Note, 0, null, null, $"no section has driver = {OurDriver}; 'understudy ups install --dry-run' prints one for the drivers of this file"));
        }
    }

    private static void FirstKeys(UpsConf conf, List<UpsConfSection> ours, List<UpsFinding> findings)
    {
        var sources = ours.SelectMany(s => ProxyRulesReader.SourcesOf(s)).ToHashSet(StringComparer.Ordinal);
        foreach (var section in conf.Sections)
        {
            var concerned = ours.Contains(section) || sources.Contains($"{section["driver"]}-{section.Name}");
            if (section.FirstKey is not (null or "driver" or "port") && (concerned || s_controllers.Contains(section.FirstKey, StringComparer.Ordinal)))
            {
                var level = concerned && section.FirstKey == "sdorder" ? UpsFindingLevel.Error : UpsFindingLevel.Warning;
                findings.Add(new UpsFinding(level, section.Entries[0].Line, section.Name, section.FirstKey, "is the first key of its section, and upsdrvctl loses the first unless it is driver or port; put these two before it"));
            }
        }
    }

    /// <summary>Two proxies over one real driver are fine to look at, and not to shut down.</summary>
    private static void Shared(List<UpsConfSection> ours, List<UpsFinding> findings)
    {
        var users = ours.SelectMany(s => ProxyRulesReader.SourcesOf(s).Distinct(StringComparer.Ordinal).Select(source => (Source: source, Section: s))).Where(u => ShutdownOrder(u.Section) >= 0);
        foreach (var shared in users.GroupBy(u => u.Source, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            var (first, second) = (shared.First().Section, shared.Last().Section);
            findings.Add(new UpsFinding(UpsFindingLevel.Warning, second.LineOf("port"), second.Name, "port", string.Create(CultureInfo.InvariantCulture, $"{shared.Key} is a source of [{first.Name}] (line {first.Line}) too, and 'upsdrvctl shutdown' would have both command it; write sdorder = -1 in one of the two")));
        }
    }

    /// <summary>The end of a sentence about a word that is not known: what was meant, or nothing.</summary>
    internal static string DidYouMean(string word, IEnumerable<string> known) => Nearest.To(word, known) is { } meant ? $"; did you mean '{meant}'?" : "";
}

using Understudy.Core.Ups;
using Understudy.Linux.Ups;

namespace Understudy.Ups;

/// <summary>Where NUT's files are, by NUT's own rules: its environment, then ups.conf, then where distributions put them.</summary>
/// <param name="Conf">The folder of ups.conf: NUT_CONFPATH, else /etc/nut (Debian), /etc/ups (Fedora).</param>
/// <param name="State">Sockets: NUT_STATEPATH, else <c>statepath</c>, else /run/nut.</param>
/// <param name="PidFiles">NUT_ALTPIDPATH, else as <paramref name="State"/>.</param>
/// <param name="Drivers">Executables: <c>driverpath</c>, else the folder that we are in.</param>
internal sealed record UpsPlaces(string Conf, string State, string PidFiles, string Drivers)
{
    internal const string Program = "understudy-ups";

    internal string ConfFile => Path.Combine(Conf, "ups.conf");

    internal string SocketOf(string section) => Path.Combine(State, $"{Program}-{section}");

    internal string PidFileOf(string section) => Path.Combine(PidFiles, $"{Program}-{section}.pid");

    /// <summary>What outlives our process: on a tmpfs, as the state folder is.</summary>
    internal string MemoryOf(string section) => Path.Combine(State, $"{Program}-{section}.memory");

    internal string JournalOf(string section) => Path.Combine(State, $"{Program}-{section}.shutdown");

    internal string LedgerOf(string section) => Path.Combine(State, $"{Program}-{section}.ledger");

    internal static string ConfFolder(Func<string, string?> environment) =>
        environment("NUT_CONFPATH") is { Length: > 0 } told ? told : FirstThere("/etc/nut", "/etc/ups");

    internal static UpsPlaces Of(UpsConf conf, Func<string, string?> environment)
    {
        var state = environment("NUT_STATEPATH") is { Length: > 0 } told ? told
            : conf.GlobalValue("statepath") is { Length: > 0 } set ? set
            : FirstThere("/run/nut", "/var/run/nut", "/var/state/ups");
        return new UpsPlaces(
            ConfFolder(environment),
            state,
            environment("NUT_ALTPIDPATH") is { Length: > 0 } apart ? apart : state,
            conf.GlobalValue("driverpath") is { Length: > 0 } drivers ? drivers : Path.GetDirectoryName(Environment.ProcessPath) ?? "/lib/nut");
    }

    /// <summary>The real drivers behind a section's <c>port</c>: their sockets, and what upsdrvctl would start for them.</summary>
    internal List<DriverPlace> DriversOf(ProxyRules rules, UpsConf conf) => [.. rules.Sources.Select(name =>
    {
        var section = conf.Sections.FirstOrDefault(s => $"{s["driver"]}-{s.Name}" == name);
        return new DriverPlace(Path.Combine(State, name), section is null ? null : Path.Combine(Drivers, section["driver"]!), section?.Name ?? "");
    })];

    private static string FirstThere(params ReadOnlySpan<string> folders)
    {
        foreach (var folder in folders)
        {
            if (Directory.Exists(folder))
            {
                return folder;
            }
        }

        return folders[0];
    }
}

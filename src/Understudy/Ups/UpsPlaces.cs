using Understudy.Core.Ups;
using Understudy.Linux.Ups;

namespace Understudy.Ups;

/// <summary>Where a driver process has its files, by NUT's own rules.</summary>
/// <param name="State">Of the sockets (<see cref="UpsFolders.State"/>).</param>
/// <param name="PidFiles">NUT_ALTPIDPATH, else as <paramref name="State"/>.</param>
/// <param name="Drivers">Executables: <c>driverpath</c>, else the folder that we are in.</param>
internal sealed record UpsPlaces(string State, string PidFiles, string Drivers)
{
    internal const string Program = UpsConfCheck.OurDriver;

    internal string SocketOf(string section) => Path.Combine(State, $"{Program}-{section}");

    internal string PidFileOf(string section) => Path.Combine(PidFiles, $"{Program}-{section}.pid");

    /// <summary>What outlives our process: on a tmpfs, as the state folder is.</summary>
    internal string MemoryOf(string section) => Path.Combine(State, $"{Program}-{section}.memory");

    internal string JournalOf(string section) => Path.Combine(State, $"{Program}-{section}.shutdown");

    /// <summary>Where the next process asks for what this one has (<see cref="HandoverDoor"/>).</summary>
    internal string HandoverOf(string section) => Path.Combine(State, $"{Program}-{section}.handover");

    internal string LedgerOf(string section) => Path.Combine(State, $"{Program}-{section}.ledger");

    internal static UpsPlaces Of(UpsConf conf, Func<string, string?> environment)
    {
        var state = new UpsFolders("/", environment).State(null, conf);
        return new UpsPlaces(
            state,
            environment("NUT_ALTPIDPATH") is { Length: > 0 } apart ? apart : state,
            conf.GlobalValue("driverpath") is { Length: > 0 } drivers ? drivers : Path.GetDirectoryName(Environment.ProcessPath) ?? "/lib/nut");
    }

    /// <summary>The real drivers behind a section's <c>port</c>: their sockets, and what upsdrvctl would start for them.</summary>
    internal List<DriverPlace> DriversOf(ProxyRules rules, UpsConf conf) => [.. rules.Sources.Select(name =>
    {
        var section = UpsConfCheck.Real(conf, name);
        return new DriverPlace(Path.Combine(State, name), section is null ? null : Path.Combine(Drivers, section["driver"]!), section?.Name ?? "");
    })];
}

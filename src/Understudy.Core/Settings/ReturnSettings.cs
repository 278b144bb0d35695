namespace Understudy.Core.Settings;

/// <summary>How a host that stayed up brings the others back.</summary>
/// <param name="Stable">So long the mains must have been there without a break, 0..24 h.</param>
/// <param name="Charge">Per cent that the UPS must hold, 0..100; not asked where <paramref name="Ups"/> is null.</param>
/// <param name="Ups">Whose charge counts.</param>
/// <param name="Wake">Whom to wake; those of the highest tier first, as they went down last.</param>
/// <param name="Every">From one host to the next: racks that start at once draw more than they ran on.</param>
public sealed record ReturnSettings(TimeSpan Stable, int Charge, ProbeSettings.Nut? Ups, ValueList<WakeSettings> Wake, TimeSpan Every)
{
    internal static ReturnSettings Read(Section at, FileSoFar file)
    {
        var ups = at.Value<(string Ups, string Host)?>("ups", UpsOrNull, new("UPS@host", "none", "", "The UPS whose charge counts."), null);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var settings = new ReturnSettings(
            at.Span("stable", TimeSpan.FromMinutes(10), "0ms", "24h", "So long the mains must have been there without a break before anyone is woken."),
            at.Whole("charge", 50, 0, 100, "Per cent that the UPS must hold before anyone is woken; needs `ups`."),
            ups is var (name, host) ? new(name, host, at.Whole("port", ProbeSettings.Nut.UsualPort, 1, 65535, "The port of the upsd of `ups`.")) : Portless(at),
            at.Sections("wake", 64, new("list of mappings", "none", "0..64", "Whom to wake, those of the highest tier first: they went down last."), s => WakeSettings.Read(s, file, seen)),
            at.Span("every", TimeSpan.FromSeconds(10), "0ms", "10m", "From waking one host to waking the next: racks that start at once draw more than they ran on."));
        at.Require("charge", ups is not null || !at.Has("charge"), "needs 'ups': nobody says how full it is", "ups");
        at.Require("port", ups is not null || !at.Has("port"), "needs 'ups'", "ups");
        at.WarnWhen("wake", settings.Wake.Count == 0, "is empty, so that nobody is woken");
        return settings;
    }

    private static ProbeSettings.Nut? Portless(Section at)
    {
        _ = at.Whole("port", ProbeSettings.Nut.UsualPort, 1, 65535, "The port of the upsd of `ups`.");
        return null;
    }

    private static string? UpsOrNull(string text, out (string Ups, string Host)? value)
    {
        var problem = Scalars.UpsAtHost(text, out var both);
        value = both;
        return problem;
    }
}

/// <summary>One host to be woken, by a magic packet, a command, or both.</summary>
/// <param name="Node">Its name, which a command is told.</param>
/// <param name="Mac">Six bytes of Ethernet address for the packet, or null for none.</param>
/// <param name="Device">The network device to send the packet on; null: on every one that has carrier and an address.</param>
/// <param name="Command">An executable file that wakes it (ipmitool, a switched socket), or null.</param>
/// <param name="Tier">Its tier, 0..15; the highest is woken first.</param>
public sealed record WakeSettings(string Node, ValueList<byte>? Mac, string? Device, string? Command, int Tier)
{
    internal static WakeSettings Read(Section at, FileSoFar file, HashSet<string> seen)
    {
        var node = at.Needed("node", Scalars.HostName, new("name", "required", "", "The host's name.", "the name of the host to wake"), "");
        var wake = new WakeSettings(
            node,
            at.Value<ValueList<byte>?>("mac", Scalars.Mac!, new("Ethernet address", "none", "", "Where the Wake-on-LAN packet goes; this or `command`."), null),
            at.Value<string?>("dev", Scalars.Device!, new("network device", "every one in use", "", "The device to send the packet on."), null),
            at.Value<string?>("command", Scalars.Path!, new("path", "none", "", "An executable file that wakes the host, called with its name."), null),
            at.Whole("tier", 0, 0, GuardSettings.MostTier, "The host's tier; the highest is woken first."));
        if (at.IsGood && wake.Mac is null && wake.Command is null)
        {
            at.Fault("has neither mac nor command, so that nothing would wake it");
        }

        at.Require("dev", wake.Mac is not null || wake.Device is null, "is only for 'mac'", "mac");
        at.Require("node", seen.Add(node), $"{Scalars.Quote(node)} is in the list twice");
        at.WarnWhen("node", file.Nodes is { Count: > 0 } nodes && !nodes.Contains(node, StringComparer.Ordinal), $"{Scalars.Quote(node)} is none of the nodes: nobody will hear whether it woke");
        return wake;
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Understudy.Core.Ups;

/// <summary>The texts that make an installation: the section for ups.conf, what its real drivers need for the shutdown, and the order of the units.</summary>
public static class UpsRecipe
{
    /// <summary>The first line of every drop-in of ours: a file without it is somebody else's, and is left alone.</summary>
    public const string Mark = "# Written by 'understudy ups install'; 'understudy ups remove' takes it away.";

    /// <summary>Drivers that make no data of their own, but take another's: they are no path to a device (clone(8), clone-outlet(8), failover(8)).</summary>
    private static readonly string[] s_repeaters = ["clone", "clone-outlet", UpsConfCheck.TheirDriver, UpsConfCheck.OurDriver];

    private static readonly string[] s_names = ["ups", "power", "proxy"];

    private static readonly string[] s_examples = ["usbhid-ups-usb", "snmp-ups-net"];

    /// <summary>The sections of drivers that talk to a device.</summary>
    public static IEnumerable<UpsConfSection> Reals(UpsConf conf) =>
        conf.Sections.Where(s => s["driver"] is { Length: > 0 } driver && s["port"] is { Length: > 0 } && !s_repeaters.Contains(driver, StringComparer.Ordinal));

    /// <summary>A section for the drivers of this file, to be put into it. Where it has fewer than two, the places of those that are missing are filled with what Debian's manuals have.</summary>
    /// <returns>Its name, and its lines.</returns>
    public static (string Name, ValueList<string> Lines) Section(UpsConf conf)
    {
        var reals = Reals(conf).ToList();
        var sources = reals.Select(r => $"{r["driver"]}-{r.Name}").ToList();
        var missing = s_examples.Where(s => !sources.Contains(s, StringComparer.Ordinal)).Take(Math.Max(0, 2 - sources.Count)).ToList();
        var port = string.Join(',', sources.Concat(missing));
        var name = s_names.FirstOrDefault(n => !conf.Sections.Any(s => s.Name.Equals(n, StringComparison.OrdinalIgnoreCase)))
            ?? Enumerable.Range(2, conf.Sections.Count + 1).Select(i => string.Create(CultureInfo.InvariantCulture, $"proxy{i}")).First(n => conf.Find(n) is null);
        List<string> lines =
        [
            $"[{name}]",
            $"    driver = {UpsConfCheck.OurDriver}",
            $"    port = {port}",
            "    mode = multiplex         # all of these are paths to one device; where they are different devices: failover",
            $"    prefer.ups.status = {sources.Concat(missing).First()}",
            "    flip.after = 5           # seconds without fresh data before another source's value is shown",
            "    flip.back = 30           # seconds of health before we go back",
        ];
        if (missing.Count > 0)
        {
            lines.Insert(2, $"    # {string.Join(" and ", missing)} {(missing.Count == 1 ? "is" : "are")} not in this file yet: write the section of {(missing.Count == 1 ? "that driver" : "those drivers")}, DRIVER-SECTION is what its socket is called");
        }

        return (name, lines.ToValueList());
    }

    /// <summary>The descriptors that systemd keeps for a driver while it is started anew: our socket, our state, and one for each client. upsd is one client.</summary>
    public const int StoreRoom = 256;

    /// <summary>
    /// The drop-in that starts a section's driver after its sources, softly: it also runs without them; and has systemd keep its sockets while it is started anew (FileDescriptorStoreMax= and NotifyAccess= of
    /// systemd.service(5): upsdrvctl stands between systemd and the driver, so it is not the main process from the beginning). FDSTORE is what systemd itself says since version 254 (systemd.exec(5)).
    /// </summary>
    public static string DropIn(UpsConf conf, UpsConfSection section)
    {
        var units = ProxyRulesReader.SourcesOf(section).Select(s => UpsConfCheck.Real(conf, s)).OfType<UpsConfSection>().Where(r => r != section).Select(r => UnitOf(r.Name)).Distinct(StringComparer.Ordinal).ToList();
        var order = units.Count == 0 ? "" : $"""
            # Soft: the sources are started too, and before it; it runs without them, and none of them stops it.
            [Unit]
            Wants={string.Join(' ', units)}
            After={string.Join(' ', units)}

            """;
        return string.Create(CultureInfo.InvariantCulture, $"""
            {Mark}
            {order}# systemd keeps the sockets while the driver is started anew: upsd does not see it.
            [Service]
            NotifyAccess=all
            FileDescriptorStoreMax={StoreRoom}
            Environment=FDSTORE={StoreRoom}

            """);
    }

    /// <summary>The unit of a section. systemd has letters, digits and <c>: - _ . \</c> for the name of an instance (systemd.unit(5)); nut-driver-enumerator calls a section with any other sign by the
    /// MD5 sum of its name, as <c>echo NAME | md5sum</c> has it.</summary>
    public static string UnitOf(string section) => $"nut-driver@{(IsPlain(section) ? section : Summed(section))}.service";

    /// <summary>Whether systemd can have the name as it is.</summary>
    public static bool IsPlain(string section) => section.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '\\');

#pragma warning disable CA5351 // the sum protects nothing: nut-driver-enumerator.sh chose it for names
    private static string Summed(string section) => "MD5_" + Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(section + "\n")));
#pragma warning restore CA5351
}

using Understudy.Core;
using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>Each row: what is wrong in an ups.conf, and the finding that says so.</summary>
public sealed class UpsConfCheckTests
{
    /// <summary>Nothing is to be said of this one.</summary>
    private const string Good = """
        [usb]
            driver = usbhid-ups
            port = auto
            sdorder = -1
        [net]
            driver = snmp-ups
            port = 192.0.2.7
            sdorder = -1
        [ups]
            driver = understudy-ups
            port = usbhid-ups-usb,snmp-ups-net
            mode = multiplex
            prefer.ups.status = usbhid-ups-usb
            prefer.battery.* = snmp-ups-net
            flip.after = 5
            flip.back = 30

        """;

    private static readonly UpsHostFacts s_host = new(
        "/run/nut",
        [Socket("usbhid-ups-usb", "ups.status", "ups.load", "battery.charge"), Socket("snmp-ups-net", "ups.status", "battery.runtime")],
        "/lib/nut",
        ["usbhid-ups", "snmp-ups", "understudy-ups"],
        new Version(2, 8, 0),
        TimeSpan.FromSeconds(15));

    private static UpsSocketFact Socket(string name, params string[] variables) => new(name, Tree([.. variables.Select(v => (v, "1"))]), null);

    private static VariableTree Tree(params (string Name, string Value)[] variables)
    {
        var tree = new VariableTree();
        foreach (var (name, value) in variables)
        {
            tree.Put(name, Variable.Of(value));
        }

        return tree;
    }

    private static List<string> Look(string text, UpsHostFacts? host = null) =>
        [.. UpsConfCheck.Look(UpsConf.Read(text), host ?? s_host).Select(f => $"{f.Level} {f}")];

    private static void AssertOnly(string expected, List<string> found)
    {
        Assert.True(found.Count == 1, string.Join('\n', found));
        Assert.StartsWith(expected, found[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_said_of_a_good_file() => Assert.Empty(Look(Good));

    [Fact]
    public void What_could_not_be_looked_at_is_held_against_nobody() => Assert.Empty(Look(Good, UpsHostFacts.Unknown));

    /// <summary>Lines are counted in <see cref="Good"/>: [usb] is 1, [net] 5, [ups] 9, port 11, mode 12, flip.back 16.</summary>
    [Theory]
    [InlineData("flip.back = 30", "flip.bakc = 30", "Error 16: [ups]: flip.bakc:")]
    [InlineData("flip.back = 30", "silense = 4", "Error 16: [ups]: silense: is no setting of understudy-ups; did you mean 'silence'?")]
    [InlineData("mode = multiplex", "mode = both", "Error 12: [ups]: mode: 'both' is no mode", false)]
    [InlineData("port = usbhid-ups-usb,snmp-ups-net", "port = usbhid-ups-usb, snmp-ups-net", "Error 11: [ups]: port: only the first word of 'usbhid-ups-usb, snmp-ups-net' counts", false)]
    [InlineData("port = 192.0.2.7", "port = 192.0.2.7\n    desc = two words", "Warning 8: only the first word of 'two words' counts; put the value of desc in quotes")]
    [InlineData("    sdorder = -1\n[net]", "[net]", "Warning 1: [usb]: sdorder: is not -1, so that 'upsdrvctl shutdown' commands this driver and [ups] as well: one device may get two commands; write 'sdorder = -1' below driver and port")]
    [InlineData("    driver = usbhid-ups\n    port = auto\n    sdorder = -1", "    sdorder = -1\n    driver = usbhid-ups\n    port = auto", "Error 2: [usb]: sdorder: is the first key of its section, and upsdrvctl loses the first")]
    [InlineData("    driver = usbhid-ups\n", "    desc = \"The cable\"\n    driver = usbhid-ups\n", "Warning 2: [usb]: desc: is the first key of its section")]
    [InlineData("flip.back = 30", "sdorder = 1", "Warning 16: [ups]: sdorder: upsdrvctl has left out everything above 0 since NUT 2.8.3")]
    [InlineData("flip.back = 30", "sdorder = -1", "Warning 16: [ups]: sdorder: is -1 here and in every source, so that 'upsdrvctl shutdown' commands nobody")]
    [InlineData("[usb]", "[UPS]", "Error 9: [ups]: upsd takes it and [UPS] (line 1) for one UPS", false)]
    [InlineData("[usb]", "[Net]", "Warning 5: [net]: upsd takes it and [Net] (line 1) for one UPS", false)]
    [InlineData("[ups]", "[default]", "Error 9: [default]: this name is reserved")]
    [InlineData("driver = understudy-ups", "driver = failover", "Note 10: [ups]: driver: is NUT's own; 'driver = understudy-ups' makes this section ours")]
    [InlineData("flip.back = 30", "fsdmode = 2", "Warning 16: [ups]: fsdmode: shuts every client down when no path to the device has been usable for noprimarytime")]
    [InlineData("flip.back = 30", "status_have_any = OL", "Warning 16: [ups]: status_have_any: chooses only the primary")]
    [InlineData("flip.back = 30", "strictfiltering = 1", "Warning 16: [ups]: strictfiltering: has no effect without one of status_have_any")]
    [InlineData("flip.back = 30", "coolofftime = 9", "Note 16: [ups]: coolofftime: is read and has no effect")]
    [InlineData("flip.back = 30", "ignorelb\n    override.battery.charge.low = 20\n    default.device.location = here", null)]
    [InlineData("flip.after = 5", "flip.after = 60", "Warning 15: [ups]: flip.after: shows what its source no longer vouches for as fresh for up to 60 s, while upsd believes a driver for no longer than MAXAGE, 15 s")]
    [InlineData("flip.back = 30", "deadtime = 0", "Error 16: [ups]: deadtime: '0' takes every source for hung")]
    [InlineData("flip.back = 30", "silence = 40", "Warning 16: [ups]: silence: 40 s is never reached, since deadtime ends a silence after 30 s")]
    [InlineData("prefer.battery.* = snmp-ups-net", "prefer.batery.runtime = snmp-ups-net", "Warning 14: [ups]: prefer.batery.runtime: usbhid-ups-usb and snmp-ups-net have no variable of this name; did you mean 'battery.runtime'?")]
    [InlineData("prefer.battery.* = snmp-ups-net", "prefer.ups.load = snmp-ups-net", "Warning 14: [ups]: prefer.ups.load: snmp-ups-net has no variable of this name, so that usbhid-ups-usb is shown")]
    [InlineData("flip.back = 30", "flip.back.input.* = 9", "Warning 16: [ups]: flip.back.input.*: usbhid-ups-usb and snmp-ups-net have no variable of this name")]
    [InlineData("prefer.battery.* = snmp-ups-net", "prefer.shutdown = snmp-ups-net", null)]
    [InlineData("port = usbhid-ups-usb,snmp-ups-net", "port = \"/run/nut/usbhid-ups-usb, /run/nut/snmp-ups-net\"", null)]
    [InlineData("port = usbhid-ups-usb,snmp-ups-net", "port = /srv/usbhid-ups-usb,snmp-ups-net", "Warning 11: [ups]: port: /srv/usbhid-ups-usb: only the last part counts, and is looked for in /run/nut")]
    [InlineData("port = usbhid-ups-usb,snmp-ups-net", "port = usbhid-ups-usb,snmp-ups-net,understudy-ups-ups", "Error 11: [ups]: port: understudy-ups-ups is this section itself")]
    [InlineData("port = usbhid-ups-usb,snmp-ups-net", "port = usbhid-ups-usb,snmp-ups-net,usb", "Error 11: [ups]: port: usb: no section of this file makes such a socket; a socket is called DRIVER-SECTION, so write usbhid-ups-usb")]
    [InlineData("port = usbhid-ups-usb,snmp-ups-net", "port = usbhid-ups-usb,snmp-ups-net,snmpups-nett", "Error 11: [ups]: port: snmpups-nett: no section of this file makes such a socket; did you mean 'snmp-ups-net'?")]
    [InlineData("port = usbhid-ups-usb,snmp-ups-net", "port = usbhid-ups-usb,snmp-ups-net,wood", "Error 11: [ups]: port: wood: no section of this file makes such a socket; its sections make usbhid-ups-usb, snmp-ups-net")]
    [InlineData("driver = usbhid-ups", "user = root\n    driver = usbhid-ups", "Warning 2: [usb]: user: is the first key of its section", false)]
    [InlineData("port = auto", "port = auto\n    user = joe", "Warning 10: [ups]: user: runs as NUT's own user, and [usb] as joe: its socket is for that user and its group alone")]
    [InlineData("[usb]\n    driver = usbhid-ups\n", "group = ups\n[usb]\n    driver = usbhid-ups\n    user = joe\n", null)]
    public void A_fault_is_told_at_its_place(string right, string wrong, string? expected, bool alone = true)
    {
        Assert.Contains(right, Good, StringComparison.Ordinal);
        var found = Look(Good.Replace(right, wrong, StringComparison.Ordinal));
        if (expected is null)
        {
            Assert.Empty(found);
        }
        else if (alone)
        {
            AssertOnly(expected, found);
        }
        else
        {
            Assert.Contains(found, f => f.StartsWith(expected, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("status_conflict = pessimistic", "Warning 6: [ups]: status_conflict: has no effect with mode = failover")]
    [InlineData("prefer.battery.* = dummy-ups-b", "Warning 6: [ups]: prefer.battery.*: has no effect with mode = failover")]
    [InlineData("flip.after.battery.* = 9", "Warning 6: [ups]: flip.after.battery.*: has no effect with mode = failover")]
    [InlineData("flip.after.ups.* = 9", null)]
    [InlineData("prefer.shutdown = dummy-ups-b", null)]
    [InlineData("fsdmode = 2", null)]
    [InlineData("status_have_any = OL", null)]
    public void What_says_nothing_in_failover_is_told(string line, string? expected)
    {
        var found = Look($"""
            [ups]
                driver = understudy-ups
                port = dummy-ups-a,dummy-ups-b
                flip.after = 5
                inittime = 30
                {line}
            [a]
                driver = dummy-ups
                port = a.dev
                sdorder = -1
            [b]
                driver = dummy-ups
                port = b.dev
                sdorder = -1

            """, UpsHostFacts.Unknown);
        if (expected is null)
        {
            Assert.Empty(found);
        }
        else
        {
            AssertOnly(expected, found);
        }
    }

    [Theory]
    [InlineData("2.8.2", UpsFindingLevel.Warning)]
    [InlineData("2.8.3", UpsFindingLevel.Error)]
    [InlineData("2.8.5.941", UpsFindingLevel.Error)]
    [InlineData(null, UpsFindingLevel.Error)]
    public void A_level_above_0_is_a_mistake_unless_this_NUT_is_known_to_run_it(string? version, UpsFindingLevel level)
    {
        var host = s_host with { Nut = version is null ? null : Version.Parse(version) };
        Assert.Equal(level, Assert.Single(UpsConfCheck.Look(UpsConf.Read(Good + "    sdorder = 2\n"), host)).Level);
    }

    [Fact]
    public void A_driver_that_does_not_run_is_told_with_what_would_start_it() =>
        AssertOnly(
            "Warning 11: [ups]: port: snmp-ups-net: there is no /run/nut/snmp-ups-net: its driver does not run; start it with: upsdrvctl start net",
            Look(Good.Replace("    prefer.battery.* = snmp-ups-net\n", "", StringComparison.Ordinal), s_host with { Sockets = [s_host.Sockets![0]] }));

    [Fact]
    public void A_socket_without_an_answer_is_told_with_the_reason() =>
        AssertOnly("Warning 11: [ups]: port: snmp-ups-net: its socket is there, and nobody is behind it", Look(
            Good.Replace("    prefer.battery.* = snmp-ups-net\n", "", StringComparison.Ordinal),
            s_host with { Sockets = [s_host.Sockets![0], new UpsSocketFact("snmp-ups-net", null, "is there, and nobody is behind it")] }));

    [Fact]
    public void A_preference_is_not_judged_by_sources_that_said_nothing() =>
        Assert.DoesNotContain(Look(Good.Replace("prefer.battery.*", "prefer.any.thing", StringComparison.Ordinal), s_host with { Sockets = [] }), f => f.Contains("prefer", StringComparison.Ordinal));

    [Fact]
    public void A_command_may_be_preferred_like_a_variable()
    {
        var tree = Tree(("ups.status", "OL"));
        tree.AddCommand("load.off");
        var host = s_host with { Sockets = [s_host.Sockets![0], new UpsSocketFact("snmp-ups-net", tree, null)] };
        Assert.Empty(Look(Good.Replace("prefer.battery.*", "prefer.load.*", StringComparison.Ordinal), host));
    }

    [Fact]
    public void A_socket_that_is_there_without_a_section_is_only_a_warning() =>
        AssertOnly("Warning 11: [ups]: port: dummy-ups-x: no section of this file makes this socket, though it is in /run/nut", Look(
            Good.Replace("snmp-ups-net\n", "snmp-ups-net,dummy-ups-x\n", StringComparison.Ordinal).Replace("prefer.battery.* = snmp-ups-net,dummy-ups-x\n", "prefer.battery.* = snmp-ups-net\n", StringComparison.Ordinal),
            s_host with { Sockets = [.. s_host.Sockets!, Socket("dummy-ups-x")] }));

    [Fact]
    public void A_missing_program_is_told_for_ours_and_for_the_sources() =>
        Assert.Equal(
            ["Warning 6: [net]: driver: there is no /lib/nut/snmp-ups, so that upsdrvctl cannot start this source of [ups]", "Error 10: [ups]: driver: there is no /lib/nut/understudy-ups; 'understudy ups install' puts it there"],
            Look(Good, s_host with { Drivers = ["usbhid-ups"] }));

    [Fact]
    public void A_name_that_makes_the_sockets_path_too_long_is_told()
    {
        var most = 103 - "/run/nut/understudy-ups-".Length;
        Assert.Empty(Look(Good.Replace("[ups]", $"[{new string('u', most)}]", StringComparison.Ordinal)));
        AssertOnly("Error 9: [", Look(Good.Replace("[ups]", $"[{new string('u', most + 1)}]", StringComparison.Ordinal)));
    }

    [Fact]
    public void Two_devices_are_not_one_by_their_serial_numbers()
    {
        var host = s_host with { Sockets = [new UpsSocketFact("usbhid-ups-usb", Tree(("ups.serial", "A1")), null), new UpsSocketFact("snmp-ups-net", Tree(("battery.charge", "1"), ("device.serial", "B2")), null)] };
        AssertOnly("Error 11: [ups]: port: these are not one device, as mode = multiplex takes them for: usbhid-ups-usb has serial A1, snmp-ups-net has serial B2", Look(Good, host));
    }

    /// <summary>Who commands the device at `upsdrvctl shutdown`, by the sdorder of the proxy and of its two sources, and by what is known of the devices.</summary>
    [Theory]
    [InlineData("failover", null, 0, -1, -1, "")]
    [InlineData("failover", null, 0, 0, -1, "Warning 5: [usb]")]
    [InlineData("failover", null, 0, 0, 0, "Warning 5: [usb]|Warning 9: [net]")]
    [InlineData("failover", null, -1, 0, 0, "")]
    [InlineData("failover", null, -1, -1, -1, "Warning 4: [ups]")]
    [InlineData("failover", true, 0, 0, 0, "Warning 5: [usb]|Warning 9: [net]")]
    [InlineData("failover", true, -1, 0, 0, "Warning 4: [ups]")]
    [InlineData("failover", true, -1, -1, 0, "")]
    [InlineData("failover", false, 0, 0, 0, "Warning 4: [ups]")]
    [InlineData("failover", false, 0, -1, -1, "Warning 4: [ups]")]
    [InlineData("failover", false, -1, 0, 0, "")]
    [InlineData("multiplex", null, -1, 0, 0, "Warning 4: [ups]")]
    [InlineData("multiplex", null, 0, 0, 0, "Warning 5: [usb]|Warning 9: [net]")]
    public void A_device_gets_one_command(string mode, bool? oneDevice, int ours, int usb, int net, string expected)
    {
        var text = FormattableString.Invariant($"[ups]\ndriver=understudy-ups\nport=usbhid-ups-usb,snmp-ups-net\nsdorder={ours}\n[usb]\ndriver=usbhid-ups\nport=auto\nsdorder={usb}\n[net]\ndriver=snmp-ups\nport=x\nsdorder={net}\n")
            .Replace("[usb]\n", mode == "multiplex" ? "mode=multiplex\n[usb]\n" : "[usb]\n", StringComparison.Ordinal);
        var lines = mode == "multiplex" ? 1 : 0;
        var host = oneDevice is not { } one ? UpsHostFacts.Unknown : UpsHostFacts.Unknown with
        {
            Sockets = [new UpsSocketFact("usbhid-ups-usb", Tree(("device.serial", "A1")), null), new UpsSocketFact("snmp-ups-net", Tree(("device.serial", one ? "a1 " : "B2")), null)],
        };
        var found = UpsConfCheck.Look(UpsConf.Read(text), host);
        Assert.All(found, f => Assert.Equal("sdorder", f.Key));
        Assert.Equal(
            expected.Split('|', StringSplitOptions.RemoveEmptyEntries),
            found.Select(f => FormattableString.Invariant($"{f.Level} {(f.Section == "ups" ? f.Line : f.Line - 3 - lines)}: [{f.Section}]")));
    }

    [Theory]
    [InlineData("usb", "net", "")]
    [InlineData("ups", "other", "")]
    [InlineData("ups", "net", "net")]
    [InlineData("UPS", "Usb", "usb")]
    public void A_device_is_not_counted_twice_as_a_supply(string one, string other, string told)
    {
        var found = UpsConfCheck.Look(UpsConf.Read(Good), s_host with { Supplies = [one, other] });
        Assert.All(found, f => Assert.StartsWith($"11: [ups]: port: upsmon.conf monitors [ups] and its source [{told}], each as a supply of its own", f.ToString(), StringComparison.Ordinal));
        Assert.Equal(told.Length > 0, found.Count == 1);
    }

    [Fact]
    public void Two_proxies_must_not_both_command_one_driver()
    {
        const string second = "[too]\n    driver = understudy-ups\n    port = snmp-ups-net\n";
        AssertOnly("Warning 19: [too]: port: snmp-ups-net is a source of [ups] (line 9) too, and 'upsdrvctl shutdown' would have both command it", Look(Good + second));
        Assert.Empty(Look(Good + second + "    sdorder = -1\n"));
    }

    [Fact]
    public void A_file_without_a_proxy_is_good_and_told_where_to_get_one() =>
        AssertOnly("Note 0: no section has driver = understudy-ups", Look("[usb]\n  driver = usbhid-ups\n  port = auto\n  desc = x\n"));

    [Theory]
    [InlineData("understudy")]
    [InlineData("understudy-upss")]
    public void A_driver_that_is_almost_ours_is_told(string driver) =>
        Assert.Contains($"Error 2: [ups]: driver: '{driver}' is no driver; did you mean 'understudy-ups'?", Look($"[ups]\n  driver = {driver}\n  port = a\n"));

    [Theory]
    [InlineData("sdorder", "Warning 2: [usb]: sdorder:")]
    [InlineData("maxstartdelay", "Warning 2: [usb]: maxstartdelay:")]
    [InlineData("desc", null)]
    public void In_a_section_of_nobody_s_only_what_upsdrvctl_reads_may_not_be_first(string key, string? expected)
    {
        var found = Look($"[usb]\n  {key} = 1\n  driver = usbhid-ups\n  port = auto\n");
        Assert.Equal(expected is null ? 1 : 2, found.Count);
        Assert.Equal(expected is not null, found.Any(f => expected is not null && f.StartsWith(expected, StringComparison.Ordinal)));
    }

    [Fact]
    public void All_is_told_at_once_in_the_order_of_the_file()
    {
        var found = UpsConfCheck.Look(UpsConf.Read("[usb]\n  driver = usbhid-ups\n  port = auto\n[ups]\n  driver = understudy-ups\n  port = usbhid-ups-usb,b\n  fsdmode = 7\n  colour = red\n"), UpsHostFacts.Unknown);
        Assert.Equal([1, 6, 7, 8], found.Select(f => f.Line));
    }

    [Fact]
    public void Every_key_of_the_list_is_read_and_nothing_else_is()
    {
        foreach (var key in ProxyRulesReader.Keys.Where(k => k != "port"))
        {
            var value = ProxyRulesReader.NumberOtherwise(key) is { } number ? FormattableString.Invariant($"{number}") : key switch { "mode" => "multiplex", "status_conflict" => "prefer", "prefer.VARIABLE" => "a", _ => "5" };
            Assert.NotNull(ProxyRulesReader.Read(UpsConf.Read($"[ups]\nport = a\n{key} = {value}\n").Sections[0], new List<UpsConfMistake>()));
            Assert.Null(ProxyRulesReader.Read(UpsConf.Read($"[ups]\nport = a\nx{key} = {value}\n").Sections[0], new List<UpsConfMistake>()));
        }
    }
}

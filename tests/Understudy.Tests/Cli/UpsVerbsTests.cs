using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Understudy.Cli;
using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Cli;

/// <summary>The verbs of `understudy ups` on a host of their own: a folder.</summary>
public sealed class UpsVerbsTests : IDisposable
{
    private const string Sources = """
        [usb]
            driver = usbhid-ups
            port = auto
        [net]
            driver = snmp-ups
            port = 192.0.2.7

        """;

    private const string Ours = """
        [ups]
            driver = understudy-ups
            port = usbhid-ups-usb,snmp-ups-net

        """;

    private readonly string root = Directory.CreateTempSubdirectory("understudy").FullName;

    public UpsVerbsTests()
    {
        foreach (var folder in new[] { "etc/nut", "lib/nut", "run/nut" })
        {
            Directory.CreateDirectory(At(folder));
        }

        File.WriteAllText(At("understudy"), "the program");
    }

    private string Target => At("lib/nut/understudy-ups");

    private string DropIn => At("etc/systemd/system/nut-driver@ups.service.d/understudy.conf");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_first_installation_puts_the_program_there_and_prints_what_to_write()
    {
        Conf(Sources);
        var (code, output, error) = Install();
        Assert.Equal((0, ""), (code, error));
        Assert.Equal("the program", File.ReadAllText(Target));
        Assert.Equal(0b111_101_101, (int)File.GetUnixFileMode(Target));
        Assert.False(Directory.Exists(At("etc/systemd")));
        Assert.Contains($"make {Target}, a copy of {At("understudy")}\n", output, StringComparison.Ordinal);
        Assert.Contains("[ups]\n    driver = understudy-ups\n    port = usbhid-ups-usb,snmp-ups-net\n    mode = multiplex", output, StringComparison.Ordinal);
        Assert.Contains("in [usb] (line 1), [net] (line 4):\n\n    sdorder = -1", output, StringComparison.Ordinal);
        Assert.Contains("understudy ups install, once more", output, StringComparison.Ordinal);
        Assert.Contains("systemctl restart nut-driver@ups.service", output, StringComparison.Ordinal);
    }

    [Fact]
    public void With_the_section_in_place_its_unit_is_ordered_softly_and_a_second_time_changes_nothing()
    {
        Conf(Sources + Ours);
        Assert.Equal(0, Install().Code);
        var text = File.ReadAllText(DropIn);
        Assert.StartsWith(UpsRecipe.Mark, text, StringComparison.Ordinal);
        Assert.Contains("Wants=nut-driver@usb.service nut-driver@net.service\nAfter=nut-driver@usb.service nut-driver@net.service\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Requires", text, StringComparison.Ordinal);
        var (code, output, _) = Install();
        Assert.Equal(0, code);
        Assert.Contains($"{Target} is this program already\n{DropIn} is as it should be\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_program_takes_the_place_of_an_old_one_that_runs()
    {
        Conf(Sources);
        Assert.Equal(0, Install().Code);
        using var running = new FileStream(Target, FileMode.Open, FileAccess.Read);
        File.WriteAllText(At("understudy"), "the program, second edition");
        Assert.Contains($"replace {Target}", Install().Output, StringComparison.Ordinal);
        Assert.Equal("the program, second edition", File.ReadAllText(Target));
        Assert.Equal("the program", new StreamReader(running).ReadToEnd());
        Assert.Equal([Target], Directory.GetFiles(At("lib/nut")));
    }

    [Fact]
    public void A_dry_run_says_all_and_does_nothing()
    {
        Conf(Sources + Ours);
        var (code, output, _) = Install(dryRun: true);
        Assert.Equal(0, code);
        Assert.Contains($"would make {Target}", output, StringComparison.Ordinal);
        Assert.Contains($"would write {DropIn}", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(At("lib/nut")));
        Assert.False(Directory.Exists(At("etc/systemd")));
        Assert.False(JsonDocument.Parse(Run(v => v.Install(null, null, root, dryRun: true), json: true).Output).RootElement.GetProperty("done").GetBoolean());
    }

    [Fact]
    public void A_section_of_the_failover_driver_needs_one_line_changed()
    {
        Conf(Sources + Ours.Replace("understudy-ups", "failover", StringComparison.Ordinal));
        Assert.Contains("write driver = understudy-ups in [ups] (line 8)", Install().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_systemd_cannot_have_is_told()
    {
        Conf(Sources + Ours.Replace("[ups]", "[a+b]", StringComparison.Ordinal));
        var output = Install().Output;
        Assert.Contains("[a+b] has a sign that systemd has not for units", output, StringComparison.Ordinal);
        Assert.Contains(At($"etc/systemd/system/{UpsRecipe.UnitOf("a+b")}.d/understudy.conf"), output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_of_several_files_is_not_copied()
    {
        Conf(Sources);
        var (code, _, error) = Run(v => v.Install(null, null, root, dryRun: false), oneFile: false);
        Assert.Equal(1, code);
        Assert.Contains("is not one file but needs others beside it", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public void Without_a_folder_of_drivers_nothing_is_installed()
    {
        Conf(Sources);
        var (code, _, error) = Run(v => v.Install(At("nowhere"), null, root, dryRun: false));
        Assert.Equal(1, code);
        Assert.Contains($"there is no folder {At("nowhere")}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_folders_of_ups_conf_count()
    {
        Directory.CreateDirectory(At("opt/drivers"));
        Conf("driverpath = /opt/drivers\n" + Sources);
        Assert.Equal(0, Install().Code);
        Assert.True(File.Exists(At("opt/drivers/understudy-ups")));
    }

    [Fact]
    public void Removal_undoes_an_installation_and_leaves_what_is_not_ours()
    {
        Conf(Sources + Ours);
        Assert.Equal(0, Install().Code);
        var (code, _, error) = Remove();
        Assert.Equal(1, code);
        Assert.Contains("still has [ups] with driver = understudy-ups", error, StringComparison.Ordinal);
        Assert.True(File.Exists(Target));

        var theirs = At("etc/systemd/system/nut-driver@usb.service.d/understudy.conf");
        Directory.CreateDirectory(Path.GetDirectoryName(theirs)!);
        File.WriteAllText(theirs, "[Unit]\n");
        Conf(Sources.Replace("port = auto", "port = auto\n    sdorder = -1", StringComparison.Ordinal));
        Assert.Contains($"would remove {Target}", Run(v => v.Remove(null, null, root, dryRun: true)).Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Target));
        (code, var output, _) = Remove();
        Assert.Equal(0, code);
        Assert.Contains($"remove {Target}\nremove {DropIn}\n", output, StringComparison.Ordinal);
        Assert.Contains("'upsdrvctl shutdown' leaves out [usb] (line 4)", output, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
        Assert.False(Directory.Exists(Path.GetDirectoryName(DropIn)));
        Assert.True(File.Exists(theirs));
        Assert.Contains($"{Target} is not there", Remove().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_prints_every_finding_with_its_place_and_ends_with_1_for_a_mistake()
    {
        Conf($"driverpath = {Programs()}\n{Sources}{Ours}    colour = red\n");
        var (code, _, error) = Check();
        Assert.Equal(1, code);
        var file = At("etc/nut/ups.conf");
        Assert.Contains($"{file}:11: [ups]: colour: is no setting of understudy-ups", error, StringComparison.Ordinal);
        Assert.Contains($"warning: {file}:2: [usb]: sdorder: is not -1", error, StringComparison.Ordinal);
        Assert.EndsWith($"{file} has 1 mistake, 4 warnings\n", error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run(v => v.Check(At("etc/nut"), At("run/nut")), json: true).Output);
        Assert.False(json.RootElement.GetProperty("ok").GetBoolean());
        Assert.Contains(json.RootElement.GetProperty("findings").EnumerateArray(), f => f.GetProperty("level").GetString() == "error" && f.GetProperty("line").GetInt32() == 11 && f.GetProperty("section").GetString() == "ups");
    }

    [Fact]
    public void A_file_that_is_not_there_is_said()
    {
        var (code, _, error) = Check();
        Assert.Equal(1, code);
        Assert.Contains("ups.conf cannot be read", error, StringComparison.Ordinal);
    }

    /// <summary>A driver behind a socket, one that died, and one that never began to listen.</summary>
    [Fact]
    public async Task A_check_asks_the_sources_that_run()
    {
        Conf($"driverpath = {Programs()}\n{Sources.Replace("    port", "    sdorder = -1\n    port", StringComparison.Ordinal)}{Ours}    mode = multiplex\n    prefer.ups.laod = usbhid-ups-usb\n    flip.after = 30\n");
        File.WriteAllText(At("etc/nut/upsd.conf"), "LISTEN 127.0.0.1\nMAXAGE 25 # seconds\n");
        File.WriteAllText(At("etc/nut/upsmon.conf"), "MONITOR ups@localhost 1 a b primary\nMONITOR \"usb@127.0.0.1:3493\" 1 a b primary\nMONITOR net@localhost 0 a b primary\nMONITOR usb@elsewhere 1 a b primary\n");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(At("run/nut/left")));
            File.Move(At("run/nut/left"), At("run/nut/snmp-ups-net"));      // closed, its file stays, as of a driver that was killed
        }

        using var driver = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        driver.Bind(new UnixDomainSocketEndPoint(At("run/nut/usbhid-ups-usb")));
        driver.Listen();
        var told = Task.Run(async () =>
        {
            using var client = await driver.AcceptAsync(TestContext.Current.CancellationToken);
            var asked = new byte[64];
            var count = await client.ReceiveAsync(asked, SocketFlags.None, TestContext.Current.CancellationToken);
            await client.SendAsync("SETINFO driver.version \"2.8.4\"\nSETINFO ups.load \"1"u8.ToArray(), SocketFlags.None, TestContext.Current.CancellationToken);
            await client.SendAsync("2\"\nDATAOK\nDUMPDONE\n"u8.ToArray(), SocketFlags.None, TestContext.Current.CancellationToken);
            return Encoding.ASCII.GetString(asked, 0, count);
        }, TestContext.Current.CancellationToken);
        var (code, output, error) = await Task.Run(() => Check(), TestContext.Current.CancellationToken);
        Assert.Equal("DUMPALL\n", await told);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("prefer.ups.laod: usbhid-ups-usb has no variable of this name; did you mean 'ups.load'?", output, StringComparison.Ordinal);
        Assert.Contains("snmp-ups-net: its socket is there, and nobody is behind it", output, StringComparison.Ordinal);
        Assert.Contains("MAXAGE, 25 s", output, StringComparison.Ordinal);
        Assert.Contains("upsmon.conf monitors [ups] and its source [usb]", output, StringComparison.Ordinal);
        Assert.EndsWith("is good: 1 proxy, 4 warnings\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tree_has_the_verbs()
    {
        static int Never(object options) => throw new InvalidOperationException($"{options} is none of these verbs");
        var tree = CommandTree.Build(Never, Never, Never);
        using var output = new StringWriter();
        using var error = new StringWriter();
        foreach (var verb in new[] { "check", "install", "remove" })
        {
            Assert.Equal(0, CommandTree.Invoke(tree, ["ups", verb, "--help"], output, error));
            Assert.Contains("--json", output.ToString(), StringComparison.Ordinal);
        }

        Conf("");
        Assert.Equal(0, CommandTree.Invoke(tree, ["ups", "check", "--conf", At("etc/nut"), "--state", At("run/nut")], output, error));
        Assert.Equal(2, CommandTree.Invoke(tree, ["ups"], output, error));
        Assert.Equal(1, CommandTree.Invoke(tree, ["ups", "install", "--root", root], output, error));      // the tests are a program of several files
    }

    /// <summary>A folder of drivers with all that the sections name.</summary>
    private string Programs()
    {
        var folder = Directory.CreateDirectory(At("opt/drivers")).FullName;
        foreach (var program in new[] { "understudy-ups", "usbhid-ups", "snmp-ups" })
        {
            File.WriteAllText(Path.Combine(folder, program), "");
            File.SetUnixFileMode(Path.Combine(folder, program), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return folder;
    }

    private string At(string path) => Path.Combine(root, path);

    private void Conf(string text) => File.WriteAllText(At("etc/nut/ups.conf"), text);

    private (int Code, string Output, string Error) Install(bool dryRun = false) => Run(v => v.Install(null, null, root, dryRun));

    private (int Code, string Output, string Error) Remove() => Run(v => v.Remove(null, null, root, dryRun: false));

    private (int Code, string Output, string Error) Check() => Run(v => v.Check(At("etc/nut"), At("run/nut")));

    private (int Code, string Output, string Error) Run(Func<UpsVerbs, int> verb, bool oneFile = true, bool json = false)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = verb(new UpsVerbs(new Terminal(output, error, json), new UpsCaller(At("understudy"), oneFile, Systemd: false, _ => null)));
        return (code, output.ToString(), error.ToString());
    }
}

using System.Globalization;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Ups;

/// <summary>A proxy is a driver like any other to Debian's upsdrvctl, upsd, upsc, upsrw and upscmd.</summary>
public sealed class ControlLab
{
    [Fact]
    public void Stock_upsdrvctl_starts_it_in_the_background_and_stops_it_without_a_trace()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", NutStage.Usb);
        stage.Dummy("net", NutStage.Net);
        stage.Proxy("dummy-ups-usb,dummy-ups-net", "flip.back = 0");

        var start = stage.Run("/sbin/upsdrvctl", "start");

        stage.Same(0, start.Exit, $"upsdrvctl start\n{start.Output}");
        stage.Check(DriverEar.Answers(stage.ProxySocket), "its socket answers when upsdrvctl returns");
        var pid = int.Parse(File.ReadAllText(stage.ProxyPidFile), CultureInfo.InvariantCulture);
        stage.Same(NutStage.ProxyDriver, Path.GetFileName(new FileInfo($"/proc/{pid}/exe").LinkTarget), "the process of the pid file is named as its driver");
        stage.Check(
            Enumerable.Range(0, 3).All(fd => !(new FileInfo($"/proc/{pid}/fd/{fd}").LinkTarget ?? "").Contains("logs", StringComparison.Ordinal)),
            "a driver in the background has let go of its parent's streams");
        stage.Same(UnixFileMode.None, File.GetUnixFileMode(stage.ProxySocket) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite), "only user and group may use the socket");

        stage.StartServer();
        stage.AwaitShown("ups.load", "20");
        var all = stage.Run("/bin/upsc", $"ups@127.0.0.1:{stage.Port}");
        stage.Same(0, all.Exit, "upsc");
        foreach (var line in new[] { "ups.status: OL", "battery.charge: 100", "driver.name: understudy-ups" })
        {
            stage.Check(all.Output.Split('\n').Contains(line), $"upsc prints '{line}'\n{all.Output}");
        }

        var stop = stage.Run("/sbin/upsdrvctl", "stop");

        stage.Same(0, stop.Exit, $"upsdrvctl stop\n{stop.Output}");

        // That of 2.8.0 sends SIGTERM and does not wait.
        stage.Await("process, pid file and socket are gone", () => IsGone(pid) && !File.Exists(stage.ProxyPidFile) && !File.Exists(stage.ProxySocket));
    }

    [Fact]
    public void A_second_start_takes_the_place_of_the_first()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", NutStage.Usb);
        stage.Proxy("dummy-ups-usb");
        stage.StartSources("usb");
        stage.Same(0, stage.Run("/sbin/upsdrvctl", "start", NutStage.Ups).Exit, "the first start");
        var first = File.ReadAllText(stage.ProxyPidFile).Trim();

        var second = stage.Run("/sbin/upsdrvctl", "start", NutStage.Ups);

        stage.Same(0, second.Exit, $"the second start\n{second.Output}");
        stage.Check(File.ReadAllText(stage.ProxyPidFile).Trim() != first, "the pid file names another process");
        stage.Await("the first is gone", () => IsGone(int.Parse(first, CultureInfo.InvariantCulture)));
        using var ear = stage.HearProxy();
        stage.Await("the second shows the device", () => ear.Value("ups.load") == "20");
    }

    [Fact]
    public void Stock_upsrw_writes_through_it_to_the_real_driver_and_reads_the_value_back()
    {
        using var stage = NutStage.Pair();
        var list = stage.Run("/bin/upsrw", "-l", $"ups@127.0.0.1:{stage.Port}");
        stage.Check(list.Output.Contains("[ups.id]", StringComparison.Ordinal) && list.Output.Contains("Type: STRING", StringComparison.Ordinal), $"upsrw lists ups.id as writable\n{list.Output}");

        var set = stage.Run("/bin/upsrw", "-s", "ups.id=floor two", "-u", "lab", "-p", "lab", "-w", $"ups@127.0.0.1:{stage.Port}");

        stage.Same(0, set.Exit, $"upsrw -w\n{set.Output}");
        using var usb = stage.Hear("usb");
        stage.Same("floor two", usb.Value("ups.id"), "the driver of the primary has the value");
        using var net = stage.Hear("net");
        stage.Same("card", net.Value("ups.id"), "the other driver has its own");
        stage.AwaitShown("ups.id", "floor two");
        var read = stage.Run("/bin/upsc", $"ups@127.0.0.1:{stage.Port}", "ups.id");
        stage.Same("floor two", read.Output.Trim().Split('\n')[^1], "upsc reads it back");
    }

    [Fact]
    public void Stock_upscmd_reaches_the_device_through_it_and_is_told_the_truth()
    {
        using var device = new MegatecDevice();
        using var stage = new NutStage();
        stage.Section("ser", "blazer_ser", device.Path, "pollinterval = 1", "norating", "novendor", "nolock", "sdorder = -1");
        stage.Dummy("net", NutStage.Net);
        stage.Proxy("blazer_ser-ser,dummy-ups-net", "flip.back = 0");
        stage.StartSources("ser", "net");
        stage.StartProxy();
        stage.StartServer();
        stage.AwaitShown("ups.load", "14");
        var list = stage.Run("/bin/upscmd", "-l", $"ups@127.0.0.1:{stage.Port}");
        stage.Check(list.Output.Contains("beeper.toggle", StringComparison.Ordinal), $"upscmd -l\n{list.Output}");

        var done = Command(stage, "beeper.toggle");

        stage.Same(0, done.Exit, $"a command that the device obeys\n{done.Output}");
        stage.Same("Q", string.Join(' ', device.Told), "what the device was told");

        // dummy-ups offers load.off and does not know it: no other driver's answer says as clearly whose it is.
        stage.Same(0, Command(stage, "dummy-ups-net.force.primary", "60").Exit, "force.primary");
        stage.AwaitShown("ups.load", "42");
        var refused = Command(stage, "load.off");
        stage.Check(refused.Exit != 0 || refused.Output.Contains("ERR", StringComparison.Ordinal), $"a command that the driver does not know is not reported as done\n{refused.Output}");
        stage.Await("the command came to the driver that is shown", () => stage.LogOf("net").Contains("unknown command [load.off]", StringComparison.Ordinal));
        stage.Same("Q", string.Join(' ', device.Told), "the device of the other driver was told nothing more");
    }

    [Fact]
    public void Two_clients_with_one_id_are_each_told_the_result_of_their_own_request_and_once()
    {
        using var stage = NutStage.Pair();
        using var one = stage.HearProxy();
        using var two = stage.HearProxy();
        one.Send("SET ups.id one TRACKING same");
        two.Send("INSTCMD load.off TRACKING same");

        static string Told(DriverEar ear) => string.Join(" | ", ear.Since(0).Where(l => l.StartsWith("TRACKING ", StringComparison.Ordinal)));
        stage.Await("both are told", () => Told(one).Length > 0 && Told(two).Length > 0);
        stage.Check(one.Ping() is not null && two.Ping() is not null, "whatever else was said has come");
        stage.Same(("TRACKING same 0", "TRACKING same 1"), (Told(one), Told(two)), "what each was told");
    }

    [Fact]
    public void It_ends_on_SIGTERM_with_zero_and_takes_its_socket_along()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", NutStage.Usb);
        stage.Proxy("dummy-ups-usb");
        stage.StartSources("usb");
        stage.StartProxy();
        stage.Check(!File.Exists(stage.ProxyPidFile), "-F leaves no pid file");

        stage.Same(0, stage.End(NutStage.Ups, LabLibc.SIGTERM), "its exit code");

        stage.Check(!File.Exists(stage.ProxySocket), "its socket is gone");
    }

    [Fact]
    public void It_starts_before_its_sources_and_takes_them_in_as_they_come()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", NutStage.Usb);
        stage.Dummy("net", NutStage.Net);
        stage.Proxy("dummy-ups-usb,dummy-ups-net", "flip.back = 0");
        stage.StartProxy();
        stage.StartServer();
        stage.Await("upsd knows the UPS, and that it has nothing to show", () => stage.Shown("ups.status") is "WAIT" or "ERR DATA-STALE");
        stage.StartSources("net");
        stage.AwaitShown("ups.load", "42");
        stage.StartSources("usb");
        stage.AwaitShown("ups.load", "20");
    }

    [Theory]
    [InlineData(1, "no such section", "-a", "nobody")]
    [InlineData(1, "neither -a nor -s")]
    [InlineData(1, "a word that is no option", "-a", "ups", "usb")]
    [InlineData(1, "a section of another driver", "-a", "usb")]
    [InlineData(0, "version", "-V")]
    [InlineData(0, "help", "-h")]
    [InlineData(0, "list of settings", "-L")]
    public void Its_exit_codes_are_those_of_a_stock_driver(int exit, string why, params string[] options)
    {
        using var stage = new NutStage();
        stage.Dummy("usb", NutStage.Usb);
        stage.Proxy("dummy-ups-usb");

        var run = stage.Run(stage.ProxyPath, options);

        stage.Same(exit, run.Exit, $"{why}\n{run.Output}");
        stage.Check(run.Output.Length > 0, $"{why}: it says something");
        stage.Check(!File.Exists(stage.ProxySocket), $"{why}: it leaves no socket");
    }

    [Fact]
    public void A_start_that_fails_fails_upsdrvctl_too()
    {
        using var stage = new NutStage();
        stage.Proxy("", "mode = both");

        var start = stage.Run("/sbin/upsdrvctl", "start", NutStage.Ups);

        stage.Check(start.Exit != 0, $"upsdrvctl start of a section without sources\n{start.Output}");
    }

    [Fact]
    public void It_dumps_what_it_shows_for_a_person_who_asks()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", NutStage.Usb);
        stage.Proxy("dummy-ups-usb");
        stage.StartSources("usb");

        var dump = stage.Run(stage.ProxyPath, "-a", NutStage.Ups, "-d", "1");

        stage.Same(0, dump.Exit, $"-d 1\n{dump.Output}");
        stage.Check(dump.Output.Split('\n').Contains("ups.load: 20"), $"it prints 'name: value'\n{dump.Output}");
    }

    /// <summary>It has ended, whether or not somebody has taken notice (proc_pid_stat(5): state Z).</summary>
    private static bool IsGone(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }

    [Fact]
    public void An_existing_section_of_the_failover_driver_works_with_its_driver_line_changed()
    {
        using var stage = NutStage.Pair(
            "desc = \"one UPS\"", "sdorder = 0", "inittime = 30", "deadtime = 30", "relogtime = 5", "noprimarytime = 15", "maxconnfails = 5", "coolofftime = 15", "fsdmode = 0", "checkruntime = 1",
            "strictfiltering = 1", "status_have_any = OL,OB", "status_nothave_any = RB");
        stage.Change("usb", ("ups.status", "OL RB"));
        stage.AwaitShown("ups.load", "42");
        stage.Same("dummy-ups-net", stage.Shown("driver.primary.socketname"), "the source that passes its filters");
    }

    [Fact]
    public void Settings_are_read_again_on_demand_and_wrong_ones_are_refused()
    {
        using var stage = NutStage.Pair("mode = multiplex");
        stage.Same("20", stage.Shown("ups.load"), "before");
        stage.Proxy("dummy-ups-usb,dummy-ups-net", "mode = multiplex", "flip.back = 0", "prefer.ups.load = dummy-ups-net");

        var reload = stage.Run(stage.ProxyPath, "-a", NutStage.Ups, "-c", "reload-or-error");

        stage.Same(0, reload.Exit, $"-c reload-or-error\n{reload.Output}");
        stage.AwaitShown("ups.load", "42");
        stage.Proxy("dummy-ups-usb,dummy-ups-net", "mode = multiplex", "flip.back = soon");
        stage.Check(stage.Run(stage.ProxyPath, "-a", NutStage.Ups, "-c", "reload-or-error").Exit != 0, "wrong settings are refused");
        using var ear = stage.HearProxy();
        stage.Check(ear.Ask("INSTCMD driver.reload-or-error") is not (0 or null), "and by a client's command too");
        stage.Same("42", stage.Shown("ups.load"), "after");
    }

    [Fact]
    public void It_becomes_the_user_that_is_named_and_its_group_may_use_its_socket()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", NutStage.Usb);
        stage.Proxy("dummy-ups-usb", "user = nut", "group = nut");
        stage.StartSources("usb");
        stage.GiveStateTo("nut");

        var start = stage.Run("/sbin/upsdrvctl", "start", NutStage.Ups);

        stage.Same(0, start.Exit, $"upsdrvctl start\n{start.Output}");
        var status = File.ReadLines($"/proc/{File.ReadAllText(stage.ProxyPidFile).Trim()}/status").Where(l => l.StartsWith("Uid:", StringComparison.Ordinal) || l.StartsWith("Gid:", StringComparison.Ordinal));
        stage.Check(status.All(l => !l.Split('\t').Contains("0")), $"it has no right of root left: {string.Join(", ", status)}");
        stage.Same("660 nut", Shell.Run("stat", null, "-c", "%a %G", stage.ProxySocket).Trim(), "mode and group of its socket");
        using var ear = stage.HearProxy();
        stage.Await("it reaches the driver's socket by its group", () => ear.Value("ups.load") == "20");
        stage.Same(0, stage.Run("/sbin/upsdrvctl", "stop", NutStage.Ups).Exit, "upsdrvctl stop");
        stage.Await("it goes", () => ear.Ended && !File.Exists(stage.ProxySocket));
    }

    [Fact]
    public void It_leaves_when_it_is_asked_over_its_socket()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", NutStage.Usb);
        stage.Proxy("dummy-ups-usb");
        stage.StartSources("usb");
        stage.Same(0, stage.Run("/sbin/upsdrvctl", "start", NutStage.Ups).Exit, "upsdrvctl start");

        var exit = stage.Run(stage.ProxyPath, "-a", NutStage.Ups, "-c", "exit");

        stage.Same(0, exit.Exit, $"-c exit\n{exit.Output}");
        stage.Await("pid file and socket are gone", () => !File.Exists(stage.ProxyPidFile) && !File.Exists(stage.ProxySocket));
        stage.Check(stage.Run(stage.ProxyPath, "-a", NutStage.Ups, "-c", "exit").Exit != 0, "there is nobody to ask any more");
    }

    private static Finished Command(NutStage stage, params IEnumerable<string> words) =>
        stage.Run("/bin/upscmd", ["-u", "lab", "-p", "lab", "-w", "--", $"ups@127.0.0.1:{stage.Port}", .. words]);
}

using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Ups;

/// <summary>The end of a shutdown: one device is told once, by one driver at a time, and whoever asks is told the truth. Real drivers have <c>sdorder = -1</c>, so that stock upsdrvctl runs only ours.</summary>
public sealed class PowerCutLab
{
    private const string Usb = "fake-usb -a usb -k", Net = "fake-net -a net -k";

    [Fact]
    public void Stock_upsdrvctl_shutdown_runs_only_the_proxy()
    {
        using var stage = Fakes();

        var test = stage.Run("/sbin/upsdrvctl", "-t", "shutdown");

        stage.Check(test.Output.Contains($"{NutStage.ProxyDriver} -a ups -k", StringComparison.Ordinal), $"it would run the proxy\n{test.Output}");
        stage.Check(!test.Output.Contains("fake-", StringComparison.Ordinal), $"and no real driver\n{test.Output}");
    }

    [Fact]
    public void With_everything_stopped_one_driver_is_commanded_and_a_second_caller_commands_nobody()
    {
        using var stage = Fakes();

        var first = stage.Run("/sbin/upsdrvctl", "shutdown");

        stage.Same(0, first.Exit, $"the driver confirmed\n{first.Output}");
        stage.Same(Usb, string.Join(" | ", stage.Kills()), "who was commanded");
        var second = stage.Run("/sbin/upsdrvctl", "shutdown");
        stage.Same(0, second.Exit, $"it has been commanded, so a second caller has what it wants\n{second.Output}");
        stage.Same(Usb, string.Join(" | ", stage.Kills()), "nobody was commanded again");
    }

    [Fact]
    public void The_next_driver_is_commanded_only_when_the_one_before_has_said_no()
    {
        using var stage = Fakes();
        stage.AnswerKill("fake-usb", "1");

        var shutdown = stage.Run("/sbin/upsdrvctl", "shutdown");

        stage.Same(0, shutdown.Exit, $"the second confirmed\n{shutdown.Output}");
        stage.Same($"{Usb} | {Net}", string.Join(" | ", stage.Kills()), "who was commanded, in order");
    }

    [Fact]
    public void When_all_say_no_so_does_the_proxy_and_it_may_be_tried_again()
    {
        using var stage = Fakes();
        stage.AnswerKill("fake-usb", "1");
        stage.AnswerKill("fake-net", "1");

        stage.Check(stage.Run("/sbin/upsdrvctl", "shutdown").Exit != 0, "nobody confirmed, and that is told");

        stage.Same($"{Usb} | {Net}", string.Join(" | ", stage.Kills()), "each was commanded once");
        stage.AnswerKill("fake-net", "0");
        stage.Same(0, stage.Run("/sbin/upsdrvctl", "shutdown").Exit, "a later try succeeds");
        stage.Same($"{Usb} | {Net} | {Usb} | {Net}", string.Join(" | ", stage.Kills()), "who was commanded in all");
    }

    [Fact]
    public void Two_callers_at_once_command_one_driver_once()
    {
        using var stage = Fakes();

        var one = stage.Launch("k1", stage.ProxyPath, "-a", NutStage.Ups, "-k");
        var two = stage.Launch("k2", stage.ProxyPath, "-a", NutStage.Ups, "-k");

        stage.Check(one.WaitForExit(NutStage.Patience) && two.WaitForExit(NutStage.Patience), "both end");
        stage.Same(Usb, string.Join(" | ", stage.Kills()), "who was commanded");
        stage.Same((0, 0), (one.ExitCode, two.ExitCode), "both are told that it is done");
    }

    [Fact]
    public void A_driver_that_may_have_acted_ends_it_and_nobody_else_is_commanded()
    {
        using var stage = Fakes();
        using var usb = Modern(stage, "usb", 20, command => command.StartsWith("INSTCMD", StringComparison.Ordinal) ? null : 0);
        using var net = Modern(stage, "net", 20, _ => 0);

        var kill = stage.Launch("k", stage.ProxyPath, "-a", NutStage.Ups, "-k");
        stage.Await("the first is commanded", () => Said(usb).EndsWith("INSTCMD driver.killpower", StringComparison.Ordinal));
        LabClock.Pause(TimeSpan.FromSeconds(3));      // it does not answer

        stage.Check(!kill.HasExited || kill.ExitCode != 0, "success is not claimed");
        stage.Same("", Said(net) + string.Join(" | ", stage.Kills()), "nobody else was commanded while the first may have acted");
    }

    [Fact]
    public void With_the_proxy_running_it_commands_one_driver_through_its_socket_and_runs_on()
    {
        using var stage = Fakes();
        using var usb = Modern(stage, "usb", 20, _ => 0);
        using var net = Modern(stage, "net", 42, _ => 0);
        stage.StartProxy();
        using var ear = stage.HearProxy();
        stage.Await("both are alive", () => ear.Value("driver.stats.alive_drivers") == "2");

        var shutdown = stage.Run("/sbin/upsdrvctl", "shutdown");

        stage.Same(0, shutdown.Exit, $"the driver confirmed\n{shutdown.Output}");
        stage.Same("SET driver.flag.allow_killpower 1 | INSTCMD driver.killpower", Said(usb), "what the first was asked");
        stage.Same("", Said(net) + string.Join(" | ", stage.Kills()), "nobody else was commanded");
        stage.Check(!ear.Ended && ear.Ping() is not null, "the proxy runs on");
        stage.Same(0, stage.Run("/sbin/upsdrvctl", "shutdown").Exit, "a second caller");
        stage.Same("SET driver.flag.allow_killpower 1 | INSTCMD driver.killpower", Said(usb), "the first was not asked again");
        stage.Same("", Said(net) + string.Join(" | ", stage.Kills()), "and nobody else");
    }

    [Fact]
    public void With_the_proxy_running_the_next_driver_is_commanded_only_after_a_no()
    {
        using var stage = Fakes();
        var netAskedEarly = false;
        ScriptedDriver? second = null;
        using var usb = Modern(stage, "usb", 20, command =>
        {
            netAskedEarly |= second is { Asked.Count: > 0 };
            return command.StartsWith("INSTCMD", StringComparison.Ordinal) ? 3 : 0;
        });
        using var net = second = Modern(stage, "net", 42, _ => 0);
        stage.StartProxy();
        using var ear = stage.HearProxy();
        stage.Await("both are alive", () => ear.Value("driver.stats.alive_drivers") == "2");

        var shutdown = stage.Run("/sbin/upsdrvctl", "shutdown");

        stage.Same(0, shutdown.Exit, $"the second confirmed\n{shutdown.Output}");
        stage.Check(Said(usb).EndsWith("INSTCMD driver.killpower", StringComparison.Ordinal) && !netAskedEarly, "the first was asked first");
        stage.Same("SET driver.flag.allow_killpower 1 | INSTCMD driver.killpower", Said(net), "what the second was asked");
        stage.Same("", string.Join(" | ", stage.Kills()), "no driver was started for it");
    }

    [Fact]
    public void Drivers_of_before_driver_killpower_are_commanded_by_their_own_k_though_they_run()
    {
        using var stage = Fakes();
        stage.AnswerKill("fake-usb", "1");
        stage.StartSources("usb", "net");
        stage.StartProxy();

        var shutdown = stage.Run("/sbin/upsdrvctl", "shutdown");

        stage.Same(0, shutdown.Exit, $"the second confirmed\n{shutdown.Output}");
        stage.Same($"{Usb} | {Net}", string.Join(" | ", stage.Kills()), "who was commanded, in order");
    }

    [Fact]
    public void A_proxy_that_hangs_does_not_keep_the_power_from_being_cut()
    {
        using var stage = Fakes();
        stage.StartProxy();
        stage.Signal(NutStage.Ups, LabLibc.SIGSTOP);

        var shutdown = stage.Run("/sbin/upsdrvctl", "shutdown");

        stage.Same(0, shutdown.Exit, $"the driver confirmed\n{shutdown.Output}");
        stage.Same(Usb, string.Join(" | ", stage.Kills()), "who was commanded");
    }

    [Fact]
    public void Without_a_folder_for_sockets_the_power_can_still_be_cut()
    {
        using var stage = Fakes();
        Directory.Delete(stage.State, recursive: true);      // late in a shutdown /run may be gone, or never have been made

        var shutdown = stage.Run("/sbin/upsdrvctl", "shutdown");
        Directory.CreateDirectory(stage.State);

        stage.Same(0, shutdown.Exit, $"the driver confirmed\n{shutdown.Output}");
        stage.Same(Usb, string.Join(" | ", stage.Kills()), "who was commanded");
    }

    [Fact]
    public void The_preferred_driver_is_the_first_that_is_commanded()
    {
        using var stage = Fakes("prefer.shutdown = fake-net-net");

        stage.Same(0, stage.Run("/sbin/upsdrvctl", "shutdown").Exit, "the driver confirmed");

        stage.Same(Net, string.Join(" | ", stage.Kills()), "who was commanded");
    }

    [Fact]
    public void A_real_driver_tells_its_device_to_cut_the_power_once()
    {
        using var device = new MegatecDevice();
        using var stage = new NutStage();
        stage.FakeDriver("fake-net");
        stage.Section("ser", "blazer_ser", device.Path, "pollinterval = 1", "norating", "novendor", "nolock", "sdorder = -1");
        stage.Dummy("net", "fake-net", 2, NutStage.Net);
        stage.Proxy("blazer_ser-ser,fake-net-net");

        var shutdown = stage.Run("/sbin/upsdrvctl", "shutdown");

        stage.Same(0, shutdown.Exit, $"upsdrvctl shutdown\n{shutdown.Output}");

        // Off in half a minute, and back three minutes later: blazer(8), offdelay 30 s and ondelay 3 min.
        stage.Same("S.5R0003", string.Join(' ', device.Told.Where(t => t.StartsWith('S'))), $"what the device was told, of {string.Join(' ', device.Told)}");
        stage.Same("", string.Join(" | ", stage.Kills()), "nobody else was commanded");
    }

    private static NutStage Fakes(params ReadOnlySpan<string> settings)
    {
        var stage = new NutStage();
        stage.FakeDriver("fake-usb");
        stage.FakeDriver("fake-net");
        stage.Dummy("usb", "fake-usb", 2, NutStage.Usb);
        stage.Dummy("net", "fake-net", 2, NutStage.Net);
        stage.Proxy("fake-usb-usb,fake-net-net", settings);
        return stage;
    }

    /// <summary>A driver that runs and knows driver.killpower, as those since NUT 2.8.1 do.</summary>
    private static ScriptedDriver Modern(NutStage stage, string ups, int load, Func<string, int?> answer) =>
        new(stage.SocketOf(ups), [("ups.status", "OL"), ("ups.load", $"{load}"), ("driver.flag.allow_killpower", "0")], ["driver.killpower"], answer);

    /// <summary>Requests without their quotes, which are the sender's choice.</summary>
    private static string Said(ScriptedDriver driver) => string.Join(" | ", driver.Asked.Select(a => a.Replace("\"", "", StringComparison.Ordinal)));
}

using System.Globalization;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Ups;

/// <summary>
/// What NUT's own failover driver (2.8.4 and later) does wrong, one rule each, in the order in which it was found. Its sources are real drivers. Bounds of time are wide: each is far below what that driver needs
/// (32 s to see a death), and far above what we do.
/// </summary>
public sealed class DefectLab(ITestOutputHelper output)
{
    /// <summary>Long for us even on a busy machine, and two thirds of what that driver needs.</summary>
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);

    /// <summary>What takes us a millisecond, on a machine that others keep busy; far below the 15 s after which upsd calls a driver stale (MAXAGE, upsd.conf(5)).</summary>
    private static readonly TimeSpan s_prompt = TimeSpan.FromSeconds(4);

    [Theory]
    [InlineData(LabLibc.SIGKILL)]
    [InlineData(LabLibc.SIGTERM)]
    public void Defect_01_A_driver_that_ended_is_left_at_once_however_it_ended(int signal)
    {
        using var stage = NutStage.Pair();
        stage.End("usb", signal);

        stage.AwaitShown("ups.load", "42", s_soon);

        stage.AwaitShown("driver.primary.socketname", "dummy-ups-net");
        stage.AwaitShown("driver.stats.alive_drivers", "1");
    }

    [Fact]
    public void Defect_01_A_driver_that_calls_its_data_stale_is_left_at_once()
    {
        using var stage = new NutStage();
        stage.Section("usb", "scripted", "none", "sdorder = -1");
        stage.Dummy("net", NutStage.Net);
        stage.Proxy("scripted-usb,dummy-ups-net", "flip.back = 0");
        using var usb = new ScriptedDriver(stage.SocketOf("usb"), NutStage.Usb, [], _ => 0);
        stage.StartSources("net");
        stage.StartProxy();
        using var ear = stage.HearProxy();
        stage.Await("the first source is shown", () => ear.Value("ups.load") == "20");
        var mark = ear.Mark;

        usb.Vouch(false);

        stage.Await("the second source is shown", () => ear.Value("ups.load") == "42", s_soon);
        stage.Check(!ear.Since(mark).Contains("DATASTALE"), "what is shown was fresh all the time");
        usb.Vouch(true);
        stage.Await("the first source is shown again", () => ear.Value("ups.load") == "20", s_soon);
    }

    [Fact]
    public void Defect_02_Drivers_that_are_silent_between_their_polls_do_not_flap()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", "dummy-ups", 10, NutStage.Usb);
        stage.Dummy("net", "dummy-ups", 10, NutStage.Net);
        stage.Proxy("dummy-ups-usb,dummy-ups-net", "flip.back = 0");
        stage.StartSources("usb", "net");
        stage.StartProxy();
        using var ear = stage.HearProxy();
        stage.Await("both sources are alive", () => ear.Value("driver.stats.alive_drivers") == "2" && ear.Value("ups.load") == "20");
        stage.CatchUp(ear);
        var mark = ear.Mark;

        LabClock.Pause(TimeSpan.FromSeconds(13));      // each is silent for ten at a time

        stage.Same("", string.Join('\n', ear.Since(mark)), "nothing changed at the sources, so nothing is said of them");
        stage.Check(ear.Fresh, "the data is fresh");
    }

    [Fact]
    public void Defect_03_Drivers_that_hang_delay_neither_PONG_nor_another_drivers_values()
    {
        using var stage = new NutStage();
        string[] hanging = ["h1", "h2", "h3", "h4"];
        stage.Dummy("usb", NutStage.Usb);
        foreach (var ups in hanging)
        {
            stage.Dummy(ups, NutStage.Net);
        }

        stage.Proxy("dummy-ups-h1,dummy-ups-h2,dummy-ups-usb,dummy-ups-h3,dummy-ups-h4");
        stage.StartSources([.. hanging, "usb"]);
        stage.StartProxy();
        using var ear = stage.HearProxy();
        stage.Await("all sources are alive", () => ear.Value("driver.stats.alive_drivers") == "5");
        foreach (var ups in hanging)
        {
            stage.Signal(ups, LabLibc.SIGSTOP);
        }

        var (slowest, begun) = (TimeSpan.Zero, LabClock.Now);
        while (ear.Value("driver.stats.alive_drivers") != "1" || LabClock.Now < begun + (9 * LabClock.Second))
        {
            stage.Check(LabClock.Now < begun + LabClock.Of(NutStage.Patience), "the hanging drivers are seen to hang");
            var pong = ear.Ping();
            stage.Check(pong is not null, "PING is answered");
            slowest = pong > slowest ? pong.Value : slowest;
            LabClock.Pause(TimeSpan.FromMilliseconds(20));
        }

        stage.Check(slowest < s_prompt, $"the slowest PONG took {slowest.TotalMilliseconds:0} ms");
        stage.AwaitHeard(ear, "ups.load", "20", "the driver that does not hang is shown");
        using var usb = stage.Hear("usb");
        var (said, relayed) = (usb.Mark, ear.Mark);
        stage.Same(0, usb.Ask("SET ups.id new"), "SET at the driver");
        stage.AwaitHeard(ear, "ups.id", "new", "the new value is relayed", s_soon);
        stage.CatchUp(usb);
        var late = ear.When(relayed, Tells("ups.id"))!.Value - usb.When(said, Tells("ups.id"))!.Value;
        stage.Check(late < LabClock.Of(s_prompt), $"it was relayed after {LabClock.Ms(late)} ms");
    }

    [Fact]
    public void Defect_04_Hundreds_of_changes_at_once_are_relayed_whole()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", [.. NutStage.Usb, .. Many("1")]);
        stage.Proxy("dummy-ups-usb");
        stage.StartSources("usb");
        stage.StartProxy();
        using var ear = stage.HearProxy();
        stage.Await("everything is loaded", () => ear.Value(Name(ManyCount - 1)) == "1");
        var mark = ear.Mark;

        for (var round = 2; round <= 4; round++)
        {
            var wanted = round.ToString(CultureInfo.InvariantCulture);
            stage.Change("usb", Many(wanted));
            stage.Await($"all {ManyCount} values of round {round} are relayed", () => Enumerable.Range(0, ManyCount).All(i => ear.Value(Name(i)) == wanted), s_soon);
        }

        // A driver drops who has not read 278 lines when it writes the next, a matter of 2 ms: on a busy machine that may be us, and then all is asked for anew.
        output.WriteLine($"the driver found us too slow {stage.LogOf("usb").Split('\n').Count(l => l.Contains("disconnecting", StringComparison.Ordinal))} times");
        stage.Check(!ear.Since(mark).Any(l => l is "DATASTALE" || l.StartsWith("DELINFO", StringComparison.Ordinal)), "what is shown was fresh and whole all the time");
    }

    [Fact]
    public void Defect_05_A_switch_takes_nothing_away_that_it_brings_back_and_leaves_no_empty_status()
    {
        using var stage = NutStage.Pair("flip.back = 0");
        using var ear = stage.HearProxy();
        var mark = ear.Mark;
        for (var i = 0; i < 12; i++)
        {
            var (seconds, load) = i % 2 == 0 ? ("60", "42") : ("0", "20");
            stage.Same(0, ear.Ask($"INSTCMD dummy-ups-net.force.primary {seconds}"), "force.primary");
            stage.Await($"switch {i}", () => ear.Value("ups.load") == load);
        }

        stage.CatchUp(ear);
        var lines = ear.Since(mark);
        string[] common = [.. NutStage.Usb.Select(v => v.Name).Intersect(NutStage.Net.Select(v => v.Name))];
        stage.Same("", string.Join('\n', lines.Where(l => l.StartsWith("DELINFO ", StringComparison.Ordinal) && common.Contains(l[8..]))), "variables that both sources have are not taken away");
        stage.Same("", string.Join('\n', lines.Where(l => l.StartsWith("SETINFO ups.status ", StringComparison.Ordinal))), "the status was OL before and after, so it is not said");
        stage.Check(!lines.Contains("DATASTALE"), "what is shown was fresh all the time");
        stage.Check(lines.Contains("DELINFO battery.temperature") && lines.Contains("DELINFO battery.runtime"), "variables that one source has come and go with it");
    }

    [Fact]
    public void Defect_06_Commands_have_their_standard_names_and_those_of_that_driver_on_request()
    {
        using var plain = NutStage.Pair();
        using (var ear = plain.HearProxy())
        {
            plain.Await("load.off is offered under its own name", () => ear.Offers("load.off"));
            plain.CatchUp(ear);
            plain.Check(!ear.Offers("upstream.load.off"), "and under no other");
            plain.Same(1, ear.Ask("INSTCMD load.off"), "dummy-ups, which does not know it, is who answers");
        }

        using var both = NutStage.Pair("upstream_commands");
        using (var ear = both.HearProxy())
        {
            both.Await("both names are offered", () => ear.Offers("load.off") && ear.Offers("upstream.load.off"));
            both.Same(1, ear.Ask("INSTCMD upstream.load.off"), "the driver of the primary is who answers");
            both.Await("it was asked under the standard name", () => both.LogOf("usb").Contains("unknown command [load.off]", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Defect_07_Nobody_claims_that_the_power_was_cut_when_no_driver_could()
    {
        using var stage = NutStage.Pair();
        using var ear = stage.HearProxy();
        stage.Check(ear.Ask("INSTCMD shutdown.default") is not (0 or null), "shutdown.default without anybody who can is not handled");
        stage.Check(ear.Ask("INSTCMD driver.killpower") is not (0 or null), "driver.killpower that nobody armed is not handled");

        var kill = stage.Run(stage.ProxyPath, "-a", NutStage.Ups, "-k");

        stage.Check(kill.Exit != 0, $"-k, where dummy-ups refuses: exit {kill.Exit}\n{kill.Output}");
        stage.Check(!ear.Ended && ear.Ping() is not null, "the proxy that ran runs on");
    }

    [Fact]
    public void Defect_08_What_stands_in_quotes_arrives_as_one_word_with_every_character()
    {
        using var stage = NutStage.Pair();
        using var ear = stage.HearProxy();
        const string Value = """a "b" \ c""";
        stage.Same(0, ear.Ask("""SET ups.id "a \"b\" \\ c" """.TrimEnd()), "SET with quotes and a backslash");
        using (var usb = stage.Hear("usb"))
        {
            stage.Same(Value, usb.Value("ups.id"), "the value at the driver");
        }

        stage.Await("the value comes back", () => ear.Value("ups.id") == Value);
        stage.Same(1, ear.Ask("INSTCMD load.off \"10 20\""), "INSTCMD with a parameter of two words");
        stage.Await("the parameter arrives as one", () => stage.LogOf("usb").Contains("[load.off] [10 20]", StringComparison.Ordinal));

        var set = stage.Run("/bin/upsrw", "-s", """ups.id=x "y" z""", "-u", "lab", "-p", "lab", "-w", $"ups@127.0.0.1:{stage.Port}");
        stage.Same(0, set.Exit, $"upsrw\n{set.Output}");
        using (var usb = stage.Hear("usb"))
        {
            stage.Same("""x "y" z""", usb.Value("ups.id"), "upsrw's value at the driver");
        }
    }

    [Fact]
    public void Defect_09_No_status_is_invented_because_the_charge_differs_between_two_sources()
    {
        using var stage = NutStage.Pair("flip.back = 0");      // 100 % and 40 %, both on line
        using var ear = stage.HearProxy();
        var mark = ear.Mark;
        stage.Same(0, ear.Ask("INSTCMD dummy-ups-net.force.primary 60"), "force.primary");
        stage.Await("the second is shown", () => ear.Value("battery.charge") == "40");
        stage.Same(0, ear.Ask("INSTCMD dummy-ups-net.force.primary 0"), "and no more");
        stage.Await("the first is shown", () => ear.Value("battery.charge") == "100");

        stage.CatchUp(ear);
        stage.Same("OL", ear.Value("ups.status"), "the status that both sources say");
        stage.Check(!ear.Since(mark).Any(l => l.Contains("CHRG", StringComparison.Ordinal)), "no source has said CHRG or DISCHRG");
    }

    [Fact]
    public void Defect_10_A_driver_that_sends_what_it_should_have_escaped_is_understood_and_kept()
    {
        using var stage = NutStage.Pair();
        using var ear = stage.HearProxy();
        using var usb = stage.Hear("usb");
        var (mark, raw) = (ear.Mark, usb.Mark);

        // The driver is asked rightly, and tells it as dummy-ups of 2.8.0 does: with nothing escaped.
        stage.Same(0, usb.Ask("""SET ups.id "r\#3 \"b\"" """.TrimEnd()), "SET at the driver");
        stage.Await("it is understood", () => ear.Value("ups.id") == """r#3 "b" """.TrimEnd());
        stage.CatchUp(usb);
        stage.Check(usb.Since(raw).Contains("""SETINFO ups.id "r#3 "b"" """.TrimEnd()), $"the driver sent it raw, so that this proves something: {string.Join(" | ", usb.Since(raw))}");
        stage.Same(0, usb.Ask("SET ups.id later"), "the next SET");
        stage.Await("what comes behind it is heard as well", () => ear.Value("ups.id") == "later");

        stage.Check(!ear.Since(mark).Any(l => l is "DATASTALE" || l.Contains("alive_drivers", StringComparison.Ordinal) || l.Contains("socketname", StringComparison.Ordinal)), "the source was never lost");
        stage.Check(ear.Since(mark).Contains("""SETINFO ups.id "r\#3 \"b\"" """.TrimEnd()), "what we send is escaped, so that upsd drops nothing");
        stage.AwaitShown("ups.id", "later");
    }

    [Fact]
    public void Defect_11_An_operators_word_outlives_a_restart_and_ends_at_its_time()
    {
        using var stage = NutStage.Pair("flip.back = 0");
        var begun = LabClock.Now;
        var forced = stage.Run("/bin/upscmd", "-u", "lab", "-p", "lab", "-w", "--", $"ups@127.0.0.1:{stage.Port}", "dummy-ups-net.force.primary", "15");
        stage.Same(0, forced.Exit, $"upscmd\n{forced.Output}");
        stage.AwaitShown("ups.load", "42");
        stage.Same(0, stage.End(NutStage.Ups, LabLibc.SIGTERM), "the proxy ends");
        stage.StartProxy();
        using var ear = stage.HearProxy();
        stage.AwaitHeard(ear, "ups.load", "42", "the word counts after a restart");

        stage.AwaitHeard(ear, "ups.load", "20", "it ends at its time", 2 * NutStage.Patience);
        stage.Check(LabClock.Now > begun + (14 * LabClock.Second), "and not before");

        stage.Same(0, ear.Ask("INSTCMD dummy-ups-usb.force.ignore -1"), "force.ignore without an end");
        stage.Await("the second is shown", () => ear.Value("ups.load") == "42");

        // A word counts at once, and is on the disk moments later.
        var memory = Path.Combine(stage.State, $"understudy-ups-{NutStage.Ups}.memory");
        stage.Await("it is on the disk", () => File.ReadAllText(memory).Contains("ignore dummy-ups-usb", StringComparison.Ordinal));
        stage.End(NutStage.Ups, LabLibc.SIGKILL);
        stage.StartProxy();
        using var again = stage.HearProxy();
        stage.Await("it is shown after a crash too", () => again.Value("ups.load") == "42");
        stage.AwaitHeard(again, "driver.primary.socketname", "dummy-ups-net", "who is shown");
    }

    [Theory]
    [InlineData(0, "ERR DATA-STALE")]
    [InlineData(1, "ALARM")]
    [InlineData(2, "ALARM FSD")]
    public void Defect_12_With_no_source_left_the_status_is_never_empty_and_then_what_fsdmode_says(int mode, string final)
    {
        using var stage = NutStage.Pair($"fsdmode = {mode}", "noprimarytime = 3", "flip.after = 1");
        stage.End("usb", LabLibc.SIGKILL);
        stage.End("net", LabLibc.SIGKILL);
        var seen = new List<string>();
        stage.Await($"the status becomes {final}", () =>
        {
            var status = stage.Shown("ups.status");
            if (seen.Count == 0 || seen[^1] != status)
            {
                seen.Add(status);
            }

            return status == final;
        });

        string[] allowed = mode == 0 ? ["OL", "ERR DATA-STALE"] : ["OL", "ERR DATA-STALE", final];
        stage.Same("", string.Join(" | ", seen.Except(allowed)), $"clients saw nothing else on the way: {string.Join(" | ", seen)}");
        if (mode == 2)
        {
            using var ear = stage.HearProxy();
            var (mark, alarm) = (ear.Mark, ear.Value("ups.alarm"));
            stage.Check(alarm is { Length: > 0 }, "there is an alarm");
            LabClock.Pause(TimeSpan.FromSeconds(4));
            stage.Same("", string.Join('\n', ear.Since(mark)), "its text does not grow");
        }
    }

    [Fact]
    public void Defect_13_A_device_with_six_hundred_writable_variables_is_loaded_and_raises_no_alarm()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", [.. NutStage.Usb, .. Many("1")]);
        stage.Proxy("dummy-ups-usb", "fsdmode = 2", "inittime = 5", "noprimarytime = 2");
        stage.StartSources("usb");
        stage.StartProxy();
        stage.StartServer();
        stage.AwaitShown(Name(ManyCount - 1), "1", s_soon);
        using var ear = stage.HearProxy();
        stage.Check(ear.Count > ManyCount, $"{ear.Count} variables are shown");
        stage.Same("OL", stage.Shown("ups.status"), "its status");
        var all = stage.Run("/bin/upsc", $"ups@127.0.0.1:{stage.Port}");
        stage.Check(all.Output.Split('\n').Count(l => l.EndsWith(": 1", StringComparison.Ordinal)) >= ManyCount, "upsc lists them all");
        LabClock.Pause(TimeSpan.FromSeconds(5));
        stage.Check(!ear.Since(0).Any(l => l.Contains("FSD", StringComparison.Ordinal) || l.Contains("ups.alarm", StringComparison.Ordinal)), "there was no alarm and no FSD");
    }

    [Fact]
    public void Defect_13_No_shutdown_is_forced_before_a_source_was_ever_seen()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", NutStage.Usb);
        stage.Proxy("dummy-ups-usb", "fsdmode = 2", "inittime = 1", "noprimarytime = 1");
        stage.StartProxy();
        using var ear = stage.HearProxy();

        LabClock.Pause(TimeSpan.FromSeconds(5));

        stage.Check(!ear.Since(0).Any(l => l.Contains("FSD", StringComparison.Ordinal) || l.Contains("ALARM", StringComparison.Ordinal)), "there was no FSD and no alarm");
        stage.CatchUp(ear);
        stage.Check(!ear.Fresh, "nothing is called fresh");
        stage.StartSources("usb");
        stage.Await("the source is shown when it comes", () => ear.Value("ups.status") == "OL" && ear.Fresh);
    }

    [Fact]
    public void Defect_14_With_a_short_deadtime_too_a_driver_that_hangs_starves_nobody()
    {
        using var stage = NutStage.Pair("deadtime = 3", "flip.back = 1");
        using var ear = stage.HearProxy();
        var mark = ear.Mark;
        stage.Signal("usb", LabLibc.SIGSTOP);
        stage.AwaitShown("ups.load", "42");

        var (begun, answers) = (LabClock.Now, new HashSet<string>(StringComparer.Ordinal));
        while (LabClock.Now < begun + (7 * LabClock.Second))
        {
            answers.Add(stage.Shown("ups.load"));
            LabClock.Pause(TimeSpan.FromMilliseconds(20));
        }

        stage.Same("42", string.Join(" | ", answers), "the driver that is well is shown for two deadtimes and more");
        stage.CatchUp(ear);
        stage.Check(!ear.Since(mark).Contains("DATASTALE"), "and is fresh");
        stage.Signal("usb", LabLibc.SIGCONT);
        stage.AwaitShown("ups.load", "20");
        stage.AwaitShown("driver.stats.alive_drivers", "2");
    }

    [Fact]
    public void Defect_15_A_driver_that_is_started_anew_is_shown_without_a_gap()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", [.. NutStage.Usb, .. Many("1")]);
        stage.Proxy("dummy-ups-usb", "flip.after = 20");
        stage.StartSources("usb");
        stage.StartProxy();
        stage.StartServer();
        stage.AwaitShown(Name(ManyCount - 1), "1");
        using var ear = stage.HearProxy();
        var mark = ear.Mark;
        var answers = new HashSet<string>(StringComparer.Ordinal);
        var (done, port) = (false, stage.Port);
        var reader = new Thread(() =>
        {
            using var client = UpsdClient.Connect(port);
            while (!Volatile.Read(ref done))
            {
                answers.Add($"status {client.Value(NutStage.Ups, "ups.status")}");
                answers.Add($"last {client.Value(NutStage.Ups, Name(ManyCount - 1))}");
            }
        });
        reader.Start();
        for (var i = 0; i < 3; i++)
        {
            stage.End("usb", LabLibc.SIGKILL);
            stage.Await("its end was seen", () => ear.Value("driver.stats.alive_drivers") == "0");
            stage.StartSources("usb");
            stage.Await("it is back", () => ear.Value("driver.stats.alive_drivers") == "1");
        }

        Volatile.Write(ref done, true);
        reader.Join();
        stage.Same("last 1 | status OL", string.Join(" | ", answers.Order(StringComparer.Ordinal)), "what clients of upsd saw");
        stage.Check(!ear.Since(mark).Any(l => l.StartsWith("DELINFO ", StringComparison.Ordinal)), "nothing was taken away");
    }

    private const int ManyCount = 600;

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"outlet.{i + 1}.status");

    private static (string Name, string Value)[] Many(string value) => [.. Enumerable.Range(0, ManyCount).Select(i => (Name(i), value))];

    private static Predicate<string> Tells(string name) => line => line.StartsWith($"SETINFO {name} ", StringComparison.Ordinal);
}

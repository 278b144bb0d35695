using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Understudy.Lab.Worlds;
using Understudy.Linux.Interop;
using Xunit;

namespace Understudy.Lab.Ups;

/// <summary>A driver process takes the place of another, and Debian's upsd and whoever asks it see nothing of it.</summary>
[Collection(nameof(OneAtATime))]
public sealed class HandoverLab(ITestOutputHelper output)
{
    private static string Quiet => "battery.charge 100 | ups.load 20 | ups.status OL";

    [Fact]
    public void Twenty_restarts_are_seen_by_no_client_by_upsd_or_by_upsmon()
    {
        using var stage = NutStage.Pair();
        var notified = MonitorLab.StartMonitor(stage);
        using var storm = new StormLab.Storm(stage);
        using var ear = stage.HearProxy();
        for (var i = 0; i < 20; i++)
        {
            var mark = ear.Mark;
            Restart(stage);
            stage.Check(ear.Ping() is not null, "the new process answers on the connection that the old one had accepted");
            stage.Same("", string.Join(" | ", ear.Since(mark).Where(IsNews)), "what clients were told by the restart");
        }

        Unseen(stage, storm);
        stage.Same("", File.Exists(notified) ? string.Join(' ', File.ReadAllLines(notified)) : "", "what upsmon told");
        stage.Check(!ear.Ended, "one connection lasted through all");
    }

    /// <summary>So that what is not seen above proves something: this is what the same eyes see of a process that does not hand over, as an old version does not.</summary>
    [Fact]
    public void A_process_without_a_door_is_ended_first_and_upsd_sees_that()
    {
        using var stage = NutStage.Pair();
        using var ear = stage.HearProxy();
        File.Delete(stage.ProxySocket + ".handover");

        Restart(stage);

        stage.Await("its clients lost their connections", () => ear.Ended);
        stage.Await("upsd connects anew", () => Connections(stage) == 2);
        stage.AwaitShown("ups.load", "20");
        Restart(stage);      // from one that has a door again
        stage.Same(2, Connections(stage), "upsd's connections");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_systemd_keeps_between_a_stop_and_a_start_is_gone_on_with(bool byUpsdrvctl)
    {
        using var stage = new NutStage();
        using var keeper = new StoreKeeper(stage);
        stage.Dummy("usb", NutStage.Usb);
        stage.Dummy("net", NutStage.Net);
        stage.Proxy("dummy-ups-usb,dummy-ups-net", "flip.back = 0");
        stage.StartSources("usb", "net");
        Start();
        stage.StartServer();
        stage.AwaitShown("ups.load", "20");
        var notified = MonitorLab.StartMonitor(stage);
        using var ear = stage.HearProxy();
        using var storm = new StormLab.Storm(stage);
        for (var i = 0; i < 4; i++)
        {
            var pid = Pid();
            _ = LabLibc.kill(pid, LabLibc.SIGTERM);
            stage.Await("it ends", () => IsGone(pid));
            stage.Await("our socket, two clients and the state are kept", () => keeper.Kept == "understudy-ups understudy-ups understudy-ups understudy-ups.state");
            stage.Check(File.Exists(stage.ProxySocket), "the socket is still there to connect to");
            LabClock.Pause(TimeSpan.FromMilliseconds(300));
            var mark = ear.Mark;
            if (i == 2)
            {
                var (one, other) = UnixSocket.Pair();
                UnixSocket.Close(other);
                keeper.Slip("somebody-elses", one);
            }

            Start();
            stage.Await("nothing is kept any more", () => keeper.Kept.Length == 0);
            stage.Check(ear.Ping() is not null, "the new process answers on the connection that the old one had accepted");
            stage.Same("", string.Join(" | ", ear.Since(mark).Where(IsNews)), "what clients were told by the restart");
            stage.Check(!Directory.GetFiles($"/proc/{Pid()}/fd").Any(f => int.Parse(Path.GetFileName(f), CultureInfo.InvariantCulture) > 400), "descriptors do not pile up");
        }

        Unseen(stage, storm);
        stage.Same("", File.Exists(notified) ? string.Join(' ', File.ReadAllLines(notified)) : "", "what upsmon told");

        int Pid() => byUpsdrvctl ? int.Parse(File.ReadAllText(stage.ProxyPidFile), CultureInfo.InvariantCulture) : stage.PidOf(NutStage.Ups);

        void Start()
        {
            if (byUpsdrvctl)
            {
                using var upsdrvctl = keeper.Start("upsdrvctl", through: true, "/sbin/upsdrvctl", "start", NutStage.Ups);
                stage.Check(upsdrvctl.WaitForExit(NutStage.Patience) && upsdrvctl.ExitCode == 0, "upsdrvctl start");
            }
            else
            {
                stage.Has(NutStage.Ups, keeper.Start(NutStage.Ups, through: false, stage.ProxyPath, "-a", NutStage.Ups, "-F"));
                stage.Await("it listens", () => DriverEar.Answers(stage.ProxySocket));
            }
        }
    }

    /// <summary>What systemd keeps takes connections, and answers none of them.</summary>
    [Fact]
    public void A_shutdown_while_nobody_serves_does_not_wait_for_who_is_not_there()
    {
        using var stage = new NutStage();
        using var keeper = new StoreKeeper(stage);
        stage.FakeDriver("fakeups");
        stage.Dummy("usb", "fakeups", 2, NutStage.Usb);
        stage.Proxy("fakeups-usb");
        stage.StartSources("usb");
        stage.Has(NutStage.Ups, keeper.Start(NutStage.Ups, through: false, stage.ProxyPath, "-a", NutStage.Ups, "-F"));
        stage.Await("it listens", () => DriverEar.Answers(stage.ProxySocket));
        stage.Same(0, stage.End(NutStage.Ups, LabLibc.SIGTERM), "its exit code");
        stage.Check(DriverEar.Answers(stage.ProxySocket), "a connection to nobody succeeds");

        var kill = stage.Run(stage.ProxyPath, "-a", NutStage.Ups, "-k");

        stage.Same(0, kill.Exit, $"-k\n{kill.Output}");
        stage.Same(1, stage.Kills().Length, "the real driver was commanded, once");
    }

    [Fact]
    public void A_new_process_that_goes_in_the_middle_leaves_the_old_one_serving()
    {
        using var stage = NutStage.Pair();
        using var storm = new StormLab.Storm(stage);
        using var ear = stage.HearProxy();
        var pid = stage.PidOf(NutStage.Ups);

        // Each moment at which it can go: before it asks, after it asked, with all in its hands; in silence; and with a word that is none.
        foreach (var (what, act) in new (string, Action<Socket>)[]
        {
            ("it says nothing", static _ => { }),
            ("it asks and goes", static s => Say(s, "understudy-ups handover 1")),
            ("it takes the offer and goes", static s => { Say(s, "understudy-ups handover 1"); Offered(s); }),
            ("it takes the offer and says what is no word", static s => { Say(s, "understudy-ups handover 1"); Offered(s); Say(s, "thanks"); }),
            ("it takes the offer and is silent", static s => { Say(s, "understudy-ups handover 1"); Offered(s); LabClock.Pause(TimeSpan.FromSeconds(1.5)); }),
            ("it says what is too late", static s => { Say(s, "understudy-ups handover 1"); Offered(s); LabClock.Pause(TimeSpan.FromSeconds(1.5)); TrySay(s, "taken"); }),
            ("it asks for another version", static s => Say(s, "understudy-ups handover 2")),
        })
        {
            using (var door = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified))
            {
                door.ReceiveTimeout = 10_000;
                door.Connect(new UnixDomainSocketEndPoint(stage.ProxySocket + ".handover"));
                act(door);
            }

            stage.Check(ear.Ping() is not null, $"{what}: the old process goes on");
        }

        // And a whole process, killed while it listens to the sources: one of them is deaf, so that it has to wait for it.
        stage.Signal("net", LabLibc.SIGSTOP);
        using var other = stage.Launch("other", stage.ProxyPath, "-a", NutStage.Ups, "-F");
        LabClock.Pause(TimeSpan.FromSeconds(2));
        other.Kill();
        stage.Signal("net", LabLibc.SIGCONT);
        stage.Check(ear.Ping() is not null, "the old process goes on when another is killed");
        stage.Same(pid, ear.Pid(), "it is the old one");
        Unseen(stage, storm);
        Restart(stage);
        stage.Same(1, Connections(stage), "and it can still hand over");
    }

    [Fact]
    public void Sources_and_mode_may_be_others_and_upsd_sees_only_what_they_bring()
    {
        using var stage = new NutStage();
        stage.Dummy("usb", NutStage.Usb);
        stage.Dummy("net", NutStage.Net);
        stage.Proxy("dummy-ups-usb", "flip.back = 0");
        stage.StartSources("usb", "net");
        stage.StartProxy();
        stage.StartServer();
        stage.AwaitShown("ups.load", "20");
        using var storm = new StormLab.Storm(stage);
        using var ear = stage.HearProxy();
        stage.Check(stage.Shown("battery.temperature").StartsWith("ERR", StringComparison.Ordinal), "one source alone does not know the temperature");

        stage.Proxy("dummy-ups-usb,dummy-ups-net", "mode = multiplex", "flip.back = 0");
        Restart(stage);

        stage.AwaitShown("battery.temperature", "25.5");
        stage.AwaitHeard(ear, "driver.stats.total_drivers", "2", "sources");
        stage.Await("the new source's commands are offered", () => ear.Offers("dummy-ups-net.force.ignore"));
        stage.AwaitHeard(ear, "driver.parameter.mode", "multiplex", "a parameter");

        stage.Proxy("dummy-ups-usb", "flip.back = 0");
        var mark = ear.Mark;
        Restart(stage);

        stage.Await("what only the second source knew is gone", () => ear.Value("battery.temperature") is null && stage.Shown("battery.temperature").StartsWith("ERR", StringComparison.Ordinal));
        stage.CatchUp(ear);
        stage.Check(!ear.Offers("dummy-ups-net.force.ignore"), "and its commands");
        stage.Check(ear.Value("driver.parameter.mode") is null, "and the parameter");
        stage.Same("", string.Join(" | ", ear.Since(mark).Where(l => l.Contains("ups.load", StringComparison.Ordinal) || l.Contains("ups.status", StringComparison.Ordinal))), "what stays is not told again");
        Unseen(stage, storm);
    }

    [Fact]
    public void Half_a_line_an_operators_word_and_who_does_not_listen_are_handed_over_too()
    {
        using var stage = NutStage.Pair();
        using var ear = stage.HearProxy();
        using var deaf = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        deaf.Connect(new UnixDomainSocketEndPoint(stage.ProxySocket));
        Say(deaf, "NOBROADCAST\nGETP");
        stage.Same(0, ear.Ask("INSTCMD dummy-ups-net.force.primary 600"), "force.primary");
        stage.AwaitShown("ups.load", "42");
        stage.Check(ear.Ping() is not null, "whatever was sent before has been read");
        while (deaf.Available > 0)
        {
            _ = Heard(deaf);      // what was broadcast before it said that it does not listen
        }

        var mark = ear.Mark;
        Restart(stage);

        stage.Check(ear.Ping() is not null, "it answers");
        stage.Same("", string.Join(" | ", ear.Since(mark).Where(IsNews)), "what clients were told by the restart");
        Say(deaf, "ID\n");
        stage.Same($"PID {stage.PidOf(NutStage.Ups)}\n", Heard(deaf), "what was begun with the old process is answered by the new one, and nothing was broadcast to who does not listen");
        stage.Same(0, ear.Ask("INSTCMD dummy-ups-net.force.primary 0"), "the word's end");
        stage.AwaitShown("ups.load", "20");
        stage.Same(1, Connections(stage), "upsd's connections");
    }

    [Fact]
    public void A_command_that_is_under_way_is_answered_before_another_process_goes_on()
    {
        using var stage = new NutStage();
        stage.Section("usb", "scripted", "none");
        using var asked = new ManualResetEventSlim();
        using var answers = new ManualResetEventSlim();
        using var slow = new ScriptedDriver(stage.SocketOf("usb"), NutStage.Usb, ["load.off"], _ =>
        {
            asked.Set();
            answers.Wait(NutStage.Patience, CancellationToken.None);
            return 0;
        });
        stage.Proxy("scripted-usb");
        stage.StartProxy();
        using var ear = stage.HearProxy();
        stage.Await("the source is shown", () => ear.Value("ups.load") == "20");
        ear.Send("INSTCMD load.off TRACKING mine");
        stage.Await("the source is asked", () => asked.IsSet);
        var old = stage.ProcessOf(NutStage.Ups);
        stage.StartProxy();
        LabClock.Pause(TimeSpan.FromSeconds(2));
        stage.Check(!old.HasExited, "the old process waits for the answer");
        answers.Set();
        stage.Await("the command is answered", () => ear.Since(0).Any(l => l.StartsWith("TRACKING mine ", StringComparison.Ordinal)));
        stage.Same("TRACKING mine 0", string.Join(" | ", ear.Since(0).Where(l => l.StartsWith("TRACKING ", StringComparison.Ordinal))), "by what the driver said, once");
        stage.Await("the old process ends", () => old.HasExited);
        stage.Check(ear.Ping() is not null, "the new process answers");
    }

    /// <summary>What a person would see of it: not what a driver says of its own doings, nor the version of ours.</summary>
    private static bool IsNews(string line) => line != "PONG" && !line.StartsWith("SETINFO driver.", StringComparison.Ordinal) && !line.StartsWith("SETINFO upstream.", StringComparison.Ordinal);

    /// <summary>Starts another process for the same UPS, and waits until the one that runs has left by itself.</summary>
    private static void Restart(NutStage stage)
    {
        var old = stage.ProcessOf(NutStage.Ups);
        stage.StartProxy();
        stage.Await("the old process ends", () => old.HasExited);
        stage.Same(0, old.ExitCode, "its exit code");
        stage.Check(!stage.ProcessOf(NutStage.Ups).HasExited, "the new process runs");
        stage.Await("the socket is there", () => File.Exists(stage.ProxySocket));      // who began without a predecessor has it a moment later
    }

    private void Unseen(NutStage stage, StormLab.Storm storm)
    {
        storm.End();
        output.WriteLine($"{storm.Answers} answers, {storm.Runs} runs of upsc");
        stage.Check(storm.Answers > 100 && storm.Runs > 0, "it was asked enough to prove anything");
        stage.Same(Quiet, string.Join(" | ", storm.Seen), "what was read");
        stage.Same(1, Connections(stage), "upsd's connections");
        stage.Check(!stage.LogOf("upsd").Contains("check driver", StringComparison.Ordinal) && !stage.LogOf("upsd").Contains("stale", StringComparison.OrdinalIgnoreCase), "upsd has noticed nothing");
    }

    /// <summary>How often upsd has connected to the proxy, by its log.</summary>
    private static int Connections(NutStage stage) => stage.LogOf("upsd").Split('\n').Count(l => l.StartsWith($"Connected to UPS [{NutStage.Ups}]", StringComparison.Ordinal));

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

    private static void Say(Socket to, string text) => to.Send(Encoding.ASCII.GetBytes(text));

    private static void TrySay(Socket to, string text)
    {
        try
        {
            Say(to, text);
        }
        catch (SocketException)
        {
            // it does not listen any more, which is as well
        }
    }

    private static string Heard(Socket from)
    {
        var bytes = new byte[4096];
        return Encoding.ASCII.GetString(bytes, 0, from.Receive(bytes));
    }

    /// <summary>An offer and its descriptors come; the kernel drops descriptors that nobody takes.</summary>
    private static void Offered(Socket from)
    {
        Assert.StartsWith("offer ", Heard(from), StringComparison.Ordinal);
        Assert.Equal("more", Heard(from));
    }
}

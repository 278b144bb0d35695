using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Ups;

/// <summary>Debian's upsmon, which is what shuts hosts down, sees one UPS whatever its sources do.</summary>
[Collection(nameof(OneAtATime))]
public sealed class MonitorLab
{
    [Fact]
    public void Upsmon_sees_one_UPS_through_every_switch_and_hears_what_the_device_does()
    {
        using var stage = NutStage.Pair("flip.back = 0");
        var log = StartMonitor(stage);
        List<string> Notified() => File.Exists(log) ? [.. File.ReadAllLines(log)] : [];

        // It polls each second: what is true for two of them it must have seen.
        void Look() => LabClock.Pause(TimeSpan.FromSeconds(2.5));
        using var ear = stage.HearProxy();
        for (var i = 0; i < 100; i++)
        {
            stage.Same(0, ear.Ask($"INSTCMD dummy-ups-net.force.primary {(i % 2 == 0 ? 60 : 0)}"), "force.primary");
            LabClock.Pause(TimeSpan.FromMilliseconds(20));
        }

        stage.AwaitShown("ups.load", "20");
        stage.End("usb", LabLibc.SIGKILL);
        stage.AwaitShown("ups.load", "42");
        Look();
        stage.StartSources("usb");
        stage.AwaitShown("ups.load", "20");
        stage.End("usb", LabLibc.SIGTERM);
        stage.AwaitShown("ups.load", "42");
        stage.StartSources("usb");
        stage.AwaitShown("ups.load", "20");
        stage.Signal("usb", LabLibc.SIGSTOP);
        stage.AwaitShown("ups.load", "42");
        Look();
        stage.Signal("usb", LabLibc.SIGCONT);
        stage.AwaitShown("ups.load", "20");
        stage.Same("", string.Join(" | ", Notified()), "upsmon had nothing to tell of all this");

        // So that silence proves something: it does tell what the device does, once, and that a UPS is gone.
        stage.Change("net", ("ups.status", "OB"));
        using (var net = stage.Hear("net"))
        {
            stage.Await("the second driver, which is not shown, says that it is on battery", () => net.Value("ups.status") == "OB");
        }

        stage.Change("usb", ("ups.status", "OB"));
        stage.Await("upsmon tells that the UPS is on battery", () => Notified().Contains("ONBATT"));
        stage.End("usb", LabLibc.SIGKILL);
        stage.AwaitShown("ups.load", "42");
        Look();
        stage.Change("net", ("ups.status", "OL"));
        stage.Await("upsmon tells that it is back on line", () => Notified().Contains("ONLINE"));
        stage.Same("ONBATT | ONLINE", string.Join(" | ", Notified()), "what upsmon told");
        stage.End(NutStage.Ups, LabLibc.SIGKILL);
        stage.Await("upsmon tells when the proxy itself is gone", () => Notified().Contains("COMMBAD"));
    }

    /// <summary>Starts upsmon with a script that writes each event down, and waits until it watches.</summary>
    /// <returns>The file with the events, one a line.</returns>
    internal static string StartMonitor(NutStage stage)
    {
        var log = Path.Combine(stage.State, "notified");
        var script = stage.Put("notify", $"#!/bin/sh\necho \"$NOTIFYTYPE\" >>'{log}'\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string[] events = ["ONLINE", "ONBATT", "LOWBATT", "FSD", "COMMOK", "COMMBAD", "SHUTDOWN", "REPLBATT", "NOCOMM", "NOPARENT"];
        var conf = stage.Put("upsmon.conf", $"""
            RUN_AS_USER root
            MONITOR ups@127.0.0.1:{stage.Port} 1 lab lab secondary
            MINSUPPLIES 1
            SHUTDOWNCMD "true"
            NOTIFYCMD {script}
            POLLFREQ 1
            POLLFREQALERT 1
            NOCOMMWARNTIME 5
            POWERDOWNFLAG {Path.Combine(stage.State, "killpower")}
            {string.Join('\n', events.Select(e => $"NOTIFYFLAG {e} EXEC"))}

            """);
        File.SetUnixFileMode(conf, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        stage.Launch("upsmon", NutStage.Monitor, "-F", "-p", "-D");
        stage.Await("upsmon is logged in", () => stage.Ask("GET NUMLOGINS ups") == "NUMLOGINS ups 1");
        return log;
    }
}

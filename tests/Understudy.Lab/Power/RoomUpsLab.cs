using System.Diagnostics;
using Understudy.Core.Ledger;
using Understudy.Lab.Ups;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Understudy.Linux.Ledger;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>A guard whose only witness is a UPS that speaks, asked through Debian's own upsd.</summary>
public sealed class RoomUpsLab
{
    [Fact]
    public void A_UPS_on_battery_takes_the_host_down_after_the_grace_and_one_that_cannot_be_asked_does_not()
    {
        using var stage = new NutStage();
        using var recorders = new Recorders();
        stage.Dummy("rack", ("ups.status", "OL"), ("battery.charge", "90"));
        stage.StartSources("rack");
        stage.StartServer();
        var ledger = stage.Put("ledger", "");
        File.Delete(ledger);
        var file = stage.Put("room.yaml", $$"""
            node: alpha
            api: { socket: {{Path.Combine(stage.State, "api.sock")}} }
            ledger: { path: {{ledger}} }
            guards:
              room:
                mains: [{ nut: "rack@127.0.0.1", port: {{stage.Port}}, every: 500ms, timeout: 400ms, fails: 2 }]
                grace: 6s
                countdown: 2s
                settle: 1s
                spread: 0s

            """);
        using var daemon = Start(recorders, file);
        try
        {
            stage.Await("the mains are present", () => Says("present"));

            // The driver's data are gone: whoever cannot be asked has said nothing.
            _ = stage.End("rack", LabLibc.SIGKILL);
            stage.Await("nothing is known of the mains", () => Says("unknown"));
            LabClock.Pause(TimeSpan.FromSeconds(9));
            Assert.Empty(PowerOffs());
            stage.StartSources("rack");
            stage.Await("the mains are present again", () => Notes().LastOrDefault(n => n.Contains(": mains ", StringComparison.Ordinal))?.Contains("mains present", StringComparison.Ordinal) == true);

            var dark = LabClock.Now;
            stage.Change("rack", ("ups.status", "OB DISCHRG"));
            stage.Await("the host is powered off", () => PowerOffs().Length > 0);
            Assert.True(LabClock.Now - dark >= 6 * LabClock.Second, "it left before the grace was over");
            Assert.Contains("by its own word", PowerOffs()[0], StringComparison.Ordinal);
        }
        finally
        {
            daemon.Kill(entireProcessTree: true);
            _ = daemon.WaitForExit(TimeSpan.FromSeconds(10));
        }

        List<string> Notes() => NotesOf(ledger);
        bool Says(string verdict) => Notes().Any(n => n.Contains($"mains {verdict}", StringComparison.Ordinal));
        string[] PowerOffs() => [.. recorders.Calls().Where(c => c.StartsWith("systemctl|poweroff", StringComparison.Ordinal))];
    }

    [Fact]
    public void Who_stays_wakes_the_others_when_the_UPS_holds_enough_again_also_when_its_daemon_was_killed_meanwhile()
    {
        using var stage = new NutStage();
        using var recorders = new Recorders();
        stage.Dummy("rack", ("ups.status", "OL"), ("battery.charge", "90"));
        stage.StartSources("rack");
        stage.StartServer();
        var ledger = Path.Combine(stage.State, "ledger");
        var wake = recorders.Answer("wake", "");
        var file = stage.Put("room.yaml", $$"""
            node: alpha
            api: { socket: {{Path.Combine(stage.State, "api.sock")}} }
            ledger: { path: {{ledger}} }
            guards:
              room:
                mains: [{ nut: "rack@127.0.0.1", port: {{stage.Port}}, every: 500ms, timeout: 400ms, fails: 2 }]
                grace: 2s
                countdown: 1s
                settle: 1s
                spread: 0s
                stays: true
                return:
                  stable: 3s
                  every: 1s
                  ups: "rack@127.0.0.1"
                  port: {{stage.Port}}
                  charge: 60
                  wake: [{ node: web, command: {{wake}} }, { node: store, command: {{wake}}, tier: 2 }, { node: disk, command: {{wake}}, tier: 2 }]

            """);
        var daemon = Start(recorders, file);
        try
        {
            stage.Await("the mains are present", () => Said("mains present"));
            stage.Change("rack", ("ups.status", "OB DISCHRG"), ("battery.charge", "40"));
            stage.Await("the plan is done, without its last step", () => Said("every step was done or passed"));
            stage.Change("rack", ("ups.status", "OL CHRG"));
            stage.Await("the charge is waited for", () => Status().Contains("the UPS must hold 60 %, and holds 40 %", StringComparison.Ordinal));

            // Another daemon of the same boot goes on.
            daemon.Kill(entireProcessTree: true);
            _ = daemon.WaitForExit(TimeSpan.FromSeconds(30));
            daemon.Dispose();
            daemon = Start(recorders, file);
            stage.Await("it knows who is to be woken", () => Said("are to be woken, as was known before our restart"));
            stage.Await("the charge is waited for again", () => Status().Contains("the UPS must hold 60 %, and holds 40 %", StringComparison.Ordinal));
            Assert.Empty(Woken());

            stage.Change("rack", ("battery.charge", "61"));
            stage.Await("the highest tier is woken", () => Woken().Length == 2);
            Assert.Equal(["wake|store", "wake|disk"], Woken());
            Assert.DoesNotContain(recorders.Calls(), c => c.StartsWith("systemctl|poweroff", StringComparison.Ordinal));
        }
        finally
        {
            daemon.Kill(entireProcessTree: true);
            _ = daemon.WaitForExit(TimeSpan.FromSeconds(30));
            daemon.Dispose();
        }

        bool Said(string what) => NotesOf(ledger).Any(n => n.Contains(what, StringComparison.Ordinal));
        string Status() => Shell.Try(UnderstudyProduct.FindProgram()!, null, "guard", "status", "room", "--socket", Path.Combine(stage.State, "api.sock")) is var (_, text, _) ? text : "";
        string[] Woken() => [.. recorders.Calls().Where(c => c.StartsWith("wake|", StringComparison.Ordinal))];
    }

    private static List<string> NotesOf(string ledger) => File.Exists(ledger) ? [.. LedgerFiles.Read(ledger).Select(e => e.Line).OfType<LedgerLine.Noted>().Select(n => n.Text)] : [];

    private static Process Start(Recorders recorders, string file)
    {
        var start = new ProcessStartInfo(UnderstudyProduct.FindProgram()!, ["run", file]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["UNDERSTUDY_POWER_COMMANDS"] = recorders.Folder;
        var daemon = Process.Start(start)!;
        daemon.OutputDataReceived += (_, _) => { };      // read away, or it would wait for us
        daemon.ErrorDataReceived += (_, _) => { };
        daemon.BeginOutputReadLine();
        daemon.BeginErrorReadLine();
        return daemon;
    }
}

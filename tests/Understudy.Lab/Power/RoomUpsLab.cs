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
        var start = new ProcessStartInfo(UnderstudyProduct.FindProgram()!, ["run", file]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["UNDERSTUDY_POWER_COMMANDS"] = recorders.Folder;
        using var daemon = Process.Start(start)!;
        daemon.OutputDataReceived += (_, _) => { };      // read away, or it would wait for us
        daemon.ErrorDataReceived += (_, _) => { };
        daemon.BeginOutputReadLine();
        daemon.BeginErrorReadLine();
        try
        {
            stage.Await("the mains are present", () => Says("present"));

            // The driver's data are gone: whoever cannot be asked has said nothing.
            _ = stage.End("rack", LabLibc.SIGKILL);
            stage.Await("nothing is known of the mains", () => Says("unknown"));
            LabClock.Pause(TimeSpan.FromSeconds(9));
            Assert.Empty(PowerOffs());
            stage.StartSources("rack");
            stage.Await("the mains are present again", () => Notes().LastOrDefault(n => n.Contains("mains ", StringComparison.Ordinal))?.Contains("mains present", StringComparison.Ordinal) == true);

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

        List<string> Notes() => File.Exists(ledger) ? [.. LedgerFiles.Read(ledger).Select(e => e.Line).OfType<LedgerLine.Noted>().Select(n => n.Text)] : [];
        bool Says(string verdict) => Notes().Any(n => n.Contains($"mains {verdict}", StringComparison.Ordinal));
        string[] PowerOffs() => [.. recorders.Calls().Where(c => c.StartsWith("systemctl|poweroff", StringComparison.Ordinal))];
    }
}

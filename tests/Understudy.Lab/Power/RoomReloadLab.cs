using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>A guard's settings are read again while it watches, while its plan runs, and when they are wrong.</summary>
public sealed class RoomReloadLab
{
    private const string Times = "    countdown: 2s\n    settle: 2s\n    spread: 0s\n";

    [Fact]
    public void A_reload_is_in_force_at_once_or_after_the_run_or_not_at_all_and_keeps_the_outage_clock()
    {
        using var room = new RoomWorld("alpha", "bare");
        var hook = room.Script("hook", $"while [ ! -e {room.In("go")} ]; do sleep 0.1; done");
        room.Start("alpha", "", $"{RoomWorld.Witnesses}\n    grace: 10m\n{Times}    plan: [{{ command: {hook}, limit: 2m }}, {{ poweroff: now }}]");
        Bare(room, "");
        room.AwaitMains("present", "alpha");

        // Wrong: refused with its line, and what was in force stays so.
        room.Put("alpha", "", $"{RoomWorld.Witnesses}\n    grace: soon\n{Times}");
        var said = room.Ask("alpha", "reload");
        room.Check(said.Exit != 0 && said.Text.Contains("grace", StringComparison.Ordinal), $"a file that is wrong was not refused: {said.Text}");
        room.Check(room.Noted("alpha", "settings were refused, the old ones stay"), "a refusal is not in the record");

        // A daemon that began without guards has nobody to look.
        Bare(room, $"guards:\n  room:\n{RoomWorld.Witnesses}\n");
        said = room.Ask("bare", "reload");
        room.Check(said.Exit != 0 && said.Text.Contains("needs a restart", StringComparison.Ordinal), $"a first guard was not refused: {said.Text}");

        // A shorter grace counts what the bucket holds already: the loss began before the reload.
        var dark = RoomWorld.Now;
        room.Mains(there: false);
        room.AwaitMains("lost", "alpha");
        LabClock.Pause(TimeSpan.FromSeconds(8));
        room.Put("alpha", "", $"{RoomWorld.Witnesses}\n    grace: 20s\n{Times}    plan: [{{ command: {hook}, limit: 2m }}, {{ poweroff: now }}]");
        said = room.Ask("alpha", "reload");
        var reloaded = RoomWorld.Now;
        room.Check(said.Exit == 0 && said.Text.Contains("grace", StringComparison.Ordinal), $"a shorter grace was not taken: {said.Text}");
        room.Await("the plan runs", () => room.Noted("alpha", "begins 1 command"));
        var began = RoomWorld.Now;
        room.Check(began - dark >= 20, "it began before the grace was over");
        room.Check(began - reloaded < 20, "the outage clock began anew with the reload");

        // While it runs a change waits.
        room.Put("alpha", "", $"{RoomWorld.Witnesses}\n    grace: 10m\n{Times}    dry_run: true\n");
        said = room.Ask("alpha", "reload");
        room.Check(said.Exit == 0, $"a change in a run was not taken: {said.Text}");
        room.Await("it is said that it waits", () => room.Noted("alpha", "when the run that is under way is over"));
        File.WriteAllText(room.In("go"), "");
        room.Await("the run goes on as it was begun", () => room.OffAt("alpha") is not null);
    }

    private static void Bare(RoomWorld room, string guards)
    {
        var file = room.In("bare/settings.yaml");
        var first = !File.Exists(file);
        File.WriteAllText(file, $$"""
            node: bare
            secret: {{room.Secret}}
            nodes: { bare: { a: {{room.AddressOf("bare", 1)}} }, alpha: { a: {{room.AddressOf("alpha", 1)}} } }
            arbiter: { witness: [10.77.1.8] }
            api: { socket: {{room.In("bare/api.sock")}} }
            ledger: { path: {{room.In("bare/ledger")}} }
            duties: { web: { candidates: [bare, alpha], run: {{(first ? room.Script("web", "exit 0") : room.In("web"))}} } }
            {{guards}}
            """);
        if (first)
        {
            room.Restart("bare");
            room.Await("bare answers", () => room.Ask("bare", "status").Text.Contains("web", StringComparison.Ordinal));
        }
    }
}

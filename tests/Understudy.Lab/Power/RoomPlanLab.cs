using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>
/// Hosts that know nothing of each other, in one true outage. The plan of each hangs at another step, at which an operator calls it off; and others whose disk or whose end is not as usual.
/// </summary>
public sealed class RoomPlanLab
{
    private const double Grace = 6;
    private const string Usual = "    grace: 6s\n    countdown: 4s\n    settle: 2s\n    spread: 0s";

    private static readonly string[] s_calledOff = ["armed", "notice", "units", "hook", "rests"];
    private static readonly string[] s_all = [.. s_calledOff, "late", "sleeps", "hung", "full"];

    /// <summary>What each host of these says when its plan is where it is to be called off.</summary>
    private static readonly Dictionary<string, string> s_moments = new(StringComparer.Ordinal)
    {
        ["armed"] = "armed, the first step is due",
        ["notice"] = "begins 1 notify",
        ["units"] = "begins 2 stop batch.slice",
        ["hook"] = "begins 3 command",
        ["rests"] = "begins 3 command",
    };

    [Fact]
    public void A_plan_can_be_called_off_at_each_step_before_the_point_of_no_return_and_a_disk_that_fails_holds_none_up()
    {
        using var room = new RoomWorld(s_all);
        foreach (var host in s_all)
        {
            Prepare(room, host);
            room.Start(host, "", $"{RoomWorld.Witnesses}\n{Usual}\n{Plan(room, host)}");
        }

        room.AwaitMains("present", s_all);
        room.Await("all have seen both witnesses", () => s_all.All(h => room.Noted(h, "icmp 10.77.1.9 was seen up") && room.Noted(h, "icmp 10.77.2.9 was seen up")));
        Spoil(room);
        var dark = RoomWorld.Now;
        room.Mains(there: false);
        foreach (var host in s_calledOff)
        {
            CallOff(room, host);
        }

        TooLate(room);
        room.Check(room.Notes("late").Count(n => n.Contains("mains lost: 2 of 2", StringComparison.Ordinal)) == 1, "the loss was written down more than once");
        room.Check(room.Calls("late").Any(c => c.Contains("guard room: mains lost", StringComparison.Ordinal)), "the system's log was not told of the loss in its words");
        room.Await("hosts with bad disks leave, and one sleeps", () => room.OffAt("hung") is not null && room.OffAt("full") is not null && room.Calls("sleeps").Any(c => c == "systemctl|suspend|-i"));
        BadDisks(room, dark);
        room.Check(room.OffAt("sleeps") is null && !room.Calls("sleeps").Any(c => c.Contains("poweroff", StringComparison.Ordinal)), "who was to sleep was powered off");
        Undone(room);

        // It holds for this outage, and for this one only.
        LabClock.Pause(TimeSpan.FromSeconds(Grace));
        room.Check(s_calledOff.All(h => room.OffAt(h) is null), "what was called off began again in the same outage");
        FirstBoot(room);
    }

    private static string Plan(RoomWorld room, string host) => host is "sleeps"
        ? "    plan: [{ notify: syslog }, { suspend: now }]"
        : $"    plan: [{{ notify: [wall, {room.In($"{host}/tell")}], limit: 5m }}, {{ stop: {(host is "rests" ? "web.service" : "batch.slice")}, limit: 5m }}, {{ command: {room.In($"{host}/hook")}, undo: {room.In($"{host}/back")}, limit: 5m }}, {{ poweroff: now, limit: 5m }}]";

    /// <summary>Whose name is a step's hangs there; the one that is called off too late hangs in its power-off until it may go on.</summary>
    private static void Prepare(RoomWorld room, string host)
    {
        Directory.CreateDirectory(room.In(host));
        _ = room.Script($"{host}/tell", host is "notice" ? "exec sleep 600" : "exit 0");
        _ = room.Script($"{host}/hook", host is "hook" or "rests" ? $"echo $1 >>{room.In($"{host}/hooked")}; exec sleep 600" : $"echo $1 >>{room.In($"{host}/hooked")}");
        _ = room.Script($"{host}/back", $"echo $1 >>{room.In($"{host}/undone")}");
        _ = room.RecordersOf(host).Answer("systemctl", $"""
            case $1 in
            show) echo a.service b.service ;;
            is-active) {(host is "rests" ? "echo inactive; exit 3" : "echo active; echo inactive; exit 3")} ;;
            stop) {(host is "units" ? "exec sleep 600" : ":")} ;;
            poweroff)
                {(host is "late" ? $"i=0; while [ ! -e {room.In("go")} ] && [ $i -lt 1200 ]; do sleep 0.1; i=$((i+1)); done" : ":")}
                read -r up rest </proc/uptime; echo $up >>{room.In($"{host}/off")} ;;
            esac
            """);
    }

    /// <summary>One disk hangs: nobody reads the fifo that is to be the new memory, and the opening waits (fifo(7)). The other is full (full(4)).</summary>
    private static void Spoil(RoomWorld room)
    {
        foreach (var (host, program, words) in new (string, string, string[])[] { ("hung", "mkfifo", []), ("full", "ln", ["-s", "/dev/full"]) })
        {
            var fresh = room.In($"{host}/guard-room.state.new");
            room.Await($"{host}: the disk is spoiled between two writes", () => File.Exists(room.In($"{host}/guard-room.state")) && Shell.Try(program, null, [.. words, fresh]).Exit == 0);
        }
    }

    private static void CallOff(RoomWorld room, string host)
    {
        room.Await($"{host}: its plan is there", () => room.Noted(host, s_moments[host]));
        var said = room.Ask(host, "guard", "abort", "room", "--why", "the cooling is on a generator");
        room.Check(said.Exit == 0, $"{host} could not be called off: {said.Text}");
        room.Await($"{host}: it is said", () => room.Calls(host).Any(c => c.StartsWith("wall|", StringComparison.Ordinal) && c.Contains("called off", StringComparison.Ordinal)));
    }

    private static void TooLate(RoomWorld room)
    {
        room.Await("late: the power-off has begun", () => room.Calls("late").Any(c => c.StartsWith("systemctl|poweroff", StringComparison.Ordinal)));
        var said = room.Ask("late", "guard", "abort", "room", "--why", "too late");
        room.Check(said.Exit != 0 && said.Text.Contains("point of no return", StringComparison.Ordinal), $"an abort after the point of no return was not refused: {said.Exit} {said.Text}");
        File.WriteAllText(room.In("go"), "");
        room.Await("late: it leaves all the same", () => room.OffAt("late") is not null);
    }

    /// <summary>Neither leaves too early, both say it, and one that hangs costs two seconds in all; what a busy machine takes comes on top.</summary>
    private static void BadDisks(RoomWorld room, double dark)
    {
        foreach (var host in (string[])["hung", "full"])
        {
            room.Check(room.OffAt(host) - dark >= Grace, $"{host} left before the grace was over");
            room.Check(room.Noted(host, "the plan goes on without"), $"{host} was silent about its disk");
        }

        room.Check(room.Noted("hung", "the disk did not answer within 2 s"), "the disk that hangs was not noticed");
        room.Check(room.OffAt("hung") - room.OffAt("full") < 2 + 10, "the disk that hangs held the plan up for longer than two seconds in all");
    }

    /// <summary>What was begun is undone, and nothing else.</summary>
    private static void Undone(RoomWorld room)
    {
        room.Await("what was begun is undone", () =>
            room.Calls("units").Contains("systemctl|start|--|a.service") && room.Calls("hook").Contains("systemctl|start|--|a.service") && File.Exists(room.In("hook/undone")));
        room.Check(File.ReadAllText(room.In("hook/undone")) == "undo\n" && File.ReadAllText(room.In("hook/hooked")) == "start\n", "the hook was not run and undone once");
        room.Await("what did not run before is not started", () => room.Noted("rests", "nothing to undo of stop web.service"));
        room.Check(room.Calls("rests").Contains("systemctl|stop|--|web.service") && !room.Calls("rests").Any(c => c.StartsWith("systemctl|start", StringComparison.Ordinal)), "a unit that did not run before was started");
        foreach (var host in (string[])["armed", "notice"])
        {
            room.Check(!room.Calls(host).Any(c => c.StartsWith("systemctl|", StringComparison.Ordinal)), $"{host}: units were touched");
        }

        room.Check(!File.Exists(room.In("units/hooked")) && !File.Exists(room.In("units/undone")), "a step after the one that was called off was begun");
    }

    private static void FirstBoot(RoomWorld room)
    {
        room.Mains(there: true);
        room.Boot("late");
        room.Await("late: it is up", () => room.Ask("late", "guard", "status", "room").Text.Contains("idle", StringComparison.Ordinal));
        var said = room.Ask("late", "guard", "status", "room").Text;
        room.Check(said.Contains("mains witnesses are dark", StringComparison.Ordinal) && said.Contains("run 1", StringComparison.Ordinal), $"the first boot does not say why it went down: {said}");
        room.Check(room.Noted("late", "took this host down"), "the first boot's record does not say why it went down");
        room.AwaitMains("present", [.. s_calledOff, "late"]);
    }
}

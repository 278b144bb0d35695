using System.Globalization;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>Ten hosts that know nothing of each other, each with a plan or a trouble of its own, in the same two outages: one shorter than the grace, one longer.</summary>
public sealed class RoomAloneLab
{
    private const double Grace = 8;
    private const string Usual = "    grace: 8s\n    countdown: 2s\n    settle: 2s\n    spread: 0s";
    private const string Mute = "    controls: [{ icmp: 10.77.1.8, every: 400ms, timeout: 300ms }]\n";

    private static readonly string[] s_all = ["plain", "veto", "waits", "hangs", "frozen", "called", "rising", "cool", "never", "lost"];

    [Fact]
    public void Each_host_does_in_an_outage_what_its_own_plan_and_troubles_ask_for()
    {
        using var room = new RoomWorld(s_all);
        Write(room, "rising", 25);
        Write(room, "cool", 20);
        var once = room.In("once");
        Start(room, "plain", "");
        Start(room, "veto", Hook(room.Script("veto.sh", "exit 99"), "limit: 2s, ceiling: 4s"));
        Start(room, "waits", Hook(room.Script("waits.sh", $"[ -e {once} ] || {{ touch {once}; exit 75; }}"), "limit: 5s, ceiling: 60s"));
        Start(room, "hangs", Hook(room.Script("hangs.sh", "trap '' TERM; sleep 600"), "limit: 3s, ceiling: 0s"));
        Start(room, "frozen", "");
        Start(room, "called", "");
        room.Start("rising", "", $"{RoomWorld.Witnesses}\n    grace: 10m\n    countdown: 2s\n    settle: 2s\n    spread: 0s\n{Thermometer(room, "rising")}\n    heat: {{ cool: 27, hard: 110, critical: 120, window: 30s }}");
        Start(room, "cool", $"{Thermometer(room, "cool")}\n    heat: {{ cool: 27, extend_to: 20s }}");
        room.Start("never", "", $"    mains: [{{ icmp: 10.77.1.9, every: 400ms, timeout: 300ms }}, {{ icmp: 10.77.2.66, every: 400ms, timeout: 300ms }}]\n{Mute}{Usual}");
        room.Start("lost", "", $"    mains: [{{ icmp: 10.88.0.9, every: 400ms, timeout: 300ms }}, {{ icmp: 10.88.1.9, every: 400ms, timeout: 300ms }}]\n{Mute}{Usual}");
        room.AwaitMains("present", [.. s_all.Where(h => h is not "lost")]);

        // Shorter than the grace; one host stands still through its end and must not act on what it saw before.
        room.Mains(there: false);
        room.AwaitMains("lost", "plain", "frozen");
        LabClock.Pause(TimeSpan.FromSeconds(2));
        room.Signal("frozen", LabLibc.SIGSTOP);
        LabClock.Pause(TimeSpan.FromSeconds(1));
        room.Mains(there: true);
        LabClock.Pause(TimeSpan.FromSeconds(9));
        room.Signal("frozen", LabLibc.SIGCONT);
        room.AwaitMains("present", "plain", "frozen", "called", "rising", "cool");
        LabClock.Pause(TimeSpan.FromSeconds(5));
        room.Check(s_all.All(h => room.OffAt(h) is null), "somebody left in an outage that was shorter than the grace");

        // Longer.
        var dark = RoomWorld.Now;
        room.Mains(there: false);
        room.AwaitMains("lost", "plain", "frozen", "called", "rising");
        room.Signal("frozen", LabLibc.SIGSTOP);
        var frozenAt = RoomWorld.Now;
        double? thawedAt = null;
        var heat = 25.0;
        var called = false;
        string[] leave = ["plain", "veto", "waits", "hangs", "frozen", "rising", "cool"];
        room.Await("they leave", () =>
        {
            LabClock.Pause(TimeSpan.FromMilliseconds(200));
            Write(room, "rising", heat += 0.4);
            if (!called && room.Noted("called", "armed, the first step is due"))
            {
                var said = room.Ask("called", "guard", "abort", "room", "--why", "the cooling is on a generator");
                room.Check(said.Exit == 0, $"it could not be called off: {said.Text}");
                called = true;
            }

            if (thawedAt is null && RoomWorld.Now - frozenAt >= 7)
            {
                room.Signal("frozen", LabLibc.SIGCONT);
                thawedAt = RoomWorld.Now;
            }

            return leave.All(h => room.OffAt(h) is not null);
        });
        var off = s_all.ToDictionary(h => h, h => room.OffAt(h) - dark, StringComparer.Ordinal);
        room.Check(leave.Where(h => h != "rising").All(h => off[h] >= Grace), "somebody left before the grace was over");
        room.Check(off["veto"] >= Grace + 4, "a veto did not count for as long as it may");
        room.Check(off["waits"] >= Grace + 5 && room.Noted("waits", "asks to wait"), "a hook that asked to wait was not waited for");
        room.Check(off["hangs"] >= Grace + 3 && room.Noted("hangs", "is passed: it did not end within"), "a hook that hangs was not passed at its limit, loudly");
        room.Check(room.Noted("veto", "vetoes count no longer") || room.Noted("veto", "its veto counts no longer"), "the veto was passed in silence");
        room.Check(room.OffAt("frozen") - thawedAt >= 2, "the host that stood still did not settle first");
        room.Check(off["rising"] < 590, "heat did not hasten");
        room.Check(off["cool"] >= 20, "cool did not extend");
        room.Check(called && off["called"] is null, "the host whose plan was called off left");
        room.Check(off["never"] is null, "a witness that was never up voted");
        room.Check(off["lost"] is null, "no route was taken for an outage");
        room.Check(room.Calls("plain").Any(c => c.StartsWith("wall|", StringComparison.Ordinal)) && room.Calls("plain").Any(c => c.StartsWith("logger|", StringComparison.Ordinal)), "nobody was told");
        room.Check(room.Calls("called").Any(c => c.StartsWith("wall|", StringComparison.Ordinal) && c.Contains("called off", StringComparison.Ordinal)), "nobody was told that it was called off");

        room.Mains(there: true);
        room.AwaitMains("present", "called");
        room.Check(room.OffAt("called") is null && room.OffAt("never") is null && room.OffAt("lost") is null, "somebody left when the mains were back");
    }

    private static void Start(RoomWorld room, string host, string more) => room.Start(host, "", $"{RoomWorld.Witnesses}\n{Usual}\n{more}");

    private static string Hook(string path, string times) => $"    plan: [{{ notify: [wall, syslog] }}, {{ command: {path}, {times} }}, {{ poweroff: now }}]";

    private static string Thermometer(RoomWorld room, string host) => $"    temperatures: [{{ file: {room.In($"{host}/inlet")}, every: 1s, timeout: 500ms }}]";

    /// <summary>Replaces the file as a whole: half a number is another number.</summary>
    private static void Write(RoomWorld room, string host, double celsius)
    {
        var file = room.In($"{host}/inlet");
        File.WriteAllText($"{file}.new", celsius.ToString("0.0", CultureInfo.InvariantCulture));
        File.Move($"{file}.new", file, overwrite: true);
    }
}

using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>A pair with a witness and a duty that only one may perform, in an outage: who leaves hands it to who stays, before it is off.</summary>
public sealed class RoomReleaseLab
{
    [Fact]
    public void Who_leaves_first_hands_its_duty_to_the_host_that_stays()
    {
        // gamma would be the better candidate by its place in the file; but it leaves as well.
        string[] candidates = ["alpha", "gamma", "beta"];
        using var room = new RoomWorld("judge", "alpha", "beta", "gamma");
        var duties = Duties(room, candidates);
        foreach (var host in candidates)
        {
            room.Start(host, duties, $$"""
                {{RoomWorld.Witnesses}}
                    grace: 6s
                    countdown: 2s
                    settle: 2s
                    spread: 0s
                    stays: [beta]
                    plan: [{ notify: syslog }, { release: web, limit: 30s }, { poweroff: now }]
                """);
            if (host is "alpha")
            {
                room.Await("alpha performs it", () => Journal().Any(l => l.EndsWith("alpha up", StringComparison.Ordinal)));
            }
        }

        room.AwaitMains("present", candidates);
        room.Await("all hear of all", () => candidates.All(h => candidates.Where(o => o != h).All(o => room.Ask(h, "guard", "explain", "room").Text.Contains(o, StringComparison.Ordinal))));
        room.Await("alpha knows that the others could", () => room.Ask("alpha", "status").Text is var said && said.Contains("beta", StringComparison.Ordinal) && said.Contains("gamma", StringComparison.Ordinal));
        var before = Journal().Count;

        room.Mains(there: false);

        room.Await("alpha and gamma leave", () => room.OffAt("alpha") is not null && room.OffAt("gamma") is not null);
        room.Await("beta performs it", () => Journal().Any(l => l.EndsWith("beta up", StringComparison.Ordinal)));
        var told = Journal().Skip(before).Where(l => l.EndsWith(" up", StringComparison.Ordinal) || l.EndsWith(" down", StringComparison.Ordinal)).ToList();
        room.Check(told is [var down, var up] && down.EndsWith("alpha down", StringComparison.Ordinal) && up.EndsWith("beta up", StringComparison.Ordinal), $"it went another way: {string.Join("; ", Journal())}");
        room.Check(At(told[0]) <= At(told[1]) && At(told[0]) <= room.OffAt("alpha"), $"alpha had not let go of it when it was off at {room.OffAt("alpha")}: {string.Join("; ", told)}");
        room.Check(room.Noted("alpha", "is let go for beta"), "alpha did not hand it to who stays");
        room.Check(room.Noted("gamma", "release web: web is not held here"), "a host that does not hold the duty did not pass its step at once");
        room.Check(room.OffAt("beta") is null, "beta was to stay");

        List<string> Journal() => JournalOf(room);
        static double At(string line) => double.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The one that took it is later with its own release, and the one that gave it is still there then.</summary>
    [Fact]
    public void Of_two_that_leave_together_one_hands_its_duty_over_and_the_other_does_not_hand_it_back()
    {
        string[] candidates = ["alpha", "gamma"];
        using var room = new RoomWorld("judge", "alpha", "gamma");
        var duties = Duties(room, candidates);
        _ = room.Script("until-taken", $"i=0; while [ $i -lt 300 ] && ! grep -q 'gamma up' {room.In("journal")}; do sleep 0.1; i=$((i+1)); done");
        _ = room.Script("until-off", $"i=0; while [ $i -lt 400 ] && [ ! -e {room.In("gamma/off")} ]; do sleep 0.1; i=$((i+1)); done");
        // gamma's grace is longer, so that it has not begun when alpha is at its release.
        foreach (var (host, grace, plan) in new[]
        {
            ("alpha", 6, $"[{{ release: web, limit: 30s }}, {{ command: {room.In("until-off")}, limit: 1m }}, {{ poweroff: now }}]"),
            ("gamma", 12, $"[{{ command: {room.In("until-taken")}, limit: 1m }}, {{ release: web, limit: 30s }}, {{ poweroff: now }}]"),
        })
        {
            room.Start(host, duties, $"{RoomWorld.Witnesses}\n    grace: {grace}s\n    countdown: 2s\n    settle: 2s\n    spread: 0s\n    plan: {plan}");
            if (host is "alpha")
            {
                room.Await("alpha performs it", () => JournalOf(room).Any(l => l.EndsWith("alpha up", StringComparison.Ordinal)));
            }
        }

        room.AwaitMains("present", candidates);
        room.Await("all hear of all", () => candidates.All(h => candidates.Where(o => o != h).All(o => room.Ask(h, "guard", "explain", "room").Text.Contains(o, StringComparison.Ordinal))));
        room.Await("all have seen both witnesses", () => candidates.All(h => room.Noted(h, "icmp 10.77.1.9 was seen up") && room.Noted(h, "icmp 10.77.2.9 was seen up")));
        room.Await("alpha knows that gamma could", () => room.Ask("alpha", "status").Text.Contains("gamma standby (fit)", StringComparison.Ordinal));

        room.Mains(there: false);

        room.Await("both leave", () => room.OffAt("alpha") is not null && room.OffAt("gamma") is not null);
        room.Check(JournalOf(room).Any(l => l.EndsWith("gamma up", StringComparison.Ordinal)), $"gamma never took it: {string.Join("; ", JournalOf(room))}");
        room.Check(room.Noted("gamma", "is kept: every other host leaves no later"), "gamma did not say that it keeps it");
        var again = JournalOf(room).Count(l => l.EndsWith("alpha up", StringComparison.Ordinal) && double.Parse(l.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) < room.OffAt("gamma"));
        room.Check(again == 1, $"it went back and forth: {string.Join("; ", JournalOf(room))}");
    }

    private static string Duties(RoomWorld room, string[] candidates)
    {
        _ = room.Script("web", $"""
            read -r now rest </proc/uptime
            echo "$now $UNDERSTUDY_NODE $1" >>{room.In("journal")}
            """);
        var duties = $$"""
            secret: {{room.Secret}}
            nodes: { {{string.Join(", ", candidates.Select(h => $"{h}: {{ a: {room.AddressOf(h, 1)}, b: {room.AddressOf(h, 2)} }}"))}} }
            heartbeat: { every: 200ms, dead_after: 2s }
            arbiter: { witness: [{{room.AddressOf("judge", 1)}}], ttl: 4s, state: {{room.In("judge/witness.json")}} }
            duties: { web: { candidates: [{{string.Join(", ", candidates)}}], run: {{room.In("web")}} } }
            """;
        room.StartWitness("judge", $"{duties}\n");
        return duties;
    }

    private static List<string> JournalOf(RoomWorld room) => File.Exists(room.In("journal")) ? [.. File.ReadAllLines(room.In("journal"))] : [];
}

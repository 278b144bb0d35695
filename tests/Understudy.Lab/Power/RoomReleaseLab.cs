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
        var journal = room.In("journal");
        _ = room.Script("web", $"""
            read -r now rest </proc/uptime
            echo "$now $UNDERSTUDY_NODE $1" >>{journal}
            """);
        var duties = $$"""
            secret: {{room.Secret}}
            nodes: { {{string.Join(", ", candidates.Select(h => $"{h}: {{ a: {room.AddressOf(h, 1)}, b: {room.AddressOf(h, 2)} }}"))}} }
            heartbeat: { every: 200ms, dead_after: 2s }
            arbiter: { witness: [{{room.AddressOf("judge", 1)}}], ttl: 4s, state: {{room.In("judge/witness.json")}} }
            duties: { web: { candidates: [{{string.Join(", ", candidates)}}], run: {{room.In("web")}} } }
            """;
        room.StartWitness("judge", $"{duties}\n");
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

        List<string> Journal() => File.Exists(journal) ? [.. File.ReadAllLines(journal)] : [];
        static double At(string line) => double.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}

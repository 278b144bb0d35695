using Understudy.Core.Power;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>That a room of hosts does not look in step. How evenly thirty of them are spread is tested where they cost nothing (SpreadTests); here it is that daemons look when they should.</summary>
public sealed class RoomTurnsLab
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(4);
    private static readonly string[] s_all = ["node01", "node02", "node03"];

    [Fact]
    public void Each_daemon_looks_at_a_witness_in_its_own_turn()
    {
        using var room = new RoomWorld(s_all);
        using var ear = new EchoEar(room["mains1"]);
        foreach (var host in s_all)
        {
            room.Start(host, "", """
                    mains: [{ icmp: 10.77.1.9, every: 4s, timeout: 1s }]
                    controls: [{ icmp: 10.77.1.8, every: 4s, timeout: 1s }]
                    grace: 30s
                """);
        }

        room.Await("each was heard three times in its turn", () => s_all.All(h => Looks(h).Count(IsPrompt) >= 3));
        foreach (var host in s_all)
        {
            // On a busy machine a look may be late now and then.
            var looks = Looks(host);
            room.Check(2 * looks.Count(IsPrompt) > looks.Count, $"{host} looked {string.Join(", ", looks.Select(l => $"{l.TotalSeconds:0.00} s"))} after its turn");
        }

        // From its turn to each of a host's looks.
        List<TimeSpan> Looks(string host) => [.. ear.Heard().Where(e => e.From == 101 + Array.IndexOf(s_all, host)).Select(e => TimeSpan.FromTicks((e.Wall.Ticks - Spread.Phase(host, s_every).Ticks) % s_every.Ticks))];

        static bool IsPrompt(TimeSpan late) => late < TimeSpan.FromSeconds(1) || late > s_every - TimeSpan.FromMilliseconds(50);
    }
}

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

        room.Await("each was heard three times", () => s_all.Select((_, i) => ear.Heard().Count(e => e.From == 101 + i)).All(n => n >= 3));
        for (var i = 0; i < s_all.Length; i++)
        {
            var turn = Spread.Phase(s_all[i], s_every);
            foreach (var look in ear.Heard().Where(e => e.From == 101 + i))
            {
                var late = TimeSpan.FromTicks((look.Wall.Ticks - turn.Ticks) % s_every.Ticks);
                room.Check(late < TimeSpan.FromSeconds(1) || late > s_every - TimeSpan.FromMilliseconds(50), $"{s_all[i]} looked {late.TotalSeconds:0.00} s after its turn at {turn.TotalSeconds:0.00} s");
            }
        }
    }
}

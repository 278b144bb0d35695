using Understudy.Core.Ups;
using Understudy.Tests.Duties;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>Sources that come, go, hang, go stale and lie at random, on a clock of the test's own; what must hold whatever they do.</summary>
public sealed class ProxySoak
{
    private static readonly string[] s_statuses = ["OL", "OL CHRG", "OB DISCHRG", "OB LB", "OL OB", "", "WAIT", "OL BYPASS"];

    [Theory]
    [InlineData("failover", "")]
    [InlineData("failover", "fsdmode = 1\n")]
    [InlineData("multiplex", "")]
    [InlineData("multiplex", "prefer.ups.* = b\nflip.back = 3\nstatus_conflict = pessimistic\n")]
    public void No_hole_no_invented_word_and_nothing_stale_as_fresh(string mode, string more)
    {
        for (var seed = 1UL; seed <= 150; seed++)
        {
            Walk(new Dice(seed), $"[ups]\nport = a,b,c\nmode = {mode}\n{more}", seed);
        }
    }

    private static void Walk(Dice dice, string section, ulong seed)
    {
        var rig = new ProxyRig(section);
        var connected = new bool[3];
        var answers = new List<int>();
        for (var step = 0; step < 80; step++)
        {
            var source = dice.Next(3);
            switch (dice.Next(7))
            {
                case 0 when !connected[source]:
                    connected[source] = true;
                    rig.Comes(source, $"SETINFO ups.status \"{s_statuses[dice.Next(s_statuses.Length)]}\"", $"SETINFO ups.load \"{dice.Next(100)}\"", "DATAOK");
                    break;
                case 1 when connected[source]:
                    connected[source] = false;
                    rig.Goes(source);
                    break;
                case 2 when connected[source]:
                    rig.Says(source, $"SETINFO ups.status \"{s_statuses[dice.Next(s_statuses.Length)]}\"");
                    break;
                case 3 when connected[source]:
                    rig.Says(source, dice.Next(2) == 0 ? "DATASTALE" : "DATAOK");
                    break;
                case 4 when connected[source]:
                    rig.Says(source, dice.Next(2) == 0 ? "DELINFO ups.load" : $"SETINFO ups.load \"{dice.Next(100)}\"");
                    break;
                case 5:
                    answers = [.. Enumerable.Range(0, 3).Where(i => connected[i] && dice.Next(4) > 0)];
                    break;
                default:
                    rig.Pass(dice.Next(9000), [.. answers.Where(i => connected[i])]);
                    break;
            }

            Hold(rig, seed, step);
        }
    }

    private static void Hold(ProxyRig rig, ulong seed, int step)
    {
        var where = $"seed {seed}, step {step}: status '{rig["ups.status"]}'";
        Assert.False(rig.Statuses.Contains("-", StringComparer.Ordinal) || rig.Statuses.Contains("", StringComparer.Ordinal), $"{where}: a hole");
        var said = rig.Proxy.Sources.ToArray().SelectMany(s => StatusRules.Tokens(s.Tree.ValueOf("ups.status"))).ToHashSet(StringComparer.Ordinal);
        if (rig.Proxy.Primary >= 0)
        {
            Assert.True(StatusRules.Tokens(rig["ups.status"]).All(t => t == "ALARM" || said.Contains(t)), $"{where}: nobody said that");
        }

        var bound = rig.Proxy.Rules.FlipOf("ups.status").After;
        var young = rig.Proxy.Sources.ToArray().Any(s => s.Fresh || (s.EverSeen && rig.Now - s.UnwellSince <= bound));
        Assert.True(rig.Fresh != true || young || !rig.Proxy.Sources.ToArray().Any(s => s.EverSeen) || StatusRules.Tokens(rig["ups.status"]).Contains("ALARM", StringComparer.Ordinal), $"{where}: stale, and shown as fresh; {string.Join("; ", rig.Proxy.Sources.ToArray().Select(s => $"{s.Name} connected {s.Connected}, dumped {s.Dumped}, ok {s.DataOk}, hung {s.Hung}, unwell for {(s.Fresh ? 0 : (rig.Now - s.UnwellSince).TotalSeconds)} s"))}, primary {rig.Proxy.Primary}; {string.Join(" | ", rig.Proxy.Decisions.TakeLast(5).Select(d => $"{(d.At - rig.Now).TotalSeconds} {d.Why}"))}");
    }
}

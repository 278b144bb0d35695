using Understudy.Core.Collection;
using Xunit;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>A supervisor beside two stock daemons, with what happens to daemons happening to them.</summary>
public sealed class SupervisorSimulation
{
    /// <summary>Detection, at most a tick to the look-up, the hold of 1 s, a tick; the same at level 2, partly at the same time (spec 4.3). The built-in failover took up to 6 s.</summary>
    private static readonly TimeSpan s_takeover = TimeSpan.FromSeconds(4.9);

    /// <summary>Nobody can hand back faster beside stock daemons: level 2 looks up anew, and holds for 1 s (spec 3.8). The built-in failover took up to 6 s.</summary>
    private static readonly TimeSpan s_return = TimeSpan.FromSeconds(3.5);

    /// <summary>Between two samples that the two have together, when one makes before the other breaks: an interval and the offset.</summary>
    private static readonly TimeSpan s_gapless = TimeSpan.FromSeconds(1.6);

    public static TheoryData<string> Faults => ["kill", "hang", "power-off", "stall"];

    [Fact]
    public void Copies_are_there_stopped_and_then_nothing_is_sent_any_more()
    {
        var world = new SupervisorWorld().Run(5);
        Assert.Equal(["fo_prdcr_s00 STOPPED", "fo_prdcr_s01 STOPPED"], world.A11.Producers.Values.Where(p => p.Name[0] == 'f').Select(p => $"{p.Name} {p.State}"));
        Assert.Equal(["fo_prdcr_s02 STOPPED", "fo_prdcr_s03 STOPPED"], world.A10.Producers.Values.Where(p => p.Name[0] == 'f').Select(p => $"{p.Name} {p.State}"));
        var sent = world.Sent.Count;
        Assert.Equal((sent, 0), (world.Run(60).Sent.Count, world.Desk.Moves));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Whatever_happens_to_an_aggregator_level_2_is_fresh_again_and_its_return_costs_little(string fault)
    {
        for (var seed = 1; seed <= 17; seed++)
        {
            var world = Settled(seed);
            var before = world.Now;
            Strike(world, fault);
            world.Run(9);
            Assert.True(world.Desk.CareOf(0) == SideCare.Covered, world.ToString());
            var bound = s_takeover + Detection(fault);
            Assert.True(world.Hole < bound && world.Age < TimeSpan.FromSeconds(2.5), $"{fault}: a hole of {world.Hole}, {world.Age} old at the end\n{world}");
            var first = world.Sent.First(s => s.At >= before && s.Command.Verb == "prdcr_start");
            Assert.True(first.At - before < TimeSpan.FromSeconds(0.5) + Detection(fault), world.ToString());
            (world.Hole, world.HoleBelow) = (world.Age, TimeSpan.Zero);
            Mend(world, fault);
            world.Run(20);
            Assert.True(world.Desk.CareOf(0) == SideCare.Home && world.Desk.Moves == 2, world.ToString());
            Assert.True(world.Hole < s_return && world.Age < TimeSpan.FromSeconds(2.5), $"{fault}: a hole of {world.Hole} at the return, {world.Age} old at the end\n{world}");
            Assert.True(world.HoleBelow < s_gapless, $"{fault}: {world.HoleBelow} without a sample at either of the two\n{world}");
            Assert.All(world.A11.Producers.Values.Where(p => p.Name[0] == 'f'), p => Assert.Equal("STOPPED", p.State));
            Assert.All(world.A20.Producers.Values, p => Assert.Equal("CONNECTED", p.State));
            OnlyOursWasTouched(world);
        }
    }

    [Theory]
    [InlineData("hang")]
    [InlineData("power-off")]
    public void A_sibling_that_does_not_stop_the_stale_producer_at_level_2_is_caught(string fault)
    {
        var world = Settled(1, swallows: c => c.Verb == "prdcr_stop" && c["name"] == "prdcr_a10");
        Strike(world, fault);
        Assert.True(world.Run(25).Age > TimeSpan.FromSeconds(20), world.ToString());
    }

    [Fact]
    public void A_sibling_that_breaks_before_it_makes_is_caught()
    {
        var broke = false;
        var world = Settled(1, swallows: c => broke && c.Verb == "prdcr_start" && c["name"]!.StartsWith("fo_", StringComparison.Ordinal));
        Strike(world, "kill");
        world.Run(9);
        world.HoleBelow = TimeSpan.Zero;
        Mend(world, "kill");
        broke = true;
        foreach (var copy in new[] { "fo_prdcr_s00", "fo_prdcr_s01" })
        {
            _ = world.A11.Answer(Core.Ldms.LdmsdText.ReadLine($"prdcr_stop name={copy}", new("sibling", 1, 1))!, world.Now);
        }

        Assert.True(world.Run(20).HoleBelow > s_gapless, $"{world.HoleBelow}\n{world}");
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(1, 1)]
    public void A_hiccup_moves_nothing_and_a_sibling_that_reacts_to_one_miss_is_caught(int misses, int moves)
    {
        var world = Settled(1, new SupervisorRules { Misses = misses });
        world.A10.IsHung = true;
        world.Run(0.22);
        world.A10.IsHung = false;
        Assert.True((world.Run(0.3).Desk.Moves > 0 ? 1 : 0) == moves, world.ToString());
    }

    [Fact]
    public void What_the_supervisor_slept_through_is_not_held_against_anybody()
    {
        var world = Settled(1);
        world.IsFrozen = true;
        world.Run(10);
        world.IsFrozen = false;
        Assert.True(world.Run(5).Desk.Moves == 0, world.ToString());
    }

    [Fact]
    public void An_aggregator_that_only_we_cannot_hear_goes_on_serving_level_2()
    {
        var world = Settled(1);
        world.Cut.Add(0);
        world.Run(20);
        Assert.True(world.Desk.CareOf(0) == SideCare.Covered, world.ToString());
        Assert.DoesNotContain(world.Sent, s => s.To == "a20");
        Assert.True(world.Hole < TimeSpan.FromSeconds(2.5), world.ToString());
    }

    [Fact]
    public void A_survivor_that_dies_too_and_comes_back_first_collects_for_both()
    {
        var world = Settled(1);
        world.A10.Kill();
        world.Run(9);
        world.A11.Kill();
        world.Run(5);
        world.A11.Start(world.Now);
        world.Run(8);
        Assert.All(new[] { "fo_prdcr_s00", "fo_prdcr_s01" }, n => Assert.Equal("CONNECTED", world.A11.Producers[n].State));
        Assert.True(world.Age < TimeSpan.FromSeconds(2.5), world.ToString());
        world.A10.Start(world.Now);
        Assert.True(world.Run(20).Desk.CareOf(0) == SideCare.Home && world.Age < TimeSpan.FromSeconds(2.5), world.ToString());
    }

    [Fact]
    public void A_configuration_that_changes_is_followed_within_3_s_also_after_a_take_over()
    {
        var world = Settled(1);
        Tell(world.A10, "updtr_stop name=upd", "prdcr_add name=prdcr_s02b type=active xprt=sock host=127.0.0.1 port=102 reconnect=1000000", "updtr_prdcr_add name=upd regex=prdcr_s02b", "prdcr_start name=prdcr_s02b", "updtr_start name=upd");
        world.Run(3);
        Assert.True(world.A11.Producers.ContainsKey("fo_prdcr_s02b"), world.ToString());
        world.A10.Kill();
        world.Run(6);
        world.A10.Start(world.Now);                                    // with its file: without the one that was added by hand, and with another port below
        Assert.True(world.Run(60).Desk.CareOf(0) == SideCare.Home, world.ToString());
        Tell(world.A10, "updtr_stop name=upd", "updtr_del name=upd", "prdcr_add name=prdcr_s03b type=active xprt=sock host=127.0.0.1 port=103 reconnect=1000000", "updtr_add name=upd interval=500000", "updtr_prdcr_add name=upd regex=.*s03b", "updtr_start name=upd");
        world.Run(3);
        Assert.True(world.A11.Producers.ContainsKey("fo_prdcr_s03b"), world.ToString());
        Assert.Contains(world.Said, s => s.Contains("refused 'prdcr_del name=fo_prdcr_s02b': EBUSY", StringComparison.Ordinal));
        Assert.Equal("STOPPED", world.A11.Producers["fo_prdcr_s02b"].State);      // the leak: it cannot go, and does no harm
        var sent = world.Sent.Count;
        Assert.True(world.Run(10).Sent.Count == sent, world.ToString());
    }

    [Fact]
    public void Who_has_not_the_claim_only_looks_on_and_who_gets_it_goes_on_where_the_other_was()
    {
        var passive = new SupervisorWorld(acts: false);
        passive.Run(5).A10.Kill();
        Assert.Empty(passive.Run(5).Sent);

        var first = Settled(1);
        first.A10.Kill();
        first.Run(9);
        var second = new SupervisorWorld(acts: false, stock: first.Stock);
        second.Follow(first);
        second.Desk.Claimed(true, "beta holds collect", second.Now);
        second.Run(3);
        Assert.True(second.Desk.CareOf(0) == SideCare.Covered, second.ToString());
        second.A10.Start(second.Now);
        second.Run(20);
        Assert.True(second.Desk.CareOf(0) == SideCare.Home, second.ToString());
        Assert.All(second.A20.Producers.Values, p => Assert.Equal("CONNECTED", p.State));
        OnlyOursWasTouched(second);
    }

    [Fact]
    public void A_dry_run_says_what_it_would_send_once_and_sends_nothing()
    {
        var world = new SupervisorWorld(rules: new SupervisorRules { DryRun = true }).Run(5);
        world.A10.Kill();
        world.Run(10);
        Assert.Empty(world.Sent);
        Assert.Single(world.Said, s => s.Contains("a11 would be told: prdcr_add name=fo_prdcr_s00 type=active xprt=sock host=127.0.0.1 port=100 reconnect=1000000", StringComparison.Ordinal));
        Assert.Single(world.Said, s => s.Contains("a20 would be told: prdcr_stop name=prdcr_a10", StringComparison.Ordinal));
    }

    [Fact]
    public void In_many_worlds_of_many_faults_all_is_well_in_the_end_and_only_copies_and_stale_ways_were_touched()
    {
        for (var seed = 1; seed <= 25; seed++)
        {
            var random = new Random(seed);
            var world = Settled(seed);
            for (var i = 0; i < 6; i++)
            {
                var fault = ((string[])["kill", "hang", "power-off", "stall", "level 2", "freeze", "cut"])[random.Next(7)];
                var daemon = random.Next(2) == 0 ? world.A10 : world.A11;
                switch (fault)
                {
                    case "level 2":
                        world.A20.Kill();
                        break;
                    case "freeze":
                        world.IsFrozen = true;
                        break;
                    case "cut":
                        world.Cut.Add(random.Next(3));
                        break;
                    default:
                        Strike(daemon, fault);
                        break;
                }

                world.Run(random.NextDouble() * 8);
                Mend(daemon, fault, world);
                Mend(world.A20, fault, world);
                world.IsFrozen = false;
                world.Cut.Clear();
                world.Run(random.NextDouble() * 8);
            }

            world.Run(40);
            Assert.True(world.Desk.CareOf(0) == SideCare.Home && world.Desk.CareOf(1) == SideCare.Home && world.Age < TimeSpan.FromSeconds(2.5), world.ToString());
            Assert.All(world.A11.Producers.Values.Concat(world.A10.Producers.Values), p => Assert.Equal(p.Name[0] == 'f' ? "STOPPED" : "CONNECTED", p.State));
            Assert.All(world.A20.Producers.Values, p => Assert.Equal("CONNECTED", p.State));
            OnlyOursWasTouched(world);
        }
    }

    private static SupervisorWorld Settled(int seed, SupervisorRules? rules = null, Func<Core.Ldms.LdmsdCommand, bool>? swallows = null)
    {
        var world = new SupervisorWorld(seed, rules, swallows: swallows).Run(6 + (seed % 17 * 0.06));
        Assert.True(world.Desk.Moves == 0 && world.Age < TimeSpan.FromSeconds(2.5), world.ToString());
        world.Hole = TimeSpan.Zero;
        return world;
    }

    private static void Strike(SupervisorWorld world, string fault) => Strike(world.A10, fault);

    private static void Strike(StockDaemon daemon, string fault)
    {
        switch (fault)
        {
            case "kill":
                daemon.Kill();
                break;
            case "hang":
                daemon.IsHung = true;
                break;
            case "power-off":
                daemon.IsSilent = true;
                break;
            default:
                daemon.IsStalled = true;
                break;
        }
    }

    private static void Mend(SupervisorWorld world, string fault) => Mend(world.A10, fault, world);

    private static void Mend(StockDaemon daemon, string fault, SupervisorWorld world)
    {
        if (!daemon.IsAlive || (fault == "power-off" && daemon.IsSilent))
        {
            daemon.Start(world.Now);
        }

        (daemon.IsHung, daemon.IsStalled) = (false, false);
    }

    private static TimeSpan Detection(string fault) => fault == "stall" ? TimeSpan.FromSeconds(5) : TimeSpan.Zero;

    private static void Tell(StockDaemon daemon, params ReadOnlySpan<string> lines)
    {
        foreach (var line in lines)
        {
            Assert.Equal(0, daemon.Answer(Core.Ldms.LdmsdText.ReadLine(line, new("test", 1, 1))!, default).Code);
        }
    }

    /// <summary>Names with our prefix at the two, and the ways to them at level 2; nothing else.</summary>
    private static void OnlyOursWasTouched(SupervisorWorld world) => Assert.All(world.Sent, s => Assert.True(
        s.To == "a20" ? s.Command.Verb is "prdcr_stop" or "prdcr_start" && s.Command["name"] is "prdcr_a10" or "prdcr_a11" : s.Command["name"]!.StartsWith("fo_", StringComparison.Ordinal), $"{s.To}: {s.Command}"));
}

using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Proofs;

/// <summary>A pair without an arbiter: what on_split says happens, and the status says plainly that nothing guarantees exclusivity.</summary>
[Collection(nameof(OneAtATime))]
public sealed class BarePairProofs
{
    private const string Unguaranteed = "exclusivity is not guaranteed";

    [Fact]
    public void Cut_in_two_with_hold_the_holder_keeps_it_and_the_other_takes_nothing()
    {
        using var pair = Pair("hold");
        pair.Home(Host.Alpha);
        foreach (var host in new[] { Host.Alpha, Host.Beta })
        {
            Assert.Contains(Unguaranteed, pair.Ask(host, "status").Output, StringComparison.Ordinal);
            Assert.Contains(Unguaranteed, pair.Ask(host, "explain", "web").Output, StringComparison.Ordinal);
            Assert.False(pair.Status(host)!.ExclusiveGuaranteed);
        }

        var changes = pair.World.Addresses.Changes.Count;
        pair.CutPair();
        AwaitSilence(pair);
        LabClock.Pause(TimeSpan.FromSeconds(2));
        Assert.Equal(changes, pair.World.Addresses.Changes.Count);
        Assert.Contains("on_split: hold", pair.Ask(Host.Beta, "explain", "web").Output, StringComparison.Ordinal);
        pair.Faults.Mend();
        pair.AwaitCalm(Host.Alpha);
        Assert.Equal(changes, pair.World.Addresses.Changes.Count);
        pair.AssertTruth();
    }

    [Fact]
    public void Cut_in_two_with_take_both_have_it_and_the_heal_leaves_one()
    {
        using var pair = Pair("take");
        pair.Home(Host.Alpha);
        pair.CutPair();
        pair.Await("the other takes it", () => pair.Holders() == "both");
        Assert.Contains(Unguaranteed, pair.Ask(Host.Beta, "status").Output, StringComparison.Ordinal);
        pair.Faults.Mend();
        pair.AwaitCalm();
        var after = pair.DualTimes;
        LabClock.Pause(TimeSpan.FromSeconds(1));
        pair.AwaitCalm();
        pair.Await("clients reach whoever is left", () => pair.World.Client.SteadyAnswerer(TimeSpan.FromSeconds(0.3)) == (pair.Holder == Host.Alpha ? 'a' : 'b'));
        pair.AssertTruth(dualTimes: after);
        Assert.Equal(1, after);
    }

    [Fact]
    public void With_hold_a_lone_survivor_waits_for_an_operator_to_vouch_that_the_other_is_off()
    {
        using var pair = Pair("hold");
        pair.Home(Host.Alpha);
        Assert.Equal(4, pair.Ask(Host.Beta, "seize", "web", "--peer-is-off").Exit);
        pair.Faults.PowerOff(Host.Alpha);
        AwaitSilence(pair, Host.Beta);
        LabClock.Pause(TimeSpan.FromSeconds(2));
        Assert.Equal("nobody", pair.Holders());
        Assert.Equal(4, pair.Ask(Host.Beta, "status").Exit);

        var said = pair.Ask(Host.Beta, "seize", "web", "--peer-is-off", "--reason", "I pulled its plug");
        Assert.True(said.Exit == 0, said.Output + said.Errors);
        pair.AwaitCalm(Host.Beta, otherFit: false);
        Assert.Contains("An operator seized it", pair.Ask(Host.Beta, "explain", "web").Output, StringComparison.Ordinal);
        Assert.Equal(0, pair.Ask(Host.Beta, "status").Exit);

        pair.Faults.PowerOn(Host.Alpha);
        pair.AwaitCalm(Host.Beta);
        pair.Home(Host.Alpha);
        pair.AssertTruth();
    }

    [Fact]
    public void A_planned_move_is_clean_without_an_arbiter_too()
    {
        using var pair = Pair("hold");
        for (var i = 0; i < 5; i++)
        {
            pair.Home(Host.Alpha);
            pair.Home(Host.Beta);
        }

        pair.AssertTruth();
    }

    /// <summary>Without an arbiter nothing but what is heard keeps a standby from taking: what it says of epochs after a restart must be true.</summary>
    [Fact]
    public void A_standby_that_has_read_its_settings_again_and_is_restarted_takes_nothing()
    {
        using var pair = Pair("take");
        pair.Home(Host.Beta);
        pair.Home(Host.Alpha);
        var changes = pair.World.Addresses.Changes.Count;
        Assert.Equal(0, pair.Ask(Host.Beta, "reload").Exit);
        pair.Faults.KillEverything(Host.Beta);
        pair.Start(Host.Beta);
        pair.AwaitCalm(Host.Alpha);
        Assert.Equal(changes, pair.World.Addresses.Changes.Count);
        pair.AssertTruth();
    }

    private static LivePair Pair(string onSplit)
    {
        var pair = new LivePair { Arbiter = "none", Duties = LivePair.Duty("web", more: $"    on_split: {onSplit}") };
        pair.StartAll();
        return pair;
    }

    private static void AwaitSilence(LivePair pair, Host? only = null)
    {
        foreach (var host in new[] { Host.Alpha, Host.Beta }.Where(h => only is null || h == only))
        {
            pair.Await($"{host} hears nobody", () => pair.Status(host)?.Links.All(l => l.Health == Core.Evidence.Health.Failed) == true);
        }
    }
}

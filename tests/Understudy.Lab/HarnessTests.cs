using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Faults;
using Understudy.Lab.Worlds.Measures;
using Understudy.Lab.Worlds.Products;
using Xunit;

namespace Understudy.Lab;

/// <summary>The lab must be able to see what Understudy shall never do: shown on a product that does it, and on addresses moved by hand.</summary>
[Collection(nameof(OneAtATime))]
public sealed class HarnessTests
{
    [Fact]
    public void Make_before_break_is_seen_as_two_holders_and_break_before_make_is_not()
    {
        SkipWhere(VipWorld.Obstacle());
        using var world = VipWorld.Build();
        const int Moves = 5;

        var begun = LabClock.Now;
        Address(world, Host.Alpha, "add");
        for (var i = 0; i < Moves; i++)
        {
            Address(world, Host.Alpha, "del");
            Address(world, Host.Beta, "add");
            Address(world, Host.Beta, "del");
            Address(world, Host.Alpha, "add");
        }

        Assert.Null(world.Addresses.Disagreement());
        var between = LabClock.Now;
        for (var i = 0; i < Moves; i++)
        {
            Address(world, Host.Beta, "add");
            Address(world, Host.Beta, "del");
        }

        Assert.Null(world.Addresses.Disagreement());
        var end = LabClock.Now;
        var measures = TrialMeasures.Of(world.Client.Copy(begun, end), world.Addresses.Changes, new TrialTimes(begun, between, between, end));
        Assert.Equal((0, Moves), (measures.DualTimes, measures.HealDualTimes));
        Assert.True(measures.HealDual > 0);
    }

    [Fact]
    public void A_frozen_keepalived_leaves_two_holders_and_the_lab_sees_it()
    {
        using var trial = Keepalived();

        var result = trial.Try(VipFaults.Find("all-frozen"));

        Assert.Null(result.Doubt);
        Assert.Equal("both", result.AtHeal);
        Assert.InRange(LabClock.Ms(result.Measures.Dual), 3000, 5000);
        Assert.Equal('a', result.Final);
    }

    [Fact]
    public void A_deaf_keepalived_is_not_replaced_and_the_lab_sees_that_nobody_answers()
    {
        using var trial = Keepalived();

        var result = trial.Try(VipFaults.Find("inbound-lost"));

        Assert.Null(result.Doubt);
        Assert.False(result.Measures.Recovered);
        Assert.NotNull(result.Measures.Restored);
        Assert.Equal(0, result.Measures.Moves);
    }

    [Fact]
    public void Nothing_is_left_when_a_world_is_gone()
    {
        SkipWhere(VipWorld.Obstacle());
        string name;
        string folder;
        using (var world = VipWorld.Build())
        {
            name = world.Name;
            folder = world.Folder;
            Assert.Contains(NetworkNamespace.AllNames(), n => n.StartsWith(name, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(NetworkNamespace.AllNames(), n => n.StartsWith($"{name}-", StringComparison.Ordinal));
        Assert.False(Directory.Exists(folder));
    }

    internal static void SkipWhere(string? obstacle) => Assert.SkipWhen(obstacle is not null, obstacle ?? string.Empty);

    private static void Address(VipWorld world, Host host, string verb) =>
        world[host].Ip($"address {verb} {Place.ServiceAddress}/{Place.ServicePrefix} dev {Place.ServiceDevice}\n");

    private static VipTrial Keepalived()
    {
        SkipWhere(VipWorld.Obstacle() ?? KeepalivedProduct.Obstacle());
        var world = VipWorld.Build();
        return new VipTrial(world, new KeepalivedProduct(world, 0.1m), new Random(1)) { Pace = Pace.Brisk, OwnsWorld = true };
    }
}

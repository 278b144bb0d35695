using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Ledger;
using Xunit;

#pragma warning disable MA0002 // xunit compares strings by their characters

namespace Understudy.Tests.Ledger;

public sealed class SnapshotTests
{
    [Fact]
    public void A_snapshot_of_the_holder_names_it_its_claim_and_who_could_follow()
    {
        var host = new SmallPair().Run(5_000).Snapshot("alpha");
        var duty = Assert.Single(host.Duties);
        Assert.Equal(("alpha", "active", "UP", "alpha", 1L, 1L), (host.Node, duty.Stance, duty.SeedWord, duty.Holder, duty.Epoch, duty.HeldEpoch));
        Assert.InRange(duty.ClaimLeftMs!.Value, 1, duty.Near.LeaseMs);
        Assert.Equal("standby", duty.Candidates[1].Stance);
        Assert.NotNull(duty.Candidates[1].FitForMs);
        Assert.True(duty.Served);
        Assert.Equal(["lan", "private", "10.99.0.9"], host.Links.Select(l => l.Link));
        Assert.All(host.Links, l => Assert.Equal(Health.Healthy, l.Health));
        Assert.Equal("00000000000000a1", host.Boot);
        Assert.Equal(1, host.Loop.Moves);
    }

    [Fact]
    public void A_standby_knows_the_holder_and_is_served()
    {
        var duty = Assert.Single(new SmallPair().Run(5_000).Snapshot("beta").Duties);
        Assert.Equal(("standby", "RECOVER", "alpha", null, true), (duty.Stance, duty.SeedWord, duty.Holder, duty.HeldEpoch, duty.Served));
        Assert.Null(duty.ClaimLeftMs);
    }

    [Fact]
    public void Nobody_serves_while_the_holder_is_gone_and_nobody_may_follow()
    {
        var pair = new SmallPair(arbitrated: false).Run(5_000);
        var other = pair.Other;
        pair.Silence(pair.Holder);
        var duty = Assert.Single(pair.Run(2_000).Snapshot(other).Duties);
        Assert.Equal((null, false), (duty.Holder, duty.Served));
        Assert.InRange(duty.VacantForMs!.Value, 1_000, 2_000);
    }

    [Fact]
    public void A_silence_that_ended_in_time_is_a_near_miss_and_one_that_convicted_is_none()
    {
        var pair = new SmallPair().Run(5_000);
        var usual = Silence(pair);
        Assert.InRange(usual, 20, 110);                    // a beat each 100 ms
        pair.Silence("beta");
        pair.Run(230);
        pair.Heal("beta");
        pair.Run(200);
        Assert.InRange(Silence(pair), 230, 349);
        var near = Silence(pair);
        pair.Silence("beta");
        pair.Run(2_000);
        pair.Heal("beta");
        pair.Run(2_000);
        Assert.Equal(near, Silence(pair));
    }

    [Fact]
    public void A_near_miss_is_forgotten_after_an_hour()
    {
        var most = new SmallPair().Run(5_000);
        most.Silence("beta");
        most.Run(200);
        most.Heal("beta");
        most.Run(200);
        Assert.True(Silence(most) >= 200);
        most.Jump(TimeSpan.FromMinutes(70));
        Assert.True(Silence(most) < 200);
    }

    [Fact]
    public void How_near_a_claim_came_to_its_end_is_what_was_left_when_it_was_renewed()
    {
        var duty = new SmallPair().Run(5_000).Snapshot("alpha").Duties[0];
        Assert.InRange(duty.Near.ClaimLeftMinMs!.Value, duty.Near.LeaseMs - 130, duty.Near.LeaseMs - 90);      // renewed each 100 ms
    }

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(999.4, "999 ms")]
    [InlineData(1000, "1 s")]
    [InlineData(12_345, "12.3 s")]
    [InlineData(59_999, "59.9 s")]
    [InlineData(184_000, "3 min 4 s")]
    [InlineData(18_180_000, "5 h 3 min")]
    [InlineData(259_200_000, "3 days")]
    [InlineData(-5, "0 ms")]
    public void Spans_are_said_as_people_say_them(double ms, string said) => Assert.Equal(said, Spans.Say(ms));

    private static double Silence(SmallPair pair) => pair.Snapshot("alpha").Links.Where(l => l.Peer == "beta").Max(l => l.SilentMaxMs);
}

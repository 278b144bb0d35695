using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Tests.Collection;

/// <summary>A store that whoever performs a duty writes.</summary>
public sealed class DutyClaimTests
{
    private sealed class Place : IStoreClaim
    {
        private ulong last;

        public ulong Epoch { get; private set; }

        public StoreClaimOutcome TryClaim()
        {
            Epoch = Epoch > 0 ? Epoch : ++last;
            return new StoreClaimOutcome(Epoch, "", "us");
        }

        public bool StillMine() => Epoch > 0;

        public void LetGo() => Epoch = 0;

        public void Dispose() => LetGo();
    }

    [Fact]
    public void The_place_is_claimed_with_the_duty_and_let_go_without_it()
    {
        var held = false;
        using var place = new Place();
        using var claim = new DutyClaim(place, () => (held, held ? "alpha holds vip" : "beta holds vip"));
        Assert.Equal((0UL, "beta holds vip", null), (claim.TryClaim() is var no ? no.Epoch : 9, no.Why, no.Writer));
        Assert.Equal(0UL, place.Epoch);
        held = true;
        Assert.Equal(1UL, claim.TryClaim().Epoch);
        Assert.True(claim.StillMine());
        held = false;
        Assert.False(claim.StillMine());      // before each write, however late the place's own claim would end
        Assert.False(claim.TryClaim().IsOurs);
        Assert.Equal(0UL, place.Epoch);
        held = true;
        Assert.Equal(2UL, claim.TryClaim().Epoch);
    }
}

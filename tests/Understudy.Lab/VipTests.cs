using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Faults;
using Understudy.Lab.Worlds.Products;
using Xunit;

namespace Understudy.Lab;

/// <summary>Tests that measure time on namespaces run one after the other, so as not to disturb each other.</summary>
[CollectionDefinition(nameof(OneAtATime), DisableParallelization = true)]
public sealed class OneAtATime;

/// <summary>Real daemons, real links, each fault once. What is asserted is behaviour: who serves, and that it is never two. How long it takes
/// is the bench's to tell, as a loaded machine must not turn a test red.</summary>
[Collection(nameof(OneAtATime))]
public sealed class VipTests(VipTests.Pairs pairs) : IClassFixture<VipTests.Pairs>
{
    public static TheoryData<string> WithBeta => With(Wanted.BetaServes);

    public static TheoryData<string> WithoutMove => With(Wanted.AlphaStays);

    public static TheoryData<string> WithSomebody => With(Wanted.SomebodyServes);

    public static TheoryData<string> WithNobody => With(Wanted.NobodyServes);

    [Theory]
    [MemberData(nameof(WithBeta))]
    public void The_understudy_serves_and_the_duty_goes_home_after_the_heal(string fault)
    {
        var result = Try(fault);

        Assert.True(result.Measures.Recovered, "nobody answered at the end of the fault");
        Assert.Equal("beta", result.AtHeal);
        Assert.Equal('a', result.Final);
    }

    [Theory]
    [MemberData(nameof(WithoutMove))]
    public void The_duty_stays_where_it_is(string fault)
    {
        var result = Try(fault);

        Assert.True(result.Measures.Recovered, "nobody answered at the end of the fault");
        Assert.Equal((0, 0), (result.Measures.Moves, result.Measures.HealMoves));
        Assert.Equal('a', result.Final);
    }

    [Theory]
    [MemberData(nameof(WithSomebody))]
    public void Somebody_serves_before_the_fault_ends(string fault)
    {
        var result = Try(fault);

        Assert.True(result.Measures.Recovered, "nobody answered at the end of the fault");
        Assert.Equal('a', result.Final);
    }

    [Theory]
    [MemberData(nameof(WithNobody))]
    public void Nobody_serves_where_nobody_can_know_and_somebody_does_after_the_heal(string fault)
    {
        var result = Try(fault);

        Assert.Equal("nobody", result.AtHeal);
        Assert.NotNull(result.Measures.Restored);
        Assert.NotNull(result.Final);
    }

    private static TheoryData<string> With(Wanted wanted) => [.. VipFaults.All.Where(f => f.Wanted == wanted).Select(f => f.Id)];

    /// <summary>Tries a fault, and holds what must be so whatever breaks.</summary>
    private TrialResult Try(string id)
    {
        HarnessTests.SkipWhere(VipWorld.Obstacle() ?? UnderstudyProduct.Obstacle());
        var fault = VipFaults.Find(id);

        // A minute of nothing is for the bench: ten seconds are many claims' lives.
        var result = pairs.Try(fault.Quiet ? fault with { Hold = TimeSpan.FromSeconds(10) } : fault);
        Assert.Null(result.Doubt);
        Assert.Equal((0, 0), (result.Measures.DualTimes, result.Measures.HealDualTimes));
        Assert.False(result.Measures.BlackHole, "after the heal a host had the address and clients did not reach it");
        return result;
    }

    /// <summary>One pair for each TTL, built when first needed, for all tests of the class.</summary>
    public sealed class Pairs : IDisposable
    {
        private readonly Dictionary<double, VipTrial> trials = [];

        /// <summary>Tries a fault on the pair that it needs. A pair on which that could not be carried through is not used again.</summary>
        public TrialResult Try(VipFault fault)
        {
            var trial = For(fault);
            try
            {
                return trial.Try(fault);
            }
            catch
            {
                trials.Remove(trials.First(t => t.Value == trial).Key);
                trial.Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            foreach (var trial in trials.Values)
            {
                trial.Dispose();
            }
        }

        private VipTrial For(VipFault fault)
        {
            var ttl = TimeSpan.FromMilliseconds(fault.NeedsKernelToLetGo ? 1500 : 600);
            if (!trials.TryGetValue(ttl.TotalMilliseconds, out var trial))
            {
                var world = VipWorld.Build();
                trial = new VipTrial(world, new UnderstudyProduct(world, ttl, failbackAfter: TimeSpan.FromSeconds(1)), new Random(1))
                {
                    Pace = Pace.Brisk,
                    OwnsWorld = true,
                };
                trials[ttl.TotalMilliseconds] = trial;
            }

            return trial;
        }
    }
}

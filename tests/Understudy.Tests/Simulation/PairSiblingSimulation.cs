using Xunit;

namespace Understudy.Tests.Simulation;

/// <summary>The siblings that must fail, in a class of their own, so that they run beside the worlds that must not.</summary>
public sealed class PairSiblingSimulation(ITestOutputHelper output)
{
    /// <summary>The same worlds as in <see cref="PairSimulation"/> with one rule left out each: a simulation that cannot fail proves nothing.</summary>
    [Theory]
    [InlineData(Breach.LeaseLongerThanTtl)]
    [InlineData(Breach.LeaseFromArrival)]
    [InlineData(Breach.GivesBackBeforeTheStop)]
    [InlineData(Breach.WitnessWithoutSilence)]
    [InlineData(Breach.WitnessAnswersBeforeTheDisk)]
    [InlineData(Breach.OldCopyOfTheWitness)]
    [InlineData(Breach.PromiseForgotten)]
    [InlineData(Breach.NoGrace)]
    [InlineData(Breach.NoFence)]
    [InlineData(Breach.NotAfterIgnored)]
    [InlineData(Breach.NoKernelLease)]
    [InlineData(Breach.SilenceIsDeath)]
    [InlineData(Breach.LetsGoOfWhatItSaw)]
    public void A_world_with_a_rule_broken_is_caught(Breach breach)
    {
        for (var seed = 1UL; seed <= 5000; seed++)
        {
            if (new World(seed, breach).Run() is { } what)
            {
                output.WriteLine($"{breach}: seed {seed}, {what}");
                return;
            }
        }

        Assert.Fail($"5000 worlds, and {breach} was never noticed");
    }
}

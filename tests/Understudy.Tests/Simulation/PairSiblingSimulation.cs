using Xunit;

namespace Understudy.Tests.Simulation;

/// <summary>The siblings that must fail, in a class of their own, so that they run beside the worlds that must not.</summary>
public sealed class PairSiblingSimulation(ITestOutputHelper output)
{
    /// <summary>The same worlds as in <see cref="PairSimulation"/> with one rule left out each: a simulation that cannot fail proves nothing. What is seldom noticed is looked for near a world that is known.</summary>
    [Theory]
    [InlineData(Breach.LeaseLongerThanTtl, 1)]
    [InlineData(Breach.LeaseFromArrival, 1)]
    [InlineData(Breach.GivesBackBeforeTheStop, 1)]
    [InlineData(Breach.WitnessWithoutSilence, 1)]
    [InlineData(Breach.WitnessAnswersBeforeTheDisk, 200)]
    [InlineData(Breach.OldCopyOfTheWitness, 560)]
    [InlineData(Breach.PromiseForgotten, 1)]
    [InlineData(Breach.NoGrace, 4600)]
    [InlineData(Breach.NoFence, 1)]
    [InlineData(Breach.NotAfterIgnored, 900)]
    [InlineData(Breach.NoKernelLease, 1)]
    [InlineData(Breach.SilenceIsDeath, 1)]
    [InlineData(Breach.LetsGoOfWhatItSaw, 280)]
    public void A_world_with_a_rule_broken_is_caught(Breach breach, int from)
    {
        for (var seed = (ulong)from; seed < (ulong)from + 5000; seed++)
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

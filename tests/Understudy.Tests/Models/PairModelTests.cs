using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Models;

/// <summary>Pairs without an arbiter: what on_split promises and what it does not, and the pair that came before us.</summary>
public sealed class PairModelTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("hold: whoever serves when the link is cut, nobody else takes it", SplitPolicy.Hold, 0, true)]
    [InlineData("take: a cut link makes two", SplitPolicy.Take, 0, false)]
    [InlineData("hold: not even when a host crashes and boots", SplitPolicy.Hold, 1, true)]
    public void A_bare_pair_promises_no_more_than_its_policy(string name, SplitPolicy onSplit, int crashes, bool safe) =>
        Check(name, new BareModel(onSplit, crashes).Search(), safe, 10);

    [Theory]
    [InlineData("the pair of old, without faults", false, false, false, true, 0)]
    [InlineData("the pair of old, a host crashes and boots", true, false, false, false, 6)]
    [InlineData("the pair of old, its registry dies", false, true, false, false, 5)]
    [InlineData("the pair of old, the link is cut", false, false, true, false, 5)]
    public void Unreachable_is_not_failed(string name, bool crashes, bool deaths, bool cuts, bool safe, int steps) =>
        Assert.Equal(steps, Check(name, new FailshModel(crashes, deaths, cuts).Search(), safe, 4).Trace.Count);

    private Finding Check(string name, Finding finding, bool safe, int atLeast)
    {
        var told = $"{name}: {finding.Verdict}\n  {string.Join("\n  ", finding.Trace)}";
        output.WriteLine(told);
        Assert.True(safe == finding.Safe, told);
        Assert.True(finding.States >= atLeast, told);
        return finding;
    }
}

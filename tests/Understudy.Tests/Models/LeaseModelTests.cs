using Xunit;

namespace Understudy.Tests.Models;

/// <summary>One small world, and what must come of it.</summary>
public sealed record Case(string Name, bool Safe)
{
    internal LeaseOptions Options { get; init; } = new(4, 3, 0);

    public override string ToString() => Name;
}

/// <summary>Every order of events in small worlds of the production machines; and the same worlds with one rule left out, which must break.</summary>
public sealed class LeaseModelTests(ITestOutputHelper output)
{
    private static readonly LeaseOptions s_plain = new(4, 3, 0);
    private static readonly LeaseOptions s_small = new(3, 2, 0);
    private static readonly LeaseOptions s_tiny = new(2, 1, 0);

    public static TheoryData<Case> Cases => new(All.AsEnumerable());

    private static Case[] All =>
    [
        // cuts, lost and late answers
        new("cuts and lost answers", true) { Options = s_plain },
        new("lease = TTL, nothing to stop", true) { Options = new(4, 4, 0) },
        new("lease > TTL", false) { Options = new(3, 4, 0) },
        new("late answers, a stop that takes time, lease + stop = TTL", true) { Options = new(4, 3, 1) { Delay = 2 } },
        new("the same with a longer stop", true) { Options = new(4, 2, 2) { Delay = 2 } },
        new("lease + stop = TTL + 1", false) { Options = new(4, 3, 2) { Delay = 2 } },
        new("lease + stop = TTL + 1, the longer lease", false) { Options = new(4, 4, 1) { Delay = 2 } },
        new("giving up at any moment", true) { Options = new(4, 3, 1) { Delay = 2, GiveUps = true } },
        new("the other hears the let-go and carries it", true) { Options = new(4, 3, 1) { Delay = 1, GiveUps = true, LetGoHeard = true } },
        new("counted from when the answer arrives", false) { Options = new(4, 3, 1) { Delay = 2, CountedFromArrival = true } },
        new("given back when the stop begins", false) { Options = new(4, 3, 1) { Delay = 2, GiveUps = true, GivenBackAtOnce = true } },
        new("late answers accepted after giving up", false) { Options = new(4, 3, 0) { Delay = 2, GiveUps = true, NoGenerations = true } },

        // freezes and deaths
        new("freezes, with something that drops it at the lease's end", true) { Options = s_small with { Pauses = true, Faults = 1 } },
        new("freezes without", false) { Options = s_small with { Pauses = true, Faults = 2, Guarded = false } },
        new("the daemon dies, its service with it", true) { Options = s_small with { Deaths = true, Faults = 2, Guarded = false, Bound = true } },
        new("the daemon dies, its service until the lease's end", true) { Options = s_small with { Deaths = true, Faults = 2 } },
        new("the daemon dies and its service survives", false) { Options = s_small with { Deaths = true, Faults = 2, Guarded = false } },
        new("the daemon dies and returns to what still runs", true) { Options = s_small with { Deaths = true, Returns = true, Faults = 1 } },

        // a witness that is away or comes back
        new("the witness restarts and remembers", true) { Options = s_small with { WitnessRestarts = true, Faults = 1 } },
        new("the witness restarts and has forgotten", true) { Options = s_small with { WitnessForgets = true, Faults = 2 } },
        new("and grants at once", false) { Options = s_small with { WitnessForgets = true, Faults = 2, NoQuiet = true } },
        new("promises instead of renewals", true) { Options = s_small with { Promises = true } },
        new("promises that are not kept", false) { Options = s_small with { Promises = true, PromisesForgotten = true } },
        new("promises, and a daemon that restarts and waits", true) { Options = s_tiny with { Promises = true, Deaths = true, Returns = true, Faults = 1 } },
        new("promises, and a daemon that restarts and does not wait", false) { Options = s_tiny with { Promises = true, Deaths = true, Returns = true, Faults = 1, NoGrace = true } },
    ];

    [Theory, MemberData(nameof(Cases))]
    public void Is_as_safe_as_the_spec_says(Case model)
    {
        var finding = new LeaseModel(model.Options).Search();
        var told = $"{model.Name}: {finding.Verdict}\n  {string.Join("\n  ", finding.Trace)}";
        output.WriteLine(told);
        Assert.True(model.Safe == finding.Safe, told);
        Assert.True(finding.States > 20, told);
    }
}

namespace Understudy.Lab.Worlds.Faults;

/// <summary>What a pair should do about a fault.</summary>
public enum Wanted
{
    /// <summary>Beta serves before the fault ends.</summary>
    BetaServes,

    /// <summary>Nothing moves: alpha serves all the time.</summary>
    AlphaStays,

    /// <summary>Somebody serves before the fault ends, whoever it is.</summary>
    SomebodyServes,

    /// <summary>Nobody has the address: nothing else is safe. Alpha or beta serves again after the heal.</summary>
    NobodyServes,
}

/// <summary>One way in which things break, and how that ends.</summary>
/// <param name="Id">As on the command line and in result files.</param>
/// <param name="Title">As in tables.</param>
/// <param name="Wanted">What a pair should do.</param>
/// <param name="Hold">For how long the fault lasts at least.</param>
/// <param name="Inject">Makes it.</param>
/// <param name="Heal">Ends it.</param>
public sealed record VipFault(string Id, string Title, Wanted Wanted, TimeSpan Hold, Action<FaultPerformer> Inject, Action<FaultPerformer> Heal)
{
    /// <summary>The fault lasts just so long, not as long as the product needs.</summary>
    public bool HoldExactly { get; init; }

    /// <summary>A minute or so in which little happens: several worlds may be watched at once without disturbing each other's numbers.</summary>
    public bool Quiet { get; init; }

    /// <summary>Only where there is a witness.</summary>
    public bool NeedsWitness { get; init; }

    /// <summary>Only where the product looks at the service.</summary>
    public bool NeedsHealth { get; init; }

    /// <summary>None of the product's code runs, so that only the kernel's address lifetime, with its grain of 1 s, can let go: needs a TTL
    /// of 1500 ms where there is a TTL.</summary>
    public bool NeedsKernelToLetGo { get; init; }

    public override string ToString() => Id;
}

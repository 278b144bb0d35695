namespace Understudy.Tests.Simulation.Collection;

/// <summary>A rule of the pair that a sibling breaks; each must be noticed.</summary>
public enum PairBreach
{
    None,

    /// <summary>A stand-in stops as soon as the owner is back, and not when it has samples: what the original does.</summary>
    BreaksBeforeItMakes,

    /// <summary>Copies are thrown away when a pairing begins, and stand by when they come anew: what the original does too.</summary>
    DropsItsCopies,

    /// <summary>A port that refuses says nothing of the peer; only the time-out does.</summary>
    TakesAClosedPortForNothing,

    /// <summary>The one above never notices that a source is late.</summary>
    NeverLooksForLate,
}

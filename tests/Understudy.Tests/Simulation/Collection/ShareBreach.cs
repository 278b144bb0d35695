namespace Understudy.Tests.Simulation.Collection;

/// <summary>A rule of the shares that a sibling of the members breaks; each must be noticed.</summary>
public enum ShareBreach
{
    None,

    /// <summary>A member says that it has samples as soon as it begins: the holder before it stops too early.</summary>
    ReadyAtOnce,

    /// <summary>Silence is never taken for going.</summary>
    NeverSilent,

    /// <summary>Nobody helps a member that is there and gets nothing.</summary>
    NeverStuck,

    /// <summary>A member is given more than it takes.</summary>
    NoGuard,

    /// <summary>A member that drains does not say so.</summary>
    DrainsInSilence,

    /// <summary>Nobody says that it has samples: others begin with what is fed.</summary>
    SaysNothingOfSamples,
}

namespace Understudy.Tests.Simulation;

/// <summary>One rule that a world breaks on purpose, in its rules, its driver or its network. A simulation that does not notice proves nothing.</summary>
public enum Breach
{
    None = 0,

    /// <summary>L + stop + margin is more than the TTL.</summary>
    LeaseLongerThanTtl,

    /// <summary>The lease counts from when the answer arrived instead of from when the request left.</summary>
    LeaseFromArrival,

    /// <summary>The stop is reported as done when it is begun; the address goes some time later.</summary>
    GivesBackBeforeTheStop,

    /// <summary>A witness that lost its memory grants at once.</summary>
    WitnessWithoutSilence,

    /// <summary>The witness answers before its record is on disk.</summary>
    WitnessAnswersBeforeTheDisk,

    /// <summary>No rule of ours, but a limit that docs/guide/limits.md tells: a witness that is given an old copy of its file may grant an epoch twice.</summary>
    OldCopyOfTheWitness,

    /// <summary>A candidate claims although it promised not to.</summary>
    PromiseForgotten,

    /// <summary>A candidate that starts again does not wait for the end of promises that it may have given.</summary>
    NoGrace,

    /// <summary>Nothing but the loop drops the address.</summary>
    NoFence,

    /// <summary>A start is performed however late.</summary>
    NotAfterIgnored,

    /// <summary>The kernel is told to keep addresses for ever.</summary>
    NoKernelLease,

    /// <summary>A bare pair takes over from a peer that is only silent.</summary>
    SilenceIsDeath,

    /// <summary>The same, and its two holders are borne: once the pair is whole again, one of them must give way.</summary>
    SilenceIsDeathAndBorne,

    /// <summary>Says at its start that it has let go of the highest epoch it has seen, which another may hold.</summary>
    LetsGoOfWhatItSaw,
}

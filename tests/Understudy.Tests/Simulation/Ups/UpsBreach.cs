namespace Understudy.Tests.Simulation;

/// <summary>One rule of a proxy that a world breaks on purpose: in the proxy's settings, in what it hears, or in what it says.</summary>
public enum UpsBreach
{
    None = 0,

    /// <summary>DATASTALE is not heard.</summary>
    IgnoresDatastale,

    /// <summary>The end of a source's connection is not heard, as NUT's own failover driver does not hear it.</summary>
    KeepsTheDead,

    /// <summary>Stale values are shown for longer than flip.after.</summary>
    KeepsTheStale,

    /// <summary>Who comes back is shown at once.</summary>
    DropsFlipBack,

    /// <summary>prefer.* is not read.</summary>
    ForgetsPreferences,

    /// <summary>Another policy decides where the sources disagree.</summary>
    BelievesAnother,

    /// <summary>A token is added to what a source says.</summary>
    InventsAToken,

    /// <summary>FSD is not heard.</summary>
    MissesTheShutdown,

    /// <summary>What was said is settled when it is convenient.</summary>
    SettlesLate,

    /// <summary>A line is taken for another source's.</summary>
    MistakesTheSource,

    /// <summary>A command leaves twice.</summary>
    ForwardsTwice,

    /// <summary>A command that nobody answered is tried at another source.</summary>
    TriesElsewhere,

    /// <summary>An answer goes to every client.</summary>
    AnswersEverybody,

    /// <summary>An answer is swallowed.</summary>
    SwallowsAnswers,

    /// <summary>A command that was not sent is told as handled.</summary>
    ClaimsSuccess,

    /// <summary>Two clients may switch the load at once.</summary>
    DropsThePowerGuard,

    /// <summary>A change takes variables away first, as NUT's own failover driver does.</summary>
    TakesAwayFirst,

    /// <summary>The status is empty for a moment in a change.</summary>
    EmptiesTheStatus,

    /// <summary>One line of a burst is lost now and then.</summary>
    LosesALine,

    /// <summary>Values are written without escape signs.</summary>
    WritesBare,

    /// <summary>All clients are shut down where no source was ever seen.</summary>
    ShutsDownUnseen,

    /// <summary>The loop wakes later than it was told to.</summary>
    WakesLate,

    /// <summary>The deadline is always now.</summary>
    Spins,

    /// <summary>Clients that went are not forgotten.</summary>
    ForgetsNobody,
}

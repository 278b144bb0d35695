using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>A daemon that the supervisor watches.</summary>
/// <param name="Name">For people: a10:411.</param>
/// <param name="Hosts">How others may write its host: its name, its addresses.</param>
public sealed record SupervisorPeer(string Name, ValueList<string> Hosts, int Port);

/// <summary>How the supervisor judges and what it waits for.</summary>
public sealed record SupervisorRules
{
    /// <summary>What the names of copies begin with. What begins so is ours; nothing else is ever changed. Not '#', which stock daemons refuse.</summary>
    public string Prefix { get; init; } = "fo_";

    /// <summary>From one question whether a daemon is there to the next; also how often the desk is turned.</summary>
    public TimeSpan PingEvery { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Questions without an answer, one after the other, at which an aggregator counts as gone.</summary>
    public int Misses { get; init; } = 3;

    /// <summary>From one look at the samples' times to the next.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>From one look at the configurations to the next. With <see cref="Settle"/> this is how soon a change is followed.</summary>
    public TimeSpan ReadEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Intervals of its updater without a newer sample after which an aggregator that answers counts as stalled.</summary>
    public double StallIntervals { get; init; } = 3;

    /// <summary>Intervals without a newer sample at level 2 after which level 2 is believed to get nothing from an aggregator that is silent to us.</summary>
    public double DryIntervals { get; init; } = 1.2;

    /// <summary>How long a configuration must have been the same before it is copied, and an aggregator that is back must have been well before anything is handed back.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a producer that an aggregator had before and has not any more is waited for.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long level 2 may take to connect to an aggregator again before the copies end all the same.</summary>
    public TimeSpan LevelTwoPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may stand without any answer before another one is made.</summary>
    public TimeSpan GiveUp { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Only say what would be sent.</summary>
    public bool DryRun { get; init; }
}

/// <summary>How an aggregator is, as far as we can tell.</summary>
public enum SideCondition
{
    /// <summary>It was not heard yet.</summary>
    Unknown,

    Well,

    /// <summary>Its connection stands, and it does not answer: hung, or cut off.</summary>
    Silent,

    /// <summary>The connection broke and none can be made.</summary>
    Lost,

    /// <summary>It answers, and none of its samples gets newer.</summary>
    Stalled,
}

/// <summary>Who collects what an aggregator is configured to collect.</summary>
public enum SideCare
{
    /// <summary>It does.</summary>
    Home,

    /// <summary>The other does, with its copies.</summary>
    Covered,

    /// <summary>Both do: it is back, and level 2 is being led to it again.</summary>
    Returning,
}

/// <summary>What the supervisor has done.</summary>
public abstract record SupervisorOrder
{
    private SupervisorOrder()
    {
    }

    /// <summary>Connects to a daemon; <see cref="SupervisorDesk.Opened"/> or <see cref="SupervisorDesk.Closed"/> tells.</summary>
    public sealed record Connect(int Who) : SupervisorOrder;

    /// <summary>Ends the connection; nobody is told.</summary>
    public sealed record HangUp(int Who) : SupervisorOrder;

    /// <summary>Asks a daemon; <see cref="SupervisorDesk.Answered"/> tells.</summary>
    public sealed record Ask(int Who, uint Id, LdmsdCommand Command) : SupervisorOrder;
}

/// <summary>What the supervisor says, for people and for the ledger.</summary>
/// <param name="IsMove">Something moved, or must be known; else it is by the way.</param>
public sealed record SupervisorNote(Instant At, bool IsMove, string Text);

/// <summary>How one of the two is, for people.</summary>
/// <param name="Care">home, covered or returning.</param>
/// <param name="Late">Sets that have no newer sample than three intervals ago, at most 20.</param>
public sealed record SupervisorSide(
    string Name, string Condition, long ConditionMs, string Care, long CareMs, string Why, int Producers, int Copies, int CopiesRunning, int Sets, ValueList<string> Late);

/// <summary>How level 2 has one of the two.</summary>
public sealed record SupervisorAbove(string Name, bool IsOpen, string Side, string Producer, string State, bool StoppedByUs);

/// <summary>All that the supervisor knows, for people.</summary>
public sealed record SupervisorStatus(bool Acts, string ClaimWhy, ValueList<SupervisorSide> Sides, ValueList<SupervisorAbove> Above, long Moves, string LastMove);

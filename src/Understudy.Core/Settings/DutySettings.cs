namespace Understudy.Core.Settings;

/// <summary>What a bare pair does when it is cut in two. With an arbiter nobody needs to choose.</summary>
public enum SplitPolicy
{
    /// <summary>Keep what one has and take nothing: perhaps no holder, never two.</summary>
    Hold,

    /// <summary>Take over: never without a holder, perhaps two.</summary>
    Take,
}

/// <summary>What must be done, and on which hosts.</summary>
/// <param name="Name">[a-z0-9-_], at most 63.</param>
/// <param name="Candidates">1..16 nodes in the order of rank; the first is home.</param>
/// <param name="Addresses">0..64 addresses that the holder has; none of them twice in a file.</param>
/// <param name="Run">The command that serves, or null where the addresses are all.</param>
/// <param name="HealthyWhen">All of these must be well; none means that the service is not watched.</param>
/// <param name="Failback">When the duty goes back to its home.</param>
/// <param name="OnSplit">Only where there is no arbiter.</param>
/// <param name="Restart">How many failures of the service are borne before the duty waits for an operator.</param>
/// <param name="Exclusive">One holder at most; false where two holders are harmless.</param>
public sealed record DutySettings(
    string Name,
    ValueList<string> Candidates,
    ValueList<AddressSettings> Addresses,
    RunSettings? Run,
    ValueList<ProbeSettings> HealthyWhen,
    FailbackSettings Failback,
    SplitPolicy OnSplit,
    RestartSettings Restart,
    bool Exclusive)
{
    /// <summary>The time that letting go may take, apart from the addresses: zero without a command.</summary>
    public TimeSpan StopLimit => Run?.StopLimit ?? TimeSpan.Zero;

    /// <summary>The rank of a node, 0 for home; null when it is no candidate.</summary>
    public int? RankOf(string node)
    {
        for (var i = 0; i < Candidates.Count; i++)
        {
            if (Candidates[i] == node)
            {
                return i;
            }
        }

        return null;
    }
}

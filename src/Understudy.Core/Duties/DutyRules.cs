using Understudy.Core.Settings;

namespace Understudy.Core.Duties;

/// <summary>What one candidate must know of a duty to decide: fixed between two readings of the settings.</summary>
/// <param name="Duty">The duty's name.</param>
/// <param name="Candidates">Node names in rank order; the first is home.</param>
/// <param name="Self">Our own place in <paramref name="Candidates"/>.</param>
/// <param name="Arbitrated">A third party grants claims. If not, exclusivity is not guaranteed and <paramref name="OnSplit"/> decides.</param>
/// <param name="Ttl">How long the arbiter keeps a claim that nobody renews, counted from when it heard the request.</param>
/// <param name="Lease">How long we count on a claim, from when the request was <i>sent</i>: TTL less fence margin less stop limit.</param>
/// <param name="Renew">Span between two renewals that were answered.</param>
/// <param name="AskAgain">Span after which an unanswered request is sent again.</param>
/// <param name="Promises">Keep serving while the arbiter is silent, as long as every other candidate promises not to claim.</param>
/// <param name="RankDelay">How long a candidate lets one better-ranked and fit candidate go first.</param>
/// <param name="StandbyHealth">The probes also speak for a candidate that stands by (there is no command that would start the service first).</param>
/// <param name="Probed">There are probes at all.</param>
/// <param name="Grace">How long after its start a candidate only listens. At least one TTL: a promise given before the restart may be forgotten.</param>
public sealed record DutyRules(
    string Duty,
    ValueList<string> Candidates,
    int Self,
    bool Arbitrated,
    TimeSpan Ttl,
    TimeSpan Lease,
    TimeSpan Renew,
    TimeSpan AskAgain,
    bool Promises,
    SplitPolicy OnSplit,
    FailbackSettings Failback,
    TimeSpan RankDelay,
    TimeSpan StartLimit,
    TimeSpan StopLimit,
    RestartSettings Restart,
    bool StandbyHealth,
    bool Probed,
    bool Commanded,
    TimeSpan Grace)
{
    /// <summary>How long a claim is asked for without an answer before we stand by again.</summary>
    public TimeSpan ClaimPatience => AskAgain * 8;

    /// <summary>How long after a refusal or a silence the next claim is due at the latest.</summary>
    public static TimeSpan AskLater => TimeSpan.FromMilliseconds(100);

    /// <summary>How long a hand-over waits for the arbiter to note the heir before it goes on without.</summary>
    public static TimeSpan PreparePatience => TimeSpan.FromMilliseconds(100);
}

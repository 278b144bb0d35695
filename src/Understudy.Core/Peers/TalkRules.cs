using Understudy.Core.Settings;

namespace Understudy.Core.Peers;

/// <summary>Whom we talk to, and how: fixed between two readings of the settings.</summary>
/// <param name="Boot">Drawn at random when the daemon starts; never 0.</param>
public sealed record TalkRules(ulong Self, ulong Boot, TimeSpan Every, TimeSpan DeadAfter, HeartbeatJudge Judge, double Factor, ValueList<TalkPeer> Peers)
{
    /// <summary>A link is Suspect when a little more than one beat is overdue: one lost beat, not the jitter of one that is on its way.</summary>
    public TimeSpan SuspectAfter => Every * 1.6;

    /// <summary>The cadence while a link looks bad: so many chances more before it is judged.</summary>
    public TimeSpan Eager => Every / 5;

    /// <summary>How long after the last good word we still beat eagerly.</summary>
    public TimeSpan EagerFor => DeadAfter + TimeSpan.FromSeconds(1);
}

/// <summary>One that we exchange datagrams with.</summary>
/// <param name="Links">How many links lead to it; ours and its have the same numbers.</param>
/// <param name="Witness">It answers beats and sends none by itself.</param>
public sealed record TalkPeer(string Name, ulong Id, int Links, bool Witness);

using Understudy.Core;
using Understudy.Linux.Addresses;

namespace Understudy.Daemon;

/// <summary>
/// How often one duty is told that somebody else uses its address. Each telling is answered by a burst of announcements, the command's <c>reclaim</c> and a line of the
/// ledger: two hosts that answer each other must not do so at the speed of the wire (RFC 5227 section 2.4 allows one defence in ten seconds), and a sighting
/// must not be lost either, since whatever neighbours learned from it stays until we announce again. So the first is told at once, the newest of what
/// follows after a pause, and the pause grows from one second to the RFC's ten while the conflict lasts.
/// </summary>
internal sealed class ConflictPace
{
    /// <summary>After the first telling: as long as a service may be led astray by one stray frame.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    /// <summary>DEFEND_INTERVAL, RFC 5227 section 1.1.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromSeconds(10);

    private RivalSeen? waiting;
    private TimeSpan pause = Least;
    private Instant nextAt = new(0);

    /// <summary>When the sighting that waits may be told; never where none waits.</summary>
    public Instant Deadline => waiting is null ? Instant.Never : nextAt;

    public void Hear(in RivalSeen seen) => waiting = seen;

    /// <summary>Another has the address rightly: what was seen of it is no conflict.</summary>
    public void Forget() => waiting = null;

    /// <summary>What is to be told now, if anything.</summary>
    public RivalSeen? Take(Instant now)
    {
        if (waiting is not { } seen || now < nextAt)
        {
            return null;
        }

        var quiet = now - nextAt >= Most;
        pause = quiet ? Least : pause * 2 < Most ? pause * 2 : Most;
        (waiting, nextAt) = (null, now + pause);
        return seen;
    }
}

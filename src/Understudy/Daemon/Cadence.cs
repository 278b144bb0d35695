using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;

namespace Understudy.Daemon;

/// <summary>
/// Brings what is due at nearly the same time to the same turn of the loop: a wake-up costs more than what it is for. A beat may leave up to a quarter of its
/// interval early, never late; so beats to all peers soon share one phase, which is that of the renewals.
/// </summary>
internal static class Cadence
{
    public static void Align(Candidate candidate, Instant now)
    {
        var every = candidate.Rules.Talk.Every;
        var renewal = Renewal(candidate);
        var due = renewal <= now;
        foreach (var session in candidate.Talk.Sessions)
        {
            due |= session.BeatAt <= now;
        }

        foreach (var session in candidate.Talk.Sessions)
        {
            if (session.Peer.Witness && session.Health == Health.Healthy && renewal <= now + every)
            {
                // A renewal is answered like a beat, and says more.
                session.BeatAt = Instant.Later(session.BeatAt, renewal + (every / 4));
            }
            else if (due && session.BeatAt <= now + (every / 4))
            {
                session.BeatAt = now;
            }
        }
    }

    private static Instant Renewal(Candidate candidate)
    {
        var next = Instant.Never;
        foreach (var desk in candidate.Desks)
        {
            next = Instant.Earlier(next, desk.State.Hold is { Seized: false } hold ? hold.RenewAt : Instant.Never);
        }

        return next;
    }
}

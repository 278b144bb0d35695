using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;

namespace Understudy.Daemon;

/// <summary>What the host's loop has for the guards' loop: what peers say of their guards, and who is heard. It belongs to the host's loop.</summary>
/// <param name="heard">Takes one word of a peer; must neither throw nor wait.</param>
/// <param name="seen">Takes whether a peer is heard, each time that this changes; the same.</param>
/// <param name="turnedAt">When the guards' loop turned last; from any thread.</param>
internal sealed class HostGuards(Action<GuardHeard> heard, Action<string, bool> seen, Func<Instant> turnedAt)
{
    /// <summary>Its loop turns at least once a second; one that did not for so long is stuck, and systemd should know.</summary>
    private static readonly TimeSpan s_stuck = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, bool> up = new(StringComparer.Ordinal);

    internal bool Turns(Instant now) => now - turnedAt() < s_stuck;

    internal void Tell(Candidate candidate)
    {
        while (candidate.GuardsHeard.TryDequeue(out var word))
        {
            heard(word);
        }

        foreach (var session in candidate.Talk.Sessions)
        {
            if (session.Peer.Witness)
            {
                continue;
            }

            var isUp = session.Health == Health.Healthy || session.Health == Health.Suspect;
            if (!up.TryGetValue(session.Peer.Name, out var was) || was != isUp)
            {
                up[session.Peer.Name] = isUp;
                seen(session.Peer.Name, isUp);
            }
        }
    }
}

using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;

namespace Understudy.Core.Ledger;

/// <summary>The largest of what was noted in the last hour, to five minutes. Allocates once.</summary>
internal sealed class HourlyMost
{
    private const int Slots = 13;      // twelve whole ones, and the one that is under way
    private static readonly long s_slotTicks = TimeSpan.FromMinutes(5).Ticks;
    private readonly double[] most = new double[Slots];
    private readonly long[] slotOf = new long[Slots];

    internal void Note(double value, Instant at)
    {
        var slot = at.Ticks / s_slotTicks;
        var i = (int)(slot % Slots);
        most[i] = slotOf[i] == slot ? Math.Max(most[i], value) : value;
        slotOf[i] = slot;
    }

    internal double? At(Instant now)
    {
        double? result = null;
        for (var i = 0; i < Slots; i++)
        {
            if (slotOf[i] != 0 && now.Ticks / s_slotTicks - slotOf[i] < Slots)
            {
                result = Math.Max(result ?? most[i], most[i]);
            }
        }

        return result;
    }
}

/// <summary>
/// How near things came to a verdict that would have been wrong: silences that ended before they convicted, and claims that were renewed late.
/// <see cref="Watch"/> costs a few comparisons and allocates nothing: the more often the loop calls it, before it drains its sockets, the more exact.
/// </summary>
public sealed class NearMisses
{
    private readonly Link[][] links;
    private readonly Claim[] claims;

    /// <param name="candidate">Whose peers and duties are watched; after a reload there is a new one.</param>
    public NearMisses(Candidate candidate)
    {
        links = new Link[candidate.Talk.Sessions.Length][];
        for (var p = 0; p < links.Length; p++)
        {
            links[p] = [.. Enumerable.Range(0, candidate.Talk.Sessions[p].Links.Length).Select(_ => new Link())];
        }

        claims = [.. Enumerable.Range(0, candidate.Desks.Length).Select(_ => new Claim())];
    }

    public void Watch(Candidate candidate, Instant now)
    {
        for (var p = 0; p < links.Length; p++)
        {
            for (var l = 0; l < links[p].Length; l++)
            {
                links[p][l].Watch(candidate.Talk.Sessions[p].Links[l], now);
            }
        }

        for (var d = 0; d < claims.Length; d++)
        {
            claims[d].Watch(candidate.Desks[d].State.Hold, now);
        }
    }

    /// <summary>The longest silence of the last hour that ended in time, in ms; 0 when there was none.</summary>
    internal double SilentMaxMs(int peer, int link, Instant now) => links[peer][link].Longest.At(now) ?? 0;

    /// <summary>The least that was left of a claim when it was renewed, in the last hour, in ms.</summary>
    internal double? ClaimLeftMinMs(int duty, Instant now) => claims[duty].Latest.At(now) is { } most ? -most : null;

    private sealed class Link
    {
        private Instant heardAt;
        private TimeSpan silent;
        private bool convicted;

        internal HourlyMost Longest { get; } = new();

        internal void Watch(LinkSession link, Instant now)
        {
            if (link.EverHeard && link.HeardAt != heardAt)
            {
                if (!convicted && silent > TimeSpan.Zero)
                {
                    Longest.Note(silent.TotalMilliseconds, now);
                }

                (heardAt, silent, convicted) = (link.HeardAt, TimeSpan.Zero, false);
            }

            convicted |= link.Health == Health.Failed;
            silent = link.EverHeard && now - heardAt > silent ? now - heardAt : silent;
        }
    }

    private sealed class Claim
    {
        private long epoch;
        private Instant until;

        /// <summary>The negated rest, so that the most is the nearest.</summary>
        internal HourlyMost Latest { get; } = new();

        internal void Watch(Holding? hold, Instant now)
        {
            if (hold is { Seized: false } && hold.Epoch == epoch && hold.Until > until && until < Instant.Never)
            {
                Latest.Note(-Math.Max(0, (until - now).TotalMilliseconds), now);
            }

            (epoch, until) = (hold?.Epoch ?? 0, hold?.Until ?? default);
        }
    }
}

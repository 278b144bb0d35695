using Understudy.Core.Evidence;

namespace Understudy.Core.Peers;

/// <summary>What we know of one peer as a correspondent: its current boot, its links, and the head of its last beat.</summary>
public sealed class PeerSession
{
    private const int RememberedBoots = 8;
    private readonly (ulong Boot, (ulong Highest, ulong Window)[] Marks)[] replaced = new (ulong, (ulong, ulong)[])[RememberedBoots];
    private int replacedNext;

    public PeerSession(TalkPeer peer, TalkRules rules)
    {
        Peer = peer;
        Links = new LinkSession[peer.Links];
        for (var i = 0; i < Links.Length; i++)
        {
            Links[i] = new LinkSession(new AdaptiveTimeout(rules.Every, rules.Factor));
        }
    }

    public TalkPeer Peer { get; }

    public LinkSession[] Links { get; }

    /// <summary>0 until a boot has been proven.</summary>
    public ulong Boot { get; private set; }

    /// <summary>The newest stamp of ours that it has echoed. Another boot of it must echo a newer one: who is dead does not hear us any more.</summary>
    public long NewestEcho { get; private set; }

    public Health Arbiter { get; set; }

    public bool Ground { get; set; } = true;

    public ushort LateMs { get; set; }

    /// <summary>When the next beat to it is due.</summary>
    public Instant BeatAt { get; set; }

    /// <summary>The best of its links: one that is heard is enough.</summary>
    public Health Health
    {
        get
        {
            var best = Health.Failed;
            foreach (var link in Links)
            {
                best = Rank(link.Health) < Rank(best) ? link.Health : best;
            }

            return best;
        }
    }

    public void Echoed(long stamp) => NewestEcho = Math.Max(NewestEcho, stamp);

    /// <summary>Another boot speaks. One that spoke before goes on where it was, so that nothing of it is heard twice: a late datagram of a dead boot can have
    /// displaced a living one, which then comes back with a newer echo.</summary>
    public void Begin(ulong boot)
    {
        var marks = new (ulong Highest, ulong Window)[Links.Length];
        for (var i = 0; i < replaced.Length; i++)
        {
            if (replaced[i].Boot == boot && boot != 0)
            {
                marks = replaced[i].Marks;
                replaced[i] = default;
            }
        }

        if (Boot != 0)
        {
            replaced[replacedNext++ % RememberedBoots] = (Boot, [.. Links.Select(l => l.Marks)]);
        }

        Boot = boot;
        Arbiter = Health.Unknown;
        Ground = true;
        for (var i = 0; i < Links.Length; i++)
        {
            Links[i].Renew(marks[i]);
        }
    }

    /// <summary>A link that is neither good nor long dead, by our own ear or by its: more beats help to tell.</summary>
    public bool LooksBad(Instant now, TimeSpan eagerFor)
    {
        foreach (var link in Links)
        {
            if (link.Health == Health.Suspect || (link.Health == Health.Failed && now - link.Since < eagerFor) || (link.EverHeard && link.TheyHear == Health.Suspect))
            {
                return true;
            }
        }

        return false;
    }

    private static int Rank(Health health) => health switch
    {
        Health.Healthy => 0,
        Health.Suspect => 1,
        Health.Unknown => 2,
        Health.Failed => 3,
    };
}

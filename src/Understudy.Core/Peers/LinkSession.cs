using System.Numerics;
using Understudy.Core.Evidence;

namespace Understudy.Core.Peers;

/// <summary>One link to one peer, as its boot that is current speaks on it: sequence numbers both ways, silence, loss, jitter, and what the peer says of us.</summary>
public sealed class LinkSession(AdaptiveTimeout patience)
{
    private ulong first;
    private ulong highest;
    private ulong window;
    private long lastTransit;
    private bool greeted;
    private Instant greetedAt;
    private (ulong Boot, long Stamp)? stranger;

    /// <summary>Sequence of the next datagram to the peer on this link.</summary>
    public ulong NextSequence { get; set; } = 1;

    public bool EverHeard { get; private set; }

    /// <summary>When the newest accepted datagram arrived, moved forward by time in which we were deaf.</summary>
    public Instant HeardAt { get; private set; }

    public Health Health { get; private set; }

    public Instant Since { get; private set; }

    /// <summary>Boot and stamp that our next datagram echoes, and when they arrived.</summary>
    public ulong EchoBoot { get; private set; }

    public long EchoStamp { get; private set; }

    public Instant EchoAt { get; private set; }

    /// <summary>Interarrival jitter after RFC 3550 section 6.4.1, in 100 ns.</summary>
    public long JitterTicks { get; private set; }

    public TimeSpan RoundTrip { get; private set; }

    /// <summary>The adaptive time-out, for <c>heartbeat.judge: adaptive</c>.</summary>
    public AdaptiveTimeout RoundTrips { get; private set; } = patience;

    /// <summary>How the peer says that it hears us on this link.</summary>
    public Health TheyHear { get; set; }

    public long Accepted { get; private set; }

    /// <summary>Share of the last 64 sequence numbers that did not arrive, in percent; of those since the first that we heard, where these are fewer.</summary>
    public byte LossPercent
    {
        get
        {
            var span = (int)Math.Min(64, highest - first + 1);
            return EverHeard ? (byte)(Math.Max(0, span - BitOperations.PopCount(window)) * 100 / span) : (byte)0;
        }
    }

    /// <summary>True once for each sequence number, as long as it is not older than the window.</summary>
    public bool Fresh(ulong sequence)
    {
        if (sequence > highest)
        {
            first = highest == 0 ? sequence : first;
            var ahead = sequence - highest;
            window = ahead >= 64 ? 1 : (window << (int)ahead) | 1;
            highest = sequence;
            return true;
        }

        var behind = highest - sequence;
        if (behind >= 64 || sequence == 0 || (window & (1UL << (int)behind)) != 0)
        {
            return false;
        }

        window |= 1UL << (int)behind;
        return true;
    }

    public void Heard(ulong boot, long stamp, Instant at)
    {
        var transit = at.Ticks - stamp;
        if (EverHeard)
        {
            JitterTicks += (Math.Abs(transit - lastTransit) - JitterTicks) / 16;
        }

        lastTransit = transit;
        EverHeard = true;
        HeardAt = Instant.Later(HeardAt, at);
        Accepted++;
        (EchoBoot, EchoStamp, EchoAt) = (boot, stamp, at);
    }

    /// <summary>
    /// A boot that is not the current one spoke. True when it may be answered, which is at most once in <paramref name="every"/>: what was recorded long ago can be
    /// played back at any rate, and must crowd out neither our own datagrams nor the echoes of the boot that lives.
    /// </summary>
    public bool Greet(ulong boot, long stamp, Instant at, TimeSpan every)
    {
        if (greeted && at - greetedAt < every)
        {
            return false;
        }

        (greeted, greetedAt, stranger) = (true, at, (boot, stamp));
        return true;
    }

    /// <summary>What the datagram that is being framed echoes: for once the stranger that it answers, else the newest that was accepted.</summary>
    public (ulong Boot, long Stamp, Instant At) TakeEcho()
    {
        if (stranger is not { } s)
        {
            return (EchoBoot, EchoStamp, EchoAt);
        }

        stranger = null;
        return (s.Boot, s.Stamp, greetedAt);
    }

    public void RoundTripped(TimeSpan span)
    {
        RoundTrip = span;
        RoundTrips = RoundTrips.Hear(span);
    }

    /// <summary>Judges the silence. Returns true when the verdict is another than before.</summary>
    public bool Look(Instant now, TimeSpan suspectAfter, TimeSpan deadAfter, Instant startedAt)
    {
        var silence = EverHeard ? now - HeardAt : now - startedAt;
        var health = silence >= deadAfter ? Health.Failed : !EverHeard ? Health.Unknown : silence >= suspectAfter ? Health.Suspect : Health.Healthy;
        if (health == Health)
        {
            return false;
        }

        (Health, Since) = (health, now);
        return true;
    }

    /// <summary>When the verdict changes if nothing is heard; null when it is as bad as it gets.</summary>
    public Instant? LookAt(TimeSpan suspectAfter, TimeSpan deadAfter, Instant startedAt) => Health switch
    {
        Health.Failed => null,
        Health.Suspect => HeardAt + deadAfter,
        Health.Healthy => HeardAt + suspectAfter,
        Health.Unknown => startedAt + deadAfter,
    };

    /// <summary>Time in which we could not have heard anything is not held against the peer.</summary>
    public void WereDeaf(TimeSpan span, Instant now) => HeardAt = Instant.Earlier(HeardAt + span, now);

    /// <summary>Which sequence numbers of the current boot were accepted.</summary>
    public (ulong Highest, ulong Window) Marks => (highest, window);

    /// <summary>Another boot of the peer: its numbers start anew, or where they were; ours go on.</summary>
    public void Renew((ulong Highest, ulong Window) marks)
    {
        (highest, window, JitterTicks, lastTransit) = (marks.Highest, marks.Window, 0, 0);
        first = highest - (ulong)(63 - BitOperations.LeadingZeroCount(window | 1));      // the oldest in the window; what came before it is not counted any more
        TheyHear = Health.Unknown;
    }
}

using Understudy.Core.Evidence;

namespace Understudy.Core.Peers;

/// <summary>What an accepted datagram was: of the peer's current boot, fresh, and to be believed.</summary>
/// <param name="NewBoot">With it another boot of the peer began.</param>
public readonly record struct Heard(int Peer, DatagramKind Kind, Range Body, long SentAt, byte Link, bool NewBoot, bool AnswerNow);

/// <summary>
/// The talk with all peers: opens datagrams, keeps replay windows and silence, frames what leaves. It knows nothing of duties.
/// Allocates nothing per datagram.
/// </summary>
public sealed class PeerTalk
{
    /// <summary>How old the stamp of ours may be that proves a new boot.</summary>
    private static readonly TimeSpan ProofAge = TimeSpan.FromSeconds(3);

    private TalkRules rules;
    private Instant startedAt;
    private readonly PeerSession[] sessions;
    private readonly long[] refused = new long[(int)Refusal.Body + 1];

    public PeerTalk(TalkRules rules, KeyRing keys, Instant now)
    {
        (this.rules, Keys, startedAt) = (rules, keys, now);
        sessions = [.. rules.Peers.Select(p => new PeerSession(p, rules) { BeatAt = now })];
    }

    /// <summary>Replaced when the secrets are read anew.</summary>
    public KeyRing Keys { get; set; }

    /// <summary>Other cadence and patience for the same correspondents.</summary>
    public TalkRules Rules
    {
        get => rules;
        set => rules = value;
    }

    public Outbox Outbox { get; } = new();

    public ReadOnlySpan<PeerSession> Sessions => sessions;

    /// <summary>Listening begins: silence counts from now.</summary>
    public void Begin(Instant now)
    {
        startedAt = now;
        foreach (var session in sessions)
        {
            session.BeatAt = now;
        }
    }

    /// <summary>How many datagrams were dropped, and why.</summary>
    public ReadOnlySpan<long> Refused => refused;

    public long Received { get; private set; }

    /// <summary>Takes one datagram in. Whatever is not <see cref="Refusal.None"/> was counted and must not be believed.</summary>
    /// <param name="link">The link whose socket received it; -1 takes its own word (a witness has one socket for all).</param>
    /// <param name="answer">The peer must be sent a beat at once, on the link of <paramref name="heard"/>.</param>
    public Refusal Receive(ReadOnlySpan<byte> bytes, int link, Instant at, Instant now, out Heard heard, out bool answer)
    {
        answer = false;
        var refusal = Accept(bytes, link, at, now, out heard, ref answer);
        if (refusal == Refusal.None)
        {
            Received++;
        }
        else
        {
            refused[(int)refusal]++;
        }

        return refusal;
    }

    /// <summary>Counts a body that passed the MAC and still makes no sense.</summary>
    public void RefuseBody() => refused[(int)Refusal.Body]++;

    private Refusal Accept(ReadOnlySpan<byte> bytes, int link, Instant at, Instant now, out Heard heard, ref bool answer)
    {
        heard = default;
        var refusal = Datagram.Open(bytes, Keys, out var header, out var body);
        if (refusal != Refusal.None)
        {
            return refusal;
        }

        var peer = IndexOf(header.Sender);
        if (peer < 0 || header.Boot == 0)
        {
            return Refusal.UnknownSender;
        }

        var session = sessions[peer];
        if (header.Link >= session.Links.Length || (link >= 0 && header.Link != link))
        {
            return Refusal.WrongLink;
        }

        var line = session.Links[header.Link];
        var newBoot = header.Boot != session.Boot;
        if (newBoot)
        {
            if (!Proven(header, now) || header.EchoedStamp <= session.NewestEcho)
            {
                heard = new Heard(peer, header.Kind, body, header.SentAt, header.Link, NewBoot: true, AnswerNow: false);
                answer = line.Greet(header.Boot, header.SentAt, at, rules.Eager);
                return Refusal.Unproven;
            }

            session.Begin(header.Boot);
        }

        if (!line.Fresh(header.Sequence))
        {
            return Refusal.Replayed;
        }

        line.Heard(header.Boot, header.SentAt, at);
        if (header.EchoedBoot == rules.Boot && header.EchoedStamp > 0 && header.EchoedStamp <= at.Ticks)
        {
            session.Echoed(header.EchoedStamp);
            var trip = at.Ticks - header.EchoedStamp - (header.HeldForUs * (TimeSpan.TicksPerMillisecond / 1000));
            if (trip >= 0)
            {
                line.RoundTripped(new TimeSpan(trip));
            }
        }

        heard = new Heard(peer, header.Kind, body, header.SentAt, header.Link, newBoot, (header.Flags & DatagramHeader.AnswerNow) != 0);
        return Refusal.None;
    }

    private bool Proven(in DatagramHeader header, Instant now) =>
        header.EchoedBoot == rules.Boot && header.EchoedStamp <= now.Ticks && now.Ticks - header.EchoedStamp <= ProofAge.Ticks;

    /// <summary>Frames a body that the caller wrote behind the header of the outbox's <see cref="Outbox.Room"/>, and posts it.</summary>
    public void Post(Span<byte> room, DatagramKind kind, int bodyBytes, int peer, int link, Instant now, byte flags = 0)
    {
        var bytes = Frame(room, kind, bodyBytes, peer, link, now, sessions[peer].Links[link].NextSequence++, flags);
        Outbox.Post(peer, link, bytes);
    }

    /// <summary>Frames a body with a given sequence and posts nothing: for the guardian's ready-made datagrams.</summary>
    public int Frame(Span<byte> room, DatagramKind kind, int bodyBytes, int peer, int link, Instant now, ulong sequence, byte flags = 0)
    {
        var line = sessions[peer].Links[link];
        var echo = line.TakeEcho();
        var held = echo.Boot == 0 ? 0 : Math.Clamp((now - echo.At).Ticks / (TimeSpan.TicksPerMillisecond / 1000), 0, uint.MaxValue);
        var header = new DatagramHeader(kind, 0, rules.Self, rules.Boot, sequence, now.Ticks, echo.Boot, echo.Stamp, (uint)held, (byte)link, flags);
        return Datagram.Frame(room, header, bodyBytes, Keys.Signer);
    }

    /// <summary>Judges every link's silence. True when any verdict changed.</summary>
    public bool Look(Instant now)
    {
        var changed = false;
        foreach (var session in sessions)
        {
            foreach (var link in session.Links)
            {
                changed |= link.Look(now, rules.SuspectAfter, DeadAfter(link), startedAt);
            }
        }

        return changed;
    }

    /// <summary>When a verdict changes or a beat is due, if nothing is heard.</summary>
    public Instant NextLook()
    {
        var next = Instant.Never;
        foreach (var session in sessions)
        {
            next = Instant.Earlier(next, session.BeatAt);
            foreach (var link in session.Links)
            {
                next = Instant.Earlier(next, link.LookAt(rules.SuspectAfter, DeadAfter(link), startedAt) ?? Instant.Never);
            }
        }

        return next;
    }

    public void WereDeaf(TimeSpan span, Instant now)
    {
        foreach (var session in sessions)
        {
            foreach (var link in session.Links)
            {
                link.WereDeaf(span, now);
            }
        }
    }

    /// <summary>True when a beat to this peer is due; the next one is then planned.</summary>
    public bool BeatDue(int peer, Instant now)
    {
        var session = sessions[peer];
        if (now < session.BeatAt)
        {
            return false;
        }

        var span = session.LooksBad(now, rules.EagerFor) ? rules.Eager : rules.Every;
        var next = session.BeatAt + span;
        session.BeatAt = next > now ? next : now + span;
        return true;
    }

    /// <summary>How we hear a peer on each link, as a beat tells it.</summary>
    public int WriteHeard(int peer, Instant now, Span<HeardEntry> into)
    {
        var links = sessions[peer].Links;
        for (var i = 0; i < links.Length; i++)
        {
            var l = links[i];
            var silent = l.EverHeard ? (uint)Math.Clamp((long)(now - l.HeardAt).TotalMilliseconds, 0, uint.MaxValue - 1) : uint.MaxValue;
            into[i] = new HeardEntry((byte)i, l.Health, l.LossPercent, (byte)Math.Clamp(l.JitterTicks / TimeSpan.TicksPerMillisecond, 0, 255), silent);
        }

        return links.Length;
    }

    public int IndexOf(ulong sender)
    {
        for (var i = 0; i < sessions.Length; i++)
        {
            if (sessions[i].Peer.Id == sender)
            {
                return i;
            }
        }

        return -1;
    }

    private TimeSpan DeadAfter(LinkSession link) =>
        rules.Judge == Settings.HeartbeatJudge.Adaptive && link.RoundTrips.Timeout > rules.SuspectAfter ? link.RoundTrips.Timeout : rules.DeadAfter;
}

using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>
/// One half of a pair of aggregators: our own connection to the peer, pings over it, the copy of what the peer collects, and the decision to collect it in the peer's place. Collecting twice is harmless, collecting not at all is
/// a hole; so we begin early and end late: we take over as soon as the peer is silent for the echo's time-out or its port refuses us, and hand back only when the peer says that it has samples of everything again.
/// </summary>
/// <remarks>Seed 001. Where its daemon broke before it made (a returning peer began only after we had stopped), an Understudy makes before it breaks; a stock daemon at the other end is treated as it expects.</remarks>
public sealed class PairDesk
{
    /// <summary>The errnos of asm-generic that LDMS answers with.</summary>
    public const int EPERM = 1;
    public const int EAGAIN = 11;
    public const int EINVAL = 22;

    /// <summary>The version of what we add to the protocol.</summary>
    public const int Speaks = 1;

    /// <summary>An answer to something other than a ping is waited for so long; LDMS waits for ever, and never starts beside a peer that hangs (spec 1.5).</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>A process that is killed takes a moment to go: its listener may still take a connection that nobody will answer, and then end it. So after a loss a few further attempts follow at once.</summary>
    private static readonly TimeSpan s_hurry = TimeSpan.FromMilliseconds(20);

    private const int Hurries = 5;

    private readonly string name;
    private readonly PairTelling telling = new();
    private readonly PairCharges charges;
    private EchoTimes times = EchoTimes.None;
    private Instant linkDue = Instant.Never;
    private Instant pingDue = Instant.Never;
    private Instant stopDue = Instant.Never;
    private ulong askedVersion;
    private int hurries;
    private bool wasConfigured;
    private bool refetching;
    private bool silent;

    /// <param name="name">Ours: what <c>-n</c> says.</param>
    public PairDesk(string name, PairRules rules)
    {
        this.name = name;
        Rules = rules;
        charges = new PairCharges(Orders, Notes);
    }

    public PairRules Rules { get; private set; }

    public PairService Service { get; private set; }

    public PairLink Link { get; private set; }

    /// <summary>We collect at least one of the peer's producers.</summary>
    public bool StandsIn => charges.StandsIn;

    /// <summary>We collect this one of the peer's producers.</summary>
    public bool Covers(string producer) => charges.Covers(producer);

    public Instant Since => charges.Since;

    /// <summary>Why we do, or do not.</summary>
    public string Why => charges.Why;

    public bool HasPeerConfig { get; private set; }

    /// <summary>An Understudy is at the other end.</summary>
    public bool PeerSpeaks { get; private set; }

    public int PingsSkipped { get; private set; }

    public Instant? PingAt { get; private set; }

    public Instant? EchoAt { get; private set; }

    /// <summary>Without an echo until then the peer is taken for dead; never while nothing is known of it.</summary>
    public Instant TimeoutAt { get; private set; } = Instant.Never;

    /// <summary>Producers of the peer's that were taken or handed back since the start.</summary>
    public long Moves => charges.Moves;

    public EchoTimes Times => times;

    public bool IsPinging { get; private set; }

    public PairEcho? LastEcho { get; private set; }

    /// <summary>Our own configuration's version, not 0; whether it runs; and which of our own producers give no samples. Told by who knows.</summary>
    public (ulong Version, bool Active, ValueList<string> Lacks) Own { get; set; } = (0, false, []);

    public Queue<PairOrder> Orders { get; } = new();

    public Queue<CollectionNote> Notes { get; } = new();

    public Instant Deadline
    {
        get
        {
            var at = Instant.Earlier(Instant.Earlier(linkDue, stopDue), charges.Due);
            at = Service == PairService.Start && !silent && Rules.AutoSwitch ? Instant.Earlier(at, TimeoutAt) : at;
            return Link == PairLink.Configured ? Instant.Earlier(at, pingDue) : at;
        }
    }

    /// <summary>The flags that failover_status and echoes show.</summary>
    public PairMarks Flags =>
        PairMarks.Configured | (StandsIn ? PairMarks.PeerConfigActivated : PairMarks.None) | (HasPeerConfig ? PairMarks.PeerConfigReceived : PairMarks.None) | (IsPinging ? PairMarks.OutstandingPing : PairMarks.None)
        | (Own.Active ? PairMarks.OurConfigActivated : PairMarks.None) | (Link == PairLink.Unpairing ? PairMarks.OutstandingUnpair : PairMarks.None);

    /// <summary>Other settings; only while the service is stopped.</summary>
    public bool Configure(PairRules rules)
    {
        if (Service != PairService.Stop)
        {
            return false;
        }

        Rules = rules;
        return true;
    }

    public void Start(Instant now)
    {
        Service = PairService.Start;
        Say(now, "the pair's service starts", loud: false);
        Dial(now);
    }

    /// <summary>What the peer was known to collect before this daemon was started. While nothing is heard of the peer it is stood by for; it is covered when the peer stays silent, and forgotten for what the peer then says.</summary>
    public void Remember(PairMemory memory, Instant now)
    {
        if (HasPeerConfig || Service != PairService.Start)
        {
            return;
        }

        Take(memory.Items, memory.Version);
        HasPeerConfig = true;
        // Both may have been switched on at the same moment: the peer has the time that a new one has.
        TimeoutAt = now + Grace;
        Say(now, $"stands by for what {Named} collected before this start", loud: false);
    }

    /// <summary>Ends the service on both daemons; what the peer collects is forgotten here.</summary>
    public void Stop(Instant now)
    {
        if (Service != PairService.Start)
        {
            return;
        }

        Service = PairService.Stopping;
        Leave(now, "the pair's service was stopped");
        if (Link is PairLink.Configured or PairLink.Configuring or PairLink.Pairing or PairLink.PairingRetry)
        {
            Link = PairLink.Unpairing;
            stopDue = now + s_patience;
            Ask(new PairRequest.Reset());
        }
        else
        {
            Hang(now, "the pair's service was stopped");
            Stopped(now);
        }
    }

    /// <summary>An operator wants the peer's producers collected here, or not. With automatic switching the next echo or time-out may undo it.</summary>
    public void Switch(bool on, string by, Instant now)
    {
        if (on)
        {
            CoverAll(now, $"{by} asked for it");
        }
        else
        {
            StandBy(now, $"{by} asked for it");
        }
    }

    public void Connected(Instant now)
    {
        if (Link != PairLink.Connecting)
        {
            return;
        }

        Link = PairLink.Pairing;
        linkDue = now + s_patience;
        Ask(new PairRequest.Pair(name, Speaks));
    }

    /// <param name="refused">The peer's host answered that nobody listens there: the process is gone.</param>
    public void Disconnected(string why, bool refused, Instant now)
    {
        if (Link == PairLink.Disconnected)
        {
            return;
        }

        var had = Link is PairLink.Configured or PairLink.Configuring or PairLink.Resetting;
        Link = PairLink.Disconnected;
        IsPinging = false;
        refetching = false;
        if (Service == PairService.Stopping)
        {
            Stopped(now);
            return;
        }

        if (had)
        {
            Say(now, $"the connection to {Named} is gone: {why}", loud: true);
            hurries = Hurries;
            Dial(now);      // a port that refuses tells more than a connection that ended
            return;
        }

        if (!refused && hurries > 0)
        {
            hurries--;
            linkDue = now + s_hurry;
            return;
        }

        if (refused && wasConfigured && Rules.AutoSwitch)
        {
            FallSilent(now, $"{Named} is gone: its connection ended and its port refuses");
        }

        linkDue = now + Rules.Interval;
    }

    /// <summary>The peer answered the one request that was under way.</summary>
    public void Answered(PairRequest request, PairReply reply, Instant now)
    {
        switch (request)
        {
            case PairRequest.Pair when Link == PairLink.Pairing:
                Paired(reply, now);
                break;
            case PairRequest.PeerConfig when Link == PairLink.Configuring || refetching:
                Fetched(reply, now);
                break;
            case PairRequest.Ping when Link == PairLink.Configured && IsPinging:
                Echoed(reply, now);
                break;
            case PairRequest.Reset when Link == PairLink.Unpairing:
                Hang(now, "the pair was dissolved");
                Stopped(now);
                break;
        }
    }

    /// <summary>The peer asks something of us.</summary>
    public PairReply Asked(PairRequest request, Instant now)
    {
        switch (request)
        {
            case PairRequest.Pair pair:
                return Service != PairService.Start ? new PairReply(EAGAIN, "the failover service does not run", null)
                    : IsPeer(pair.Name) ? new PairReply(0, "", null) : new PairReply(EPERM, $"{pair.Name} is not the peer of {name}", null);
            case PairRequest.Ping ping:
                return IsPeer(ping.Name) ? new PairReply(0, "", Echo()) : new PairReply(EINVAL, "peer name unmatched", null);
            case PairRequest.Reset:
                if (Service == PairService.Start)
                {
                    Service = PairService.Stopping;
                    Leave(now, $"{Named} has dissolved the pair");
                    Hang(now, "the pair was dissolved");
                    Stopped(now);
                }

                return new PairReply(0, "", null);
            case PairRequest.PeerConfig:
                return new PairReply(0, "", Echo());
            case PairRequest.Told item:
                Hear(item);
                return new PairReply(0, "", null);
            default:
                return new PairReply(EINVAL, "unknown", null);
        }
    }

    public void Look(Instant now)
    {
        if (now >= linkDue)
        {
            linkDue = Instant.Never;
            switch (Link)
            {
                case PairLink.Disconnected when Service == PairService.Start:
                    Dial(now);
                    break;
                case PairLink.PairingRetry:
                    Link = PairLink.Pairing;
                    linkDue = now + s_patience;
                    Ask(new PairRequest.Pair(name, Speaks));
                    break;
                case PairLink.Connecting or PairLink.Pairing or PairLink.Configuring:
                    Hang(now, $"{Named} did not answer");
                    break;
            }
        }

        if (Service == PairService.Start && !silent && Rules.AutoSwitch && HasPeerConfig && now >= TimeoutAt)
        {
            FallSilent(now, EchoAt is { } echo ? $"{Named} has not echoed for {Spans.Say(now - echo)}; it had {Spans.Say(TimeoutAt - echo)}" : $"{Named} has not been heard since this daemon was started");
        }

        if (now >= charges.Due)
        {
            Weigh(now);
        }

        if (Link == PairLink.Configured && now >= pingDue)
        {
            Ping(now);
        }

        if (now >= stopDue)
        {
            Hang(now, $"{Named} did not answer");
            Stopped(now);
        }
    }

    /// <summary>Before its first echo a peer has so long.</summary>
    private TimeSpan Grace => Spans.Longer(s_patience, Rules.Interval * Rules.Factor);

    private string Named => Rules.Named;

    private bool IsPeer(string asking) => Rules.PeerName is not { } peer || peer == asking;

    /// <summary>What our echo says.</summary>
    private PairEcho Echo() => new((int)Service, (int)Link, Flags, Own.Version, Own.Lacks);

    private void Dial(Instant now)
    {
        Link = PairLink.Connecting;
        linkDue = now + s_patience;
        Orders.Enqueue(new PairOrder.Connect());
    }

    private void Ask(PairRequest request) => Orders.Enqueue(new PairOrder.Ask(request));

    private void Paired(PairReply reply, Instant now)
    {
        switch (reply.Code)
        {
            case 0:
                Link = PairLink.Configuring;
                linkDue = now + s_patience;
                telling.Begin();
                Ask(new PairRequest.PeerConfig());
                break;
            case EAGAIN:
                Link = PairLink.PairingRetry;
                linkDue = now + Rules.Interval;
                break;
            default:
                Say(now, $"{Named} does not pair with {name}: {(reply.Text.Length > 0 ? reply.Text : $"error {reply.Code}")}", loud: true);
                Hang(now, "it does not pair");
                break;
        }
    }

    private void Fetched(PairReply reply, Instant now)
    {
        if (reply.Code != 0)
        {
            Hang(now, $"it does not tell what it collects: error {reply.Code}");
            return;
        }

        PeerSpeaks = reply.Echo is { Version: > 0 };
        askedVersion = reply.Echo?.Version ?? askedVersion;
        Take(telling.Take(), askedVersion);
        HasPeerConfig = true;
        if (refetching)
        {
            refetching = false;
            Say(now, $"{Named} has changed what it collects; the copies here follow", loud: false);
            return;
        }

        Link = PairLink.Configured;
        hurries = 0;
        wasConfigured = true;
        linkDue = Instant.Never;
        times = EchoTimes.None;
        TimeoutAt = now + Grace;
        EchoAt = now;
        silent = false;
        Say(now, $"paired with {Named}{(PeerSpeaks ? "" : ", a stock daemon")}", loud: false);
        if (!PeerSpeaks && StandsIn && Rules.AutoSwitch)
        {
            StandBy(now, $"{Named}, a stock daemon, is back, and begins only when we have ended");
        }

        Ping(now);
    }

    private void Ping(Instant now)
    {
        pingDue = now + Rules.Interval;
        if (IsPinging)
        {
            PingsSkipped++;
            return;
        }

        IsPinging = true;
        PingAt = now;
        Ask(new PairRequest.Ping(name));
    }

    private void Echoed(PairReply reply, Instant now)
    {
        IsPinging = false;
        if (reply.Code != 0 || reply.Echo is not { } echo)
        {
            Hang(now, $"it does not echo: {(reply.Text.Length > 0 ? reply.Text : $"error {reply.Code}")}");
            return;
        }

        times = silent || now >= TimeoutAt ? times : times.With(PingAt ?? now, now);      // a hang, theirs or ours, is no round trip: it would make the next one last twice as long
        LastEcho = echo;
        EchoAt = now;
        TimeoutAt = times.Deadline(now, Rules.Interval, Rules.Factor);
        if (silent)
        {
            silent = false;      // it was stopped, or cut off, and its connection outlived that
            Say(now, $"{Named} echoes again", loud: true);
        }

        if (PeerSpeaks && echo.Version != askedVersion && !refetching)
        {
            askedVersion = echo.Version;
            refetching = true;
            telling.Begin();
            Ask(new PairRequest.PeerConfig());
        }

        if (!PeerSpeaks)
        {
            if (StandsIn && Rules.AutoSwitch)
            {
                StandBy(now, $"{Named}, a stock daemon, is back");
            }

            return;
        }

        charges.Heard(echo.Lacks, now);
        Weigh(now);
    }

    private void Weigh(Instant now)
    {
        if (silent || !Rules.AutoSwitch || Link != PairLink.Configured || !PeerSpeaks)
        {
            charges.Rest();
        }
        else
        {
            charges.Weigh(Rules, now);
        }
    }

    /// <summary>What was told becomes what the peer collects.</summary>
    private void Take(ValueList<PairItem> items, ulong version)
    {
        Orders.Enqueue(new PairOrder.Adopt(new PairMemory(Rules.Named, version, items)));
        charges.Replace(items.OfType<PairItem.Producer>().Select(p => p.Name).ToHashSet(StringComparer.Ordinal));
    }

    private void Hear(PairRequest.Told item)
    {
        if (Link == PairLink.Configuring || refetching)      // else nobody has asked
        {
            telling.Hear(item.Item, item.Whole);
        }
    }

    private void FallSilent(Instant now, string why)
    {
        if (!silent)
        {
            silent = true;
            CoverAll(now, why);
        }
    }

    private void CoverAll(Instant now, string why)
    {
        Say(now, $"collects what {Named} collected: {why}", loud: true);
        charges.CoverAll(Rules, why, now);
    }

    private void StandBy(Instant now, string why) => charges.StandBy(Rules, why, now);

    private void Leave(Instant now, string why)
    {
        StandBy(now, why);
        charges.Clear();
        charges.Why = why;
        silent = false;
        HasPeerConfig = false;
        wasConfigured = false;
        TimeoutAt = Instant.Never;
        Orders.Enqueue(new PairOrder.Forget());
    }

    private void Hang(Instant now, string why)
    {
        if (Link == PairLink.Disconnected)
        {
            return;
        }

        Orders.Enqueue(new PairOrder.Close());
        Link = PairLink.Disconnected;
        IsPinging = false;
        refetching = false;
        linkDue = Service == PairService.Start ? now + Rules.Interval : Instant.Never;
        Say(now, $"closed the connection to {Named}: {why}", loud: false);
    }

    private void Stopped(Instant now)
    {
        Service = PairService.Stop;
        stopDue = Instant.Never;
        linkDue = Instant.Never;
        Say(now, "the pair's service has stopped", loud: false);
    }

    private void Say(Instant now, string text, bool loud) => Notes.Enqueue(new CollectionNote(now, "pair", text, loud));
}

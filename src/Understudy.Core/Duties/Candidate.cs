using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using static Understudy.Core.Duties.DutyEvent;

namespace Understudy.Core.Duties;

/// <summary>One decision as the ledger keeps it.</summary>
public sealed record Turn(string Duty, Instant At, DutyState Before, DutyEvent Event, DutyStep Step);

/// <summary>What a peer said of one of its guards.</summary>
public readonly record struct GuardHeard(string Peer, GuardEntry Entry, Instant At);

/// <summary>What a peer said of its part in the shared collection.</summary>
public readonly record struct ShareHeard(string Peer, ShareWord Word, Instant At);

/// <summary>An order for whoever performs effects.</summary>
public readonly record struct DutyOrder(int Duty, DutyEffect Effect);

/// <summary>
/// One candidate host as a whole: its talk with the others, its duties' stance machines, and the way between them. It is driven from outside by
/// four calls (a datagram came, time passed, a fact was seen, a device changed) and leaves datagrams, orders and turns for its driver: the daemon's loop, or a
/// simulated world. It owns all state, and touches nothing.
/// </summary>
public sealed class Candidate
{
    /// <summary>Words about guards that wait for somebody to take them out. More than all peers say in a round; when nobody takes them, the oldest go first.</summary>
    public const int MaxGuardsHeard = 512;

    private const int MaxFollowUps = 8;
    private readonly PeerTalk talk;
    private readonly DutyDesk[] desks;
    private readonly int witness;
    private readonly DutyEntry[] entries = new DutyEntry[BeatBody.MaxDuties];
    private readonly HeardEntry[] heardEntries = new HeardEntry[BeatBody.MaxHeard];
    private readonly Dictionary<string, bool> carriers = new(StringComparer.Ordinal);
    private readonly Health[][] linkWas;
    private Instant expectedBy;
    private TimeSpan lateAtWorst;
    private Instant lateSince;

    /// <param name="epochs">By duty: the last epoch in the ledger.</param>
    public Candidate(CandidateRules rules, KeyRing keys, ReadOnlySpan<long> epochs, Instant now)
    {
        Rules = rules;
        talk = new PeerTalk(rules.Talk, keys, now);
        desks = new DutyDesk[rules.Duties.Count];
        for (var i = 0; i < desks.Length; i++)
        {
            var duty = rules.Duties[i];
            var peerOf = duty.Candidates.Select(c => c == rules.Node ? -1 : talk.IndexOf(Datagram.Id(c))).ToArray();
            desks[i] = new DutyDesk(duty, rules.Devices[i], peerOf, DutyState.AtStart(duty, epochs[i], now.Ticks, now));
        }

        witness = rules.Arbitrated ? talk.IndexOf(Datagram.Id(CandidateRules.WitnessName)) : -1;
        linkWas = [.. rules.Talk.Peers.Select(p => new Health[p.Links])];
        (expectedBy, lateSince) = (now, now);
    }

    public CandidateRules Rules { get; private set; }

    public PeerTalk Talk => talk;

    public ReadOnlySpan<DutyDesk> Desks => desks;

    public Outbox Outbox => talk.Outbox;

    /// <summary>Orders to perform, oldest first; the driver takes them out.</summary>
    public Queue<DutyOrder> Orders { get; } = new();

    /// <summary>Decisions to write down before the orders are performed.</summary>
    public Queue<Turn> Turns { get; } = new();

    /// <summary>What peers said of their guards, oldest first; the driver takes it out. A word comes once for each link, so the same may stand there twice.</summary>
    public Queue<GuardHeard> GuardsHeard { get; } = new();

    /// <summary>What peers said of their part in the shared collection; as <see cref="GuardsHeard"/>.</summary>
    public Queue<ShareHeard> SharesHeard { get; } = new();

    public Health Arbiter => witness < 0 ? Health.Unknown : talk.Sessions[witness].Health;

    /// <summary>How late our own loop was at worst in the last second.</summary>
    public TimeSpan LateAtWorst => lateAtWorst;

    /// <summary>The driver is ready and its loop begins: time before this is not held against anybody.</summary>
    public void Begin(Instant now)
    {
        talk.Begin(now);
        (expectedBy, lateSince) = (now, now);
    }

    /// <summary>A datagram came in. Call <see cref="Wake"/> when no more are waiting: sockets are drained before anything is judged.</summary>
    public Refusal Receive(ReadOnlySpan<byte> bytes, int link, Instant at, Instant now)
    {
        var refusal = talk.Receive(bytes, link, at, now, out var heard, out var answer);
        if (answer)
        {
            Beat(heard.Peer, heard.Link, now);
        }

        if (refusal != Refusal.None)
        {
            return refusal;
        }

        if (heard.NewBoot)
        {
            Forget(heard.Peer, now);
        }

        var body = bytes[heard.Body];
        var understood = heard.Kind switch
        {
            DatagramKind.Beat => HeardBeat(heard, body, now),
            DatagramKind.LetGo => HeardLetGo(heard, body, now),
            DatagramKind.Answer => HeardAnswer(heard, body, now),
            DatagramKind.Ask => false,      // we are no witness
            DatagramKind.Guard => HeardGuards(heard, body, now),
            DatagramKind.Share => HeardShare(heard, body, now),
        };
        if (!understood)
        {
            talk.RefuseBody();
            return Refusal.Body;
        }

        return Refusal.None;
    }

    /// <summary>Time has passed, and everything that had arrived has been taken in.</summary>
    public void Wake(Instant now)
    {
        NoteLateness(now);
        if (talk.Look(now))
        {
            LinksChanged(now);
        }

        for (var i = 0; i < desks.Length; i++)
        {
            if (DutyMachine.Deadline(desks[i].Rules, desks[i].State) is { } at && now >= at)
            {
                Tell(i, new Woke(), now);
            }
        }

        for (var p = 0; p < talk.Sessions.Length; p++)
        {
            if (talk.BeatDue(p, now))
            {
                for (var l = 0; l < talk.Sessions[p].Links.Length; l++)
                {
                    Beat(p, l, now);
                }
            }
        }

        expectedBy = Deadline();
    }

    /// <summary>When <see cref="Wake"/> is due, if nothing happens before.</summary>
    public Instant Deadline()
    {
        var next = talk.NextLook();
        foreach (var desk in desks)
        {
            if (DutyMachine.Deadline(desk.Rules, desk.State) is { } at)
            {
                next = Instant.Earlier(next, at);
            }
        }

        return next;
    }

    /// <summary>A fact for one duty.</summary>
    public void Tell(int duty, DutyEvent seen, Instant now)
    {
        var desk = desks[duty];
        for (var i = 0; i < MaxFollowUps; i++)
        {
            var before = desk.State;
            var step = DutyMachine.Next(desk.Rules, before, seen, now);
            desk.State = step.State;
            if (step.Reason is not null)
            {
                Turns.Enqueue(new Turn(desk.Rules.Duty, now, before, seen, step));
            }

            if (step.Reason is not null || before.Stance.GetType() != step.State.Stance.GetType())
            {
                BeatSoon(desk, now);
            }

            foreach (var effect in step.Effects)
            {
                Order(duty, desk, effect, now);
            }

            if (DutyMachine.Deadline(desk.Rules, desk.State) is not { } at || now < at)
            {
                return;
            }

            seen = new Woke();
        }
    }

    /// <summary>Says to every peer, on every link, how our guards stand. Nothing is repeated here: say it again in time.</summary>
    /// <param name="guards">All of ours; none is a word too: no guard of ours is concerned.</param>
    public void TellGuards(ReadOnlySpan<GuardEntry> guards, Instant now)
    {
        do
        {
            var these = guards[..Math.Min(guards.Length, GuardBody.MaxGuards)];
            guards = guards[these.Length..];
            for (var p = 0; p < talk.Sessions.Length; p++)
            {
                for (var l = 0; !talk.Sessions[p].Peer.Witness && l < talk.Sessions[p].Links.Length; l++)
                {
                    var room = talk.Outbox.Room();
                    if (!room.IsEmpty)
                    {
                        talk.Post(room, DatagramKind.Guard, GuardBody.Write(room[Datagram.HeaderBytes..], these), p, l, now);
                    }
                }
            }
        }
        while (!guards.IsEmpty);
    }

    /// <summary>Says to every peer, on every link, what our part in the shared collection is. Nothing is repeated here: say it again in time.</summary>
    public void TellShare(ShareWord word, Instant now)
    {
        for (var p = 0; p < talk.Sessions.Length; p++)
        {
            for (var l = 0; !talk.Sessions[p].Peer.Witness && l < talk.Sessions[p].Links.Length; l++)
            {
                var room = talk.Outbox.Room();
                if (!room.IsEmpty)
                {
                    talk.Post(room, DatagramKind.Share, ShareBody.Write(room[Datagram.HeaderBytes..], word), p, l, now);
                }
            }
        }
    }

    /// <summary>A device that carries a duty's address has, or has no longer, a carrier.</summary>
    public void CarrierSeen(string device, bool up, Instant now)
    {
        if (carriers.TryGetValue(device, out var was) && was == up)
        {
            return;
        }

        carriers[device] = up;
        JudgeGround(now);
    }

    /// <summary>Other rules and keys for the same duties and correspondents; no stance changes by it.</summary>
    /// <exception cref="ArgumentException">Duties or correspondents are others.</exception>
    public void Adopt(CandidateRules rules, KeyRing keys)
    {
        if (!rules.Talk.Peers.Equals(Rules.Talk.Peers) || rules.Duties.Count != desks.Length)
        {
            throw new ArgumentException("other correspondents or duties need a new candidate", nameof(rules));
        }

        (Rules, talk.Keys, talk.Rules) = (rules, keys, rules.Talk);
        for (var i = 0; i < desks.Length; i++)
        {
            desks[i].Rules = rules.Duties[i];
        }
    }

    private void NoteLateness(Instant now)
    {
        var late = now - expectedBy;
        if (now - lateSince > TimeSpan.FromSeconds(1))
        {
            (lateAtWorst, lateSince) = (TimeSpan.Zero, now);
        }

        lateAtWorst = late > lateAtWorst ? late : lateAtWorst;
        if (late <= Rules.Talk.Every)
        {
            return;
        }

        talk.WereDeaf(late, now);
        for (var i = 0; i < desks.Length; i++)
        {
            if (late > desks[i].Rules.Lease / 2)
            {
                for (var c = 0; c < desks[i].Rules.Candidates.Count; c++)
                {
                    _ = desks[i].Forget(c);
                }

                Tell(i, new Stalled(late), now);
            }
        }
    }

    private void LinksChanged(Instant now)
    {
        for (var p = 0; p < talk.Sessions.Length; p++)
        {
            var session = talk.Sessions[p];
            for (var l = 0; l < session.Links.Length; l++)
            {
                var (was, health) = (linkWas[p][l], session.Links[l].Health);
                linkWas[p][l] = health;
                if (was == Health.Failed && health == Health.Healthy && !session.Peer.Witness)
                {
                    TellHolders(new LinkHealed($"{l} to {session.Peer.Name}"), now);
                }
            }

            if (session.LooksBad(now, Rules.Talk.EagerFor))
            {
                session.BeatAt = Instant.Earlier(session.BeatAt, now + Rules.Talk.Eager);
            }

            if (session.Health == Health.Failed && !session.Peer.Witness)
            {
                Forget(p, now);
            }
        }

        JudgeGround(now);
    }

    private void TellHolders(DutyEvent seen, Instant now)
    {
        for (var i = 0; i < desks.Length; i++)
        {
            if (desks[i].State.Stance is Stance.Active)
            {
                Tell(i, seen, now);
            }
        }
    }

    /// <summary>Nothing that this peer said counts any more.</summary>
    private void Forget(int peer, Instant now)
    {
        for (var i = 0; i < desks.Length; i++)
        {
            var candidate = desks[i].CandidateOf(peer);
            if (candidate >= 0 && desks[i].Forget(candidate))
            {
                Tell(i, new PeerReported(candidate, PeerView.Unheard), now);
            }
        }
    }

    private bool HeardBeat(in Heard heard, ReadOnlySpan<byte> body, Instant now)
    {
        if (!BeatBody.TryReadHead(body, out var head))
        {
            return false;
        }

        var session = talk.Sessions[heard.Peer];
        var ground = session.Arbiter != head.Arbiter || session.Ground != head.Ground;
        (session.Arbiter, session.Ground, session.LateMs) = (head.Arbiter, head.Ground, head.LateMs);
        for (var i = 0; i < head.Heard; i++)
        {
            if (!BeatBody.TryReadHeard(body, i, out var entry))
            {
                return false;
            }

            if (entry.Link < session.Links.Length && session.Links[entry.Link].TheyHear != entry.Health)
            {
                session.Links[entry.Link].TheyHear = entry.Health;
                ground = true;
            }
        }

        for (var i = 0; i < head.Duties; i++)
        {
            if (!BeatBody.TryReadDuty(body, i, out var entry))
            {
                return false;
            }

            HeardOf(heard, entry, now);
        }

        if (ground)
        {
            JudgeGround(now);
        }

        return true;
    }

    private void HeardOf(in Heard heard, in DutyEntry entry, Instant now)
    {
        for (var i = 0; i < desks.Length; i++)
        {
            var desk = desks[i];
            var candidate = desk.Id == entry.Duty ? desk.CandidateOf(heard.Peer) : -1;
            if (candidate < 0)
            {
                continue;
            }

            if (desk.Note(candidate, entry, now))
            {
                if ((long)entry.LetGo > desk.State.LetGo || ((long)entry.LetGo == desk.State.LetGo && entry.Successor != 0 && desk.State.Successor is null))
                {
                    Tell(i, new LetGoHeard(candidate, (long)entry.LetGo, NameOf(desk, entry.Successor)), now);
                }

                Tell(i, new PeerReported(candidate, desk.View(candidate)), now);
            }

            if ((entry.Flags & DutyEntry.AsksPromise) != 0)
            {
                Promise(i, desk, candidate, heard.SentAt, now);
            }

            if ((entry.Flags & DutyEntry.Promises) != 0 && entry.PromisedStamp <= now.Ticks && desk.Promised(candidate, entry.PromisedStamp) is > 0 and var oldest)
            {
                Tell(i, new PromisesHeard(new Instant(oldest)), now);
            }
        }
    }

    /// <summary>We promise only where we have nothing under way: a claim that was asked for could be granted at any moment.</summary>
    private void Promise(int duty, DutyDesk desk, int candidate, long stamp, Instant now)
    {
        if (desk.State.Stance is not (Stance.Unknown { Looked: true, Running: false } or Stance.Standby or Stance.Faulted or Stance.Held)
            || (desk.Rules.Arbitrated && desk.View(candidate).Epoch <= desk.State.LetGo))
        {
            desk.GivenStamps[candidate] = 0;
            return;
        }

        if (!desk.Rules.Arbitrated && desk.View(candidate).Epoch < desk.State.EpochSeen)
        {
            return;      // it must have heard of the newest epoch before it asks for the next; our beats tell it
        }

        desk.GivenStamps[candidate] = stamp;
        Tell(duty, new PromiseGiven(now + desk.Rules.Ttl, candidate), now);
        var session = talk.Sessions[desk.PeerOf[candidate]];
        session.BeatAt = Instant.Earlier(session.BeatAt, now);
    }

    private bool HeardLetGo(in Heard heard, ReadOnlySpan<byte> body, Instant now)
    {
        if (!LetGoBody.TryRead(body, out var said))
        {
            return false;
        }

        for (var i = 0; i < desks.Length; i++)
        {
            var candidate = desks[i].Id == said.Duty ? desks[i].CandidateOf(heard.Peer) : -1;
            if (candidate >= 0)
            {
                Tell(i, new LetGoHeard(candidate, (long)said.Epoch, NameOf(desks[i], said.Successor)), now);
            }
        }

        return true;
    }

    /// <summary>All of it is understood, or nothing of it counts.</summary>
    private bool HeardGuards(in Heard heard, ReadOnlySpan<byte> body, Instant now)
    {
        if (heard.Peer == witness || !GuardBody.TryReadCount(body, out var count))
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            if (!GuardBody.TryRead(body, i, out _))
            {
                return false;
            }
        }

        for (var i = 0; i < count; i++)
        {
            _ = GuardBody.TryRead(body, i, out var entry);
            while (GuardsHeard.Count >= MaxGuardsHeard)
            {
                _ = GuardsHeard.Dequeue();
            }

            GuardsHeard.Enqueue(new GuardHeard(talk.Sessions[heard.Peer].Peer.Name, entry, now));
        }

        return true;
    }

    private bool HeardShare(in Heard heard, ReadOnlySpan<byte> body, Instant now)
    {
        if (heard.Peer == witness || ShareBody.Read(body) is not { } word)
        {
            return false;
        }

        while (SharesHeard.Count >= MaxGuardsHeard)
        {
            _ = SharesHeard.Dequeue();
        }

        SharesHeard.Enqueue(new ShareHeard(talk.Sessions[heard.Peer].Peer.Name, word, now));
        return true;
    }

    private bool HeardAnswer(in Heard heard, ReadOnlySpan<byte> body, Instant now)
    {
        if (heard.Peer != witness || !AnswerBody.TryRead(body, out var answer))
        {
            return false;
        }

        for (var i = 0; i < desks.Length; i++)
        {
            if (desks[i].Id == answer.Duty && answer.AskedAt <= now.Ticks)
            {
                Tell(i, Meaning(desks[i], answer), now);
            }
        }

        return true;
    }

    private static DutyEvent Meaning(DutyDesk desk, in AnswerBody a)
    {
        var remaining = TimeSpan.FromMilliseconds(a.RemainingMs);
        return (WitnessWord)a.Word switch
        {
            WitnessWord.Granted => new ClaimGranted(a.Ticket, a.Epoch, new Instant(a.AskedAt)),
            WitnessWord.Refused => new ClaimRefused(a.Ticket, NameOf(desk, a.Holder) ?? "somebody", a.Epoch, remaining),
            WitnessWord.Superseded => new ClaimSuperseded(a.Ticket, a.Epoch),
            WitnessWord.Vacant or WitnessWord.GivenBack => new ClaimVacant(a.Ticket, a.Epoch),
            WitnessWord.Recovering => new ArbiterRecovering(a.Ticket, a.Epoch, remaining),
            WitnessWord.HeirNoted => new HeirNoted(a.Ticket, NameOf(desk, a.Holder) ?? ""),
            WitnessWord.TtlTooLong => new ClaimWithheld(a.Ticket, $"the witness keeps claims for at most {remaining.TotalMilliseconds:0} ms, and our ttl is longer"),
        };
    }

    /// <summary>
    /// Are we the broken one? Yes if a device that a duty needs has no carrier; or if the witness does not answer us while a candidate that we still hear does see it and
    /// a link between us is down in either direction. That the witness alone is away says nothing against us.
    /// </summary>
    private void JudgeGround(Instant now)
    {
        var isolated = Isolated();
        for (var i = 0; i < desks.Length; i++)
        {
            var down = DownDevice(desks[i]);
            var verdict =
                down is not null ? new Judged(Health.Failed, $"{down} has no carrier") :
                isolated is not null ? new Judged(Health.Failed, isolated) :
                new Judged(Health.Healthy, "our own links and devices are up");
            if (verdict != desks[i].State.Ground)
            {
                Tell(i, new GroundJudged(verdict), now);
            }
        }
    }

    private string? DownDevice(DutyDesk desk)
    {
        foreach (var device in desk.Devices.AsSpan())
        {
            if (carriers.TryGetValue(device, out var up) && !up)
            {
                return device;
            }
        }

        return null;
    }

    private string? Isolated()
    {
        if (witness < 0 || talk.Sessions[witness].Health != Health.Failed)
        {
            return null;
        }

        foreach (var session in talk.Sessions)
        {
            if (session.Peer.Witness || session.Health != Health.Healthy || session.Arbiter != Health.Healthy)
            {
                continue;
            }

            for (var l = 0; l < session.Links.Length; l++)
            {
                if (session.Links[l].Health == Health.Failed || session.Links[l].TheyHear == Health.Failed)
                {
                    return $"link {l} to {session.Peer.Name} is down, and {session.Peer.Name} sees the witness while we do not";
                }
            }
        }

        return null;
    }

    private void Order(int duty, DutyDesk desk, DutyEffect effect, Instant now)
    {
        switch (effect)
        {
            case DutyEffect.AskArbiter { Order: var order } when witness >= 0:
                Ask(desk, order, now);
                break;
            case DutyEffect.AskArbiter { Order: var order }:
                if (BareArbiter.Answer(desk.Rules, desk.State, order, now) is { } answer)
                {
                    Tell(duty, answer, now);
                }

                break;
            case DutyEffect.TellLetGo e:
                SayLetGo(desk, e, now);
                break;
            default:
                Orders.Enqueue(new DutyOrder(duty, effect));
                break;
        }
    }

    private void Ask(DutyDesk desk, ClaimOrder order, Instant now)
    {
        var body = new AskBody(
            (byte)order.Ask, (uint)desk.Rules.Ttl.TotalMilliseconds, order.Ticket, order.Epoch, order.Released, (order.Ask == ClaimAsk.Claim ? order.ReleasedBy : order.Heir) is { } named ? desk.IdOf(named) : 0);
        for (var l = 0; l < talk.Sessions[witness].Links.Length; l++)
        {
            var room = talk.Outbox.Room();
            if (!room.IsEmpty)
            {
                talk.Post(room, DatagramKind.Ask, body.Write(room[Datagram.HeaderBytes..], desk.Name), witness, l, now, DatagramHeader.AnswerNow);
            }
        }
    }

    private void SayLetGo(DutyDesk desk, DutyEffect.TellLetGo e, Instant now)
    {
        var body = new LetGoBody(desk.Id, (ulong)e.Epoch, e.Successor is { } to ? Datagram.Id(to) : 0);
        foreach (var peer in desk.PeerOf)
        {
            for (var l = 0; peer >= 0 && l < talk.Sessions[peer].Links.Length; l++)
            {
                var room = talk.Outbox.Room();
                if (!room.IsEmpty)
                {
                    talk.Post(room, DatagramKind.LetGo, body.Write(room[Datagram.HeaderBytes..]), peer, l, now);
                }
            }
        }
    }

    private void BeatSoon(DutyDesk desk, Instant now)
    {
        foreach (var peer in desk.PeerOf)
        {
            if (peer >= 0)
            {
                talk.Sessions[peer].BeatAt = Instant.Earlier(talk.Sessions[peer].BeatAt, now);
            }
        }
    }

    private void Beat(int peer, int link, Instant now)
    {
        var at = 0;
        do
        {
            var room = talk.Outbox.Room();
            if (room.IsEmpty)
            {
                return;
            }

            var count = 0;
            for (; at < desks.Length && count < BeatBody.MaxDuties; at++)
            {
                if (desks[at].CandidateOf(peer) is >= 0 and var candidate)
                {
                    entries[count++] = Entry(desks[at], candidate, now);
                }
            }

            var heard = talk.WriteHeard(peer, now, heardEntries);
            var head = new BeatHead((byte)heard, (byte)count, Arbiter, GroundUp(), (ushort)Math.Clamp(lateAtWorst.TotalMilliseconds, 0, ushort.MaxValue));
            var bytes = BeatBody.Write(room[Datagram.HeaderBytes..], head, heardEntries.AsSpan(0, heard), entries.AsSpan(0, count));
            talk.Post(room, DatagramKind.Beat, bytes, peer, link, now, talk.Sessions[peer].Peer.Witness ? DatagramHeader.AnswerNow : (byte)0);
        }
        while (at < desks.Length);
    }

    private DutyEntry Entry(DutyDesk desk, int candidate, Instant now)
    {
        var s = desk.State;
        var flags = (byte)((Fit(desk) ? DutyEntry.Fit : 0) | (Asking(desk, now) ? DutyEntry.AsksPromise : 0) | (desk.GivenStamps[candidate] > 0 ? DutyEntry.Promises : 0) | (s.Aside ? DutyEntry.Aside : 0));
        var epoch = s.Stance is Stance.Stopping t ? t.Epoch : s.Hold?.Epoch ?? s.EpochSeen;
        return new DutyEntry(
            desk.Id, (byte)s.Stance.Code(), flags, (ulong)epoch, (ulong)s.LetGo, s.Successor is { } to ? desk.IdOf(to) : 0, desk.GivenStamps[candidate]);
    }

    /// <summary>Could take the duty now: what another candidate must know before it lets go for us.</summary>
    private bool Fit(DutyDesk desk) =>
        desk.State.Stance is Stance.Standby { AskAt: var at } && at < Instant.Never
        && desk.State.Ground.Health != Health.Failed
        && Moves.Unfit(desk.Rules, desk.State) is null
        && (witness < 0 || Arbiter is Health.Healthy or Health.Suspect);

    /// <summary>The arbiter has been silent for longer than a lost datagram explains; or there is none, and the others are asked in its place.</summary>
    private static bool Asking(DutyDesk desk, Instant now) =>
        (desk.State.Stance is Stance.Claiming && !desk.Rules.Arbitrated) ||
        desk.Rules.Promises && desk.State.Hold is { Seized: false } hold && now - hold.AnsweredAt > desk.Rules.Renew + (desk.Rules.AskAgain * 2);

    private bool GroundUp()
    {
        foreach (var desk in desks)
        {
            if (DownDevice(desk) is not null)
            {
                return false;
            }
        }

        return true;
    }

    private static string? NameOf(DutyDesk desk, ulong id)
    {
        var candidate = id == 0 ? -1 : Array.IndexOf(desk.CandidateIds, id);
        return candidate < 0 ? null : desk.Rules.Candidates[candidate];
    }
}

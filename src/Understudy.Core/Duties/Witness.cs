using System.Text;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using Understudy.Core.Settings;

namespace Understudy.Core.Duties;

/// <summary>A decision of the witness, for its log: who asked what, and what was said.</summary>
public sealed record WitnessTurn(Instant At, WitnessAsk Ask, WitnessStep Step);

/// <summary>
/// The witness role as a whole: sessions with every node, and the claims. Its driver must put <see cref="State"/> on disk whenever
/// <see cref="MustPersist"/> is set, before it lets the outbox leave.
/// </summary>
public sealed class Witness
{
    /// <summary>A witness cannot tell over which link a candidate came: it believes the candidate's number, up to so many.</summary>
    private const int Links = 8;

    private readonly PeerTalk talk;
    private readonly Queue<WitnessTurn> turns = new();

    public Witness(UnderstudySettings settings, KeyRing keys, ulong boot, WitnessState state, Instant now)
    {
        var peers = settings.Nodes.Select(n => new TalkPeer(n.Name, Datagram.Id(n.Name), Links, Witness: false)).ToValueList();
        var beat = settings.Heartbeat;
        talk = new PeerTalk(new TalkRules(Datagram.Id(CandidateRules.WitnessName), boot, beat.Every, beat.DeadAfter, beat.Judge, beat.Factor, peers), keys, now);
        State = state with { Skip = 1000 + (long)(boot % 9000) };
    }

    public PeerTalk Talk => talk;

    public Outbox Outbox => talk.Outbox;

    public WitnessState State { get; private set; }

    public bool MustPersist { get; private set; }

    /// <summary>Grants, refusals and returns since the driver last looked; renewals are not worth a line.</summary>
    public Queue<WitnessTurn> Turns => turns;

    public Refusal Receive(ReadOnlySpan<byte> bytes, Instant at, Instant now)
    {
        var refusal = talk.Receive(bytes, -1, at, now, out var heard, out var answer);
        if (answer || (refusal == Refusal.None && heard.Kind == DatagramKind.Beat))
        {
            Beat(heard.Peer, heard.Link, now);
        }

        if (refusal == Refusal.None && heard.NewBoot)
        {
            State = WitnessMachine.Rebooted(State, talk.Sessions[heard.Peer].Peer.Name);
        }

        if (refusal != Refusal.None || heard.Kind is DatagramKind.Beat or DatagramKind.LetGo or DatagramKind.Guard or DatagramKind.Share)
        {
            return refusal;
        }

        if (heard.Kind == DatagramKind.Ask && AskBody.TryRead(bytes[heard.Body], out var ask, out var name))
        {
            Answer(heard, ask, name, now);
            return Refusal.None;
        }

        talk.RefuseBody();
        return Refusal.Body;
    }

    public void Persisted() => MustPersist = false;

    private void Answer(in Heard heard, in AskBody ask, ReadOnlySpan<byte> name, Instant now)
    {
        var named = ask.Named == 0 || talk.IndexOf(ask.Named) is not (>= 0 and var h) ? null : talk.Sessions[h].Peer.Name;
        var request = new WitnessAsk(
            talk.Sessions[heard.Peer].Peer.Name,
            Encoding.ASCII.GetString(name),
            (ClaimAsk)ask.Ask == ClaimAsk.Claim
                ? new ClaimOrder(ClaimAsk.Claim, ask.Ticket, ask.Epoch, ask.Released, null, named)
                : new ClaimOrder((ClaimAsk)ask.Ask, ask.Ticket, ask.Epoch, ask.Released, named),
            TimeSpan.FromMilliseconds(ask.TtlMs));
        var step = WitnessMachine.Next(State, request, now);
        State = step.State;
        MustPersist |= step.Persist;
        if (request.Order.Ask != ClaimAsk.Renew || step.Word != WitnessWord.Granted)
        {
            turns.Enqueue(new WitnessTurn(now, request, step));
        }

        var room = talk.Outbox.Room();
        if (room.IsEmpty)
        {
            return;
        }

        var said = step.Word == WitnessWord.HeirNoted ? named : step.Holder;
        var body = new AnswerBody(
            (byte)step.Word,
            (uint)Math.Min(uint.MaxValue, Math.Ceiling(step.Remaining.TotalMilliseconds)),
            Datagram.Id(request.Duty),
            ask.Ticket,
            heard.SentAt,
            step.Epoch,
            said is null ? 0 : Datagram.Id(said));
        talk.Post(room, DatagramKind.Answer, body.Write(room[Datagram.HeaderBytes..]), heard.Peer, heard.Link, now);
    }

    private void Beat(int peer, int link, Instant now)
    {
        var room = talk.Outbox.Room();
        if (room.IsEmpty)
        {
            return;
        }

        Span<HeardEntry> heard = stackalloc HeardEntry[1];
        var session = talk.Sessions[peer].Links[link];
        heard[0] = new HeardEntry((byte)link, session.EverHeard ? Health.Healthy : Health.Unknown, 0, 0, 0);
        var bytes = BeatBody.Write(room[Datagram.HeaderBytes..], new BeatHead(1, 0, Health.Healthy, Ground: true, 0), heard, []);
        talk.Post(room, DatagramKind.Beat, bytes, peer, link, now);
    }
}

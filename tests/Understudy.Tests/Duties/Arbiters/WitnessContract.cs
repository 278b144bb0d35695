using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Peers;
using Understudy.Tests.Peers;

namespace Understudy.Tests.Duties.Arbiters;

/// <summary>The witness keeps the contract: the real one, with real datagrams over a wire in memory, and a disk that holds what was written before the answer left.</summary>
public sealed class WitnessContract : ArbiterContract
{
    private protected override IArbiterUnderTest Open() => new WiredWitness();

    private sealed class WiredWitness : IArbiterUnderTest, IReboots
    {
        private readonly Dictionary<string, PeerTalk> candidates = new(StringComparer.Ordinal);
        private readonly List<ValueList<WitnessRecord>?> disk = [null];
        private readonly List<DutyEvent> late = [];
        private Witness witness;
        private ulong boots = 50;

        internal WiredWitness()
        {
            witness = Begin(null);
            Advance(Ttl);       // it comes up knowing nothing, and keeps quiet for one TTL
            Reboot("alpha");
            Reboot("beta");
            Advance(Ttl);
        }

        public Instant Now { get; private set; } = Talks.At(0);

        public bool LosesReplies { get; set; }

        public bool KeepsReplies { get; set; }

        public bool Blocked { get; set; }

        public void Advance(TimeSpan span) => Now += span;

        public void Reboot(string candidate)
        {
            Advance(TimeSpan.FromMilliseconds(50));     // a stranger is answered once in 20 ms
            candidates[candidate] = new PeerTalk(
                Talks.Rules(candidate, ++boots) with { Peers = [new TalkPeer(CandidateRules.WitnessName, Datagram.Id(CandidateRules.WitnessName), 1, Witness: true)] },
                new KeyRing(Talks.Key()),
                Now);
            Greet(candidates[candidate]);
        }

        public void Restart(Memory memory)
        {
            witness = Begin(memory switch
            {
                Memory.Kept => disk[^1],
                Memory.Old => disk[^2],
                _ => null,
            });
            foreach (var talk in candidates.Values)
            {
                Greet(talk);
            }
        }

        /// <summary>Beats to and fro until both have heard each other's boot. Each is a little later than the last: a new boot must echo something newer.</summary>
        private void Greet(PeerTalk talk)
        {
            for (var i = 0; i < 4; i++)
            {
                Now += TimeSpan.FromTicks(1);
                _ = Send(talk, DatagramKind.Beat, BeatBody.Write(talk.Outbox.Room()[Datagram.HeaderBytes..], default, [], []));
            }
        }

        private Witness Begin(ValueList<WitnessRecord>? memory) => new(Talks.Pair(), new KeyRing(Talks.Key()), ++boots, WitnessState.AtStart(memory, Ttl, Now), Now);

        public DutyEvent? Ask(string candidate, ClaimOrder order)
        {
            if (Blocked)
            {
                return null;
            }

            var talk = candidates[candidate];
            var named = order.Ask == ClaimAsk.Claim ? order.ReleasedBy : order.Heir;
            var body = new AskBody((byte)order.Ask, (uint)Ttl.TotalMilliseconds, order.Ticket, order.Epoch, order.Released, named is null ? 0 : Datagram.Id(named));
            var answer = Send(talk, DatagramKind.Ask, body.Write(talk.Outbox.Room()[Datagram.HeaderBytes..], "web"u8));
            if (KeepsReplies && answer is not null)
            {
                late.Add(answer);
            }

            return LosesReplies || KeepsReplies ? null : answer;
        }

        public IReadOnlyList<DutyEvent> LateReplies() => late;

        private DutyEvent? Send(PeerTalk talk, DatagramKind kind, int bodyBytes)
        {
            talk.Post(talk.Outbox.Room(), kind, bodyBytes, 0, 0, Now);
            for (var i = 0; i < talk.Outbox.Count; i++)
            {
                _ = witness.Receive(talk.Outbox.Get(i, out _, out _), Now, Now);
            }

            talk.Outbox.Clear();
            if (witness.MustPersist)
            {
                disk.Add(witness.State.Claims.Select(c => c.Record).ToValueList());
                witness.Persisted();
            }

            DutyEvent? said = null;
            for (var i = 0; i < witness.Outbox.Count; i++)
            {
                var bytes = witness.Outbox.Get(i, out var peer, out _);
                if (Datagram.Id(witness.Talk.Sessions[peer].Peer.Name) == SelfOf(talk) && talk.Receive(bytes, 0, Now, Now, out var heard, out _) == Refusal.None
                    && heard.Kind == DatagramKind.Answer && AnswerBody.TryRead(bytes[heard.Body], out var answer))
                {
                    said = Meaning(answer);
                }
            }

            witness.Outbox.Clear();
            return said;
        }

        private ulong SelfOf(PeerTalk talk) => Datagram.Id(candidates.First(c => c.Value == talk).Key);

        private static DutyEvent? Meaning(in AnswerBody a)
        {
            var remaining = TimeSpan.FromMilliseconds(a.RemainingMs);
            var holder = a.Holder == Datagram.Id("alpha") ? "alpha" : a.Holder == Datagram.Id("beta") ? "beta" : "nobody";
            return (WitnessWord)a.Word switch
            {
                WitnessWord.Granted => new DutyEvent.ClaimGranted(a.Ticket, a.Epoch, new Instant(a.AskedAt)),
                WitnessWord.Refused => new DutyEvent.ClaimRefused(a.Ticket, holder, a.Epoch, remaining),
                WitnessWord.Superseded => new DutyEvent.ClaimSuperseded(a.Ticket, a.Epoch),
                WitnessWord.Recovering => new DutyEvent.ArbiterRecovering(a.Ticket, a.Epoch, remaining),
                WitnessWord.Vacant or WitnessWord.GivenBack => new DutyEvent.ClaimVacant(a.Ticket, a.Epoch),
                _ => null,
            };
        }
    }
}

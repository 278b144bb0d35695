using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Duties.Arbiters;

/// <summary>
/// What a bare pair holds while its candidates hear each other, and what it does not promise: no claim ends with its TTL, a restart forgets, nothing tells an old
/// generation, and with a cut link <c>on_split</c> decides between nobody and two.
/// </summary>
public sealed class BareContract : EveryArbiter
{
    private protected override IArbiterUnderTest Open() => new Ears(SplitPolicy.Hold);

    [Fact]
    public void A_silent_peer_blocks_every_move_under_hold() =>
        Assert.IsType<DutyEvent.ClaimWithheld>(new Ears(SplitPolicy.Hold) { Blocked = true }.Ask("alpha", Claim(7)));

    [Fact]
    public void Unless_it_said_before_that_it_let_go_for_us()
    {
        var ears = new Ears(SplitPolicy.Hold);
        var epoch = Granted(ears.Ask("alpha", Claim(7))).Epoch;
        _ = ears.Ask("alpha", GiveBack(7, epoch, heir: "beta"));
        ears.Blocked = true;
        _ = Granted(ears.Ask("beta", Claim(3, epoch)));
    }

    [Fact]
    public void Exclusivity_is_not_promised_under_take()
    {
        var ears = new Ears(SplitPolicy.Take);
        var epoch = Granted(ears.Ask("alpha", Claim(7))).Epoch;
        ears.Blocked = true;
        Assert.True(Granted(ears.Ask("beta", Claim(3, epoch))).Epoch > epoch);
        _ = Granted(ears.Ask("alpha", Renew(7, epoch)));
    }

    [Fact]
    public void The_end_of_a_TTL_is_not_promised()
    {
        var ears = new Ears(SplitPolicy.Hold);
        var epoch = Granted(ears.Ask("alpha", Claim(7))).Epoch;
        ears.Advance(Ttl * 10);
        _ = Assert.IsType<DutyEvent.ClaimRefused>(ears.Ask("beta", Claim(3, epoch)));
    }

    [Fact]
    public void Of_two_that_ask_at_once_home_goes_first()
    {
        var states = Given.In(new Stance.Claiming(Given.At(20), Given.At(160))).Hears(0, new PeerView(StanceCode.Claiming, 4, Fit: false, Given.At(0), 0));
        _ = Assert.IsType<DutyEvent.ClaimRefused>(BareArbiter.Answer(Given.Bare with { Self = 1 }, states, Claim(7, 4), Given.At(0)));
        states = Given.In(new Stance.Claiming(Given.At(20), Given.At(160))).Hears(1, new PeerView(StanceCode.Claiming, 4, Fit: false, Given.At(0), 0));
        Assert.Null(BareArbiter.Answer(Given.Bare, states, Claim(7, 4), Given.At(0)));      // it waits for the other's promise
    }

    /// <summary>Two candidates' views of each other, kept as their beats would. Blocked: they do not hear each other.</summary>
    private sealed class Ears(SplitPolicy onSplit) : IArbiterUnderTest
    {
        private readonly DutyState[] states = [Given.In(new Stance.Standby(Given.At(0))) with { EpochSeen = 0 }, Given.In(new Stance.Standby(Given.At(0))) with { EpochSeen = 0 }];
        private readonly PeerView[] views = [Given.Stands(epoch: 0), Given.Stands(epoch: 0)];

        public Instant Now { get; private set; } = Given.At(0);

        public bool LosesReplies { get; set; }

        public bool KeepsReplies { get; set; }

        public bool Blocked { get; set; }

        public void Advance(TimeSpan span) => Now += span;

        public IReadOnlyList<DutyEvent> LateReplies() => [];

        public void Restart(Memory memory) => throw new NotSupportedException("there is nobody who could restart");

        public DutyEvent? Ask(string candidate, ClaimOrder order)
        {
            var (self, other) = candidate == "alpha" ? (0, 1) : (1, 0);
            var rules = Given.Bare with { Self = self, OnSplit = onSplit };
            var state = states[self].Hears(other, Blocked ? PeerView.Unheard : views[other]);
            var answer = BareArbiter.Answer(rules, state, order, Now) ?? (order.Ask == ClaimAsk.Claim && !Blocked ? Promised(rules, state, order) : null);
            if (answer is DutyEvent.ClaimGranted grant)
            {
                views[self] = Given.Serves(grant.Epoch);
                Seen(grant.Epoch, letGo: 0);
            }
            else if (order.Ask == ClaimAsk.GiveBack)
            {
                views[self] = Given.Stands(epoch: order.Epoch) with { LetGo = order.Epoch };
                Seen(order.Epoch, order.Epoch, order.Heir);
            }

            return answer;
        }

        /// <summary>The other, which neither holds nor claims, promises at once; what the machine then makes of it.</summary>
        private DutyEvent.ClaimGranted Promised(DutyRules rules, DutyState state, ClaimOrder order)
        {
            var claiming = state with
            {
                Stance = new Stance.Claiming(Now + rules.AskAgain, Now + rules.ClaimPatience),
                Ticket = order.Ticket,
                EpochSeen = Math.Max(state.EpochSeen, order.Epoch),
            };
            var hold = DutyMachine.Next(rules, claiming, new DutyEvent.PromisesHeard(Now), Now).State.Hold!;
            return new DutyEvent.ClaimGranted(order.Ticket, hold.Epoch, hold.AnsweredAt);
        }

        private void Seen(long epoch, long letGo, string? successor = null)
        {
            for (var i = 0; i < 2; i++)
            {
                states[i] = states[i] with { EpochSeen = Math.Max(states[i].EpochSeen, epoch), LetGo = Math.Max(states[i].LetGo, letGo), Successor = successor };
            }
        }
    }
}

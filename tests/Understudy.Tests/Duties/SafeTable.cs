using Understudy.Core;
using Understudy.Core.Duties;
using Xunit;
using static Understudy.Core.Duties.DutyEffect;
using static Understudy.Core.Duties.DutyEvent;
using static Understudy.Core.Duties.Stance;
using static Understudy.Tests.Duties.Given;

namespace Understudy.Tests.Duties;

/// <summary>One rule of the stance machine.</summary>
/// <param name="Number">Its row in the safe table (src/Understudy.Core/Duties/DESIGN.md); "op" for what operators ask beyond it.</param>
/// <param name="To">The stance afterwards, sentences blanked.</param>
/// <param name="Also">What else of the state must hold afterwards.</param>
public sealed record Row(string Number, string Rule, DutyRules By, DutyState From, DutyEvent On, double AtMs, Stance To, ValueList<DutyEffect> Does, Func<DutyState, bool>? Also = null)
{
    public override string ToString() => $"{Number}: {Rule}";
}

/// <summary>The safe table, row by row. What a row says of words to people is left out: effects and stances are compared without their sentences.</summary>
public sealed class SafeTable
{
    private static readonly Unknown s_looking = new(At(600), Looked: false, Running: false, At(0), Epoch: 0, AskAgainAt: At(0));
    private static readonly Unknown s_idle = s_looking with { Looked = true };
    private static readonly Unknown s_leftover = s_looking with { Looked = true, Running = true, ReadBy = At(160), Epoch = 3, AskAgainAt = At(20) };
    private static readonly Standby s_standby = new(At(0));
    private static readonly Claiming s_claiming = new(At(20), At(160));
    private static readonly Starting s_starting = new(Hold(0), At(1000), Up: false);
    private static readonly Active s_active = new(Hold(0), At(10), null);
    private static readonly Active s_leaving = s_active with { Leaving = new Handover("beta", "", At(150)) };
    private static readonly Active s_asked = s_active with { Leaving = s_leaving.Leaving! with { Asked = true } };
    private static readonly Stopping s_stopping = new(Epoch, new AfterStop.ToStandby(""), null, At(300), 0);
    private static readonly Faulted s_backingOff = new("", At(1000), NeedsOperator: false);
    private static readonly Faulted s_exhausted = new("", null, NeedsOperator: true);
    private static readonly Held s_held = new("eve");

    public static TheoryData<Row> Rows => new(All.AsEnumerable());

    private static Row[] All =>
    [
        // daemon start: 31, 1, 2, 3, 4
        new("31", "the ledger's epoch is the least that is ever claimed above", Alpha, In(s_looking) with { EpochSeen = 2 }, new LookedAround(false, 9), 0,
            s_idle with { Epoch = 9 }, [new RunVerb("start", 9, "")], s => s is { EpochSeen: 9, LetGo: 9 }),
        new("1", "what runs here already is asked about, not stopped and not trusted", Alpha, In(s_looking), new LookedAround(true, 3), 0,
            s_leftover, [new AskArbiter(new(ClaimAsk.Read, 8, 3, 0, null))], s => s.Ticket == 8),
        new("1", "what runs here under a claim that is still ours is adopted", Alpha, In(s_leftover), new ClaimGranted(7, 3, At(0)), 10,
            new Active(Hold(0, 3), At(10), null), [new Start(3, At(440), ""), new Announce(3, true, "")]),
        new("1", "an arbiter that did not answer is asked again", Alpha, In(s_leftover), new Woke(), 20,
            s_leftover with { AskAgainAt = At(40) }, [new AskArbiter(new(ClaimAsk.Read, 7, 3, 0, null))]),
        new("1", "an answer of before is no leave to adopt", Alpha, In(s_leftover), new ClaimGranted(6, 3, At(0)), 10, s_leftover, []),
        new("1", "a claim that has ended meanwhile is not adopted", Alpha, In(s_leftover), new ClaimGranted(7, 3, At(-440)), 10, s_leftover, []),
        new("2", "somebody else has it: ours is stopped, and only our own old epoch is let go", Alpha, In(s_leftover), new ClaimRefused(7, "beta", 5, Ms(300)), 10,
            new Stopping(3, new AfterStop.ToStandby(""), null, At(310), 0), [new Stop(3, "")], s => s.EpochSeen == 5),
        new("2", "nobody has it: what runs without a claim is stopped", Alpha, In(s_leftover), new ClaimVacant(7, 4), 10,
            new Stopping(3, new AfterStop.ToStandby(""), null, At(310), 0), [new Stop(3, "")]),
        new("2", "no answer in time: it is stopped", Alpha, In(s_leftover), new Woke(), 160,
            new Stopping(3, new AfterStop.ToStandby(""), null, At(460), 0), [new Stop(3, "")]),
        new("2", "no answer yet: it may run a little longer", Alpha, In(s_leftover), new IdleSeen(true), 19, s_leftover, []),
        new("2", "an operator's hold stops what was found running", Alpha, In(s_leftover), new HoldAsked("eve"), 10,
            new Stopping(3, new AfterStop.ToHeld("eve"), null, At(310), 0), [new Stop(3, "")]),
        new("2", "a hold that came before the look around does not hide what runs here", Alpha, In(s_held), new LookedAround(true, 3), 10,
            new Stopping(3, new AfterStop.ToHeld("eve"), null, At(310), 0), [new Stop(3, "")]),
        new("3", "after its grace an idle candidate stands by", Alpha, In(s_idle), new Woke(), 600, new Standby(At(600)), []),
        new("3", "during its grace it only listens", Alpha, In(s_idle), new Woke(), 599, s_idle, []),
        new("3", "a bare pair that hears everybody need not wait", Bare, In(s_idle).Hears(1, Stands()), new Woke(), 10, new Standby(At(10)), []),
        new("3", "with an arbiter it waits all the same: a promise given before the restart may run", Alpha, In(s_idle).Hears(1, Stands()), new Woke(), 10, s_idle, []),
        new("4", "a candidate whose service cannot run is faulted, not standing by", Unattended, In(s_idle) with { Service = Bad }, new Woke(), 600,
            new Faulted("", null, false), []),
        new("4", "a standby whose service fails is faulted", Unattended, In(new Standby(Instant.Never)), new ServiceJudged(Bad), 10, new Faulted("", null, false), []),

        // asking: 5, 6, 7, 8, 9, 12
        new("5", "a standby asks when nobody is heard to have it", Alpha, In(s_standby), new Woke(), 0,
            new Claiming(At(20), At(160)), [new AskArbiter(new(ClaimAsk.Claim, 8, 4, 0, null))], s => s.Ticket == 8),
        new("5", "a stand-in lets a fit home go first", Beta, In(s_standby).Hears(0, Stands()), new Woke(), 199, s_standby, []),
        new("5", "and one that still listens after its start", Beta, In(s_standby).Hears(0, new PeerView(StanceCode.Unknown, 4, Fit: false, At(0), 0)), new Woke(), 199, s_standby, []),
        new("3", "the delay counts from the end of its own listening", Beta, In(s_idle).Hears(0, new PeerView(StanceCode.Unknown, 4, Fit: false, At(0), 0)), new Woke(), 600, new Standby(At(600)), [], s => s.Vacant == At(600)),
        new("5", "but only for its rank's delay", Beta, In(s_standby).Hears(0, Stands()), new Woke(), 200,
            new Claiming(At(220), At(360)), [new AskArbiter(new(ClaimAsk.Claim, 8, 4, 0, null))]),
        new("5", "who was named as successor asks at once, carrying the release", Beta, In(s_standby).Hears(0, Serves(4)), new LetGoHeard(0, 4, "beta"), 50,
            new Claiming(At(70), At(210)), [new AskArbiter(new(ClaimAsk.Claim, 8, 4, 4, null, "alpha"))]),
        new("5", "who was not named lets the successor go first", Alpha, In(s_standby).Hears(1, Stands()) with { LetGo = 4, Successor = "beta" }, new Woke(), 199, s_standby, []),
        new("5", "a promise to another candidate is kept", Alpha, In(s_standby) with { PromisedUntil = At(500) }, new Woke(), 499, s_standby, []),
        new("5", "who is the broken one does not ask", Alpha, In(s_standby) with { Ground = Bad }, new Woke(), 1000, s_standby, []),
        new("6", "a holder that is heard is left in peace", Alpha, In(new Standby(At(0))), new PeerReported(1, Serves(5)), 10, s_standby, [], s => s is { Vacant: null, EpochSeen: 5 }),
        new("6", "who hears a holder while asking stops asking", Alpha, In(s_claiming), new PeerReported(1, Serves(5)), 10, new Standby(At(10)), [], s => s.Ticket == 8),
        new("7", "a fault alone is no let-go: the claim of the faulted one is still asked about", Alpha, In(s_standby).Hears(1, Serves(4)),
            new PeerReported(1, new(StanceCode.Faulted, 4, false, At(0), 0)), 10,
            new Claiming(At(30), At(170)), [new AskArbiter(new(ClaimAsk.Claim, 8, 4, 0, null))]),
        new("8", "an arbiter that does not answer is given up, and asked again later", Alpha, In(s_claiming), new Woke(), 160, new Standby(At(260)), [],
            s => s is { Ticket: 8, Claim: ClaimView.Unreachable }),
        new("8", "a bare pair that cannot tell says so and stands by", Bare, In(s_claiming), new ClaimWithheld(7, "silent"), 10, new Standby(At(110)), []),
        new("9", "a silent peer's claim is waited out", Alpha, In(s_claiming), new ClaimRefused(7, "beta", 4, Ms(40)), 10, new Standby(At(51)), [],
            s => s is { Ticket: 8, Claim: ClaimView.Other { Epoch: 4 } }),
        new("9", "and asked about again before its end, since it may be let go sooner", Alpha, In(s_claiming), new ClaimRefused(7, "beta", 4, Ms(550)), 10, new Standby(At(110)), []),
        new("10", "a grant in time is used, until the lease counted from the request", Alpha, In(s_claiming), new ClaimGranted(7, 5, At(0)), 30,
            new Starting(Hold(0, 5), At(1030), false), [new Start(5, At(440), "")], s => s is { EpochSeen: 5, Claim: ClaimView.Mine { Epoch: 5 } }),
        new("10", "without an arbiter the promises of all are the grant", Bare, In(s_claiming), new PromisesHeard(At(0)), 30,
            new Starting(Hold(30, 5), At(1030), false), [new Start(5, At(470), "")], s => s.EpochSeen == 5),
        new("10", "but not those that were given before it asked", Bare, In(s_claiming), new PromisesHeard(At(-1)), 10, s_claiming, []),
        new("10", "with an arbiter promises are no grant", Alpha, In(s_claiming), new PromisesHeard(At(0)), 10, s_claiming, []),
        new("10", "who has promised the next epoch may follow no older let-go", Bare, In(s_standby) with { LetGo = 4, Successor = "alpha", PromisedUntil = At(0) }, new PromiseGiven(At(650), 1), -1, s_standby, [],
            s => s is { EpochSeen: 5, Successor: null }),
        new("10", "a grant after its lease is of no use", Alpha, In(s_claiming), new ClaimGranted(7, 5, At(-440)), 0, new Standby(At(100)), [], s => s.Ticket == 8),
        new("12", "a claim without an answer is asked for again under the same ticket", Alpha, In(s_claiming), new Woke(), 20,
            new Claiming(At(40), At(160)), [new AskArbiter(new(ClaimAsk.Claim, 7, 4, 0, null))], s => s.Ticket == 7),
        new("12", "an arbiter without memory is waited for", Alpha, In(s_claiming), new ArbiterRecovering(7, 4, Ms(600)), 10, new Standby(At(110)), []),

        // coming up: 15, 16
        new("15", "an unprobed duty serves when it is up", Alpha, In(s_starting), new Started(4), 20, new Active(Hold(0), At(20), null), [new Announce(4, false, "")]),
        new("15", "a probed one waits for its first good reading", Probed, In(s_starting), new Started(4), 20, s_starting with { Up = true }, [new ProbeNow()]),
        new("15", "and serves at the first good reading", Probed, In(s_starting with { Up = true }), new ServiceJudged(Good), 90, new Active(Hold(0), At(90), null), [new Announce(4, false, "")]),
        new("15", "a start of another epoch is none of this one's", Alpha, In(s_starting), new Started(3), 20, s_starting, []),
        new("16", "a start that failed is stopped first; what it has is let go for whoever is fit", Alpha, In(s_starting).Hears(1, Stands()), new StartFailed(4, "exit 1", false), 20,
            new Stopping(4, new AfterStop.ToFaulted("", true), "beta", At(320), 0), [new Stop(4, "")]),
        new("16", "one that said that this host must not do it is not tried again", Alpha, In(s_starting), new StartFailed(4, "veto", false, Veto: true), 20,
            new Stopping(4, new AfterStop.ToFaulted("", true, Veto: true), null, At(320), 0), [new Stop(4, "")]),
        new("16", "a start that takes too long has failed", Probed, In(new Starting(Hold(900), At(1000), true)), new Woke(), 1000,
            new Stopping(4, new AfterStop.ToFaulted("", true), null, At(1300), 0), [new Stop(4, "")]),

        // holding: 17, 18, 18a, 18b, 19, 20, 21, 22, 23, 32
        new("17", "at the end of the lease it stops, whoever is silent", Alpha, In(s_active), new Woke(), 440, new Stopping(4, new AfterStop.ToStandby(""), null, At(740), 0), [new Stop(4, "")]),
        new("17", "also while it is still coming up", Alpha, In(s_starting), new Woke(), 440, new Stopping(4, new AfterStop.ToStandby(""), null, At(740), 0), [new Stop(4, "")]),
        new("18", "an answer extends the lease from when its request was sent", Alpha, In(s_active), new ClaimGranted(7, 4, At(90)), 99, s_active with { Hold = Hold(90) }, []),
        new("18", "an answer to an older request takes nothing back", Alpha, In(s_active), new ClaimGranted(7, 4, At(-30)), 5,
            s_active with { Hold = Hold(0) with { RenewAt = At(70) } }, []),
        new("18a", "an answer of before the last stop counts for nothing", Alpha, In(s_active), new ClaimGranted(6, 4, At(90)), 95, s_active, []),
        new("18a", "a grant that nobody waits for is left to end", Alpha, In(s_held), new ClaimGranted(7, 5, At(0)), 5, s_held, []),
        new("18a", "a renewal that comes while it stops does not bring it back", Alpha, In(s_stopping), new ClaimGranted(7, 4, At(0)), 5, s_stopping, []),
        new("18b", "an arbiter that says it is over is believed at once", Alpha, In(s_active), new ClaimSuperseded(7, 6), 20,
            new Stopping(4, new AfterStop.ToStandby(""), null, At(320), 0), [new Stop(4, "")]),
        new("19", "a refusal that names a higher epoch ends it", Alpha, In(s_active), new ClaimRefused(7, "beta", 6, Ms(100)), 20,
            new Stopping(4, new AfterStop.ToStandby(""), null, At(320), 0), [new Stop(4, "")]),
        new("19", "a peer that serves with a higher epoch ends it", Alpha, In(s_active), new PeerReported(1, Serves(5)), 20,
            new Stopping(4, new AfterStop.ToStandby(""), null, At(320), 0), [new Stop(4, "")]),
        new("19", "a peer that serves with a lower epoch does not: it will stop", Alpha, In(s_active), new PeerReported(1, Serves(3)), 20, s_active, []),
        new("19", "of two in a bare pair with one epoch, home stays", Bare with { Self = 1 }, In(s_active), new PeerReported(0, Serves(4)), 20,
            new Stopping(4, new AfterStop.ToStandby(""), null, At(320), 0), [new Stop(4, "")]),
        new("20", "a service that failed is left to whoever is fit", Alpha, In(s_active).Hears(1, Stands()), new ServiceJudged(Bad), 20,
            new Stopping(4, new AfterStop.ToFaulted("", true), "beta", At(320), 0), [new Stop(4, "")]),
        new("20", "with nobody fit its command starts it anew here", Alpha, In(s_active), new ServiceJudged(Bad), 20,
            new Stopping(4, new AfterStop.ToFaulted("", true), null, At(320), 0), [new Stop(4, "")]),
        new("20", "but not without end: a bad service is better than none", Alpha, In(s_active) with { Failures = [At(1), At(2)] }, new ServiceJudged(Bad), 20, s_active, []),
        new("20", "and not where there is no command", Alpha with { Commanded = false }, In(s_active), new ServiceJudged(Bad), 20, s_active, []),
        new("20", "a host that has lost its footing lets go for whoever is fit", Alpha, In(s_active).Hears(1, Stands()), new GroundJudged(Bad), 20,
            new Stopping(4, new AfterStop.ToStandby(""), "beta", At(320), 0), [new Stop(4, "")]),
        new("21", "a silent arbiter is asked again, and the service goes on", Alpha, In(s_active), new Woke(), 100,
            s_active with { Hold = Hold(0) with { RenewAt = At(120) } }, [new AskArbiter(new(ClaimAsk.Renew, 7, 4, 0, null))]),
        new("22", "promises of all extend the lease from when they were asked for", Alpha, In(s_active), new PromisesHeard(At(300)), 350,
            s_active with { Hold = Hold(0) with { Until = At(740) } }, []),
        new("22", "older promises take nothing back", Alpha, In(s_active), new PromisesHeard(At(-50)), 20, s_active, []),
        new("22", "without `promises` they count for nothing", Alpha with { Promises = false }, In(s_active), new PromisesHeard(At(50)), 60, s_active, []),
        new("22", "a promise ends when the one that relied on it lets go", Alpha, In(s_standby) with { PromisedUntil = At(500), PromisedTo = 1 }, new LetGoHeard(1, 4, null), 50,
            new Claiming(At(70), At(210)), [new AskArbiter(new(ClaimAsk.Claim, 8, 4, 4, null, "beta"))]),
        new("22", "somebody else's let-go does not end it", Alpha, In(s_standby) with { PromisedUntil = At(500) }, new LetGoHeard(1, 4, null), 50, s_standby, []),
        new("22", "nor the let-go of an older epoch", Alpha, In(s_standby) with { PromisedUntil = At(500), PromisedTo = 1 }, new LetGoHeard(1, 3, null), 50, s_standby, []),
        new("22", "who promised does not claim before", Alpha, In(s_standby), new PromiseGiven(At(650), 1), 50, s_standby, [], s => s.PromisedUntil == At(650)),
        new("23", "after a heal the neighbourhood is told again", Alpha, In(s_active), new LinkHealed("0 to beta"), 20, s_active, [new Announce(4, true, "")]),
        new("23", "another user of the address is answered, and a person told", Alpha, In(s_active), new ConflictSeen("10.0.0.1", "02:00"), 20, s_active, [new Announce(4, true, ""), new Alarm("")]),
        new("23", "an address that vanished is put back, for as long as the lease", Alpha, In(s_active), new AddressLost("10.0.0.1"), 20, s_active, [new Start(4, At(440), "")]),
        new("32", "who woke too late finds the address dropped, and stops the rest", Alpha, In(s_active), new FenceFired(4), 20,
            new Stopping(4, new AfterStop.ToStandby(""), null, At(320), 0), [new Stop(4, "")]),
        new("32", "a stall makes every view old", Alpha, In(s_standby).Hears(1, Serves(5)), new Stalled(Ms(300)), 20,
            new Claiming(At(40), At(180)), [new AskArbiter(new(ClaimAsk.Claim, 8, 4, 0, null))], s => s.Peers[1] == PeerView.Unheard),

        // leaving: 24, 25, 26, 27
        new("24", "home that has been fit long enough gets it back: the heir is noted first", Beta, In(s_active with { Hold = Hold(4950) }).Hears(0, Stands(0)), new Woke(), 5000,
            s_active with { Hold = Hold(4950), Leaving = new Handover("alpha", "", At(5100)) }, [new AskArbiter(new(ClaimAsk.Prepare, 7, 4, 0, "alpha"))]),
        new("24", "home that has not been fit long enough waits", Beta, In(s_active with { Hold = Hold(4950) }).Hears(0, Stands(1)), new Woke(), 5000, s_active with { Hold = Hold(4950) }, []),
        new("24", "never means never", Beta with { Failback = new Core.Settings.FailbackSettings.Never() }, In(s_active with { Hold = Hold(4950) }).Hears(0, Stands(0)), new Woke(), 5000, s_active with { Hold = Hold(4950) }, []),
        new("24", "when idle means when nobody uses it", Beta with { Failback = new Core.Settings.FailbackSettings.WhenIdle() }, In(s_active).Hears(0, Stands(0)) with { Idle = false }, new IdleSeen(true), 50,
            s_active with { Leaving = new Handover("alpha", "", At(150)) }, [new AskArbiter(new(ClaimAsk.Prepare, 7, 4, 0, "alpha"))]),
        new("24", "an operator's hand-over notes the heir first", Alpha, In(s_active).Hears(1, Stands()), new HandoverAsked(null, "eve"), 50,
            s_asked, [new AskArbiter(new(ClaimAsk.Prepare, 7, 4, 0, "beta"))]),
        new("24", "a hand-over to who is not fit is refused", Alpha, In(s_active), new HandoverAsked("beta", "eve"), 50, s_active, [new Alarm("")]),
        new("24", "with the heir noted it stops", Alpha, In(s_leaving).Hears(1, Stands()), new HeirNoted(7, "beta"), 60,
            new Stopping(4, new AfterStop.ToStandby(""), "beta", At(360), 0), [new Stop(4, "")]),
        new("24", "what a person asked for is remembered where it left", Alpha, In(s_asked).Hears(1, Stands()), new HeirNoted(7, "beta"), 60,
            new Stopping(4, new AfterStop.ToStandby(""), "beta", At(360), 0), [new Stop(4, "")], s => s.Aside),
        new("24", "what a timer moved is not", Alpha, In(s_leaving).Hears(1, Stands()), new HeirNoted(7, "beta"), 60,
            new Stopping(4, new AfterStop.ToStandby(""), "beta", At(360), 0), [new Stop(4, "")], s => !s.Aside),
        new("24", "no timer undoes what a person asked for", Beta, In(s_active with { Hold = Hold(4950) }).Hears(0, Stands(0) with { Aside = true }), new Woke(), 5000, s_active with { Hold = Hold(4950) }, []),
        new("10", "who has it again is aside no more", Alpha, In(s_claiming) with { Aside = true }, new ClaimGranted(7, 5, At(0)), 10,
            new Starting(Hold(0, 5), At(1010), false), [new Start(5, At(440), "")], s => !s.Aside),
        new("30", "a release ends that, too", Alpha, In(s_standby with { AskAt = At(900) }) with { Aside = true }, new ReleaseAsked("eve"), 50, new Standby(At(900)), [], s => !s.Aside),
        new("24", "a silent arbiter does not hold up a hand-over", Alpha, In(s_leaving with { Hold = Hold(100) }).Hears(1, Stands()), new Woke(), 150,
            new Stopping(4, new AfterStop.ToStandby(""), "beta", At(450), 0), [new Stop(4, "")]),
        new("24", "who became unfit meanwhile is not handed it", Alpha, In(s_leaving with { Hold = Hold(100) }), new Woke(), 150, s_active with { Hold = Hold(100) }, []),
        new("25", "an operator's hold stops it", Alpha, In(s_active), new HoldAsked("eve"), 20, new Stopping(4, new AfterStop.ToHeld("eve"), null, At(320), 0), [new Stop(4, "")]),
        new("25", "a hold of a standby is a mark", Alpha, In(s_claiming), new HoldAsked("eve"), 20, s_held, [new RunVerb("fail", 4, "")], s => s.Ticket == 8),
        new("26", "only a confirmed stop gives the claim back, and begins a new generation", Alpha, In(s_stopping with { Successor = "beta" }), new DutyEvent.Stopped(4), 90,
            new Standby(At(290)), [new TellLetGo(4, "beta"), new AskArbiter(new(ClaimAsk.GiveBack, 7, 4, 4, "beta"))], s => s is { Ticket: 8, LetGo: 4, Successor: "beta" }),
        new("26", "a stop of another epoch confirms nothing", Alpha, In(s_stopping), new DutyEvent.Stopped(3), 90, s_stopping, []),
        new("26", "after a hold it is held", Alpha, In(s_stopping with { Then = new AfterStop.ToHeld("eve") }), new DutyEvent.Stopped(4), 90,
            s_held, [new TellLetGo(4, null), new AskArbiter(new(ClaimAsk.GiveBack, 7, 4, 4, null)), new RunVerb("fail", 4, "")]),
        new("26", "after a failure it backs off", Alpha, In(s_stopping with { Then = new AfterStop.ToFaulted("", true) }), new DutyEvent.Stopped(4), 90,
            new Faulted("", At(1090), false), [new TellLetGo(4, null), new AskArbiter(new(ClaimAsk.GiveBack, 7, 4, 4, null))], s => s.Failures.Count == 1),
        new("27", "a stop that failed is tried again, and the claim kept", Alpha, In(s_stopping), new StopFailed(4, "exit 1"), 90,
            s_stopping with { KillAt = At(390), Tries = 1 }, [new Stop(4, ""), new Alarm("")]),
        new("27", "a stop that takes too long as well", Alpha, In(s_stopping), new Woke(), 300, s_stopping with { KillAt = At(600), Tries = 1 }, [new Stop(4, ""), new Alarm("")]),
        new("27", "what has not stopped is not let go, whoever serves meanwhile", Alpha, In(s_stopping), new PeerReported(1, Serves(6)), 90, s_stopping, []),

        // staying out: 28, 29, 30
        new("28", "when its time has come a faulted candidate stands by again", Alpha, In(s_backingOff), new Woke(), 1000, new Standby(At(1000)), [new RunVerb("recover", 4, "")]),
        new("28", "not before", Alpha, In(s_backingOff), new Woke(), 999, s_backingOff, []),
        new("28", "and not while its cause is there", Unattended, In(s_backingOff) with { Service = Bad }, new Woke(), 2000, s_backingOff, []),
        new("28", "a cause that goes after the back-off brings it back", Unattended, In(s_backingOff) with { Service = Bad }, new ServiceJudged(Good), 2000, new Standby(At(2000)), [new RunVerb("recover", 4, "")]),
        new("29", "more failures than the limit wait for a person", Alpha, In(s_stopping with { Then = new AfterStop.ToFaulted("", true) }) with { Failures = [At(10), At(20)] }, new DutyEvent.Stopped(4), 90,
            s_exhausted, [new TellLetGo(4, null), new AskArbiter(new(ClaimAsk.GiveBack, 7, 4, 4, null)), new RunVerb("fail", 4, "")]),
        new("29", "so does a command's veto, at once", Alpha, In(s_stopping with { Then = new AfterStop.ToFaulted("", true, Veto: true) }) with { Failures = [At(10)] }, new DutyEvent.Stopped(4), 90,
            s_exhausted, [new TellLetGo(4, null), new AskArbiter(new(ClaimAsk.GiveBack, 7, 4, 4, null)), new RunVerb("fail", 4, "")]),
        new("29", "and time does not help", Alpha, In(s_exhausted), new Woke(), 100_000, s_exhausted, []),
        new("29", "a person does", Alpha, In(s_exhausted) with { Failures = [At(10)] }, new ReleaseAsked("eve"), 50, new Standby(At(50)), [new RunVerb("recover", 4, "")], s => s.Failures.Count == 0),
        new("30", "a release ends a hold", Alpha, In(s_held), new ReleaseAsked("eve"), 50, new Standby(At(50)), [new RunVerb("recover", 4, "")]),
        new("30", "a release while it stops is a release", Alpha, In(s_stopping with { Then = new AfterStop.ToHeld("eve") }), new ReleaseAsked("eve"), 50, s_stopping, []),
        new("30", "but not a promise of before the restart", Alpha, DutyState.AtStart(Alpha, 4, 7, At(0)) with { Stance = new Standby(At(20)), Vacant = At(0) }, new Woke(), 599, new Standby(At(20)), []),

        // operators beyond the table
        new("op", "a seizure needs silence of all others", Alpha, In(s_standby) with { PromisedUntil = At(500) }, new SeizeAsked("eve"), 50,
            new Starting(new Holding(5, Instant.Never, At(150), At(50), Seized: true), At(1050), false), [new Start(5, Instant.Never, "")], s => s is { Ticket: 8, EpochSeen: 5 }),
        new("op", "who is heard is not off", Alpha, In(s_standby with { AskAt = At(900) }).Hears(1, Stands()), new SeizeAsked("eve"), 50, new Standby(At(900)), [new Alarm("")]),
        new("op", "an arbiter that names a holder is believed more than a person", Alpha, In(s_standby with { AskAt = At(900) }) with { Claim = new ClaimView.Other("beta", 4, At(100)) }, new SeizeAsked("eve"), 50, new Standby(At(900)), [new Alarm("")]),
        new("op", "an arbiter that comes back turns a seizure into a claim", Alpha, In(s_active with { Hold = new Holding(5, Instant.Never, At(150), At(50), Seized: true) }) with { EpochSeen = 5 }, new ClaimGranted(7, 6, At(150)), 155,
            s_active with { Hold = Hold(150, 6) }, []),
        new("op", "also while it starts: its command goes on under the seized epoch", Alpha, In(s_starting with { Hold = new Holding(5, Instant.Never, At(150), At(50), Seized: true) }) with { EpochSeen = 5 }, new ClaimGranted(7, 6, At(150)), 155,
            s_starting with { Hold = Hold(150, 6), Under = 5 }, []),
        new("op", "and is done under that", Alpha, In(s_starting with { Hold = Hold(0, 6), Under = 5 }) with { EpochSeen = 6 }, new Started(5), 20,
            new Active(Hold(0, 6), At(20), null), [new Announce(6, false, "")]),
        new("op", "a daemon that ends lets go for whoever is fit", Alpha, In(s_active).Hears(1, Stands()), new RetireAsked("SIGTERM"), 20, new Stopping(4, new AfterStop.ToNothing(""), "beta", At(320), 0), [new Stop(4, "")]),
        new("op", "and does not claim any more", Alpha, In(s_claiming), new RetireAsked("SIGTERM"), 20, new Standby(Instant.Never), [], s => s.Ticket == 8),
    ];

    [Theory, MemberData(nameof(Rows))]
    public void Follows_the_table(Row row)
    {
        var step = DutyMachine.Next(row.By, row.From, row.On, At(row.AtMs));
        Assert.Equal(row.To, Mute(step.State.Stance));
        Assert.Equal(row.Does, step.Effects.Select(Mute).ToValueList());
        Assert.True(row.Also?.Invoke(step.State) ?? true, $"{row}: {step.State}");
        Assert.True(step.Reason is not null || step.State.Stance.GetType() == row.From.Stance.GetType() || row.On is RetireAsked, $"{row}: a change of stance without a reason");
    }

    [Fact]
    public void Every_row_of_the_spec_that_this_machine_has_is_here()
    {
        var expected = Enumerable.Range(1, 32).Where(n => n is not (11 or 13 or 14)).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)).Append("18a").Append("18b").Append("op");
        Assert.Equal(expected.Order(StringComparer.Ordinal), All.Select(r => r.Number).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }
}

using Understudy.Core;
using Understudy.Core.Duties;
using Xunit;
using static Understudy.Tests.Duties.Given;

namespace Understudy.Tests.Duties;

/// <summary>One request to a witness in a known state, and what it must say.</summary>
public sealed record Verdict(string Rule, WitnessState From, string By, ClaimOrder Order, double AtMs, WitnessWord Word, long Epoch, string? Holder, double RemainingMs, bool Persist)
{
    public override string ToString() => Rule;
}

/// <summary>The witness, rule by rule, and against a naive witness over long random lives.</summary>
public sealed class WitnessMachineTests
{
    private static readonly TimeSpan s_ttl = Ms(600);

    private static WitnessState Knows(WitnessRecord record, double untilMs, double quietMs = 0, bool forgot = false, params SpentTicket[] spent) =>
        new([new(record, At(untilMs), ValueList.Create<SpentTicket>(spent))], s_ttl, At(quietMs), forgot);

    private static readonly WitnessState s_fresh = WitnessState.AtStart(null, s_ttl, At(-600));
    private static readonly WitnessState s_alphas = Knows(new("web", 4, "alpha", 7, null), 600);
    private static readonly WitnessState s_withHeir = Knows(new("web", 4, "alpha", 7, "beta"), 600);
    private static readonly WitnessState s_free = Knows(new("web", 4, null, 7, null), 0, spent: new SpentTicket("alpha", 7));

    private static ClaimOrder Ask(ClaimAsk ask, long ticket, long epoch, long released = 0, string? heir = null, string? by = null) => new(ask, ticket, epoch, released, heir, by);

    public static TheoryData<Verdict> Rules => new(All.AsEnumerable());

    private static Verdict[] All =>
    [
        // claim
        new("the first claim is granted, on disk first, and far above what may have been forgotten", s_fresh, "alpha", Ask(ClaimAsk.Claim, 7, 0), 0, WitnessWord.Granted, 1000, "alpha", 600, true),
        new("the asker's higher epoch is taken over", s_fresh, "alpha", Ask(ClaimAsk.Claim, 7, 41), 0, WitnessWord.Granted, 1041, "alpha", 600, true),
        new("a lost answer is said again, epoch and all, without the disk", s_alphas, "alpha", Ask(ClaimAsk.Claim, 7, 3), 100, WitnessWord.Granted, 4, "alpha", 600, false),
        new("while it runs nobody else is granted", s_alphas, "beta", Ask(ClaimAsk.Claim, 3, 4), 599, WitnessWord.Refused, 4, "alpha", 1, false),
        new("when it has ended somebody else is", s_alphas, "beta", Ask(ClaimAsk.Claim, 3, 4), 600, WitnessWord.Granted, 5, "beta", 600, true),
        new("a let-go that the asker carries ends it at once", s_alphas, "beta", Ask(ClaimAsk.Claim, 3, 4, released: 4, by: "alpha"), 100, WitnessWord.Granted, 5, "beta", 600, true),
        new("a let-go of the same epoch by somebody else does not: one that forgot may have granted it twice", s_alphas, "beta", Ask(ClaimAsk.Claim, 3, 4, released: 4, by: "beta"), 100, WitnessWord.Refused, 4, "alpha", 500, false),
        new("a let-go of an older epoch does not", s_alphas, "beta", Ask(ClaimAsk.Claim, 3, 4, released: 3), 100, WitnessWord.Refused, 4, "alpha", 500, false),
        new("the heir needs no disk: it has been written down", s_withHeir, "beta", Ask(ClaimAsk.Claim, 3, 4, released: 4, by: "alpha"), 100, WitnessWord.Granted, 5, "beta", 600, false),
        new("unless the holder never let go, and may be found running after we were restarted", s_withHeir, "beta", Ask(ClaimAsk.Claim, 3, 4), 700, WitnessWord.Granted, 5, "beta", 600, true),
        new("anybody else starts above the heir's epoch", s_withHeir, "gamma", Ask(ClaimAsk.Claim, 3, 4), 700, WitnessWord.Granted, 6, "gamma", 600, true),
        new("the heir too waits for the let-go or the end", s_withHeir, "beta", Ask(ClaimAsk.Claim, 3, 4), 100, WitnessWord.Refused, 4, "alpha", 500, false),
        new("a holder's new generation gets a new epoch", s_alphas, "alpha", Ask(ClaimAsk.Claim, 8, 4), 100, WitnessWord.Granted, 5, "alpha", 600, true),
        new("a holder's older generation gets nothing", s_alphas, "alpha", Ask(ClaimAsk.Claim, 6, 3), 100, WitnessWord.Superseded, 4, "alpha", 0, false),
        new("a claim that its giver had under way when it gave back gets nothing", s_free, "alpha", Ask(ClaimAsk.Claim, 7, 4), 100, WitnessWord.Superseded, 4, null, 0, false),
        new("the tickets of another candidate are counts of another clock", s_free, "beta", Ask(ClaimAsk.Claim, 3, 4), 100, WitnessWord.Granted, 5, "beta", 600, true),
        new("another boot of the giver begins with low tickets", WitnessMachine.Rebooted(s_free, "alpha"), "alpha", Ask(ClaimAsk.Claim, 1, 4), 100, WitnessWord.Granted, 5, "alpha", 600, true),
        new("another boot of the holder too", WitnessMachine.Rebooted(s_alphas, "alpha"), "alpha", Ask(ClaimAsk.Claim, 1, 4), 100, WitnessWord.Granted, 5, "alpha", 600, true),
        new("another boot of somebody else frees nothing", WitnessMachine.Rebooted(s_alphas, "beta"), "alpha", Ask(ClaimAsk.Claim, 6, 3), 100, WitnessWord.Superseded, 4, "alpha", 0, false),
        new("a TTL longer than the silence after a loss of memory is not granted", Knows(new("web", 4, "alpha", 7, null), 600) with { MaxTtl = Ms(500) }, "alpha", Ask(ClaimAsk.Renew, 7, 4), 0, WitnessWord.TtlTooLong, 4, "alpha", 500, false),

        // renew
        new("the holder's renewal extends it", s_alphas, "alpha", Ask(ClaimAsk.Renew, 7, 4), 599, WitnessWord.Granted, 4, "alpha", 600, false),
        new("even after its end, as long as nobody else was granted one", s_alphas, "alpha", Ask(ClaimAsk.Renew, 7, 4), 5000, WitnessWord.Granted, 4, "alpha", 600, false),
        new("somebody else's renewal is over", s_alphas, "beta", Ask(ClaimAsk.Renew, 3, 4), 100, WitnessWord.Superseded, 4, "alpha", 0, false),
        new("an older epoch's renewal is over", s_alphas, "alpha", Ask(ClaimAsk.Renew, 7, 3), 100, WitnessWord.Superseded, 4, "alpha", 0, false),
        new("a renewal that was under way at the give-back is over", s_free, "alpha", Ask(ClaimAsk.Renew, 7, 4), 100, WitnessWord.Superseded, 4, null, 0, false),

        // give back
        new("the holder's give-back frees it", s_alphas, "alpha", Ask(ClaimAsk.GiveBack, 7, 4, 4), 100, WitnessWord.GivenBack, 4, null, 0, false),
        new("of an older epoch it frees nothing", s_alphas, "alpha", Ask(ClaimAsk.GiveBack, 7, 3, 3), 100, WitnessWord.GivenBack, 4, "alpha", 0, false),
        new("of an older generation neither", s_alphas, "alpha", Ask(ClaimAsk.GiveBack, 6, 4, 4), 100, WitnessWord.GivenBack, 4, "alpha", 0, false),
        new("of somebody else neither", s_alphas, "beta", Ask(ClaimAsk.GiveBack, 7, 4, 4), 100, WitnessWord.GivenBack, 4, "alpha", 0, false),

        // read and prepare
        new("a reading tells who has it, and for how long", s_alphas, "beta", Ask(ClaimAsk.Read, 3, 0), 100, WitnessWord.Refused, 4, "alpha", 500, false),
        new("a reading by its holder goes on with it", s_alphas, "alpha", Ask(ClaimAsk.Read, 9, 4), 100, WitnessWord.Granted, 4, "alpha", 600, false),
        new("a reading by its holder after its end does not", s_alphas, "alpha", Ask(ClaimAsk.Read, 9, 4), 600, WitnessWord.Vacant, 4, "alpha", 0, false),
        new("a reading with an older epoch does not either", s_alphas, "alpha", Ask(ClaimAsk.Read, 9, 3), 100, WitnessWord.Refused, 4, "alpha", 500, false),
        new("a free one is vacant", s_free, "beta", Ask(ClaimAsk.Read, 3, 0), 100, WitnessWord.Vacant, 4, null, 0, false),
        new("the holder's heir is written down", s_alphas, "alpha", Ask(ClaimAsk.Prepare, 7, 4, heir: "beta"), 100, WitnessWord.HeirNoted, 4, "alpha", 0, true),
        new("once", s_withHeir, "alpha", Ask(ClaimAsk.Prepare, 7, 4, heir: "beta"), 100, WitnessWord.HeirNoted, 4, "alpha", 0, false),
        new("nobody else names heirs", s_alphas, "beta", Ask(ClaimAsk.Prepare, 3, 4, heir: "beta"), 100, WitnessWord.Superseded, 4, "alpha", 0, false),
        new("nor a holder whose claim has ended", s_alphas, "alpha", Ask(ClaimAsk.Prepare, 7, 4, heir: "beta"), 600, WitnessWord.Superseded, 4, "alpha", 0, false),

        // restarts
        new("after a restart with memory the holder goes on", Restarted(s_alphas), "alpha", Ask(ClaimAsk.Renew, 7, 4), 10, WitnessWord.Granted, 4, "alpha", 600, false),
        new("a lost answer is said again even then", Restarted(s_alphas), "alpha", Ask(ClaimAsk.Claim, 7, 3), 10, WitnessWord.Granted, 4, "alpha", 600, false),
        new("and nobody is granted a new one for one TTL", Restarted(s_alphas), "beta", Ask(ClaimAsk.Claim, 3, 4, released: 4, by: "alpha"), 599, WitnessWord.Recovering, 4, "alpha", 1, false),
        new("after that they are", Restarted(s_alphas), "beta", Ask(ClaimAsk.Claim, 3, 4), 600, WitnessWord.Granted, 5, "beta", 600, true),
        new("an heir that was granted without the disk goes on: the note is the proof", Restarted(s_withHeir), "beta", Ask(ClaimAsk.Renew, 3, 5), 10, WitnessWord.Granted, 5, "beta", 600, true),
        new("who is not the heir does not", Restarted(s_alphas), "beta", Ask(ClaimAsk.Renew, 3, 5), 10, WitnessWord.Recovering, 5, null, 600, false),
        new("without memory nobody is granted anything", WitnessState.AtStart(null, s_ttl, At(0)), "beta", Ask(ClaimAsk.Claim, 3, 4), 599, WitnessWord.Recovering, 4, null, 1, false),
        new("not even a renewal: somebody else may have had it", WitnessState.AtStart(null, s_ttl, At(0)), "alpha", Ask(ClaimAsk.Renew, 7, 4), 10, WitnessWord.Recovering, 4, null, 590, false),
        new("after one TTL the one that still holds it goes on", WitnessState.AtStart(null, s_ttl, At(0)), "alpha", Ask(ClaimAsk.Renew, 7, 4), 600, WitnessWord.Granted, 4, "alpha", 600, true),
        new("an old copy that is found out is as good as none: quiet again", Knows(new("web", 2, "beta", 3, null), 0), "alpha", Ask(ClaimAsk.Claim, 7, 4), 1000, WitnessWord.Recovering, 4, null, 600, false),
        new("and its record of who held is forgotten", Knows(new("web", 2, "beta", 3, null), 1500), "alpha", Ask(ClaimAsk.Renew, 7, 4), 1000, WitnessWord.Recovering, 4, null, 600, false),
    ];

    private static WitnessState Restarted(WitnessState before) => WitnessState.AtStart(before.Claims.Select(c => c.Record).ToValueList(), before.MaxTtl, At(0));

    [Theory, MemberData(nameof(Rules))]
    public void Follows_its_rules(Verdict rule)
    {
        var step = WitnessMachine.Next(rule.From, new WitnessAsk(rule.By, "web", rule.Order, s_ttl), At(rule.AtMs));
        Assert.Equal((rule.Word, rule.Epoch, rule.Holder, Ms(rule.RemainingMs), rule.Persist), (step.Word, step.Epoch, step.Holder, step.Remaining, step.Persist));
        Assert.True(step.Word != WitnessWord.Granted || step.State.Claims[0].Until == At(rule.AtMs) + s_ttl, $"{step.State.Claims[0]}");
    }

    [Fact]
    public void Says_every_word_of_its_own_somewhere() =>
        Assert.Equal(Enum.GetValues<WitnessWord>(), All.Select(r => r.Word).Distinct().Order());

    [Fact]
    public void One_duty_is_nothing_to_another()
    {
        var step = WitnessMachine.Next(s_alphas, new WitnessAsk("beta", "mail", Ask(ClaimAsk.Claim, 3, 0), s_ttl), At(0));
        Assert.Equal(WitnessWord.Granted, step.Word);
        Assert.Contains(s_alphas.Claims[0], step.State.Claims);
    }

    /// <summary>
    /// A naive witness notes nothing but grants: who, which epoch, and until when at the longest. Against it, over random lives with late, repeated and reordered requests and
    /// restarts: two candidates never have claims that run at one moment, unless the earlier one was let go by its holder; and an epoch is granted to one candidate only, under one ticket.
    /// </summary>
    [Fact]
    public void Never_two_claims_at_one_moment_and_epochs_only_grow()
    {
        var words = new HashSet<WitnessWord>();
        for (var seed = 1UL; seed <= 400; seed++)
        {
            var broken = FirstBroken(seed, words, WitnessMachine.Next);
            Assert.True(broken is null, broken);
        }

        Assert.Superset(new HashSet<WitnessWord> { WitnessWord.Granted, WitnessWord.Refused, WitnessWord.Superseded, WitnessWord.Recovering, WitnessWord.GivenBack, WitnessWord.HeirNoted }, words);
    }

    [Theory]
    [InlineData("quiet")]
    [InlineData("refusal")]
    [InlineData("disk")]
    public void The_random_lives_find_a_rule_that_is_left_out(string rule)
    {
        WitnessStep Without(WitnessState state, WitnessAsk ask, Instant now) => rule switch
        {
            "quiet" => WitnessMachine.Next(state with { QuietUntil = new Instant(0) }, ask, now),
            "refusal" => WitnessMachine.Next(state with { Claims = state.Claims.Select(c => c with { Until = new Instant(0) }).ToValueList() }, ask, now),
            _ => WitnessMachine.Next(state, ask, now) with { Persist = false },
        };

        Assert.Contains(Enumerable.Range(1, 400), seed => FirstBroken((ulong)seed, [], Without) is not null);
    }

    private static string? FirstBroken(ulong seed, HashSet<WitnessWord> words, Func<WitnessState, WitnessAsk, Instant, WitnessStep> next)
    {
        string[] names = ["alpha", "beta", "gamma"];
        var dice = new Dice(seed);
        var state = s_fresh;
        ValueList<WitnessRecord> disk = [];
        var now = At(0);
        var tickets = new long[] { 1000, 10, 500_000 };
        var holds = new long[3];                                        // what each candidate holds, as it believes
        var untils = new Instant[3];
        var held = new long[3];                                         // the last epoch in each candidate's ledger
        var seen = 0L;                                                  // the highest epoch anybody has seen
        var letGo = 0L;
        string? letGoBy = null;
        var past = new List<WitnessAsk>();
        var grants = new Dictionary<long, (string To, long Ticket)>();
        (string? To, long Epoch, Instant Until) running = (null, 0, now);
        for (var i = 0; i < 300; i++)
        {
            now += Ms(dice.Next(120));
            if (dice.Next(25) == 0)
            {
                var (memory, boot) = (dice.Next(4) > 0 ? disk : null, now);
                state = WitnessState.AtStart(memory, s_ttl, boot);
                disk = memory ?? [];
                past.Clear();                                           // what was sent to another boot of the witness is not accepted
                foreach (var unknown in grants.Keys.Where(e => memory is null && e > seen).ToList())
                {
                    _ = grants.Remove(unknown);                         // neither the witness nor anybody else knows that it was granted
                }

                continue;
            }

            for (var c = 0; c < 3; c++)
            {
                if (holds[c] != 0 && now >= untils[c])
                {
                    (holds[c], tickets[c]) = (0, tickets[c] + 1);       // its lease ended without an answer, so it has stopped
                }
            }

            var who = dice.Next(3);
            WitnessAsk ask;
            if (dice.Next(5) == 0 && past.Count > 0)
            {
                ask = past[dice.Next(past.Count)];                      // late, or repeated
                who = Array.IndexOf(names, ask.From);
            }
            else
            {
                var order = Order(dice, holds[who], tickets[who], seen, letGo, held[who] > letGo ? held[who] : 0, names[dice.Next(3)], letGoBy);
                if (order.Ask == ClaimAsk.GiveBack)
                {
                    (letGo, letGoBy) = order.Epoch > letGo ? (order.Epoch, names[who]) : (letGo, letGoBy);
                    (holds[who], tickets[who]) = (0, tickets[who] + 1);
                }

                ask = new WitnessAsk(names[who], "web", order, s_ttl);
                past.Add(ask);
            }

            var step = next(state, ask, now);
            state = step.State;
            _ = words.Add(step.Word);
            if (step.Persist)
            {
                disk = state.Claims.Select(c => c.Record).ToValueList();
            }

            if (step.Word != WitnessWord.Granted)
            {
                if (step.Word == WitnessWord.Superseded && ask.Order.Ticket == tickets[who] && holds[who] != 0)
                {
                    (letGo, letGoBy) = holds[who] > letGo ? (holds[who], names[who]) : (letGo, letGoBy);
                    (holds[who], tickets[who]) = (0, tickets[who] + 1);
                }

                continue;
            }

            if (running.To is { } other && other != ask.From && now < running.Until && running.Epoch > letGo)
            {
                return $"seed {seed}, step {i}: {ask} while {other} has epoch {running.Epoch} until {running.Until}, now {now}";
            }

            if ((running.Epoch > step.Epoch && grants.ContainsKey(running.Epoch)) || (grants.TryGetValue(step.Epoch, out var before) && (before.To != ask.From || (ask.Order.Ask == ClaimAsk.Claim && before.Ticket != ask.Order.Ticket))))
            {
                return $"seed {seed}, step {i}: {ask} was granted epoch {step.Epoch}, which {grants.GetValueOrDefault(step.Epoch)} was; the last was {running.Epoch}";
            }

            grants[step.Epoch] = (ask.From, ask.Order.Ticket);
            running = (ask.From, step.Epoch, now + s_ttl);
            if (ask.Order.Ticket == tickets[who] && dice.Next(4) > 0)   // else the answer was lost, or belongs to a past generation
            {
                held[who] = step.Epoch;
                (holds[who], untils[who], seen) = (step.Epoch, now + s_ttl, Math.Max(seen, step.Epoch));
            }
        }

        return null;
    }

    private static ClaimOrder Order(Dice dice, long holds, long ticket, long seen, long letGo, long leftover, string heir, string? letGoBy) => holds == 0
        ? leftover > 0 && dice.Next(4) == 0 ? new(ClaimAsk.Read, ticket, leftover, 0, null) : new(ClaimAsk.Claim, ticket, seen, dice.Next(2) == 0 ? letGo : 0, null, letGoBy)
        : dice.Next(6) switch
        {
            0 => new(ClaimAsk.GiveBack, ticket, holds, holds, null),
            1 => new(ClaimAsk.Prepare, ticket, holds, 0, heir),
            _ => new(ClaimAsk.Renew, ticket, holds, 0, null),
        };
}

using Understudy.Core;
using Understudy.Core.Plans;
using Xunit;

namespace Understudy.Tests.Plans;

/// <summary>Every order of events over small plans; and the same with one rule of the machine left out, which must be seen.</summary>
public sealed class PlanModelTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_minute = PlanModel.Minute;
    private static readonly PlanStep s_notify = new("notify", s_minute, Harmless: true);
    private static readonly PlanStep s_shed = new("shed", s_minute, Undo: true);
    private static readonly PlanStep s_hook = new("hook", s_minute * 2, Attempts: 2, Ceiling: s_minute * 3, Undo: true, MayVeto: true, OnFailure: OnFailure.Stop);
    private static readonly PlanStep s_off = new("power off", s_minute, PointOfNoReturn: true, OnFailure: OnFailure.Stop);

    private static PlanRules Rules(params ReadOnlySpan<PlanStep> steps) => new(
        "cooling", ValueList.Create(steps), Countdown: TimeSpan.Zero, StandsFor: s_minute * 2, VetoCeiling: s_minute * 2, AskAgain: s_minute, Warnings: []);

    [Fact]
    public void No_order_of_events_breaks_a_rule_whatever_a_step_is()
    {
        var (plans, states) = (0, 0);
        foreach (var rules in EveryStep().Select(step => Rules(step, s_off with { Limit = s_minute * 2, Attempts = 2 })).SelectMany(r => new[] { r, r with { Dry = true } }))
        {
            var finding = Check(rules, PlanMachine.Next, hands: false);
            plans++;
            states += finding.States;
        }

        output.WriteLine($"{plans} plans, {states} states");
        Assert.True(plans >= 140 && states >= 100_000, $"{plans} plans, {states} states");
    }

    [Theory]
    [InlineData("long, with undoing")]
    [InlineData("with vetoes and waits")]
    [InlineData("two points of no return")]
    [InlineData("without a point")]
    [InlineData("with a countdown and warnings")]
    [InlineData("always dry")]
    public void No_order_of_events_breaks_a_rule_in_a_longer_plan(string name)
    {
        var finding = Check(Plan(name), PlanMachine.Next);
        output.WriteLine($"{name}: {finding.Verdict}");
        Assert.True(finding.States >= 2_000, finding.Verdict);
    }

    /// <summary>The same search over machines that leave one rule out; it must find each, and say which rule that was.</summary>
    [Theory]
    [InlineData("believes an old verdict", "begun without a standing verdict")]
    [InlineData("lets nothing lapse while it runs", "begun without a standing verdict")]
    [InlineData("never takes a doubt", "begun without a standing verdict")]
    [InlineData("takes a doubt for a withdrawal", "a doubt calls off what is under way")]
    [InlineData("forgets to undo", "what was begun was not undone")]
    [InlineData("undoes in the order of doing", "undone in the wrong order")]
    [InlineData("forgets to cancel", "what runs was not cancelled")]
    [InlineData("forgets that it is dry", "harm in a dry run")]
    [InlineData("takes a rehearsal for a begin", "harm in a dry run")]
    [InlineData("goes back past the point", "undone past the point of no return")]
    [InlineData("never takes an abort", "an abort before the point does not lead to quiet")]
    [InlineData("never takes a withdrawal", "a withdrawal before the point does not lead to quiet")]
    [InlineData("forgets who called it off", "begun although an operator called it off")]
    [InlineData("goes on in a new boot", "something goes on in a new boot")]
    [InlineData("takes any answer for the present one", "begun while another begin has not ended")]
    [InlineData("begins before it remembers", "begun before it was remembered")]
    [InlineData("counts vetoes for ever", "a veto counts past the ceiling")]
    [InlineData("counts no failures", "begun again with no attempt left")]
    [InlineData("waits for ever", "begun again past its ceiling")]
    [InlineData("lets a deed be late", "may be done after the verdict has lapsed")]
    public void A_machine_that_leaves_a_rule_out_is_found(string sibling, string rule)
    {
        var hook = sibling is "counts vetoes for ever" or "counts no failures" or "waits for ever";
        var model = new PlanModel(hook ? Rules(s_hook with { Limit = s_minute * 3 }, s_off) : Plan("long, with undoing"), Sibling(sibling), hands: !hook);
        var finding = model.Search();
        output.WriteLine($"{sibling}: {finding.Verdict}\n  {string.Join("\n  ", finding.Trace)}");
        Assert.False(finding.Safe, finding.Verdict);
        Assert.Equal(rule, model.Why(finding));
    }

    /// <summary>From wherever it is, with nobody answering, and the verdict renewed or not, it comes to quiet by its own deadlines alone.</summary>
    [Fact]
    public void Every_run_comes_to_its_end_by_deadlines_alone()
    {
        var rules = Plan("with vetoes and waits");
        var longest = 0;
        PlanTurn Follow(PlanRules r, PlanState state, PlanEvent seen, Instant now)
        {
            var turn = PlanMachine.Next(r, state, seen, now);
            foreach (var renewed in new[] { false, true })
            {
                var (s, turns) = (turn.State, 0);
                for (; PlanMachine.Deadline(r, s) is { } at; turns++)
                {
                    Assert.True(turns < 4 * r.Steps.Count, $"{turns} turns, and still {s.Phase}");
                    s = PlanMachine.Next(r, s, renewed ? new PlanEvent.Stands(at, "dark") : new PlanEvent.Looked(), at).State;
                }

                longest = Math.Max(longest, turns);
            }

            return turn;
        }

        Assert.True(new PlanModel(rules, Follow, hands: false).Search().Safe);
        output.WriteLine($"at most {longest} turns");
        Assert.True(longest >= rules.Steps.Count);
    }

    private static PlanRules Plan(string name) => name switch
    {
        "long, with undoing" => Rules(s_notify, s_shed, s_shed with { Name = "release" }, s_off),
        "with vetoes and waits" => Rules(s_shed, s_hook, s_off),
        "two points of no return" => Rules(s_shed, s_off with { Name = "storage off" }, s_notify, s_off with { Limit = s_minute * 2, Attempts = 2 }),
        "without a point" => Rules(s_shed, s_shed with { Name = "release", OnFailure = OnFailure.Stop, Attempts = 2 }, s_notify),
        "with a countdown and warnings" => Rules(s_notify, s_shed, s_off) with { Countdown = s_minute, Warnings = [s_minute, s_minute * 2] },
        "always dry" => Rules(s_notify, s_shed, s_off) with { Dry = true },
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static PlanNext Sibling(string name) => name switch
    {
        "believes an old verdict" => (r, s, e, now) => PlanMachine.Next(r with { StandsFor = r.StandsFor * 3 }, s, e, now),
        "lets nothing lapse while it runs" => (r, s, e, now) => PlanMachine.Next(r, s.Phase is PlanPhase.Running ? s with { StandsUntil = Instant.Never } : s, e, now),
        "forgets to undo" => Altered(effects => effects.Where(e => e is not PlanEffect.Undo)),
        "undoes in the order of doing" => Altered(effects => effects.OrderBy(e => e is PlanEffect.Undo u ? u.Step : -1)),
        "forgets to cancel" => Altered(effects => effects.Where(e => e is not PlanEffect.Cancel)),
        "forgets that it is dry" => (r, s, e, now) => PlanMachine.Next(r, s.Phase is PlanPhase.Running ? s with { Run = s.Run with { Dry = false } } : s, e, now),
        "takes a rehearsal for a begin" => Altered(effects => effects.Select(e => e is PlanEffect.Rehearse { Deed: Deed.Begin } d ? new PlanEffect.Begin(d.Run, d.Step, d.Name, d.Attempt, Instant.Never, Dry: true) : e)),
        "goes back past the point" => (r, s, e, now) => PlanMachine.Next(r, e is PlanEvent.AbortAsked ? s with { Run = s.Run with { Point = null } } : s, e, now),
        "never takes an abort" => (r, s, e, now) => PlanMachine.Next(r, s, e is PlanEvent.AbortAsked ? new PlanEvent.Looked() : e, now),
        "never takes a doubt" => (r, s, e, now) => PlanMachine.Next(r, s, e is PlanEvent.Doubted ? new PlanEvent.Looked() : e, now),
        "takes a doubt for a withdrawal" => (r, s, e, now) => PlanMachine.Next(r, s, e is PlanEvent.Doubted d ? new PlanEvent.Withdrawn(d.Why) : e, now),
        "never takes a withdrawal" => (r, s, e, now) => PlanMachine.Next(r, s, e is PlanEvent.Withdrawn ? new PlanEvent.Looked() : e, now),
        "forgets who called it off" => (r, s, e, now) => PlanMachine.Next(r, s with { HeldBy = null }, e, now),
        "goes on in a new boot" => (r, s, e, now) => PlanMachine.Next(r, s, e is PlanEvent.Restored && s.Boot.Length > 0 ? new PlanEvent.Restored(s.Boot) : e, now),
        "takes any answer for the present one" => (r, s, e, now) =>
            PlanMachine.Next(r, s, e is PlanEvent.StepEnded a && s.Phase is PlanPhase.Running p ? a with { Step = p.Step, Attempt = p.Attempt } : e, now),
        "begins before it remembers" => Altered(effects => effects.Where(e => e is not PlanEffect.Remember)),
        "counts vetoes for ever" => (r, s, e, now) => PlanMachine.Next(r, s with { Run = s.Run with { VetoUntil = null } }, e, now),
        "counts no failures" => (r, s, e, now) => PlanMachine.Next(r, s.Phase is PlanPhase.Running p ? s with { Phase = p with { Failures = 0 } } : s, e, now),
        "waits for ever" => (r, s, e, now) =>
            PlanMachine.Next(r, e is PlanEvent.StepEnded { Outcome: StepOutcome.Wait } && s.Phase is PlanPhase.Running p ? s with { Phase = p with { First = now } } : s, e, now),
        "lets a deed be late" => Altered(effects => effects.Select(e => e is PlanEffect.Begin b ? b with { NotAfter = Instant.Never } : e)),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static PlanNext Altered(Func<IEnumerable<PlanEffect>, IEnumerable<PlanEffect>> by) => (rules, state, seen, now) =>
    {
        var turn = PlanMachine.Next(rules, state, seen, now);
        return turn with { Effects = by(turn.Effects).ToValueList() };
    };

    private Models.Finding Check(PlanRules rules, PlanNext next, bool hands = true)
    {
        Assert.Empty(rules.Problems());
        var model = new PlanModel(rules, next, hands);
        var finding = model.Search();
        Assert.True(finding.Safe, $"{string.Join(", ", rules.Steps)}: {model.Why(finding)}\n  {string.Join("\n  ", finding.Trace)}");
        return finding;
    }

    /// <summary>Every mixture of attributes that the rules allow.</summary>
    private static IEnumerable<PlanStep> EveryStep() =>
        from bits in Enumerable.Range(0, 1 << 7)
        let step = new PlanStep(
            "subject", s_minute * 2, Attempts: 1 + (bits & 1), Ceiling: s_minute * 2 * (bits & 2), Undo: (bits & 4) != 0, PointOfNoReturn: (bits & 8) != 0,
            (bits & 16) != 0 ? OnFailure.Stop : OnFailure.GoOn, MayVeto: (bits & 32) != 0, Harmless: (bits & 64) != 0)
        where !Rules(step).Problems().Any()
        select step;
}

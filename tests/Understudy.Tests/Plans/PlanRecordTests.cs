using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Plans;
using Understudy.Tests.Simulation;
using Xunit;

namespace Understudy.Tests.Plans;

public sealed class PlanRecordTests
{
    private static readonly PlanRules s_rules = PlanRig.Plan(
        PlanRig.Notify, PlanRig.Shed with { Attempts = 2, Ceiling = PlanRig.S(100), MayVeto = true }, PlanRig.Off with { Attempts = 2 });

    /// <summary>A life by a row of numbers: each is one event, and how long after the last it comes.</summary>
    private static PlanState Life(IEnumerable<int> numbers)
    {
        var (state, now) = (PlanState.AtStart, new Instant(0) + TimeSpan.FromHours(1));
        foreach (var n in numbers.Prepend(0))
        {
            now += PlanRig.S(n / 16 % 64);
            var r = state.Phase as PlanPhase.Running;
            StepOutcome outcome = (n % 4) switch
            {
                0 => new StepOutcome.Failed("it \"broke\"\nin two"),
                1 => new StepOutcome.Wait(PlanRig.S(20), "a job runs"),
                2 => new StepOutcome.Veto("jå, ⚡"),
                _ => new StepOutcome.Done(),
            };
            PlanEvent seen = (state.Boot.Length == 0 ? 0 : n % 16) switch
            {
                0 => new PlanEvent.Restored(n % 5 == 4 ? "two" : "one", n % 3 == 0 ? null : "2026-11-22T10:00:00Z"),
                < 6 => new PlanEvent.Stands(now + PlanRig.S(60), "dark"),
                6 => new PlanEvent.Withdrawn("light"),
                7 => new PlanEvent.ArmAsked("ann", "move house", now, Dry: n % 3 == 0),
                8 => new PlanEvent.AbortAsked("ann", "no"),
                9 => new PlanEvent.Looked(),
                _ => new PlanEvent.StepEnded(state.Run.Number, r?.Step ?? 0, r?.Attempt ?? 0, outcome),
            };
            state = PlanMachine.Next(s_rules, state, seen, now).State;
        }

        return state;
    }

    private static PlanRecord? Read(string text, out string? problem) => PlanRecord.Read(Encoding.UTF8.GetBytes(text), "cooling", out problem);

    private static string Text(PlanState state) => Encoding.UTF8.GetString(PlanRecord.Of(s_rules, state, "2026-11-22T10:00:00Z").ToBytes());

    [Fact]
    public void Every_state_of_every_life_reads_back_as_it_was_written()
    {
        Prop.ForAll<NonNegativeInt[]>(numbers => ReadsBack(Life(numbers.Select(n => n.Get * 31)))).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(200));

        // The same with lives that are the same each time, so that no phase is missed for once.
        var phases = new HashSet<PlanPhaseCode>();
        for (var seed = 1UL; seed <= 1000; seed++)
        {
            var dice = new Dice(seed);
            var state = Life(Enumerable.Range(0, 40).Select(_ => dice.Below(1024)));
            Assert.True(ReadsBack(state), $"seed {seed}: {state}");
            _ = phases.Add(state.Phase.Code());
        }

        Assert.Equal(6, phases.Count);
    }

    private static bool ReadsBack(PlanState state)
    {
        var record = PlanRecord.Of(s_rules, state, "2026-11-22T10:00:00Z");
        return PlanRecord.Read(record.ToBytes(), "cooling", out var problem) == record && problem is null;
    }

    [Fact]
    public void Any_bytes_are_a_record_or_are_refused_with_a_problem() =>
        Prop.ForAll<byte[]>(bytes => PlanRecord.Read(bytes, "cooling", out var problem) is null == problem is not null).QuickCheckThrowOnFailure();

    [Fact]
    public void A_record_with_any_one_byte_cut_off_or_changed_is_refused_or_is_one_that_the_machine_can_go_on_from()
    {
        var rig = new PlanRig(s_rules).Run().Done().Ended(new StepOutcome.Veto("not now"));
        var text = Encoding.UTF8.GetBytes(Text(rig.State));
        for (var i = 0; i < text.Length - 2; i++)
        {
            Assert.Null(PlanRecord.Read(text.AsSpan(0, i), "cooling", out _));
            for (var bit = 1; bit < 256; bit <<= 1)
            {
                text[i] ^= (byte)bit;
                if (PlanRecord.Read(text, "cooling", out _) is { } read)
                {
                    var turn = PlanMachine.Next(s_rules, read.State, new PlanEvent.Restored("one"), rig.Now);
                    _ = PlanMachine.Next(s_rules, turn.State, new PlanEvent.AbortAsked("ann", "no"), rig.Now);
                }

                text[i] ^= (byte)bit;
            }
        }
    }

    [Theory]
    [InlineData("\"version\":1", "\"version\":2", "it is of version 2, not 1")]
    [InlineData("\"plan\":\"cooling\"", "\"plan\":\"attic\"", "it is of another plan, attic")]
    [InlineData("\"step\":1", "\"step\":3", "it runs a step that it does not have")]
    [InlineData("\"step\":1", "\"step\":-1", "it runs a step that it does not have")]
    [InlineData("\"begun\":[0,1]", "\"begun\":[0,1,7]", "it began steps that it does not have")]
    [InlineData("\"begun\":[0,1]", "\"begun\":[0,0]", "it began steps that it does not have")]
    [InlineData("\"begun\":[0,1]", "\"begun\":[0]", "its attempts do not add up")]
    [InlineData("\"point\":null", "\"point\":2", "it is past a point that it did not begin")]
    [InlineData("\"attempt\":1", "\"attempt\":0", "its attempts do not add up")]
    [InlineData("\"first\":36600000000", "\"first\":-36600000000", "it has a moment that no clock shows")]
    [InlineData("\"until\":37200000000", "\"until\":\"never\"", "it has a moment that no clock shows")]
    [InlineData("\"number\":1", "\"number\":0", "it is under way and was never armed")]
    public void What_no_daemon_wrote_is_refused_by_name(string of, string becomes, string problem)
    {
        var text = Text(new PlanRig(s_rules).Run().Done().State);
        Assert.Contains(of, text, StringComparison.Ordinal);
        Assert.Null(Read(text.Replace(of, becomes, StringComparison.Ordinal), out var told));
        Assert.Equal(problem, told);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"version":1,"plan":"cooling","wall":null,"state":null}""")]
    [InlineData("""{"version":1,"plan":"cooling","wall":null,"state":{},"more":1}""")]
    public void What_is_no_record_is_refused(string text)
    {
        Assert.Null(Read(text, out var problem));
        Assert.NotNull(problem);
    }

    [Fact]
    public void A_record_that_is_too_long_is_not_even_looked_at()
    {
        Assert.Null(Read(new string(' ', PlanRecord.MaxBytes) + Text(PlanState.AtStart), out var problem));
        Assert.Equal($"it is longer than {PlanRecord.MaxBytes} bytes", problem);
    }

    [Fact]
    public void No_record_makes_a_verdict_stand_longer_than_one_that_is_given_now()
    {
        var rig = new PlanRig().StandsAt(0, 60);
        rig.State = rig.State with { StandsUntil = Instant.Never };
        Assert.Empty(rig.Restart().At(60).Effects.OfType<PlanEffect.Begin>());
    }
}

using Understudy.Core;
using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>One device, several drivers, one command: every answer of every step.</summary>
public sealed class ShutdownPlanTests
{
    private static readonly ValueList<string> Names = ["usb", "snmp"];

    private static ShutdownPlan Plan(params string[] commands) => new(Names, [0, 1], [.. commands]);

    private static ShutdownStep After(ShutdownPlan plan, params ShutdownFact[] facts)
    {
        foreach (var fact in facts)
        {
            plan.Next(fact);
        }

        return plan.Step;
    }

    [Fact]
    public void A_driver_that_runs_is_asked_and_its_yes_is_the_end()
    {
        var plan = Plan();
        Assert.Equal(new ShutdownStep.Call(0), plan.Step);
        Assert.Equal(new ShutdownStep.Ask(0, "driver.killpower"), After(plan, new ShutdownFact.Answers()));
        Assert.True(Assert.IsType<ShutdownStep.End>(After(plan, new ShutdownFact.Answered(CommandResult.Handled))).Commanded);
    }

    [Theory]
    [InlineData(CommandResult.Unknown)]
    [InlineData(CommandResult.Invalid)]
    [InlineData(CommandResult.ConversionFailed)]
    public void One_that_does_not_take_the_command_is_told_by_k_before_any_other(CommandResult answer) =>
        Assert.Equal(new ShutdownStep.Execute(0), After(Plan(), new ShutdownFact.Answers(), new ShutdownFact.Answered(answer)));

    [Fact]
    public void One_that_says_it_failed_is_followed_by_the_next() =>
        Assert.Equal(new ShutdownStep.Call(1), After(Plan(), new ShutdownFact.Answers(), new ShutdownFact.Answered(CommandResult.Failed)));

    [Fact]
    public void One_that_does_not_run_is_started_with_k() =>
        Assert.Equal(new ShutdownStep.Execute(0), After(Plan(), new ShutdownFact.Silent("no socket")));

    [Fact]
    public void A_k_that_ends_with_0_is_the_end_and_any_other_code_brings_the_next()
    {
        Assert.True(Assert.IsType<ShutdownStep.End>(After(Plan(), new ShutdownFact.Silent(""), new ShutdownFact.Exited(0))).Commanded);
        Assert.Equal(new ShutdownStep.Call(1), After(Plan(), new ShutdownFact.Silent(""), new ShutdownFact.Exited(1)));
        Assert.Equal(new ShutdownStep.Call(1), After(Plan(), new ShutdownFact.Silent(""), new ShutdownFact.NotStarted("not there")));
    }

    [Fact]
    public void A_k_that_does_not_end_may_have_acted_so_that_nobody_else_is_asked()
    {
        var end = Assert.IsType<ShutdownStep.End>(After(Plan(), new ShutdownFact.Silent("no socket"), new ShutdownFact.NoEnd("75 s")));
        Assert.False(end.Commanded);
        Assert.Equal("usb does not answer on its socket (no socket); usb -k: 75 s; so whether usb acted cannot be known, and another command could contradict it", end.Why);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [InlineData(null)]
    public void A_lost_answer_is_settled_by_the_devices_countdown(bool? countsDown)
    {
        var plan = Plan();
        Assert.Equal(new ShutdownStep.Observe(0), After(plan, new ShutdownFact.Answers(), new ShutdownFact.NoAnswer("the driver died")));
        var step = After(plan, new ShutdownFact.Seen(countsDown));
        if (countsDown == false)
        {
            Assert.Equal(new ShutdownStep.Call(1), step);
        }
        else
        {
            Assert.Equal(countsDown == true, Assert.IsType<ShutdownStep.End>(step).Commanded);
        }
    }

    [Fact]
    public void The_sections_own_commands_are_tried_in_their_order_at_one_driver()
    {
        var plan = Plan("shutdown.return", "load.off");
        Assert.Equal(new ShutdownStep.Ask(0, "shutdown.return"), After(plan, new ShutdownFact.Answers()));
        Assert.Equal(new ShutdownStep.Ask(0, "load.off"), After(plan, new ShutdownFact.Answered(CommandResult.Unknown)));
        Assert.True(Assert.IsType<ShutdownStep.End>(After(plan, new ShutdownFact.Answered(CommandResult.Handled))).Commanded);
    }

    [Fact]
    public void Success_is_never_claimed_where_nobody_confirmed()
    {
        var end = Assert.IsType<ShutdownStep.End>(After(
            Plan(), new ShutdownFact.Silent("a"), new ShutdownFact.Exited(1), new ShutdownFact.Silent("b"), new ShutdownFact.NotStarted("c")));
        Assert.False(end.Commanded);
        Assert.EndsWith("snmp -k was not started: c; no driver could be brought to command the device", end.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_preferred_comes_first_then_the_last_primary_then_the_order_of_port()
    {
        var errors = new List<string>();
        var rules = ProxyRulesReader.Read(
            UpsConf.Read("[ups]\ndriver = understudy-ups\nport = a,b,c\nprefer.shutdown = b\nprefer.battery.* = a\n").Sections[0], errors);
        Assert.Empty(errors);
        Assert.Equal([1, 2, 0], ShutdownPlan.OrderOf(rules!, 2));
        Assert.Equal([1, 0, 2], ShutdownPlan.OrderOf(rules!, -1));
    }

    [Fact]
    public void A_second_caller_is_told_what_was_done_in_this_boot_for_as_long_as_it_may_still_come()
    {
        var done = new ShutdownRecord("boot", new Instant(0), ShutdownWord.Commanded, "-", "usb was commanded");
        Assert.NotNull(ShutdownRecord.Objection([done], "boot", new Instant(0) + ShutdownRecord.Holds - TimeSpan.FromTicks(1)));
        Assert.Null(ShutdownRecord.Objection([done], "boot", new Instant(0) + ShutdownRecord.Holds));
        Assert.Null(ShutdownRecord.Objection([done], "another boot", new Instant(1)));
        Assert.Null(ShutdownRecord.Objection([done with { Word = ShutdownWord.Refused }], "boot", new Instant(1)));
    }

    [Fact]
    public void Who_was_asked_and_never_settled_is_looked_at_before_anybody_is_asked_again()
    {
        var begun = new ShutdownRecord("boot", new Instant(0), ShutdownWord.Begun, "snmp", "is asked by -k");
        Assert.Equal("snmp", ShutdownRecord.Unsettled([begun], "boot", new Instant(1)));
        Assert.Equal("snmp", ShutdownRecord.Unsettled([begun with { Word = ShutdownWord.Unknown }], "boot", new Instant(1)));
        Assert.Null(ShutdownRecord.Unsettled([begun, begun with { Word = ShutdownWord.Refused }], "boot", new Instant(1)));
        Assert.Null(ShutdownRecord.Unsettled([begun], "another boot", new Instant(1)));
        Assert.Null(ShutdownRecord.Unsettled([begun], "boot", new Instant(0) + ShutdownRecord.Holds));

        static ShutdownPlan Again() => new(Names, [0, 1], [], unsettled: 1);
        Assert.Equal(new ShutdownStep.Observe(1), Again().Step);
        Assert.True(Assert.IsType<ShutdownStep.End>(After(Again(), new ShutdownFact.Seen(true))).Commanded);
        Assert.Equal(1, Assert.IsType<ShutdownStep.End>(After(Again(), new ShutdownFact.Seen(null))).Unsettled);
        Assert.Equal(new ShutdownStep.Call(0), After(Again(), new ShutdownFact.Seen(false)));
    }

    [Fact]
    public void A_record_reads_as_it_was_written_and_other_lines_are_none()
    {
        foreach (var word in Enum.GetValues<ShutdownWord>())
        {
            var record = new ShutdownRecord("b-1", new Instant(42), word, "usb", "why, in words");
            Assert.Equal(record, ShutdownRecord.Parse(record.Text()));
        }

        Assert.All(["", "x", "a b c d e", "boot 5 perhaps usb why"], line => Assert.Null(ShutdownRecord.Parse(line)));
    }
}

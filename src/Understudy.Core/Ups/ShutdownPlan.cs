using System.Globalization;

namespace Understudy.Core.Ups;

/// <summary>What a <see cref="ShutdownPlan"/> wants done next.</summary>
public abstract record ShutdownStep
{
    private ShutdownStep()
    {
    }

    /// <summary>Connect to the driver's socket and see whether it answers PING. Told by <see cref="ShutdownFact.Answers"/> or <see cref="ShutdownFact.Silent"/>.</summary>
    public sealed record Call(int Source) : ShutdownStep;

    /// <summary>Send a command over that socket; <c>driver.killpower</c> after <c>SET driver.flag.allow_killpower 1</c>. Told by <see cref="ShutdownFact.Answered"/> or <see cref="ShutdownFact.NoAnswer"/>.</summary>
    public sealed record Ask(int Source, string Command) : ShutdownStep;

    /// <summary>Run <c>DRIVERPATH/DRIVER -a UPS -k</c>. Told by <see cref="ShutdownFact.Exited"/>, <see cref="ShutdownFact.NotStarted"/> or <see cref="ShutdownFact.NoEnd"/>.</summary>
    public sealed record Execute(int Source) : ShutdownStep;

    /// <summary>Look whether the device counts down (<c>ups.timer.shutdown</c>). Told by <see cref="ShutdownFact.Seen"/>.</summary>
    public sealed record Observe(int Source) : ShutdownStep;

    /// <summary>It is over.</summary>
    /// <param name="Commanded">A driver has confirmed: the only case in which success may be claimed.</param>
    /// <param name="Unsettled">The source of which it is not known whether it acted; -1 for none.</param>
    public sealed record End(bool Commanded, string Why, int Unsettled = -1) : ShutdownStep;
}

/// <summary>What a step came to.</summary>
public abstract record ShutdownFact
{
    private ShutdownFact()
    {
    }

    public sealed record Answers : ShutdownFact;

    /// <summary>No socket, nobody behind it, or no PONG.</summary>
    public sealed record Silent(string Why) : ShutdownFact;

    public sealed record Answered(CommandResult Result) : ShutdownFact;

    /// <summary>The command was sent, and what became of it is not known.</summary>
    public sealed record NoAnswer(string Why) : ShutdownFact;

    public sealed record Exited(int Code) : ShutdownFact;

    /// <summary>There is no such program, or it cannot run: nothing happened.</summary>
    public sealed record NotStarted(string Why) : ShutdownFact;

    /// <summary>It was ended by us, or by a signal: what it did before is not known.</summary>
    public sealed record NoEnd(string Why) : ShutdownFact;

    /// <summary>Whether the device counts down to its power cut; null where it does not say.</summary>
    public sealed record Seen(bool? CountsDown) : ShutdownFact;
}

/// <summary>
/// How one device is told to cut its power, when several drivers could tell it: one at a time, in the order of the rules, the next only when the one before is known not to have acted. Two commands in a row over two
/// media can contradict each other in the device, so that what is not known ends the plan, unsuccessfully, rather than going on.
/// </summary>
/// <remarks>A pure machine: <see cref="Step"/> is what to do, <see cref="Next"/> takes what it came to.</remarks>
public sealed class ShutdownPlan
{
    /// <summary>A whole plan takes no longer for whoever waits for its answer; each step has its own, shorter limit.</summary>
    public static TimeSpan Longest => TimeSpan.FromMinutes(5);

    /// <summary>What a driver is asked where the section has no <c>sdcommands</c>: its own list, or shutdown.default (main.c of NUT since 2.8.1).</summary>
    public const string KillPower = "driver.killpower";

    private readonly ValueList<int> order;
    private readonly ValueList<string> names;
    private readonly ValueList<string> commands;
    private readonly List<string> story = [];
    private int place = -1;
    private int command;

    /// <param name="names">The sources by their number.</param>
    /// <param name="order">Which comes when.</param>
    /// <param name="commands">What a driver that runs is asked, one after the other until one is handled; empty for <see cref="KillPower"/>.</param>
    /// <param name="unsettled">A source of which an earlier plan does not know whether it acted: its device is looked at first. -1 for none.</param>
    public ShutdownPlan(ValueList<string> names, ValueList<int> order, ValueList<string> commands, int unsettled = -1)
    {
        (this.names, this.order) = (names, order);
        this.commands = commands.Count > 0 ? commands : [KillPower];
        Step = unsettled >= 0 ? new ShutdownStep.Observe(unsettled) : NextSource();
    }

    /// <summary>The order for a section: as <c>prefer.shutdown</c> or <c>prefer.shutdown.default</c> have it, then the last primary, then as <c>port</c> has it.</summary>
    /// <param name="lastPrimary">-1 where it is not known.</param>
    public static ValueList<int> OrderOf(ProxyRules rules, int lastPrimary) =>
        rules.Preferences.Where(p => p.Matches("shutdown") || p.Matches("shutdown.default")).OrderByDescending(p => Globs.Weight(p.Pattern)).Select(p => p.Source)
            .Concat(lastPrimary >= 0 ? [lastPrimary] : [])
            .Concat(Enumerable.Range(0, rules.Sources.Count)).Distinct().ToValueList();

    public ShutdownStep Step { get; private set; }

    public void Next(ShutdownFact fact) => Step = (Step, fact) switch
    {
        (ShutdownStep.End, _) => Step,
        (ShutdownStep.Call call, ShutdownFact.Answers) => new ShutdownStep.Ask(call.Source, commands[command = 0]),
        (ShutdownStep.Call call, ShutdownFact.Silent silent) => After($"{names[call.Source]} does not answer on its socket ({silent.Why})", new ShutdownStep.Execute(call.Source)),
        (ShutdownStep.Ask ask, ShutdownFact.Answered answered) => Heard(ask, answered.Result),
        (ShutdownStep.Ask ask, ShutdownFact.NoAnswer lost) => After($"{names[ask.Source]} was asked {ask.Command}: {lost.Why}", new ShutdownStep.Observe(ask.Source)),
        (ShutdownStep.Observe observe, ShutdownFact.Seen { CountsDown: true }) => new ShutdownStep.End(true, $"{names[observe.Source]} was commanded: its device counts down"),
        (ShutdownStep.Observe observe, ShutdownFact.Seen { CountsDown: false }) => NextAfter($"the device of {names[observe.Source]} does not count down"),
        (ShutdownStep.Observe observe, ShutdownFact.Seen) => Unknown(observe.Source, $"the device of {names[observe.Source]} does not say whether it counts down"),
        (ShutdownStep.Execute execute, ShutdownFact.Exited { Code: 0 }) => new ShutdownStep.End(true, $"{names[execute.Source]} was commanded by -k"),
        (ShutdownStep.Execute execute, ShutdownFact.Exited exited) => NextAfter(string.Create(CultureInfo.InvariantCulture, $"{names[execute.Source]} -k ended with {exited.Code}")),
        (ShutdownStep.Execute execute, ShutdownFact.NotStarted missing) => NextAfter($"{names[execute.Source]} -k was not started: {missing.Why}"),
        (ShutdownStep.Execute execute, ShutdownFact.NoEnd hung) => Unknown(execute.Source, $"{names[execute.Source]} -k: {hung.Why}"),
        _ => throw new ArgumentException($"{fact} is no answer to {Step}", nameof(fact)),
    };

    private ShutdownStep Heard(ShutdownStep.Ask ask, CommandResult result)
    {
        if (result == CommandResult.Handled)
        {
            return new ShutdownStep.End(true, $"{names[ask.Source]} was commanded: {ask.Command} is handled");
        }

        var said = $"{names[ask.Source]} answered {ask.Command} with {result}";
        command++;
        return command < commands.Count ? After(said, new ShutdownStep.Ask(ask.Source, commands[command])) :

            // One that knows the command and says no would say so again. One that does not know it is of before NUT 2.8.1, and has -k for this.
            result == CommandResult.Failed ? NextAfter(said) : After(said, new ShutdownStep.Execute(ask.Source));
    }

    private ShutdownStep After(string what, ShutdownStep next)
    {
        story.Add(what);
        return next;
    }

    private ShutdownStep NextAfter(string what)
    {
        story.Add(what);
        return NextSource();
    }

    private ShutdownStep NextSource() =>
        ++place < order.Count ? new ShutdownStep.Call(order[place]) : Over("no driver could be brought to command the device");

    private ShutdownStep.End Unknown(int source, string what)
    {
        story.Add(what);
        return Over($"so whether {names[source]} acted cannot be known, and another command could contradict it", source);
    }

    private ShutdownStep.End Over(string why, int unsettled = -1) => new(false, string.Join("; ", story.Append(why)), unsettled);
}

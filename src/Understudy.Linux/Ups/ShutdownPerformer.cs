using System.Collections;
using System.Globalization;
using Understudy.Core.Ups;
using Understudy.Linux.Clocks;
using Understudy.Linux.Commands;

namespace Understudy.Linux.Ups;

/// <summary>One real driver, as a shutdown has to reach it.</summary>
/// <param name="Socket">Its socket's path.</param>
/// <param name="Program">Its executable's path; null where ups.conf has no section for it.</param>
/// <param name="Ups">Its section.</param>
public sealed record DriverPlace(string Socket, string? Program, string Ups);

/// <summary>Carries out a <see cref="ShutdownPlan"/>: talks to drivers that run, starts those that do not. It waits for each; it is for a thread of its own.</summary>
/// <param name="patience">How long a driver may take to answer a command.</param>
/// <param name="say">Told each step and what it came to.</param>
public sealed class ShutdownPerformer(IReadOnlyList<DriverPlace> drivers, TimeSpan patience, Action<string> say) : IDisposable
{
    /// <summary>maxstartdelay of ups.conf(5): how long upsdrvctl lets a driver take.</summary>
    private static readonly TimeSpan s_execute = TimeSpan.FromSeconds(75);

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    /// <summary>A countdown that began is seen at the driver's next look at its device (pollinterval: 2 s unless set).</summary>
    private static readonly TimeSpan s_observe = TimeSpan.FromSeconds(6);

    private DriverCall? call;

    /// <summary>Takes one step.</summary>
    public void Step(ShutdownPlan plan)
    {
        var fact = plan.Step switch
        {
            ShutdownStep.Call step => Call(drivers[step.Source]),
            ShutdownStep.Ask step => Ask(step.Command),
            ShutdownStep.Execute step => Execute(drivers[step.Source]),
            ShutdownStep.Observe step => Observe(drivers[step.Source]),
            _ => throw new ArgumentException($"{plan.Step} is nothing to perform", nameof(plan)),
        };
        say($"{plan.Step}: {fact}");
        plan.Next(fact);
    }

    public void Dispose() => call?.Dispose();

    private ShutdownFact Call(DriverPlace driver)
    {
        call?.Dispose();
        call = new DriverCall(driver.Socket);
        return call.Open() is { } why ? new ShutdownFact.Silent(why) : new ShutdownFact.Answers();
    }

    private ShutdownFact Ask(string command)
    {
        if (!call!.Tree.Commands.Contains(command))
        {
            return new ShutdownFact.Answered(CommandResult.Unknown);      // not sent: a driver of before NUT 2.8.0 would not even answer
        }

        if (command == ShutdownPlan.KillPower && call.Set("driver.flag.allow_killpower", "1") is var armed and not CommandResult.Handled)
        {
            return new ShutdownFact.Answered(armed ?? CommandResult.Unknown);      // not armed: nothing happened
        }

        return call.Command(command, patience) is { } result ? new ShutdownFact.Answered(result) : new ShutdownFact.NoAnswer("no answer came");
    }

    private ShutdownFact.Seen Observe(DriverPlace driver)
    {
        BootClock.Pause(s_observe);
        return Call(driver) is ShutdownFact.Answers && double.TryParse(call!.Tree.ValueOf("ups.timer.shutdown"), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? new ShutdownFact.Seen(seconds > 0)
            : new ShutdownFact.Seen(null);
    }

    private ShutdownFact Execute(DriverPlace driver)
    {
        call?.Dispose();
        if (driver.Program is not { } program)
        {
            return new ShutdownFact.NotStarted("ups.conf has no section for it");
        }

        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(e => $"{e.Key}={e.Value}").ToList();
        using var over = new ManualResetEventSlim();
        ProgramEnd? how = null;
        var said = "";
        new ProgramRun(
            new ProgramCall(program, ["-a", driver.Ups, "-k"], environment, s_execute, s_grace),
            new BootTime(),
            () => ProgramFile.Refusal(program),
            (end, output, _) =>
            {
                (how, said) = (end, output.ToString());
                over.Set();
            },
            () => { }).Start();
        over.Wait();
        if (said.Length > 0)
        {
            say(said);
        }

        return how switch
        {
            ProgramEnd.Exited exited => new ShutdownFact.Exited(exited.Code),
            ProgramEnd.NotStarted never => new ShutdownFact.NotStarted(never.Why),
            ProgramEnd.Killed killed => new ShutdownFact.NoEnd(string.Create(CultureInfo.InvariantCulture, $"signal {killed.Signal} ended it")),
            _ => new ShutdownFact.NoEnd(string.Create(CultureInfo.InvariantCulture, $"it did not end within {s_execute.TotalSeconds} s")),
        };
    }
}

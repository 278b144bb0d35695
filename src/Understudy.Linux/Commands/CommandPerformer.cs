using System.Diagnostics;
using System.Globalization;
using Understudy.Core;

namespace Understudy.Linux.Commands;

/// <summary>Runs duties' commands, each once, within its limit, on a thread of its own.</summary>
/// <remarks>It decides nothing and repeats nothing. Two commands of one duty may run at the same time if the machine orders so
/// (a stop need not wait for a start that hangs); who wants the first to end recalls it.</remarks>
/// <param name="time">The clock of limits and stamps: the boot clock (<see cref="Clocks.BootTime"/>), as orders carry instants of it.</param>
public sealed class CommandPerformer(TimeProvider time)
{
    /// <summary>Commands at the same time, also those that the kernel does not let die. The next is refused.</summary>
    public const int MostAtOnce = 64;

    /// <summary>The verbs of docs/reference/commands.md.</summary>
    public static readonly ValueList<string> Verbs = ["start", "stop", "fail", "recover", "reclaim", "up", "down"];

    /// <summary>Between SIGTERM and SIGKILL, unless that is more than half of the limit.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private int running;

    /// <summary>Begins a command and returns at once.</summary>
    /// <param name="order">What to run.</param>
    /// <param name="ended">Told once how it ended, on the command's thread or, for a refusal, on the caller's. Must neither throw nor wait.</param>
    /// <param name="group">Told the number of its process group when it runs, and 0 when it does no more; on the command's thread.</param>
    /// <returns>The running command, to recall it; null when it was refused.</returns>
    public RunningCommand? Start(CommandOrder order, Action<CommandEnded> ended, Action<int>? group = null)
    {
        if (!Verbs.Contains(order.Verb, StringComparer.Ordinal))
        {
            throw new ArgumentException($"{order.Verb} is no verb of a command", nameof(order));
        }

        var now = Now;
        if (Interlocked.Increment(ref running) > MostAtOnce)
        {
            return Refuse(string.Create(CultureInfo.InvariantCulture, $"{MostAtOnce} commands are running already"));
        }

        try
        {
            var call = new ProgramCall(order.Path, [order.Verb], CommandEnvironment.Of(order), order.Limit, Grace);
            var run = new ProgramRun(
                call,
                time,
                objection: () => ProgramFile.Refusal(order.Path) ?? TooLate(order),
                (end, output, took) => ended(new(order, Means(end), output.ToString(), took, Now)),
                gone: () => Interlocked.Decrement(ref running),
                group);
            run.Start();
            return new RunningCommand(order, run);
        }
        catch (IOException e)   // no descriptor to be had
        {
            return Refuse(e.Message);
        }
        catch (OutOfMemoryException e)   // no thread to be had
        {
            return Refuse(e.Message);
        }

        RunningCommand? Refuse(string why)
        {
            Interlocked.Decrement(ref running);
            ended(new(order, new CommandOutcome.Refused(why), "", Now - now, Now));
            return null;
        }
    }

    private Instant Now => new(time.GetElapsedTime(startingTimestamp: 0).Ticks);

    private string? TooLate(CommandOrder order) => Now <= order.NotAfter
        ? null
        : $"its time was over at {order.NotAfter}, now is {Now}";

    private static CommandOutcome Means(ProgramEnd end) => end switch
    {
        ProgramEnd.Exited { Code: 0 } => new CommandOutcome.Done(),
        ProgramEnd.Exited { Code: CommandOutcome.TryLaterCode } => new CommandOutcome.TryLater(),
        ProgramEnd.Exited { Code: CommandOutcome.VetoCode } => new CommandOutcome.Veto(),
        ProgramEnd.Exited e => new CommandOutcome.Failed(e.Code),
        ProgramEnd.Killed e => new CommandOutcome.Killed(e.Signal),
        ProgramEnd.OutOfTime e => new CommandOutcome.TimedOut(e.Dead),
        ProgramEnd.Recalled => new CommandOutcome.Recalled(),
        ProgramEnd.NotStarted e => new CommandOutcome.Refused(e.Why),
        ProgramEnd.Lost => new CommandOutcome.Failed(-1),   // its status went to another; success must be proved
        _ => throw new UnreachableException(end.ToString()),
    };
}

/// <summary>A command that was begun.</summary>
public sealed class RunningCommand
{
    private readonly ProgramRun run;

    internal RunningCommand(CommandOrder order, ProgramRun run)
    {
        Order = order;
        this.run = run;
    }

    public CommandOrder Order { get; }

    /// <summary>Ends it early: SIGTERM to its process group now, SIGKILL after the grace, or <paramref name="within"/> a shorter span. Harmless when it has
    /// ended; any thread may call it.</summary>
    public void Recall(TimeSpan? within = null) => run.Recall(within);
}

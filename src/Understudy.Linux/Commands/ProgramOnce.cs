namespace Understudy.Linux.Commands;

/// <summary>How a program ended, and what it wrote: the first and the last 4 KiB.</summary>
internal sealed record ProgramResult(ProgramEnd End, string Output);

/// <summary>Runs a program to its end, with its limit, for who waits for it.</summary>
internal static class ProgramOnce
{
    /// <summary>Ends when nothing of the program runs any more, or the kernel does not let it die. A cancelled token recalls it.</summary>
    /// <param name="objection">Asked immediately before the spawn, after the file was looked at; an answer is why it does not start.</param>
    internal static async Task<ProgramResult> RunAsync(ProgramCall call, TimeProvider time, CancellationToken stop, Func<string?>? objection = null)
    {
        var ended = new TaskCompletionSource<ProgramResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ProgramRun run;
        try
        {
            run = new ProgramRun(
                call, time, () => ProgramFile.Refusal(call.Path) ?? objection?.Invoke(), (end, output, _) => ended.TrySetResult(new ProgramResult(end, output.ToString())), () => gone.TrySetResult());
            run.Start();
        }
        catch (IOException e)   // no descriptor to be had
        {
            return new ProgramResult(new ProgramEnd.NotStarted(e.Message), "");
        }
        catch (OutOfMemoryException e)   // no thread to be had
        {
            return new ProgramResult(new ProgramEnd.NotStarted(e.Message), "");
        }

        await using (stop.Register(() => run.Recall()))
        {
            await gone.Task;
        }

        return await ended.Task;
    }

    /// <summary>How it ended, in words; null where it ended with exit code 0.</summary>
    internal static string? Trouble(ProgramEnd end) => end switch
    {
        ProgramEnd.Exited { Code: 0 } => null,
        ProgramEnd.Exited e => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"exit code {e.Code}"),
        ProgramEnd.Killed e => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"killed by signal {e.Signal}"),
        ProgramEnd.OutOfTime { Dead: true } => "over its time limit and killed",
        ProgramEnd.OutOfTime => "over its time limit, killed, and stuck in the kernel",
        ProgramEnd.Recalled => "recalled",
        ProgramEnd.NotStarted e => $"not run: {e.Why}",
        ProgramEnd.Lost => "its exit code was lost",
        _ => throw new System.Diagnostics.UnreachableException(end.ToString()),
    };
}

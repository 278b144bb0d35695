using System.Globalization;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;
using Understudy.Linux.Commands;

namespace Understudy.Linux.Probing;

/// <summary>Runs a program: exit code 0 is good, 75 says that it could not look, any other is bad. Its last line is the detail.</summary>
/// <remarks>The program gets its own session and the same environment as a duty's command, with UNDERSTUDY_VERB=probe. It is ended when the limit is
/// reached, and the next reading waits until it is gone.</remarks>
/// <param name="settings">Which program.</param>
/// <param name="duty">The duty's name, for the environment.</param>
/// <param name="time">The clock.</param>
internal sealed class CommandProbe(ProbeSettings.Command settings, string duty, TimeProvider time) : IProbe
{
    /// <summary>Characters of the program's last line that become evidence.</summary>
    private const int LongestDetail = 200;

    public void Dispose()
    {
    }

    public async ValueTask<ProbeReading> ReadAsync(CancellationToken stop)
    {
        var source = new TaskCompletionSource<(ProgramEnd End, string Output)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = new ProgramCall(
            settings.Path,
            [],
            [.. CommandEnvironment.Common, CommandEnvironment.Entry("DUTY", duty), CommandEnvironment.Entry("VERB", "probe")],
            settings.Timeout,
            Grace: settings.Timeout / 4);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ProgramRun run;
        try
        {
            run = new ProgramRun(
                call, time, () => ProgramFile.Refusal(settings.Path), (end, output, _) => source.TrySetResult((end, output.ToString())), () => gone.TrySetResult());
            run.Start();
        }
        catch (IOException e)   // no descriptor to be had
        {
            return new ProbeReading.Unread($"{settings.Subject} was not run: {e.Message}");
        }
        catch (OutOfMemoryException e)   // no thread to be had
        {
            return new ProbeReading.Unread($"{settings.Subject} was not run: {e.Message}");
        }

        await using (stop.Register(() => run.Recall()))
        {
            await gone.Task;
        }

        var (end, output) = await source.Task;
        var last = output.Length == 0 ? "" : $": {Last(output)}";
        return end switch
        {
            ProgramEnd.Exited { Code: 0 } => new ProbeReading.Good($"{settings.Subject}{last}"),
            ProgramEnd.Exited { Code: CommandOutcome.TryLaterCode } => new ProbeReading.Unread($"{settings.Subject} could not look{last}"),
            ProgramEnd.Exited e => new ProbeReading.Bad(string.Create(CultureInfo.InvariantCulture, $"{settings.Subject}: exit code {e.Code}{last}")),
            ProgramEnd.Killed e => new ProbeReading.Bad(string.Create(CultureInfo.InvariantCulture, $"{settings.Subject}: killed by signal {e.Signal}{last}")),
            ProgramEnd.OutOfTime or ProgramEnd.Recalled => throw new OperationCanceledException(stop),
            ProgramEnd.NotStarted e => new ProbeReading.Unread($"{settings.Subject} was not run: {e.Why}"),
            ProgramEnd.Lost => new ProbeReading.Unread($"{settings.Subject}: its exit code was lost"),
            _ => throw new System.Diagnostics.UnreachableException(end.ToString()),
        };
    }

    private static string Last(string output)
    {
        var line = output[(output.LastIndexOf('\n') + 1)..];
        return line.Length <= LongestDetail ? line : line[..LongestDetail];
    }
}

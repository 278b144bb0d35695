using System.Diagnostics;

namespace Understudy.Lab.Worlds;

/// <summary>Runs a program of the system to its end.</summary>
internal static class Shell
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Runs a program and gives what it printed.</summary>
    /// <exception cref="InvalidOperationException">It exited with other than 0; the message holds its error output.</exception>
    /// <exception cref="TimeoutException">It ran for over 20 s and was killed.</exception>
    internal static string Run(string program, string? input, params IEnumerable<string> arguments)
    {
        var (exit, output, errors) = Try(program, input, arguments);
        return exit == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit {exit}: {errors}{output}");
    }

    internal static (int Exit, string Output, string Errors) Try(string program, string? input, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"{program} did not start");
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        if (input is not null)
        {
            process.StandardInput.Write(input);
        }

        process.StandardInput.Close();
        if (!process.WaitForExit(Limit))
        {
            process.Kill();
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} took over {Limit.TotalSeconds:0} s");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}

using System.Diagnostics;
using Understudy.Lab.Worlds;

namespace Understudy.Bench;

/// <summary>One program that the bench started itself: it is signalled and ended by its pid, and what it prints is in a file.</summary>
internal sealed class ChildProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly string log;
    private bool gone;

    /// <summary>Each of the wrappers replaces itself by the next, so that the pid is the program's own; a session of its own keeps a Ctrl-C for the bench.</summary>
    internal ChildProgram(IReadOnlyDictionary<string, string> environment, string log, string program, params IEnumerable<string> arguments)
    {
        this.log = log;
        var start = new ProcessStartInfo("setsid", ["sh", "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", log, program, .. arguments]) { UseShellExecute = false };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }

    internal int Pid => process.Id;

    internal bool HasEnded => gone || process.HasExited;

    /// <summary>How often it printed something.</summary>
    internal int Said(string words) => File.Exists(log) ? File.ReadLines(log).Count(l => l.Contains(words, StringComparison.Ordinal)) : 0;

    /// <summary>The last that it printed, for a message about what went wrong.</summary>
    internal string LastWords => File.Exists(log) ? string.Join(" | ", File.ReadLines(log).TakeLast(4)) : string.Empty;

    internal void Signal(int signal)
    {
        if (!gone && !process.HasExited)
        {
            _ = LabLibc.kill(process.Id, signal);
        }
    }

    /// <summary>Ends it, and waits until it is gone; one that does not heed the signal for 5 s is killed.</summary>
    internal void End(int signal = LabLibc.SIGTERM)
    {
        if (!gone && !process.HasExited)
        {
            Signal(signal);
            if (!process.WaitForExit(Patience))
            {
                process.Kill();
                process.WaitForExit();
            }
        }
    }

    public void Dispose()
    {
        if (!gone)
        {
            End();
            process.Dispose();
            gone = true;
        }
    }
}

using System.Diagnostics;

namespace Understudy.Lab.Worlds.Products;

/// <summary>Starts and ends processes on the hosts of a world; what they print is in the world's folder.</summary>
internal sealed class ProductProcesses(VipWorld world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly List<Process> started = [];

    internal IReadOnlyList<int> Pids(Host host) => world[host].Pids();

    /// <summary>Starts a program inside a host. It is in a session of its own, so that a Ctrl-C at the terminal is the harness' to handle.</summary>
    /// <returns>The pid of the program itself: each of the wrappers replaces itself by the next.</returns>
    internal int Start(Host host, string log, string program, params IEnumerable<string> arguments)
    {
        string[] wrapped =
        [
            "sh", "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", Path.Combine(world.Folder, log),
            "ip", "netns", "exec", world[host].Name, program, .. arguments,
        ];
        var process = Process.Start(new ProcessStartInfo("setsid", wrapped) { UseShellExecute = false })
            ?? throw new InvalidOperationException($"{program} did not start");
        started.Add(process);
        return process.Id;
    }

    /// <summary>Kills everything on a host at once, and waits until it is gone.</summary>
    internal void Kill(Host host)
    {
        Signal(Pids(host), LabLibc.SIGKILL);
        AwaitNobody(host);
    }

    /// <summary>Asks everything on a host to end, as an init system would: the parent first, the rest by it.</summary>
    internal void Stop(Host host)
    {
        if (Pids(host) is [var parent, ..])
        {
            Signal([parent], LabLibc.SIGTERM);
            AwaitNobody(host);
        }
    }

    internal static void Signal(IReadOnlyList<int> pids, int signal)
    {
        foreach (var pid in pids)
        {
            _ = LabLibc.kill(pid, signal);
        }
    }

    internal void KillAll()
    {
        foreach (var host in new[] { Host.Alpha, Host.Beta, Host.Witness })
        {
            Kill(host);
        }

        foreach (var process in started)
        {
            process.Dispose();
        }

        started.Clear();
    }

    private void AwaitNobody(Host host)
    {
        if (!LabClock.WaitUntil(() => Pids(host).Count == 0, Patience))
        {
            Kill(host, Pids(host));
        }
    }

    private void Kill(Host host, IReadOnlyList<int> stubborn)
    {
        Signal(stubborn, LabLibc.SIGKILL);
        if (!LabClock.WaitUntil(() => Pids(host).Count == 0, Patience))
        {
            throw new InvalidOperationException($"processes on {host} survive SIGKILL: {string.Join(' ', Pids(host))}");
        }
    }
}

using System.Diagnostics;
using Understudy.Core.Ledger;
using Understudy.Core.Power;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Understudy.Linux.Ledger;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>One host with a real daemon and its guardian, and behind a wire of two ends a witness that can go dark (10.97.1.2) and a control that stays (10.97.1.3). The power commands are recorders. All of it is gone when disposed.</summary>
internal sealed class GuardRoom : IDisposable
{
    internal const string Witness = "10.97.1.2", Control = "10.97.1.3";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static int made;
    private readonly string folder = Directory.CreateTempSubdirectory("understudy-room-").FullName;
    private readonly string here, there;
    private Process? process;

    internal GuardRoom()
    {
        HarnessTests.SkipWhere(VipWorld.Obstacle() ?? UnderstudyProduct.Obstacle());
        var number = Interlocked.Increment(ref made);
        (here, there) = ($"usg{Environment.ProcessId}h{number}", $"usg{Environment.ProcessId}t{number}");
        foreach (var each in new[] { here, there })
        {
            _ = Shell.Run("ip", null, "netns", "add", each);
        }

        NetworkNamespace.Of(here).Ip($"link add eth0 type veth peer name eth0 netns {there}\naddress add 10.97.1.1/24 dev eth0\nlink set lo up\nlink set eth0 up\n");
        NetworkNamespace.Of(there).Ip("address add 10.97.1.9/24 dev eth0\nlink set eth0 up\n");
        foreach (var address in new[] { Witness, Control })
        {
            Lit(address, true);
        }
    }

    internal Recorders Recorders { get; } = new();

    internal string Ledger => In("ledger");

    internal string In(string name) => Path.Combine(folder, name);

    /// <summary>An address answers, or does not any more, as a thing without power does not.</summary>
    internal void Lit(string address, bool lit) => NetworkNamespace.Of(there).Ip($"address {(lit ? "add" : "delete")} {address}/32 dev eth0\n");

    internal string Script(string name, string shell)
    {
        File.WriteAllText(In(name), $"#!/bin/sh\n{shell}\n");
        File.SetUnixFileMode(In(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return In(name);
    }

    /// <summary>Starts the daemon with one guard named room.</summary>
    /// <param name="more">Lines of the guard, indented by four.</param>
    internal void Start(string more)
    {
        File.WriteAllText(In("settings.yaml"), $$"""
            node: alpha
            api: { socket: {{In("api.sock")}} }
            ledger: { path: {{Ledger}} }
            guards:
              room:
                mains: [{ icmp: {{Witness}}, every: 500ms, timeout: 300ms, fails: 2 }]
                controls: [{ icmp: {{Control}}, every: 500ms, timeout: 300ms, fails: 2 }]
                needed: 1
                settle: 1s
                spread: 0ms
            {{more}}
            """);
        Run("run", In("settings.yaml"));
    }

    /// <summary>Runs a verb of the program on the host.</summary>
    internal Process Run(params string[] words)
    {
        var start = new ProcessStartInfo("ip", ["netns", "exec", here, "sh", "-c", "exec \"$0\" \"$@\" >>\"$LOG\" 2>&1", UnderstudyProduct.FindProgram()!, .. words]) { UseShellExecute = false };
        start.Environment["UNDERSTUDY_POWER_COMMANDS"] = Recorders.Folder;
        start.Environment["LOG"] = In("log");
        return process = Process.Start(start) ?? throw new InvalidOperationException("ip did not start");
    }

    /// <summary>Kills the daemon, not its guardian, as a broken machine might.</summary>
    internal void KillDaemon()
    {
        var daemon = NetworkNamespace.Of(here).Pids()[1];      // the guardian is its parent, and older
        Assert.Equal(0, LabLibc.kill(daemon, LabLibc.SIGKILL));
    }

    internal List<string> Notes(int message) => File.Exists(Ledger)
        ? [.. LedgerFiles.Read(Ledger).Select(e => e.Line).OfType<LedgerLine.Noted>().Where(n => n.Message == message).Select(n => n.Text)]
        : [];

    internal List<EvidenceLine> Evidence() => File.Exists(In("guard-room.evidence"))
        ? [.. File.ReadAllLines(In("guard-room.evidence")).Select(l => EvidenceLine.Read(System.Text.Encoding.UTF8.GetBytes(l), out _)).OfType<EvidenceLine>()]
        : [];

    internal string Log => File.Exists(In("log")) ? File.ReadAllText(In("log")) : "";

    /// <summary>Every power-off that was asked for.</summary>
    internal string[] PowerOffs() => [.. Recorders.Calls().Where(c => c.StartsWith("systemctl|poweroff", StringComparison.Ordinal))];

    internal void Await(string what, Func<bool> isSo) => Assert.True(
        LabClock.WaitUntil(isSo, s_patience),
        $"{what}: not within {s_patience.TotalSeconds:0} s.\n{Log}\n{(File.Exists(Ledger) ? File.ReadAllText(Ledger) : "")}\n{string.Join('\n', Recorders.Calls())}");

    internal void AwaitPresent() => Await("the mains are present", () => Notes(1201).Any(n => n.Contains("mains present", StringComparison.Ordinal)));

    public void Dispose()
    {
        process?.Kill(entireProcessTree: true);
        process?.WaitForExit();
        process?.Dispose();
        foreach (var each in new[] { here, there })
        {
            NetworkNamespace.Remove(each);
        }

        Recorders.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

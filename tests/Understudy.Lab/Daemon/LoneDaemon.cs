using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Understudy.Core.Ledger;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Understudy.Linux.Ledger;
using Xunit;

namespace Understudy.Lab.Daemon;

/// <summary>One real daemon whose peer is never heard, in namespaces of its own: network, processes, and time, where the boot clock is far ahead of the monotonic one
/// as on a host that slept for days. It ends with its namespaces.</summary>
internal sealed class LoneDaemon : IDisposable
{
    private const int SleptSeconds = 1_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string folder = Directory.CreateTempSubdirectory("understudy-lone-").FullName;
    private readonly Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly List<string> told = [];
    private Process? process;

    internal LoneDaemon()
    {
        HarnessTests.SkipWhere(VipWorld.Obstacle() ?? UnderstudyProduct.Obstacle() ?? (File.Exists("/proc/self/ns/time") ? null : "needs a kernel with time namespaces"));
        File.WriteAllText(In("secret"), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) + "\n");
        File.SetUnixFileMode(In("secret"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        systemd.Bind(new UnixDomainSocketEndPoint(In("notify")));
    }

    internal string In(string name) => Path.Combine(folder, name);

    /// <summary>Writes a script that duties may run.</summary>
    internal string Script(string name, string shell)
    {
        File.WriteAllText(In(name), $"#!/bin/sh\n{shell}\n");
        File.SetUnixFileMode(In(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return In(name);
    }

    /// <summary>Starts it with one duty, which it takes, as nobody else is heard.</summary>
    /// <param name="more">Lines of the duty, indented by four.</param>
    internal void Start(string more)
    {
        File.WriteAllText(In("settings.yaml"), $$"""
            secret: {{In("secret")}}
            nodes: { alpha: { lan: 127.0.0.1 }, beta: { lan: 127.0.0.2 } }
            heartbeat: { every: 100ms, dead_after: 350ms }
            arbiter: none
            api: { socket: {{In("api.sock")}} }
            ledger: { path: {{In("ledger")}} }
            duties:
              web:
                candidates: [alpha, beta]
                addresses: [{ address: 10.99.0.100/32, dev: lo }]
                on_split: take
            {{more}}
            """);
        var start = new ProcessStartInfo("unshare")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NOTIFY_SOCKET"] = In("notify");
        string[] words =
        [
            "--net", "--pid", "--mount-proc", "--time", "--boottime", SleptSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture), "--fork", "--kill-child=SIGKILL",
            "sh", "-c", $"ip link set lo up && exec {UnderstudyProduct.FindProgram()} run {In("settings.yaml")} --node alpha >{In("log")} 2>&1",
        ];
        foreach (var word in words)
        {
            start.ArgumentList.Add(word);
        }

        process = Process.Start(start) ?? throw new InvalidOperationException("unshare did not start");
    }

    /// <summary>All whole lines of its ledger so far.</summary>
    internal List<LedgerLine> Ledger() => File.Exists(In("ledger")) ? [.. LedgerFiles.Read(In("ledger")).Select(e => e.Line).OfType<LedgerLine>()] : [];

    /// <summary>What it told systemd so far, oldest first.</summary>
    internal List<string> Told()
    {
        var buffer = new byte[4096];
        while (systemd.Available > 0)
        {
            told.Add(Encoding.UTF8.GetString(buffer, 0, systemd.Receive(buffer)));
        }

        return told;
    }

    internal void Await(string what, Func<bool> isSo) => Assert.True(
        LabClock.WaitUntil(isSo, Patience),
        $"{what}: not within {Patience.TotalSeconds:0} s.\n{string.Join('\n', Told())}\n{(File.Exists(In("log")) ? File.ReadAllText(In("log")) : "")}\n{string.Join('\n', Ledger().Select(Sentences.Of))}");

    public void Dispose()
    {
        if (process is not null)
        {
            process.Kill();      // the first process of its namespaces goes with it, and all others with that one
            process.WaitForExit();
            process.Dispose();
        }

        systemd.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

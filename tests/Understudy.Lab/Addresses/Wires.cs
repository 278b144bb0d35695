using System.Diagnostics;
using Understudy.Linux.Interop;
using Xunit;

namespace Understudy.Lab.Addresses;

/// <summary>Two hosts as network namespaces with one cable between them: device <c>here</c> in one, <c>there</c> in the other. Gone when disposed.</summary>
internal sealed class Wires : IDisposable
{
    private static int made;
    private readonly string near;
    private readonly string far;

    internal Wires()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Skip("network namespaces need root");
        }

        var number = Interlocked.Increment(ref made);
        near = $"us{Environment.ProcessId}n{number}";
        far = $"us{Environment.ProcessId}f{number}";
        Ip($"netns add {near}");
        Ip($"netns add {far}");
        Ip($"-n {near} link add here type veth peer name there netns {far}");
        foreach (var (ns, device) in new[] { (near, "here"), (far, "there") })
        {
            Ip($"-n {ns} link set lo up");
            Ip($"-n {ns} link set {device} up");
        }

        Ip($"-n {near} address add 10.99.0.1/24 dev here");
        Ip($"-n {far} address add 10.99.0.9/24 dev there");
        Ip($"-n {near} address add fd00:99::1/64 dev here nodad");
        Ip($"-n {far} address add fd00:99::9/64 dev there nodad");
    }

    internal string Near => $"/run/netns/{near}";

    internal string Far => $"/run/netns/{far}";

    internal string NearName => near;

    public void Dispose()
    {
        _ = TryIp($"netns delete {near}");
        _ = TryIp($"netns delete {far}");
    }

    internal T Here<T>(Func<T> open) => Namespaces.RunIn(Near, open);

    internal T There<T>(Func<T> open) => Namespaces.RunIn(Far, open);

    internal string IpHere(string arguments) => Ip($"-n {near} {arguments}");

    internal string IpThere(string arguments) => Ip($"-n {far} {arguments}");

    /// <summary>Whether <c>ip address</c> shows the address in the near host.</summary>
    internal bool Shows(string address) => IpHere("address show").Contains($" {address}/", StringComparison.Ordinal);

    /// <summary>Waits until something holds; the outer world has no clock of ours to turn.</summary>
    internal static TimeSpan Until(Func<bool> holds, TimeSpan atMost)
    {
        var start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(start) > atMost)
            {
                Assert.Fail($"still not so after {atMost}");
            }

            Thread.Sleep(1);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private static string Ip(string arguments)
    {
        var (code, output, error) = TryIp(arguments);
        return code == 0 ? output : throw new InvalidOperationException($"ip {arguments}: {error}");
    }

    private static (int Code, string Output, string Error) TryIp(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error);
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;
using Understudy.Linux.Interop;
using Understudy.Linux.Probing;
using Xunit;

namespace Understudy.Lab.Probing;

[SupportedOSPlatform("linux")]
public sealed class ProbeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(200, 200, 399, true)]
    [InlineData(302, 200, 399, true)]      // and it is not followed: /elsewhere would be a second connection
    [InlineData(302, 200, 299, false)]
    [InlineData(500, 200, 399, false)]
    [InlineData(503, 503, 503, true)]
    public async Task Http_judges_by_the_status(int status, int from, int to, bool good)
    {
        await using var server = new WebServer(WebServer.Page(status));
        using var probe = new HttpProbe(new(server.Url) { ExpectFrom = from, ExpectTo = to });
        var words = $"http {status} from {server.Url}";
        Assert.Equal(good ? new ProbeReading.Good(words) : new ProbeReading.Bad(words) { Answered = true }, await Read(probe));
        _ = await Read(probe);
        Assert.Equal(2, server.Connections);   // each reading its own connection, and no other
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(10_000, true)]
    [InlineData(65_534, true)]     // "ok" ends with the 65,536th byte
    [InlineData(65_535, false)]
    [InlineData(-1, false)]
    public async Task Http_finds_the_text_in_the_first_64_KiB(int before, bool good)
    {
        await using var server = new WebServer(WebServer.Page(200, before < 0 ? "nothing" : $"{new string('x', before)}ok and more"));
        using var probe = new HttpProbe(new(server.Url) { Contains = "ok" });
        var words = $"http 200 from {server.Url}";
        Assert.Equal(
            good ? new ProbeReading.Good($"{words} with the text") : new ProbeReading.Bad($"{words} without 'ok' in its first 64 KiB") { Answered = true }, await Read(probe));
    }

    [Fact]
    public async Task Https_wants_a_certificate_that_it_can_trust_unless_told_otherwise()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=somebody else", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var server = new WebServer(WebServer.Page(200), certificate);
        using var strict = new HttpProbe(new(server.Url));
        using var lax = new HttpProbe(new(server.Url) { Insecure = true });
        Assert.Contains("certificate", Assert.IsType<ProbeReading.Bad>(await Read(strict)).Detail, StringComparison.Ordinal);
        Assert.Equal(new ProbeReading.Good($"http 200 from {server.Url}"), await Read(lax));
    }

    [Fact]
    public async Task Http_that_is_refused_or_nonsense_is_bad_and_a_name_that_is_not_found_is_unread()
    {
        await using var nonsense = new WebServer("SSH-2.0-something\r\n");
        using var one = new HttpProbe(new(nonsense.Url));
        Assert.IsType<ProbeReading.Bad>(await Read(one));

        using var two = new HttpProbe(new(new Uri($"http://127.0.0.1:{ClosedPort()}/")));
        Assert.Contains("refused", Assert.IsType<ProbeReading.Bad>(await Read(two)).Detail, StringComparison.Ordinal);

        using var three = new HttpProbe(new(new Uri("http://does-not-exist.invalid/")));   // RFC 6761: never resolves
        Assert.IsType<ProbeReading.Unread>(await Read(three));
    }

    [Fact]
    public async Task Tcp_says_who_accepts_and_who_refuses()
    {
        await using var server = new WebServer(answer: null);
        using var open = new TcpProbe(new("127.0.0.1", server.Port));
        Assert.Equal(new ProbeReading.Good($"tcp 127.0.0.1:{server.Port} accepted"), await Read(open));
        using var byName = new TcpProbe(new("localhost", server.Port));
        Assert.IsType<ProbeReading.Good>(await Read(byName));
        var port = ClosedPort();
        using var closed = new TcpProbe(new("127.0.0.1", port));
        Assert.Equal(new ProbeReading.Bad($"tcp 127.0.0.1:{port}: Connection refused") { Answered = true }, await Read(closed));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Icmp_hears_its_echo(string address)
    {
        Root();
        if (address.Contains(':') && !Socket.OSSupportsIPv6)
        {
            Assert.Skip("no IPv6 here");
        }

        using var probe = new IcmpProbe(new(IPAddress.Parse(address)));
        Assert.StartsWith($"icmp {address} answered in ", Assert.IsType<ProbeReading.Good>(await Read(probe)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Carrier_is_of_a_device_that_exists()
    {
        using var loopback = new CarrierProbe(new("lo"));
        Assert.Equal(new ProbeReading.Good("lo has carrier"), await Read(loopback));
        using var nobody = new CarrierProbe(new("nobody0"));
        Assert.Equal(new ProbeReading.Bad("nobody0 does not exist"), await Read(nobody));
        using var tooLong = new CarrierProbe(new("sixteen-letters0"));
        Assert.IsType<ProbeReading.Unread>(await Read(tooLong));
    }

    [Fact]
    public async Task On_a_wire_between_two_namespaces()
    {
        Root();
        var (here, there) = ($"us-p{Environment.ProcessId}a", $"us-p{Environment.ProcessId}b");
        try
        {
            await Ip($"netns add {here}");
            await Ip($"netns add {there}");
            await Ip($"-n {here} link add eth0 type veth peer name eth0 netns {there}");
            await Ip($"-n {here} addr add 10.97.0.1/24 dev eth0");
            await Ip($"-n {there} addr add 10.97.0.2/24 dev eth0");

            Assert.Equal(new ProbeReading.Bad("eth0 is down"), await Carrier());
            await Ip($"-n {here} link set eth0 up");
            Assert.Equal(new ProbeReading.Bad("eth0 has no carrier"), await Carrier());
            await Ip($"-n {there} link set eth0 up");
            Assert.Equal(new ProbeReading.Good("eth0 has carrier"), await Carrier());

            var mac = (await Ip($"-n {there} -brief link show eth0")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];
            Assert.Equal(new ProbeReading.Good($"arp 10.97.0.2 dev eth0 answered from {mac}"), await Arp("10.97.0.2", "eth0"));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Arp("10.97.0.3", "eth0", TimeSpan.FromMilliseconds(200)));
            Assert.Equal(new ProbeReading.Unread("arp 10.97.0.2 dev eth9 was not asked: eth9: No such device"), await Arp("10.97.0.2", "eth9"));
            Assert.IsType<ProbeReading.Unread>(await Arp("127.0.0.1", "lo"));

            // A question that names no sender leaves no trace with who answers it.
            Assert.DoesNotContain("10.97.0.1", await Ip($"-n {there} neigh show"), StringComparison.Ordinal);

            // No route to the subject is our trouble; a host that does not answer is the subject's.
            Assert.IsType<ProbeReading.Unread>(await In(() => new TcpProbe(new("192.0.2.1", 80))));
            Assert.IsType<ProbeReading.Unread>(await In(() => new IcmpProbe(new(IPAddress.Parse("192.0.2.1")))));
        }
        finally
        {
            await Ip($"netns del {here}");
            await Ip($"netns del {there}");
        }

        Task<ProbeReading> Carrier() => In(() => new CarrierProbe(new("eth0")));

        Task<ProbeReading> Arp(string address, string device, TimeSpan? limit = null) =>
            In(() => new ArpProbe(new(IPAddress.Parse(address), device)), limit);

        // Sockets belong to the namespace of the thread that opens them, which all these do before they first wait.
        async Task<ProbeReading> In(Func<IProbe> open, TimeSpan? limit = null)
        {
            using var stop = new CancellationTokenSource(limit ?? Patience);
            return await Namespaces.RunIn($"/run/netns/{here}", () => open().ReadAsync(stop.Token).AsTask());
        }
    }

    [Theory]
    [InlineData("echo all is well; exit 0", "Good { Detail = command PATH: all is well }")]
    [InlineData("exit 0", "Good { Detail = command PATH }")]
    [InlineData("echo one; echo two; exit 2", "Bad { Detail = command PATH: exit code 2: two, Answered = False }")]
    [InlineData("kill -9 $$", "Bad { Detail = command PATH: killed by signal 9, Answered = False }")]
    [InlineData("echo starting; exit 75", "Unread { Reason = command PATH could not look: starting }")]
    [InlineData(null, "Unread { Reason = command PATH was not run: PATH: No such file or directory }")]
    public async Task Command_is_judged_by_its_exit_code(string? script, string reading)
    {
        using var folder = new Folder();
        var path = $"{folder.Path}/probe";
        if (script is not null)
        {
            await File.WriteAllTextAsync(path, $"#!/bin/sh\n{script}\n", TestContext.Current.CancellationToken);
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }

        using var probe = new CommandProbe(new(path) { Timeout = TimeSpan.FromSeconds(10) }, "web", TimeProvider.System);
        ProbeReading got;
        do
        {
            got = await Read(probe);
        }
        while (got is ProbeReading.Unread { Reason: var why } && why.EndsWith("Text file busy", StringComparison.Ordinal));   // as in CommandTests

        Assert.Equal(reading.Replace("PATH", path, StringComparison.Ordinal), got.ToString());
    }

    [Fact]
    public async Task The_runner_reads_each_probe_in_its_turn_and_never_twice_at_once()
    {
        var readings = new BlockingCollection<ProbeRead>();
        var (inside, most) = (0, 0);
        var settings = new ProbeSettings.Carrier("lo") { Every = TimeSpan.FromMilliseconds(20), Timeout = TimeSpan.FromSeconds(5) };
        await using var runner = new ProbeRunner(TimeProvider.System, readings.Add, _ => new Scripted(async stop =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Delay(50, stop);   // longer than a turn
            Interlocked.Decrement(ref inside);
            return new ProbeReading.Good("fine");
        }));
        await runner.ReplaceAsync([new("web", 3, settings)]);
        var got = Take(readings, 5);
        Assert.Equal(1, most);
        Assert.All(got, read => Assert.Equal(("web", 3, new ProbeReading.Good("fine")), (read.Duty, read.Probe, read.Reading)));
        Assert.Equal(got.Select(read => read.At), got.Select(read => read.At).Order());
    }

    [Fact]
    public async Task The_runner_ends_who_does_not_answer_and_takes_a_broken_probe_for_blind()
    {
        var readings = new BlockingCollection<ProbeRead>();
        var settings = new ProbeSettings.Carrier("lo") { Every = TimeSpan.FromMilliseconds(200), Timeout = TimeSpan.FromMilliseconds(50) };
        await using var runner = new ProbeRunner(TimeProvider.System, readings.Add, plan => new Scripted(async stop =>
        {
            await Task.Delay(plan.Index == 0 ? Timeout.Infinite : 0, stop);
            throw new InvalidOperationException("a mistake of ours");
        }));
        await runner.ReplaceAsync([new("web", 0, settings), new("web", 1, settings)]);
        var got = Take(readings, 6);
        Assert.Contains(got, read => read is { Probe: 0, Reading: ProbeReading.Bad { Detail: "carrier lo: no answer within 50 ms" } });
        Assert.Contains(got, read => read is { Probe: 1, Reading: ProbeReading.Unread { Reason: "carrier lo could not be read: a mistake of ours" } });
    }

    [Fact]
    public async Task A_reload_keeps_what_is_unchanged_and_silences_what_went()
    {
        var readings = new BlockingCollection<ProbeRead>();
        var (opened, closed) = (new ConcurrentBag<ProbePlan>(), new ConcurrentBag<ProbePlan>());
        var settings = new ProbeSettings.Carrier("lo") { Every = TimeSpan.FromMilliseconds(20) };
        ProbePlan stays = new("web", 0, settings), goes = new("web", 1, settings), comes = new("web", 1, settings with { Fails = 9 });
        await using var runner = new ProbeRunner(TimeProvider.System, readings.Add, plan =>
        {
            opened.Add(plan);
            return new Scripted(_ => Task.FromResult<ProbeReading>(new ProbeReading.Good($"{plan.Settings.Fails}")), () => closed.Add(plan));
        });
        await runner.ReplaceAsync([stays, goes]);
        _ = Take(readings, 4);
        await runner.ReplaceAsync([stays, comes]);
        Assert.Equal([goes], closed);
        while (readings.TryTake(out _))
        {
        }

        Assert.DoesNotContain(Take(readings, 6), read => read is { Probe: 1, Reading: ProbeReading.Good { Detail: "3" } });
        Assert.Equal(3, opened.Count);
        await runner.DisposeAsync();
        Assert.Equal(3, closed.Count);   // a loop closes its probe after its last word
    }

    [Fact]
    public async Task A_hurried_reading_does_not_wait_for_its_turn()
    {
        var readings = new BlockingCollection<ProbeRead>();
        var settings = new ProbeSettings.Carrier("lo") { Every = TimeSpan.FromHours(1) };
        await using var runner = new ProbeRunner(
            TimeProvider.System, readings.Add, _ => new Scripted(_ => Task.FromResult<ProbeReading>(new ProbeReading.Good("fine"))));
        await runner.ReplaceAsync([new("other", 0, settings), new("web", 0, settings), new("web", 1, settings)]);
        Assert.Equal("other", Take(readings, 1)[0].Duty);   // the first in the interval; the others' turns are minutes away
        for (var i = 0; i < 3; i++)
        {
            runner.ReadNow("web");
            Assert.Equal([("web", 0), ("web", 1)], Take(readings, 2).Select(read => (read.Duty, read.Probe)).Order());
        }
    }

    [Fact]
    public async Task The_runner_reads_the_probes_of_the_settings()
    {
        await using var server = new WebServer(WebServer.Page(500));
        var readings = new BlockingCollection<ProbeRead>();
        var every = TimeSpan.FromMilliseconds(50);
        var patience = TimeSpan.FromSeconds(5);
        await using var runner = new ProbeRunner(TimeProvider.System, readings.Add);
        await runner.ReplaceAsync(
        [
            new("web", 0, new ProbeSettings.Http(server.Url) { Every = every, Timeout = patience }),
            new("web", 1, new ProbeSettings.Tcp("127.0.0.1", server.Port) { Every = every, Timeout = patience }),
            new("web", 2, new ProbeSettings.Carrier("lo") { Every = every, Timeout = patience }),
            new("web", 3, new ProbeSettings.Command("/bin/false") { Every = every, Timeout = patience }),
        ]);
        var seen = new Dictionary<int, ProbeReading>();
        for (var i = 0; i < 1000 && seen.Count < 4; i++)
        {
            var read = Take(readings, 1)[0];
            seen[read.Probe] = read.Reading;
        }

        Assert.Equal(new ProbeReading.Bad($"http 500 from {server.Url}") { Answered = true }, seen[0]);
        Assert.IsType<ProbeReading.Good>(seen[1]);
        Assert.IsType<ProbeReading.Good>(seen[2]);
        Assert.Equal(new ProbeReading.Bad("command /bin/false: exit code 1"), seen[3]);
    }

    private static List<ProbeRead> Take(BlockingCollection<ProbeRead> readings, int count)
    {
        var got = new List<ProbeRead>();
        while (got.Count < count)
        {
            Assert.True(readings.TryTake(out var read, (int)Patience.TotalMilliseconds, TestContext.Current.CancellationToken));
            got.Add(read);
        }

        return got;
    }

    private static async Task<ProbeReading> Read(IProbe probe)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(Patience);
        return await probe.ReadAsync(stop.Token);
    }

    private static void Root() => Assert.SkipUnless(Environment.UserName == "root" || Environment.IsPrivilegedProcess, "needs CAP_NET_RAW and CAP_NET_ADMIN");

    /// <summary>A port on which nobody listened a moment ago.</summary>
    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<string> Ip(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
    }

    private sealed class Scripted(Func<CancellationToken, Task<ProbeReading>> read, Action? closed = null) : IProbe
    {
        public async ValueTask<ProbeReading> ReadAsync(CancellationToken stop) => await read(stop);

        public void Dispose() => closed?.Invoke();
    }

    private sealed class Folder : IDisposable
    {
        internal string Path { get; } = Directory.CreateTempSubdirectory("understudy-probe-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}

using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Understudy.Api;
using Understudy.Cli;
using Understudy.Core.Ups;
using Understudy.Telemetry;
using Understudy.Tests.Api;
using Understudy.Ups;
using Xunit;

namespace Understudy.Tests.Cli;

/// <summary>The proxies of a host, seen through every face: a folder with NUT's files, and sockets that answer what they are told.</summary>
public sealed class ProxyFacesTests : IDisposable
{
    internal static readonly ProxyReport Report = new(
        "ups", "0.1", ProxyMode.Multiplex, "OL", true, "usbhid-ups-usb", 61_000, 3_600_000, 3, 2,
        [
            new SourceReport("usbhid-ups-usb", 0, true, SourceCondition.Fresh, "primary", 5_000, 1_500, 90_000, 1234, 1, 0, 20, 85, 900, 40),
            new SourceReport("snmp-ups-net", 1, false, SourceCondition.Never, null, null, null, null, 0, 0, 7, 0, null, 0, 0),
        ]);

    private readonly string root = Directory.CreateTempSubdirectory("understudy").FullName;
    private readonly List<Socket> sockets = [];

    public ProxyFacesTests() => File.WriteAllText(
        Path.Combine(root, "ups.conf"),
        "[usb]\ndriver = usbhid-ups\nport = auto\n[ups]\ndriver = understudy-ups\nport = usbhid-ups-usb,snmp-ups-net\n[other]\ndriver = understudy-ups\nport = usbhid-ups-usb\n");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        sockets.ForEach(s => s.Dispose());
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Every_proxy_of_ups_conf_is_asked_and_those_that_do_not_run_are_told()
    {
        Answer("ups", Whole(Report));
        var seen = await Source().LookAsync(Stop);
        Assert.Equal(["ups", "other"], seen.Proxies.Select(p => p.Ups));
        Assert.Equal(new SeenProxy("ups", true, null, Report), seen.Find("ups"));
        Assert.Equal((false, $"it does not run: there is no {root}/understudy-ups-other"), (seen.Find("other")!.Answers, seen.Find("other")!.Problem));
    }

    [Theory]
    [InlineData("PONG\n", "it has not answered within 300 ms: it hangs, or is of an older version")]
    [InlineData("UNDERSTUDY END\n", "it does not say whose proxy it is")]
    public async Task One_that_answers_something_else_keeps_nobody_waiting(string answer, string problem)
    {
        Answer("ups", answer);
        Answer("other", Whole(Report with { Ups = "other" }));
        var seen = await Source().LookAsync(Stop);
        Assert.Equal(problem, seen.Find("ups")!.Problem);
        Assert.Equal("other", seen.Find("other")!.Report!.Ups);
    }

    [Fact]
    public async Task A_dead_socket_is_told_as_one()
    {
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(Path.Combine(root, "understudy-ups-ups")));
        }

        File.WriteAllText(Path.Combine(root, "understudy-ups-other"), "a letter");
        var seen = await Source().LookAsync(Stop);
        Assert.All(seen.Proxies, p => Assert.Equal((false, null), (p.Answers, p.Report)));
    }

    [Fact]
    public async Task A_host_without_NUT_has_no_proxies()
    {
        File.Delete(Path.Combine(root, "ups.conf"));
        Assert.Equal(HostProxies.None, await Source().LookAsync(Stop));
        Assert.Equal("", ProxyText.Of(HostProxies.None));
    }

    [Fact]
    public async Task Status_shows_proxies_beside_duties()
    {
        Answer("ups", Whole(Report));
        await using var served = await ServedDaemon.StartAsync();
        var (code, output, _) = await RunAsync(served.Socket, v => v.Status(false));
        Assert.Equal(0, code);
        Assert.Contains("web   alpha   1", output, StringComparison.Ordinal);
        Assert.Contains("\nups    mode       primary         for        status  data   switches  clients\n", output, StringComparison.Ordinal);
        Assert.Contains("\nups    multiplex  usbhid-ups-usb  1 min 1 s  OL      fresh  3         2\n", output, StringComparison.Ordinal);
        Assert.Contains("\nups  usbhid-ups-usb  fresh, wanted for 5 s  1.5 s ago  0 times  20 ms    85 us  900 us     40\n", output, StringComparison.Ordinal);
        Assert.Contains("\nups  snmp-ups-net    never seen             never      7 times  0 ms     -      -          0\n", output, StringComparison.Ordinal);
        Assert.Contains("\nother: it does not run", output, StringComparison.Ordinal);
        (_, output, _) = await RunAsync(served.Socket, v => v.Status(false), json: true);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("alpha", json.RootElement.GetProperty("node").GetString());
        var proxy = json.RootElement.GetProperty("proxies")[0];
        Assert.Equal(("ups", true, "multiplex"), (proxy.GetProperty("ups").GetString(), proxy.GetProperty("answers").GetBoolean(), proxy.GetProperty("report").GetProperty("mode").GetString()));
        Assert.Equal(("fresh", 1_500), (proxy.GetProperty("report").GetProperty("sources")[0].GetProperty("condition").GetString(), proxy.GetProperty("report").GetProperty("sources")[0].GetProperty("age_ms").GetInt64()));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("proxies_problem").ValueKind);
    }

    [Fact]
    public async Task Without_a_daemon_status_shows_the_proxies_and_ends_as_it_does_without_one()
    {
        Answer("ups", Whole(Report));
        var (code, output, error) = await RunAsync($"{root}/none.sock", v => v.Status(false));
        Assert.Equal(3, code);
        Assert.StartsWith("ups    mode", output, StringComparison.Ordinal);
        Assert.StartsWith($"understudy: no daemon answers at {root}/none.sock", error, StringComparison.Ordinal);
        (code, output, error) = await RunAsync($"{root}/none.sock", v => v.Status(false), json: true);
        Assert.Equal((3, ""), (code, error));
        var read = JsonSerializer.Deserialize(output, FacesJson.Default.StatusWithoutDaemon)!;
        Assert.Equal(Report, read.Proxies[0].Report);
        Assert.StartsWith("no daemon answers", read.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_takes_a_proxys_name_with_and_without_a_daemon()
    {
        await using var served = await ServedDaemon.StartAsync();
        foreach (var socket in (string[])[served.Socket, $"{root}/none.sock"])
        {
            var (code, _, error) = await RunAsync(socket, v => v.Explain("ups"));
            Assert.Equal((3, $"understudy: no proxy ups runs, and none has left a ledger at {root}/understudy-ups-ups.ledger\n"), (code, error));
        }

        Assert.Contains("has web with epoch 1", (await RunAsync(served.Socket, v => v.Explain("web"))).Output, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync(served.Socket, v => v.Explain("usb"))).Code);      // a real driver is no proxy
    }

    [Fact]
    public async Task Watch_prints_a_line_when_another_source_is_shown()
    {
        Answer("ups", Whole(Report), Whole(Report with { Primary = null }), Whole(Report with { Primary = null }));
        await using var served = await ServedDaemon.StartAsync();
        var (code, output, _) = await RunAsync(served.Socket, v => v.Watch(false, 3));
        Assert.Equal(0, code);
        Assert.Equal(
            "web: alpha has epoch 1 (alpha active, beta standby); ups: usbhid-ups-usb is shown; other: no answer\n"
            + "web: alpha has epoch 1 (alpha active, beta standby); ups: no source is shown; other: no answer\n",
            output);
    }

    [Fact]
    public async Task The_API_has_all_proxies_and_each()
    {
        await using var served = await ServedDaemon.StartAsync();
        using var client = served.Client();
        Assert.Equal("""{"problem":null,"proxies":[]}""", await client.GetStringAsync(new Uri("v1/proxies", UriKind.Relative), Stop));
        Assert.DoesNotContain("understudy_ups", await client.GetStringAsync(new Uri("metrics", UriKind.Relative), Stop), StringComparison.Ordinal);
        served.Proxies = Seen;
        Assert.Equal(Seen, JsonSerializer.Deserialize(await client.GetStringAsync(new Uri("v1/proxies", UriKind.Relative), Stop), FacesJson.Default.HostProxies));
        Assert.Equal(Seen.Proxies[0], JsonSerializer.Deserialize(await client.GetStringAsync(new Uri("v1/proxies/ups", UriKind.Relative), Stop), FacesJson.Default.SeenProxy));
        using var none = await client.GetAsync(new Uri("v1/proxies/none", UriKind.Relative), Stop);
        Assert.Equal(404, (int)none.StatusCode);
        Assert.Contains("its proxies are: ups, dead, shut", await none.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Contains("\nunderstudy_ups_switches_total{ups=\"ups\"} 3\n", await client.GetStringAsync(new Uri("metrics", UriKind.Relative), Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""understudy_ups_answers{ups="ups"} 1""")]
    [InlineData("""understudy_ups_answers{ups="dead"} 0""")]
    [InlineData("""understudy_ups_fresh{ups="ups"} 1""")]
    [InlineData("""understudy_ups_primary_seconds{ups="ups"} 61""")]
    [InlineData("""understudy_ups_switches_total{ups="ups"} 3""")]
    [InlineData("""understudy_ups_clients{ups="ups"} 2""")]
    [InlineData("""understudy_ups_source_primary{ups="ups",source="usbhid-ups-usb"} 1""")]
    [InlineData("""understudy_ups_source_primary{ups="ups",source="snmp-ups-net"} 0""")]
    [InlineData("""understudy_ups_source_fresh{ups="ups",source="snmp-ups-net"} 0""")]
    [InlineData("""understudy_ups_source_override{ups="ups",source="usbhid-ups-usb"} 1""")]
    [InlineData("""understudy_ups_source_age_seconds{ups="ups",source="usbhid-ups-usb"} 1.5""")]
    [InlineData("""understudy_ups_relay_lag_seconds{ups="ups",source="usbhid-ups-usb"} 8.5E-05""")]
    [InlineData("""understudy_ups_relay_lag_max_seconds{ups="ups",source="usbhid-ups-usb"} 0.0009""")]
    [InlineData("""understudy_ups_source_losses_total{ups="ups",source="snmp-ups-net"} 7""")]
    [InlineData("""understudy_ups_source_lines_total{ups="ups",source="usbhid-ups-usb"} 1234""")]
    public void A_report_is_in_the_metrics(string line) => Assert.Contains($"\n{line}\n", UpsMetrics.Text(Seen), StringComparison.Ordinal);

    [Theory]
    [InlineData("understudy_ups_answers{ups=\"shut\"}")]
    [InlineData("understudy_ups_fresh{ups=\"dead\"}")]
    [InlineData("understudy_ups_source_age_seconds{ups=\"ups\",source=\"snmp-ups-net\"}")]
    [InlineData("understudy_ups_relay_lag_seconds{ups=\"ups\",source=\"snmp-ups-net\"}")]
    public void What_is_not_known_has_no_sample(string start) => Assert.DoesNotContain(start, UpsMetrics.Text(Seen), StringComparison.Ordinal);

    /// <summary>The text format 0.0.4, which node_exporter's textfile collector reads, has no other kinds, and names a counter's family as its samples.</summary>
    [Fact]
    public void The_text_for_collectors_is_of_the_older_format()
    {
        var lines = UpsMetrics.Text(Seen).TrimEnd('\n').Split('\n');
        var families = lines.Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')).ToList();
        Assert.All(families, f => Assert.Equal(f[3] == "counter", f[2].EndsWith("_total", StringComparison.Ordinal)));
        Assert.All(families, f => Assert.Contains(f[3], (string[])["counter", "gauge"]));
        Assert.Equal(families.Count, families.Select(f => f[2]).Distinct(StringComparer.Ordinal).Count());
        Assert.DoesNotContain("# EOF", lines);
        foreach (var sample in lines.Where(l => l[0] != '#'))
        {
            Assert.Contains(families, f => sample.StartsWith(f[2] + "{", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_verb_prints_them_and_a_file_that_is_not_there_is_bad()
    {
        Answer("ups", Whole(Report));
        var (code, output, _) = await RunAsync("", _ => 0, act: t => UpsMetricsVerb.Execute(t, Source()));
        Assert.Equal(0, code);
        Assert.Contains("understudy_ups_answers{ups=\"ups\"} 1\nunderstudy_ups_answers{ups=\"other\"} 0\n", output, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("", _ => 0, act: t => UpsMetricsVerb.Execute(t, new HostProxiesSource(_ => null, Path.Combine(root, "nowhere"))))).Code);
    }

    internal static HostProxies Seen { get; } =
        new(null, [new SeenProxy("ups", true, null, Report), new SeenProxy("dead", false, "it does not run", null), new SeenProxy("shut", null, "it may not be opened by this user", null)]);

    private HostProxiesSource Source() => new(v => v is "NUT_CONFPATH" or "NUT_STATEPATH" ? root : null);

    private static string Whole(ProxyReport report) =>
        "SETINFO ups.status \"OL\"\n" + Encoding.ASCII.GetString(ProxyReportText.Write(new DriverLineWriter(), report).Written.Span);

    /// <summary>Listens where a proxy would, and answers each connection's question with the next answer, then the last one again.</summary>
    private void Answer(string ups, params string[] answers)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        sockets.Add(listener);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(root, $"understudy-ups-{ups}")));
        listener.Listen();
        _ = ServeAsync(listener, answers);
    }

    private async Task ServeAsync(Socket listener, string[] answers)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var client = await listener.AcceptAsync(Stop);
                sockets.Add(client);
                var heard = new byte[256];
                var count = await client.ReceiveAsync(heard, Stop);
                Assert.Equal($"NOBROADCAST\n{ProxyReportText.Question}\n", Encoding.ASCII.GetString(heard, 0, count));
                await client.SendAsync(Encoding.ASCII.GetBytes(answers[Math.Min(i, answers.Length - 1)]), Stop);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // the test is over
        }
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string socket, Func<DaemonVerbs, int> verb, bool json = false, Func<Terminal, int>? act = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(output, error, json);
        act ??= t => verb(new DaemonVerbs(t, socket, null, null, Source()));
        var code = await Task.Run(() => act(terminal), Stop);
        return (code, output.ToString(), error.ToString());
    }
}

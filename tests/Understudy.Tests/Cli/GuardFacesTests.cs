using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Understudy.Api;
using Understudy.Cli;
using Understudy.Core.Power;
using Understudy.Telemetry;
using Understudy.Tests.Api;
using Understudy.Tests.Ledger;
using Understudy.Tests.Power;
using Xunit;

#pragma warning disable MA0002 // xunit compares strings by their characters

namespace Understudy.Tests.Cli;

/// <summary>Guards, seen through every face: API, verbs, metrics; and their evidence from a file.</summary>
public sealed class GuardFacesTests : IDisposable
{
    internal static readonly GuardSnapshot Well = GuardRoom.Snapshot(600, GuardRoom.Outage(0, 0));
    internal static readonly GuardSnapshot Lost = GuardRoom.Snapshot(900, GuardRoom.Outage(700, 9000));
    private readonly string folder = Directory.CreateTempSubdirectory("understudy").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task The_API_tells_of_all_guards_and_of_one_with_units_in_the_names()
    {
        await using var served = await ServedAsync(Lost);
        using var client = served.Client();
        using var all = JsonDocument.Parse(await client.GetStringAsync(new Uri("v1/guards", UriKind.Relative), Stop));
        var guard = Assert.Single(all.RootElement.GetProperty("guards").EnumerateArray());
        Assert.Equal(("cooling", "lost"), (guard.GetProperty("guard").GetString(), guard.GetProperty("mains").GetString()));
        Assert.Equal(300_000, guard.GetProperty("grace_ms").GetInt64());
        Assert.Equal((long)Lost.Bucket.TotalMilliseconds, guard.GetProperty("bucket_ms").GetInt64());
        Assert.Equal((long)Lost.DueIn!.Value.TotalMilliseconds, guard.GetProperty("due_in_ms").GetInt64());
        Assert.Equal(["mains", "mains", "control"], guard.GetProperty("witnesses").EnumerateArray().Select(w => w.GetProperty("role").GetString()));
        Assert.Equal("2 power off", guard.GetProperty("plan").GetProperty("steps")[1].GetProperty("name").GetString());
        using var one = JsonDocument.Parse(await client.GetStringAsync(new Uri("v1/guards/cooling", UriKind.Relative), Stop));
        Assert.Equal(guard.GetRawText(), one.RootElement.GetRawText());
        using var told = JsonDocument.Parse(await client.GetStringAsync(new Uri("v1/guards/cooling/explain", UriKind.Relative), Stop));
        Assert.Equal(GuardExplain.Of(Lost), told.RootElement.GetProperty("sentences").EnumerateArray().Select(s => s.GetString()!));
    }

    [Theory]
    [InlineData("arm", """{"why":"smoke"}""", "arm cooling by USER: smoke in  dry False")]
    [InlineData("arm", """{"why":"smoke","countdown":"2m"}""", "arm cooling by USER: smoke in 00:02:00 dry False")]
    [InlineData("abort", """{"why":"a\ntest"}""", "abort cooling by USER: atest")]
    [InlineData("drill", null, "drill cooling by USER")]
    [InlineData("drill", """{"countdown":"90s"}""", "arm cooling by USER:  in 00:01:30 dry True")]
    [InlineData("wake", null, "wake cooling by USER: True")]
    [InlineData("wake", """{"wanted":false}""", "wake cooling by USER: False")]
    public async Task An_order_reaches_the_guards_with_the_name_of_who_gave_it(string verb, string? body, string order)
    {
        await using var served = await ServedAsync(Lost);
        using var client = served.Client();
        using var answer = await client.PostAsync(new Uri($"v1/guards/cooling/{verb}", UriKind.Relative), body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(order.Replace("USER", Environment.UserName, StringComparison.Ordinal), Assert.Single(served.Guards.Orders));
        Assert.Equal("""{"done":true,"text":"armed: the first step begins in 60s"}""", await answer.Content.ReadAsStringAsync(Stop));
    }

    [Theory]
    [InlineData("v1/guards/cooling/arm", "{}", 400)]
    [InlineData("v1/guards/cooling/arm", """{"why":" "}""", 400)]
    [InlineData("v1/guards/cooling/abort", null, 400)]
    [InlineData("v1/guards/cooling/arm", """{"why":"x","countdown":"soon"}""", 400)]
    [InlineData("v1/guards/cooling/drill", "no json", 400)]
    [InlineData("v1/guards/heating/drill", null, 404)]
    public async Task What_is_no_order_does_not_reach_them(string path, string? body, int status)
    {
        await using var served = await ServedAsync(Lost);
        using var client = served.Client();
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), Stop);
        Assert.Equal(status, (int)answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        Assert.NotEmpty(json.RootElement.GetProperty("hint").GetString()!);
        Assert.Empty(served.Guards.Orders);
    }

    [Fact]
    public async Task An_order_that_a_guard_refuses_is_a_conflict_with_the_reason_and_ends_with_4()
    {
        await using var served = await ServedAsync(Lost);
        served.Guards.Answer = new GuardAnswer(false, "it is past its point of no return");
        Assert.Equal((4, "", "it is past its point of no return\n"), await RunAsync(served, "guard abort cooling --why test"));
    }

    [Fact]
    public async Task A_guards_status_tells_witnesses_bucket_and_the_moment_of_each_step()
    {
        await using var served = await ServedAsync(Lost);
        var (code, output, _) = await RunAsync(served, "guard status cooling");
        Assert.Equal(4, code);
        Assert.StartsWith("guard    mains  for", output, StringComparison.Ordinal);
        Assert.Contains("because: 2 of 2 mains witnesses are dark, 2 needed", output, StringComparison.Ordinal);
        Assert.Contains("\nicmp 10.0.0.1  mains    failed", output, StringComparison.Ordinal);
        Assert.Contains("\nicmp 10.0.1.1  control  healthy", output, StringComparison.Ordinal);
        Assert.Contains($"\n1 notify wall, syslog  in {Core.Spans.Say(Lost.DueIn!.Value)} ", output, StringComparison.Ordinal);
        Assert.Contains("no return from here", output, StringComparison.Ordinal);
        served.Guards.Snapshots = [Well];
        Assert.Equal(0, (await RunAsync(served, "guard status")).Code);
        (code, output, _) = await RunAsync(served, "guard status --json");
        Assert.Equal(("cooling", 0), (JsonDocument.Parse(output).RootElement.GetProperty("guards")[0].GetProperty("guard").GetString(), code));
    }

    [Fact]
    public async Task The_host_status_has_a_line_for_each_guard()
    {
        await using var served = await ServedAsync(Lost);
        var (code, output, _) = await RunAsync(served, "status");
        Assert.Equal(0, code);
        Assert.Contains("\nguard    mains  for", output, StringComparison.Ordinal);
        Assert.Contains($" {Core.Spans.Say(Lost.Bucket)} of 5 min ", output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await RunAsync(served, "status --json")).Output);
        Assert.Equal("cooling", json.RootElement.GetProperty("guards")[0].GetProperty("guard").GetString());
    }

    [Fact]
    public async Task Watch_tells_of_the_guards_too()
    {
        await using var served = await ServedAsync(Lost);
        var (code, output, _) = await RunAsync(served, "watch --times 2");
        Assert.Equal(0, code);
        Assert.EndsWith($"; guard cooling: mains lost, plan {Lost.Plan.Phase}\n", output, StringComparison.Ordinal);
        Assert.Single(output.TrimEnd('\n').Split('\n'));
        using var json = JsonDocument.Parse((await RunAsync(served, "watch --times 1 --json")).Output);
        Assert.Equal("cooling", json.RootElement.GetProperty("guards")[0].GetProperty("guard").GetString());
    }

    [Fact]
    public async Task Explain_prints_the_sentences_of_one_guard_or_of_all()
    {
        await using var served = await ServedAsync(Lost);
        var sentences = string.Join('\n', GuardExplain.Of(Lost)) + "\n";
        Assert.Equal((0, sentences, ""), await RunAsync(served, "guard explain cooling"));
        Assert.Equal((0, sentences, ""), await RunAsync(served, "guard explain"));
        Assert.Equal((1, "", "understudy: no guard 'heating' on this host: its guards are: cooling\n"), await RunAsync(served, "guard explain heating"));
        served.Guards.Snapshots = [];
        Assert.Equal(1, (await RunAsync(served, "guard explain")).Code);
    }

    [Theory]
    [InlineData("guard arm cooling --why smoke --countdown 2m", "arm cooling by USER: smoke in 00:02:00 dry False")]
    [InlineData("guard abort cooling --why test", "abort cooling by USER: test")]
    [InlineData("guard drill cooling", "drill cooling by USER")]
    [InlineData("wake cooling", "wake cooling by USER: True")]
    [InlineData("wake cooling --no", "wake cooling by USER: False")]
    public async Task A_verb_gives_its_order(string line, string order)
    {
        await using var served = await ServedAsync(Lost);
        Assert.Equal((0, "armed: the first step begins in 60s\n", ""), await RunAsync(served, line));
        Assert.Equal(order.Replace("USER", Environment.UserName, StringComparison.Ordinal), Assert.Single(served.Guards.Orders));
    }

    [Theory]
    [InlineData("guard arm cooling")]
    [InlineData("guard abort cooling")]
    [InlineData("guard")]
    [InlineData("wake")]
    [InlineData("guard replay x.yaml")]
    public void Who_arms_or_aborts_says_why(string line) => Assert.Equal(2, Run(line).Code);

    [Fact]
    public void Evidence_of_a_file_is_judged_again_and_torn_lines_are_told()
    {
        var settings = Path.Combine(folder, "u.yaml");
        File.WriteAllText(settings, "guards: { cooling: { mains: [{ icmp: 10.0.0.1 }, { icmp: 10.0.0.2 }], controls: [{ icmp: 10.0.1.1 }], spread: 0ms } }\n");
        var evidence = Path.Combine(folder, "guard-cooling.evidence");
        using (var into = File.Create(evidence))
        {
            foreach (var line in GuardRoom.Lines(0, 1800, (t, _) => t >= 600 ? '-' : '+').Prepend(EvidenceLine.Started(GuardRoom.At(0), "cooling", "boot-1")))
            {
                into.Write(line.ToBytes());
            }

            into.Write("{\"at\":1"u8);
        }

        var (code, output, error) = Run($"guard replay {settings} {evidence} --careful --node alpha");
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith($"note: {evidence}:545: it is no line of evidence: ", output, StringComparison.Ordinal);
        Assert.Contains("cooling: 544 lines of evidence over 30 min\n", output, StringComparison.Ordinal);
        Assert.Contains("mains    mains blind: ", output, StringComparison.Ordinal);
        Assert.Contains("cooling: the host would have stayed up; at the end the mains are blind and the plan is idle\n", output, StringComparison.Ordinal);
        Assert.Contains("careful: it would have powered the host off ", output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run($"guard replay {settings} {evidence} --careful --node alpha --json").Output);
        var guard = json.RootElement.GetProperty("guards")[0];
        Assert.Equal(JsonValueKind.Null, guard.GetProperty("down_at_ms").ValueKind);
        Assert.InRange(guard.GetProperty("careful_down_at_ms").GetInt64(), 906_000, 986_000);
        Assert.Equal(1, Run($"guard replay {settings} {folder}/none").Code);
        File.WriteAllText(evidence, "");
        Assert.StartsWith($"understudy: no line of {evidence} is of a guard of {settings}", Run($"guard replay {settings} {evidence} --node alpha").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""understudy_guard_mains{guard="cooling",verdict="lost"} 1""")]
    [InlineData("""understudy_guard_mains{guard="cooling",verdict="present"} 0""")]
    [InlineData("""understudy_guard_grace_seconds{guard="cooling"} 300""")]
    [InlineData("""understudy_guard_settling{guard="cooling"} 0""")]
    [InlineData("""understudy_guard_witness_up{guard="cooling",subject="icmp 10.0.0.1",role="mains"} 0""")]
    [InlineData("""understudy_guard_witness_up{guard="cooling",subject="icmp 10.0.1.1",role="control"} 1""")]
    [InlineData("""understudy_guard_witness_seen{guard="cooling",subject="icmp 10.0.0.1",role="mains"} 1""")]
    [InlineData("""understudy_guard_temperatures_unread{guard="cooling"} 1""")]
    public void The_guards_are_in_the_metrics(string line) => Assert.Contains($"\n{line}\n", Page(Lost), StringComparison.Ordinal);

    [Fact]
    public void What_is_not_known_has_no_sample()
    {
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\nunderstudy_guard_due_seconds{{guard=\"cooling\"}} {Lost.DueIn!.Value.TotalSeconds:R}\n"), Page(Lost), StringComparison.Ordinal);
        Assert.DoesNotContain("\nunderstudy_guard_due_seconds{", Page(Well), StringComparison.Ordinal);
        Assert.DoesNotContain("\nunderstudy_guard_temperature_celsius{", Page(Well), StringComparison.Ordinal);
        Assert.DoesNotContain("understudy_guard_", Metrics.Text(new SmallPair().Run(1000).Snapshot("alpha")), StringComparison.Ordinal);
    }

    internal static string Page(GuardSnapshot guard) => Metrics.Text(new SmallPair().Run(1000).Snapshot("alpha"), null, [guard]);

    private static async Task<ServedDaemon> ServedAsync(GuardSnapshot guard)
    {
        var served = await ServedDaemon.StartAsync();
        served.Guards.Snapshots = [guard];
        return served;
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(ServedDaemon served, string line) => Task.Run(() => Run($"{line} --socket {served.Socket}"), Stop);

    private static (int Code, string Output, string Error) Run(string line)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandTree.Invoke(CommandTree.Build(_ => 7, _ => 7, _ => 7), line.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error);
        return (code, output.ToString(), error.ToString());
    }
}

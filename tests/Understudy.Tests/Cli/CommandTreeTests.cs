using System.CommandLine;
using System.Text.Json;
using Understudy.Api;
using Understudy.Cli;
using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Daemon;
using Understudy.Tests.Api;
using Understudy.Tests.Ledger;
using Understudy.Tests.Settings;
using Xunit;

#pragma warning disable MA0002 // xunit compares strings by their characters

#pragma warning disable CA1416 // file modes exist wherever this program runs: on Linux

namespace Understudy.Tests.Cli;

public sealed class CommandTreeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("understudy").FullName;
    private readonly List<object> called = [];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("frob")]
    [InlineData("")]
    [InlineData("explain")]
    [InlineData("replay")]
    [InlineData("seize web")]
    [InlineData("status --nonsense")]
    [InlineData("events --last many")]
    [InlineData("run a b")]
    public void A_wrong_command_line_ends_with_2_and_says_why(string line)
    {
        var (code, output, error) = Run(line);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("understudy: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_verb_takes_json_and_help()
    {
        var verbs = Tree().Subcommands.Select(c => c.Name).ToList();
        Assert.Equal(["careful", "check", "drill", "events", "explain", "guard", "handover", "hold", "keygen", "ldms", "release", "reload", "replay", "run", "seize", "status", "ups", "version", "wake", "watch", "witness"], verbs.Order(StringComparer.Ordinal));
        foreach (var verb in verbs)
        {
            var (code, output, _) = Run($"{verb} --help");
            Assert.Equal(0, code);
            Assert.Contains("--json", output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("run /a.yaml --node beta", "RunOptions { File = /a.yaml, Node = beta, Guardian = True, Json = False }")]
    [InlineData("run --no-guardian --json", "RunOptions { File = /etc/understudy/understudy.yaml, Node = , Guardian = False, Json = True }")]
    [InlineData("witness /a.yaml", "RunOptions { File = /a.yaml, Node = , Guardian = False, Json = False }")]
    [InlineData("drill /a.yaml --json", "DrillOptions { File = /a.yaml, Node = , Json = True }")]
    public void The_daemons_get_what_they_were_told_and_their_code_is_ours(string line, string options)
    {
        Assert.Equal(7, Run(line).Code);
        Assert.Equal(options, Assert.Single(called).ToString());
    }

    [Fact]
    public void A_good_file_is_good_and_ends_with_0()
    {
        var file = Settings(Secret());
        var (code, output, error) = Run($"check {file} --node alpha");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains($"{file} is good: alpha, 1 duty", output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run($"check {file} --node alpha --json").Output);
        Assert.True(json.RootElement.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public void Mistakes_are_printed_with_their_places_and_end_with_1()
    {
        var file = Path.Combine(folder, "u.yaml");
        File.WriteAllText(file, "secret: /x\nprot: 5\n");
        var (code, _, error) = Run($"check {file}");
        Assert.Equal(1, code);
        Assert.Contains($"{file}:2:1: prot:", error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run($"check {file} --json").Output);
        Assert.Contains(json.RootElement.GetProperty("errors").EnumerateArray(), e => e.GetProperty("line").GetInt32() == 2);
    }

    [Fact]
    public void A_secret_that_others_can_read_is_a_mistake_at_its_place()
    {
        var secret = Secret();
        var file = Settings(secret);
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var (code, _, error) = Run($"check {file} --node alpha");
        Assert.Equal(1, code);
        Assert.StartsWith($"{file}:1:9: secret: {secret} others may read or write it (mode 0404); mend it with: chmod 600 {secret}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_is_not_there_is_a_mistake_at_its_place()
    {
        var file = Settings(Secret());
        File.AppendAllText(file, "\napi: { listen: \"127.0.0.1:8080\", token_file: /nowhere/token }\n");
        var (code, _, error) = Run($"check {file} --node alpha");
        Assert.Equal(1, code);
        Assert.Contains("api.token_file: /nowhere/token there is no file", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_made_secret_is_for_its_owner_alone_and_good_enough_and_never_overwritten()
    {
        var path = Path.Combine(folder, "secret");
        Assert.Equal(0, Run($"keygen {path}").Code);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        var first = File.ReadAllText(path);
        Assert.Equal(32, Convert.FromBase64String(first.Trim()).Length);
        Assert.Null(Understudy.Linux.Secrets.SecretFiles.Read(path).Problem);
        var (code, _, error) = Run($"keygen {path}");
        Assert.Equal(1, code);
        Assert.Contains("is there already", error, StringComparison.Ordinal);
        Assert.Equal(first, File.ReadAllText(path));
        Assert.Equal(1, Run($"keygen {folder}/none/secret").Code);
    }

    [Fact]
    public void A_ledger_that_agrees_ends_with_0_and_an_altered_one_with_1_at_its_line()
    {
        var file = Path.Combine(folder, "ledger");
        var lines = LedgerTextTests.Life().Select(LedgerText.Of).ToList();
        File.WriteAllLines(file, lines);
        Assert.Equal(0, Run($"replay {file}").Code);
        var at = lines.FindIndex(l => l.Contains("performs it with epoch 1", StringComparison.Ordinal));
        lines[at] = lines[at].Replace("performs it with epoch 1", "performs it with epoch 2", StringComparison.Ordinal);
        File.WriteAllLines(file, lines);
        var (code, _, error) = Run($"replay {file}");
        Assert.Equal(1, code);
        Assert.StartsWith($"{file}:{at + 1}: reason: recorded performs it with epoch 2, made again performs it with epoch 1", error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run($"replay {file} --json").Output);
        Assert.Equal(at + 1, json.RootElement.GetProperty("difference_at").GetInt32());
        Assert.Equal(1, Run($"replay {folder}/none").Code);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("explain web")]
    [InlineData("watch --times 1")]
    [InlineData("events")]
    [InlineData("events --follow")]
    [InlineData("hold web")]
    [InlineData("release web")]
    [InlineData("handover web")]
    [InlineData("seize web --peer-is-off")]
    [InlineData("reload")]
    [InlineData("guard status")]
    [InlineData("guard explain cooling")]
    [InlineData("guard drill cooling")]
    [InlineData("wake cooling")]
    public void Where_no_daemon_answers_a_verb_ends_with_3(string line)
    {
        var (code, output, error) = Run($"{line} --socket {folder}/none.sock");
        Assert.Equal((3, ""), (code, output));
        Assert.StartsWith($"understudy: no daemon answers at {folder}/none.sock", error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run($"{line} --json --socket {folder}/none.sock").Output);
        Assert.NotNull(json.RootElement.GetProperty("hint").GetString());
    }

    [Fact]
    public async Task Status_shows_duties_and_links_and_ends_with_4_when_a_duty_is_not_served()
    {
        await using var served = await ServedDaemon.StartAsync();
        var (code, output, _) = await Task.Run(() => Run($"status --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal(0, code);
        Assert.Contains("web   alpha   1", output, StringComparison.Ordinal);
        Assert.Contains("alpha active, beta standby (fit)", output, StringComparison.Ordinal);
        Assert.Contains("beta     private    healthy", output, StringComparison.Ordinal);
        Assert.Contains("alpha UP, beta RECOVER (fit)", (await Task.Run(() => Run($"status --seed-words --socket {served.Socket}"), TestContext.Current.CancellationToken)).Output, StringComparison.Ordinal);
        var pair = new SmallPair(arbitrated: false).Run(5_000);
        var other = pair.Other;
        pair.Silence(pair.Holder);
        served.Daemon.Snapshot = pair.Run(2_000).Snapshot(other);
        (code, output, _) = await Task.Run(() => Run($"status --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal(4, code);
        Assert.Contains("There is no arbiter: exclusivity is not guaranteed.", output, StringComparison.Ordinal);
        Assert.Contains("nobody", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_in_JSON_is_what_the_API_says()
    {
        await using var served = await ServedDaemon.StartAsync();
        var (_, output, _) = await Task.Run(() => Run($"status --json --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal(served.Daemon.Snapshot, JsonSerializer.Deserialize(output, FacesJson.Default.HostSnapshot));
    }

    [Fact]
    public async Task A_socket_is_found_by_the_settings_file()
    {
        await using var served = await ServedDaemon.StartAsync();
        var file = Settings("/nobody/may/read/this");
        File.AppendAllText(file, $"\napi: {{ socket: {served.Socket} }}\n");
        Assert.Equal(0, (await Task.Run(() => Run($"status --config {file} --node alpha"), TestContext.Current.CancellationToken)).Code);
        Assert.Equal(1, Run($"status --config {folder}/none.yaml").Code);
    }

    [Fact]
    public async Task Explain_prints_the_sentences_and_an_unknown_duty_ends_with_1()
    {
        await using var served = await ServedDaemon.StartAsync();
        var (code, output, _) = await Task.Run(() => Run($"explain web --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal(0, code);
        Assert.StartsWith("alpha, this host, has web with epoch 1", output, StringComparison.Ordinal);
        (code, _, var error) = await Task.Run(() => Run($"explain mail --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal((1, "understudy: no duty 'mail' on alpha: its duties are: web\n"), (code, error));
    }

    [Theory]
    [InlineData("hold web --reason disk", typeof(HostOrder.Hold))]
    [InlineData("release web", typeof(HostOrder.Release))]
    [InlineData("handover web --to beta", typeof(HostOrder.HandOver))]
    [InlineData("seize web --peer-is-off", typeof(HostOrder.Seize))]
    public async Task An_order_ends_with_0_when_done_and_with_4_when_the_duty_said_no(string line, Type order)
    {
        await using var served = await ServedDaemon.StartAsync();
        var (code, output, _) = await Task.Run(() => Run($"{line} --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal((0, "alpha let go of web for beta\n"), (code, output));
        Assert.IsType(order, Assert.Single(served.Daemon.Orders));
        served.Daemon.Answer = new OrderAnswer(false, "no");
        (code, _, var error) = await Task.Run(() => Run($"{line} --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal((4, "no\n"), (code, error));
        (code, output, _) = await Task.Run(() => Run($"{line} --json --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal((4, "{\"done\":false,\"text\":\"no\"}\n"), (code, output));
    }

    [Fact]
    public async Task A_reload_with_mistakes_prints_them_and_ends_with_1()
    {
        await using var served = await ServedDaemon.StartAsync();
        Assert.Equal((0, "web: failback\nthe settings are read\n"), Two(await Task.Run(() => Run($"reload --socket {served.Socket}"), TestContext.Current.CancellationToken)));
        served.Daemon.Reload = new ReloadAnswer(false, ["u.yaml:1:1: port: is no number"], [], []);
        var (code, _, error) = await Task.Run(() => Run($"reload --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal((1, "u.yaml:1:1: port: is no number\nthe old settings stay\n"), (code, error));
    }

    [Fact]
    public async Task Events_are_printed_as_sentences_or_as_they_are()
    {
        await using var served = await ServedDaemon.StartAsync();
        served.Lines.AddRange(LedgerTextTests.Life());
        var (code, output, _) = await Task.Run(() => Run($"events web --last 1000 --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal(0, code);
        Assert.Contains("-  web: starting -> active: performs it with epoch 1\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("started (run", output, StringComparison.Ordinal);
        (_, output, _) = await Task.Run(() => Run($"events --json --last 3 --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal(served.Lines.TakeLast(3).Select(LedgerText.Of), output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Whoever_follows_gets_what_was_and_what_comes_until_the_daemon_ends_it()
    {
        await using var served = await ServedDaemon.StartAsync();
        served.Lines.Add(new LedgerLine.Noted(new Instant(1), NoteLevel.Information, 0, "past"));
        served.Daemon.Rush = 2000;      // too many for it, so that the stream ends
        var (code, output, _) = await Task.Run(() => Run($"events --follow --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal(0, code);
        Assert.StartsWith("-  past\n-  rush 0\n", output, StringComparison.Ordinal);
        Assert.EndsWith("-  rush 1023\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_prints_a_line_for_each_change_where_there_is_no_terminal()
    {
        await using var served = await ServedDaemon.StartAsync();
        var (code, output, _) = await Task.Run(() => Run($"watch --times 2 --socket {served.Socket}"), TestContext.Current.CancellationToken);
        Assert.Equal((0, "web: alpha has epoch 1 (alpha active, beta standby)\n"), (code, output));
    }

    [Fact]
    public void The_version_names_program_and_protocol()
    {
        Assert.StartsWith("understudy 0.", Run("version").Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run("version --json").Output);
        Assert.Equal(1, json.RootElement.GetProperty("peer_protocol").GetInt32());
    }

    private static (int, string) Two((int Code, string Output, string Error) ran) => (ran.Code, ran.Output);

    private RootCommand Tree() => CommandTree.Build(
        o =>
        {
            called.Add(o);
            return 7;
        },
        o =>
        {
            called.Add(o);
            return 7;
        },
        o =>
        {
            called.Add(o);
            return 7;
        });

    private (int Code, string Output, string Error) Run(string line)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandTree.Invoke(Tree(), line.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error);
        return (code, output.ToString(), error.ToString());
    }

    private string Secret()
    {
        var path = Path.Combine(folder, "key");
        Assert.Equal(0, Run($"keygen {path}").Code);
        return path;
    }

    private string Settings(string secret)
    {
        var file = Path.Combine(folder, "understudy.yaml");
        File.WriteAllText(file, Files.With("/etc/understudy/secret", secret));
        return file;
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Understudy.Core;
using Understudy.Linux.Commands;
using Xunit;

namespace Understudy.Lab.Probing;

/// <summary>Real processes, written as shell scripts into a directory of the test's own.</summary>
[SupportedOSPlatform("linux")]
public sealed class CommandTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string folder = Directory.CreateTempSubdirectory("understudy-command-").FullName;
    private readonly CommandPerformer performer = new(TimeProvider.System);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(0, "done")]
    [InlineData(75, "exit code 75: try later")]
    [InlineData(99, "exit code 99: veto")]
    [InlineData(3, "exit code 3")]
    [InlineData(255, "exit code 255")]
    public async Task The_exit_code_is_the_answer(int code, string outcome)
    {
        var ended = await Run(Order($"exit {code}"));
        Assert.Equal(outcome, ended.Outcome.ToString());
    }

    [Fact]
    public async Task Its_own_death_by_a_signal_is_told_apart_from_a_time_out()
    {
        var ended = await Run(Order("kill -SEGV $$"));
        Assert.Equal(new CommandOutcome.Killed(11), ended.Outcome);
    }

    [Fact]
    public async Task The_environment_tells_all_and_nothing_of_ours()
    {
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", "/run/ours");
        var ended = await Run(Order("env | sort; echo \"$# $1\"; pwd") with { Verb = "reclaim", Reason = "two\nlines\0and a nul" });
        var lines = ended.Output.Split('\n').Where(line => !line.StartsWith("SHLVL=", StringComparison.Ordinal)
            && !line.StartsWith("_=", StringComparison.Ordinal) && !line.StartsWith("OLDPWD=", StringComparison.Ordinal)).ToArray();
        Assert.Equal(
            [
                "HOME=/",
                "LANG=C.UTF-8",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "PWD=/",
                "UNDERSTUDY_ADDRESSES=10.99.0.100/24 fd00:99::100/64",
                "UNDERSTUDY_DUTY=web",
                "UNDERSTUDY_EPOCH=42",
                "UNDERSTUDY_LIMIT_MS=10000",
                "UNDERSTUDY_NODE=alpha",
                "UNDERSTUDY_PEER=beta",
                "UNDERSTUDY_REASON=two lines and a nul",
                "UNDERSTUDY_VERB=reclaim",
                "1 reclaim",
                "/",
            ],
            lines,
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task It_has_its_own_session_no_stdin_no_descriptor_of_ours_and_default_signals()
    {
        var ended = await Run(Order(
            """
            cat | wc -c
            ls /proc/self/fd | wc -l
            cut -d' ' -f5,6 /proc/$$/stat | tr ' ' '\n' | sed "s/^$$\$/leader/"
            grep -E '^Sig(Blk|Ign)' /proc/$$/status | grep -o '.\{7\}$'
            """));

        // Signals 1 to 28: 32 and 33 are the C library's own, and its posix_spawn ignores them in every child. ls itself has 0, 1, 2 and the directory; .NET would have left SIGPIPE (bit 12) ignored.
        Assert.Equal(["0", "4", "leader", "leader", "0000000", "0000000"],
            ended.Output.Split('\n').Select(line => string.Concat(line.Where(c => !char.IsWhiteSpace(c)))), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_hang_is_ended_at_the_limit()
    {
        var ended = await Run(Order("echo waiting; exec sleep 60", limitMs: 300));
        Assert.Equal(new CommandOutcome.TimedOut(Dead: true), ended.Outcome);
        Assert.Equal("waiting", ended.Output);
        Assert.InRange(ended.Took.TotalMilliseconds, 140, 5000);   // asked at half of the limit
    }

    [Fact]
    public async Task Who_ignores_the_request_is_killed_with_all_its_children()
    {
        var ended = await Run(Order(
            """
            trap '' TERM
            sleep 61 & echo $!
            sleep 62 & echo $!
            echo $$
            wait; wait
            """, limitMs: 400));
        Assert.Equal(new CommandOutcome.TimedOut(Dead: true), ended.Outcome);
        Assert.True(ended.Took >= TimeSpan.FromMilliseconds(400), $"not before the limit, was {ended.Took}");
        await Vanished(Pids(ended.Output, 3));
    }

    [Fact]
    public async Task Children_that_ignore_the_request_die_after_a_leader_that_obeys()
    {
        var ended = await Run(Order(
            """
            (trap '' TERM; sleep 61) & echo $!
            sleep 1000
            """, limitMs: 400));
        Assert.Equal(new CommandOutcome.TimedOut(Dead: true), ended.Outcome);
        await Vanished(Pids(ended.Output, 1));
    }

    [Fact]
    public async Task A_grandchild_that_keeps_the_pipe_holds_nobody_and_lives_on()
    {
        var ended = await Run(Order("sleep 60 & echo $!; exit 0"));
        Assert.Equal(new CommandOutcome.Done(), ended.Outcome);
        Assert.True(ended.Took < TimeSpan.FromSeconds(8), $"took {ended.Took}");
        var pid = Pids(ended.Output, 1)[0];
        Assert.True(IsRunning(pid));
        using var sleeper = Process.GetProcessById(pid);
        sleeper.Kill();
    }

    [Fact]
    public async Task A_flood_is_kept_at_both_ends_and_blocks_nobody()
    {
        var ended = await Run(Order("echo first; head -c 20000000 /dev/zero | tr '\\0' x; echo; echo last >&2"));
        Assert.Equal(new CommandOutcome.Done(), ended.Outcome);
        Assert.StartsWith("first\nxxx", ended.Output, StringComparison.Ordinal);
        Assert.EndsWith("xxx\nlast", ended.Output, StringComparison.Ordinal);
        Assert.Contains($"\n[{6 + 20_000_000 + 1 + 5 - 8192} bytes left out]\n", ended.Output, StringComparison.Ordinal);
        Assert.InRange(ended.Output.Length, 8192, 8300);
    }

    [Fact]
    public async Task A_flood_without_end_is_ended_at_the_limit()
    {
        var ended = await Run(Order("yes", limitMs: 300));
        Assert.Equal(new CommandOutcome.TimedOut(Dead: true), ended.Outcome);
    }

    [Fact]
    public async Task Who_closes_its_output_is_still_waited_for()
    {
        var ended = await Run(Order("echo out; exec >&- 2>&-; sleep 0.2; exit 7"));
        Assert.Equal(new CommandOutcome.Failed(7), ended.Outcome);
        Assert.Equal("out", ended.Output);
    }

    [Fact]
    public async Task A_recall_ends_it_with_its_children()
    {
        var pids = Path.Combine(folder, "pids");
        var source = new TaskCompletionSource<CommandEnded>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = performer.Start(Order($"echo $$ > {pids}.new; sleep 60 & echo $! >> {pids}.new; mv {pids}.new {pids}; wait"), source.SetResult);
        Assert.NotNull(running);
        await Until(() => File.Exists(pids));
        running.Recall();
        var ended = await source.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(new CommandOutcome.Recalled(), ended.Outcome);
        await Vanished(Pids(await File.ReadAllTextAsync(pids, TestContext.Current.CancellationToken), 2));
        running.Recall();   // harmless
    }

    [Fact]
    public async Task What_must_not_run_is_refused_with_the_reason()
    {
        var fine = Order("exit 0").Path;
        var data = Path.Combine(folder, "data");
        await File.WriteAllTextAsync(data, "#!/bin/sh\n", TestContext.Current.CancellationToken);
        await Refused("web", "web: give the absolute path of the command");
        await Refused($"{folder}/absent", $"{folder}/absent: No such file or directory");
        await Refused(folder, $"{folder}: not a regular file");
        await Refused(data, $"{data}: not executable for us; chmod 755 {data}");

        File.SetUnixFileMode(fine, File.GetUnixFileMode(fine) | UnixFileMode.OtherWrite);
        await Refused(fine, $"{fine}: everybody may write to it; chmod o-w {fine}");
        File.SetUnixFileMode(fine, File.GetUnixFileMode(fine) & ~UnixFileMode.OtherWrite);

        var open = Directory.CreateDirectory(Path.Combine(folder, "open")).FullName;
        File.Move(fine, $"{open}/run");
        File.SetUnixFileMode(open, (UnixFileMode)0b111_111_111);
        await Refused($"{open}/run", $"{open}: everybody may write to it; chmod o-w {open}");
        File.CreateSymbolicLink($"{folder}/link", $"{open}/run");
        await Refused($"{folder}/link", $"{open}: everybody may write to it; chmod o-w {open}");
        File.SetUnixFileMode(open, (UnixFileMode)0b111_101_101);
        Assert.Equal(new CommandOutcome.Done(), (await Run(Order("", name: "unused") with { Path = $"{folder}/link" })).Outcome);
    }

    [Fact]
    public async Task A_file_that_the_kernel_cannot_run_is_a_refusal()
    {
        var path = Script("not a program", "");
        var ended = await Run(Order("", name: "unused") with { Path = path });
        Assert.Equal(new CommandOutcome.Refused($"{path}: Exec format error"), ended.Outcome);
    }

    [Fact]
    public async Task An_order_to_serve_does_not_outlive_its_claim()
    {
        var trace = Path.Combine(folder, "ran");
        var ended = await Run(Order($"touch {trace}") with { NotAfter = new Instant(1) });
        Assert.StartsWith("not run: its time was over at", ended.Outcome.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(trace));
    }

    [Fact]
    public async Task Many_at_once_end_each_with_its_own_code_while_dotnet_runs_children_too()
    {
        var ours = Enumerable.Range(0, 40).Select(i => Run(Order($"exit {i + 1}", name: $"run{i}")));
        var theirs = Enumerable.Range(0, 20).Select(async i =>
        {
            using var process = Process.Start("/bin/sh", ["-c", $"exit {i}"]);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return process.ExitCode;
        });
        var (ended, exits) = (Task.WhenAll(ours), Task.WhenAll(theirs));
        Assert.Equal(Enumerable.Range(1, 40).Select(i => (CommandOutcome)(i == 75 ? new CommandOutcome.TryLater() : new CommandOutcome.Failed(i))),
            (await ended).Select(e => e.Outcome));
        Assert.Equal(Enumerable.Range(0, 20), await exits);
    }

    [Fact]
    public async Task Nothing_is_left_open()
    {
        _ = await Run(Order("exit 0"));
        await Settled();
        var before = Directory.GetFiles("/proc/self/fd").Length;
        for (var i = 0; i < 50; i++)
        {
            _ = await Run(Order("exit 0"));
        }

        await Until(() => Directory.GetFiles("/proc/self/fd").Length <= before);

        async Task Settled() => await Until(() => !Directory.GetFiles("/proc/self/task").Any(IsCommandThread));

        static bool IsCommandThread(string task) => File.Exists($"{task}/comm") && File.ReadAllText($"{task}/comm") == "command\n";
    }

    [Fact]
    public async Task The_sixty_fifth_at_once_is_refused()
    {
        var order = Order("exec sleep 60");
        var running = new List<RunningCommand>();
        var all = new List<Task<CommandEnded>>();
        for (var i = 0; i <= CommandPerformer.MostAtOnce; i++)
        {
            var source = new TaskCompletionSource<CommandEnded>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (performer.Start(order, source.SetResult) is { } command)
            {
                running.Add(command);
            }

            all.Add(source.Task);
        }

        Assert.Equal(CommandPerformer.MostAtOnce, running.Count);
        Assert.Equal(new CommandOutcome.Refused("64 commands are running already"), (await all[^1].WaitAsync(Patience, TestContext.Current.CancellationToken)).Outcome);
        running.ForEach(command => command.Recall());
        Assert.All((await Task.WhenAll(all).WaitAsync(Patience, TestContext.Current.CancellationToken)).SkipLast(1),
            ended => Assert.Equal(new CommandOutcome.Recalled(), ended.Outcome));
    }

    private static int[] Pids(string text, int count)
    {
        var pids = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(count, pids.Length);
        return pids;
    }

    private static Task Vanished(int[] pids) => Until(() => pids.All(pid => !IsRunning(pid)));

    private static bool IsRunning(int pid)
    {
        try
        {
            // The state follows the name in brackets (proc_pid_stat(5)); an orphan may wait as a zombie for a lazy init.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task Until(Func<bool> true_)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        while (!true_())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    private async Task Refused(string path, string why)
    {
        var ended = await Run(Order("", name: "unused") with { Path = path });
        Assert.Equal(new CommandOutcome.Refused(why), ended.Outcome);
    }

    private string Script(string text, string name)
    {
        var path = Path.Combine(folder, name.Length > 0 ? name : "run");
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }

    private CommandOrder Order(string script, int limitMs = 10_000, string name = "") => new(
        "web", Script($"#!/bin/sh\n{script}\n", name), "start", 42, "the test wants it", "alpha", "beta",
        ["10.99.0.100/24", "fd00:99::100/64"], TimeSpan.FromMilliseconds(limitMs), Instant.Never);

    /// <summary>Runs the order; again where another thread's child, between its fork and its exec, still has our script open for writing (execve(2), ETXTBSY).</summary>
    private async Task<CommandEnded> Run(CommandOrder order)
    {
        for (var turn = 0; ; turn++)
        {
            var source = new TaskCompletionSource<CommandEnded>(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = performer.Start(order, source.SetResult);
            var ended = await source.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
            if (turn == 100 || ended.Outcome is not CommandOutcome.Refused { Why: var why } || !why.EndsWith("Text file busy", StringComparison.Ordinal))
            {
                return ended;
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}

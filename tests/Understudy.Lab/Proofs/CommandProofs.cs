using System.Globalization;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Proofs;

/// <summary>A duty with a command, seed 004's verbs: what is called when, with which epoch, and what its answers lead to.</summary>
[Collection(nameof(OneAtATime))]
public sealed class CommandProofs(CommandProofs.Stage stage) : IClassFixture<CommandProofs.Stage>
{
    [Fact]
    public void Each_host_is_started_idle_and_up_and_down_follow_the_duty_with_an_epoch_that_grows()
    {
        var pair = stage.Home();
        for (var i = 0; i < 3; i++)
        {
            pair.Home(Host.Beta);
            pair.Home(Host.Alpha);
        }

        var calls = stage.Calls();
        foreach (var node in new[] { "alpha", "beta" })
        {
            Assert.Equal("start", calls.First(c => c.Node == node).Verb);
        }

        // Up and down take turns over both hosts: never two ups without a down between them, and each down is of the epoch that was up.
        var moves = calls.Where(c => c.Verb is "up" or "down").ToList();
        Assert.True(moves.Count >= 13, string.Join('\n', calls));
        Call? up = null;
        long last = 0;
        foreach (var call in moves)
        {
            if (call.Verb == "up")
            {
                Assert.True(up is null && call.Epoch > last, $"{call} came while {up} was up, or not with a greater epoch than {last}:\n{string.Join('\n', calls)}");
                (up, last) = (call, call.Epoch);
            }
            else if (up is not null)
            {
                Assert.True(call.Epoch == up.Epoch && call.Node == up.Node, $"{call} ends {up}:\n{string.Join('\n', calls)}");
                up = null;
            }
        }

        // What it wrote is in the ledger, with the verb, the epoch and how it ended.
        foreach (var host in new[] { Host.Alpha, Host.Beta })
        {
            pair.Await($"the command's words are in the ledger of {host}", () =>
                File.ReadLines(pair.LedgerOf(host)).Any(l => l.Contains("the script says up", StringComparison.Ordinal) && l.Contains("\"verb\":\"up\"", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void A_start_that_says_75_gives_the_claim_back_and_is_tried_again_uncounted()
    {
        var pair = stage.Home();
        stage.Behave("beta", "up", "exit 75");
        var before = stage.Calls().Count;
        _ = pair.Ask(Host.Alpha, "handover", "web", "--to", "beta");
        pair.AwaitCalm(Host.Alpha, otherFit: false);

        Assert.Contains(stage.Calls().Skip(before), c => c is { Node: "beta", Verb: "up" });
        Assert.Equal(0, pair.Web(Host.Beta)!.Failures);
        stage.Behave("beta", "up", null);
        pair.AwaitCalm(Host.Alpha);
        pair.Home(Host.Beta);
    }

    [Fact]
    public void A_start_that_says_99_gives_the_claim_back_and_waits_for_an_operator()
    {
        var pair = stage.Home();
        stage.Behave("beta", "up", "exit 99");
        var before = stage.Calls().Count;
        _ = pair.Ask(Host.Alpha, "handover", "web", "--to", "beta");
        pair.AwaitCalm(Host.Alpha, otherFit: false);
        pair.Await("beta has a fault", () => pair.Web(Host.Beta) is { Stance: "faulted", SeedWord: "FAIL" });
        stage.Behave("beta", "up", null);

        // Longer than the pause after which a mere failure is tried again.
        LabClock.Pause(TimeSpan.FromSeconds(3));
        Assert.True(pair.Web(Host.Beta) is { Stance: "faulted" }, $"beta came back by itself\n{pair.Scene()}");
        Assert.Single(stage.Calls().Skip(before), c => c is { Node: "beta", Verb: "up" });

        Assert.Equal(0, pair.Ask(Host.Beta, "release", "web").Exit);
        pair.AwaitCalm(Host.Alpha);
        pair.Home(Host.Beta);
    }

    [Fact]
    public void A_start_that_fails_gives_the_claim_back_and_is_counted()
    {
        var pair = stage.Home();
        stage.Behave("beta", "up", "echo it is broken; exit 3");
        _ = pair.Ask(Host.Alpha, "handover", "web", "--to", "beta");
        pair.AwaitCalm(Host.Alpha, otherFit: false);
        Assert.True(pair.Web(Host.Beta)!.Failures > 0);
        stage.Behave("beta", "up", null);
        pair.AwaitCalm(Host.Alpha);
        _ = pair.Ask(Host.Beta, "release", "web");
        pair.Await("its words are in the ledger", () => File.ReadAllText(pair.LedgerOf(Host.Beta)).Contains("it is broken", StringComparison.Ordinal));
    }

    [Fact]
    public void A_down_that_hangs_is_killed_and_the_other_begins_only_after_that()
    {
        var pair = stage.Home();
        var pidFile = Path.Combine(pair.World.Folder, "hanging.pid");
        stage.Behave("alpha", "down", $"trap '' TERM; sleep 600 & echo $! >{pidFile}; wait $!; sleep 600");
        stage.Behave("beta", "up", $"if kill -0 $(cat {pidFile}) 2>/dev/null; then echo the other still runs; exit 1; fi");

        var said = pair.Ask(Host.Alpha, "handover", "web", "--to", "beta");
        Assert.True(said.Exit == 0, said.Output + said.Errors);
        pair.AwaitCalm(Host.Beta, otherFit: false);

        Assert.True(File.Exists(pidFile), "the command that was to hang did not run");
        Assert.Contains(File.ReadLines(pair.LedgerOf(Host.Alpha)), l => l.Contains("\"verb\":\"down\"", StringComparison.Ordinal) && l.Contains("imed", StringComparison.Ordinal));
        Assert.DoesNotContain("the other still runs", File.ReadAllText(pair.LedgerOf(Host.Beta)), StringComparison.Ordinal);
        stage.Behave("alpha", "down", null);
        stage.Behave("beta", "up", null);
        pair.AwaitCalm(Host.Beta);
    }

    [Fact]
    public void When_the_daemon_is_killed_its_guardian_brings_the_service_down_before_another_begins()
    {
        var pair = stage.Home();
        var before = stage.Calls().Count;
        var epoch = pair.Web(Host.Alpha)!.HeldEpoch;

        pair.Faults.KillDaemon(Host.Alpha);
        pair.Await("somebody is up with a greater epoch", () => stage.Calls().Skip(before).Any(c => c.Verb == "up" && c.Epoch > epoch));

        var calls = stage.Calls().Skip(before).ToList();
        var down = calls.FindIndex(c => c is { Node: "alpha", Verb: "down" } && c.Epoch == epoch);
        var up = calls.FindIndex(c => c.Verb == "up");
        Assert.True(down >= 0 && down < up, string.Join('\n', calls));
        pair.AwaitCalm();
    }

    /// <summary>One line of the script's own log.</summary>
    internal sealed record Call(string Verb, string Node, long Epoch, string Reason);

    /// <summary>One pair for all tests, and the script that both hosts call.</summary>
    public sealed class Stage : IDisposable
    {
        private LivePair? pair;

        internal LivePair Home()
        {
            if (pair is null)
            {
                pair = new LivePair { Ttl = TimeSpan.FromSeconds(3) };
                WriteScript();
                pair.Duties = LivePair.Duty("web", more: $"    run: {{ path: {Script}, stop_limit: 1s }}");
                pair.StartAll();
            }

            pair.Home(Host.Alpha);
            return pair;
        }

        /// <summary>What a verb does on a host from now on, in shell; null for nothing but its line.</summary>
        internal void Behave(string node, string verb, string? shell)
        {
            var file = Path.Combine(pair!.World.Folder, $"behave-{node}-{verb}");
            if (shell is null)
            {
                File.Delete(file);
            }
            else
            {
                File.WriteAllText(file, shell + "\n");
            }
        }

        /// <summary>All calls so far, in the order in which they began: one file for both hosts, and a line is one write.</summary>
        internal List<Call> Calls() =>
        [
            .. File.ReadLines(Path.Combine(pair!.World.Folder, "calls")).Select(l => l.Split(' ', 4))
                .Select(w => new Call(w[0], w[1], long.Parse(w[2], CultureInfo.InvariantCulture), w[3])),
        ];

        public void Dispose()
        {
            if (pair is { } p)
            {
                p.AssertTruth();
                p.Dispose();
            }
        }

        private string Script => Path.Combine(pair!.World.Folder, "serve");

        private void WriteScript()
        {
            var folder = pair!.World.Folder;
            File.WriteAllText(Path.Combine(folder, "calls"), "");
            File.WriteAllText(Script, $"""
                #!/bin/sh
                echo "$1 $UNDERSTUDY_NODE $UNDERSTUDY_EPOCH $UNDERSTUDY_REASON" >>{folder}/calls
                echo "the script says $1"
                [ "$1" = "$UNDERSTUDY_VERB" ] || exit 98
                if [ -e {folder}/behave-$UNDERSTUDY_NODE-$1 ]; then . {folder}/behave-$UNDERSTUDY_NODE-$1; fi
                exit 0

                """);
            File.SetUnixFileMode(Script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}

using System.Globalization;
using System.Text.Json;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Proofs;

/// <summary>Each verb of the command line against live daemons, with what it says and how it ends.</summary>
[Collection(nameof(OneAtATime))]
public sealed class VerbProofs(VerbProofs.Stage stage) : IClassFixture<VerbProofs.Stage>
{
    private const int Ok = 0, Bad = 1, Usage = 2, Unreachable = 3, No = 4;

    [Fact]
    public void Check_prints_every_mistake_of_a_file_at_once()
    {
        var pair = stage.Home();
        var file = Path.Combine(pair.World.Folder, "bad.yaml");
        File.WriteAllText(file, File.ReadAllText(pair.FileOf(Host.Alpha))
            .Replace("every: 100ms", "every: 100", StringComparison.Ordinal)
            .Replace("heartbeat:", "hartbeat:", StringComparison.Ordinal)
            .Replace("candidates: [alpha, beta]", "candidates: [alpha, gamma]", StringComparison.Ordinal)
            .Replace("/24, dev", "/40, dev", StringComparison.Ordinal));

        var said = pair.Verb("check", file, "--node", "alpha");

        Assert.Equal(Bad, said.Exit);
        var mistakes = said.Errors.Split('\n').Where(l => l.StartsWith($"{file}:", StringComparison.Ordinal)).ToList();
        Assert.True(mistakes.Count >= 3, said.Output + said.Errors);
        Assert.Contains("did you mean 'heartbeat'", said.Errors, StringComparison.Ordinal);
        Assert.Contains("gamma", said.Errors, StringComparison.Ordinal);
        Assert.All(mistakes, m => Assert.Matches(@"^\S+:\d+:\d+: [\w.\[\]]+: .+", m));
        Assert.Equal(Ok, pair.Verb("check", pair.FileOf(Host.Alpha), "--node", "alpha").Exit);
    }

    [Fact]
    public void Keygen_makes_a_secret_for_its_owner_alone_and_never_over_another()
    {
        var pair = stage.Home();
        var file = Path.Combine(pair.World.Folder, "made-secret");

        Assert.Equal(Ok, pair.Verb("keygen", file).Exit);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var first = File.ReadAllText(file);
        Assert.True(first.Length > 32);
        Assert.Equal(Bad, pair.Verb("keygen", file).Exit);
        Assert.Equal(first, File.ReadAllText(file));
        File.Delete(file);
    }

    [Fact]
    public void Status_tells_who_has_it_in_our_words_in_the_seeds_and_in_json()
    {
        var pair = stage.Home();

        var table = pair.Ask(Host.Alpha, "status");
        var seeds = pair.Ask(Host.Beta, "status", "--seed-words");
        var json = pair.Ask(Host.Beta, "status", "--json");

        Assert.Equal((Ok, Ok, Ok), (table.Exit, seeds.Exit, json.Exit));
        Assert.Contains("alpha active", table.Output, StringComparison.Ordinal);
        Assert.Contains("alpha UP", seeds.Output, StringComparison.Ordinal);
        Assert.Contains("beta RECOVER", seeds.Output, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json.Output);
        var web = document.RootElement.GetProperty("duties")[0];
        Assert.Equal(("web", "alpha", "standby"), (web.GetProperty("duty").GetString(), web.GetProperty("holder").GetString(), web.GetProperty("stance").GetString()));
    }

    [Fact]
    public void Explain_names_the_holder_since_when_on_what_evidence_and_what_would_move_it()
    {
        var pair = stage.Home();
        foreach (var host in new[] { Host.Alpha, Host.Beta })
        {
            var said = pair.Ask(host, "explain", "web");

            Assert.Equal(Ok, said.Exit);
            Assert.Matches(@"alpha.* has web with epoch \d+", said.Output);
            Assert.Matches(@"has been (active|standby) for ", said.Output);
            Assert.Contains("The witness is healthy from here", said.Output, StringComparison.Ordinal);
            Assert.Contains("What would move it: ", said.Output, StringComparison.Ordinal);
            Assert.Contains("What led to this: ", said.Output, StringComparison.Ordinal);
        }

        Assert.Equal(Bad, pair.Ask(Host.Alpha, "explain", "nothing").Exit);
    }

    [Fact]
    public void Hold_moves_the_duty_to_the_other_and_keeps_this_host_out_until_release()
    {
        var pair = stage.Home();

        Assert.Equal(Ok, pair.Ask(Host.Alpha, "hold", "web", "--reason", "the fan is changed").Exit);
        pair.AwaitCalm(Host.Beta, otherFit: false);
        Assert.Equal("held", pair.Web(Host.Alpha)!.Stance);
        Assert.Contains("alpha FAIL", pair.Ask(Host.Alpha, "status", "--seed-words").Output, StringComparison.Ordinal);
        Assert.Contains("the fan is changed", File.ReadAllText(pair.LedgerOf(Host.Alpha)), StringComparison.Ordinal);

        // Nothing brings it in: neither an order nor the end of the other.
        Assert.Equal(No, pair.Ask(Host.Beta, "handover", "web", "--to", "alpha").Exit);
        pair.Faults.KillDaemon(Host.Beta);
        LabClock.Pause(pair.Ttl * 2);
        Assert.False(pair.Has(Host.Alpha));
        pair.AwaitCalm(Host.Beta, otherFit: false);

        Assert.Equal(Ok, pair.Ask(Host.Alpha, "release", "web").Exit);
        pair.AwaitCalm(Host.Beta);
    }

    [Fact]
    public void A_standby_that_has_read_its_settings_again_and_is_restarted_still_hears_who_serves()
    {
        var pair = stage.Home();
        var changes = pair.World.Addresses.Changes.Count;
        Assert.Equal(Ok, pair.Ask(Host.Beta, "reload").Exit);
        var before = pair.DaemonPids(Host.Beta);

        pair.Faults.KillDaemon(Host.Beta);
        pair.Await("another daemon runs on beta", () => pair.DaemonPids(Host.Beta) is [var pid] && pid != before[0]);

        pair.AwaitCalm(Host.Alpha);
        Assert.Equal(changes, pair.World.Addresses.Changes.Count);
    }

    [Fact]
    public void Handover_moves_the_duty_and_is_refused_where_the_other_is_not_fit_or_this_is_not_the_holder()
    {
        var pair = stage.Home();

        Assert.Equal(No, pair.Ask(Host.Beta, "handover", "web").Exit);
        Assert.Equal(Ok, pair.Ask(Host.Alpha, "handover", "web", "--to", "beta").Exit);
        pair.AwaitCalm(Host.Beta);

        Assert.Equal(Ok, pair.Ask(Host.Alpha, "hold", "web").Exit);
        pair.Await("beta hears that alpha is held", () => pair.Web(Host.Beta)!.Candidates.Any(c => c is { Node: "alpha", FitForMs: null }));
        var refused = pair.Ask(Host.Beta, "handover", "web", "--to", "alpha");
        Assert.Equal(No, refused.Exit);
        Assert.Contains("alpha is not fit", refused.Output + refused.Errors, StringComparison.Ordinal);
        Assert.Equal("beta", pair.Holders());
        Assert.Equal(Ok, pair.Ask(Host.Alpha, "release", "web").Exit);
        Assert.Equal(No, pair.Ask(Host.Beta, "handover", "web", "--to", "nobody-of-ours").Exit);
        Assert.Equal(Bad, pair.Ask(Host.Beta, "handover", "nothing").Exit);
    }

    [Fact]
    public void Seize_is_refused_while_the_other_is_heard_and_without_the_vow()
    {
        var pair = stage.Home();

        var refused = pair.Ask(Host.Beta, "seize", "web", "--peer-is-off");

        Assert.Equal(No, refused.Exit);
        Assert.Contains("alpha is heard", refused.Output + refused.Errors, StringComparison.Ordinal);
        Assert.Equal(Usage, pair.Ask(Host.Beta, "seize", "web").Exit);
        Assert.Equal("alpha", pair.Holders());
    }

    [Fact]
    public void Reload_refuses_a_bad_file_whole_and_takes_a_good_one_without_a_move()
    {
        var pair = stage.Home();
        var file = pair.FileOf(Host.Alpha);
        var good = pair.Settings(Host.Alpha);
        var changes = pair.World.Addresses.Changes.Count;
        var decided = Decisions(pair);
        try
        {
            File.WriteAllText(file, good.Replace("failback: never", "failback: { after: 30s }", StringComparison.Ordinal).Replace("every: 100ms", "every: 100", StringComparison.Ordinal));
            var refused = pair.Ask(Host.Alpha, "reload");
            Assert.Equal(Bad, refused.Exit);
            Assert.Matches(@"alpha\.yaml:\d+:\d+: heartbeat\.every: ", refused.Output + refused.Errors);
            Assert.Contains("the old settings stay", refused.Output + refused.Errors, StringComparison.Ordinal);

            File.WriteAllText(file, good.Replace("failback: never", "failback: { after: 30s }", StringComparison.Ordinal));
            var taken = pair.Ask(Host.Alpha, "reload");
            Assert.Equal(Ok, taken.Exit);
            Assert.Contains("failback", taken.Output, StringComparison.Ordinal);

            File.WriteAllText(file, good);
            var before = Adoptions(pair);
            _ = LabLibc.kill(pair.Pids(Host.Alpha)[0], 1);      // SIGHUP, to the guardian as systemd would
            pair.Await("the file was read again", () => Adoptions(pair) > before);
        }
        finally
        {
            File.WriteAllText(file, good);
            _ = pair.Ask(Host.Alpha, "reload");
        }

        Assert.Equal(changes, pair.World.Addresses.Changes.Count);
        Assert.Equal(decided, Decisions(pair));
        pair.AwaitCalm(Host.Alpha);
        pair.AssertReplays(Host.Alpha);
    }

    [Fact]
    public void A_failback_that_is_read_again_is_followed()
    {
        var pair = stage.Home();
        var file = pair.FileOf(Host.Beta);
        var good = pair.Settings(Host.Beta);
        pair.Home(Host.Beta);
        try
        {
            File.WriteAllText(file, good.Replace("failback: never", "failback: { after: 100ms }", StringComparison.Ordinal));
            Assert.Equal(Ok, pair.Ask(Host.Beta, "reload").Exit);

            // It was moved there by an order, so no timer brings it back before alpha is released.
            Assert.Equal(Ok, pair.Ask(Host.Alpha, "release", "web").Exit);
            pair.AwaitCalm(Host.Alpha);
        }
        finally
        {
            File.WriteAllText(file, good);
            _ = pair.Ask(Host.Beta, "reload");
        }

        pair.AssertReplays(Host.Beta);
    }

    [Fact]
    public async Task Events_are_followed_one_line_each()
    {
        var pair = stage.Home();
        using var events = pair.Begin("events", "web", "--last", "0", "--follow", "--socket", pair.SocketOf(Host.Alpha));
        try
        {
            // The stream may be open before or after the first order: go on until it says something.
            var line = events.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
            pair.Await("a line of the move", () =>
            {
                _ = pair.Ask(pair.Holder, "handover", "web");
                pair.AwaitCalm();
                return line.IsCompleted;
            });
            var text = await line;
            Assert.Contains("web", text, StringComparison.Ordinal);
            Assert.Matches(@"^\d{4}-\d\d-\d\dT", text);
        }
        finally
        {
            events.Kill();
            await events.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public void Events_without_follow_print_the_past_and_end()
    {
        var pair = stage.Home();

        var said = pair.Ask(Host.Alpha, "events", "web", "--last", "5");
        var json = pair.Ask(Host.Alpha, "events", "--last", "3", "--json");

        Assert.Equal((Ok, Ok), (said.Exit, json.Exit));
        Assert.InRange(said.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 1, 5);
        Assert.All(json.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => JsonDocument.Parse(l).Dispose());
    }

    [Fact]
    public void Watch_prints_lines_where_there_is_no_terminal()
    {
        var pair = stage.Home();

        var said = pair.Ask(Host.Beta, "watch", "--times", "2");

        Assert.Equal(Ok, said.Exit);
        Assert.Contains("web: alpha has epoch", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', said.Output);
    }

    [Fact]
    public void Replay_agrees_with_a_live_ledger_and_finds_one_that_was_changed()
    {
        var pair = stage.Home();
        pair.Home(Host.Beta);
        pair.Home(Host.Alpha);
        pair.AssertReplays(Host.Alpha);
        pair.AssertReplays(Host.Beta);
        pair.AssertReplays(Host.Witness);
        var changed = Path.Combine(pair.World.Folder, "changed.ledger");
        var lines = File.ReadAllLines(pair.LedgerOf(Host.Beta));
        var at = Array.FindIndex(lines, l => l.Contains("\"is\":\"claim_granted\"", StringComparison.Ordinal));
        Assert.True(at >= 0, "no grant in the ledger of a host that has served");
        lines[at] = lines[at].Replace("\"is\":\"claim_granted\"", "\"is\":\"claim_vacant\"", StringComparison.Ordinal);
        File.WriteAllLines(changed, lines);

        var said = pair.Verb("replay", changed);

        Assert.True(said.Exit == Bad, $"it replays although line {at + 1} was changed: {said.Output}");
        Assert.Contains($"{changed}:{at + 1}: ", said.Errors, StringComparison.Ordinal);
        Assert.Equal(Bad, pair.Verb("replay", Path.Combine(pair.World.Folder, "no-such.ledger")).Exit);
    }

    [Fact]
    public void Version_names_the_program_and_the_protocol()
    {
        var said = stage.Pair.Verb("version");

        Assert.Equal(Ok, said.Exit);
        Assert.Matches(@"^understudy \S+, peer protocol \d+", said.Output);
    }

    [Fact]
    public void Where_no_daemon_answers_each_verb_ends_with_3()
    {
        var nowhere = Path.Combine(stage.Pair.World.Folder, "nobody.sock");
        foreach (var verb in new string[][] { ["status"], ["explain", "web"], ["hold", "web"], ["release", "web"], ["handover", "web"], ["seize", "web", "--peer-is-off"], ["reload"], ["events"], ["watch"] })
        {
            var said = stage.Pair.Verb([.. verb, "--socket", nowhere]);
            Assert.True(said.Exit == Unreachable, string.Create(CultureInfo.InvariantCulture, $"{verb[0]} ended with {said.Exit}: {said.Output}{said.Errors}"));
            Assert.Contains("no daemon answers", said.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(Usage, stage.Pair.Verb("no-such-verb").Exit);
    }

    private static int Decisions(LivePair pair) =>
        File.ReadLines(pair.LedgerOf(Host.Alpha)).Count(l => l.Contains("\"effects\":[{", StringComparison.Ordinal) && l.Contains("add_address", StringComparison.Ordinal));

    private static int Adoptions(LivePair pair) =>
        File.ReadLines(pair.LedgerOf(Host.Alpha)).Count(l => l.Contains("settings were read again", StringComparison.Ordinal));

    /// <summary>One pair for all verbs; each test begins with alpha at home and leaves it able to go there.</summary>
    public sealed class Stage : IDisposable
    {
        private LivePair? pair;

        internal LivePair Pair
        {
            get
            {
                if (pair is null)
                {
                    pair = new LivePair();
                    pair.StartAll();
                }

                return pair;
            }
        }

        internal LivePair Home()
        {
            Pair.Home(Host.Alpha);
            return Pair;
        }

        public void Dispose()
        {
            if (pair is { } p)
            {
                p.AssertTruth();
                p.Dispose();
            }
        }
    }
}

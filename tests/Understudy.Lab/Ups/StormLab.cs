using System.Collections.Concurrent;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Ups;

/// <summary>Switches while many clients ask upsd as fast as it answers: whatever moment a reader hits, it reads a whole UPS.</summary>
[Collection(nameof(OneAtATime))]
public sealed class StormLab(ITestOutputHelper output)
{
    private const int Clients = 8;

    [Fact]
    public void A_thousand_switches_show_no_reader_an_empty_missing_or_stale_status()
    {
        const int Switches = 1000;
        using var stage = NutStage.Pair("flip.back = 0");
        using var ear = stage.HearProxy();
        using var storm = new Storm(stage);
        var mark = ear.Mark;
        for (var i = 0; i < Switches; i++)
        {
            var (seconds, load) = i % 2 == 0 ? (600, "42") : (0, "20");
            stage.Same(0, ear.Ask($"INSTCMD dummy-ups-net.force.primary {seconds}"), "force.primary");
            stage.AwaitShown("ups.load", load);      // it went all the way, so that no switch hides behind the next
        }

        storm.End();
        stage.CatchUp(ear);
        output.WriteLine($"{storm.Answers} answers, {storm.Runs} runs of upsc");
        stage.Check(storm.Answers > Switches && storm.Runs > 0, $"{storm.Answers} answers and {storm.Runs} runs of upsc are too few to prove anything");
        stage.Same("ups.status OL", string.Join(" | ", storm.Seen.Where(s => s.StartsWith("ups.status", StringComparison.Ordinal))), "the statuses that were read");
        stage.Same(
            "battery.charge 100 | battery.charge 40 | ups.load 20 | ups.load 42",
            string.Join(" | ", storm.Seen.Where(s => !s.StartsWith("ups.status", StringComparison.Ordinal))),
            "what else was read");
        stage.Same(Switches, ear.Since(mark).Count(l => l.StartsWith("SETINFO driver.primary.socketname ", StringComparison.Ordinal)), "switches of the primary");
    }

    [Fact]
    public void Drivers_that_are_killed_in_turn_under_load_show_no_reader_an_empty_missing_or_stale_status()
    {
        using var stage = NutStage.Pair("flip.back = 0");
        using var ear = stage.HearProxy();
        using var storm = new Storm(stage);
        for (var i = 0; i < 3; i++)
        {
            foreach (var (ups, other) in new[] { ("usb", "42"), ("net", "20") })
            {
                stage.End(ups, LabLibc.SIGKILL);
                stage.AwaitShown("ups.load", other);
                stage.StartSources(ups);
                stage.Await("both are alive", () => ear.Value("driver.stats.alive_drivers") == "2");
                stage.AwaitShown("ups.load", "20");
            }
        }

        storm.End();
        output.WriteLine($"{storm.Answers} answers, {storm.Runs} runs of upsc");
        stage.Same("battery.charge 100 | battery.charge 40 | ups.load 20 | ups.load 42 | ups.status OL", string.Join(" | ", storm.Seen), "what was read");
    }

    /// <summary>So that what the storm does not see proves something: this is what it sees of a proxy that takes away before it brings, as NUT's own does.</summary>
    [Fact]
    public void A_switch_that_is_not_whole_is_seen_by_the_same_readers()
    {
        using var stage = new NutStage();
        stage.Section(NutStage.Ups, "scripted", "none");
        using var naive = new ScriptedDriver(stage.SocketOf(NutStage.Ups), NutStage.Usb, [], _ => 0);
        stage.StartServer();
        stage.AwaitShown("ups.load", "20");
        using var storm = new Storm(stage);
        string[] sights = ["ups.status ", "ups.status ERR DATA-STALE", "ups.status ERR VAR-NOT-SUPPORTED"];
        stage.Await($"all of {string.Join(" | ", sights)} are seen", () =>
        {
            naive.Say("DELINFO ups.status", "SETINFO ups.status \"\"");
            LabClock.Pause(TimeSpan.FromMilliseconds(5));
            naive.Say("DATASTALE", "SETINFO ups.status \"OL\"");
            LabClock.Pause(TimeSpan.FromMilliseconds(5));
            naive.Say("DATAOK", "DELINFO ups.status");
            LabClock.Pause(TimeSpan.FromMilliseconds(5));
            return sights.All(storm.Seen.Contains);
        });
        storm.End();
    }

    /// <summary>Clients that hold their connections and ask without a pause, and one that runs upsc.</summary>
    internal sealed class Storm : IDisposable
    {
        private static readonly string[] s_names = ["ups.status", "battery.charge", "ups.load"];

        private readonly ConcurrentDictionary<string, bool> seen = new(StringComparer.Ordinal);
        private readonly List<Thread> threads = [];
        private readonly int port;
        private volatile bool ended;
        private long answers;
        private long runs;

        internal Storm(NutStage stage)
        {
            port = stage.Port;
            for (var i = 0; i < Clients; i++)
            {
                Run(Hammer);
            }

            Run(() =>
            {
                var run = Shell.Try("/bin/upsc", null, $"{NutStage.Ups}@127.0.0.1:{port}", "ups.status");
                seen[$"ups.status {(run.Exit == 0 ? run.Output.Trim() : run.Output + run.Errors)}"] = true;
                Interlocked.Increment(ref runs);
            });
        }

        /// <summary>Everything that anybody read, each once: name and value, or name and error.</summary>
        internal IEnumerable<string> Seen => seen.Keys.Order(StringComparer.Ordinal);

        internal long Answers => Interlocked.Read(ref answers);

        internal long Runs => Interlocked.Read(ref runs);

        internal void End()
        {
            ended = true;
            threads.ForEach(t => t.Join());
        }

        public void Dispose() => End();

        private void Hammer()
        {
            using var client = UpsdClient.Connect(port);
            while (!ended)
            {
                foreach (var name in s_names)
                {
                    seen[$"{name} {client.Value(NutStage.Ups, name)}"] = true;
                    Interlocked.Increment(ref answers);
                }
            }
        }

        /// <summary>A client that breaks is a reading too: it must be seen, and not end the test program.</summary>
        private void Run(Action turn)
        {
            var thread = new Thread(() =>
            {
                while (!ended)
                {
                    try
                    {
                        turn();
                    }
                    catch (Exception e) when (e is IOException or TimeoutException or InvalidOperationException)
                    {
                        seen[$"broken: {e.Message}"] = true;
                        return;
                    }
                }
            })
            { IsBackground = true };
            threads.Add(thread);
            thread.Start();
        }
    }
}

using System.Globalization;
using System.Text.Json;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Xunit;

namespace Understudy.Lab.Ups;

/// <summary>A person and a collector see a proxy as it is, and upsd does not see that they look.</summary>
[Collection(nameof(OneAtATime))]
public sealed class ReportLab(ITestOutputHelper output)
{
    private const string End = "UNDERSTUDY END";

    [Fact]
    public void Status_and_metrics_tell_of_the_death_of_the_primary()
    {
        using var stage = NutStage.Pair();
        stage.Await("usb is primary", () => Look(stage).Primary == "dummy-ups-usb");
        var before = Look(stage);
        stage.Same("fresh", before.Condition("dummy-ups-usb"), "the primary is");
        stage.Check(before.Age("dummy-ups-usb") is >= 0 and < 15_000, "a driver that runs was heard lately");
        stage.Check(stage.Run(Program, "status", "--socket", $"{stage.State}/none.sock").Output.Contains("dummy-ups-usb", StringComparison.Ordinal), "the text has the primary");

        stage.End("usb", LabLibc.SIGKILL);
        stage.AwaitShown("ups.load", "42");
        var first = Look(stage);
        stage.Same("dummy-ups-net", first.Primary, "the primary");
        stage.Same(before.Switches + 1, first.Switches, "switches");
        stage.Same("gone", first.Condition("dummy-ups-usb"), "the dead one is");
        stage.Check(first.Of("dummy-ups-usb", "losses") > before.Of("dummy-ups-usb", "losses"), "its loss is counted");
        LabClock.Pause(TimeSpan.FromSeconds(1.5));
        var second = Look(stage);
        stage.Check(second.Age("dummy-ups-usb") >= first.Age("dummy-ups-usb") + 1_400, $"the dead one's age goes on: {first.Age("dummy-ups-usb")} ms, then {second.Age("dummy-ups-usb")} ms");
        stage.Check(second.Age("dummy-ups-net") < 15_000, "the other one's does not");

        var metrics = stage.Run(Program, "ups", "metrics").Output.Split('\n');
        foreach (var line in (string[])
        [
            """understudy_ups_answers{ups="ups"} 1""",
            """understudy_ups_source_fresh{ups="ups",source="dummy-ups-usb"} 0""",
            """understudy_ups_source_fresh{ups="ups",source="dummy-ups-net"} 1""",
            """understudy_ups_source_primary{ups="ups",source="dummy-ups-net"} 1""",
            string.Create(CultureInfo.InvariantCulture, $"understudy_ups_source_losses_total{{ups=\"ups\",source=\"dummy-ups-usb\"}} {second.Of("dummy-ups-usb", "losses")}"),      // a driver that is killed takes a connection more before its socket closes
            $"understudy_ups_switches_total{{ups=\"ups\"}} {second.Switches}",
        ])
        {
            stage.Check(metrics.Contains(line), $"{line} is in {string.Join('\n', metrics)}");
        }

        var explained = stage.Run(Program, "explain", NutStage.Ups, "--socket", $"{stage.State}/none.sock");
        stage.Check(explained.Exit == 0 && explained.Output.StartsWith("ups: dummy-ups-net is primary; OL\n  dummy-ups-usb: gone", StringComparison.Ordinal), explained.Output);
        stage.StartSources("usb");
        stage.Await("the dead one is back", () => Look(stage).Condition("dummy-ups-usb") == "fresh");

        stage.End(NutStage.Ups, LabLibc.SIGKILL);
        var without = stage.Run(Program, "status", "--socket", $"{stage.State}/none.sock");
        stage.Same(3, without.Exit, "status without daemon and proxy ends with");
        stage.Check(without.Output.Contains("ups: it does not run", StringComparison.Ordinal), without.Output);
        stage.Check(stage.Run(Program, "ups", "metrics").Output.Contains("understudy_ups_answers{ups=\"ups\"} 0", StringComparison.Ordinal), "the metrics say that the proxy is dead");
    }

    [Fact]
    public void A_thousand_looks_do_not_disturb_upsd()
    {
        const int Looks = 1000;
        using var stage = NutStage.Pair();
        using var looker = stage.HearProxy();
        using var other = stage.HearProxy();
        looker.Send("NOBROADCAST");
        stage.Await("nothing is on its way", () => Look(stage).Primary == "dummy-ups-usb");
        var (before, heard) = (Look(stage), other.Mark);
        for (var i = 0; i < Looks; i++)
        {
            var mark = looker.Mark;
            looker.Send("UNDERSTUDY STATUS");
            stage.Check(LabClock.WaitUntil(() => looker.When(mark, l => l == End) is not null, NutStage.Patience), $"look {i} is answered");
            if (i % 20 == 0)
            {
                stage.Same("OL", stage.Shown("ups.status"), "what upsd shows meanwhile");
                using var passing = stage.HearProxy();      // who comes, asks and goes
                passing.Send("UNDERSTUDY STATUS");
                stage.Check(other.Ping() < TimeSpan.FromSeconds(4), "PING is answered meanwhile");
            }
        }

        stage.Change("usb", ("ups.load", "23"));
        stage.AwaitShown("ups.load", "23");
        stage.Await("as many connections hear what changes as before", () => Look(stage).Clients == before.Clients);
        var after = Look(stage);
        stage.Same(before.Switches, after.Switches, "switches");
        var lag = after.Of("dummy-ups-usb", "lag_us");
        output.WriteLine($"lag of the change {lag} us");
        stage.Check(lag is > 0 and < 4_000_000, $"the lag of that change is {lag} us");
        stage.CatchUp(other);
        stage.Same(0, other.Since(heard).Count(l => l.StartsWith("UNDERSTUDY", StringComparison.Ordinal)), "lines of an answer that another client was told");
    }

    [Fact]
    public void A_stock_driver_answers_the_question_with_nothing_and_goes_on()
    {
        using var stage = NutStage.Pair();
        using var ear = stage.Hear("usb");
        var mark = ear.Mark;
        ear.Send("UNDERSTUDY STATUS");
        stage.Check(ear.Ping() is not null, "it answers PING behind the question");
        stage.Same(0, ear.Since(mark).Count(l => l.Contains("UNDERSTUDY", StringComparison.Ordinal)), "lines about the question");
        stage.Same("20", stage.Shown("ups.load"), "what is shown");
    }

    private static string Program => UnderstudyProduct.FindProgram()!;

    /// <summary>What `status --json` says where no daemon runs.</summary>
    private static Seen Look(NutStage stage)
    {
        var run = stage.Run(Program, "status", "--json", "--socket", $"{stage.State}/none.sock");
        stage.Same(3, run.Exit, "without a daemon status ends with");
        using var json = JsonDocument.Parse(run.Output);
        var report = json.RootElement.GetProperty("proxies")[0].GetProperty("report");
        stage.Check(report.ValueKind == JsonValueKind.Object, run.Output);
        return new Seen(report.Clone());
    }

    private sealed record Seen(JsonElement Report)
    {
        internal string? Primary => Report.GetProperty("primary").GetString();

        internal long Switches => Report.GetProperty("switches").GetInt64();

        internal long Clients => Report.GetProperty("clients").GetInt64();

        internal long? Age(string source) => Of(source, "age_ms");

        internal string? Condition(string source) => Source(source).GetProperty("condition").GetString();

        internal long? Of(string source, string what) => Source(source).GetProperty(what) is { ValueKind: JsonValueKind.Number } number ? number.GetInt64() : null;

        private JsonElement Source(string name) => Report.GetProperty("sources").EnumerateArray().Single(s => s.GetProperty("name").GetString() == name);
    }
}

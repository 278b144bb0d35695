using System.Globalization;
using System.Text.RegularExpressions;
using Understudy.Core;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Ldms;

/// <summary>Tables, lists and JSON against what the real tools and the real daemon were recorded to say.</summary>
public sealed class LdmsdFacesTests
{
    private static readonly Regex s_metric = new("^(?<kind>[MD]) (?<type>\\S+) +(?<name>\\S+) +(?<value>\\S+) $", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    [Theory]
    [InlineData("-l s00/a", "s00/a", 1795306593, 1850, 57)]
    [InlineData("-l s00/b", "s00/b", 1795306593, 1812, 195)]
    public void A_listing_of_values_is_what_ldms_ls_printed(string command, string instance, long seconds, long micros, int count)
    {
        var recorded = LdmsdRecorded.Tool(command);
        var metrics = recorded.Split('\n').Select(l => s_metric.Match(l)).Where(m => m.Success)
            .Select(m => new LsMetric(m.Groups["kind"].Value == "M", m.Groups["type"].Value, m.Groups["name"].Value, m.Groups["value"].Value, "")).ToValueList();
        Assert.Equal(count, metrics.Count);
        var set = new LsSet("meminfo", instance, "CL", IsConsistent: true, 0, 0, 0, 0, 0, 0, (seconds * 1_000_000) + micros, 34, [], metrics);
        Assert.Equal(recorded, LdmsLsText.Values(set, TimeSpan.Zero));
    }

    [Fact]
    public void A_list_of_names_is_what_ldms_ls_printed() => Assert.Equal(LdmsdRecorded.Tool("PORT_OF_s00"), LdmsLsText.Names(["s00/a", "s00/b"]));

    [Fact]
    public void The_table_of_sets_is_what_ldms_ls_printed() => Assert.Equal(LdmsdRecorded.Tool("-v s00/a"), LdmsLsText.Table([
        new("meminfo", "s00/a", "CL ", IsConsistent: true, 2960, 544, 0, 0, 0, Convert.ToInt32("440", 8), 1795306593_001850, 34, [("updt_hint_us", "1000000:0")], null)]));

    [Fact]
    public void The_tables_of_the_controller_are_what_it_printed()
    {
        ValueList<LdmsdSetRow> sets(string s) => [new($"{s}/a", "meminfo", "READY"), new($"{s}/b", "vmstat", "READY")];
        LdmsdProducerRow row(string name, int port, string state, ValueList<LdmsdSetRow> has) => new(name, "active", "127.0.0.1", port, "sock", "DEFAULT", "1", "-1", "-1", 1_000_000, state, has);
        Assert.Equal(LdmsdRecorded.Tool("a10: prdcr_status"), LdmsdTables.Producers([
            row("#prdcr_s02", 24002, "STOPPED", []), row("#prdcr_s03", 24003, "STOPPED", []), row("prdcr_s00", 24000, "CONNECTED", sets("s00")), row("prdcr_s01", 24001, "CONNECTED", sets("s01"))]));

        LdmsdUpdaterProducer of(string name, int port, string state) => new(name, "127.0.0.1", port, "sock", state);
        Assert.Equal(LdmsdRecorded.Tool("a10: updtr_status"), LdmsdTables.Updaters([
            new("#upd", 1_000_000, 100_000, true, "Pull", false, "STOPPED", [of("#prdcr_s02", 24002, "STOPPED"), of("#prdcr_s03", 24003, "STOPPED")]),
            new("upd", 1_000_000, 200_000, true, "Pull", false, "RUNNING", [of("prdcr_s00", 24000, "CONNECTED"), of("prdcr_s01", 24001, "CONNECTED")])]));

        LdmsdProducerSetRow set(string name, string schema, long micros, long duration) => new(name, schema, "READY", name[..3], $"prdcr_{name[..3]}", 1795306594_000000 + micros, duration);
        Assert.Equal(LdmsdRecorded.Tool("a10: prdcr_set_status"), LdmsdTables.ProducerSets(
            [set("s00/a", "meminfo", 1309, 30), set("s00/b", "vmstat", 1383, 71), set("s01/a", "meminfo", 2418, 38), set("s01/b", "vmstat", 2501, 80)], TimeSpan.Zero));

        Assert.Equal(LdmsdRecorded.Tool("a10: strgp_status"), LdmsdTables.Storages([]));
        Assert.Equal(LdmsdRecorded.Tool("a10: daemon_status"), LdmsdTables.Daemon("ready"));
        Assert.Equal(LdmsdRecorded.Tool("a10: failover_status"), LdmsdTables.Failover(LdmsdAnswers.Pairs(LdmsdJson.Failover(Pair with
        {
            Port = "25001",
            PingMaxMicros = 121,
            PingMeanMicros = 88,
            PingDeviationMicros = Math.Sqrt(720.6),
            PingTimestampMicros = 1795306593_933960,
            EchoTimestampMicros = 1795306593_934081,
            TimeoutTimestampMicros = 1795306595_934081,
        }))!));
    }

    [Fact]
    public void Refusals_are_told_as_the_controller_told_them()
    {
        var place = new LdmsdPlace("stdin", 1, 1);
        Assert.Equal(LdmsdRecorded.Tool("port=1"), LdmsdTables.RefusedUnsent(LdmsdText.ReadLine("prdcr_add name=x type=active xprt=sock host=127.0.0.1 port=1", place)!));
        Assert.Equal(LdmsdRecorded.Tool("nonsense"), LdmsdTables.RefusedUnsent(LdmsdText.ReadLine("nonsense", place)!));
        Assert.Equal(LdmsdRecorded.Tool("a10: failover_start"), LdmsdTables.Refused("failover_start", LdmsdRefusal.DaemonBusy));
        Assert.Null(LdmsdTables.RefusedUnsent(LdmsdText.ReadLine("failover_status", place)!));
    }

    [Fact]
    public void Recorded_answers_are_read_and_written_back_to_the_same_bytes()
    {
        Assert.Equal(LdmsdRecorded.Answer("prdcr_status"), LdmsdJson.Producers(LdmsdAnswers.Producers(LdmsdRecorded.Answer("prdcr_status"))!));
        Assert.Equal(LdmsdRecorded.Answer("updtr_status"), LdmsdJson.Updaters(LdmsdAnswers.Updaters(LdmsdRecorded.Answer("updtr_status"))!));
        Assert.Equal(LdmsdRecorded.Answer("prdcr_set_status"), LdmsdJson.ProducerSets(LdmsdAnswers.ProducerSets(LdmsdRecorded.Answer("prdcr_set_status"))!));
        Assert.Equal(LdmsdRecorded.Answer("daemon_status"), LdmsdJson.Daemon(LdmsdAnswers.DaemonState(LdmsdRecorded.Answer("daemon_status"))!));
        Assert.Equal(LdmsdRecorded.Answer("failover_status"), LdmsdJson.Failover(Pair));
        Assert.Equal("[]", LdmsdJson.Producers([]));
    }

    [Fact]
    public void What_we_add_has_types_and_stands_under_a_key_of_ours()
    {
        var row = LdmsdAnswers.Producers(LdmsdRecorded.Answer("prdcr_status"))![0] with { More = new("alpha", null, true, 12, 34, 5, null, "it said \"no\"\n") };
        var json = LdmsdJson.Producers([row]);
        Assert.EndsWith(""","sets": [],"understudy":{"owner":"alpha","home":null,"standby":true,"since_ms":12,"samples":34,"lost":5,"age_ms":null,"why":"it said \"no\"\n"}}]""", json, StringComparison.Ordinal);
        Assert.Equal([row], LdmsdAnswers.Producers(json)!);
        var updater = LdmsdAnswers.Updaters(LdmsdRecorded.Answer("updtr_status"))![1] with { More = new(1, 2, 3) };
        Assert.Equal([updater], LdmsdAnswers.Updaters(LdmsdJson.Updaters([updater]))!);
        var store = new LdmsdStorageRow("csv", "samples", "meminfo", null, "store_csv", 1_500_000, "RUNNING", null, ["^prdcr", ".*"], ["MemFree"]) { More = new("beta", 7, 0, "") };
        Assert.Contains("""{"name":"csv","container":"samples","schema":"meminfo","regex":"-","plugin":"store_csv","flush":"1.500000","state":"RUNNING","decomp":"-","producers":["^prdcr",".*"],"metrics":["MemFree"],""", LdmsdJson.Storages([store]), StringComparison.Ordinal);
        Assert.Equal([store], LdmsdAnswers.Storages(LdmsdJson.Storages([store]))!);
        var pair = LdmsdJson.Failover(Pair with { TimeoutTimestampMicros = null, More = new(2_000_000, true, 40, ["#s00", "#s01"], 2, "a11 took over", "") });
        Assert.Contains("\"timeout_ts\": \"9223372036854775807.0\"", pair, StringComparison.Ordinal);
        Assert.Contains("    understudy: \n        timeout_us: 2000000\n        armed: true\n        echo_age_ms: 40\n        holding: #s00, #s01\n        moves: 2\n        last_move: a11 took over\n", LdmsdTables.Failover(LdmsdAnswers.Pairs(pair)!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prdcr_status")]
    [InlineData("updtr_status")]
    [InlineData("prdcr_set_status")]
    [InlineData("failover_status")]
    [InlineData("daemon_status")]
    public void A_recorded_answer_is_shown_as_a_table_or_as_it_came(string verb)
    {
        var answer = new LdmsdAnswer(0, "", LdmsdRecorded.Answer(verb) + "\0");
        var shape = new Regex("[0-9]+", RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.Equal(shape.Replace(LdmsdRecorded.Tool($"a10: {verb}").Split('\n')[^2], "#").TrimEnd(), shape.Replace(LdmsdControl.Say(verb, answer, TimeSpan.Zero, raw: false).Split('\n')[^2], "#").TrimEnd());
        Assert.Equal(LdmsdRecorded.Answer(verb) + "\n", LdmsdControl.Say(verb, answer, TimeSpan.Zero, raw: true));
        Assert.Equal("Error 16: Daemon busy.\n", LdmsdControl.Say(verb, new(16, "Daemon busy.", null), TimeSpan.Zero, raw: false));
        Assert.Equal("{7}\n", LdmsdControl.Say(verb, new(0, "", "{7}"), TimeSpan.Zero, raw: false));
        Assert.Equal("", LdmsdControl.Say("prdcr_start", new(0, "", null), TimeSpan.Zero, raw: false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("[{\"sets\":7},{\"name\":")]
    [InlineData("[\"\\ud800\"]")]
    public void An_answer_that_is_no_answer_is_refused(string json) => Assert.Null(LdmsdAnswers.Producers(json));

    [Fact]
    public void An_answer_of_another_version_is_read_as_far_as_it_goes()
    {
        var row = Assert.Single(LdmsdAnswers.Producers("""[{"name":"\ud800","port":"411","new":{},"reconnect_us":"x","sets":{}}]""") ?? LdmsdAnswers.Producers("""[{"name":"x","port":"411","new":{},"reconnect_us":"x","sets":{}}]""")!);
        Assert.Equal((411, 0L, 0), (row.Port, row.ReconnectMicros, row.Sets.Count));
    }

    [Theory]
    [InlineData(0, "Thu Jan 01 00:00:00 1970 +0000")]
    [InlineData(-1, "Wed Dec 31 23:59:59 1969 +0000")]
    [InlineData(951782400_000000, "Tue Feb 29 00:00:00 2000 +0000")]
    [InlineData(long.MaxValue, "+0000")]
    [InlineData(long.MinValue, "+0000")]
    public void Any_stamp_can_be_shown(long micros, string end)
    {
        var set = new LsSet("m", "i", "", IsConsistent: false, 0, 0, 0, 0, 0, 0, micros, 0, [], null);
        Assert.StartsWith("i: inconsistent, last update: ", LdmsLsText.Values(set, TimeSpan.Zero), StringComparison.Ordinal);
        Assert.Contains(end, LdmsLsText.Values(set, TimeSpan.Zero), StringComparison.Ordinal);
        Assert.Contains("-0330", LdmsLsText.Values(set, TimeSpan.FromHours(-3.5)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000_000, 0, "1.0s:0.0ms")]
    [InlineData(100_000, -20_500, "0.1s:-20.5ms")]
    [InlineData(50, 0, "5e-05s:0.0ms")]
    [InlineData(5, 1, "5e-06s:0.001ms")]
    [InlineData(25, 0, "2.5e-05s:0.0ms")]
    [InlineData(60_000_000, 0, "60.0s:0.0ms")]
    public void Intervals_are_printed_as_Python_prints_floats(long interval, long offset, string shown) =>
        Assert.Contains($" {shown} ", LdmsdTables.Updaters([new("u", interval, offset, true, "Pull", false, "RUNNING", [])]), StringComparison.Ordinal);

    /// <summary>As the recorded daemon's own answer had it.</summary>
    private static LdmsdFailoverStatus Pair { get; } = new("127.0.0.1", "21001", "sock", "a11", 1_000_000, 1_000_000, 0, 339, 92, double.Parse("102.357218", CultureInfo.InvariantCulture), 2, AutoSwitch: true,
        1795306523_933947, 1795306523_934023, 1795306525_934023, "START", "CONFIGURED", PeerActivated: false, 0, 0, IsConfigured: true, PeerReceived: true, PingOutstanding: false, OursActivated: true);
}

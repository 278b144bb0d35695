using System.Text.Json;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class CollectionCommandsTests
{
    private readonly DeskStage stage = new();
    private readonly CollectionCommands commands;

    public CollectionCommandsTests() => commands = new CollectionCommands(stage.Desk);

    /// <summary>Commands in a row, and the last one's answer: its errno and its text.</summary>
    [Theory]
    [InlineData("prdcr_add name=a type=active xprt=sock host=h port=411 reconnect=1s", 0, "")]
    [InlineData("prdcr_add name=a type=active xprt=sock host=h port=411 reconnect=1s|prdcr_add name=a type=active xprt=sock host=h port=411 reconnect=1s", 17, "The producer 'a' exists already.")]
    [InlineData("prdcr_add name=a type=passive xprt=sock host=h port=411 reconnect=1s", 95, "a is passive; Understudy connects to its producers itself: write type=active")]
    [InlineData("prdcr_start name=a", 2, "The producer 'a' does not exist.")]
    [InlineData("+a|prdcr_start name=a", 0, "")]
    [InlineData("+a|prdcr_start name=a|prdcr_start name=a", 16, "The producer 'a' is running; stop it first.")]
    [InlineData("+a|prdcr_start name=a|prdcr_stop name=a", 0, "")]
    [InlineData("+a|prdcr_stop name=a", 16, "The producer 'a' is not running.")]
    [InlineData("prdcr_stop name=a", 2, "The producer 'a' does not exist.")]
    [InlineData("+a|prdcr_start_regex regex=.*|prdcr_del name=a", 16, "The producer 'a' is running; stop it first.")]
    [InlineData("+a|prdcr_start_regex regex=.*|prdcr_stop_regex regex=.*|prdcr_del name=a", 0, "")]
    [InlineData("+a|prdcr_start_regex regex=^b", 0, "")]
    [InlineData("prdcr_del name=a", 2, "The producer 'a' does not exist.")]
    [InlineData("updtr_add name=u interval=1s offset=0", 0, "")]
    [InlineData("updtr_add name=u interval=1s|updtr_add name=u interval=1s", 17, "The updater 'u' exists already.")]
    [InlineData("updtr_add name=u push=onchange", 95, "u waits for what is pushed; Understudy pulls: write interval= without push=")]
    [InlineData("updtr_start name=u", 2, "The updater 'u' does not exist.")]
    [InlineData("updtr_add name=u interval=1s|updtr_start name=u", 0, "")]
    [InlineData("updtr_add name=u interval=1s|updtr_start name=u|updtr_start name=u", 16, "The updater 'u' is running; stop it first.")]
    [InlineData("updtr_add name=u interval=1s|updtr_stop name=u", 16, "The updater 'u' is not running.")]
    [InlineData("updtr_stop name=u", 2, "The updater 'u' does not exist.")]
    [InlineData("updtr_add name=u interval=1s|updtr_start name=u|updtr_stop name=u|updtr_del name=u", 0, "")]
    [InlineData("updtr_add name=u interval=1s|updtr_start name=u|updtr_del name=u", 16, "The updater 'u' is running; stop it first.")]
    [InlineData("updtr_del name=u", 2, "The updater 'u' does not exist.")]
    [InlineData("+a|updtr_add name=u interval=1s|updtr_prdcr_add name=u regex=.*", 0, "")]
    [InlineData("updtr_add name=u interval=1s|updtr_start name=u|updtr_prdcr_add name=u regex=.*", 16, "The updater 'u' is running; stop it first.")]
    [InlineData("updtr_prdcr_add name=u regex=.*", 2, "The updater 'u' does not exist.")]
    [InlineData("updtr_prdcr_del name=u regex=.*", 2, "The updater 'u' does not exist.")]
    [InlineData("updtr_match_add name=u regex=x match=inst", 2, "The updater 'u' does not exist.")]
    [InlineData("updtr_match_list name=u", 2, "The updater 'u' does not exist.")]
    [InlineData("updtr_match_list", 0, "[]")]
    [InlineData("updtr_add name=u interval=1s|updtr_add name=v interval=1s|updtr_match_add name=u regex=^me match=schema|updtr_match_add name=u regex=b$ match=inst|updtr_match_list", 0,
        "[{\"name\":\"u\",\"match\":[{\"regex\":\"^me\",\"selector\":\"schema\"},\n{\"regex\":\"b$\",\"selector\":\"inst\"}]},\n{\"name\":\"v\",\"match\":[]}]")]
    [InlineData("updtr_match_del name=u regex=x match=inst", 2, "The updater 'u' does not exist.")]
    [InlineData("strgp_add name=s plugin=store_csv container=c schema=m", 0, "")]
    [InlineData("strgp_add name=s plugin=store_csv container=c schema=m|strgp_add name=s plugin=store_csv container=c schema=m", 17, "The storage policy 's' exists already.")]
    [InlineData("strgp_add name=s plugin=store_sos container=c schema=m", 95, "store_sos is no store of Understudy's; write plugin=store_csv or plugin=store_postgres")]
    [InlineData("strgp_start name=s", 2, "The storage policy does not exist.")]
    [InlineData("strgp_stop name=s", 2, "The storage policy does not exist.")]
    [InlineData("strgp_del name=s", 2, "The storage policy does not exist.")]
    [InlineData("strgp_prdcr_add name=s regex=x", 2, "The storage policy does not exist.")]
    [InlineData("strgp_metric_add name=s metric=x", 2, "The storage policy does not exist.")]
    [InlineData("strgp_add name=s plugin=store_csv container=c schema=m|strgp_start name=s", 0, "")]
    [InlineData("strgp_add name=s plugin=store_csv container=c schema=m|strgp_start name=s|strgp_start name=s", 16, "The storage policy 's' is running; stop it first.")]
    [InlineData("strgp_add name=s plugin=store_csv container=c schema=m|strgp_stop name=s", 16, "The storage policy is not running.")]
    [InlineData("strgp_add name=s plugin=store_csv container=c schema=m|strgp_start name=s|strgp_del name=s", 16, "The storage policy 's' is running; stop it first.")]
    [InlineData("strgp_add name=s plugin=store_csv container=c schema=m|strgp_start name=s|strgp_stop name=s|strgp_del name=s", 0, "")]
    [InlineData("strgp_add name=s plugin=store_csv container=c schema=m|strgp_start name=s|strgp_metric_add name=s metric=x", 16, "The storage policy 's' is running; stop it first.")]
    [InlineData("load name=meminfo|load name=meminfo", 17, "The plugin 'meminfo' exists already.")]
    [InlineData("config name=meminfo producer=s00", 2, "The sampler 'meminfo' does not exist.")]
    [InlineData("start name=meminfo interval=1s", 2, "The sampler 'meminfo' does not exist.")]
    [InlineData("load name=meminfo|config name=meminfo producer=s00 instance=s00/a|start name=meminfo interval=1000000 offset=0", 0, "")]
    [InlineData("load name=meminfo|start name=meminfo interval=1s|start name=meminfo interval=1s", 16, "The sampler 'meminfo' is running; stop it first.")]
    [InlineData("load name=meminfo|stop name=meminfo", 16, "The sampler 'meminfo' is not running.")]
    [InlineData("stop name=meminfo", 2, "The sampler 'meminfo' does not exist.")]
    [InlineData("term name=meminfo", 2, "The sampler 'meminfo' does not exist.")]
    [InlineData("load name=meminfo|start name=meminfo interval=1s|stop name=meminfo|term name=meminfo", 0, "")]
    [InlineData("failover_config host=h port=411 xprt=sock peer_name=a11", 22, "ldmsd_failover requires at least one listening port")]
    [InlineData("listen xprt=sock port=411|failover_config host=h port=411 xprt=sock peer_name=a11", 22, "`-n <NAME>` command line option is required to use failover")]
    [InlineData("listen xprt=sock port=411|daemon_name name=a10|failover_config peer_name=a11", 22, "missing host, port or xprt attribute")]
    [InlineData("~failover_config host=h port=411 xprt=sock", 0, "")]
    [InlineData("failover_start", 22, "failover is not configured; give failover_config host= port= xprt= first")]
    [InlineData("failover_stop", 16, "failover service busy")]
    [InlineData("failover_peercfg_start", 22, "failover is not configured; give failover_config host= port= xprt= first")]
    [InlineData("failover_peercfg_stop", 22, "failover is not configured; give failover_config host= port= xprt= first")]
    [InlineData("~failover_config host=h port=411 xprt=sock|failover_start", 0, "")]
    [InlineData("~failover_config host=h port=411 xprt=sock|failover_start|failover_start", 16, "failover service busy")]
    [InlineData("~failover_config host=h port=411 xprt=sock|failover_start|failover_config auto_switch=0", 16, "cannot reconfigure due to busy failover service")]
    [InlineData("~failover_config host=h port=411 xprt=sock|failover_start|failover_stop", 0, "failover_stop_ok")]
    [InlineData("~failover_config host=h port=411 xprt=sock|failover_start|failover_stop|failover_config auto_switch=0", 0, "")]
    [InlineData("~failover_config host=h port=411 xprt=sock|failover_start|failover_peercfg_start|failover_peercfg_stop", 0, "")]
    public void Every_verb_is_done_or_refused_with_the_errno_and_the_words_of_the_original(string lines, int code, string text)
    {
        var answer = Say(lines);
        Assert.Equal((code, text), (answer.Code, answer.Text));
    }

    [Fact]
    public void An_updater_takes_the_producers_that_are_there_and_never_a_copy_or_a_sampler_of_our_own()
    {
        _ = Say("load name=meminfo|start name=meminfo interval=1s|+s00|+s01|+x");
        PairCopies.Adopt(stage.Desk, [PairStage.Producer("s02")], static _ => false, stage.At);
        _ = Say("updtr_add name=u interval=1s|updtr_prdcr_add name=u regex=^.s|updtr_prdcr_add name=u regex=s0");
        Assert.Equal((ValueList<string>)["s00", "s01"], stage.Desk.Updaters["u"].Rules.Producers);
        _ = Say("updtr_prdcr_del name=u regex=1$|updtr_match_add name=u regex=^m match=schema|updtr_match_add name=u regex=/a match=inst|updtr_match_del name=u regex=^m match=schema");
        Assert.Equal((ValueList<string>)["s00"], stage.Desk.Updaters["u"].Rules.Producers);
        Assert.Equal("/a", Assert.Single(stage.Desk.Updaters["u"].Rules.Matches).Pattern.Text);
        _ = Say("updtr_start name=u interval=2s offset=100ms");
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100)), (stage.Desk.Updaters["u"].Rules.Interval, stage.Desk.Updaters["u"].Rules.Offset));
    }

    [Fact]
    public void A_producer_that_is_deleted_leaves_its_updaters()
    {
        _ = Say("+s00|+s01|updtr_add name=u interval=1s|updtr_prdcr_add name=u regex=.*|updtr_start name=u|prdcr_del name=s00");
        Assert.Equal((ValueList<string>)["s01"], stage.Desk.Updaters["u"].Rules.Producers);
    }

    [Fact]
    public void A_policy_is_edited_while_it_stands_still()
    {
        _ = Say("load name=store_csv|config name=store_csv path=/tmp/x|strgp_add name=s plugin=store_csv container=c schema=m.|strgp_prdcr_add name=s regex=^s0|strgp_prdcr_add name=s regex=x|strgp_prdcr_del name=s regex=x|strgp_metric_add name=s metric=a|strgp_metric_add name=s metric=b|strgp_metric_del name=s metric=a|strgp_start name=s");
        var rules = stage.Desk.Policies["s"].Rules;
        Assert.Equal(("store_csv", "c", "b", "^s0"), (rules.Plugin, rules.Container, Assert.Single(rules.Metrics), Assert.Single(rules.Producers).Text));
        Assert.True(rules.Schema.Matches("m.") && !rules.Schema.Matches("mx"));
        Assert.Equal("store_csv", Assert.IsType<CollectionWish.ConfigureStore>(Assert.Single(commands.Wishes)).Plugin);
    }

    [Fact]
    public void Nothing_is_locked_while_the_pair_runs()
    {
        _ = Say("~failover_config host=h port=411 xprt=sock|failover_start");
        Assert.Equal(0, Say("+a|prdcr_start name=a|prdcr_stop name=a|prdcr_del name=a").Code);
        Assert.Equal(0, Say("version").Code);
    }

    [Fact]
    public void What_a_reconfiguration_does_not_say_of_the_peers_place_stays()
    {
        _ = Say("~failover_config host=h port=411 xprt=sock peer_name=a11 interval=250000 timeout_factor=3|failover_config auto_switch=0");
        Assert.Equal(new PairRules("h", 411, "sock", "a11", TimeSpan.FromSeconds(1), 2, AutoSwitch: false), commands.Pair!.Rules);
    }

    [Fact]
    public void Failover_status_has_the_originals_keys_before_and_while_it_runs()
    {
        string[] keys =
        [
            "host", "port", "xprt", "peer_name", "task_interval", "ping_interval", "ping_skipped", "ping_max", "ping_avg", "ping_sd", "timeout_factor", "auto_switch", "ping_ts", "echo_ts", "timeout_ts",
            "failover_state", "conn_state", "peercfg_activated", "peercfg_updtr_activated", "peercfg_prdcr_activated", "flags",
        ];
        foreach (var (lines, state) in new[] { ("failover_status", "STOP"), ("~failover_config host=h port=411 xprt=sock peer_name=a11|failover_status", "STOP"), ("failover_start|failover_status", "START") })
        {
            var answer = Say(lines);
            Assert.True(answer.IsJson);
            using var json = JsonDocument.Parse(answer.Text);
            Assert.Equal(keys, json.RootElement.EnumerateObject().Select(p => p.Name).Where(n => n != "understudy"));
            Assert.All(json.RootElement.EnumerateObject().Where(p => p.Name is not ("flags" or "understudy")), p => Assert.Equal(JsonValueKind.String, p.Value.ValueKind));
            Assert.Equal(["CONFIGURED", "PEERCFG_RECEIVED", "OUTSTANDING_PING", "OURCFG_ACTIVATED"], json.RootElement.GetProperty("flags").EnumerateObject().Select(p => p.Name));
            Assert.Equal(state, json.RootElement.GetProperty("failover_state").GetString());
        }
    }

    [Fact]
    public void Every_status_is_json_that_names_what_there_is()
    {
        _ = Say("+s00|prdcr_start name=s00|updtr_add name=upd interval=1s offset=0|updtr_prdcr_add name=upd regex=.*|updtr_start name=upd|strgp_add name=mem plugin=store_csv container=c schema=m");
        foreach (var (line, named) in new[] { ("prdcr_status", "s00"), ("updtr_status", "upd"), ("strgp_status", "mem"), ("prdcr_set_status", ""), ("daemon_status", "ready"), ("version", "4.2.0") })
        {
            var answer = Say(line);
            Assert.True(answer is { Code: 0, IsJson: true }, line);
            using var json = JsonDocument.Parse(answer.Text);
            Assert.Contains(named, answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_sampler_of_our_own_is_a_producer_with_an_updater_that_no_status_shows()
    {
        _ = Say("load name=m1 plugin=meminfo|config name=m1 producer=s00 instance=s00/a component_id=7|start name=m1 interval=1000000 offset=0");
        Assert.Equal(new ProducerTarget.Own("meminfo", "s00/a", "s00", 7), stage.Desk.Producers["@m1"].Rules.Target);
        Assert.True(stage.Desk.Updaters["@m1"].IsRunning);
        Assert.Equal("[]", Say("prdcr_status").Text);
        Assert.Equal("[]", Say("updtr_status").Text);
    }

    /// <summary>'+a' adds the producer a; '*' is what a daemon with a name and a port has said already.</summary>
    private CommandAnswer Say(string lines)
    {
        var answer = CommandAnswer.Done;
        foreach (var line in lines.Replace("~", "listen xprt=sock port=411|daemon_name name=a10|", StringComparison.Ordinal).Split('|'))
        {
            var text = line.StartsWith('+') ? $"prdcr_add name={line[1..]} type=active xprt=sock host={line[1..]} port=411 reconnect=1s" : line;
            var reading = LdmsdRequests.Read(LdmsdText.ReadLine(text, new LdmsdPlace("test", 1, 1))!);
            Assert.True(reading.Request is not null, $"{text}: {reading.Refusal?.Text}");
            answer = commands.Apply(reading.Request, "the test", stage.At);
        }

        return answer;
    }
}

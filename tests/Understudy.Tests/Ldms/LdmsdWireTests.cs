using Understudy.Core;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Ldms;

public sealed class LdmsdWireTests
{
    private static readonly LdmsdPlace s_place = new("wire", 1, 1);

    [Fact]
    public void Requests_of_the_real_controller_are_ours() => Assert.Multiple(
        () => Same("prdcr_status summary", 0x104, (41, null)),             // as the recorded controller sent it
        () => Same("updtr_status", 0x304),
        () => Same("prdcr_set_status", 0x107),
        () => Same("failover_status", 0x704),
        () => Same("daemon_status", 0x603),
        () => Same("cfg_cntr", 0x003));

    [Fact]
    public void Attributes_have_their_numbers_and_number_2_its_word_by_the_verb() => Assert.Multiple(
        () => Same("prdcr_add name=p type=active xprt=sock host=h port=1 reconnect=1000000 auth=o perm=0770 rail=1 quota=-1 rx_rate=-1 cache_ip=1", 0x100,
            (1, "p"), (5, "active"), (8, "sock"), (9, "h"), (10, "1"), (2, "1000000"), (35, "o"), (27, "0770"), (38, "1"), (39, "-1"), (40, "-1"), (43, "1")),
        () => Same("updtr_add name=u interval=1000000 offset=0 auto_interval=true push=onchange", 0x300, (1, "u"), (2, "1000000"), (3, "0"), (31, "true"), (23, "onchange")),
        () => Same("strgp_add name=s plugin=store_csv container=c schema=m flush=1s", 0x200, (1, "s"), (12, "store_csv"), (13, "c"), (14, "m"), (2, "1s")),
        () => Same("updtr_match_add name=u regex=.* match=schema", 0x307, (1, "u"), (4, ".*"), (11, "schema")),
        () => Same("failover_config host=h port=1 xprt=sock peer_name=a interval=1s timeout_factor=2 auto_switch=0", 0x700,
            (9, "h"), (10, "1"), (8, "sock"), (29, "a"), (2, "1s"), (30, "2"), (28, "0")));

    [Fact]
    public void What_belongs_to_a_plugin_travels_as_one_text() => Assert.Multiple(
        () => Same("config name=m producer=s00 instance=s00/a uid=0", 0x507, (1, "m"), (16, "producer=s00 instance=s00/a uid=0")),
        () => Same("env A=b C=d=e", 0x605, (16, "A=b C=d=e")),
        () => Same("option -x sock:411", 0x612, (16, "-x sock:411")),
        () => Same("auth_add name=o plugin=ovis conf=/etc/ovis", 0xa00, (1, "o"), (12, "ovis"), (16, "conf=/etc/ovis")));

    [Fact]
    public void The_interval_of_an_older_client_is_its_reconnect()
    {
        var older = LdmsdText.ReadLine("prdcr_add name=p interval=5", s_place)!;
        Assert.Equal("prdcr_add name=p reconnect=5", LdmsdWire.FromWire(0x100, LdmsdWire.ToWire(older)!.Attributes, s_place).ToString());
    }

    [Fact]
    public void Numbers_that_we_do_not_know_are_passed_over_and_unknown_requests_refused()
    {
        Assert.Equal("prdcr_stop name=p", LdmsdWire.FromWire(0x103, [(1, "p"), (77, "new")], s_place).ToString());
        var reading = LdmsdRequests.Read(LdmsdWire.FromWire(0x7ff, [], s_place));
        Assert.Equal((null, LdmsdRefusal.NotSupported), (reading.Request, reading.Refusal!.Code));
        Assert.Equal(LdmsdRefusal.Missing("name", "strgp_stop"), LdmsdRequests.Read(LdmsdWire.FromWire(0x203, [], s_place)).Refusal);
        Assert.Null(LdmsdWire.ToWire(new("nonsense", [], s_place)));
        Assert.True(LdmsdVerbs.IsBetweenPeers(0x707));
        Assert.Null(LdmsdVerbs.Find(0x707));
    }

    [Fact]
    public void Every_verb_that_is_done_becomes_a_request_and_every_other_a_sentence()
    {
        foreach (var verb in LdmsdVerbs.All)
        {
            var command = new LdmsdCommand(verb.Name, verb.Needs.Select(n => new LdmsdWord(n, Sample(verb.Name, n), s_place)).ToValueList(), s_place);
            var reading = LdmsdRequests.Read(command);
            if (verb.NotDone is null && verb.Name is not ("prdcr_add" or "updtr_add" or "strgp_add" or "option" or "auth_add" or "include"))
            {
                Assert.True(reading.Request is not null, $"{command}: {string.Join("; ", reading.Problems)}");
                Assert.Equal(command, LdmsdWire.FromWire(verb.RequestId, LdmsdWire.ToWire(command)!.Attributes, s_place));
            }
            else
            {
                Assert.Null(reading.Request);
                Assert.True(reading.Refusal!.Text.Length > 20, verb.Name);
            }
        }
    }

    [Fact]
    public void All_attributes_of_verbs_have_numbers_but_those_that_no_wire_carries() => Assert.Equal(
        ["mode", "num", "sq_depth", "thread_stats"],
        LdmsdVerbs.All.SelectMany(v => v.Needs.Concat(v.Takes)).Where(a => LdmsdWire.IdOf(a) is null).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Options_are_those_of_the_command_line()
    {
        Assert.Equal(new LdmsdRequest.Listen("sock", 12345, null, null), LdmsdTextTests.Read("option -x sock:12345"));
        Assert.Equal(new LdmsdRequest.Listen("sock", 411, "127.0.0.1", null), LdmsdTextTests.Read("option -x sock:411:127.0.0.1"));
        Assert.Equal(new LdmsdRequest.SetDaemonName("a10"), LdmsdTextTests.Read("option -n a10"));
        Assert.Equal(new LdmsdRequest.SetDefaultAuth("ovis", [new("conf", "/etc/ovis")]), LdmsdTextTests.Read("option -a ovis -A conf=/etc/ovis"));
        Assert.IsType<LdmsdRequest.PassOver>(LdmsdTextTests.Read("option -m 64M"));
        Assert.IsType<LdmsdRequest.PassOver>(LdmsdTextTests.Read("memory size=64M"));
    }

    [Fact]
    public void Requests_keep_what_was_written()
    {
        Assert.Equal(new LdmsdRequest.ConfigurePlugin("m", [new("producer", "s00"), new("instance", "s00/a")]), LdmsdTextTests.Read("config name=m producer=s00 instance=s00/a"));
        Assert.Equal(new LdmsdRequest.StartSampler("m", TimeSpan.FromSeconds(1), null), LdmsdTextTests.Read("start name=m interval=1000000"));
        Assert.Equal(new LdmsdRequest.ProducerStartMatching(LdmsdPattern.Parse("^a", out _)!, TimeSpan.FromSeconds(2)), LdmsdTextTests.Read("prdcr_start_regex regex=^a reconnect=2s"));
        Assert.Equal(new LdmsdRequest.UpdaterAdd("u", null, null, true, PushMode.OnChange, 0b111_111_000), LdmsdTextTests.Read("updtr_add name=u push=onchange auto_interval=true"));
        Assert.Equal(new LdmsdRequest.UpdaterMatchAdd("u", LdmsdPattern.Any, SetMatch.Schema), LdmsdTextTests.Read("updtr_match_add name=u regex=.* match=schema"));
        Assert.Equal(new LdmsdRequest.StorageAdd("s", "store_csv", "c", null, LdmsdPattern.Any, null, TimeSpan.FromSeconds(5), 0b110_100_000), LdmsdTextTests.Read("strgp_add name=s plugin=store_csv container=c regex=.* flush=5s perm=640"));
        Assert.Equal(new LdmsdRequest.ProducerSetStatus(null, "s00/a", null), LdmsdTextTests.Read("prdcr_set_status instance=s00/a"));
        Assert.Equal(new LdmsdRequest.UpdaterStatus("u", true), LdmsdTextTests.Read("updtr_status name=u summary"));
        Assert.Equal(new LdmsdRequest.AddAuth("ovis", "ovis", [new("conf", "/x")]), LdmsdTextTests.Read("auth_add name=ovis conf=/x"));
    }

    private static void Same(string line, uint id, params (uint, string?)[] attributes)
    {
        var command = LdmsdText.ReadLine(line, s_place)!;
        Assert.Equal(new LdmsdWireCommand(id, attributes.ToValueList()), LdmsdWire.ToWire(command));
        Assert.Equal(line, LdmsdWire.FromWire(id, attributes, s_place).ToString());
    }

    private static string Sample(string verb, string attribute) => attribute switch
    {
        "xprt" => "sock",
        "port" => "411",
        "interval" => "1000000",
        "level" => "INFO",
        "regex" => ".*",
        "plugin" => "ovis",
        "name" => verb == "load" ? "meminfo" : "x",
        _ => "x",
    };
}

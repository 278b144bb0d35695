using System.Globalization;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>What LDMS's own tests of failover ask (a tree of two, stop and reconfiguration, a third that does not belong), and what an operator does, with real processes.</summary>
public sealed class PairLab
{
    [Fact]
    public void A_stop_on_one_ends_the_service_on_both_and_it_can_be_configured_anew()
    {
        using var nine = new NineDaemons();
        nine.Begin();
        var stage = nine.Stage;
        Assert.Equal((16u, "cannot reconfigure due to busy failover service"), stage.Command("a10", "failover_config auto_switch=0"));
        Assert.Equal((0u, "failover_stop_ok"), stage.Command("a10", "failover_stop"));
        stage.AwaitState("a10", "STOP DISCONNECTED");
        stage.AwaitState("a11", "STOP DISCONNECTED");
        Assert.Equal("", stage.Copies("a10"));
        Assert.Equal("", stage.Copies("a11"));
        Assert.Equal(NineDaemons.Of0, stage.List("a10"));
        Assert.Equal(0u, stage.Command("a10", "failover_config auto_switch=0").Code);
        Assert.Equal("0", stage.Failover("a10").GetProperty("auto_switch").GetString());
        Assert.Equal(0u, stage.Command("a10", "failover_start").Code);
        stage.AwaitState("a10", "START PAIRING_RETRY");
        Assert.Equal("STOP DISCONNECTED", stage.State("a11"));
        Assert.Equal(0u, stage.Command("a11", "failover_start").Code);
        stage.AwaitState("a10", "START CONFIGURED");
        stage.AwaitState("a11", "START CONFIGURED");
    }

    [Fact]
    public void A_third_that_calls_itself_otherwise_never_pairs()
    {
        using var nine = new NineDaemons();
        nine.Begin();
        var stage = nine.Stage;
        stage.Write("more", NineDaemons.Failover("a10"));
        stage.Start("more", "bad");
        Assert.True(LabClock.WaitUntil(() => File.Exists(stage.In("more.log")) && File.ReadAllText(stage.In("more.log")).Contains("does not pair with bad", StringComparison.Ordinal), LdmsdStage.Patience), stage.Logs());
        var bad = stage.Failover("more");
        Assert.Equal("0", bad.GetProperty("flags").GetProperty("PEERCFG_RECEIVED").GetString());
        Assert.Contains(bad.GetProperty("conn_state").GetString(), (string[])["DISCONNECTED", "CONNECTING", "PAIRING", "PAIRING_RETRY"]);
        Assert.Equal("", stage.Copies("more"));
        Assert.Equal("START CONFIGURED", stage.State("a10"));
    }

    [Fact]
    public void A_change_of_what_one_collects_reaches_the_copies_of_the_other_and_the_take_over_after_it()
    {
        using var nine = new NineDaemons();
        nine.Begin();
        var stage = nine.Stage;
        stage.Write("more", """
            load name=meminfo
            config name=meminfo producer=s09 instance=s09/a schema=meminfo
            start name=meminfo interval=1000000 offset=0
            """);
        stage.Start("more");
        foreach (var line in new[]
        {
            $"prdcr_add name=prdcr_s09 host=127.0.0.1 port={stage.PortOf("more").ToString(CultureInfo.InvariantCulture)} xprt=sock type=active reconnect=1000000", "prdcr_start name=prdcr_s09", "updtr_stop name=upd",
            "updtr_prdcr_add name=upd regex=s09", "updtr_start name=upd", "prdcr_stop name=prdcr_s01", "prdcr_del name=prdcr_s01",
        })
        {
            Assert.Equal((0u, ""), stage.Command("a10", line));
        }

        string expected = string.Create(CultureInfo.InvariantCulture, $"#prdcr_s00:STANDBY:{stage.PortOf("s00")} #prdcr_s09:STANDBY:{stage.PortOf("more")}");
        Assert.True(LabClock.WaitUntil(() => stage.Copies("a11").Replace("\"", "", StringComparison.Ordinal) == expected, LdmsdStage.Patience), stage.Copies("a11"));
        stage.End("a10");
        stage.AwaitList("a11", $"s00/a s00/b {NineDaemons.Of1} s09/a");
        stage.AwaitList("a20", $"s00/a s00/b {NineDaemons.Of1} s09/a");
    }

    [Fact]
    public void Who_is_started_while_its_peer_is_dead_collects_what_it_remembers_of_it()
    {
        using var nine = new NineDaemons();
        nine.Begin();
        var stage = nine.Stage;
        stage.End("a11");
        stage.Start("a11", remembers: true);
        Assert.True(LabClock.WaitUntil(() => File.Exists(stage.In("state/pair-a11.state")), LdmsdStage.Patience), stage.Logs());
        stage.End("a11");
        stage.End("a10");
        stage.Start("a11", remembers: true);
        stage.AwaitList("a11", NineDaemons.All);
        stage.AwaitList("a20", NineDaemons.All);
        stage.Start("a10");
        stage.AwaitList("a11", NineDaemons.Of1);
        stage.AwaitList("a20", NineDaemons.All);
    }

    [Fact]
    public void Without_automatic_switching_somebody_starts_and_stops_what_the_peer_collects()
    {
        using var nine = new NineDaemons();
        nine.Begin(failover: "auto_switch=0");
        var stage = nine.Stage;
        stage.End("a10");
        Assert.True(LabClock.WaitUntil(() => !stage.State("a11").Contains("CONFIGURED", StringComparison.Ordinal), LdmsdStage.Patience));
        LabClock.Pause(TimeSpan.FromSeconds(4));
        Assert.Equal(NineDaemons.Of1, stage.List("a11"));
        Assert.Equal(0u, stage.Command("a11", "failover_peercfg_start").Code);
        stage.AwaitList("a11", NineDaemons.All);
        Assert.Equal(("1", "2"), (stage.Failover("a11").GetProperty("peercfg_activated").GetString(), stage.Failover("a11").GetProperty("peercfg_prdcr_activated").GetString()));
        stage.Start("a10");
        stage.AwaitList("a10", NineDaemons.Of0);
        stage.AwaitState("a11", "START CONFIGURED");
        LabClock.Pause(TimeSpan.FromSeconds(4));
        Assert.Equal(NineDaemons.All, stage.List("a11"));
        Assert.Equal(0u, stage.Command("a11", "failover_peercfg_stop").Code);
        stage.AwaitList("a11", NineDaemons.Of1);
        stage.AwaitList("a20", NineDaemons.All);
    }

    [Fact]
    public void Failover_status_has_the_originals_keys_over_the_wire()
    {
        using var nine = new NineDaemons();
        nine.Begin();
        var status = nine.Stage.Failover("a10");
        Assert.Equal(
            [
                "host", "port", "xprt", "peer_name", "task_interval", "ping_interval", "ping_skipped", "ping_max", "ping_avg", "ping_sd", "timeout_factor", "auto_switch", "ping_ts", "echo_ts", "timeout_ts",
                "failover_state", "conn_state", "peercfg_activated", "peercfg_updtr_activated", "peercfg_prdcr_activated", "flags",
            ],
            status.EnumerateObject().Select(p => p.Name).Where(n => n != "understudy"));
        Assert.Equal(("1", "1", "1"), (status.GetProperty("flags").GetProperty("CONFIGURED").GetString(), status.GetProperty("flags").GetProperty("PEERCFG_RECEIVED").GetString(), status.GetProperty("flags").GetProperty("OURCFG_ACTIVATED").GetString()));
        Assert.Equal(("sock", "a11", "1000000"), (status.GetProperty("xprt").GetString(), status.GetProperty("peer_name").GetString(), status.GetProperty("ping_interval").GetString()));
    }

    [Fact]
    public void One_container_has_one_writer_while_both_collect_everything()
    {
        using var nine = new NineDaemons();
        nine.Begin(failover: "auto_switch=0", more: """
            load name=store_csv
            config name=store_csv path={folder}/store
            strgp_add name=mem plugin=store_csv container=mem schema=meminfo
            strgp_start name=mem

            """);
        var stage = nine.Stage;
        // Neither hears the other any more, and somebody has both collect all: what a cut of the pair's link makes of them.
        foreach (var name in new[] { "a10", "a11" })
        {
            Assert.Equal(0u, stage.Command(name, "failover_peercfg_start").Code);
        }

        stage.AwaitList("a10", NineDaemons.All);
        stage.AwaitList("a11", NineDaemons.All);
        var file = stage.In("store/mem/meminfo");
        Assert.True(LabClock.WaitUntil(() => File.Exists(file) && File.ReadLines(file).Count() > 30, LdmsdStage.Patience), stage.Logs());
        var rows = File.ReadAllLines(file).Skip(1).Where(l => l.Length > 0).Select(l => l.Split(',')).Where(l => l.Length > 3).Select(l => $"{l[2]} {l[0]}").ToArray();
        Assert.Equal(rows.Length, rows.Distinct().Count());
        Assert.All(rows.GroupBy(r => r.Split(' ')[0]), g => Assert.Equal(g.Order(StringComparer.Ordinal), g));
    }
}

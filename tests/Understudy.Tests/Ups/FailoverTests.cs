using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>One source at a time, as NUT's failover driver has it, without what its users suffer from.</summary>
public sealed class FailoverTests
{
    private const string Two = "[ups]\n driver = understudy-ups\n port = usb,snmp\n";

    private static ProxyRig Pair(string more = "") => new ProxyRig(Two + more)
        .Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"11\"", "SETINFO battery.charge \"100\"", "ADDCMD test.battery.start", "DATAOK")
        .Comes(1, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"42\"", "SETINFO device.model \"X\"", "DATAOK");

    [Fact]
    public void The_first_of_the_ports_is_shown_as_one_UPS()
    {
        var rig = Pair();
        Assert.Equal(("OL", "11", "100", null, true), (rig["ups.status"], rig["ups.load"], rig["battery.charge"], rig["device.model"], rig.Fresh));
        Assert.True(rig.Offers("test.battery.start"));
        Assert.Equal("usb", rig["driver.primary.socketname"]);
    }

    [Fact]
    public void Before_a_source_has_told_all_it_waits_and_calls_nothing_lost_within_inittime()
    {
        var rig = new ProxyRig(Two);
        rig.Pass(1);
        Assert.Equal(("WAIT", true), (rig["ups.status"], rig.Fresh));
        rig.Pass(30_000);
        Assert.Equal(("WAIT", false), (rig["ups.status"], rig.Fresh));
        rig.Proxy.SourceCame(0, rig.Now);
        rig.Says(0, "SETINFO ups.status \"OL\"");
        Assert.Equal(("WAIT", false), (rig["ups.status"], rig.Fresh));
        rig.Says(0, "DUMPDONE");
        Assert.Equal(("OL", true), (rig["ups.status"], rig.Fresh));
    }

    [Fact]
    public void At_a_start_the_better_one_does_not_wait_because_it_answered_last()
    {
        var rig = new ProxyRig(Two);
        rig.Comes(1, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"42\"", "DUMPDONE");
        Assert.Equal(1, rig.Proxy.Primary);
        rig.Pass(5_000, 1);
        rig.Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"10\"", "DUMPDONE");
        Assert.Equal((0, "10"), (rig.Proxy.Primary, rig["ups.load"]));
        rig.Goes(0);
        rig.Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"10\"", "DUMPDONE");
        Assert.Equal((1, "42"), (rig.Proxy.Primary, rig["ups.load"]));      // it comes back: flip.back
    }

    [Fact]
    public void After_the_start_one_that_comes_for_the_first_time_waits_as_one_that_comes_back()
    {
        var rig = new ProxyRig(Two);
        rig.Comes(1, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"42\"", "DUMPDONE");
        rig.Pass(31_000, 1);
        rig.Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"10\"", "DUMPDONE");
        Assert.Equal((1, "42"), (rig.Proxy.Primary, rig["ups.load"]));
    }

    [Fact]
    public void An_end_of_file_moves_at_once_and_no_client_sees_a_hole()
    {
        var rig = Pair();
        rig.Goes(0);
        Assert.Equal(("OL", "42", "X", null, true), (rig["ups.status"], rig["ups.load"], rig["device.model"], rig["battery.charge"], rig.Fresh));
        Assert.False(rig.Offers("test.battery.start"));
        Assert.DoesNotContain("-", rig.Statuses);
        Assert.DoesNotContain("", rig.Statuses);
    }

    [Fact]
    public void Stale_data_moves_at_once()
    {
        var rig = Pair();
        rig.Says(0, "DATASTALE");
        Assert.Equal("42", rig["ups.load"]);
    }

    [Fact]
    public void So_does_a_source_that_is_on_battery_while_another_is_not()
    {
        var rig = Pair();
        rig.Says(0, "SETINFO ups.status \"OB DISCHRG\"");
        Assert.Equal(("OL", "42"), (rig["ups.status"], rig["ups.load"]));
    }

    [Fact]
    public void Who_comes_back_waits_for_flip_back()
    {
        var rig = Pair("flip.back = 30\n");
        rig.Goes(0).Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"11\"", "DATAOK");
        Assert.Equal("42", rig["ups.load"]);
        rig.Pass(29_000, 0, 1);
        Assert.Equal("42", rig["ups.load"]);
        rig.Pass(2_000, 0, 1);
        Assert.Equal("11", rig["ups.load"]);
    }

    [Fact]
    public void A_source_that_hangs_is_pinged_and_left_after_its_silence()
    {
        var rig = Pair("silence = 4\n");
        rig.Pass(2_100, 1);
        Assert.Contains("0 PING", rig.ToSources);
        rig.Pass(3_800, 1);
        Assert.Equal("11", rig["ups.load"]);
        rig.Pass(200, 1);
        Assert.Equal("42", rig["ups.load"]);
    }

    [Fact]
    public void Slow_sources_that_answer_never_flap()
    {
        var rig = Pair();
        rig.Pass(600_000, 0, 1);
        Assert.Equal(("11", 1L), (rig["ups.load"], rig.Proxy.Switches));
    }

    [Fact]
    public void With_nobody_left_the_data_is_kept_and_goes_stale_within_its_bound()
    {
        var rig = Pair("flip.after = 5\n");
        rig.Goes(0).Goes(1);
        Assert.Equal(("OL", true), (rig["ups.status"], rig.Fresh));
        rig.Pass(4_900);
        Assert.True(rig.Fresh);
        rig.Pass(200);
        Assert.Equal(("OL", false), (rig["ups.status"], rig.Fresh));
        rig.Pass(600_000);
        Assert.Equal(("OL", false), (rig["ups.status"], rig.Fresh));
    }

    [Fact]
    public void Fsdmode_1_raises_an_alarm_and_then_goes_stale()
    {
        var rig = Pair("fsdmode = 1\nnoprimarytime = 15\n").Goes(0).Goes(1).Pass(15_100);
        Assert.Equal(("ALARM", true), (rig["ups.status"], rig.Fresh));
        rig.Pass(15_000);
        Assert.Equal(("ALARM", false), (rig["ups.status"], rig.Fresh));
    }

    [Fact]
    public void Fsdmode_2_shuts_the_clients_down_once_a_source_was_seen()
    {
        var rig = Pair("fsdmode = 2\nnoprimarytime = 15\n").Goes(0).Goes(1).Pass(15_100);
        Assert.Equal(("ALARM FSD", true), (rig["ups.status"], rig.Fresh));
        var alarm = rig["ups.alarm"];
        rig.Pass(120_000);
        Assert.Equal(alarm, rig["ups.alarm"]);
    }

    [Fact]
    public void Fsdmode_2_does_nothing_where_no_source_was_ever_seen()
    {
        var rig = new ProxyRig(Two + "fsdmode = 2\n").Pass(600_000);
        Assert.DoesNotContain(rig.Statuses, s => s.Contains("FSD", StringComparison.Ordinal));
        Assert.NotEqual(true, rig.Fresh);
    }

    [Fact]
    public void A_command_goes_under_its_standard_name_to_the_primary_and_its_answer_to_who_asked()
    {
        var rig = Pair();
        rig.Says(0, "SETINFO driver.version.internal \"0.52\"", "SETINFO driver.version \"2.8.1\"");
        rig.Ask("INSTCMD test.battery.start \"10 20\" TRACKING abc-1");
        var sent = Assert.Single(rig.ToSources, s => s.Contains("INSTCMD", StringComparison.Ordinal));
        Assert.StartsWith("0 INSTCMD test.battery.start \"10 20\" TRACKING ", sent, StringComparison.Ordinal);
        rig.Says(0, $"TRACKING {sent[(sent.LastIndexOf(' ') + 1)..]} 0");
        Assert.Contains("TRACKING abc-1 0", rig.Replies);
    }

    [Fact]
    public void An_answer_that_never_comes_is_a_failure_and_the_command_is_not_tried_elsewhere()
    {
        var rig = Pair();
        rig.Says(0, "SETINFO driver.version \"2.8.1\"");
        rig.Ask("INSTCMD test.battery.start TRACKING abc-1").Pass(10_000, 0, 1);
        Assert.Contains("TRACKING abc-1 3", rig.Replies);
        Assert.Single(rig.ToSources, s => s.Contains("INSTCMD", StringComparison.Ordinal));
    }

    [Fact]
    public void A_command_that_nobody_offers_is_unknown()
    {
        var rig = Pair().Ask("INSTCMD load.off TRACKING abc-1");
        Assert.Contains("TRACKING abc-1 1", rig.Replies);
    }

    [Fact]
    public void Force_and_ignore_work_as_in_the_original()
    {
        var rig = Pair().Ask("INSTCMD snmp.force.primary 10 TRACKING a");
        Assert.Equal("42", rig["ups.load"]);
        rig.Pass(10_100, 0, 1);
        Assert.Equal("usb", rig["driver.primary.socketname"]);      // it was never away: it has nothing to wait for
        rig.Ask("INSTCMD usb.force.ignore -1 TRACKING b").Pass(600_000, 0, 1);
        Assert.Equal("snmp", rig["driver.primary.socketname"]);
    }

    [Fact]
    public void A_reconnect_shows_the_old_data_until_the_new_is_whole()
    {
        var rig = Pair();
        rig.Goes(1).Goes(0);
        rig.Proxy.SourceCame(0, rig.Now);
        rig.Says(0, "SETINFO ups.load \"12\"");
        Assert.Equal("11", rig["ups.load"]);
        rig.Says(0, "SETINFO ups.status \"OL\"", "DUMPDONE");
        Assert.Equal("12", rig["ups.load"]);
        Assert.DoesNotContain("-", rig.Statuses);
    }

    [Fact]
    public void A_value_with_a_hash_passes()
    {
        var rig = Pair();
        rig.Says(0, "SETINFO ups.id \"room #3 \"left\"\"");
        Assert.Equal("room #3 \"left\"", rig["ups.id"]);
    }

    [Fact]
    public void No_status_is_invented()
    {
        var rig = Pair();
        rig.Says(1, "SETINFO battery.charge \"40\"").Goes(0);
        Assert.Equal("OL", rig["ups.status"]);
    }
}

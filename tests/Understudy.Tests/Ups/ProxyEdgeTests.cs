using System.Text;
using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>What simulation and fuzz have found: each as small as it gets.</summary>
public sealed class ProxyEdgeTests
{
    private const string Two = "[ups]\nport = usb,snmp\n";
    private const string Union = Two + "mode = multiplex\n";

    private static ProxyRig Pair(string section) => new ProxyRig(section)
        .Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"11\"", "ADDCMD test.battery.start", "DATAOK")
        .Comes(1, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"42\"", "DATAOK");

    [Fact]
    public void A_command_for_a_source_that_has_just_gone_fails_at_once_and_is_not_told_as_handled()
    {
        var rig = Pair(Two);
        rig.Proxy.SourceWent(0, "end of file", rig.Now);
        rig.Ask("INSTCMD test.battery.start TRACKING a");
        Assert.Contains("TRACKING a 3", rig.Replies);
        Assert.DoesNotContain(rig.ToSources, s => s.Contains("INSTCMD", StringComparison.Ordinal));
    }

    [Fact]
    public void So_does_a_setting_of_a_source_whose_last_data_is_still_shown()
    {
        var rig = Pair(Two).Says(1, "SETFLAGS ups.load RW").Goes(0).Goes(1).Ask("SET ups.load 5 TRACKING a");
        Assert.DoesNotContain("TRACKING a 0", rig.Replies);
        Assert.DoesNotContain(rig.ToSources, s => s.Contains("SET ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_command_that_had_not_left_when_its_source_went_does_not_leave_over_the_next_connection()
    {
        var rig = Pair(Two).Says(0, "SETINFO driver.version \"2.8.1\"");
        rig.Proxy.ClientSaid(0, ["INSTCMD", "test.battery.start", "TRACKING", "a"], rig.Now);
        rig.Proxy.SourceWent(0, "end of file", rig.Now);
        rig.Comes(0, "SETINFO ups.status \"OL\"", "DATAOK");
        Assert.Contains("TRACKING a 3", rig.Replies);
        Assert.DoesNotContain(rig.ToSources, s => s.Contains("INSTCMD", StringComparison.Ordinal));
    }

    [Fact]
    public void An_answer_from_a_source_that_was_not_asked_is_none()
    {
        var rig = Pair(Two).Says(0, "SETINFO driver.version \"2.8.1\"").Ask("INSTCMD test.battery.start TRACKING a");
        var sent = Assert.Single(rig.ToSources, s => s.Contains("INSTCMD", StringComparison.Ordinal));
        var id = sent[(sent.LastIndexOf(' ') + 1)..];
        rig.Says(1, $"TRACKING {id} 0");
        Assert.DoesNotContain("TRACKING a 0", rig.Replies);
        rig.Says(0, $"TRACKING {id} 2");
        Assert.Contains("TRACKING a 2", rig.Replies);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("5")]
    [InlineData("2147483647")]
    public void A_number_that_is_no_result_is_no_success(string number)
    {
        var rig = Pair(Two).Says(0, "SETINFO driver.version \"2.8.1\"").Ask("INSTCMD test.battery.start TRACKING a");
        var sent = Assert.Single(rig.ToSources, s => s.Contains("INSTCMD", StringComparison.Ordinal));
        rig.Says(0, $"TRACKING {sent[(sent.LastIndexOf(' ') + 1)..]} {number}");
        Assert.Contains("TRACKING a 3", rig.Replies);
    }

    [Theory]
    [InlineData("failover")]
    [InlineData("multiplex")]
    public void Who_never_vouched_is_stale_also_where_the_boot_clock_is_younger_than_the_bound(string mode)
    {
        var rig = new ProxyRig($"{Two}mode = {mode}\nflip.after = 60\n", startMs: 5_000 - 3_600_000);
        rig.Comes(0, "DATASTALE", "SETINFO ups.status \"OL\"", "SETINFO ups.load \"11\"");
        Assert.NotEqual(true, rig.Fresh);
    }

    [Fact]
    public void Who_is_kept_out_has_no_say_in_multiplex_either()
    {
        var rig = Pair(Union).Says(1, "SETINFO ups.status \"OL RB\"", "SETINFO ambient.temperature \"21\"", "ADDCMD beeper.mute");
        Assert.Equal(("OL RB", "21", true), (rig["ups.status"], rig["ambient.temperature"], rig.Offers("beeper.mute")));
        rig.Ask("INSTCMD snmp.force.ignore 10 TRACKING a");
        Assert.Equal(("OL", null, false), (rig["ups.status"], rig["ambient.temperature"], rig.Offers("beeper.mute")));
        rig.Pass(10_100, 0, 1);
        Assert.Equal(("OL RB", "21", true), (rig["ups.status"], rig["ambient.temperature"], rig.Offers("beeper.mute")));
    }

    [Fact]
    public void A_status_under_a_name_in_capitals_is_the_status()
    {
        var rig = Pair(Union + "status_conflict = pessimistic\n").Says(1, "SETINFO ups.status \"OB\"").Says(0, "SETINFO UPS.STATUS \"OL CHRG\"");
        Assert.Equal(("OB CHRG", "OB CHRG"), (rig["ups.status"], rig.Proxy.View.Tree.ValueOf("ups.status")));
        rig.Says(0, "DELINFO UPS.STATUS").Says(1, "DELINFO Ups.Status");
        Assert.DoesNotContain("-", rig.Statuses);
    }

    [Fact]
    public void Who_was_shown_only_because_it_was_wanted_is_no_fresher_for_being_the_last()
    {
        var rig = Pair(Union + "flip.after = 5\n").Ask("INSTCMD usb.force.primary -1 TRACKING a").Says(0, "DATASTALE").Pass(60_000, 0, 1);
        Assert.Equal(("42", true), (rig["ups.load"], rig.Fresh));
        rig.Proxy.SourceWent(0, "end of file", rig.Now);
        rig.Goes(1);
        Assert.False(rig.Fresh == true && rig["ups.load"] == "11", "a value that is a minute old is told as fresh");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Beside_the_alarm_of_fsdmode_nothing_old_is_told_as_fresh(int mode)
    {
        var rig = Pair($"{Two}fsdmode = {mode}\nnoprimarytime = 15\n").Goes(0).Goes(1).Pass(15_100);
        Assert.True(rig.Fresh);
        Assert.Null(rig["ups.load"]);
        rig.Comes(1, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"43\"", "DATAOK");
        Assert.Equal(("OL", "43", null, true), (rig["ups.status"], rig["ups.load"], rig["ups.alarm"], rig.Fresh));
    }

    [Fact]
    public void Two_batteries_that_last_as_long_are_not_shown_in_turn()
    {
        var rig = Pair(Two + "flip.back = 30\n").Says(0, "SETINFO ups.status \"OB\"", "SETINFO battery.runtime \"600\"").Says(1, "SETINFO ups.status \"OB\"", "SETINFO battery.runtime \"599\"").Pass(31_000, 0, 1);
        var before = rig.Proxy.Switches;
        for (var i = 0; i < 20; i++)
        {
            rig.Says(i % 2, "SETINFO battery.runtime \"500\"").Says(1 - (i % 2), "SETINFO battery.runtime \"501\"").Pass(1_000, 0, 1);
        }

        Assert.True(rig.Proxy.Switches <= before + 1, $"{rig.Proxy.Switches - before} switches in 20 s");
    }

    [Fact]
    public void A_command_that_goes_away_goes_away_under_both_of_its_names()
    {
        var rig = Pair(Two + "upstream_commands\n");
        Assert.True(rig.Offers("test.battery.start") && rig.Offers("upstream.test.battery.start"));
        rig.Says(0, "DELCMD test.battery.start");
        Assert.False(rig.Offers("test.battery.start") || rig.Offers("upstream.test.battery.start"));
    }

    [Fact]
    public void A_command_of_a_driver_itself_comes_and_goes_in_multiplex_too()
    {
        var rig = Pair(Union).Says(1, "ADDCMD driver.calibrate");
        Assert.True(rig.Offers("driver.calibrate"));
        rig.Says(1, "DELCMD driver.calibrate");
        Assert.False(rig.Offers("driver.calibrate"));
    }

    [Fact]
    public void What_changes_while_a_source_tells_all_again_is_shown_at_once()
    {
        var rig = Pair(Two).Pass(301_000, 0, 1);
        Assert.Equal(2, rig.ToSources.Count(s => s == "0 DUMPALL"));
        rig.Says(0, "SETINFO ups.load \"12\"");
        Assert.Equal("12", rig["ups.load"]);
        rig.Says(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"12\"", "DUMPDONE");
        Assert.Equal(("12", "OL"), (rig["ups.load"], rig["ups.status"]));
    }

    [Fact]
    public void A_low_battery_that_is_ignored_leaves_no_empty_status()
    {
        var rig = Pair(Union + "ignorelb\n").Says(0, "SETINFO ups.status \"LB\"").Says(1, "SETINFO ups.status \"LB\"");
        Assert.Equal("WAIT", rig["ups.status"]);
        Assert.DoesNotContain("", rig.Statuses);
    }

    [Fact]
    public void A_shutdown_is_guarded_as_other_commands_that_act_on_the_load_are()
    {
        var rig = Pair(Two).Ask("SET driver.flag.allow_killpower 1").Ask("INSTCMD test.battery.start");
        rig.Proxy.ClientCame(1);
        rig.Proxy.ClientSaid(1, ["INSTCMD", "driver.killpower", "TRACKING", "b"], rig.Now);
        Assert.DoesNotContain(rig.Proxy.Outputs, o => o.Deed == ProxyDeed.Shutdown);
        rig.Pass(2_100, 0, 1);
        rig.Proxy.ClientSaid(1, ["INSTCMD", "driver.killpower", "TRACKING", "b"], rig.Now);
        Assert.Contains(rig.Proxy.Outputs, o => o.Deed == ProxyDeed.Shutdown);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("-Infinity")]
    [InlineData("-NaN")]
    [InlineData("Infinity")]
    public void A_span_that_is_no_number_is_a_mistake_and_no_crash(string span)
    {
        var errors = new List<string>();
        Assert.Null(ProxyRulesReader.Read(UpsConf.Read($"{Two}flip.after = {span}\n").Sections[0], errors));
        Assert.Single(errors);
    }

    /// <summary>What upsd would read as something else: the line that we would write of it is cut, split, or swallows those behind it.</summary>
    [Theory]
    [InlineData("SETINFO a#b \"1\"")]
    [InlineData("SETINFO a=b \"1\"")]
    [InlineData("SETINFO a\\ \"1\"")]
    [InlineData("SETINFO \"a b\" \"1\"")]
    [InlineData("SETINFO \" \"x y \"")]
    [InlineData("ADDCMD a\"b")]
    [InlineData("DELINFO \"\"")]
    public void A_name_that_upsd_could_not_read_is_none(string line) =>
        Assert.False(DriverLines.TryRead(Encoding.ASCII.GetBytes(line), new char[DriverLines.MaxLineBytes], out _));

    [Fact]
    public void A_name_that_is_longer_than_NUT_has_room_for_is_none() =>
        Assert.False(DriverLines.TryRead(Encoding.ASCII.GetBytes($"ADDCMD {new string('n', DriverLines.MaxNameChars + 1)}"), new char[DriverLines.MaxLineBytes], out _));

    [Fact]
    public void A_blank_that_is_none_of_C_does_not_part_words()
    {
        var (at, words) = (0, new List<string>());
        UpsWords.Read("a\u00a0b\u0085c\u2003d", ref at, words);
        Assert.Equal(["abcd"], words);
    }

    [Fact]
    public void A_driver_that_never_stops_inventing_does_not_fill_the_memory()
    {
        var tree = new VariableTree();
        var scratch = new char[DriverLines.MaxLineBytes];
        void Say(string line)
        {
            Assert.True(DriverLines.TryRead(Encoding.ASCII.GetBytes(line), scratch, out var read));
            tree.Apply(read);
        }

        for (var i = 0; i < 300; i++)
        {
            Say($"SETINFO first \"1\"");
            Say($"ADDENUM first \"{i}\"");
            Say($"ADDRANGE first {i} {i}");
        }

        Assert.Equal((VariableTree.MaxChoices, VariableTree.MaxChoices), (tree.Find("first")!.Choices.Count, tree.Find("first")!.Ranges.Count));
        for (var i = 0; i < VariableTree.MaxItems; i++)
        {
            Say($"SETINFO v{i} \"{new string('x', 1000)}\"");
            Say($"ADDCMD c{i}");
        }

        Assert.Equal(VariableTree.MaxItems - (2 * VariableTree.MaxChoices), tree.Variables.Count + tree.Commands.Count);
        Assert.All(tree.Variables, v => Assert.True(v.Value.Value.Length <= DriverLineWriter.MaxValueChars));
        Say("DELINFO first");
        Say("SETINFO late \"1\"");
        Assert.Equal("1", tree.ValueOf("late"));
    }
}

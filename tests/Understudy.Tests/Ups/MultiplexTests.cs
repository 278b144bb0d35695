using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>Several paths to one device, shown as the union of what they say.</summary>
public sealed class MultiplexTests
{
    private const string Section = """
        [ups]
            driver = understudy-ups
            port = usb,snmp
            mode = multiplex
            prefer.battery.* = snmp
            flip.after = 5
            flip.back = 30

        """;

    private static ProxyRig Pair(string more = "") => new ProxyRig(Section + more)
        .Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"11\"", "SETINFO battery.charge \"90\"", "SETINFO input.voltage \"230\"", "ADDCMD beeper.mute", "DATAOK")
        .Comes(1, "SETINFO ups.status \"OL CHRG\"", "SETINFO ups.load \"12\"", "SETINFO battery.charge \"91\"", "SETINFO ambient.temperature \"21\"", "ADDCMD load.off", "DATAOK");

    [Fact]
    public void The_union_is_shown_each_from_who_is_preferred()
    {
        var rig = Pair();
        Assert.Equal(("11", "230", "21", "OL CHRG"), (rig["ups.load"], rig["input.voltage"], rig["ambient.temperature"], rig["ups.status"]));
        Assert.True(rig.Offers("beeper.mute") && rig.Offers("load.off"));
    }

    [Fact]
    public void A_preferred_source_is_shown_as_soon_as_it_comes_at_a_start_and_when_it_has_been_well_for_long_enough_later()
    {
        var rig = Pair();
        Assert.Equal("91", rig["battery.charge"]);
        rig.Goes(1).Comes(1, "SETINFO ups.status \"OL\"", "SETINFO battery.charge \"92\"", "DATAOK");
        Assert.Equal("90", rig["battery.charge"]);
        rig.Pass(30_100, 0, 1);
        Assert.Equal("92", rig["battery.charge"]);
    }

    [Fact]
    public void When_one_dies_the_other_is_shown_whatever_the_preferences()
    {
        var rig = Pair().Pass(31_000, 0, 1).Goes(1);
        Assert.Equal(("90", "11", null, "OL"), (rig["battery.charge"], rig["ups.load"], rig["ambient.temperature"], rig["ups.status"]));
        Assert.False(rig.Offers("load.off"));
        rig.Comes(1, "SETINFO ups.status \"OL\"", "SETINFO battery.charge \"92\"", "DATAOK").Pass(29_000, 0, 1);
        Assert.Equal("90", rig["battery.charge"]);
        rig.Pass(1_500, 0, 1);
        Assert.Equal("92", rig["battery.charge"]);
    }

    /// <summary>FSD tells all to go down: that who said it is gone, hangs or gets stale, and another path says OL, is no reason to stop in the middle.</summary>
    [Fact]
    public void Forced_shutdown_stays_until_its_own_source_takes_it_back()
    {
        var rig = Pair().Says(1, "SETINFO ups.status \"FSD OB LB\"");
        Assert.Contains("FSD", rig["ups.status"]!, StringComparison.Ordinal);
        rig.Goes(1).Pass(60_000, 0);
        Assert.Equal("FSD OL", rig["ups.status"]);
        rig.Comes(1, "SETINFO ups.status \"FSD OB\"", "DATASTALE");
        Assert.Equal("FSD OL", rig["ups.status"]);
        rig.Says(1, "DATAOK", "SETINFO ups.status \"OL\"");
        Assert.Equal("OL", rig["ups.status"]);
    }

    [Fact]
    public void What_was_said_of_a_shutdown_without_vouching_for_it_does_not_stay() =>
        Assert.Equal("OL", Pair().Says(1, "DATASTALE", "SETINFO ups.status \"FSD OB LB\"").Goes(1)["ups.status"]);

    [Fact]
    public void A_shutdown_of_a_source_that_an_operator_keeps_out_does_not_count()
    {
        var rig = Pair().Says(1, "SETINFO ups.status \"FSD OB LB\"").Goes(1).Ask("INSTCMD snmp.force.ignore -1");
        Assert.Equal("OL", rig["ups.status"]);
    }

    [Fact]
    public void What_goes_stale_is_shown_for_flip_after_and_no_longer()
    {
        var rig = Pair().Says(0, "DATASTALE");
        Assert.Equal(("11", true), (rig["ups.load"], rig.Fresh));
        rig.Pass(4_900, 0, 1);
        Assert.Equal("11", rig["ups.load"]);
        rig.Pass(200, 0, 1);
        Assert.Equal(("12", null, true), (rig["ups.load"], rig["input.voltage"], rig.Fresh));
    }

    [Fact]
    public void A_short_staleness_is_not_seen()
    {
        var rig = Pair().Says(0, "DATASTALE").Pass(3_000, 0, 1).Says(0, "DATAOK").Pass(60_000, 0, 1);
        Assert.Equal("11", rig["ups.load"]);
    }

    [Fact]
    public void A_command_goes_to_the_source_that_has_it()
    {
        var rig = Pair().Ask("INSTCMD load.off");
        Assert.Contains("1 INSTCMD load.off", rig.ToSources);
    }

    [Fact]
    public void A_lasting_contradiction_is_an_alarm()
    {
        var rig = Pair().Says(1, "SETINFO ups.status \"OB\"");
        Assert.Equal(("OL", null), (rig["ups.status"], rig["ups.alarm"]));
        rig.Pass(5_100, 0, 1);
        Assert.Equal("ALARM OL", rig["ups.status"]);
        Assert.Contains("power state mismatch: usb says OL, snmp says OB", rig["ups.alarm"], StringComparison.Ordinal);
        rig.Says(1, "SETINFO ups.status \"OL\"");
        Assert.Equal(("OL", null), (rig["ups.status"], rig["ups.alarm"]));
    }

    [Fact]
    public void Two_serial_numbers_are_a_cable_in_the_wrong_device()
    {
        var rig = Pair().Says(0, "SETINFO device.serial \"A1\"").Says(1, "SETINFO device.serial \"B2\"");
        Assert.Contains("usb has serial A1, snmp has serial B2", rig["ups.alarm"], StringComparison.Ordinal);
    }

    [Fact]
    public void Flags_and_choices_come_from_where_the_value_is_from()
    {
        var rig = Pair().Says(0, "SETINFO input.sensitivity \"low\"", "ADDENUM input.sensitivity \"low\"", "SETFLAGS input.sensitivity RW")
            .Says(1, "SETINFO input.sensitivity \"high\"");
        var shown = rig.Proxy.View.Tree.Find("input.sensitivity")!;
        Assert.Equal(("low", 1), (shown.Value, shown.Choices.Count));
        rig.Ask("SET input.sensitivity low TRACKING x");
        Assert.Contains(rig.ToSources, s => s.StartsWith("0 SET input.sensitivity \"low\"", StringComparison.Ordinal));
    }
}

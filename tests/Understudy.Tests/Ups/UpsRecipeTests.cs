using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

public sealed class UpsRecipeTests
{
    [Theory]
    [InlineData("")]
    [InlineData("[usb]\ndriver=usbhid-ups\nport=auto\n")]
    [InlineData("[a]\ndriver=usbhid-ups\nport=auto\n[b]\ndriver=snmp-ups\nport=x\n[c]\ndriver=blazer_usb\nport=auto\n")]
    [InlineData("[ups]\ndriver=usbhid-ups\nport=auto\n[Power]\ndriver=snmp-ups\nport=x\n[proxy]\ndriver=clone\nport=usbhid-ups-ups\n")]
    public void The_section_that_is_printed_is_one_that_we_read(string drivers)
    {
        var conf = UpsConf.Read(drivers);
        var (name, lines) = UpsRecipe.Section(conf);
        Assert.DoesNotContain(conf.Sections, s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        var whole = UpsConf.Read($"{drivers}{string.Join('\n', lines)}\n");
        var errors = new List<string>();
        var rules = ProxyRulesReader.Read(whole.Find(name)!, errors);
        Assert.Empty(errors);
        Assert.Empty(whole.Remarks);
        Assert.True(rules!.Sources.Count >= 2);
        Assert.All(UpsRecipe.Reals(conf), r => Assert.Contains($"{r["driver"]}-{r.Name}", rules.Sources));
        Assert.DoesNotContain("clone-proxy", rules.Sources);
    }

    [Fact]
    public void What_the_file_has_not_is_said_in_the_section() =>
        Assert.Contains(UpsRecipe.Section(UpsConf.Read("[usb]\ndriver=usbhid-ups\nport=auto\n")).Lines, l => l.Contains("# snmp-ups-net is not in this file yet", StringComparison.Ordinal));

    [Fact]
    public void A_drop_in_orders_softly_and_has_the_sockets_kept_over_a_restart()
    {
        const string Store = "# systemd keeps the sockets while the driver is started anew: upsd does not see it.\n[Service]\nNotifyAccess=all\nFileDescriptorStoreMax=256\nEnvironment=FDSTORE=256\n";
        var conf = UpsConf.Read("[usb]\ndriver=usbhid-ups\nport=auto\n[ups]\ndriver=understudy-ups\nport=usbhid-ups-usb,snmp-ups-gone\n");
        Assert.Equal(
            $"{UpsRecipe.Mark}\n# Soft: the sources are started too, and before it; it runs without them, and none of them stops it.\n[Unit]\nWants=nut-driver@usb.service\nAfter=nut-driver@usb.service\n{Store}",
            UpsRecipe.DropIn(conf, conf.Find("ups")!));
        Assert.Equal($"{UpsRecipe.Mark}\n{Store}", UpsRecipe.DropIn(conf, UpsConf.Read("[ups]\nport=snmp-ups-gone\n").Sections[0]));
    }

    /// <summary>The sum is that of `echo a+b | md5sum`.</summary>
    [Theory]
    [InlineData("ups", "nut-driver@ups.service")]
    [InlineData("rack-2_left.a:b", "nut-driver@rack-2_left.a:b.service")]
    [InlineData("a+b", "nut-driver@MD5_f1d53b280433b0991aaf2630b0d11edc.service")]
    public void A_unit_is_called_by_the_section_or_by_its_sum(string section, string unit) => Assert.Equal(unit, UpsRecipe.UnitOf(section));
}

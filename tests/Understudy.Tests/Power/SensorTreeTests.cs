using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Linux.Power;
using Understudy.Linux.Probing;
using Xunit;

namespace Understudy.Tests.Power;

/// <summary>Sensors, zones and adapters in trees like the kernel's.</summary>
public sealed class SensorTreeTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("understudy").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_chip_is_found_by_its_name_whatever_its_number()
    {
        Put("class/hwmon/hwmon0/name", "nvme");
        Put("class/hwmon/hwmon0/temp1_input", "60000");
        Put("class/hwmon/hwmon7/name", "coretemp");
        Put("class/hwmon/hwmon7/temp1_input", "41000");
        Put("class/hwmon/hwmon7/temp1_label", "Package id 0");
        Put("class/hwmon/hwmon7/temp2_input", "39000");
        Assert.Equal(new Measure.Taken(41, "coretemp/temp1: 41 °C"), Tree.Hwmon("coretemp", "temp1"));
        Assert.Equal(new Measure.Taken(41, "coretemp/Package id 0: 41 °C"), Tree.Hwmon("coretemp", "Package id 0"));
        Assert.Equal(new Measure.Taken(39, "coretemp/temp2: 39 °C"), Tree.Hwmon("coretemp", "temp2"));
        Assert.IsType<Measure.Unread>(Tree.Hwmon("coretemp", "temp3"));
        Assert.IsType<Measure.Unread>(Tree.Hwmon("k10temp", "temp1"));
    }

    [Fact]
    public void Of_two_chips_of_one_name_the_hottest_that_can_be_read_counts()
    {
        foreach (var (number, reading) in new[] { (1, "35000"), (2, "52000"), (3, "no number"), (4, "999000") })
        {
            Put($"class/hwmon/hwmon{number}/name", "coretemp");
            Put($"class/hwmon/hwmon{number}/temp1_input", reading);
        }

        Assert.Equal(52.0, Assert.IsType<Measure.Taken>(Tree.Hwmon("coretemp", "temp1")).Number);
    }

    [Fact]
    public void A_sensor_at_fault_is_not_believed()
    {
        Put("class/hwmon/hwmon1/name", "lm75");
        Put("class/hwmon/hwmon1/temp1_input", "23000");
        Put("class/hwmon/hwmon1/temp1_fault", "0");
        Assert.IsType<Measure.Taken>(Tree.Hwmon("lm75", "temp1"));
        Put("class/hwmon/hwmon1/temp1_fault", "1");
        Assert.Equal(new Measure.Unread("lm75/temp1: the chip says that the sensor is at fault"), Tree.Hwmon("lm75", "temp1"));
    }

    [Fact]
    public void A_zone_is_found_by_its_type()
    {
        Put("class/thermal/thermal_zone0/type", "acpitz");
        Put("class/thermal/thermal_zone0/temp", "27800");
        Put("class/thermal/thermal_zone3/type", "x86_pkg_temp");
        Put("class/thermal/thermal_zone3/temp", "48000");
        Put("class/thermal/cooling_device0/type", "Processor");
        Put("class/thermal/cooling_device0/temp", "1000");
        Assert.Equal(48.0, Assert.IsType<Measure.Taken>(Tree.Thermal("x86_pkg_temp")).Number);
        Assert.IsType<Measure.Unread>(Tree.Thermal("Processor"));
        Assert.IsType<Measure.Unread>(new SensorTree(Path.Combine(root, "nowhere")).Thermal("acpitz"));
        Assert.IsType<Measure.Unread>(new SensorTree(Path.Combine(root, "nowhere")).Hwmon("coretemp", "temp1"));
    }

    [Theory]
    [InlineData("Mains", "1", "Good { Detail = ac AC0 is online }")]
    [InlineData("Mains", "2", "Good { Detail = ac AC0 is online }")]
    [InlineData("USB", "0\n", "Bad { Detail = ac AC0 is offline, Answered = False }")]
    [InlineData(null, "0", "Bad { Detail = ac AC0 is offline, Answered = False }")]
    [InlineData("Mains", "7", "Unread { Reason = ac AC0: online is '7' }")]
    [InlineData("Battery", "1", "Unread { Reason = ac AC0 is a battery and tells nothing of the mains }")]
    public async Task An_adapter_is_online_or_not(string? type, string online, string reading)
    {
        Put("class/power_supply/AC0/online", online);
        if (type is not null)
        {
            Put("class/power_supply/AC0/type", type);
        }

        Assert.Equal(reading, (await Adapter("AC0")).ToString());
    }

    [Theory]
    [InlineData("AC1")]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../hwmon")]
    public async Task An_adapter_that_is_not_there_is_unread(string name)
    {
        Put("class/power_supply/online", "0");      // what "." would read
        Assert.IsType<ProbeReading.Unread>(await Adapter(name));
    }

    private SensorTree Tree => new(root);

    private async Task<ProbeReading> Adapter(string name)
    {
        using var probe = new AcProbe(new ProbeSettings.Ac(name), Path.Combine(root, "class/power_supply"));
        return await probe.ReadAsync(TestContext.Current.CancellationToken);
    }

    private void Put(string path, string text)
    {
        var whole = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
        File.WriteAllText(whole, text);
    }
}

using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Power;
using Xunit;

namespace Understudy.Tests.Power;

/// <summary>Degrees Celsius out of text; null is Unread.</summary>
public sealed class TemperatureTextTests
{
    [Theory]
    [InlineData("41000\n", 41.0)]
    [InlineData("23", 0.023)]
    [InlineData("-5500", -5.5)]
    [InlineData("-40000", -40.0)]
    [InlineData("-40001", null)]
    [InlineData("150000", 150.0)]
    [InlineData("150001", null)]
    [InlineData("255000", null)]      // a chip's word for "no sensor"
    [InlineData("23.5", null)]
    [InlineData("", null)]
    public void The_kernel_s_files_are_thousandths(string text, double? degrees) => Same(degrees, TemperatureText.FromKernel(text, "x"));

    [Theory]
    [InlineData("23\n", 23.0)]
    [InlineData("23.4", 23.4)]
    [InlineData("+23.4\nsecond line", 23.4)]
    [InlineData("-3", -3.0)]
    [InlineData("23400", 23.4)]
    [InlineData("-5500", -5.5)]
    [InlineData("1000", 1.0)]
    [InlineData("999", null)]
    [InlineData("151", null)]
    [InlineData("23,4", null)]
    [InlineData("23 C", null)]
    [InlineData("NaN", null)]
    [InlineData("1e1", null)]
    [InlineData("", null)]
    [InlineData("99999999999999999999", null)]
    public void Other_text_is_degrees_or_whole_thousandths(string text, double? degrees) => Same(degrees, TemperatureText.FromText(text, "x"));

    [Theory]
    [InlineData("Inlet Temp,23,degrees C,ok", 23.0)]
    [InlineData("Inlet Temp,23.000,degrees C,ok,7.1,System Board,Temperature", 23.0)]
    [InlineData("Inlet Temp,51,degrees C,nc", 51.0)]
    [InlineData("Inlet Temp,,,ns", null)]
    [InlineData("Inlet Temp,disabled", null)]
    [InlineData("Inlet Temp,no reading,degrees C,ns", null)]
    [InlineData("FAN1,4200,RPM,ok", null)]
    [InlineData("Inlet Temp,73,degrees F,ok", null)]
    [InlineData("Could not open device at /dev/ipmi0", null)]
    [InlineData("", null)]
    public void A_line_of_ipmitool_counts_in_degrees_C_only(string text, double? degrees) => Same(degrees, TemperatureText.FromIpmi(text, "x"));

    [Theory]
    [InlineData("""{"inlet":{"celsius":23.5}}""", "inlet.celsius", 23.5)]
    [InlineData("""{"inlet":{"celsius":"23.5"}}""", "inlet.celsius", 23.5)]
    [InlineData("""{"sensors":[{"t":20},{"t":21}]}""", "sensors.1.t", 21.0)]
    [InlineData("""{"t":-12}""", "t", -12.0)]
    [InlineData("""{"t":23500}""", "t", null)]
    [InlineData("""{"t":null}""", "t", null)]
    [InlineData("""{"t":true}""", "t", null)]
    [InlineData("""{"t":{"x":1}}""", "t", null)]
    [InlineData("""{"sensors":[]}""", "sensors.0", null)]
    [InlineData("""{"t":1}""", "u", null)]
    [InlineData("""{"t":1}""", "", null)]
    [InlineData("""{"t":1}""", "t.x", null)]
    [InlineData("""{"t":""", "t", null)]
    [InlineData("23", "t", null)]
    [InlineData("", "t", null)]
    public void A_field_of_a_document_is_found_by_its_way(string json, string field, double? degrees) =>
        Same(degrees, TemperatureText.FromJson(Encoding.UTF8.GetBytes(json), field, "x"));

    [Fact]
    public void Any_text_is_a_possible_temperature_or_unread() => Prop.ForAll<string, byte[]>((text, bytes) =>
        new[]
        {
            TemperatureText.FromKernel(text ?? "", "x"), TemperatureText.FromText(text ?? "", "x"), TemperatureText.FromIpmi(text ?? "", "x"), TemperatureText.FromIpmi($"a,{text},degrees C", "x"),
            TemperatureText.FromJson(bytes, text ?? "", "x"),
        }.All(m => m is Measure.Unread { Why.Length: < 300 } or Measure.Taken { Number: >= TemperatureText.Coldest and <= TemperatureText.Hottest })).QuickCheckThrowOnFailure();

    private static void Same(double? degrees, Measure measure) => Assert.Equal(degrees, measure is Measure.Taken taken ? taken.Number : null);
}

using System.Globalization;
using System.Text.Json;

namespace Understudy.Core.Power;

/// <summary>Degrees Celsius out of what files, programs and pages say. What could not be true is Unread: <see cref="Coldest"/> and <see cref="Hottest"/> are ours, wide enough for any room and any chip,
/// and narrow enough for a sensor's error codes (-128, 255, 65535).</summary>
public static class TemperatureText
{
    public const double Coldest = -40, Hottest = 150;

    /// <summary>A file of the kernel: thousandths of a degree (Documentation/hwmon/sysfs-interface.rst, Documentation/ABI/testing/sysfs-class-thermal).</summary>
    public static Measure FromKernel(string text, string where) =>
        long.TryParse(text.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var thousandths)
            ? Plausible(thousandths / 1000.0, where)
            : new Measure.Unread($"{where}: '{Shown(text)}' is no number");

    /// <summary>What any other file holds, a program prints first, or a page is: degrees; a whole number of 1000 or more away from zero is in thousandths, as no room and no chip is so warm.</summary>
    public static Measure FromText(string text, string where)
    {
        var line = FirstLine(text);
        return long.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && whole is >= 1000 or <= -1000 ? Plausible(whole / 1000.0, where) : Degrees(line, where);
    }

    /// <summary>
    /// What <c>ipmitool -c sdr get NAME</c> prints: name, value, unit, state, and more that we do not need. Only <c>degrees C</c> is one of ours; a sensor without a reading has no number there.
    /// </summary>
    public static Measure FromIpmi(string text, string where)
    {
        var fields = FirstLine(text).Split(',');
        return fields.Length < 3 ? new Measure.Unread($"{where}: '{Shown(text)}' is no line of ipmitool -c")
            : !fields[2].Contains("degrees C", StringComparison.OrdinalIgnoreCase) ? new Measure.Unread($"{where}: '{Shown(text)}' is not in degrees C")
            : Degrees(fields[1], where);
    }

    /// <summary>A number of a JSON document, degrees.</summary>
    /// <param name="json">The whole document.</param>
    /// <param name="field">Names apart by points, places of lists as numbers from 0: <c>inlet.0.celsius</c>.</param>
    public static Measure FromJson(ReadOnlyMemory<byte> json, string field, string where)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            var at = document.RootElement;
            foreach (var name in field.Split('.'))
            {
                if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var member))
                {
                    at = member;
                }
                else if (at.ValueKind == JsonValueKind.Array && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place < at.GetArrayLength())
                {
                    at = at[place];
                }
                else
                {
                    return new Measure.Unread($"{where}: the document has no '{name}' of {field}");
                }
            }

            return at.ValueKind switch
            {
                JsonValueKind.Number when at.TryGetDouble(out var number) => Plausible(number, where),
                JsonValueKind.String => Degrees(at.GetString()!, where),
                _ => new Measure.Unread($"{where}: {field} is no number"),
            };
        }
        catch (JsonException e)
        {
            return new Measure.Unread($"{where}: no JSON: {Shown(e.Message)}");
        }
    }

    /// <summary>One that could be true, or Unread.</summary>
    public static Measure Plausible(double degrees, string where) =>
        degrees is >= Coldest and <= Hottest      // and so no NaN
            ? new Measure.Taken(degrees, string.Create(CultureInfo.InvariantCulture, $"{where}: {degrees:0.#} °C"))
            : new Measure.Unread(string.Create(CultureInfo.InvariantCulture, $"{where}: {degrees:0.#} °C cannot be ({Coldest}..{Hottest})"));

    private static Measure Degrees(string text, string where) =>
        double.TryParse(text.AsSpan().Trim(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var degrees)
            ? Plausible(degrees, where)
            : new Measure.Unread($"{where}: '{Shown(text)}' is no number");

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();

    private static string Shown(string text) => string.Concat(text.Trim().Take(60).Select(c => char.IsControl(c) ? ' ' : c));
}

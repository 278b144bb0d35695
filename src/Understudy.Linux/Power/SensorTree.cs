using System.Globalization;
using Understudy.Core.Power;

namespace Understudy.Linux.Power;

/// <summary>Temperatures as the kernel shows them under /sys. Chips and zones are found by what they call themselves: their numbers are others after each boot.</summary>
/// <param name="root">Where /sys is.</param>
internal sealed class SensorTree(string root = "/sys")
{
    /// <summary>A sensor of a chip (Documentation/hwmon/sysfs-interface.rst). Of several chips of one name, as two processors are, the hottest counts.</summary>
    /// <param name="chip">The text of the chip's <c>name</c> file.</param>
    /// <param name="sensor"><c>temp1</c>, or the text of a <c>tempN_label</c> file.</param>
    internal Measure Hwmon(string chip, string sensor)
    {
        var place = $"{chip}/{sensor}";
        return Hottest(
            from folder in Folders("class/hwmon")
            where Text(Path.Combine(folder, "name")) == chip
            from input in Inputs(folder)
            where Named(folder, input, sensor)
            select Sensor(folder, input, place),
            $"{place}: no chip of this name has it");
    }

    /// <summary>A thermal zone by its type (Documentation/ABI/testing/sysfs-class-thermal).</summary>
    internal Measure Thermal(string type) =>
        Hottest(
            from folder in Folders("class/thermal")
            where Path.GetFileName(folder).StartsWith("thermal_zone", StringComparison.Ordinal) && Text(Path.Combine(folder, "type")) == type
            select Kernel(Path.Combine(folder, "temp"), type),
            $"{type}: there is no thermal zone of this type");

    private static bool Named(string folder, string input, string sensor) => input == sensor || Text(Path.Combine(folder, $"{input}_label")) == sensor;

    /// <summary><c>tempN_fault</c> is 1 where the chip itself knows that the reading is worth nothing: an open or shorted diode.</summary>
    private static Measure Sensor(string folder, string input, string where) =>
        Text(Path.Combine(folder, $"{input}_fault")) == "1" ? new Measure.Unread($"{where}: the chip says that the sensor is at fault") : Kernel(Path.Combine(folder, $"{input}_input"), where);

    private static Measure Kernel(string path, string where)
    {
        try
        {
            return TemperatureText.FromKernel(File.ReadAllText(path), where);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)      // EIO, ENODATA: the driver could not
        {
            return new Measure.Unread($"{where}: {e.Message}");
        }
    }

    private static Measure Hottest(IEnumerable<Measure> readings, string none)
    {
        Measure? best = null;
        foreach (var reading in readings)
        {
            best = (best, reading) switch
            {
                (null, _) => reading,
                (Measure.Unread, Measure.Taken) => reading,
                (Measure.Taken a, Measure.Taken b) when b.Number > a.Number => reading,
                _ => best,
            };
        }

        return best ?? new Measure.Unread(none);
    }

    private IEnumerable<string> Folders(string below)
    {
        var path = Path.Combine(root, below);
        try
        {
            return Directory.Exists(path) ? Directory.GetDirectories(path).Order(StringComparer.Ordinal) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>temp1, temp2 and so on, of the files <c>tempN_input</c>.</summary>
    private static IEnumerable<string> Inputs(string folder)
    {
        try
        {
            return Directory.GetFiles(folder, "temp*_input").Select(f => Path.GetFileName(f)[..^"_input".Length])
                .Where(n => int.TryParse(n.AsSpan("temp".Length), NumberStyles.None, CultureInfo.InvariantCulture, out _)).Order(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? Text(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

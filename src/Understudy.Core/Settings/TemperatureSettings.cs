namespace Understudy.Core.Settings;

/// <summary>Where a temperature is read, in degrees Celsius.</summary>
/// <remarks>Sources with the same <see cref="Name"/> stand for one place in the room: the first that can be read counts. Of several places the hottest counts.</remarks>
public abstract record TemperatureSettings
{
    private TemperatureSettings()
    {
    }

    /// <summary>The place that is measured; what is read itself unless the file names it.</summary>
    public string Name { get; init; } = "";

    /// <summary>From the start of one look to the start of the next, 1 s..1 h.</summary>
    public TimeSpan Every { get; init; } = UsualEvery;

    /// <summary>How long a look may take, 1 ms..<see cref="Every"/>.</summary>
    public TimeSpan Timeout { get; init; } = UsualTimeout;

    public static TimeSpan UsualEvery => TimeSpan.FromSeconds(10);

    /// <summary>A board's controller may take seconds to answer ipmitool.</summary>
    public static TimeSpan UsualTimeout => TimeSpan.FromSeconds(5);

    /// <summary>What is read, in a few words: <c>hwmon coretemp/temp1</c>.</summary>
    public abstract string Subject { get; }

    /// <summary>A sensor of the kernel: <c>/sys/class/hwmon/hwmon*/SENSOR_input</c> of the chip whose <c>name</c> file says so
    /// (Documentation/hwmon/sysfs-interface.rst: milli-degrees).</summary>
    /// <param name="Chip">As its <c>name</c> file has it: coretemp.</param>
    /// <param name="Sensor">temp1, or the text of its <c>temp*_label</c>.</param>
    public sealed record Hwmon(string Chip, string Sensor) : TemperatureSettings
    {
        public override string Subject => $"hwmon {Chip}/{Sensor}";
    }

    /// <summary>A thermal zone of the kernel, by the text of its <c>type</c> file (Documentation/driver-api/thermal/sysfs-api.rst: milli-degrees).</summary>
    public sealed record Thermal(string Zone) : TemperatureSettings
    {
        public override string Subject => $"thermal {Zone}";
    }

    /// <summary>A sensor of the board's controller, by its name, through the program <c>ipmitool</c>.</summary>
    public sealed record Ipmi(string Sensor) : TemperatureSettings
    {
        public override string Subject => $"ipmi {Sensor}";
    }

    /// <summary>A file with one number: whole milli-degrees where it is 1000 or more away from zero, else degrees.</summary>
    public sealed record File(string Path) : TemperatureSettings
    {
        public override string Subject => $"file {Path}";
    }

    /// <summary>An executable file that prints such a number and exits with 0.</summary>
    public sealed record Command(string Path) : TemperatureSettings
    {
        public override string Subject => $"command {Path}";
    }

    /// <summary>A GET of a web page.</summary>
    /// <param name="Url">http or https.</param>
    /// <param name="Field">The way to a number in the JSON that comes, with dots; null where the body is the number.</param>
    public sealed record Http(Uri Url, string? Field) : TemperatureSettings
    {
        public override string Subject => $"http {Url}{(Field is null ? "" : $" {Field}")}";
    }


    internal static TemperatureSettings? Read(Section at)
    {
        var kind = at.OneKind<TemperatureSettings>(
            ("hwmon", () => ReadHwmon(at)),
            ("thermal", () => new Thermal(at.Needed("thermal", Scalars.Any, new("type", "this or another", "", "A thermal zone by its type, as /sys/class/thermal/*/type has it."), ""))),
            ("ipmi", () => new Ipmi(at.Needed("ipmi", Scalars.Any, new("sensor", "this or another", "", "A sensor by the name that `ipmitool sdr` shows."), ""))),
            ("file", () => new File(at.Needed("file", Scalars.Path, new("path", "this or another", "",
                "A file with one number: degrees, or whole milli-degrees where it is 1000 or more."), ""))),
            ("command", () => new Command(at.Needed("command", Scalars.Path, new("path", "this or another", "", "An executable file that prints such a number and exits with 0."), ""))),
            ("http", () => ReadHttp(at)));
        var name = at.Value<string?>("name", Scalars.Any!, new("text", "what is read", "",
            "The place that is measured. Of several sources of one place the first that can be read counts, of several places the hottest."), null);
        var every = at.Span("every", UsualEvery, "1s", "1h", "From the start of one look to the start of the next.");
        var usual = UsualTimeout < every ? UsualTimeout : every;
        var timeout = at.Span("timeout", usual, "1ms", "60s", "How long a look may take; not longer than `every`.", says: "5s, or `every` if that is shorter");
        at.Require("timeout", timeout <= every, $"is {Scalars.Say(timeout)}, must be at most every {Scalars.Say(every)}: looks do not overlap", "every");
        return kind is null ? null : kind with { Name = name ?? kind.Subject, Every = every, Timeout = timeout };
    }

    private static Hwmon ReadHwmon(Section at)
    {
        var (chip, sensor) = at.Needed("hwmon", ChipAndSensor, new("chip/sensor", "this or another", "",
            "A sensor of the kernel: the chip's name as /sys/class/hwmon/*/name has it, and temp1 or the sensor's label."), ("", ""));
        return new(chip, sensor);
    }

    private static Http? ReadHttp(Section at)
    {
        var url = at.Needed<Uri?>("http", Scalars.Url, new("URL", "this or another", "", "A GET of this http or https URL."), standIn: null);
        var field = at.Value<string?>("field", Scalars.Any!, new("names with dots", "the body is the number", "", "Only for `http`: the way to the number in a JSON answer, for instance inlet.celsius."), null);
        return url is null ? null : new(url, field);
    }

    private static string? ChipAndSensor(string text, out (string Chip, string Sensor) value)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        value = slash < 1 ? ("", "") : (text[..slash], text[(slash + 1)..]);
        return slash > 0 && value.Sensor.Length > 0 && text.Length <= 255 && !value.Sensor.Contains('/') && !text.Any(char.IsControl)
            ? null
            : $"{Scalars.Quote(text)} is no chip with a sensor; write for instance coretemp/temp1";
    }
}

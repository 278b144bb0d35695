using System.Text.Json;
using System.Text.Json.Serialization;
using Understudy.Core.Evidence;

namespace Understudy.Core.Power;

/// <summary>One reading as a guard took it in: a line of its evidence log, by which an outage can be gone through again.</summary>
/// <param name="At">When the reading was complete, on the host's boot clock.</param>
/// <param name="Wall">The same for people, ISO 8601 in UTC; nothing is decided by it.</param>
/// <param name="Guard">Whose it is.</param>
/// <param name="What">mains, control, temperature, charge, host, stall or began.</param>
/// <param name="Place">Its place in the settings' list, from 0; 0 where there is no list.</param>
/// <param name="Subject">What was looked at; of began the kernel's boot id.</param>
/// <param name="Said">good, bad, unread, or taken of a number; of a host its verdict; of a stall awake or asleep.</param>
/// <param name="Number">Degrees Celsius, per cent, or seconds of a stall.</param>
/// <param name="Detail">The reading's own words.</param>
public sealed record GuardReading(Instant At, string? Wall, string Guard, string What, int Place, string Subject, string Said, double? Number, string Detail)
{
    public static GuardReading Of(string guard, bool control, int place, string subject, ProbeReading reading, Instant at) => reading switch
    {
        ProbeReading.Good good => new(at, null, guard, control ? "control" : "mains", place, subject, "good", null, good.Detail),
        ProbeReading.Bad bad => new(at, null, guard, control ? "control" : "mains", place, subject, "bad", null, bad.Detail),
        ProbeReading.Unread none => new(at, null, guard, control ? "control" : "mains", place, subject, "unread", null, none.Reason),
        _ => throw new System.Diagnostics.UnreachableException(reading.ToString()),
    };

    public static GuardReading Of(string guard, string what, int place, string subject, Measure measure, Instant at) => measure switch
    {
        Measure.Taken taken => new(at, null, guard, what, place, subject, "taken", taken.Number, taken.Where),
        Measure.Unread none => new(at, null, guard, what, place, subject, "unread", null, none.Why),
        _ => throw new System.Diagnostics.UnreachableException(measure.ToString()),
    };

    /// <summary>One line of JSON with a line feed at its end.</summary>
    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ReadingJson.Default.GuardReading), (byte)'\n'];

    /// <summary>Reads a line back; null for a line that is none of ours.</summary>
    public static GuardReading? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ReadingJson.Default.GuardReading);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(GuardReading))]
internal sealed partial class ReadingJson : JsonSerializerContext;

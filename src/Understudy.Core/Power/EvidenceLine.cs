using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using Understudy.Core.Plans;

namespace Understudy.Core.Power;

/// <summary>What a line of evidence is.</summary>
public enum EvidenceWhat
{
    /// <summary>A daemon began to watch; the subject is the kernel's boot id.</summary>
    Started,

    /// <summary>A witness was well.</summary>
    Good,

    /// <summary>A witness was silent, or said that the mains are lost.</summary>
    Bad,

    /// <summary>A witness answered, though not as it should: it has power.</summary>
    Answered,

    /// <summary>A witness or a temperature could not be read.</summary>
    Unread,

    /// <summary>A temperature.</summary>
    Degrees,

    /// <summary>The UPS that counts for the return holds so many per cent, or could not be read.</summary>
    Charge,

    /// <summary>Another host said how the same guard stands there; the subject is its name.</summary>
    Said,

    /// <summary>We did not run.</summary>
    Stalled,

    /// <summary>The host slept.</summary>
    Slept,
}

/// <summary>One line of a guard's evidence: all that was seen, as it was seen, so that it can be judged again by other settings (<c>understudy guard replay</c>).</summary>
/// <param name="At">When it was so, on the host's boot clock.</param>
/// <param name="Guard">Whose.</param>
/// <param name="Subject">What was looked at, as the settings say it.</param>
/// <param name="Detail">The reading's words; of <see cref="EvidenceWhat.Said"/>: verdict, phase, tier and flags.</param>
/// <param name="Number">Degrees Celsius, per cent of a charge (null: it could not be read), the seconds of a stall or sleep, or how old in seconds what another host saw was; else null.</param>
public sealed record EvidenceLine(Instant At, string Guard, string Subject, EvidenceWhat What, string Detail, double? Number = null)
{
    /// <summary>A longer one is damaged.</summary>
    public const int MaxLineBytes = 16 << 10;

    /// <summary>Wall time for people, ISO 8601 in UTC. Nothing is decided by it.</summary>
    [JsonPropertyOrder(-1)]
    public string? Wall { get; init; }

    public static EvidenceLine Started(Instant at, string guard, string boot) => new(at, guard, boot, EvidenceWhat.Started, "");

    /// <summary>A witness' reading, before it is judged as a sign of power.</summary>
    public static EvidenceLine Of(Instant at, string guard, string subject, ProbeReading reading) => reading switch
    {
        ProbeReading.Good r => new(at, guard, subject, EvidenceWhat.Good, r.Detail),
        ProbeReading.Bad r => new(at, guard, subject, r.Answered ? EvidenceWhat.Answered : EvidenceWhat.Bad, r.Detail),
        ProbeReading.Unread r => new(at, guard, subject, EvidenceWhat.Unread, r.Reason),
        _ => throw new System.Diagnostics.UnreachableException(reading.ToString()),
    };

    public static EvidenceLine Of(Instant at, string guard, string subject, Measure measure) => measure switch
    {
        Measure.Taken m => new(at, guard, subject, EvidenceWhat.Degrees, m.Where, m.Number),
        Measure.Unread m => new(at, guard, subject, EvidenceWhat.Unread, m.Why),
        _ => throw new System.Diagnostics.UnreachableException(measure.ToString()),
    };

    public static EvidenceLine OfCharge(Instant at, string guard, string ups, Measure measure) => measure switch
    {
        Measure.Taken m => new(at, guard, ups, EvidenceWhat.Charge, m.Where, m.Number),
        Measure.Unread m => new(at, guard, ups, EvidenceWhat.Charge, m.Why),
        _ => throw new System.Diagnostics.UnreachableException(measure.ToString()),
    };

    public static EvidenceLine Of(Instant at, string guard, string host, in GuardEntry entry) => new(at, guard, host, EvidenceWhat.Said, string.Create(
        CultureInfo.InvariantCulture, $"{PowerCodes.Word(PowerCodes.Verdict(entry.Verdict))} {PowerCodes.Phase(entry.Phase).Word()} tier {entry.Tier} flags {entry.Flags}"), entry.AgeSeconds);

    public static EvidenceLine Stalled(Instant at, string guard, TimeSpan span, bool asleep) =>
        new(at, guard, "", asleep ? EvidenceWhat.Slept : EvidenceWhat.Stalled, "", Math.Round(span.TotalSeconds, 3));

    /// <summary>The reading of a witness again; null where the line is none.</summary>
    [JsonIgnore]
    public ProbeReading? Reading => What switch
    {
        EvidenceWhat.Good => new ProbeReading.Good(Detail),
        EvidenceWhat.Bad => new ProbeReading.Bad(Detail),
        EvidenceWhat.Answered => new ProbeReading.Bad(Detail) { Answered = true },
        EvidenceWhat.Unread => new ProbeReading.Unread(Detail),
        EvidenceWhat.Started or EvidenceWhat.Degrees or EvidenceWhat.Charge or EvidenceWhat.Said or EvidenceWhat.Stalled or EvidenceWhat.Slept => null,
    };

    /// <summary>The temperature again; null where the line is none.</summary>
    [JsonIgnore]
    public Measure? Measure => What == EvidenceWhat.Degrees && Number is { } degrees ? new Measure.Taken(degrees, Detail) : What == EvidenceWhat.Unread ? new Measure.Unread(Detail) : null;

    /// <summary>Another host's word again, as far as it counts for the mains and the tiers; null where the line is none.</summary>
    [JsonIgnore]
    public GuardEntry? Word
    {
        get
        {
            var words = Detail.Split(' ');
            if (What != EvidenceWhat.Said || words is not [var verdict, var phase, "tier", var tier, "flags", var flags]
                || !byte.TryParse(tier, NumberStyles.None, CultureInfo.InvariantCulture, out var t) || t > GuardEntry.MostTier
                || !byte.TryParse(flags, NumberStyles.None, CultureInfo.InvariantCulture, out var f)
                || Enum.GetValues<MainsVerdict>().Where(v => PowerCodes.Word(v) == verdict).ToList() is not [var mains]
                || Enum.GetValues<PlanPhaseCode>().Where(p => p.Word() == phase).ToList() is not [var code])
            {
                return null;
            }

            return new GuardEntry(Datagram.Id(Guard), t, PowerCodes.Of(mains), PowerCodes.Of(code), GuardEntry.NoStep, f, 0, 0, 0, 0, GuardEntry.NoTemperature, 0, 0, 0, 0)
            {
                AgeSeconds = (byte)Math.Clamp(Number ?? 0, 0, byte.MaxValue),
            };
        }
    }

    /// <summary>The line and its line feed.</summary>
    public byte[] ToBytes()
    {
        var into = new ArrayBufferWriter<byte>(256);
        Write(into);
        return into.WrittenSpan.ToArray();
    }

    /// <summary>Appends the line and its line feed.</summary>
    public void Write(IBufferWriter<byte> into)
    {
        using (var writer = new Utf8JsonWriter(into, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            JsonSerializer.Serialize(writer, this, EvidenceJson.Default.EvidenceLine);
        }

        into.GetSpan(1)[0] = (byte)'\n';
        into.Advance(1);
    }

    /// <summary>Reads one line without its line feed.</summary>
    /// <param name="problem">Why it is none; null when it is one.</param>
    public static EvidenceLine? Read(ReadOnlySpan<byte> text, out string? problem)
    {
        if (text.Length > MaxLineBytes)
        {
            problem = $"it is longer than {MaxLineBytes} bytes";
            return null;
        }

        try
        {
            var line = JsonSerializer.Deserialize(text, EvidenceJson.Default.EvidenceLine);
            problem = line is null ? "it is null"
                : line is { What: EvidenceWhat.Degrees or EvidenceWhat.Stalled or EvidenceWhat.Slept, Number: null } ? "its number is missing"
                : line is { What: EvidenceWhat.Stalled or EvidenceWhat.Slept, Number: < 0 or > 1e9 } ? "its seconds are none"
                : line is { What: EvidenceWhat.Said, Word: null } ? "what the other host said cannot be read"
                : line.At.Ticks is < 0 or > MostTicks ? "its moment is none"
                : null;
            return problem is null ? line : null;
        }
        catch (JsonException e)
        {
            problem = e.Message;
            return null;
        }
    }

    /// <summary>A thousand years: every sum with a span of the settings is still a moment.</summary>
    private const long MostTicks = 1000L * 366 * TimeSpan.TicksPerDay;
}

/// <summary>As strict as the ledger's.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(InstantConverter), typeof(Words<EvidenceWhat>)])]
[JsonSerializable(typeof(EvidenceLine))]
internal sealed partial class EvidenceJson : JsonSerializerContext;

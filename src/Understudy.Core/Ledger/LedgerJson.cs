using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Core.Ledger;

/// <summary>The ledger's JSON: one object a line, snake_case, every field always present. Reading is as strict, so that a damaged line is seen.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters =
    [
        typeof(InstantConverter),
        typeof(Words<Health>),
        typeof(Words<StanceCode>),
        typeof(Words<ClaimAsk>),
        typeof(Words<WitnessWord>),
        typeof(Words<SplitPolicy>),
        typeof(Words<NoteLevel>),
        typeof(ValueListConverter<string>),
        typeof(ValueListConverter<PeerView>),
        typeof(ValueListConverter<Instant>),
        typeof(ValueListConverter<DutyEffect>),
    ])]
[JsonSerializable(typeof(LedgerLine))]
[JsonSerializable(typeof(LedgerLine.Started), TypeInfoPropertyName = "StartedLine")]
[JsonSerializable(typeof(PeerView))]
[JsonSerializable(typeof(DutyEffect))]
[JsonSerializable(typeof(DutyEvent.Started), TypeInfoPropertyName = "StartedEvent")]
internal sealed partial class LedgerJson : JsonSerializerContext;

/// <summary>Between ledger lines and their text.</summary>
public static class LedgerText
{
    /// <summary>A longer line is damaged: a duty of 16 candidates and the longest output that is kept need a tenth of it.</summary>
    public const int MaxLineBytes = 1 << 20;

    /// <summary>Appends the line and its line feed.</summary>
    public static void Write(System.Buffers.IBufferWriter<byte> into, LedgerLine line)
    {
        using (var writer = new Utf8JsonWriter(into, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            JsonSerializer.Serialize(writer, line, LedgerJson.Default.LedgerLine);
        }

        into.GetSpan(1)[0] = (byte)'\n';
        into.Advance(1);
    }

    /// <summary>The line without a line feed.</summary>
    public static string Of(LedgerLine line)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1024);
        Write(buffer, line);
        return Encoding.UTF8.GetString(buffer.WrittenSpan[..^1]);
    }

    /// <summary>Reads one line.</summary>
    /// <param name="problem">Why it is none.</param>
    public static LedgerLine? Read(ReadOnlySpan<byte> text, out string? problem)
    {
        try
        {
            var line = JsonSerializer.Deserialize(text, LedgerJson.Default.LedgerLine);
            problem = line is null ? "it is null" : null;
            return line;
        }
        catch (JsonException e)
        {
            problem = e.Message;
        }
        catch (NotSupportedException e)
        {
            problem = e.Message;      // an object without "is": an abstract family cannot be made
        }

        return null;
    }
}

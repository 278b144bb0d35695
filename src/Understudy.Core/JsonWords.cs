using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Understudy.Core;

/// <summary>Ticks of 100 ns on the boot clock, or <c>"never"</c>.</summary>
public sealed class InstantConverter : JsonConverter<Instant>
{
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number ? new Instant(reader.GetInt64())
        : reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("never"u8) ? Instant.Never
        : throw new JsonException("an instant is a number of ticks, or \"never\"");

    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options)
    {
        if (value == Instant.Never)
        {
            writer.WriteStringValue("never"u8);
        }
        else
        {
            writer.WriteNumberValue(value.Ticks);
        }
    }
}

/// <summary>An enum by its words, in snake_case.</summary>
public sealed class Words<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>A list of records. Closed types of it are named where it is used, which is what code without reflection needs.</summary>
public sealed class ValueListConverter<T> : JsonConverter<ValueList<T>>
{
    private const int MaxItems = 10_000;

    public override ValueList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("a list was expected");
        }

        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        var items = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == MaxItems)
            {
                throw new JsonException($"a list of more than {MaxItems}");
            }

            items.Add(JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("a list holds a null"));
        }

        return items.ToValueList();
    }

    public override void Write(Utf8JsonWriter writer, ValueList<T> value, JsonSerializerOptions options)
    {
        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        writer.WriteStartArray();
        foreach (var item in value)
        {
            JsonSerializer.Serialize(writer, item, type);
        }

        writer.WriteEndArray();
    }
}

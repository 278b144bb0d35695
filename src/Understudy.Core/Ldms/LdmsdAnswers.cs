using System.Globalization;
using System.Text.Json;

namespace Understudy.Core.Ldms;

/// <summary>Answers in JSON, of ours or of an ldmsd of any version, as rows. What a version does not say is empty or 0; only text that is no JSON of the right shape is refused.</summary>
public static class LdmsdAnswers
{
    public static ValueList<LdmsdProducerRow>? Producers(string json) => Rows(json, p => new LdmsdProducerRow(
        Text(p, "name"), Text(p, "type"), Text(p, "host"), (int)Whole(p, "port"), Text(p, "transport"), Text(p, "auth"), Text(p, "rail"), Text(p, "quota"), Text(p, "rx_rate"),
        Whole(p, "reconnect_us"), Text(p, "state"), Inner(p, "sets", s => new LdmsdSetRow(Text(s, "inst_name"), Text(s, "schema_name"), Text(s, "state"))))
    {
        More = Ours(p) is not { } m ? null : new(TextOrNull(m, "owner"), TextOrNull(m, "home"), Flag(m, "standby"), Whole(m, "since_ms"), Whole(m, "samples"), Whole(m, "lost"),
            WholeOrNull(m, "age_ms"), Text(m, "why")),
    });

    public static ValueList<LdmsdUpdaterRow>? Updaters(string json) => Rows(json, u => new LdmsdUpdaterRow(
        Text(u, "name"), Whole(u, "interval"), Whole(u, "offset"), Flag(u, "sync"), Text(u, "mode"), Flag(u, "auto"), Text(u, "state"),
        Inner(u, "producers", p => new LdmsdUpdaterProducer(Text(p, "name"), Text(p, "host"), (int)Whole(p, "port"), Text(p, "transport"), Text(p, "state"))))
    {
        More = Ours(u) is not { } m ? null : new(Whole(m, "skipped"), Whole(m, "timed_out"), Whole(m, "late")),
    });

    public static ValueList<LdmsdProducerSetRow>? ProducerSets(string json) => Rows(json, s => new LdmsdProducerSetRow(
        Text(s, "inst_name"), Text(s, "schema_name"), Text(s, "state"), Text(s, "origin"), Text(s, "producer"),
        Micros(Whole(s, "timestamp.sec"), Whole(s, "timestamp.usec")), Micros(Whole(s, "duration.sec"), Whole(s, "duration.usec"))));

    public static ValueList<LdmsdStorageRow>? Storages(string json) => Rows(json, s => new LdmsdStorageRow(
        Text(s, "name"), Text(s, "container"), OrDash(s, "schema"), OrDash(s, "regex"), Text(s, "plugin"), Seconds(Text(s, "flush")), Text(s, "state"), OrDash(s, "decomp"),
        Inner(s, "producers", Value), Inner(s, "metrics", Value))
    {
        More = Ours(s) is not { } m ? null : new(TextOrNull(m, "writer"), Whole(m, "rows"), Whole(m, "dropped"), Text(m, "error")),
    });

    /// <summary>The state of a daemon.</summary>
    public static string? DaemonState(string json) => Document(json, e => e.ValueKind == JsonValueKind.Object ? Text(e, "state") : null);

    /// <summary>Every key of an object with its value as text; objects within it as their own keys.</summary>
    public static ValueList<(string Key, string? Value, ValueList<(string Key, string Value)> Inner)>? Pairs(string json) => Document(json, e => e.ValueKind != JsonValueKind.Object
        ? null
        : e.EnumerateObject().Select(p => p.Value.ValueKind == JsonValueKind.Object
            ? (p.Name, (string?)null, p.Value.EnumerateObject().Select(i => (i.Name, Value(i.Value))).ToValueList())
            : (p.Name, Value(p.Value), ValueList.Create<(string, string)>([]))).ToValueList());

    private static ValueList<T>? Rows<T>(string json, Func<JsonElement, T> read) =>
        Document(json, e => e.ValueKind == JsonValueKind.Array && e.EnumerateArray().All(i => i.ValueKind == JsonValueKind.Object) ? e.EnumerateArray().Select(read).ToValueList() : null);

    private static T? Document<T>(string json, Func<JsonElement, T?> read)
        where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(json.TrimEnd('\0'));
            return read(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            return null;                                               // text that is no valid UTF-16, which only shows when it is taken
        }
    }

    private static ValueList<T> Inner<T>(JsonElement at, string key, Func<JsonElement, T> read) =>
        at.TryGetProperty(key, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(read).ToValueList() : [];

    private static JsonElement? Ours(JsonElement at) => at.TryGetProperty("understudy", out var more) && more.ValueKind == JsonValueKind.Object ? more : null;

    private static string Value(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.String => e.GetString() ?? "",
        JsonValueKind.Null => "",
        JsonValueKind.Array => string.Join(", ", e.EnumerateArray().Select(Value)),
        _ => e.GetRawText(),
    };

    private static string Text(JsonElement at, string key) => at.ValueKind == JsonValueKind.Object && at.TryGetProperty(key, out var value) ? Value(value) : "";

    private static string? TextOrNull(JsonElement at, string key) => Text(at, key) is { Length: > 0 } text ? text : null;

    private static string? OrDash(JsonElement at, string key) => Text(at, key) is { Length: > 0 } text and not "-" ? text : null;

    private static bool Flag(JsonElement at, string key) => Text(at, key) is "true" or "1";

    private static long Whole(JsonElement at, string key) => WholeOrNull(at, key) ?? 0;

    private static long? WholeOrNull(JsonElement at, string key) =>
        long.TryParse(Text(at, key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Both within what a signed number of µs holds; else 0.</summary>
    private static long Micros(long seconds, long micros) => Math.Abs((decimal)seconds) < 9_000_000_000_000m && Math.Abs((decimal)micros) < 9_000_000_000_000m ? (seconds * 1_000_000) + micros : 0;

    private static long Seconds(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < 9_000_000_000_000m ? (long)(seconds * 1_000_000) : 0;
}

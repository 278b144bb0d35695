using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Understudy.Core.Plans;

namespace Understudy.Core.Power;

/// <summary>What a guard must know after a restart: its outage clock and its plan, as two lines of JSON, and where hosts are still to be woken, a line <c>return</c> with who.</summary>
/// <param name="Guard">Null: none, or it could not be read.</param>
/// <param name="Plan">The same.</param>
/// <param name="Problem">What could not be read, and why; null for nothing.</param>
public sealed record GuardMemory(GuardRecord? Guard, PlanRecord? Plan, string? Problem)
{
    private const string ReturnMark = "return ";

    public static GuardMemory None { get; } = new(null, null, null);

    /// <summary>Who is still to be woken from here; null: nobody, or it could not be read.</summary>
    public ReturnRecord? Return { get; init; }

    /// <summary>Who is still to be woken was written down, be it nobody. A memory of a program before that says nothing of it: then the plan's end alone tells that the others went.</summary>
    public bool KnowsReturn { get; init; }

    public string Text =>
        $"{(Guard is null ? "null" : JsonSerializer.Serialize(Guard, GuardJson.Default.GuardRecord))}\n{(Plan is null ? "null\n" : Encoding.UTF8.GetString(Plan.ToBytes()))}"
        + (KnowsReturn || Return is not null ? $"{ReturnMark}{(Return is null ? "null" : JsonSerializer.Serialize(Return, GuardJson.Default.ReturnRecord))}\n" : "");

    /// <summary>Reads what may be damaged or another guard's. One line that cannot be read does not spoil the other.</summary>
    public static GuardMemory Read(string text, string guard)
    {
        var lines = text.Split('\n');
        var record = Line(lines[0], guard, out var problem);
        PlanRecord? plan = null;
        if (lines.Length > 1 && lines[1] is not ("null" or ""))
        {
            plan = PlanRecord.Read(Encoding.UTF8.GetBytes(lines[1]), guard, out var why);
            problem = why is null ? problem : $"{(problem is null ? "" : $"{problem}; ")}the plan: {why}";
        }

        ReturnRecord? back = null;
        var knows = false;
        if (Array.Find(lines, l => l.StartsWith(ReturnMark, StringComparison.Ordinal)) is { } line)
        {
            back = Parse(line[ReturnMark.Length..], GuardJson.Default.ReturnRecord, out var why);
            knows = why is null;
            problem = why is null ? problem : $"{(problem is null ? "" : $"{problem}; ")}who is to be woken: {why}";
        }

        return new GuardMemory(record, plan, problem) { Return = back, KnowsReturn = knows };
    }

    private static GuardRecord? Line(string line, string guard, out string? problem)
    {
        var record = Parse(line, GuardJson.Default.GuardRecord, out var why);
        problem = why is not null ? $"the outage clock: {why}" : record is not null && record.Guard != guard ? $"it is of the guard {record.Guard}" : null;
        return problem is null ? record : null;
    }

    private static T? Parse<T>(string line, JsonTypeInfo<T> type, out string? why)
        where T : class
    {
        why = null;
        try
        {
            return JsonSerializer.Deserialize(line, type);
        }
        catch (JsonException e)
        {
            why = e.Message;
            return null;
        }
    }
}

/// <summary>As strict as the ledger's.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(InstantConverter), typeof(ValueListConverter<WitnessMemory>), typeof(ValueListConverter<SleeperMemory>)])]
[JsonSerializable(typeof(GuardRecord))]
[JsonSerializable(typeof(ReturnRecord))]
internal sealed partial class GuardJson : JsonSerializerContext;

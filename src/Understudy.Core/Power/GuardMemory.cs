using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Understudy.Core.Plans;

namespace Understudy.Core.Power;

/// <summary>What a guard must know after a restart: its outage clock and its plan, as two lines of JSON.</summary>
/// <param name="Guard">Null: none, or it could not be read.</param>
/// <param name="Plan">The same.</param>
/// <param name="Problem">What could not be read, and why; null for nothing.</param>
public sealed record GuardMemory(GuardRecord? Guard, PlanRecord? Plan, string? Problem)
{
    public static GuardMemory None { get; } = new(null, null, null);

    public string Text => $"{(Guard is null ? "null" : JsonSerializer.Serialize(Guard, GuardJson.Default.GuardRecord))}\n{(Plan is null ? "null\n" : Encoding.UTF8.GetString(Plan.ToBytes()))}";

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

        return new GuardMemory(record, plan, problem);
    }

    private static GuardRecord? Line(string line, string guard, out string? problem)
    {
        problem = null;
        try
        {
            var record = JsonSerializer.Deserialize(line, GuardJson.Default.GuardRecord);
            problem = record is not null && record.Guard != guard ? $"it is of the guard {record.Guard}" : null;
            return problem is null ? record : null;
        }
        catch (JsonException e)
        {
            problem = $"the outage clock: {e.Message}";
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
    Converters = [typeof(InstantConverter), typeof(ValueListConverter<WitnessMemory>)])]
[JsonSerializable(typeof(GuardRecord))]
internal sealed partial class GuardJson : JsonSerializerContext;

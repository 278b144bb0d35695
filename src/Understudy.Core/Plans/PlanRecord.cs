using System.Text.Json;
using System.Text.Json.Serialization;

namespace Understudy.Core.Plans;

/// <summary>A plan's state as it lies on disk: what a daemon that begins anew has to know. One JSON object.</summary>
/// <param name="Version">Of this form; others are refused.</param>
/// <param name="Plan">Whose it is.</param>
/// <param name="Wall">When it was written, ISO 8601 in UTC, for people; nothing is decided by it.</param>
public sealed record PlanRecord(int Version, string Plan, string? Wall, PlanState State)
{
    public const int Newest = 1;

    /// <summary>A longer record is none: 64 steps with names and sentences as long as are allowed need half of it.</summary>
    public const int MaxBytes = 1 << 17;

    /// <summary>Some three thousand years after a boot: no sum of ours overflows from there.</summary>
    private const long MaxTicks = 1L << 60;

    private const int MaxName = 256;
    private const int MaxSentence = 4096;

    public static PlanRecord Of(PlanRules rules, PlanState state, string? wall) => new(Newest, rules.Plan, wall, state);

    /// <summary>The record in UTF-8, with a line feed at its end.</summary>
    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, PlanJson.Default.PlanRecord), (byte)'\n'];

    /// <summary>Reads a record that may be damaged, of another version, or somebody's trick.</summary>
    /// <param name="plan">The plan that it must be of.</param>
    /// <param name="problem">Why it is none.</param>
    public static PlanRecord? Read(ReadOnlySpan<byte> text, string plan, out string? problem)
    {
        PlanRecord? record = null;
        try
        {
            problem = text.Length > MaxBytes ? $"it is longer than {MaxBytes} bytes" : null;
            record = problem is null ? JsonSerializer.Deserialize(text, PlanJson.Default.PlanRecord) : null;
            problem ??= record is null ? "it is null" : Problem(record, plan);
        }
        catch (JsonException e)
        {
            problem = e.Message;
        }
        catch (NotSupportedException e)
        {
            problem = e.Message;      // an object without "is": an abstract family cannot be made
        }

        return problem is null ? record : null;
    }

    private static string? Problem(PlanRecord record, string plan)
    {
        var (s, run) = (record.State, record.State.Run);
        return record.Version != Newest ? $"it is of version {record.Version}, not {Newest}"
            : record.Plan != plan ? $"it is of another plan, {record.Plan}"
            : run.Number < 0 || run.Steps.Count > PlanRules.MaxSteps ? "its run has no such number or steps"
            : run.Begun.Any(i => i < 0 || i >= run.Steps.Count) || run.Begun.Distinct().Count() != run.Begun.Count ? "it began steps that it does not have"
            : run.Point is { } point && !run.Begun.Contains(point) ? "it is past a point that it did not begin"
            : s.Phase is not PlanPhase.Idle && (run.Number == 0 || s.Boot.Length == 0) && s.Phase is not PlanPhase.Aborted ? "it is under way and was never armed"
            : Moments(s).Any(at => at.Ticks is < 0 or > MaxTicks) || (s.Phase is PlanPhase.Armed { Due: var due } && due.Ticks is < 0 or > MaxTicks && due != Instant.Never) ? "it has a moment that no clock shows"
            : s.Phase is PlanPhase.Running r ? Problem(r, run)
            : s.Phase is PlanPhase.Armed a && (a.Due < a.Since || a.Said <= TimeSpan.Zero || run.Begun.Count > 0 || run.Steps.Count == 0) ? "its countdown runs backwards, or it began something in it"
            : Words(record).Any(w => w.Length > MaxSentence) || run.Steps.Any(n => n.Length > MaxName) ? "it has a sentence that no daemon wrote"
            : null;
    }

    private static string? Problem(PlanPhase.Running r, PlanRun run) =>
        r.Step < 0 || r.Step >= run.Steps.Count ? "it runs a step that it does not have"
        : r.Attempt < 0 || r.Failures < 0 || r.Failures > r.Attempt || (r.First is null) != (r.Attempt == 0) || (r.Attempt > 0 && !run.Begun.Contains(r.Step)) ? "its attempts do not add up"
        : r.Until < r.First || (r.Stage is StepStage.Begun or StepStage.Pausing && r.First is null) ? "its step's times do not add up"
        : null;

    /// <summary>Every moment but that at which a countdown ends, which may be never.</summary>
    private static IEnumerable<Instant> Moments(PlanState s)
    {
        var r = s.Phase as PlanPhase.Running;
        Instant?[] moments =
        [
            s.StandsUntil, s.Order?.Due, s.Order?.Until, s.Run.VetoUntil, r?.First, r?.Until, (r?.Stage as StepStage.Pausing)?.Till, (r?.Stage as StepStage.Unrenewed)?.Since,
            (s.Phase as PlanPhase.Armed)?.Since, s.LastEnd?.At,
        ];
        return moments.OfType<Instant>();
    }

    private static IEnumerable<string> Words(PlanRecord record)
    {
        var s = record.State;
        string?[] words =
        [
            record.Wall, s.Boot, s.Run.Why, s.HeldBy, s.Order?.By, s.Order?.Why, s.LastEnd?.Because, s.LastEnd?.Why, s.LastEnd?.Boot, s.LastEnd?.Wall,
            (s.Phase as PlanPhase.Aborted)?.Why, (s.Phase as PlanPhase.Failed)?.Why, ((s.Phase as PlanPhase.Running)?.Stage as StepStage.Pausing)?.Why,
        ];
        return words.OfType<string>();
    }
}

/// <summary>The record's JSON: as strict as the ledger's.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters =
    [
        typeof(InstantConverter),
        typeof(Words<PlanHow>),
        typeof(ValueListConverter<string>),
        typeof(ValueListConverter<int>),
    ])]
[JsonSerializable(typeof(PlanRecord))]
internal sealed partial class PlanJson : JsonSerializerContext;

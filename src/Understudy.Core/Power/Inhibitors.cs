using System.Text.Json;

namespace Understudy.Core.Power;

/// <summary>A lock by which somebody asks logind not to power off or sleep (systemd-inhibit(1), org.freedesktop.login1(5)).</summary>
/// <param name="What">What is locked, apart by colons: <c>shutdown:sleep</c>.</param>
/// <param name="Mode"><c>block</c> and <c>block-weak</c> have no limit; <c>delay</c> is bounded by logind itself (InhibitDelayMaxSec, 5 s).</param>
public sealed record Inhibitor(string What, string Who, string Why, string Mode)
{
    /// <summary>Whether it stands in the way.</summary>
    /// <param name="what"><c>shutdown</c> or <c>sleep</c>.</param>
    public bool Blocks(string what) => Mode.StartsWith("block", StringComparison.Ordinal) && What.Split(':').Contains(what, StringComparer.Ordinal);

    public override string ToString() => $"{Who} ({Why})";
}

/// <summary>Reads logind's list of locks, and says whether to wait for them.</summary>
public static class Inhibitors
{
    /// <summary>More than these are not read; nobody has so many.</summary>
    private const int Most = 256;

    /// <summary>The answer of <c>busctl --json=short call … ListInhibitors</c>: <c>{"type":"a(ssssuu)","data":[[[what,who,why,mode,uid,pid],…]]}</c>. Null when it is not that.</summary>
    public static ValueList<Inhibitor>? Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array && data.GetArrayLength() == 1 && data[0].ValueKind == JsonValueKind.Array
                ? data[0].EnumerateArray().Take(Most).Select(i => new Inhibitor(i[0].GetString()!, i[1].GetString()!, i[2].GetString()!, i[3].GetString()!)).ToValueList()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IndexOutOfRangeException)      // no JSON, or of another shape
        {
            return null;
        }
    }

    /// <summary>Those that stand in the way, as words; null when nobody does.</summary>
    public static string? InTheWay(ValueList<Inhibitor> all, string what)
    {
        var blocking = all.Where(i => i.Blocks(what)).Select(i => i.ToString()).ToList();
        return blocking.Count == 0 ? null : string.Join(", ", blocking);
    }
}

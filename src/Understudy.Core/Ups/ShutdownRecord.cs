using System.Globalization;

namespace Understudy.Core.Ups;

/// <summary>One line of a shutdown's journal, which lies on a tmpfs: what a second caller has to know.</summary>
/// <param name="Boot">The kernel's boot id: a line of an earlier boot says nothing.</param>
/// <param name="Commanded">Null when it has begun; then whether a driver confirmed.</param>
public sealed record ShutdownRecord(string Boot, Instant At, bool? Commanded, string Why)
{
    /// <summary>A power cut that was commanded so long ago and has not come will not come: then it may be commanded again. Devices wait 20 to 180 s (ups.delay.shutdown), some as long as 10 minutes.</summary>
    public static TimeSpan Holds => TimeSpan.FromMinutes(15);

    public string Text() => string.Create(CultureInfo.InvariantCulture, $"{Boot} {At.Ticks} {(Commanded is { } c ? c ? "commanded" : "failed" : "begun")} {Why.ReplaceLineEndings(" ")}");

    /// <summary>Null for what is no such line.</summary>
    public static ShutdownRecord? Parse(string line)
    {
        var parts = line.Split(' ', 4);
        return parts.Length < 4 || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? null
            : parts[2] switch
            {
                "begun" => new ShutdownRecord(parts[0], new Instant(ticks), null, parts[3]),
                "commanded" => new ShutdownRecord(parts[0], new Instant(ticks), true, parts[3]),
                "failed" => new ShutdownRecord(parts[0], new Instant(ticks), false, parts[3]),
                _ => null,
            };
    }

    /// <summary>Why nothing is to be done now, or null: the last that was commanded in this boot still holds.</summary>
    public static string? Objection(IEnumerable<ShutdownRecord> journal, string boot, Instant now) =>
        journal.LastOrDefault(r => r.Boot == boot && r.Commanded == true && now < r.At + Holds) is { } done
            ? string.Create(CultureInfo.InvariantCulture, $"it was commanded {(now - done.At).TotalSeconds:0} s ago: {done.Why}")
            : null;
}

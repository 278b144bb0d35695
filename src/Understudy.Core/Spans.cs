using System.Globalization;

namespace Understudy.Core;

/// <summary>Spans as people say them, and the longer of two.</summary>
public static class Spans
{
    /// <summary>430 ms, 12.3 s, 3 min 4 s, 5 h 3 min, 3 days.</summary>
    public static string Say(double ms)
    {
        var s = (long)(ms / 1000);
        return ms < 0 ? "0 ms"
            : ms < 1000 ? string.Create(CultureInfo.InvariantCulture, $"{ms:0} ms")
            : s < 60 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(ms / 100) / 10:0.#} s")
            : s < 3600 ? Two(s / 60, "min", s % 60, "s")
            : s < 172_800 ? Two(s / 3600, "h", s / 60 % 60, "min")
            : string.Create(CultureInfo.InvariantCulture, $"{s / 86_400} days");
    }

    private static string Two(long large, string unit, long small, string smallUnit) =>
        string.Create(CultureInfo.InvariantCulture, $"{large} {unit}") + (small == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {small} {smallUnit}"));

    public static string Say(TimeSpan span) => Say(span.TotalMilliseconds);

    public static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    public static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>Whole milliseconds and tenths: what an answer needs, and no more digits.</summary>
    internal static double Ms(TimeSpan span) => Math.Round(span.TotalMilliseconds, 1);
}

namespace Understudy.Core.Settings;

/// <summary>A span as the settings have it, for what else people write: options and orders.</summary>
public static class SpanText
{
    /// <summary>Reads a number and its unit, for instance <c>100ms</c>, <c>2s</c>, <c>5m</c> or <c>1h</c>.</summary>
    /// <returns>What is wrong with it, as a sentence without a full stop; null when nothing is.</returns>
    public static string? Read(string text, out TimeSpan span) => Scalars.Span(text, out span);
}

namespace Understudy.Core.Settings;

/// <summary>A span as the settings write it, for command lines and other faces: <c>90s</c>, <c>5m</c>.</summary>
public static class SpanText
{
    /// <returns>What is wrong with it, or null.</returns>
    public static string? Read(string text, out TimeSpan span) => Scalars.Span(text, out span);
}

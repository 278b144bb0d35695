namespace Understudy.Core.Power;

/// <summary>A number that was read from the world, or why it was not: degrees Celsius, or percent of a battery.</summary>
public abstract record Measure
{
    private Measure()
    {
    }

    /// <summary>A reading within what is possible; <paramref name="Where"/> says what was read, for instance <c>coretemp/temp1: 41 °C</c>.</summary>
    public sealed record Taken(double Number, string Where) : Measure;

    /// <summary>Not there, not readable, or nothing that could be true. Never evidence for anything.</summary>
    public sealed record Unread(string Why) : Measure;
}

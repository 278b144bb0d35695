using System.Collections.Immutable;

namespace Understudy.Core.Collection;

/// <summary>A series of a target.</summary>
/// <param name="Text">Name and labels as one text, labels by name: <c>name{a="x"}</c>.</param>
/// <param name="Unit">Of a UNIT line; else "".</param>
public sealed record OpenMetricsSeries(string Text, SeriesKind Kind, string Unit)
{
    /// <summary>The metric's name, without labels.</summary>
    public string Name => Text.IndexOf('{', StringComparison.Ordinal) is > 0 and var brace ? Text[..brace] : Text;
}

/// <summary>The series that a target has, in the order of the scrape that made the template. Immutable: another series, or one fewer, is another template, and another generation of the target's set.</summary>
public sealed class OpenMetricsTemplate
{
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> indexes;

    internal OpenMetricsTemplate(ImmutableArray<OpenMetricsSeries> series, Dictionary<byte[], int> indexOf, int number)
    {
        Series = series;
        Number = number;
        indexes = indexOf.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>That of a target that was never scraped.</summary>
    public static OpenMetricsTemplate Empty { get; } = new([], new Dictionary<byte[], int>(BytesComparer.Instance), 0);

    public ImmutableArray<OpenMetricsSeries> Series { get; }

    /// <summary>Grows by one with each template of a reader.</summary>
    public int Number { get; }

    /// <summary>The series' place; -1 for one that the target did not have.</summary>
    internal int IndexOf(ReadOnlySpan<byte> text) => indexes.TryGetValue(text, out var index) ? index : -1;
}

/// <summary>Bytes by their values, so that a series is found without making a string of it.</summary>
internal sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    internal static BytesComparer Instance { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = new HashCode();
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }
}

using System.Collections.Immutable;
using System.Text;

namespace Understudy.Core.Collection;

/// <summary>What TYPE and UNIT lines say of a family.</summary>
internal readonly record struct OpenMetricsFamily(SeriesKind Kind, string Unit);

/// <summary>A template as it is made from the lines of one scrape.</summary>
internal sealed class OpenMetricsDraft
{
    private readonly Dictionary<byte[], int> indexOf = new(BytesComparer.Instance);
    private readonly List<byte[]> texts = [];
    private readonly List<double> values = [];
    private readonly List<long> stamps = [];

    internal Dictionary<string, OpenMetricsFamily> Families { get; } = new(StringComparer.Ordinal);

    internal void Family(OpenMetricsLine line)
    {
        var name = Encoding.ASCII.GetString(line.Name);
        var family = Families.GetValueOrDefault(name, new OpenMetricsFamily(SeriesKind.Unknown, ""));
        Families[name] = line.Kind == OpenMetricsLineKind.Type
            ? family with { Kind = SeriesKinds.Of(line.Word) ?? SeriesKind.Unknown }
            : family with { Unit = Encoding.Latin1.GetString(line.Word) };
    }

    internal bool TryAdd(ReadOnlySpan<byte> text, OpenMetricsTail tail, int most, out string why)
    {
        why = "";
        var lookup = indexOf.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(text, out var index))
        {
            (values[index], stamps[index]) = (tail.Value, tail.Stamp);
            return true;
        }

        if (texts.Count == most)
        {
            why = $"more than {most} series";
            return false;
        }

        var bytes = text.ToArray();
        indexOf.Add(bytes, texts.Count);
        texts.Add(bytes);
        values.Add(tail.Value);
        stamps.Add(tail.Stamp);
        return true;
    }

    internal OpenMetricsTemplate Template(int number) => new([.. texts.Select(Series)], indexOf, number);

    internal double[] Values() => [.. values];

    internal long[] Stamps() => [.. stamps];

    private OpenMetricsSeries Series(byte[] text)
    {
        var brace = text.AsSpan().IndexOf((byte)'{');
        var name = Encoding.ASCII.GetString(brace < 0 ? text : text.AsSpan(0, brace));
        var family = FamilyOf(name);
        return new OpenMetricsSeries(Encoding.UTF8.GetString(text), family.Kind, family.Unit);
    }

    /// <summary>A family's sample has the family's name, or that and an ending of its kind.</summary>
    private OpenMetricsFamily FamilyOf(string name)
    {
        if (Families.TryGetValue(name, out var own))
        {
            return own;
        }

        var cut = name.LastIndexOf('_');
        return cut > 0 && Families.TryGetValue(name[..cut], out var family) && SeriesKinds.Endings(family.Kind).Contains(name[cut..])
            ? family
            : new OpenMetricsFamily(SeriesKind.Unknown, "");
    }
}

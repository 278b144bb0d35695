namespace Understudy.Core.Collection;

/// <summary>
/// How a target's text ran when it was last learnt: for each sample, all bytes from the end of the sample before it to its value, comments among them. As long as a
/// target writes the same again, a sample costs one comparison of bytes and its number.
/// </summary>
internal sealed class OpenMetricsOrder
{
    private byte[] bytes = [];
    private int length;
    private int[] ends = [];
    private int[] series = [];

    /// <summary>Samples that are remembered.</summary>
    internal int Count { get; private set; }

    internal void Clear() => (Count, length) = (0, 0);

    internal void Add(ReadOnlySpan<byte> before, int index)
    {
        if (length + before.Length > bytes.Length)
        {
            Array.Resize(ref bytes, Math.Max(4096, 2 * (length + before.Length)));
        }

        if (Count == ends.Length)
        {
            Array.Resize(ref ends, Math.Max(64, 2 * Count));
            Array.Resize(ref series, ends.Length);
        }

        before.CopyTo(bytes.AsSpan(length));
        length += before.Length;
        ends[Count] = length;
        series[Count++] = index;
    }

    /// <summary>What stood before the value of the sample that came <paramref name="at"/>-th.</summary>
    internal ReadOnlySpan<byte> Before(int at)
    {
        var start = at == 0 ? 0 : ends[at - 1];
        return bytes.AsSpan(start, ends[at] - start);
    }

    /// <summary>The place of that sample's series in the template.</summary>
    internal int SeriesAt(int at) => series[at];

    /// <summary>Where a series came in this order, for going on behind it; 0 for one that it does not have.</summary>
    internal int Behind(int index, int guess)
    {
        // Nearly always the next one or the one after a few that are gone; else from the beginning.
        for (var at = guess; at < Count && at < guess + 8; at++)
        {
            if (series[at] == index)
            {
                return at + 1;
            }
        }

        var found = series.AsSpan(0, Count).IndexOf(index);
        return found + 1;
    }
}

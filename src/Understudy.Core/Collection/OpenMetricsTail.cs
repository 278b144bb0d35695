namespace Understudy.Core.Collection;

/// <summary>What stands behind a sample's name: value, perhaps a timestamp, perhaps an exemplar, and the end of the line.</summary>
/// <param name="Stamp">Microseconds since 1970, or <see cref="None"/>.</param>
internal readonly record struct OpenMetricsTail(double Value, long Stamp)
{
    /// <summary>The sample has no timestamp of its own.</summary>
    internal const long None = long.MinValue;

    /// <summary>Timestamps beyond this many seconds from 1970 (some 31,700 years) are refused: in microseconds they would not fit much further.</summary>
    private const double FarthestSeconds = 1e12;

    /// <summary>Reads up to and with the end of the line.</summary>
    /// <param name="used">Bytes read, the line's end among them where there is one.</param>
    internal static bool TryRead(ReadOnlySpan<byte> text, OpenMetricsFormat format, out OpenMetricsTail tail, out int used, out string why)
    {
        tail = default;
        if (!OpenMetricsNumber.TryRead(text, out var value, out used))
        {
            why = "no number where the value should be";
            return false;
        }

        if (used < text.Length && text[used] == (byte)'\n')
        {
            used++;
            (tail, why) = (new OpenMetricsTail(value, None), "");
            return true;
        }

        return TryRest(text, format, value, out tail, ref used, out why);
    }

    /// <summary>The seldom part: a timestamp, an exemplar, blanks at the end, or the end of the text.</summary>
    private static bool TryRest(ReadOnlySpan<byte> text, OpenMetricsFormat format, double value, out OpenMetricsTail tail, ref int used, out string why)
    {
        tail = new OpenMetricsTail(value, None);
        why = "";
        var end = text[used..].IndexOf((byte)'\n');
        var rest = end < 0 ? text[used..] : text.Slice(used, end);
        var all = used + rest.Length + (end < 0 ? 0 : 1);
        if (rest.Length > 0 && !IsBlank(rest[0]))
        {
            why = "the value is not a number";
            return false;
        }

        rest = Trimmed(rest, format);
        if (rest.Length > 0 && rest[0] != (byte)'#')
        {
            if (!OpenMetricsNumber.TryRead(rest, out var stamp, out var digits) || (digits < rest.Length && !IsBlank(rest[digits])))
            {
                why = "the timestamp is not a number";
                return false;
            }

            var seconds = format == OpenMetricsFormat.OpenMetrics ? stamp : stamp / 1000;
            if (!(Math.Abs(seconds) <= FarthestSeconds))
            {
                why = "the timestamp is out of range";
                return false;
            }

            tail = new OpenMetricsTail(value, (long)Math.Round(seconds * 1_000_000));
            rest = Trimmed(rest[digits..], format);
        }

        if (rest.Length > 0 && (format != OpenMetricsFormat.OpenMetrics || !IsExemplar(rest)))
        {
            why = rest[0] == (byte)'#' && format == OpenMetricsFormat.OpenMetrics ? "the exemplar is not well formed" : "there is more behind the sample";
            return false;
        }

        used = all;
        return true;
    }

    /// <summary><c># {label="x"} value [timestamp]</c>. It is looked at and not kept.</summary>
    private static bool IsExemplar(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("# {"u8) || !OpenMetricsLabels.TrySkip(text[2..], out var labels))
        {
            return false;
        }

        var rest = text[(2 + labels)..];
        for (var numbers = 0; ; numbers++)
        {
            if (rest.Length == 0)
            {
                return numbers is 1 or 2;
            }

            if (rest[0] != (byte)' ' || !OpenMetricsNumber.TryRead(rest[1..], out _, out var digits) || numbers == 2)
            {
                return false;
            }

            rest = rest[(1 + digits)..];
        }
    }

    private static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';

    /// <summary>OpenMetrics has exactly one blank between parts and none at the end; Prometheus' text has blanks as it likes.</summary>
    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> text, OpenMetricsFormat format) =>
        format == OpenMetricsFormat.PrometheusText ? text.Trim(" \t"u8)
        : text.Length > 1 && text[0] == (byte)' ' ? text[1..] : text;
}

using System.Collections.Immutable;
using System.Text;

namespace Understudy.Core.Collection;

/// <summary>How a scrape was read.</summary>
public enum OpenMetricsOutcome : byte
{
    /// <summary>A sample of the template that was there before.</summary>
    Same,

    /// <summary>A sample of a new template: a series came or went, or says to be of another kind.</summary>
    Changed,

    /// <summary>No sample. Values and template are as they were.</summary>
    Refused,
}

/// <summary>What became of one scrape.</summary>
/// <param name="Why">For people, with the number of the line; "" unless refused.</param>
public readonly record struct OpenMetricsReading(OpenMetricsOutcome Outcome, string Why)
{
    public bool IsSample => Outcome != OpenMetricsOutcome.Refused;
}

/// <summary>
/// Reads one target's expositions, scrape after scrape. It remembers how the last one ran (<see cref="OpenMetricsOrder"/>), so that the next costs little more than its numbers; what differs is
/// looked up, and what is new makes a new template. A scrape is read wholly or not at all.
/// </summary>
/// <remarks>A series that stands twice in a scrape has the value that came last (OpenMetrics allows several points of one series in order of time). Not for several threads at once.</remarks>
public sealed class OpenMetricsReader(OpenMetricsLimits limits)
{
    /// <summary>Scrapes between two times of learning the order anew, for a target that writes in a new order each time.</summary>
    private const int LearnEvery = 64;

    private readonly OpenMetricsOrder order = new();
    private byte[] scratch = new byte[512];
    private double[] values = [], next = [];
    private long[] stamps = [], nextStamps = [];
    private int[] seen = [];
    private int round;
    private int sinceLearnt;
    private bool stamped, nextStamped;
    private OpenMetricsFormat learntFormat;

    public OpenMetricsTemplate Template { get; private set; } = OpenMetricsTemplate.Empty;

    /// <summary>The values of the last good scrape, in the template's order.</summary>
    public ReadOnlySpan<double> Values => values.AsSpan(0, Template.Series.Length);

    /// <summary>The target's own timestamps of the last good scrape in microseconds since 1970, <see cref="NoStamp"/> where a series has none; empty where none has one.</summary>
    public ReadOnlySpan<long> Stamps => stamped ? stamps.AsSpan(0, Template.Series.Length) : [];

    /// <summary>A series without a timestamp of its own.</summary>
    public const long NoStamp = OpenMetricsTail.None;

    /// <summary>Samples of the last scrape that were read the long way; in steady state 0.</summary>
    public int SlowSamples { get; private set; }

    /// <summary>Reads a whole exposition.</summary>
    public OpenMetricsReading Read(ReadOnlySpan<byte> body, OpenMetricsFormat format)
    {
        if (body.Length > limits.BodyBytes)
        {
            return new OpenMetricsReading(OpenMetricsOutcome.Refused, $"the answer has more than {limits.BodyBytes} bytes");
        }

        if (format != learntFormat)
        {
            // What one format allows before a value, the other may not.
            order.Clear();
            learntFormat = format;
        }

        round++;
        SlowSamples = 0;
        nextStamped = false;
        var walk = Walk(body, format, out var distinct, out var at, out var why);
        if (walk == Found.Bad)
        {
            return Refuse(body, at, why);
        }

        if (walk == Found.Other || distinct != Template.Series.Length)
        {
            return Learn(body, format);
        }

        (values, next) = (next, values);
        (stamps, nextStamps, stamped) = (nextStamps, stamps, nextStamped);
        if (SlowSamples > Template.Series.Length / 16 && sinceLearnt >= LearnEvery)
        {
            // The same series in another order: the set stays what it is, and only the way to it is learnt anew.
            return LearnOrder(body, format);
        }

        sinceLearnt++;
        return new OpenMetricsReading(OpenMetricsOutcome.Same, "");
    }

    private enum Found
    {
        All,
        Other,
        Bad,
    }

    /// <summary>Reads by the remembered order, and looks up what differs.</summary>
    /// <param name="at">Where a bad line begins.</param>
    private Found Walk(ReadOnlySpan<byte> body, OpenMetricsFormat format, out int distinct, out int at, out string why)
    {
        distinct = 0;
        at = 0;
        why = "";
        var expected = 0;
        var ended = false;
        while (at < body.Length)
        {
            var rest = body[at..];
            if (expected < order.Count && !ended)
            {
                var before = order.Before(expected);
                if (rest.StartsWith(before) && OpenMetricsTail.TryRead(rest[before.Length..], format, out var tail, out var used, out _))
                {
                    Keep(order.SeriesAt(expected++), tail, ref distinct);
                    at += before.Length + used;
                    continue;
                }
            }

            if (!TryLine(rest, format, ended, out var line, out var length, out why))
            {
                return Found.Bad;
            }

            at += length;
            ended |= line.Kind == OpenMetricsLineKind.End;
            if (line.Kind == OpenMetricsLineKind.Sample)
            {
                SlowSamples++;
                var index = Template.IndexOf(scratch.AsSpan(0, line.Written));
                if (index < 0)
                {
                    return Found.Other;
                }

                Keep(index, line.Tail, ref distinct);
                expected = order.Behind(index, expected);
            }
            else if (line.Kind is OpenMetricsLineKind.Type or OpenMetricsLineKind.Unit && !IsKnown(line))
            {
                return Found.Other;
            }
        }

        return Ends(body, format, ended, out at, out why) ? Found.All : Found.Bad;
    }

    /// <summary>Reads everything the long way and makes a template of it.</summary>
    private OpenMetricsReading Learn(ReadOnlySpan<byte> body, OpenMetricsFormat format)
    {
        var draft = new OpenMetricsDraft();
        var at = 0;
        var ended = false;
        string why;
        while (at < body.Length)
        {
            if (!TryLine(body[at..], format, ended, out var line, out var length, out why)
                || (line.Kind == OpenMetricsLineKind.Sample && !draft.TryAdd(scratch.AsSpan(0, line.Written), line.Tail, limits.Series, out why)))
            {
                return Refuse(body, at, why);
            }

            if (line.Kind is OpenMetricsLineKind.Type or OpenMetricsLineKind.Unit)
            {
                draft.Family(line);
            }

            ended |= line.Kind == OpenMetricsLineKind.End;
            at += length;
        }

        if (!Ends(body, format, ended, out at, out why))
        {
            return Refuse(body, at, why);
        }

        Template = draft.Template(Template.Number + 1);
        families = draft.Families;
        var count = Template.Series.Length;
        (values, next) = (draft.Values(), new double[count]);
        (stamps, nextStamps) = (draft.Stamps(), new long[count]);
        stamped = stamps.AsSpan().ContainsAnyExcept(NoStamp);
        (seen, round) = (new int[count], 0);
        SlowSamples = count;
        var learnt = LearnOrder(body, format);
        return learnt with { Outcome = OpenMetricsOutcome.Changed };
    }

    /// <summary>Remembers how a text runs that is known to be good.</summary>
    private OpenMetricsReading LearnOrder(ReadOnlySpan<byte> body, OpenMetricsFormat format)
    {
        order.Clear();
        sinceLearnt = 0;
        var (at, from) = (0, 0);
        while (at < body.Length && TryLine(body[at..], format, ended: false, out var line, out var length, out _) && line.Kind != OpenMetricsLineKind.End)
        {
            if (line.Kind == OpenMetricsLineKind.Sample)
            {
                order.Add(body[from..(at + line.Before)], Template.IndexOf(scratch.AsSpan(0, line.Written)));
                from = at + length;
            }

            at += length;
        }

        return new OpenMetricsReading(OpenMetricsOutcome.Same, "");
    }

    private Dictionary<string, OpenMetricsFamily> families = [];

    private bool IsKnown(OpenMetricsLine line)
    {
        if (!families.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(Chars(line.Name, stackalloc char[line.Name.Length]), out var family))
        {
            return false;
        }

        return line.Kind == OpenMetricsLineKind.Type ? (SeriesKinds.Of(line.Word) ?? SeriesKind.Unknown) == family.Kind
            : line.Word.Length == family.Unit.Length && Chars(line.Word, stackalloc char[line.Word.Length]).SequenceEqual(family.Unit);

        static ReadOnlySpan<char> Chars(ReadOnlySpan<byte> text, Span<char> into) => into[..Encoding.Latin1.GetChars(text, into)];
    }

    private void Keep(int index, OpenMetricsTail tail, ref int distinct)
    {
        next[index] = tail.Value;
        if (tail.Stamp != NoStamp && !nextStamped)
        {
            nextStamped = true;
            nextStamps.AsSpan().Fill(NoStamp);
        }

        if (nextStamped)
        {
            nextStamps[index] = tail.Stamp;
        }

        if (seen[index] != round)
        {
            seen[index] = round;
            distinct++;
        }
    }

    /// <param name="length">With its end.</param>
    private bool TryLine(ReadOnlySpan<byte> rest, OpenMetricsFormat format, bool ended, out OpenMetricsLine line, out int length, out string why)
    {
        var end = rest.IndexOf((byte)'\n');
        var text = end < 0 ? rest : rest[..end];
        length = text.Length + (end < 0 ? 0 : 1);
        line = default;
        if (text.Length > limits.LineBytes)
        {
            why = $"longer than {limits.LineBytes} bytes";
            return false;
        }

        if (ended && format == OpenMetricsFormat.OpenMetrics)
        {
            why = "there is more behind '# EOF'";
            return false;
        }

        if (2 * text.Length > scratch.Length)
        {
            scratch = new byte[2 * text.Length];
        }

        return OpenMetricsLine.TryRead(text, format, scratch, out line, out why);
    }

    /// <summary>A text that was cut off looks like one whose last series are gone: OpenMetrics has an end line against that, and Prometheus' text at least ends its last line.</summary>
    private static bool Ends(ReadOnlySpan<byte> body, OpenMetricsFormat format, bool ended, out int at, out string why)
    {
        at = body.Length;
        why = format == OpenMetricsFormat.OpenMetrics && !ended ? "the text ends without '# EOF'"
            : format == OpenMetricsFormat.PrometheusText && body.Length > 0 && body[^1] != (byte)'\n' ? "the last line does not end"
            : "";
        return why.Length == 0;
    }

    private static OpenMetricsReading Refuse(ReadOnlySpan<byte> body, int at, string why) =>
        new(OpenMetricsOutcome.Refused, $"line {1 + body[..Math.Min(at, body.Length)].Count((byte)'\n')}: {why}");
}

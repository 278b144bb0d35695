using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>
/// Everything that was collected, as text for Prometheus. Each sample has the sampler's own time, so that a value that was collected late is not taken for a new one; a set that is older than
/// <see cref="StaleIntervals"/> of its intervals is left out, and <c>understudy_set_up</c> and <c>understudy_set_age_seconds</c> say so.
/// </summary>
/// <remarks>Metrics of LDMS are <c>ldms_SCHEMA_METRIC{instance,producer}</c>, arrays with <c>index</c>; series of OpenMetrics targets have their own names with <c>instance</c> and <c>job</c>. One writer at a time.</remarks>
public sealed class CollectedPage
{
    /// <summary>As many intervals as a scraped value may be old in Prometheus' own rule for federation: it, too, wants two misses to pass.</summary>
    public const int StaleIntervals = 3;

    private readonly (CollectedPlan? Plan, (SetLayout Layout, string Producer)[] Of)[] plans = [(null, []), (null, [])];

    /// <summary>Whether a set's values are told.</summary>
    public static bool IsUp(OfferedSample set, long nowMicros)
    {
        if (set.Sample.Length < set.Layout.DataSize)
        {
            return false;
        }

        var reader = new SampleReader(set.Layout, set.Sample.Span);
        return reader.IsConsistent && nowMicros - reader.Id.Micros <= StaleIntervals * (set.Interval.Ticks / TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>Writes the page; OpenMetrics with its end line.</summary>
    public void Write(IBufferWriter<byte> into, ReadOnlySpan<OfferedSample> sets, long nowMicros, OpenMetricsFormat format)
    {
        var plan = PlanOf(sets, format);
        var up = ArrayPool<bool>.Shared.Rent(Math.Max(1, sets.Length));
        try
        {
            for (var i = 0; i < sets.Length; i++)
            {
                up[i] = IsUp(sets[i], nowMicros);
            }

            Sets(into, plan, sets, up, nowMicros);
            foreach (var family in plan.Families)
            {
                Family(into, plan, family, sets, up, format);
            }

            if (format == OpenMetricsFormat.OpenMetrics)
            {
                Put(into, "# EOF\n"u8);
            }
        }
        finally
        {
            ArrayPool<bool>.Shared.Return(up);
        }
    }

    private CollectedPlan PlanOf(ReadOnlySpan<OfferedSample> sets, OpenMetricsFormat format)
    {
        ref var kept = ref plans[(int)format];
        var same = kept.Plan is not null && kept.Of.Length == sets.Length;
        for (var i = 0; same && i < sets.Length; i++)
        {
            same = ReferenceEquals(kept.Of[i].Layout, sets[i].Layout) && kept.Of[i].Producer == sets[i].Producer;
        }

        if (!same)
        {
            var of = new (SetLayout, string)[sets.Length];
            for (var i = 0; i < sets.Length; i++)
            {
                of[i] = (sets[i].Layout, sets[i].Producer);
            }

            kept = (CollectedPlan.Of(sets, format), of);
        }

        return kept.Plan!;
    }

    private static void Sets(IBufferWriter<byte> into, CollectedPlan plan, ReadOnlySpan<OfferedSample> sets, bool[] up, long nowMicros)
    {
        Put(into, "# TYPE understudy_set_up gauge\n"u8);
        for (var i = 0; i < sets.Length; i++)
        {
            Put(into, "understudy_set_up"u8);
            Put(into, plan.SetLabels[i]);
            Put(into, up[i] ? "1\n"u8 : "0\n"u8);
        }

        Put(into, "# TYPE understudy_set_age_seconds gauge\n"u8);
        for (var i = 0; i < sets.Length; i++)
        {
            if (sets[i].Sample.Length < sets[i].Layout.DataSize)
            {
                continue;      // never sampled: it has no age
            }

            Put(into, "understudy_set_age_seconds"u8);
            Put(into, plan.SetLabels[i]);
            Number(into, (nowMicros - new SampleReader(sets[i].Layout, sets[i].Sample.Span).Id.Micros) / 1e6);
            Put(into, "\n"u8);
        }
    }

    private static void Family(IBufferWriter<byte> into, CollectedPlan plan, CollectedFamily family, ReadOnlySpan<OfferedSample> sets, bool[] up, OpenMetricsFormat format)
    {
        var headed = false;
        foreach (var line in family.Lines)
        {
            if (!up[line.Set])
            {
                continue;
            }

            if (!headed)
            {
                Put(into, family.Head);
                headed = true;
            }

            var reader = new SampleReader(sets[line.Set].Layout, sets[line.Set].Sample.Span);
            Put(into, plan.Before(line));
            Value(into, reader, line);
            Stamp(into, reader.Id.Micros, format);
        }
    }

    private static void Value(IBufferWriter<byte> into, SampleReader reader, CollectedLine line)
    {
        if (line.Kind == ColumnKind.Text)
        {
            foreach (var b in reader.Value(line.Field).TextBytes())
            {
                Put(into, b switch { (byte)'\\' => "\\\\"u8, (byte)'"' => "\\\""u8, (byte)'\n' => "\\n"u8, _ => new ReadOnlySpan<byte>(in b) });
            }

            Put(into, "\"} 1"u8);
            return;
        }

        if (line.Kind == ColumnKind.Floating)
        {
            Number(into, reader.Value(line.Field).Number(line.Element));
            return;
        }

        var to = into.GetSpan(32);
        var done = line.Kind == ColumnKind.Unsigned
            ? Utf8Formatter.TryFormat(reader.Value(line.Field).Unsigned(line.Element), to, out var used)
            : Utf8Formatter.TryFormat(reader.Value(line.Field).Signed(line.Element), to, out used);
        into.Advance(done ? used : 0);
    }

    private static void Number(IBufferWriter<byte> into, double value)
    {
        if (!double.IsFinite(value))
        {
            Put(into, double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8);
            return;
        }

        _ = value.TryFormat(into.GetSpan(32), out var used, "R", CultureInfo.InvariantCulture);
        into.Advance(used);
    }

    private static void Stamp(IBufferWriter<byte> into, long micros, OpenMetricsFormat format)
    {
        var to = into.GetSpan(40);
        to[0] = (byte)' ';
        var at = 1;
        if (format == OpenMetricsFormat.PrometheusText)
        {
            _ = Utf8Formatter.TryFormat(micros / 1000, to[1..], out var used);
            at += used;
        }
        else
        {
            var (seconds, rest) = Math.DivRem(micros, 1_000_000);
            _ = Utf8Formatter.TryFormat(seconds, to[1..], out var used);
            at += used;
            to[at++] = (byte)'.';
            _ = Utf8Formatter.TryFormat(rest, to[at..], out used, new StandardFormat('D', 6));
            at += used;
        }

        to[at++] = (byte)'\n';
        into.Advance(at);
    }

    private static void Put(IBufferWriter<byte> into, ReadOnlySpan<byte> bytes) => into.Write(bytes);
}

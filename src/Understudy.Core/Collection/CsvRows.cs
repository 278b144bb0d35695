using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>
/// Rows as LDMS's store_csv writes them (ldms-store_csv(7)): a first line <c>#Time,Time_usec,ProducerName,</c> and the metrics' names; then seconds with six places, the microseconds again, the producer,
/// and the values. Sets of OpenMetrics targets have a row a series: <c>#Time,Time_usec,ProducerName,instance,series,value</c>.
/// </summary>
/// <remarks>Text with a comma, a quote or a line break is quoted as RFC 4180 says; store_csv writes it as it is, and such a row cannot be read.</remarks>
public static class CsvRows
{
    /// <summary>The first line, with its end.</summary>
    public static byte[] Header(SetLayout layout, StoreColumns columns)
    {
        var text = new StringBuilder("#Time,Time_usec,ProducerName");
        if (OpenMetricsSets.IsOne(layout))
        {
            text.Append(",instance,series,value");
        }
        else
        {
            foreach (var column in columns.Columns)
            {
                text.Append(',').Append(column.Name.AsSpan().IndexOfAny(",\"\r\n") < 0 ? column.Name : $"\"{column.Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
            }
        }

        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    /// <summary>Writes a sample's row, or its rows.</summary>
    /// <returns>How many.</returns>
    public static int Write(IBufferWriter<byte> into, SetLayout layout, StoreColumns columns, ReadOnlySpan<byte> sample, string producer)
    {
        var reader = new SampleReader(layout, sample);
        if (!OpenMetricsSets.IsOne(layout))
        {
            Begin(into, reader.Id.Micros, producer);
            foreach (var column in columns.Columns)
            {
                Put(into, (byte)',');
                Value(into, reader, column);
            }

            Put(into, (byte)'\n');
            return 1;
        }

        var rows = 0;
        foreach (var column in columns.Columns)
        {
            if (layout.Fields[column.Field].Type != MetricType.D64)
            {
                continue;
            }

            Begin(into, reader.Id.Micros, producer);
            Put(into, (byte)',');
            Text(into, layout.Instance);
            Put(into, (byte)',');
            Text(into, column.Name);
            Put(into, (byte)',');
            Number(into, reader.Number(column.Field));
            Put(into, (byte)'\n');
            rows++;
        }

        return rows;
    }

    private static void Begin(IBufferWriter<byte> into, long micros, string producer)
    {
        var (seconds, rest) = Math.DivRem(micros, 1_000_000);
        var to = into.GetSpan(48);
        _ = Utf8Formatter.TryFormat(seconds, to, out var at);
        to[at++] = (byte)'.';
        _ = Utf8Formatter.TryFormat(rest, to[at..], out var used, new StandardFormat('D', 6));
        at += used;
        to[at++] = (byte)',';
        _ = Utf8Formatter.TryFormat(rest, to[at..], out used);
        at += used;
        to[at++] = (byte)',';
        into.Advance(at);
        Text(into, producer);
    }

    private static void Value(IBufferWriter<byte> into, SampleReader reader, StoreColumn column)
    {
        var to = into.GetSpan(32);
        var used = 0;
        switch (column.Kind)
        {
            case ColumnKind.Unsigned:
                _ = Utf8Formatter.TryFormat(reader.Value(column.Field).Unsigned(column.Element), to, out used);
                break;
            case ColumnKind.Signed:
                _ = Utf8Formatter.TryFormat(reader.Value(column.Field).Signed(column.Element), to, out used);
                break;
            case ColumnKind.Floating:
                Number(into, reader.Value(column.Field).Number(column.Element));
                return;
            case ColumnKind.Text:
                Text(into, reader.Value(column.Field).TextBytes());
                return;
            default:
                throw new ArgumentOutOfRangeException(nameof(column));
        }

        into.Advance(used);
    }

    private static void Number(IBufferWriter<byte> into, double value)
    {
        _ = value.TryFormat(into.GetSpan(32), out var used, "R", System.Globalization.CultureInfo.InvariantCulture);
        into.Advance(used);
    }

    private static void Text(IBufferWriter<byte> into, string text)
    {
        if (text.AsSpan().IndexOfAny(",\"\r\n") >= 0)
        {
            text = $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        }

        into.Advance(Encoding.UTF8.GetBytes(text, into.GetSpan((3 * text.Length) + 1)));
    }

    private static void Text(IBufferWriter<byte> into, ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAny(",\"\r\n"u8) < 0)
        {
            into.Write(text);
            return;
        }

        Put(into, (byte)'"');
        foreach (var b in text)
        {
            Put(into, b);
            if (b == (byte)'"')
            {
                Put(into, b);
            }
        }

        Put(into, (byte)'"');
    }

    private static void Put(IBufferWriter<byte> into, byte b)
    {
        into.GetSpan(1)[0] = b;
        into.Advance(1);
    }
}

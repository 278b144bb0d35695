using System.Globalization;

namespace Understudy.Core.Ldms;

/// <summary>A set and its sample as <c>ldms_ls</c> shows them: values as text.</summary>
/// <remarks>Numbers and text were recorded (tool-output of docs/protocol/ldms.md); how arrays, lists and records are written is ours: elements with commas, records in braces, lists in brackets.</remarks>
public static class LsRows
{
    /// <summary>Most entries and records of one metric that are shown; a longer one ends with dots.</summary>
    public const int MostEntries = 1000;

    /// <summary>How deep lists in lists are followed: a sample is a stranger's bytes, and its lists may lead round in a circle.</summary>
    private const int MostDepth = 4;

    /// <param name="data">One sample; empty where it was not read, and then without values.</param>
    /// <param name="flags">Letters of the directory.</param>
    /// <param name="hints">The set's key and value pairs.</param>
    public static LsSet Of(SetLayout layout, ReadOnlySpan<byte> data, string flags, ValueList<(string Key, string Value)> hints)
    {
        var reader = new SampleReader(layout, data);
        var metrics = new List<LsMetric>();
        for (var i = 0; i < layout.Fields.Length && reader.Fits; i++)
        {
            var field = layout.Fields[i];
            metrics.Add(new(field.IsMeta, field.Type.Word(), field.Name, Shown(reader.Value(i)), field.Unit) { UserWord = field.UserWord });
        }

        return new(layout.Schema, layout.Instance, flags, reader.IsConsistent, layout.MetaSize, layout.DataSize, layout.HeapSize, layout.Uid, layout.Gid, (int)layout.Permissions,
            reader.Id.Micros, reader.Duration.Ticks / TimeSpan.TicksPerMicrosecond, hints, reader.Fits ? metrics.ToValueList() : null);
    }

    /// <summary>One value as it is printed.</summary>
    public static string Shown(MetricValue value)
    {
        var left = MostEntries;
        return Shown(value, ref left, MostDepth);
    }

    private static string Shown(MetricValue value, ref int left, int depth)
    {
        switch (value.Type)
        {
            case MetricType.CharArray:
                return $"\"{value.Text()}\"";
            case MetricType.Timestamp:
                return value.Number().ToString("F6", CultureInfo.InvariantCulture);
            case MetricType.Record:
                return Members(value.Record());
            case MetricType.RecordArray:
                var records = new List<string>();
                for (var i = 0; i < value.Count && left-- > 0; i++)
                {
                    records.Add(Members(value.Record(i)));
                }

                return $"[{string.Join(',', records)}{(left < 0 ? ",..." : "")}]";
            case MetricType.List when depth == 0:
                return "[...]";
            case MetricType.List:
                var shown = new List<string>();
                var entries = value.Entries();
                while (left-- > 0 && entries.Next(out var entry))
                {
                    shown.Add(Shown(entry, ref left, depth - 1));
                }

                return $"[{string.Join(',', shown)}{(left < 0 ? ",..." : "")}]";
            default:
                return Numbers(value);
        }
    }

    private static string Members(RecordReader record)
    {
        var members = new List<string>();
        for (var i = 0; record.Type is { } type && i < type.Members.Count; i++)
        {
            members.Add($"{type.Members[i].Name}={Shown(record.Value(i))}");   // numbers and arrays: no list in a record
        }

        return $"{{{string.Join(',', members)}}}";
    }

    private static string Numbers(MetricValue value)
    {
        var count = value.Type.IsArray() ? value.Count : value.Type.IsScalar() ? 1 : 0;
        var numbers = new List<string>();
        for (var i = 0; i < count; i++)
        {
            numbers.Add(value.Type.IsFloating() ? value.Number(i).ToString("F6", CultureInfo.InvariantCulture)
                : value.Type.IsUnsigned() ? value.Unsigned(i).ToString(CultureInfo.InvariantCulture)
                : value.Signed(i).ToString(CultureInfo.InvariantCulture));
        }

        return string.Join(',', numbers);
    }
}

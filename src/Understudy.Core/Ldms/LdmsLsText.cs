using System.Globalization;
using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>One metric with its value, as <c>ldms_ls -l</c> lists it.</summary>
/// <param name="IsMeta">It does not change from sample to sample.</param>
/// <param name="Type">The type's word: u64, char[], record[].</param>
/// <param name="Value">As it is printed: numbers plain, arrays with commas, text in quotes.</param>
public sealed record LsMetric(bool IsMeta, string Type, string Name, string Value, string Unit)
{
    /// <summary>What somebody attached to the metric, with <c>udata</c> most often its component.</summary>
    public ulong UserWord { get; init; }
}

/// <summary>One set, as <c>ldms_ls</c> shows it.</summary>
/// <param name="Flags">Letters of the directory: C consistent, L local, R remote, P pushed; shown in three columns, as they travel.</param>
/// <param name="Permissions">Bits of a file mode.</param>
/// <param name="TimestampMicros">µs since 1970; 0 before the first sample.</param>
/// <param name="Hints">The set's key and value pairs.</param>
/// <param name="Metrics">Null where they were not asked for.</param>
public sealed record LsSet(
    string Schema,
    string Instance,
    string Flags,
    bool IsConsistent,
    long MetaBytes,
    long DataBytes,
    long HeapBytes,
    long Uid,
    long Gid,
    int Permissions,
    long TimestampMicros,
    long DurationMicros,
    ValueList<(string Key, string Value)> Hints,
    ValueList<LsMetric>? Metrics);

/// <summary>What <c>ldms_ls</c> prints, byte for byte (LDMS 4.5.1, tool-output of docs/protocol/ldms.md). Every text ends with a line break.</summary>
public static class LdmsLsText
{
    /// <summary>When the daemon is down, or refuses us.</summary>
    public const string Refused = "Connection failed/rejected.";

    private const string Rule = "-------------- ------------------------ ------ ------ ------ ------ ------ ------ ---------- ----------------- ----------------- --------";

    /// <summary>Names, one a line.</summary>
    public static string Names(IEnumerable<string> instances) => string.Concat(instances.Select(i => i + "\n"));

    /// <summary>One set with all its values, and an empty line behind it (<c>-l</c>).</summary>
    /// <param name="userWords">And the word of the user of each metric, before its value (<c>-u</c>; its form is ours, since the original's was not recorded).</param>
    public static string Values(LsSet set, TimeSpan utcOffset, bool userWords = false)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{set.Instance}: {(set.IsConsistent ? "consistent" : "inconsistent")}, last update: {CivilTime.Of(set.TimestampMicros, utcOffset).Long} [{set.TimestampMicros % 1_000_000}us] \n");
        foreach (var m in set.Metrics ?? [])
        {
            text.Append(CultureInfo.InvariantCulture, $"{(m.IsMeta ? 'M' : 'D')} {m.Type,-12} {m.Name,-42} {(userWords ? $"0x{m.UserWord:x} " : "")}{m.Value} {m.Unit}\n");
        }

        return text.Append('\n').ToString();
    }

    /// <summary>The table of sets (<c>-v</c>).</summary>
    public static string Table(IReadOnlyCollection<LsSet> sets)
    {
        var text = new StringBuilder();
        text.Append("Schema         Instance                 Flags  Msize  Dsize  Hsize  UID    GID    Perm       Update            Duration          Info    \n").Append(Rule).Append('\n');
        foreach (var s in sets)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{s.Schema,-14} {s.Instance,-24} {s.Flags.PadRight(3),6} {s.MetaBytes,6} {s.DataBytes,6} {s.HeapBytes,6} {s.Uid,6} {s.Gid,6} {Mode(s.Permissions),10} ");
            text.Append(CultureInfo.InvariantCulture,
                $"{s.TimestampMicros / 1_000_000,10}.{s.TimestampMicros % 1_000_000:000000} {s.DurationMicros / 1_000_000,10}.{s.DurationMicros % 1_000_000:000000} ");
            text.AppendJoin(' ', s.Hints.Select(h => $"\"{h.Key}\"=\"{h.Value}\"")).Append(s.Hints.Count > 0 ? " \n" : "\n");
        }

        var (meta, data) = (sets.Sum(s => s.MetaBytes), sets.Sum(s => s.DataBytes));
        text.Append(Rule).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"Total Sets: {sets.Count}, Meta Data (kB): {meta / 1000.0:F2}, Data (kB) {data / 1000.0:F2}, Memory (kB): {(meta + data) / 1000.0:F2}\n");
        return text.ToString();
    }

    /// <summary>Names, schemas and all that is known of each set, for programs (<c>-f json</c>). The shape is ours, with the directory's keys; values are text as they are printed.</summary>
    public static string Json(IEnumerable<LsSet> sets)
    {
        var text = new StringBuilder("[");
        foreach (var s in sets)
        {
            text.Append(text.Length > 1 ? ",\n" : "");
            text.Append(CultureInfo.InvariantCulture, $$"""{"name":{{LdmsdJson.Q(s.Instance)}},"schema":{{LdmsdJson.Q(s.Schema)}},"flags":{{LdmsdJson.Q(s.Flags)}},"consistent":{{(s.IsConsistent ? "true" : "false")}},"meta_size":{{s.MetaBytes}},"data_size":{{s.DataBytes}}""");
            text.Append(CultureInfo.InvariantCulture, $""","heap_size":{s.HeapBytes},"uid":{s.Uid},"gid":{s.Gid},"perm":"{Mode(s.Permissions)}","timestamp_us":{s.TimestampMicros},"duration_us":{s.DurationMicros}""");
            text.Append(CultureInfo.InvariantCulture, $$""","info":{{{string.Join(',', s.Hints.Select(h => $"{LdmsdJson.Q(h.Key)}:{LdmsdJson.Q(h.Value)}"))}}}""");
            if (s.Metrics is { } metrics)
            {
                text.Append(",\"metrics\":[").AppendJoin(',', metrics.Select(m =>
                    $$"""{"name":{{LdmsdJson.Q(m.Name)}},"type":{{LdmsdJson.Q(m.Type)}},"meta":{{(m.IsMeta ? "true" : "false")}},"value":{{LdmsdJson.Q(m.Value)}},"unit":{{LdmsdJson.Q(m.Unit)}}}""")).Append(']');
            }

            text.Append('}');
        }

        return text.Append("]\n").ToString();
    }

    /// <summary>One line for each value with tabs between instance, schema, kind, type, name, value and unit (<c>-f tab</c>); sets without values have the first two.</summary>
    public static string Tabs(IEnumerable<LsSet> sets)
    {
        var text = new StringBuilder();
        foreach (var s in sets)
        {
            if (s.Metrics is null)
            {
                text.Append(CultureInfo.InvariantCulture, $"{s.Instance}\t{s.Schema}\n");
            }

            foreach (var m in s.Metrics ?? [])
            {
                text.Append(CultureInfo.InvariantCulture, $"{s.Instance}\t{s.Schema}\t{(m.IsMeta ? 'M' : 'D')}\t{m.Type}\t{m.Name}\t{m.Value}\t{m.Unit}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>-rw-r--r--, as ls(1) shows a mode.</summary>
    public static string Mode(int permissions)
    {
        Span<char> text = stackalloc char[10];
        text[0] = '-';
        for (var bit = 0; bit < 9; bit++)
        {
            text[bit + 1] = (permissions >> (8 - bit) & 1) == 1 ? "rwx"[bit % 3] : '-';
        }

        return new(text);
    }

    /// <summary>The bits of a mode as ls(1) shows it; what is no such letter is a bit that is not set.</summary>
    public static int ModeBits(string mode)
    {
        var bits = 0;
        for (var i = 1; i < Math.Min(mode.Length, 10); i++)
        {
            bits |= mode[i] == "rwx"[(i - 1) % 3] ? 0x100 >> (i - 1) : 0;
        }

        return bits;
    }
}

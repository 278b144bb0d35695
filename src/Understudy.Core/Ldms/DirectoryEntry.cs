namespace Understudy.Core.Ldms;

/// <summary>What a directory says of one set.</summary>
/// <param name="Digest">64 hexadecimal digits, or empty.</param>
/// <param name="Flags">Three characters: 'C' for consistent, else a space; then 'L' for one of its own or 'R' for one from elsewhere; then a space in all that was recorded.</param>
/// <param name="Permissions">As ls shows them: "-r--r-----".</param>
/// <param name="TimeMicros">Of the last sample, since 1970.</param>
/// <param name="Info">Keys and values in turn that the sampler gave its set: updt_hint_us, "INTERVAL:OFFSET".</param>
public sealed record DirectoryEntry(
    string Name, string Schema, string Digest, string Flags, int MetaSize, int DataSize, int HeapSize, uint Uid, uint Gid, string Permissions, int Card, int ArrayCount, ulong MetaGeneration, ulong DataGeneration,
    long TimeMicros, long DurationMicros, ValueList<string> Info)
{
    /// <summary>Under which a set's interval and offset are told, in µs: <c>1000000:200000</c>; <c>1000000:</c> where it keeps no phase.</summary>
    public const string HintKey = "updt_hint_us";

    /// <summary>The interval at which it is sampled, and the offset in it, if the sampler says so.</summary>
    public (TimeSpan Interval, TimeSpan Offset)? Hint
    {
        get
        {
            for (var i = 0; i + 1 < Info.Count; i += 2)
            {
                if (Info[i] == HintKey && Info[i + 1].Split(':') is [var interval, .. var rest] && uint.TryParse(interval, out var micros) && micros > 0)
                {
                    return (TimeSpan.FromMicroseconds(micros), rest is [var offset] && uint.TryParse(offset, out var shift) ? TimeSpan.FromMicroseconds(shift) : TimeSpan.Zero);
                }
            }

            return null;
        }
    }

    /// <summary>What a directory says of a set of ours.</summary>
    /// <param name="isOwn">Sampled here; else pulled from elsewhere.</param>
    public static DirectoryEntry Of(SetLayout layout, ReadOnlySpan<byte> sample, bool isOwn, ValueList<string> info)
    {
        var head = new SampleReader(layout, sample);
        var id = head.Id;
        return new DirectoryEntry(
            layout.Instance, layout.Schema, Convert.ToHexString(layout.Digest.Span), (head.IsConsistent ? "C" : " ") + (isOwn ? "L" : "R") + " ", layout.MetaSize, layout.DataSize, layout.HeapSize, layout.Uid, layout.Gid,
            Mode(layout.Permissions), layout.Fields.Length, layout.ArrayCount, layout.MetaGeneration, id.Generation, id.Micros, (long)head.Duration.TotalMicroseconds, info);
    }

    /// <summary>Mode bits as ls shows them.</summary>
    public static string Mode(uint permissions) => string.Create(10, permissions, static (text, bits) =>
    {
        text[0] = '-';
        for (var i = 0; i < 9; i++)
        {
            text[i + 1] = (bits & (0x100u >> i)) != 0 ? "rwx"[i % 3] : '-';
        }
    });
}

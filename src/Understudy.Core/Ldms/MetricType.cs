namespace Understudy.Core.Ldms;

/// <summary>What a metric's value is: LDMS's own numbers (enum ldms_value_type, LDMS 4.5.1 wire, docs/protocol/ldms.md).</summary>
public enum MetricType : byte
{
    None = 0,
    Char = 1,
    U8 = 2,
    S8 = 3,
    U16 = 4,
    S16 = 5,
    U32 = 6,
    S32 = 7,
    U64 = 8,
    S64 = 9,
    F32 = 10,
    D64 = 11,
    CharArray = 12,
    U8Array = 13,
    S8Array = 14,
    U16Array = 15,
    S16Array = 16,
    U32Array = 17,
    S32Array = 18,
    U64Array = 19,
    S64Array = 20,
    F32Array = 21,
    D64Array = 22,
    List = 23,

    /// <summary>Never the type of a metric.</summary>
    ListEntry = 24,

    /// <summary>Describes the members of records. It lies in the meta.</summary>
    RecordType = 25,

    /// <summary>A record in a list.</summary>
    Record = 26,
    RecordArray = 27,

    /// <summary>Two u32: seconds and microseconds.</summary>
    Timestamp = 28,
}

/// <summary>Sizes and words of the types.</summary>
public static class MetricTypes
{
    /// <summary>Bytes of struct ldms_list: head, tail, count. Of an entry before its value: next, prev, type and count. Of a record before its members: flags, pad, offset from the sample's begin, type.</summary>
    internal const int ListBytes = 12, EntryBytes = 12, RecordBytes = 16;

    /// <summary>Bytes of struct ldms_record_type before its dictionary: flags, pad, members, bytes of a record. Of struct ldms_record_array before the first record: bytes of a record, its type, records.</summary>
    internal const int RecordTypeBytes = 16, RecordArrayBytes = 12;

    /// <summary>The names that ldms_ls prints, by number.</summary>
    private static readonly string[] s_words =
    [
        "none", "char", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "d64", "char[]", "u8[]", "s8[]", "u16[]", "s16[]", "u32[]", "s32[]", "u64[]", "s64[]", "f32[]", "d64[]",
        "list<>", "entry", "record_type", "record_inst", "record_array", "timestamp",
    ];

    /// <summary>The name that ldms_ls prints.</summary>
    public static string Word(this MetricType type) => (int)type < s_words.Length ? s_words[(int)type] : "none";

    /// <summary>An array of numbers or characters; not an array of records.</summary>
    public static bool IsArray(this MetricType type) => type is >= MetricType.CharArray and <= MetricType.D64Array;

    public static bool IsScalar(this MetricType type) => type is >= MetricType.Char and <= MetricType.D64;

    /// <summary>What an array is of; a scalar is its own.</summary>
    public static MetricType Element(this MetricType type) => type.IsArray() ? type - 11 : type;

    /// <summary>Whole numbers without a sign; characters too, as ldms_ls shows them by themselves.</summary>
    public static bool IsUnsigned(this MetricType type) => type.Element() is MetricType.Char or MetricType.U8 or MetricType.U16 or MetricType.U32 or MetricType.U64;

    public static bool IsFloating(this MetricType type) => type.Element() is MetricType.F32 or MetricType.D64;

    /// <summary>Bytes of one number of the type; 0 for what is none.</summary>
    internal static int ElementBytes(this MetricType type) => type.Element() switch
    {
        MetricType.Char or MetricType.U8 or MetricType.S8 => 1,
        MetricType.U16 or MetricType.S16 => 2,
        MetricType.U32 or MetricType.S32 or MetricType.F32 => 4,
        MetricType.U64 or MetricType.S64 or MetricType.D64 or MetricType.Timestamp => 8,
        _ => 0,
    };

    /// <summary>Bytes of a value as it is read, without padding. Lists, records and their types: of their heads. No overflow: a count is at most 32 bits.</summary>
    internal static long ValueBytes(this MetricType type, uint count) => type switch
    {
        MetricType.List => ListBytes,
        MetricType.RecordType => RecordTypeBytes,
        MetricType.Record => RecordBytes,
        MetricType.RecordArray => RecordArrayBytes,
        _ when type.IsArray() => (long)type.ElementBytes() * count,
        _ => type.ElementBytes(),
    };

    /// <summary>Bytes that a value takes in a set: values begin at multiples of 8.</summary>
    internal static long PaddedBytes(this MetricType type, uint count) => (type.ValueBytes(type.IsArray() ? count : 1) + 7) & ~7L;
}

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>What a record of the configuration protocol says: its attributes' numbers (LDMS 4.5.1 wire, docs/protocol/ldms.md). They shift when upstream adds one in the middle.</summary>
public enum ConfigWord : uint
{
    Name = 1,
    Interval = 2,
    Offset = 3,
    Regex = 4,
    Type = 5,
    Producer = 6,
    Instance = 7,
    Transport = 8,
    Host = 9,
    Port = 10,
    Match = 11,
    Plugin = 12,
    Container = 13,
    Schema = 14,
    Metric = 15,
    String = 16,
    UserBytes = 17,
    Push = 23,
    Json = 26,
    Permissions = 27,
    AutoSwitch = 28,
    PeerName = 29,
    TimeoutFactor = 30,
    AutoInterval = 31,
    Uid = 32,
    Gid = 33,
    Stream = 34,
    Auth = 35,
    Rail = 38,
    Quota = 39,
    RxRate = 40,

    /// <summary>Of a producer's status, as the recorded controller sends it.</summary>
    Summary = 41,
    CacheIp = 43,
    MessageTag = 49,
}

/// <summary>One attribute of a record.</summary>
/// <param name="Bytes">Text has a NUL at its end, mostly.</param>
public sealed record ConfigValue(ConfigWord Word, ValueList<byte> Bytes)
{
    /// <summary>The bytes up to the first NUL.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.AsSpan()[..(Bytes.AsSpan().IndexOf((byte)0) is >= 0 and var end ? end : Bytes.Count)]);

    /// <summary>With a NUL at its end.</summary>
    public static ConfigValue Of(ConfigWord word, string text) => new(word, ValueList.Create<byte>([.. Encoding.UTF8.GetBytes(text), 0]));

    /// <summary>JSON goes without a NUL.</summary>
    public static ConfigValue OfJson(string json) => new(ConfigWord.Json, ValueList.Create<byte>(Encoding.UTF8.GetBytes(json)));
}

/// <summary>A whole request of the configuration protocol, or a whole answer.</summary>
/// <param name="Number">The request's; an answer has that of what it answers.</param>
/// <param name="Code">Of a request which one it is; of an answer 0 or an errno of Linux.</param>
public sealed record ConfigMessage(bool IsAnswer, uint Number, uint Code, ValueList<ConfigValue> Attributes)
{
    /// <summary>Most bytes of a message, over all its records: our own bound.</summary>
    public const int MaxBytes = 16 << 20;

    internal const int HeadBytes = 24;

    /// <summary>Marker of every record.</summary>
    internal const uint Marker = 0xffffffff;

    /// <summary>The first and the last record of a message (LDMSD_REC_SOM_F and LDMSD_REC_EOM_F).</summary>
    internal const uint First = 1, Last = 2;

    /// <summary>Most bytes of a record of ours: our own choice, far below what a message of zap holds. The recorded ones have 1 KiB at the most.</summary>
    private const int MaxRecord = 64 << 10;

    /// <summary>CFGPRDCR, CFGUPDTR and CFGSTRGP: a peer's producers, updaters and storage policies (docs/protocol/ldms.md).</summary>
    private const uint FirstCopy = 0x707, LastCopy = 0x709;

    /// <summary>The first attribute of that kind; null where there is none.</summary>
    public string? this[ConfigWord word] => Attributes.FirstOrDefault(a => a.Word == word)?.Text;

    /// <summary>The records to send, each in a SendMessage.</summary>
    /// <exception cref="InvalidOperationException">It is one that makes a real daemon abort: CFGPRDCR, CFGUPDTR and CFGSTRGP carry copies, whose names begin with '#'.</exception>
    public List<byte[]> ToRecords()
    {
        if (!IsAnswer && Code is >= FirstCopy and <= LastCopy && this[ConfigWord.Name]?.StartsWith('#') != true)
        {
            throw new InvalidOperationException($"a copy of a peer's object has a name with '#', not {this[ConfigWord.Name]}");
        }

        var body = new WireBuffer();
        foreach (var attribute in Attributes)
        {
            body.Put32(1);
            body.Put32((uint)attribute.Word);
            body.Put32((uint)attribute.Bytes.Count);
            body.Put(attribute.Bytes.AsSpan());
        }

        body.Put32(0);
        var records = new List<byte[]>();
        var all = body.Filled;
        for (var at = 0; at < all.Length;)
        {
            var part = all.Slice(at, Math.Min(all.Length - at, MaxRecord - HeadBytes));
            var record = new byte[HeadBytes + part.Length];
            BinaryPrimitives.WriteUInt32BigEndian(record, Marker);
            BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(4), IsAnswer ? 2u : 1);
            BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(8), (at == 0 ? First : 0) | (at + part.Length == all.Length ? Last : 0));
            BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(12), Number);
            BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(16), Code);
            BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(20), (uint)record.Length);
            part.CopyTo(record.AsSpan(HeadBytes));
            records.Add(record);
            at += part.Length;
        }

        return records;
    }
}

/// <summary>Puts messages of the configuration protocol together from their records. One for each connection.</summary>
public sealed class ConfigAssembly
{
    /// <summary>Messages that may be under way at once: our own bound.</summary>
    private const int MaxOpen = 16;

    private readonly Dictionary<(bool IsAnswer, uint Number), WireBuffer> open = [];
    private int bytes;

    /// <summary>Takes a record.</summary>
    /// <param name="message">Null while more records of the message are to come.</param>
    /// <param name="why">What is wrong, as the end of a sentence that begins with the peer.</param>
    public bool TryTake(ReadOnlySpan<byte> record, out ConfigMessage? message, out string why)
    {
        (message, why) = (null, "");
        if (record.Length < ConfigMessage.HeadBytes || Word(record, 0) != ConfigMessage.Marker || Word(record, 20) != record.Length || Word(record, 4) is not (1 or 2))
        {
            why = $"sent {record.Length} bytes that are no record of configuration";
            return false;
        }

        var key = (IsAnswer: Word(record, 4) == 2, Number: Word(record, 12));
        var flags = Word(record, 8);
        var body = record[ConfigMessage.HeadBytes..];
        var known = open.TryGetValue(key, out var before);
        if (known == ((flags & ConfigMessage.First) != 0) || (!known && open.Count == MaxOpen) || bytes + body.Length > ConfigMessage.MaxBytes)
        {
            why = known || open.Count < MaxOpen ? "sent a record of configuration out of turn, or too many" : "has too many messages of configuration under way";
            return false;
        }

        if ((flags & ConfigMessage.Last) == 0)
        {
            open[key] = before ??= new WireBuffer();
            before.Put(body);
            bytes += body.Length;
            return true;
        }

        if (before is not null)
        {
            bytes -= before.Count;
            _ = open.Remove(key);
            before.Put(body);
            body = before.Filled;
        }

        if (Attributes(body, out why) is not { } attributes)
        {
            return false;
        }

        message = new ConfigMessage(key.IsAnswer, key.Number, Word(record, 16), attributes);
        return true;
    }

    private static ValueList<ConfigValue>? Attributes(ReadOnlySpan<byte> body, out string why)
    {
        why = "";
        var found = new List<ConfigValue>();
        while (body.Length >= 4 && Word(body, 0) != 0)
        {
            if (body.Length < 12 || Word(body, 8) > body.Length - 12)
            {
                why = "sent an attribute of configuration that does not end";
                return null;
            }

            var length = (int)Word(body, 8);
            found.Add(new ConfigValue((ConfigWord)Word(body, 4), ValueList.Create(body.Slice(12, length))));
            body = body[(12 + length)..];
        }

        return found.ToValueList();
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
}

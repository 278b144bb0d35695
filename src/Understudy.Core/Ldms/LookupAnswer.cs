using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>What a rendezvous answers to a look-up: how big the set is, and what is known of it.</summary>
/// <param name="Xid">The look-up's.</param>
/// <param name="SetId">The peer's own number of the set.</param>
/// <param name="HasMore">Other sets that were asked for follow.</param>
/// <param name="Words">Keys and values that the sampler gave its set, in turn.</param>
/// <param name="Asked">When the look-up came and when it was answered, in ns since 1970: what real daemons profile themselves with.</param>
public sealed record LookupAnswer(
    ulong Xid, ulong SetId, bool HasMore, int MetaSize, int DataSize, int Card, int ArrayCount, string Schema, string Instance, ValueList<string> Words, long Asked = 0, long Answered = 0)
{
    private const int HeadBytes = 48;

    private const uint IsLookup = 1;

    private static ReadOnlySpan<byte> Profile => "lu_prflng\0"u8;

    /// <param name="message">A rendezvous' content.</param>
    /// <param name="why">What is wrong, as the end of a sentence that begins with the peer.</param>
    public static bool TryRead(ReadOnlySpan<byte> message, [NotNullWhen(true)] out LookupAnswer? answer, out string why)
    {
        (answer, why) = (null, "answered a look-up with what is none");
        if (message.Length < HeadBytes || BinaryPrimitives.ReadUInt32BigEndian(message[8..]) != IsLookup || BinaryPrimitives.ReadUInt32LittleEndian(message[12..]) != message.Length)
        {
            return false;
        }

        var at = HeadBytes;
        if (!Word(message, ref at, out var schema) || !Word(message, ref at, out var instance))
        {
            return false;
        }

        var words = new List<string>();
        while (at < message.Length && message[at] != 0)
        {
            if (!Word(message, ref at, out var word))
            {
                return false;
            }

            words.Add(word);
        }

        var times = at < message.Length ? message[(at + 1)..] : default;
        times = times.StartsWith(Profile) && times.Length >= Profile.Length + 32 ? times[Profile.Length..] : default;
        var sizes = (Meta: Number(message, 28), Data: Number(message, 32), Card: Number(message, 36), Array: Number(message, 44));
        if (sizes.Meta > SetLayout.MaxBytes || sizes.Data > SetLayout.MaxBytes || sizes.Card > SetLayout.MaxBytes || sizes.Array > ushort.MaxValue)
        {
            why = $"offers a set of {sizes.Meta} bytes of meta and {sizes.Array} times {sizes.Data} of samples; {SetLayout.MaxBytes} are possible";
            return false;
        }

        answer = new LookupAnswer(
            BinaryPrimitives.ReadUInt64LittleEndian(message), BinaryPrimitives.ReadUInt64LittleEndian(message[16..]), Number(message, 24) != 0, (int)sizes.Meta, (int)sizes.Data, (int)sizes.Card, (int)sizes.Array,
            schema, instance, words.ToValueList(), Time(times), Time(times.IsEmpty ? times : times[16..]));
        return true;
    }

    /// <summary>The message of a rendezvous.</summary>
    public byte[] ToBytes()
    {
        var to = new WireBuffer();
        to.Native64(Xid);
        to.Put32(IsLookup);
        to.Native32(0);
        to.Native64(SetId);
        to.Put32(HasMore ? 1u : 0);
        to.Put32((uint)MetaSize);
        to.Put32((uint)DataSize);
        to.Put32((uint)Card);
        to.Put32(0);
        to.Put32((uint)ArrayCount);
        Put(to, Schema, SetLayout.DigestBytes + 1);      // room for the digest, which real daemons leave empty here
        Put(to, Instance, 0);
        foreach (var word in Words)
        {
            Put(to, word, 0);
        }

        to.Take(1);
        to.Put(Profile);
        PutTime(to, Asked);
        PutTime(to, Answered);
        var bytes = to.Filled.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), (uint)bytes.Length);
        return bytes;
    }

    private static void Put(WireBuffer to, string word, int room)
    {
        Span<byte> bytes = stackalloc byte[255];
        _ = System.Text.Unicode.Utf8.FromUtf16(word, bytes[..(254 - room)], out _, out var count);
        to.Take(1)[0] = (byte)(count + 1 + room);
        to.Put(bytes[..count]);
        to.Take(1 + room);
    }

    private static void PutTime(WireBuffer to, long nanoseconds)
    {
        to.Native64((ulong)(nanoseconds / 1_000_000_000));
        to.Native64((ulong)(nanoseconds % 1_000_000_000));
    }

    private static long Time(ReadOnlySpan<byte> time)
    {
        if (time.IsEmpty)
        {
            return 0;
        }

        var (seconds, nanoseconds) = (BinaryPrimitives.ReadInt64LittleEndian(time), BinaryPrimitives.ReadInt64LittleEndian(time[8..]));
        return seconds is < 0 or > int.MaxValue * 2L || nanoseconds is < 0 or > 999_999_999 ? 0 : (seconds * 1_000_000_000) + nanoseconds;
    }

    private static uint Number(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt32BigEndian(message[at..]);

    private static bool Word(ReadOnlySpan<byte> message, ref int at, out string word)
    {
        word = "";
        if (at >= message.Length || at + 1 + message[at] > message.Length)
        {
            return false;
        }

        var bytes = message.Slice(at + 1, message[at]);
        var end = bytes.IndexOf((byte)0);
        word = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        at += 1 + bytes.Length;
        return true;
    }
}

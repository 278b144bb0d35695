using System.Buffers.Binary;

namespace Understudy.Core.Peers;

/// <summary>What a host says of its part in a shared collection: docs/protocol/peer.md, kind 6.</summary>
/// <param name="Configuration">A hash of the list of producers; the bits mean the same only where it is the same.</param>
/// <param name="Drains">The sender wants to be given nothing.</param>
/// <param name="Collects">A bit for each producer in the order of their names, the first in the lowest: the sender pulls it.</param>
/// <param name="Ready">It has fresh samples of all of its sets.</param>
public sealed record ShareWord(ulong Configuration, bool Drains, ValueList<ulong> Collects, ValueList<ulong> Ready);

/// <summary>The bytes of a <see cref="ShareWord"/>.</summary>
public static class ShareBody
{
    /// <summary>Words of 64 producers each; as many as fit into a datagram twice.</summary>
    public const int MaxWords = 64;

    private const int HeadBytes = 16;

    /// <param name="word">Both lists are as long as each other, and at most <see cref="MaxWords"/>.</param>
    public static int Write(Span<byte> into, ShareWord word)
    {
        into[..HeadBytes].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(into, word.Configuration);
        into[8] = word.Drains ? (byte)1 : (byte)0;
        into[9] = checked((byte)word.Collects.Count);
        var at = HeadBytes;
        foreach (var bits in word.Collects)
        {
            BinaryPrimitives.WriteUInt64BigEndian(into[at..], bits);
            at += 8;
        }

        foreach (var bits in word.Ready)
        {
            BinaryPrimitives.WriteUInt64BigEndian(into[at..], bits);
            at += 8;
        }

        return at;
    }

    /// <returns>Null when count and length do not fit together, or a flag is none of the page's.</returns>
    public static ShareWord? Read(ReadOnlySpan<byte> body)
    {
        if (body.Length < HeadBytes || body[8] > 1 || body[9] > MaxWords || body.Length != HeadBytes + (body[9] * 16))
        {
            return null;
        }

        return new ShareWord(BinaryPrimitives.ReadUInt64BigEndian(body), body[8] == 1, Words(body[HeadBytes..], body[9]), Words(body[(HeadBytes + (body[9] * 8))..], body[9]));

        static ValueList<ulong> Words(ReadOnlySpan<byte> from, int count)
        {
            var words = new ulong[count];
            for (var i = 0; i < count; i++)
            {
                words[i] = BinaryPrimitives.ReadUInt64BigEndian(from[(8 * i)..]);
            }

            return words.ToValueList();
        }
    }
}

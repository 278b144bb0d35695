using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Understudy.Core.Peers;

/// <summary>What a datagram is for; byte 3.</summary>
public enum DatagramKind
{
    Beat = 1,
    LetGo = 2,
    Ask = 3,
    Answer = 4,

    /// <summary>Since version 1 was first written: who does not know it drops it as a kind that it does not know, and counts it.</summary>
    Guard = 5,

    /// <summary>Likewise.</summary>
    Share = 6,
}

/// <summary>The header of every datagram: 64 bytes, docs/protocol/peer.md.</summary>
public readonly record struct DatagramHeader(
    DatagramKind Kind,
    uint KeyId,
    ulong Sender,
    ulong Boot,
    ulong Sequence,
    long SentAt,
    ulong EchoedBoot,
    long EchoedStamp,
    uint HeldForUs,
    byte Link,
    byte Flags)
{
    /// <summary>Flag: the sender would like an answer at once.</summary>
    public const byte AnswerNow = 1;
}

/// <summary>Why a datagram was dropped, in the order of the checks.</summary>
public enum Refusal
{
    None = 0,
    Length,
    Magic,
    Version,
    Kind,
    UnknownKey,
    Mac,
    UnknownSender,
    WrongLink,
    Replayed,
    Unproven,
    Body,
}

/// <summary>Bytes of a datagram's frame: header before the body, MAC behind it. Allocates nothing.</summary>
public static class Datagram
{
    public const int HeaderBytes = 64;
    public const int MacBytes = 16;
    public const int MaxBytes = 1400;
    public const int MinBytes = HeaderBytes + MacBytes;
    public const int MaxBodyBytes = MaxBytes - MinBytes;
    private const ushort Magic = 0x5553;
    /// <summary>The version of the peer protocol: byte 2 of each datagram.</summary>
    public const byte Version = 1;

    /// <summary>The eight bytes that stand for a node's or a duty's name.</summary>
    public static ulong Id(string name) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    /// <summary>Writes header and MAC around a body of <paramref name="bodyBytes"/> that already stands at <see cref="HeaderBytes"/>; returns the whole length.</summary>
    public static int Frame(Span<byte> into, in DatagramHeader header, int bodyBytes, Seal seal)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into, Magic);
        into[2] = Version;
        into[3] = (byte)header.Kind;
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], seal.KeyId);
        BinaryPrimitives.WriteUInt64BigEndian(into[8..], header.Sender);
        BinaryPrimitives.WriteUInt64BigEndian(into[16..], header.Boot);
        BinaryPrimitives.WriteUInt64BigEndian(into[24..], header.Sequence);
        BinaryPrimitives.WriteInt64BigEndian(into[32..], header.SentAt);
        BinaryPrimitives.WriteUInt64BigEndian(into[40..], header.EchoedBoot);
        BinaryPrimitives.WriteInt64BigEndian(into[48..], header.EchoedStamp);
        BinaryPrimitives.WriteUInt32BigEndian(into[56..], header.HeldForUs);
        into[60] = header.Link;
        into[61] = header.Flags;
        BinaryPrimitives.WriteUInt16BigEndian(into[62..], (ushort)bodyBytes);
        var signed = HeaderBytes + bodyBytes;
        seal.Mac(into[..signed], into.Slice(signed, MacBytes));
        return signed + MacBytes;
    }

    /// <summary>Checks length, letters, version, kind, key and MAC, in that order.</summary>
    /// <param name="body">Where the body stands in <paramref name="bytes"/>.</param>
    public static Refusal Open(ReadOnlySpan<byte> bytes, KeyRing keys, out DatagramHeader header, out Range body)
    {
        header = default;
        body = default;
        if (bytes.Length is < MinBytes or > MaxBytes || BinaryPrimitives.ReadUInt16BigEndian(bytes[62..]) + MinBytes != bytes.Length)
        {
            return Refusal.Length;
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(bytes) != Magic)
        {
            return Refusal.Magic;
        }

        if (bytes[2] != Version)
        {
            return Refusal.Version;
        }

        if (bytes[3] is < (byte)DatagramKind.Beat or > (byte)DatagramKind.Share)
        {
            return Refusal.Kind;
        }

        var keyId = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (keys.Find(keyId) is not { } seal)
        {
            return Refusal.UnknownKey;
        }

        Span<byte> mac = stackalloc byte[MacBytes];
        seal.Mac(bytes[..^MacBytes], mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[^MacBytes..]))
        {
            return Refusal.Mac;
        }

        header = new DatagramHeader(
            (DatagramKind)bytes[3],
            keyId,
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[40..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[48..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[56..]),
            bytes[60],
            bytes[61]);
        body = HeaderBytes..^MacBytes;
        return Refusal.None;
    }
}

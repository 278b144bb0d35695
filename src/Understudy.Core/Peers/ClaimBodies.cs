using System.Buffers.Binary;
using System.Text;

namespace Understudy.Core.Peers;

/// <summary>"I have let go of this epoch": kind 2, 24 bytes.</summary>
public readonly record struct LetGoBody(ulong Duty, ulong Epoch, ulong Successor)
{
    public const int Bytes = 24;

    public int Write(Span<byte> into)
    {
        BinaryPrimitives.WriteUInt64BigEndian(into, Duty);
        BinaryPrimitives.WriteUInt64BigEndian(into[8..], Epoch);
        BinaryPrimitives.WriteUInt64BigEndian(into[16..], Successor);
        return Bytes;
    }

    public static bool TryRead(ReadOnlySpan<byte> body, out LetGoBody said)
    {
        said = default;
        if (body.Length != Bytes)
        {
            return false;
        }

        said = new LetGoBody(
            BinaryPrimitives.ReadUInt64BigEndian(body), BinaryPrimitives.ReadUInt64BigEndian(body[8..]), BinaryPrimitives.ReadUInt64BigEndian(body[16..]));
        return said.Epoch <= long.MaxValue / 2;
    }
}

/// <summary>A candidate's request to the witness: kind 3, 40 bytes and the duty's name.</summary>
/// <param name="Named">The heir; for a claim, whose let-go <paramref name="Released"/> is. 0: nobody.</param>
public readonly record struct AskBody(byte Ask, uint TtlMs, long Ticket, long Epoch, long Released, ulong Named)
{
    public const int FixedBytes = 40;
    public const int MaxNameBytes = 63;

    public int Write(Span<byte> into, ReadOnlySpan<byte> name)
    {
        into[0] = Ask;
        into[1] = (byte)name.Length;
        into[2] = into[3] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], TtlMs);
        BinaryPrimitives.WriteInt64BigEndian(into[8..], Ticket);
        BinaryPrimitives.WriteInt64BigEndian(into[16..], Epoch);
        BinaryPrimitives.WriteInt64BigEndian(into[24..], Released);
        BinaryPrimitives.WriteUInt64BigEndian(into[32..], Named);
        name.CopyTo(into[FixedBytes..]);
        return FixedBytes + name.Length;
    }

    /// <param name="name">The duty's name as it stands in the body: a-z, 0-9, hyphen and underscore, as settings have it.</param>
    public static bool TryRead(ReadOnlySpan<byte> body, out AskBody ask, out ReadOnlySpan<byte> name)
    {
        ask = default;
        name = default;
        if (body.Length < FixedBytes + 1 || body[0] is < 1 or > 5 || body[1] is < 1 or > MaxNameBytes || body.Length != FixedBytes + body[1])
        {
            return false;
        }

        name = body[FixedBytes..];
        ask = new AskBody(
            body[0],
            BinaryPrimitives.ReadUInt32BigEndian(body[4..]),
            BinaryPrimitives.ReadInt64BigEndian(body[8..]),
            BinaryPrimitives.ReadInt64BigEndian(body[16..]),
            BinaryPrimitives.ReadInt64BigEndian(body[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(body[32..]));
        return ask is { Epoch: >= 0 and <= long.MaxValue / 2, Released: >= 0, Ticket: >= 0, TtlMs: > 0 } && Ascii.IsValid(name);
    }
}

/// <summary>The witness's answer: kind 4, 48 bytes.</summary>
public readonly record struct AnswerBody(byte Word, uint RemainingMs, ulong Duty, long Ticket, long AskedAt, long Epoch, ulong Holder)
{
    public const int Bytes = 48;

    public int Write(Span<byte> into)
    {
        into[0] = Word;
        into[1] = into[2] = into[3] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], RemainingMs);
        BinaryPrimitives.WriteUInt64BigEndian(into[8..], Duty);
        BinaryPrimitives.WriteInt64BigEndian(into[16..], Ticket);
        BinaryPrimitives.WriteInt64BigEndian(into[24..], AskedAt);
        BinaryPrimitives.WriteInt64BigEndian(into[32..], Epoch);
        BinaryPrimitives.WriteUInt64BigEndian(into[40..], Holder);
        return Bytes;
    }

    public static bool TryRead(ReadOnlySpan<byte> body, out AnswerBody answer)
    {
        answer = default;
        if (body.Length != Bytes || body[0] is < 1 or > 8)
        {
            return false;
        }

        answer = new AnswerBody(
            body[0],
            BinaryPrimitives.ReadUInt32BigEndian(body[4..]),
            BinaryPrimitives.ReadUInt64BigEndian(body[8..]),
            BinaryPrimitives.ReadInt64BigEndian(body[16..]),
            BinaryPrimitives.ReadInt64BigEndian(body[24..]),
            BinaryPrimitives.ReadInt64BigEndian(body[32..]),
            BinaryPrimitives.ReadUInt64BigEndian(body[40..]));
        return answer is { Epoch: >= 0 and <= long.MaxValue / 2 };
    }
}

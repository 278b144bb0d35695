using System.Buffers.Binary;
using Understudy.Core.Evidence;

namespace Understudy.Core.Peers;

/// <summary>How one host hears another on one link.</summary>
public readonly record struct HeardEntry(byte Link, Health Health, byte LossPercent, byte JitterMs, uint SilentMs)
{
    internal const int Bytes = 8;
}

/// <summary>What a candidate says of one duty in a beat.</summary>
public readonly record struct DutyEntry(ulong Duty, byte Stance, byte Flags, ulong Epoch, ulong LetGo, ulong Successor, long PromisedStamp)
{
    internal const int Bytes = 48;

    public const byte Fit = 1;
    public const byte AsksPromise = 2;
    public const byte Promises = 4;

    /// <summary>An operator handed the duty away from the sender.</summary>
    public const byte Aside = 8;
}

/// <summary>The fixed part of a beat.</summary>
public readonly record struct BeatHead(byte Heard, byte Duties, Health Arbiter, bool Ground, ushort LateMs)
{
    internal const int Bytes = 8;
}

/// <summary>A beat's body, docs/protocol/peer.md, kind 1. Allocates nothing.</summary>
public static class BeatBody
{
    public const int MaxHeard = 8;
    public const int MaxDuties = 24;

    public static int Write(Span<byte> into, in BeatHead head, ReadOnlySpan<HeardEntry> heard, ReadOnlySpan<DutyEntry> duties)
    {
        into[0] = (byte)heard.Length;
        into[1] = (byte)duties.Length;
        into[2] = (byte)head.Arbiter;
        into[3] = head.Ground ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(into[4..], head.LateMs);
        BinaryPrimitives.WriteUInt16BigEndian(into[6..], 0);
        var at = BeatHead.Bytes;
        foreach (ref readonly var h in heard)
        {
            into[at] = h.Link;
            into[at + 1] = (byte)h.Health;
            into[at + 2] = h.LossPercent;
            into[at + 3] = h.JitterMs;
            BinaryPrimitives.WriteUInt32BigEndian(into[(at + 4)..], h.SilentMs);
            at += HeardEntry.Bytes;
        }

        foreach (ref readonly var d in duties)
        {
            BinaryPrimitives.WriteUInt64BigEndian(into[at..], d.Duty);
            BinaryPrimitives.WriteUInt64BigEndian(into[(at + 8)..], 0);
            into[at + 8] = d.Stance;
            into[at + 9] = d.Flags;
            BinaryPrimitives.WriteUInt64BigEndian(into[(at + 16)..], d.Epoch);
            BinaryPrimitives.WriteUInt64BigEndian(into[(at + 24)..], d.LetGo);
            BinaryPrimitives.WriteUInt64BigEndian(into[(at + 32)..], d.Successor);
            BinaryPrimitives.WriteInt64BigEndian(into[(at + 40)..], d.PromisedStamp);
            at += DutyEntry.Bytes;
        }

        return at;
    }

    /// <summary>False when counts, lengths or values do not fit together.</summary>
    public static bool TryReadHead(ReadOnlySpan<byte> body, out BeatHead head)
    {
        head = default;
        if (body.Length < BeatHead.Bytes || body[0] > MaxHeard || body[1] > MaxDuties || body[2] > (byte)Health.Failed || body[3] > 1
            || body.Length != BeatHead.Bytes + (body[0] * HeardEntry.Bytes) + (body[1] * DutyEntry.Bytes))
        {
            return false;
        }

        head = new BeatHead(body[0], body[1], (Health)body[2], body[3] == 1, BinaryPrimitives.ReadUInt16BigEndian(body[4..]));
        return true;
    }

    public static bool TryReadHeard(ReadOnlySpan<byte> body, int index, out HeardEntry entry)
    {
        var e = body[(BeatHead.Bytes + (index * HeardEntry.Bytes))..];
        entry = new HeardEntry(e[0], (Health)e[1], e[2], e[3], BinaryPrimitives.ReadUInt32BigEndian(e[4..]));
        return e[1] <= (byte)Health.Failed && e[2] <= 100;
    }

    public static bool TryReadDuty(ReadOnlySpan<byte> body, int index, out DutyEntry entry)
    {
        var e = body[(BeatHead.Bytes + (body[0] * HeardEntry.Bytes) + (index * DutyEntry.Bytes))..];
        entry = new DutyEntry(
            BinaryPrimitives.ReadUInt64BigEndian(e),
            e[8],
            e[9],
            BinaryPrimitives.ReadUInt64BigEndian(e[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(e[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(e[32..]),
            BinaryPrimitives.ReadInt64BigEndian(e[40..]));
        return entry.Stance is >= 1 and <= 9 && entry.Epoch <= long.MaxValue / 2 && entry.LetGo <= long.MaxValue / 2;
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Understudy.Core.Peers;

/// <summary>What a host says of one of its power guards. The numbers for verdict and phase are those of the page; Power gives them their meaning.</summary>
/// <param name="Guard">The eight bytes that stand for its name (<see cref="Datagram.Id"/>).</param>
/// <param name="Tier">0..<see cref="MostTier"/>.</param>
/// <param name="Verdict">1..5: present, lost, blind, disputed, unknown.</param>
/// <param name="Phase">1..6: idle, armed, running, done, aborted, failed.</param>
/// <param name="Step">The plan's step that runs; <see cref="NoStep"/> for none.</param>
/// <param name="Flags"><see cref="NoReturn"/> and the others.</param>
/// <param name="Up">Mains witnesses that are up; more than 255 are 255, also of the next three.</param>
/// <param name="Controls">Control witnesses that are up.</param>
/// <param name="Tenths">Degrees Celsius times ten, -400..1500; <see cref="NoTemperature"/> for none.</param>
/// <param name="StoodSeconds">For how long the verdict has stood.</param>
/// <param name="Plan">Number of the plan; 0 for none yet.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GuardEntry(
    ulong Guard, byte Tier, byte Verdict, byte Phase, byte Step, byte Flags, byte Up, byte Dark, byte Unread, byte Controls, short Tenths, uint BucketMs, uint GraceMs,
    uint StoodSeconds, ulong Plan)
{
    internal const int Bytes = 40;

    /// <summary>How old the readings were, in whole seconds, that the verdict rests on, when the sender said so; 255: so old, or older. A release that does not know it says 0. A host that has lost
    /// its eyes goes on believing for a while: with this its word is worth no more than what it saw.</summary>
    public byte AgeSeconds { get; init; }

    public const byte MostTier = 15;
    public const byte NoStep = 255;
    public const short NoTemperature = short.MinValue, ColdestTenths = -400, HottestTenths = 1500;

    /// <summary>The plan is past its point of no return.</summary>
    public const byte NoReturn = 1;

    /// <summary>The sender stays up.</summary>
    public const byte Stays = 2;

    /// <summary>Its plan is only rehearsed.</summary>
    public const byte Dry = 4;

    /// <summary>It was started, resumed or stalled just now, and decides nothing yet.</summary>
    public const byte Settling = 8;

    /// <summary>Since it started it has seen so many witnesses up that they can vote.</summary>
    public const byte EverSeen = 16;

    /// <summary>The guard does not concern the sender: no tier need wait for it.</summary>
    public const byte NotConcerned = 32;

    public bool Has(byte flag) => (Flags & flag) != 0;
}

/// <summary>The guards of a host: docs/protocol/peer.md, kind 5. Allocates nothing.</summary>
public static class GuardBody
{
    /// <summary>As many as fit into a datagram.</summary>
    public const int MaxGuards = 32;

    private const int HeadBytes = 8;

    /// <param name="guards">At most <see cref="MaxGuards"/>.</param>
    public static int Write(Span<byte> into, ReadOnlySpan<GuardEntry> guards)
    {
        into[..HeadBytes].Clear();
        into[0] = checked((byte)guards.Length);
        var at = HeadBytes;
        foreach (ref readonly var g in guards)
        {
            var e = into.Slice(at, GuardEntry.Bytes);
            BinaryPrimitives.WriteUInt64BigEndian(e, g.Guard);
            (e[8], e[9], e[10], e[11]) = (g.Tier, g.Verdict, g.Phase, g.Step);
            (e[12], e[13]) = (g.AgeSeconds, g.Flags);
            (e[14], e[15], e[16], e[17]) = (g.Up, g.Dark, g.Unread, g.Controls);
            BinaryPrimitives.WriteInt16BigEndian(e[18..], g.Tenths);
            BinaryPrimitives.WriteUInt32BigEndian(e[20..], g.BucketMs);
            BinaryPrimitives.WriteUInt32BigEndian(e[24..], g.GraceMs);
            BinaryPrimitives.WriteUInt32BigEndian(e[28..], g.StoodSeconds);
            BinaryPrimitives.WriteUInt64BigEndian(e[32..], g.Plan);
            at += GuardEntry.Bytes;
        }

        return at;
    }

    /// <summary>False when count and length do not fit together.</summary>
    public static bool TryReadCount(ReadOnlySpan<byte> body, out int count)
    {
        count = 0;
        if (body.Length < HeadBytes || body[0] > MaxGuards || body.Length != HeadBytes + (body[0] * GuardEntry.Bytes))
        {
            return false;
        }

        count = body[0];
        return true;
    }

    /// <param name="body">One whose count was read.</param>
    /// <param name="index">Less than the count.</param>
    /// <returns>False when a value is none of the page's.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, int index, out GuardEntry entry)
    {
        var e = body.Slice(HeadBytes + (index * GuardEntry.Bytes), GuardEntry.Bytes);
        entry = new GuardEntry(
            BinaryPrimitives.ReadUInt64BigEndian(e),
            e[8],
            e[9],
            e[10],
            e[11],
            e[13],
            e[14],
            e[15],
            e[16],
            e[17],
            BinaryPrimitives.ReadInt16BigEndian(e[18..]),
            BinaryPrimitives.ReadUInt32BigEndian(e[20..]),
            BinaryPrimitives.ReadUInt32BigEndian(e[24..]),
            BinaryPrimitives.ReadUInt32BigEndian(e[28..]),
            BinaryPrimitives.ReadUInt64BigEndian(e[32..]))
        { AgeSeconds = e[12] };
        return entry is { Tier: <= GuardEntry.MostTier, Verdict: >= 1 and <= 5, Phase: >= 1 and <= 6 }
            and ({ Tenths: GuardEntry.NoTemperature } or { Tenths: >= GuardEntry.ColdestTenths and <= GuardEntry.HottestTenths });
    }
}

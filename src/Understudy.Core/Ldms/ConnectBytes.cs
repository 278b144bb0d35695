using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>What both ends of a connection tell each other first: LDMS's version, the way to prove oneself, and the rail that the connection is part of.</summary>
/// <param name="Auth">"none", "ovis", "munge"; at most 15 bytes.</param>
/// <param name="IsRail">The long form of 64 bytes; else the old one of 20.</param>
/// <param name="Rate">Of messages that the peer may send; -1, which is all that the capture has, is without limit.</param>
/// <param name="Quota">Of messages that the peer may send and we have not given back; -1, which is all that the capture has, is without limit.</param>
/// <param name="Endpoints">TCP connections of the rail; we have one, and take no peer with more.</param>
/// <param name="Pid">With the address and the generation the rail's name.</param>
public sealed record ConnectBytes(
    string Auth, bool IsRail = true, long Rate = -1, long Quota = -1, uint Endpoints = 1, uint Index = 0, uint Pid = 0, ulong RailGeneration = 0, bool SendsMessages = false)
{
    public const int RailBytes = 64, OldBytes = 20;

    private const int AuthBytes = 16;

    /// <summary>LDMS's protocol. Both sides must have all four bytes alike, or they part.</summary>
    private static ReadOnlySpan<byte> Version => [4, 2, 0, 0];

    public int Length => IsRail ? RailBytes : OldBytes;

    /// <param name="why">What is wrong, as the end of a sentence that begins with the peer.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ConnectBytes? connect, out string why)
    {
        (connect, why) = (null, "");
        if (bytes.Length is not (RailBytes or OldBytes))
        {
            why = $"introduced itself in {bytes.Length} bytes";
            return false;
        }

        if (!bytes[..4].SequenceEqual(Version))
        {
            why = $"speaks LDMS {bytes[0]}.{bytes[1]}.{bytes[2]}.{bytes[3]}, and not 4.2.0.0";
            return false;
        }

        var name = bytes.Slice(4, AuthBytes);
        var end = name.IndexOf((byte)0);
        var auth = Encoding.Latin1.GetString(end < 0 ? name : name[..end]);
        if (bytes.Length == OldBytes)
        {
            connect = new ConnectBytes(auth, IsRail: false);
            return true;
        }

        var kind = BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]);
        var (endpoints, index) = (BinaryPrimitives.ReadUInt32BigEndian(bytes[40..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[44..]));
        if (kind != 1 || endpoints == 0 || index >= endpoints)
        {
            why = $"introduced itself as a connection of kind {kind}, number {index} of {endpoints}";
            return false;
        }

        connect = new ConnectBytes(
            auth, IsRail: true, BinaryPrimitives.ReadInt64BigEndian(bytes[24..]), BinaryPrimitives.ReadInt64BigEndian(bytes[32..]), endpoints, index,
            BinaryPrimitives.ReadUInt32BigEndian(bytes[48..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[52..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[60..]) != 0);
        return true;
    }

    /// <param name="into">At least <see cref="Length"/> bytes.</param>
    public int Write(Span<byte> into)
    {
        var bytes = into[..Length];
        bytes.Clear();
        Version.CopyTo(bytes);
        _ = Encoding.Latin1.GetBytes(Auth.AsSpan(0, Math.Min(Auth.Length, AuthBytes - 1)), bytes[4..]);
        if (IsRail)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes[20..], 1);
            BinaryPrimitives.WriteInt64BigEndian(bytes[24..], Rate);
            BinaryPrimitives.WriteInt64BigEndian(bytes[32..], Quota);
            BinaryPrimitives.WriteUInt32BigEndian(bytes[40..], Endpoints);
            BinaryPrimitives.WriteUInt32BigEndian(bytes[44..], Index);
            BinaryPrimitives.WriteUInt32BigEndian(bytes[48..], Pid);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[52..], RailGeneration);
            BinaryPrimitives.WriteUInt32BigEndian(bytes[60..], SendsMessages ? 1u : 0);
        }

        return Length;
    }
}

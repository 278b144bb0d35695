using System.Buffers.Binary;
using Understudy.Core.Peers;

namespace Understudy.Tests.Simulation;

/// <summary>A checksum in the place of the MAC: nobody forges in a simulated world, and a world must be over within milliseconds.</summary>
internal sealed class QuickSeal() : Seal(0x51_4D_53_31)
{
    private const ulong Prime = 0x9FB21C651E98DF25;

    public override void Mac(ReadOnlySpan<byte> signed, Span<byte> into)
    {
        var (low, high) = (0xCBF29CE484222325UL, (ulong)signed.Length);
        while (signed.Length >= 8)
        {
            low = (low ^ BinaryPrimitives.ReadUInt64LittleEndian(signed)) * Prime;
            high ^= low >> 29;
            signed = signed[8..];
        }

        foreach (var b in signed)
        {
            low = (low ^ b) * Prime;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(into, low);
        BinaryPrimitives.WriteUInt64LittleEndian(into[8..], high ^ (low >> 32));
    }
}

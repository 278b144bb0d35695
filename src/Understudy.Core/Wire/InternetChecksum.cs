using System.Buffers.Binary;

namespace Understudy.Core.Wire;

/// <summary>The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of all 16-bit words.</summary>
public static class InternetChecksum
{
    /// <summary>The running sum over more bytes; an odd last byte counts as if a zero followed it.</summary>
    public static uint Add(uint sum, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
            sum = (sum & 0xffff) + (sum >> 16);
            bytes = bytes[2..];
        }

        return bytes.IsEmpty ? sum : sum + ((uint)bytes[0] << 8);
    }

    /// <summary>Folds a sum. Over bytes that contain their own correct checksum it gives 0.</summary>
    public static ushort Fold(uint sum)
    {
        while (sum > 0xffff)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    /// <summary>The sum of IPv6's pseudo-header (RFC 8200 section 8.1).</summary>
    public static uint Ipv6PseudoHeader(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, int length, byte nextHeader)
    {
        Span<byte> tail = stackalloc byte[8];
        tail.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(tail, (uint)length);
        tail[7] = nextHeader;
        return Add(Add(Add(0, source), destination), tail);
    }
}

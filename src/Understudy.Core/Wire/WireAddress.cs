using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Understudy.Core.Wire;

/// <summary>An IPv4 or IPv6 address as a value: comparable and without allocation, where <see cref="IPAddress"/> would be an object each.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct WireAddress
{
    private readonly UInt128 bits;

    private WireAddress(UInt128 bits, int length)
    {
        this.bits = bits;
        Length = length;
    }

    /// <summary>4, 16, or 0 for none.</summary>
    public int Length { get; }

    public bool IsV6 => Length == 16;

    /// <summary>The address of these bytes in network order; none when there are neither 4 nor 16.</summary>
    public static WireAddress Of(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => new WireAddress(BinaryPrimitives.ReadUInt32BigEndian(bytes), 4),
        16 => new WireAddress(BinaryPrimitives.ReadUInt128BigEndian(bytes), 16),
        _ => default,
    };

    public static WireAddress Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out var length) ? Of(bytes[..length]) : default;
    }

    /// <summary>Writes <see cref="Length"/> bytes in network order and returns that many.</summary>
    public int Write(Span<byte> into)
    {
        switch (Length)
        {
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(into, (uint)bits);
                break;
            case 16:
                BinaryPrimitives.WriteUInt128BigEndian(into, bits);
                break;
        }

        return Length;
    }

    /// <summary>As an object, for people and settings. Allocates.</summary>
    /// <exception cref="InvalidOperationException">There is no address.</exception>
    public IPAddress ToIPAddress()
    {
        if (Length == 0)
        {
            throw new InvalidOperationException("no address");
        }

        Span<byte> bytes = stackalloc byte[16];
        return new IPAddress(bytes[..Write(bytes)]);
    }

    public override string ToString() => Length == 0 ? "-" : ToIPAddress().ToString();
}

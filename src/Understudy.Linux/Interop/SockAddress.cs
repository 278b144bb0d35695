using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary>
/// An IPv4 or IPv6 address and port as the kernel takes it (struct sockaddr_in, sockaddr_in6: 28 bytes at most), comparable and
/// without allocation. A link-local sender carries its interface index in the scope, and is another address without it.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public readonly record struct SockAddress
{
    /// <summary>Bytes of the longer form, sockaddr_in6.</summary>
    internal const int Bytes = 28;

    private readonly uint familyAndPort;
    private readonly uint flowOrV4;
    private readonly ulong high;
    private readonly ulong low;
    private readonly uint scope;

    private SockAddress(uint familyAndPort, uint flowOrV4, ulong high, ulong low, uint scope)
    {
        this.familyAndPort = familyAndPort;
        this.flowOrV4 = flowOrV4;
        this.high = high;
        this.low = low;
        this.scope = scope;
    }

    public bool IsV6 => (familyAndPort & 0xffff) == SysSocket.AF_INET6;

    public bool IsEmpty => familyAndPort == 0;

    public int Port => BinaryPrimitives.ReverseEndianness((ushort)(familyAndPort >> 16));

    /// <summary>What bind(2) and sendto(2) must be told.</summary>
    internal int Length => IsV6 ? 28 : 16;

    /// <summary>From what settings hold.</summary>
    /// <exception cref="ArgumentException">Neither IPv4 nor IPv6.</exception>
    public static SockAddress Of(IPAddress address, int port)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var length))
        {
            throw new ArgumentException($"{address} has no bytes", nameof(address));
        }

        var bigPort = (uint)BinaryPrimitives.ReverseEndianness((ushort)port) << 16;
        return length == 4
            ? new SockAddress(SysSocket.AF_INET | bigPort, MemoryMarshal.Read<uint>(bytes), 0, 0, 0)
            : new SockAddress(SysSocket.AF_INET6 | bigPort, 0, MemoryMarshal.Read<ulong>(bytes), MemoryMarshal.Read<ulong>(bytes[8..]), (uint)address.ScopeId);
    }

    /// <summary>The same address with another port.</summary>
    public SockAddress WithPort(int port) =>
        new((familyAndPort & 0xffff) | ((uint)BinaryPrimitives.ReverseEndianness((ushort)port) << 16), flowOrV4, high, low, scope);

    /// <summary>The address alone, as an object. Allocates.</summary>
    public IPAddress ToAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!IsV6)
        {
            MemoryMarshal.Write(bytes, flowOrV4);
            return new IPAddress(bytes[..4]);
        }

        MemoryMarshal.Write(bytes, high);
        MemoryMarshal.Write(bytes[8..], low);
        return new IPAddress(bytes, scope);
    }

    public override string ToString() => IsEmpty ? "-" : new IPEndPoint(ToAddress(), Port).ToString();
}

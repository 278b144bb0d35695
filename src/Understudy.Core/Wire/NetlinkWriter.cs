using System.Runtime.InteropServices;

namespace Understudy.Core.Wire;

/// <summary>
/// Writes netlink messages into a buffer of the caller, one after the other (netlink(7), RFC 3549 section 2.3). All numbers are in
/// the host's own byte order. It does not allocate; a buffer that is too short is our own error and throws.
/// </summary>
public ref struct NetlinkWriter(Span<byte> into)
{
    /// <summary>Bytes of struct nlmsghdr.</summary>
    public const int HeaderBytes = 16;

    private readonly Span<byte> into = into;
    private int start;

    /// <summary>Bytes written so far, all messages together.</summary>
    public int Length { get; private set; }

    /// <summary>Where the last message begun starts.</summary>
    public readonly int Start => start;

    public void Begin(ushort type, ushort flags, uint sequence)
    {
        start = Length;
        var header = Take(HeaderBytes);
        MemoryMarshal.Write(header[4..], type);
        MemoryMarshal.Write(header[6..], flags);
        MemoryMarshal.Write(header[8..], sequence);
        End();
    }

    /// <summary>The fixed part that follows the header, such as struct ifaddrmsg; padded to 4 bytes.</summary>
    public void Body(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Take(Align(bytes.Length)));
        End();
    }

    /// <summary>One attribute, padded to 4 bytes (RTA_ALIGN).</summary>
    /// <returns>Where its value starts in the buffer, for patching it later.</returns>
    public int Attribute(ushort type, scoped ReadOnlySpan<byte> value)
    {
        var attribute = Take(Align(4 + value.Length));
        MemoryMarshal.Write(attribute, (ushort)(4 + value.Length));
        MemoryMarshal.Write(attribute[2..], type);
        value.CopyTo(attribute[4..]);
        End();
        return Length - attribute.Length + 4;
    }

    public int Attribute(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        MemoryMarshal.Write(bytes, value);
        return Attribute(type, bytes);
    }

    internal static int Align(int length) => (length + 3) & ~3;

    private readonly void End() => MemoryMarshal.Write(into[start..], (uint)(Length - start));

    private Span<byte> Take(int bytes)
    {
        var taken = into.Slice(Length, bytes);
        taken.Clear();
        Length += bytes;
        return taken;
    }
}

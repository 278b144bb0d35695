using System.Buffers.Binary;

namespace Understudy.Core.Ldms;

/// <summary>Bytes that are written one behind the other and taken from the front; its room is used again, so that it allocates only until it has been as full as it gets.</summary>
public sealed class WireBuffer
{
    private const int Least = 4096;

    private byte[] bytes = new byte[Least];
    private int from;
    private int to;

    public int Count => to - from;

    /// <summary>What is there.</summary>
    public ReadOnlySpan<byte> Filled => bytes.AsSpan(from, to - from);

    /// <summary>Room behind what is there, which <see cref="Commit"/> makes part of it.</summary>
    /// <param name="count">So many bytes at least.</param>
    public Span<byte> Room(int count)
    {
        if (bytes.Length - to < count)
        {
            var used = to - from;
            if (bytes.Length < used + count)
            {
                var larger = new byte[Math.Max(bytes.Length * 2, used + count)];
                bytes.AsSpan(from, used).CopyTo(larger);
                bytes = larger;
            }
            else
            {
                bytes.AsSpan(from, used).CopyTo(bytes);
            }

            (from, to) = (0, used);
        }

        return bytes.AsSpan(to);
    }

    public void Commit(int count) => to += count;

    /// <summary>Takes bytes from the front.</summary>
    public void Drop(int count)
    {
        from += count;
        if (from == to)
        {
            (from, to) = (0, 0);
        }
    }

    /// <summary>Gives the room of a burst back, where nothing is in it.</summary>
    public void Shrink() => bytes = Count == 0 && bytes.Length > Least ? new byte[Least] : bytes;

    /// <summary>Room that is part of what is there at once, cleared.</summary>
    internal Span<byte> Take(int count)
    {
        var room = Room(count)[..count];
        room.Clear();
        to += count;
        return room;
    }

    internal void Put(ReadOnlySpan<byte> more) => more.CopyTo(Take(more.Length));

    internal void Put16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);

    internal void Put32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    internal void Put64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    internal void Native32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    internal void Native64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);
}

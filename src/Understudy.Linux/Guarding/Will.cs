using System.Runtime.InteropServices;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Guarding;

/// <summary>
/// What shall happen when the daemon dies: a block of memory that the daemon writes and the guardian reads. This class knows the
/// layout and nothing else; <see cref="WillWriter"/> and the guardian hold the two ends.
/// </summary>
/// <remarks>
/// A header, then one section a duty. A section has single words, which are always whole (deadline, version, process group), and
/// two copies of its text. The version's lowest bit names the valid copy; the writer fills the other and then raises the version,
/// so a daemon that is killed in the middle of a sentence leaves the sentence before.
/// </remarks>
internal sealed unsafe class Will : IDisposable
{
    /// <summary>Most duties of one daemon.</summary>
    internal const int MaxDuties = 64;

    /// <summary>Limits of one duty's section: removal messages (64 bytes an IPv6 address), command, and datagrams.</summary>
    internal const int MaxRemovalBytes = 12 * 1024, MaxCommandBytes = 4 * 1024, MaxDatagramBytes = 14 * 1024;

    private const ulong Magic = 0x0003_5944_5554_5355; // "USTUDY" and the layout's number
    private const int HeaderBytes = 4096, SectionBytes = 64 * 1024, CopyAt = 64, CopyBytes = (SectionBytes - CopyAt) / 2;

    /// <summary>The guardian rehearses in one section more than the daemon has.</summary>
    private const int Bytes = HeaderBytes + ((MaxDuties + 1) * SectionBytes);

    private byte* block;

    private Will(byte* block) => this.block = block;

    /// <summary>When the daemon's loop last turned, in boot ticks; 0 until its first turn.</summary>
    internal long Tick
    {
        get => Volatile.Read(ref *(long*)(block + 8));
        set => Volatile.Write(ref *(long*)(block + 8), value);
    }

    /// <summary>How old the tick may become before the daemon counts as frozen, in ticks; 0 for never.</summary>
    internal long FreezeLimit
    {
        get => Volatile.Read(ref *(long*)(block + 16));
        set => Volatile.Write(ref *(long*)(block + 16), value);
    }

    /// <summary>The daemon says that its end will be its own will.</summary>
    internal bool Orderly
    {
        get => Volatile.Read(ref *(int*)(block + 24)) != 0;
        set => Volatile.Write(ref *(int*)(block + 24), value ? 1 : 0);
    }

    /// <summary>The guardian's descriptor of the <see cref="Guarding.Lifeline"/> that the daemon shall take hold of; 0 when it has.</summary>
    internal int Lifeline
    {
        get => Volatile.Read(ref *(int*)(block + 28));
        set => Volatile.Write(ref *(int*)(block + 28), value);
    }

    /// <summary>Makes the block, empty.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    internal static Will Create(out int fd)
    {
        fd = Errno.Require(SysMman.MemFd("understudy will"), "memfd_create");
        _ = Errno.Require(Unistd.Truncate(fd, Bytes), "ftruncate");
        var will = new Will(SysMman.MapShared(fd, Bytes));
        *(ulong*)will.block = Magic;
        will.Clear();
        return will;
    }

    /// <summary>Opens the guardian's block.</summary>
    /// <exception cref="IOException">It cannot be opened, or is of another version of this program.</exception>
    internal static Will Open(string path)
    {
        var fd = Errno.Require(Unistd.Open(path, Unistd.O_RDWR), $"open {path}");
        try
        {
            var will = new Will(SysMman.MapShared(fd, Bytes));
            if (*(ulong*)will.block != Magic)
            {
                will.Dispose();
                throw new IOException($"{path} is not a will that this version can write");
            }

            return will;
        }
        finally
        {
            Unistd.Close(fd); // the mapping keeps the memory
        }
    }

    /// <summary>Forgets everything, before a new daemon starts.</summary>
    internal void Clear()
    {
        Tick = 0;
        FreezeLimit = 0;
        Orderly = false;
        for (var i = 0; i <= MaxDuties; i++)
        {
            if (Volatile.Read(ref Version(i)) != 0 || Volatile.Read(ref Deadline(i)) != long.MaxValue)
            {
                Volatile.Write(ref Version(i), 0);
                Volatile.Write(ref Deadline(i), long.MaxValue);
            }

            Volatile.Write(ref Group(i), 0);
        }
    }

    /// <summary>Boot ticks at which the duty's addresses must be gone; <see cref="long.MaxValue"/> for none.</summary>
    internal ref long Deadline(int duty) => ref *(long*)Section(duty);

    /// <summary>0: nothing to do. Else its lowest bit names the valid copy.</summary>
    internal ref long Version(int duty) => ref *(long*)(Section(duty) + 8);

    /// <summary>The process group of the command that runs for the duty; 0 for none.</summary>
    internal ref int Group(int duty) => ref *(int*)(Section(duty) + 16);

    internal Copy CopyOf(int duty, long version) => new(Section(duty) + CopyAt + ((version & 1) * CopyBytes));

    public void Dispose()
    {
        if (block is not null)
        {
            _ = SysMman.Unmap(block, Bytes);
            block = null;
        }
    }

    private byte* Section(int duty)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)duty, (uint)MaxDuties, nameof(duty));
        return block + HeaderBytes + ((long)duty * SectionBytes);
    }

    /// <summary>One copy of a section's text: a head, and three areas of fixed places. Lengths read from it are clamped to their areas.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly struct Copy(byte* at)
    {
        private const int RemovalsAt = 32, CommandAt = RemovalsAt + MaxRemovalBytes, DatagramsAt = CommandAt + MaxCommandBytes;

        internal ref int RemovalBytes => ref *(int*)at;

        internal ref int RemovalCount => ref *(int*)(at + 4);

        internal ref int CommandBytes => ref *(int*)(at + 8);

        internal ref int DatagramBytes => ref *(int*)(at + 12);

        /// <summary>How long the command may take, in ticks.</summary>
        internal ref long CommandLimit => ref *(long*)(at + 16);

        internal Span<byte> RemovalArea => new(at + RemovalsAt, MaxRemovalBytes);

        internal Span<byte> Removals => RemovalArea[..Math.Clamp(RemovalBytes, 0, MaxRemovalBytes)];

        /// <summary>Zero-terminated strings: path, verb, and lines of the environment.</summary>
        internal Span<byte> CommandArea => new(at + CommandAt, MaxCommandBytes);

        internal Span<byte> Command => CommandArea[..Math.Clamp(CommandBytes, 0, MaxCommandBytes)];

        internal Span<byte> DatagramArea => new(at + DatagramsAt, MaxDatagramBytes);

        internal Span<byte> Datagrams => DatagramArea[..Math.Clamp(DatagramBytes, 0, MaxDatagramBytes)];
    }

    /// <summary>Walks the datagrams of a section: from, to, length, bytes padded to 4.</summary>
    internal ref struct Datagrams(ReadOnlySpan<byte> bytes)
    {
        internal const int HeadBytes = (2 * SockAddress.Bytes) + sizeof(int);

        private ReadOnlySpan<byte> rest = bytes;

        internal bool Next(out SockAddress from, out SockAddress to, out ReadOnlySpan<byte> datagram)
        {
            from = default;
            to = default;
            datagram = default;
            if (rest.Length < HeadBytes)
            {
                return false;
            }

            var length = MemoryMarshal.Read<int>(rest[(2 * SockAddress.Bytes)..]);
            if (length < 0 || length > rest.Length - HeadBytes)
            {
                return false;
            }

            from = MemoryMarshal.Read<SockAddress>(rest);
            to = MemoryMarshal.Read<SockAddress>(rest[SockAddress.Bytes..]);
            datagram = rest.Slice(HeadBytes, length);
            rest = rest[Math.Min(HeadBytes + ((length + 3) & ~3), rest.Length)..];
            return true;
        }
    }
}

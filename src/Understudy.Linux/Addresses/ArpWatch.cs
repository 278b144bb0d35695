using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using Understudy.Core;
using Understudy.Core.Wire;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Addresses;

/// <summary>Another machine said that an address of ours is its own.</summary>
/// <param name="Index">The interface on which it was heard.</param>
/// <param name="Address">The address that it claims.</param>
/// <param name="Mac">The claimant's hardware address in the low 48 bits.</param>
/// <param name="At">When it was read.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RivalSeen(int Index, WireAddress Address, ulong Mac, Instant At)
{
    /// <summary>The claimant's hardware address as people write it. Allocates.</summary>
    public string MacText
    {
        get
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, Mac);
            return string.Join(':', Convert.ToHexStringLower(bytes[2..]).Chunk(2).Select(pair => new string(pair)));
        }
    }
}

/// <summary>
/// Hears a second claimant of our IPv4 addresses (RFC 5227 section 2.4): ARP whose sender address is ours and whose sender
/// hardware address is not. The kernel filters, so the loop wakes for rivals only. One interface; non-blocking; one thread reads.
/// </summary>
public sealed unsafe class ArpWatch : IDisposable
{
    private const int FrameBytes = 128;
    private const int MaxAddresses = 1000; // two instructions each, of BPF_MAXINSNS = 4096

    // Classic BPF, linux/bpf_common.h: load half-word and word at an absolute offset, jumps, return.
    private const ushort LoadHalf = 0x28, LoadWord = 0x20, JumpEqual = 0x15, JumpAlways = 0x05, Return = 0x06;
    private const int EtherTypeAt = 12, SenderMacAt = 22, SenderAddressAt = 28;

    private readonly byte[] frame = GC.AllocateArray<byte>(FrameBytes, pinned: true);
    private readonly byte[] ownMac;
    private readonly int index;
    private int fd;

    /// <summary>Opens the filter in the calling thread's network namespace.</summary>
    /// <param name="index">The interface.</param>
    /// <param name="mac">Its 6-byte hardware address; what comes from it is ourselves.</param>
    /// <param name="addresses">The IPv4 addresses to guard, at most 1000; others are left out. None: it hears nothing until <see cref="Guard"/>.</param>
    /// <exception cref="ArgumentException">Not 6 bytes, or too many addresses.</exception>
    /// <exception cref="IOException">The kernel refused (EPERM without CAP_NET_RAW, ENODEV).</exception>
    public ArpWatch(int index, ReadOnlySpan<byte> mac, IReadOnlyCollection<IPAddress> addresses)
    {
        if (mac.Length != ArpFrame.MacBytes || addresses.Count > MaxAddresses)
        {
            throw new ArgumentException($"a hardware address of {ArpFrame.MacBytes} bytes and at most {MaxAddresses} addresses", nameof(addresses));
        }

        this.index = index;
        ownMac = mac.ToArray();
        fd = Errno.Require(SysSocket.Open(SysSocket.AF_PACKET, SysSocket.SOCK_RAW | SysSocket.SOCK_NONBLOCK, 0), "socket(AF_PACKET)");
        try
        {
            _ = Errno.Require(Guard(addresses), "SO_ATTACH_FILTER");

            // Bound last: nothing passes before the filter is there.
            var name = new SysSocket.SockAddrLl
            {
                Family = SysSocket.AF_PACKET,
                Protocol = BinaryPrimitives.ReverseEndianness(ArpFrame.EtherType),
                Index = index,
            };
            _ = Errno.Require(SysSocket.Bind(fd, &name, sizeof(SysSocket.SockAddrLl)), "bind(AF_PACKET)");
        }
        catch
        {
            Unistd.Close(fd);
            throw;
        }
    }

    public int Fd => fd;

    /// <summary>
    /// Guards these addresses from now on, and no others: the kernel exchanges the filter in one step (socket(7), SO_ATTACH_FILTER), and what was
    /// heard before stays to be read. Allocates; opens and closes nothing, as closing a packet socket waits for the kernel (synchronize_net).
    /// </summary>
    /// <param name="addresses">As in the constructor; at most 1000.</param>
    /// <returns>0, or <c>-errno</c> (ENOMEM: net.core.optmem_max): then it guards what it guarded.</returns>
    public int Guard(IReadOnlyCollection<IPAddress> addresses)
    {
        if (addresses.Count > MaxAddresses)
        {
            return -Errno.EMSGSIZE;
        }

        var program = Program(ownMac, addresses);
        fixed (SysSocket.SockFilter* first = program)
        {
            var attach = new SysSocket.SockFprog { Length = (ushort)program.Length, Filter = first };
            return Math.Min(SysSocket.Set(fd, SysSocket.SOL_SOCKET, SysSocket.SO_ATTACH_FILTER, &attach, sizeof(SysSocket.SockFprog)), 0);
        }
    }

    /// <summary>Takes the next sighting. False when there is none now. A device that was made anew needs a new watch.</summary>
    public bool Read(out RivalSeen seen)
    {
        seen = default;
        fixed (byte* start = frame)
        {
            var n = SysSocket.Receive(fd, start, FrameBytes, 0);
            if (n <= 0 || !ArpFrame.TryRead(frame.AsSpan(0, n), out var arp))
            {
                return false;
            }

            seen = new RivalSeen(index, arp.Sender, Mac48(arp.SenderMac), BootClock.Now);
            return true;
        }
    }

    public void Dispose()
    {
        Unistd.Close(fd);
        fd = -1;
    }

    /// <summary>arp and (sender address is one of ours) and not (sender hardware address is ours). Jumps are forward, as BPF demands.</summary>
    internal static SysSocket.SockFilter[] Program(ReadOnlySpan<byte> mac, IReadOnlyCollection<IPAddress> addresses)
    {
        var program = new List<SysSocket.SockFilter>
        {
            new(LoadHalf, 0, 0, EtherTypeAt),
            new(JumpEqual, 1, 0, ArpFrame.EtherType),
            new(Return, 0, 0, 0),
            new(LoadWord, 0, 0, SenderAddressAt),
        };
        var ours = addresses.Select(WireAddress.Of).Where(a => a.Length == 4).ToList();
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < ours.Count; i++)
        {
            _ = ours[i].Write(bytes);
            program.Add(new(JumpEqual, 0, 1, BinaryPrimitives.ReadUInt32BigEndian(bytes)));
            program.Add(new(JumpAlways, 0, 0, (uint)((2 * (ours.Count - i - 1)) + 1))); // past the other addresses and the refusal
        }

        program.Add(new(Return, 0, 0, 0));
        program.Add(new(LoadWord, 0, 0, SenderMacAt));
        program.Add(new(JumpEqual, 0, 2, BinaryPrimitives.ReadUInt32BigEndian(mac)));
        program.Add(new(LoadHalf, 0, 0, SenderMacAt + 4));
        program.Add(new(JumpEqual, 1, 0, BinaryPrimitives.ReadUInt16BigEndian(mac[4..])));
        program.Add(new(Return, 0, 0, FrameBytes));
        program.Add(new(Return, 0, 0, 0));
        return [.. program];
    }

    private static ulong Mac48(ReadOnlySpan<byte> mac) =>
        ((ulong)BinaryPrimitives.ReadUInt16BigEndian(mac) << 32) | BinaryPrimitives.ReadUInt32BigEndian(mac[2..]);
}

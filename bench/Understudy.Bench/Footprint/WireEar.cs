using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Understudy.Core;
using Understudy.Lab.Worlds;
using Understudy.Linux.Clocks;

namespace Understudy.Bench.Footprint;

/// <summary>Whether a frame is one of those that are listened for.</summary>
internal delegate bool FrameFilter(ReadOnlySpan<byte> frame);

/// <summary>Hears the frames of one kind that reach a namespace, each with the kernel's own receive stamp: how late we read it does not count.</summary>
internal sealed unsafe class WireEar : IDisposable
{
    internal const ushort Arp = 0x0806, Ipv4 = 0x0800;      // linux/if_ether.h

    /// <summary>asm-generic/socket.h: SO_TIMESTAMPNS of 64-bit programs, and the type of the control message that carries the stamp.</summary>
    private const int SO_TIMESTAMPNS = 35;
    private const int AF_PACKET = 17;
    private const int FrameBytes = 256;

    private readonly Lock gate = new();
    private readonly List<Instant> heard = new(1 << 16);
    private readonly FrameFilter filter;
    private readonly int fd;
    private readonly Thread thread;
    private volatile bool stopped;

    /// <exception cref="IOException">The kernel refused the socket.</exception>
    internal WireEar(NetworkNamespace where, ushort kind, FrameFilter filter)
    {
        this.filter = filter;
        fd = where.Inside(() => Open(kind));
        thread = new Thread(Listen, 256 * 1024) { IsBackground = true, Name = "wire ear" };
        thread.Start();
    }

    internal int Count
    {
        get
        {
            lock (gate)
            {
                return heard.Count;
            }
        }
    }

    /// <summary>When each one arrived, in order.</summary>
    internal Instant[] Heard
    {
        get
        {
            lock (gate)
            {
                return [.. heard];
            }
        }
    }

    public void Dispose()
    {
        stopped = true;
        thread.Join();
        _ = LabLibc.close(fd);
    }

    private static int Open(ushort kind)
    {
        var opened = LabLibc.socket(AF_PACKET, LabLibc.SOCK_RAW | LabLibc.SOCK_CLOEXEC, BinaryPrimitives.ReverseEndianness(kind));
        var on = 1;
        if (opened < 0 || LabLibc.setsockopt(opened, LabLibc.SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(int)) != 0)
        {
            throw new IOException($"socket(AF_PACKET): {LabLibc.LastError}");
        }

        return opened;
    }

    private void Listen()
    {
        _ = LabLibc.MakePunctual();
        var entry = new LabLibc.PollEntry { Fd = fd, Events = LabLibc.POLLIN };
        var control = stackalloc byte[64];
        var frame = stackalloc byte[FrameBytes];
        while (!stopped)
        {
            if (LabLibc.poll(&entry, 1, 100) <= 0)
            {
                continue;
            }

            var piece = new LabLibc.Piece { Start = frame, Length = FrameBytes };
            var message = new LabLibc.MessageHeader { Pieces = &piece, PieceCount = 1, Control = control, ControlLength = 64 };
            var bytes = LabLibc.recvmsg(fd, &message, 0);
            if (bytes > 0 && filter(new ReadOnlySpan<byte>(frame, (int)bytes)))
            {
                var at = Stamp(control, message.ControlLength);
                lock (gate)
                {
                    heard.Add(at);
                }
            }
        }
    }

    /// <summary>struct cmsghdr (length of 8 bytes, level, type), then a timespec of the wall clock, which we read beside the boot clock.</summary>
    private static Instant Stamp(byte* control, nuint length)
    {
        var now = BootClock.Now;
        if (length < 32 || *(int*)(control + 8) != LabLibc.SOL_SOCKET || *(int*)(control + 12) != SO_TIMESTAMPNS)
        {
            return now;
        }

        var stamp = MemoryMarshal.Read<LabLibc.TimeSpec>(new ReadOnlySpan<byte>(control + 16, 16));
        var age = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks - ((stamp.Seconds * TimeSpan.TicksPerSecond) + (stamp.Nanoseconds / 100));
        return now - new TimeSpan(Math.Max(0, age));
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace Understudy.Linux.Interop;

/// <summary>Messages that carry descriptors from process to process: SCM_RIGHTS of unix(7). The receiver has descriptors of its own for the same open files; the sender keeps its.</summary>
public static unsafe class DescriptorSocket
{
    /// <summary>The kernel takes no more with one message: SCM_MAX_FD, include/net/scm.h.</summary>
    public const int MostAtOnce = 253;

    private const int AddressBytes = 110;

    // CMSG_ALIGN of cmsg(3) on a 64-bit Linux: the payload is rounded up to 8 bytes.
    private static int Space(int count) => sizeof(SysSocket.CMsgHdr) + (((count * sizeof(int)) + 7) & ~7);

    /// <summary>Sends one message with descriptors; nothing of it, or all.</summary>
    /// <param name="bytes">At least one.</param>
    /// <returns>0, or <c>-errno</c>: EPIPE where the other side has gone, EAGAIN where it does not read.</returns>
    public static int Send(int fd, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> descriptors)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, MostAtOnce, nameof(descriptors));
        var control = stackalloc byte[Space(MostAtOnce)];
        fixed (byte* at = bytes)
        {
            var vector = new SysSocket.IoVec { Base = at, Length = (nuint)bytes.Length };
            var message = new SysSocket.MsgHdr { Vectors = &vector, VectorCount = 1 };
            if (!descriptors.IsEmpty)
            {
                var header = (SysSocket.CMsgHdr*)control;
                (header->Length, header->Level, header->Type) = ((nuint)(sizeof(SysSocket.CMsgHdr) + (descriptors.Length * sizeof(int))), SysSocket.SOL_SOCKET, SysSocket.SCM_RIGHTS);
                descriptors.CopyTo(new Span<int>(header + 1, descriptors.Length));
                message.Control = control;
                message.ControlLength = (nuint)Space(descriptors.Length);
            }

            return Math.Min(SysSocket.SendMessage(fd, &message, SysSocket.MSG_NOSIGNAL), 0);
        }
    }

    /// <summary>Takes the next message.</summary>
    /// <param name="into">What is longer is cut.</param>
    /// <param name="descriptors">Its descriptors are added; they are the caller's to close.</param>
    /// <param name="closeAtExec">False: a program that we start has them too.</param>
    /// <returns>Bytes; 0 at the end; <c>-EAGAIN</c> for none; <c>-EMSGSIZE</c> where the process cannot have as many descriptors as came.</returns>
    public static int Receive(int fd, Span<byte> into, List<int> descriptors, bool closeAtExec = true)
    {
        var control = stackalloc byte[Space(MostAtOnce)];
        fixed (byte* at = into)
        {
            var vector = new SysSocket.IoVec { Base = at, Length = (nuint)into.Length };
            var message = new SysSocket.MsgHdr { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = (nuint)Space(MostAtOnce) };
            var count = SysSocket.ReceiveMessage(fd, &message, SysSocket.MSG_DONTWAIT | (closeAtExec ? SysSocket.MSG_CMSG_CLOEXEC : 0));
            if (count < 0)
            {
                return count;
            }

            var header = (SysSocket.CMsgHdr*)control;
            if (message.ControlLength >= (nuint)sizeof(SysSocket.CMsgHdr) && header->Level == SysSocket.SOL_SOCKET && header->Type == SysSocket.SCM_RIGHTS)
            {
                descriptors.AddRange(new ReadOnlySpan<int>(header + 1, ((int)header->Length - sizeof(SysSocket.CMsgHdr)) / sizeof(int)));
            }

            return (message.Flags & SysSocket.MSG_CTRUNC) == 0 ? count : -Errno.EMSGSIZE;
        }
    }

    /// <summary>Sends one datagram with descriptors to a socket by its path, or by its abstract name behind <c>@</c>, as NOTIFY_SOCKET says it (sd_notify(3)).</summary>
    /// <param name="limit">How long a receiver whose queue is full is waited for.</param>
    /// <returns>0, or <c>-errno</c>.</returns>
    public static int SendTo(string address, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> descriptors, TimeSpan limit)
    {
        var name = stackalloc byte[AddressBytes];
        new Span<byte>(name, AddressBytes).Clear();
        *(ushort*)name = SysSocket.AF_UNIX;
        if (!Encoding.UTF8.TryGetBytes(address, new Span<byte>(name + 2, UnixSocket.MaxPathBytes), out var length) || length == 0)
        {
            return -Errno.EINVAL;
        }

        if (address[0] == '@')
        {
            name[2] = 0;
        }

        var fd = SysSocket.Open(SysSocket.AF_UNIX, SysSocket.SOCK_DGRAM, 0);
        if (fd < 0)
        {
            return fd;
        }

        var span = stackalloc long[2];      // struct timeval of a 64-bit Linux
        (span[0], span[1]) = ((long)limit.TotalSeconds, limit.Microseconds + (1000L * limit.Milliseconds));
        _ = SysSocket.Set(fd, SysSocket.SOL_SOCKET, SysSocket.SO_SNDTIMEO, span, 2 * sizeof(long));
        var result = SysSocket.Connect(fd, name, 2 + length);
        result = result < 0 ? result : Send(fd, bytes, descriptors);
        Unistd.Close(fd);
        return result;
    }

    /// <summary>The process and the user at the other end of a connection, as they were when it was made: SO_PEERCRED of unix(7).</summary>
    /// <returns>(-1, -1) where the kernel does not say.</returns>
    public static (int Process, long User) Peer(int fd)
    {
        var peer = default(SysSocket.UCred);
        return SysSocket.Get(fd, SysSocket.SOL_SOCKET, SysSocket.SO_PEERCRED, &peer, sizeof(SysSocket.UCred)) < 0 ? (-1, -1) : (peer.Process, peer.User);
    }

    /// <summary>The peer is of our own user, or root: who else can connect must not have what is handed over.</summary>
    public static bool IsOurs(int fd) => Peer(fd).User is var user && (user == 0 || user == Stat.OurId);

    /// <summary>What an open descriptor is, as the kernel calls it: <c>socket:[INODE]</c> for a socket, the same in every process that has it (proc_pid_fd(5)); null for one that is not open.</summary>
    public static string? NameOf(int fd)
    {
        try
        {
            return new FileInfo($"/proc/self/fd/{fd}").LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>A descriptor that another process opened for us is not for the programs that we start; or it is.</summary>
    public static void Keep(int fd, bool closedAtExec = true) => _ = Unistd.CloseAtExec(fd, closedAtExec);
}

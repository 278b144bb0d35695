using System.Buffers.Binary;
using System.Net;
using System.Text.Json;

namespace Understudy.Lab.Worlds;

/// <summary>Knows at each moment which hosts have the service addresses configured, also while they are cut from each other.</summary>
/// <remarks>One rtnetlink socket in the wires' namespace hears the address events of both hosts (NETLINK_LISTEN_ALL_NSID). With a socket a host
/// the order of two events would be the order in which we happen to read; one queue keeps the order in which the kernel did things, so
/// that a hand-over within microseconds is not mistaken for two holders, nor two holders for a hand-over.</remarks>
public sealed unsafe class AddressWatch : IDisposable
{
    /// <summary>How the wires' namespace calls the hosts'. They must be called so before a link joins them, or the kernel picks names.</summary>
    internal const int AlphaId = 1;

    internal const int BetaId = 2;

    /// <summary>rtnetlink(7).</summary>
    private const ushort NewAddress = 20;
    private const ushort DeleteAddress = 21;
    private const ushort LocalAttribute = 2;
    private const ushort AddressAttribute = 1;

    /// <summary>RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR of linux/rtnetlink.h.</summary>
    private const uint Groups = 0x10 | 0x100;

    private readonly Lock gate = new();
    private readonly List<AddressChange> changes = new(4096);
    private readonly bool[] has = new bool[4];
    private readonly NetworkNamespace alpha;
    private readonly NetworkNamespace beta;
    private readonly byte[] service = Place.ServiceAddress.GetAddressBytes();
    private readonly byte[] service6 = Place.ServiceAddress6.GetAddressBytes();
    private readonly int fd;
    private readonly Thread thread;
    private volatile bool overran;
    private volatile bool stopped;

    internal AddressWatch(NetworkNamespace wires, NetworkNamespace alpha, NetworkNamespace beta)
    {
        this.alpha = alpha;
        this.beta = beta;
        fd = wires.Inside(Open);
        thread = new Thread(Watch) { IsBackground = true, Name = "address watch" };
        thread.Start();
    }

    /// <summary>Everything that happened since the world was built, oldest first.</summary>
    public IReadOnlyList<AddressChange> Changes
    {
        get
        {
            lock (gate)
            {
                return [.. changes];
            }
        }
    }

    public bool Has(Host host)
    {
        lock (gate)
        {
            return has[Index(host, six: false)];
        }
    }

    /// <summary>Compares what we heard with what the kernel says now; null where they agree, else what is wrong with our record.</summary>
    public string? Disagreement()
    {
        // Events may be on their way: look again for a while before calling it wrong.
        string? wrong = null;
        LabClock.WaitUntil(() => (wrong = DisagreementNow()) is null, TimeSpan.FromSeconds(1));
        return wrong;
    }

    public void Dispose()
    {
        stopped = true;
        thread.Join();
        _ = LabLibc.close(fd);
    }

    private static int Index(Host host, bool six) => (host == Host.Beta ? 1 : 0) + (six ? 2 : 0);

    private static int Open()
    {
        var opened = LabLibc.socket(LabLibc.AF_NETLINK, LabLibc.SOCK_RAW | LabLibc.SOCK_CLOEXEC | LabLibc.SOCK_NONBLOCK, 0);
        var yes = 1;
        var size = 4 << 20;

        // struct sockaddr_nl: family, pad, pid, groups.
        var address = stackalloc uint[] { LabLibc.AF_NETLINK, 0, Groups };

        // A large buffer is a comfort that a user namespace may not have: an overrun is noticed anyway.
        _ = LabLibc.setsockopt(opened, LabLibc.SOL_SOCKET, LabLibc.SO_RCVBUFFORCE, &size, sizeof(int));
        if (opened < 0
            || LabLibc.setsockopt(opened, LabLibc.SOL_NETLINK, LabLibc.NETLINK_LISTEN_ALL_NSID, &yes, sizeof(int)) != 0
            || LabLibc.bind(opened, address, 12) != 0)
        {
            throw new IOException($"address watch: {LabLibc.LastError}");
        }

        return opened;
    }

    private string? DisagreementNow()
    {
        if (overran)
        {
            return "address events were lost: the socket's buffer overran";
        }

        foreach (var (host, place) in new[] { (Host.Alpha, alpha), (Host.Beta, beta) })
        {
            var json = Shell.Run("ip", null, "-n", place.Name, "-j", "address", "show");
            using var dump = JsonDocument.Parse(json);
            var there = dump.RootElement.EnumerateArray()
                .SelectMany(device => device.TryGetProperty("addr_info", out var list) ? list.EnumerateArray() : default)
                .Select(entry => entry.TryGetProperty("local", out var local) ? local.GetString() : null)
                .ToHashSet(StringComparer.Ordinal);
            foreach (var (six, address) in new[] { (false, Place.ServiceAddress), (true, Place.ServiceAddress6) })
            {
                bool heard;
                lock (gate)
                {
                    heard = has[Index(host, six)];
                }

                if (there.Contains(address.ToString()) != heard)
                {
                    return $"{host} has {address}: {!heard} by the dump, {heard} by the events";
                }
            }
        }

        return null;
    }

    private void Watch()
    {
        LabLibc.MakePunctual();
        const int Room = 32 * 1024;
        var buffer = new byte[Room];
        var entry = new LabLibc.PollEntry { Fd = fd, Events = LabLibc.POLLIN };
        var control = stackalloc byte[64];
        fixed (byte* start = buffer)
        {
            while (!stopped)
            {
                if (LabLibc.poll(&entry, 1, 200) <= 0)
                {
                    continue;
                }

                var piece = new LabLibc.Piece { Start = start, Length = Room };
                var message = new LabLibc.MessageHeader { Pieces = &piece, PieceCount = 1, Control = control, ControlLength = 64 };
                var bytes = LabLibc.recvmsg(fd, &message, 0);
                var at = LabClock.Now;
                if (bytes > 0)
                {
                    Read(at, NamespaceId(control, message.ControlLength), buffer.AsSpan(0, (int)bytes));
                }
                else if (System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == LabLibc.ENOBUFS)
                {
                    overran = true;
                }
            }
        }
    }

    /// <summary>struct cmsghdr: length (8 bytes), level, type, then an int.</summary>
    private static int NamespaceId(byte* control, nuint length) =>
        length >= 20 && *(int*)(control + 8) == LabLibc.SOL_NETLINK && *(int*)(control + 12) == LabLibc.NETLINK_LISTEN_ALL_NSID
            ? *(int*)(control + 16)
            : 0;

    private void Read(long at, int namespaceId, ReadOnlySpan<byte> messages)
    {
        if (namespaceId is not (AlphaId or BetaId))
        {
            return;
        }

        var host = namespaceId == AlphaId ? Host.Alpha : Host.Beta;

        // struct nlmsghdr is 16 bytes, struct ifaddrmsg 8; both and attributes are padded to 4.
        while (messages.Length >= 24)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(messages);
            if (length < 24 || length > messages.Length)
            {
                return;
            }

            var kind = BinaryPrimitives.ReadUInt16LittleEndian(messages[4..]);
            if (kind is NewAddress or DeleteAddress && AddressOf(messages[24..length]) is { } six)
            {
                Note(new AddressChange(at, host, six, kind == NewAddress));
            }

            messages = messages[Math.Min(messages.Length, (length + 3) & ~3)..];
        }
    }

    /// <summary>False for our IPv4 address, true for our IPv6 one, null for any other.</summary>
    private bool? AddressOf(ReadOnlySpan<byte> attributes)
    {
        while (attributes.Length >= 4)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            if (length < 4 || length > attributes.Length)
            {
                return null;
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) is LocalAttribute or AddressAttribute)
            {
                var value = attributes[4..length];
                if (value.SequenceEqual(service))
                {
                    return false;
                }

                if (value.SequenceEqual(service6))
                {
                    return true;
                }
            }

            attributes = attributes[Math.Min(attributes.Length, (length + 3) & ~3)..];
        }

        return null;
    }

    private void Note(AddressChange change)
    {
        lock (gate)
        {
            var index = Index(change.Host, change.Six);
            if (has[index] != change.Has)
            {
                has[index] = change.Has;
                changes.Add(change);
            }
        }
    }
}

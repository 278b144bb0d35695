using System.Runtime.InteropServices;
using System.Text;
using Understudy.Core.Wire;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Addresses;

/// <summary>What the kernel told about interfaces and addresses.</summary>
public enum NetworkChange
{
    /// <summary>An interface is there in this condition; also told for each one at the start and after a loss.</summary>
    LinkChanged,

    /// <summary>An interface is gone, and its addresses with it.</summary>
    LinkGone,

    /// <summary>An address is there, or its lifetime was refreshed.</summary>
    AddressAdded,

    AddressGone,

    /// <summary>Events were lost (ENOBUFS): what was known is doubtful until <see cref="Resynced"/>; the whole state follows.</summary>
    Resync,

    /// <summary>The whole state has been told: what was not in it since <see cref="Resync"/> or the start is gone.</summary>
    Resynced,
}

/// <summary>One event of <see cref="AddressWatch"/>; which members mean something depends on <see cref="Kind"/>.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct NetworkEvent(NetworkChange Kind, int Index, string? Name, bool Up, bool Carrier, WireAddress Address, byte Protocol);

/// <summary>
/// Subscribes to the changes of interfaces and addresses of one network namespace. Its descriptor goes into the loop's epoll; one
/// thread reads. It allocates only when an interface gets a name that it did not have before.
/// </summary>
public sealed unsafe class AddressWatch : IDisposable
{
    private const int NETLINK_ROUTE = 0;
    private const int ReceiveBytes = 32 * 1024;
    private const int MostRestarts = 8; // of a telling that is overtaken again and again; then it counts as told, and events correct it
    private const int SocketBufferBytes = 4 << 20; // 4 MiB: some 5,000 events while the loop does not look

    private readonly byte[] received = GC.AllocateArray<byte>(ReceiveBytes, pinned: true);
    private readonly byte[] request = GC.AllocateArray<byte>(64, pinned: true);
    private readonly Dictionary<int, string> names = [];
    private int fd;
    private int at;
    private int end;
    private uint sequence;
    private Stage stage;
    private int restarts;
    private bool again;
    private bool lost;

    /// <summary>Subscribes in the calling thread's network namespace and asks for the present state, which arrives as events.</summary>
    /// <exception cref="IOException">The kernel refused (EMFILE, ENOMEM).</exception>
    public AddressWatch()
    {
        fd = Errno.Require(SysSocket.Open(SysSocket.AF_NETLINK, SysSocket.SOCK_RAW | SysSocket.SOCK_NONBLOCK, NETLINK_ROUTE), "socket(AF_NETLINK)");
        _ = SysSocket.SetReceiveBuffer(fd, SocketBufferBytes);
        var name = new SysSocket.SockAddrNl
        {
            Family = SysSocket.AF_NETLINK,
            Groups = RouteMessage.LinkGroup | RouteMessage.Ipv4AddressGroup | RouteMessage.Ipv6AddressGroup,
        };
        _ = Errno.Require(SysSocket.Bind(fd, &name, sizeof(SysSocket.SockAddrNl)), "bind(AF_NETLINK)");
        Ask(Stage.Links);
    }

    private enum Stage
    {
        Idle,
        Links,
        Ipv4,
        Ipv6,
    }

    public int Fd => fd;

    /// <summary>How often events were lost.</summary>
    public long Losses { get; private set; }

    /// <summary>Takes the next event. False when there is none now; bound the number of calls in one turn of the loop.</summary>
    public bool Read(out NetworkEvent change)
    {
        while (true)
        {
            while (at < end)
            {
                var reader = new NetlinkReader(received.AsSpan(at, end - at));
                if (!reader.Next(out var message))
                {
                    break; // a datagram that is not netlink; nobody but the kernel can send us one
                }

                at += NetlinkWriter.HeaderBytes + Aligned(message.Body.Length);
                if (Understand(message, out change))
                {
                    return true;
                }
            }

            if (!Fill(out change))
            {
                return change.Kind == NetworkChange.Resync;
            }
        }
    }

    public void Dispose()
    {
        Unistd.Close(fd);
        fd = -1;
    }

    private static int Aligned(int length) => (length + 3) & ~3;

    private bool Fill(out NetworkEvent nothing)
    {
        nothing = default;
        fixed (byte* start = received)
        {
            var n = SysSocket.Receive(fd, start, ReceiveBytes, 0);
            at = 0;
            end = Math.Max(n, 0);
            if (n == -Errno.ENOBUFS)
            {
                Losses++;
                nothing = new NetworkEvent(NetworkChange.Resync, 0, null, false, false, default, 0);
                if (stage == Stage.Idle)
                {
                    Ask(Stage.Links);
                }
                else
                {
                    lost = true; // one dump at a time: the kernel answers EBUSY to a second
                }
            }

            return n > 0;
        }
    }

    private bool Understand(in NetlinkMessage message, out NetworkEvent change)
    {
        change = default;
        var asked = stage != Stage.Idle && message.Sequence == sequence;
        if (asked)
        {
            again |= (message.Flags & RouteMessage.DumpInterrupted) != 0;
        }

        switch (message.Type)
        {
            case RouteMessage.NewLink or RouteMessage.DelLink when LinkMessage.TryRead(message.Body, out var link):
                change = Link(link, message.Type == RouteMessage.DelLink);
                return true;
            case RouteMessage.NewAddress or RouteMessage.DelAddress when AddressMessage.TryRead(message.Body, out var address):
                change = new NetworkEvent(
                    message.Type == RouteMessage.NewAddress ? NetworkChange.AddressAdded : NetworkChange.AddressGone,
                    address.Subject.Index, names.GetValueOrDefault(address.Subject.Index), false, false, address.Subject.Address, address.Protocol);
                return true;
            case RouteMessage.Done or RouteMessage.Error when asked:
                return Advance(out change); // an error: no such family here (IPv6 can be absent), so nothing is to be told of it
            default:
                return false; // link messages of bridges, and families that we do not follow
        }
    }

    /// <summary>One dump is through; the next, or the first again when something was lost or overtaken meanwhile.</summary>
    private bool Advance(out NetworkEvent change)
    {
        change = default;
        var next = (lost || again) && ++restarts <= MostRestarts ? Stage.Links : stage switch
        {
            Stage.Links => Stage.Ipv4,
            Stage.Ipv4 => Stage.Ipv6,
            Stage.Ipv6 or Stage.Idle => Stage.Idle,
        };
        if (next != Stage.Idle)
        {
            Ask(next);
            return false;
        }

        stage = Stage.Idle;
        restarts = 0;
        change = new NetworkEvent(NetworkChange.Resynced, 0, null, false, false, default, 0);
        return true;
    }

    private NetworkEvent Link(in LinkMessage link, bool gone)
    {
        Span<char> letters = stackalloc char[16];
        var length = Encoding.UTF8.TryGetChars(link.Name, letters, out var written) ? written : 0;
        if (!names.TryGetValue(link.Index, out var name) || !letters[..length].SequenceEqual(name))
        {
            name = length > 0 ? letters[..length].ToString() : name;
        }

        if (gone)
        {
            _ = names.Remove(link.Index);
        }
        else if (name is not null)
        {
            names[link.Index] = name;
        }

        return new NetworkEvent(
            gone ? NetworkChange.LinkGone : NetworkChange.LinkChanged, link.Index, name, !gone && link.Up, !gone && link.Carrier, default, 0);
    }

    private void Ask(Stage what)
    {
        stage = what;
        if (what == Stage.Links)
        {
            again = false;
            lost = false;
        }

        var writer = new NetlinkWriter(request);
        if (what == Stage.Links)
        {
            LinkMessage.WriteDump(ref writer);
        }
        else
        {
            AddressMessage.WriteDump(ref writer, what == Stage.Ipv4 ? RouteMessage.Ipv4 : RouteMessage.Ipv6, 0);
        }

        MemoryMarshal.Write(request.AsSpan(8), ++sequence);
        fixed (byte* start = request)
        {
            if (SysSocket.Send(fd, start, writer.Length, 0) < 0)
            {
                stage = Stage.Idle; // ENOBUFS or ENOMEM: the next loss, or the owner's own look, asks again
            }
        }
    }
}

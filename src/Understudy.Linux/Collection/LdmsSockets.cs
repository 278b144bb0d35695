using System.Net;
using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Collection;

/// <summary>
/// All LDMS connections of a loop, and its listeners. The loop's thread owns them: it waits on the <see cref="EpollSet"/>, gives each tag that is ours to <see cref="Turn"/>, calls <see cref="Tick"/> at
/// least as often as limits matter, and <see cref="Flush"/> before it waits again.
/// </summary>
/// <param name="firstTag">Tags from here on, a million of them, are ours in the epoll set.</param>
public sealed class LdmsSockets(EpollSet epoll, ISetsSource sets, ulong firstTag) : IDisposable
{
    public const ulong Tags = 1_000_000;

    private const int Backlog = 128;

    private readonly Dictionary<ulong, LdmsConnection> connections = [];
    private readonly Dictionary<ulong, Listener> listeners = [];
    private readonly HashSet<LdmsConnection> touched = [];
    private readonly List<LdmsConnection> scratch = [];
    private readonly byte[] readRoom = new byte[64 << 10];
    private readonly ulong railGeneration = (ulong)(Time.Ticks(Time.CLOCK_REALTIME) / 10);
    private ulong nextTag;

    private sealed record Listener(int Fd, ILdmsEars Ears, LdmsEnd End, int MaxConnections);

    /// <summary>When the loop looked last.</summary>
    public Instant Now { get; private set; } = BootClock.Now;

    public ISetsSource Sets => sets;

    /// <summary>Where a connection reads into, until what was read is heard.</summary>
    internal Span<byte> ReadRoom => readRoom;

    /// <summary>What the sets of all connections have in common.</summary>
    internal KnownForms Forms { get; } = new();

    public IReadOnlyCollection<LdmsConnection> Connections => connections.Values;

    /// <summary>Is the tag one of ours?</summary>
    public bool Owns(ulong tag) => tag >= firstTag && tag < firstTag + Tags;

    /// <summary>Connects. Never fails at once: <see cref="ILdmsEars.Closed"/> tells, at the earliest in the next turn.</summary>
    /// <param name="name">For people; empty for the address.</param>
    public LdmsConnection Connect(IPAddress address, int port, LdmsEnd end, ILdmsEars ears, string name = "")
    {
        var to = SockAddress.Of(address, port);
        var fd = TcpSocket.Connect(to, end.Silence);
        var tag = NextTag();
        var connection = new LdmsConnection(this, ears, end, fd, name.Length > 0 ? name : to.ToString(), isOurs: true, tag);
        connections[tag] = connection;
        if (fd >= 0)
        {
            epoll.Add(fd, tag);
        }

        _ = touched.Add(connection);
        return connection;
    }

    /// <summary>Listens.</summary>
    /// <param name="port">0 lets the kernel choose.</param>
    /// <param name="maxConnections">Accepted ones at once; further ones are hung up on.</param>
    /// <returns>The port.</returns>
    /// <exception cref="IOException">The kernel refused.</exception>
    public int Listen(IPAddress address, int port, LdmsEnd end, ILdmsEars ears, int maxConnections = 10_000)
    {
        var fd = TcpSocket.Listen(address, port, Backlog);
        var tag = NextTag();
        listeners[tag] = new Listener(fd, ears, end, maxConnections);
        epoll.Add(fd, tag);
        return TcpSocket.LocalAddress(fd).Port;
    }

    /// <summary>Something is ready.</summary>
    public void Turn(ulong tag, Instant now)
    {
        Now = now;
        if (connections.TryGetValue(tag, out var connection))
        {
            connection.Turn();
            _ = !connection.IsClosed && touched.Add(connection);
        }
        else if (listeners.TryGetValue(tag, out var listener))
        {
            Accept(listener);
        }
    }

    /// <summary>Closes what took too long to open or to answer.</summary>
    public void Tick(Instant now)
    {
        Now = now;
        scratch.AddRange(connections.Values);
        foreach (var connection in scratch)
        {
            if (connection.IsLateToOpen(now))
            {
                connection.Close($"did not open the connection within {connection.End.OpenLimit.TotalSeconds:0.###} s");
            }
            else if (connection.IsLateToAnswer(now))
            {
                connection.Close($"did not answer within {connection.End.AnswerLimit.TotalSeconds:0.###} s");
            }
        }

        scratch.Clear();
    }

    /// <summary>After a burst, when it is calm: room that is not needed any more goes back.</summary>
    public void Shrink()
    {
        foreach (var connection in connections.Values)
        {
            connection.Shrink();
        }
    }

    /// <summary>Sends what was gathered since the last time. Before each wait.</summary>
    public void Flush()
    {
        while (touched.Count > 0)
        {
            scratch.AddRange(touched);
            touched.Clear();
            foreach (var connection in scratch)
            {
                connection.Send();
                if (!connection.IsClosed && connection.Watch != connection.WantedWatch)
                {
                    connection.Watch = connection.WantedWatch;
                    epoll.AwaitRoom(connection.Fd, connection.SocketTag, connection.Watch.Room, connection.Watch.Input);
                }
            }

            scratch.Clear();
        }
    }

    /// <summary>Tells those who asked for notice that there is a set more.</summary>
    public void TellAdded(DirectoryEntry entry) => Tell(DirKind.Added, entry);

    /// <summary>Tells those who asked for notice that what the directory says of a set has changed.</summary>
    public void TellUpdated(DirectoryEntry entry) => Tell(DirKind.Updated, entry);

    /// <summary>A set is no more: tells those who have looked it up. <see cref="ISetsSource.Find"/> must not give it any more.</summary>
    public void Withdraw(OfferedSet set)
    {
        foreach (var connection in connections.Values)
        {
            connection.Withdraw(set);
        }
    }

    /// <summary>Closes everything; nobody is told.</summary>
    public void Dispose()
    {
        foreach (var connection in connections.Values)
        {
            TcpSocket.Close(connection.Fd);
        }

        foreach (var listener in listeners.Values)
        {
            TcpSocket.Close(listener.Fd);
        }

        connections.Clear();
        listeners.Clear();
    }

    /// <summary>What we say of ourselves.</summary>
    internal ConnectBytes Introduction(LdmsEnd end) => new(end.Auth, Pid: (uint)Environment.ProcessId, RailGeneration: railGeneration);

    internal void Touch(LdmsConnection connection) => touched.Add(connection);

    internal void Forget(LdmsConnection connection)
    {
        _ = connection.Fd < 0 ? 0 : epoll.Remove(connection.Fd);
        _ = connections.Remove(connection.SocketTag);
        _ = touched.Remove(connection);
    }

    private void Tell(DirKind kind, DirectoryEntry entry)
    {
        byte[]? json = null;
        foreach (var connection in connections.Values)
        {
            if (connection.WantsNotices)
            {
                connection.Notice(kind, json ??= DirectoryText.Notice(entry));
            }
        }
    }

    private void Accept(Listener listener)
    {
        for (var fd = TcpSocket.Accept(listener.Fd, listener.End.Silence); fd >= 0; fd = TcpSocket.Accept(listener.Fd, listener.End.Silence))
        {
            if (connections.Count >= listener.MaxConnections)
            {
                TcpSocket.Close(fd);
                continue;
            }

            var tag = NextTag();
            connections[tag] = new LdmsConnection(this, listener.Ears, listener.End, fd, TcpSocket.RemoteAddress(fd).ToString(), isOurs: false, tag);
            epoll.Add(fd, tag);
        }
    }

    private ulong NextTag()
    {
        ulong tag;
        do
        {
            tag = firstTag + (nextTag++ % Tags);
        }
        while (connections.ContainsKey(tag) || listeners.ContainsKey(tag));
        return tag;
    }
}

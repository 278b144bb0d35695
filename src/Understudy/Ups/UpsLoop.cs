using System.Globalization;
using System.Text;
using Understudy.Core;
using Understudy.Core.Ups;
using Understudy.Daemon;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;
using Understudy.Linux.Ups;

#pragma warning disable CA1416 // file modes exist wherever this program runs: on Linux

namespace Understudy.Ups;

/// <summary>What a proxy wants of its process. Called on the loop's thread; none of it may wait.</summary>
internal interface IUpsErrands
{
    void Decided(ProxyDecision decision);

    void Remember();

    /// <summary>Read ups.conf again. The result is posted to <see cref="UpsProxy.Done"/>.</summary>
    void Reload(string? ticket, bool orExit);

    /// <summary>Have the device's power cut. The result is posted to <see cref="UpsProxy.Done"/>.</summary>
    void Shutdown(string ticket);

    /// <summary>The loop has turned: systemd may know.</summary>
    void Turned(Instant now);

    /// <summary>Another process wants to go on with this UPS, and everything has been sent that was to be. True when it does: then this one must touch nothing any more.</summary>
    bool HandOver(HandoverDoor door);
}

/// <summary>
/// The sockets of a proxy, and the one loop over them: it waits, reads everything that is there, lets the proxy settle, and sends. It never waits for a source or a client alone, so that
/// PING is answered at once whatever they do.
/// </summary>
internal sealed partial class UpsLoop : IDisposable
{
    private const ulong MailTag = 1, ListenTag = 2, FolderTag = 3, DoorTag = 4, SourceTag = 1000, ClientTag = 1_000_000;

    /// <summary>The backlog of NUT's own drivers (dstate.c).</summary>
    private const int Backlog = 16;

    /// <summary>0660, as NUT's drivers make their sockets (dstate.c): upsd is of the group.</summary>
    private const UnixFileMode SocketMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>A source that is away is tried so soon again, then ever later; that its socket appears is told to us by the kernel, so this is for what nobody tells.</summary>
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(2);

    private readonly UpsProxy proxy;
    private readonly IUpsErrands errands;
    private readonly Mailbox mail;
    private readonly string[] paths;
    private readonly string stateFolder;
    private int listener = -1;
    private string? listenPath;
    private HandoverDoor? door;
    private readonly LineSocket?[] sources;
    private readonly LineTaker[] takers;
    private readonly Instant[] tryAt;
    private readonly TimeSpan[] retry;
    private readonly Dictionary<int, LineSocket> clients = [];
    private readonly HashSet<int> awaitingRoom = [];
    private readonly EpollSet epoll = new();
    private readonly FolderWatch folder;
    private readonly Ready[] ready = new Ready[EpollSet.MaxReady];
    private readonly List<string> words = [];
    private int nextClient;
    private Instant now;
    private Instant readAt;
    private Instant settleAt;
    private bool ending;

    /// <param name="stateFolder">Where the sources' sockets are, and ours is made.</param>
    internal UpsLoop(UpsProxy proxy, string stateFolder, Mailbox mail, IUpsErrands errands)
    {
        (this.proxy, this.stateFolder, this.mail, this.errands) = (proxy, stateFolder, mail, errands);
        paths = [.. proxy.Rules.Sources.Select(s => Path.Combine(stateFolder, s))];
        sources = new LineSocket?[paths.Length];
        takers = [.. paths.Select((_, i) => (LineTaker)(line => proxy.SourceSaid(i, line, now)))];
        tryAt = new Instant[paths.Length];
        retry = new TimeSpan[paths.Length];
        Array.Fill(retry, s_firstRetry);
        folder = new FolderWatch(stateFolder);
        if (folder.Fd >= 0)
        {
            epoll.Add(folder.Fd, FolderTag);
        }
    }

    /// <summary>Makes our socket: clients can connect from here on.</summary>
    /// <param name="socketName">program-ups.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    internal void Open(string socketName)
    {
        listenPath = Path.Combine(stateFolder, socketName);

        // It listens before it has its name: who finds the name can connect.
        var unnamed = $"{listenPath}.new";
        File.Delete(unnamed);
        listener = UnixSocket.Listen(unnamed, Backlog);
        File.SetUnixFileMode(unnamed, SocketMode);
        File.Move(unnamed, listenPath, overwrite: true);
        epoll.Add(mail.Fd, MailTag);
        epoll.Add(listener, ListenTag);
    }

    /// <summary>Runs until <see cref="End"/> or a client's driver.exit.</summary>
    internal void Run()
    {
        while (!ending)
        {
            now = BootClock.Now;
            errands.Turned(now);
            Connect();
            Turn();
            if (door is { Asked: true } && errands.HandOver(door))
            {
                break;
            }

            var due = Instant.Earlier(Instant.Earlier(settleAt, proxy.SettleBy), now + s_lastRetry);
            for (var i = 0; i < sources.Length; i++)
            {
                due = sources[i] is null ? Instant.Earlier(due, tryAt[i]) : due;
            }

            var count = ending ? 0 : epoll.Wait(ready, (int)Math.Clamp(Math.Ceiling((due - BootClock.Now).TotalMilliseconds), 0, 60_000));
            readAt = now = BootClock.Now;
            for (var i = 0; i < count && !ending; i++)
            {
                Take(ready[i].Tag);
            }
        }
    }

    /// <summary>Settles where somebody waits for it or a deadline has come, and does what is to be done.</summary>
    private void Turn()
    {
        if (now >= Instant.Earlier(settleAt, proxy.SettleBy))
        {
            proxy.Settle(now);
            settleAt = proxy.Deadline(now);
        }

        Perform();
        if (proxy.Lag.Awaits)
        {
            proxy.Lag.Written(readAt, BootClock.Now);
        }

        while (proxy.Decisions.TryDequeue(out var decision))
        {
            errands.Decided(decision);
        }
    }

    /// <summary>Ends the loop after this turn. On the loop's thread.</summary>
    internal void End() => ending = true;

    public void Dispose()
    {
        if (!left && listenPath is not null)
        {
            File.Delete(listenPath);
        }

        UnixSocket.Close(listener);
        foreach (var stream in sources.OfType<LineSocket>().Concat(clients.Values))
        {
            stream.Dispose();
        }

        folder.Dispose();
        epoll.Dispose();
    }

    private void Connect()
    {
        for (var i = 0; i < sources.Length; i++)
        {
            if (sources[i] is not null || now < tryAt[i])
            {
                continue;
            }

            var fd = UnixSocket.Connect(paths[i]);
            if (fd < 0)
            {
                tryAt[i] = now + retry[i];
                retry[i] = retry[i] * 2 < s_lastRetry ? retry[i] * 2 : s_lastRetry;
                continue;
            }

            retry[i] = s_firstRetry;
            sources[i] = new LineSocket(fd);
            epoll.Add(fd, SourceTag + (ulong)i);
            proxy.SourceCame(i, now);
        }
    }

    private void Take(ulong tag)
    {
        switch (tag)
        {
            case MailTag:
                mail.Work(now);
                break;
            case ListenTag:
                Accept();
                break;
            case DoorTag:
                door?.Answer();
                break;
            case FolderTag:
                folder.Drain();
                Array.Fill(tryAt, now);
                Array.Fill(retry, s_firstRetry);
                break;
            case >= ClientTag:
                TakeClient((int)(tag - ClientTag));
                break;
            case >= SourceTag:
                TakeSource((int)(tag - SourceTag));
                break;
        }
    }

    private void TakeSource(int i)
    {
        if (sources[i] is { } source && !((proxy.Sources[i].Telling ? source.ReadDump(takers[i]) : source.Read(takers[i])) && source.Flush()))
        {
            Drop(i, proxy.Sources[i] is { Telling: true, Dumped: false } && source.LongestBlink > TimeSpan.Zero
                ? string.Create(CultureInfo.InvariantCulture, $"its connection ended before it had told all; we did not look for {source.LongestBlink.TotalMicroseconds:0} us at the most")
                : "its connection ended");
        }
    }

    /// <summary>Who was asked for all is listened to at once: a driver that has it ready fills its buffer in less time than we need to wake up.</summary>
    private void TakeAnswer(int i)
    {
        if (proxy.Sources[i].Telling)
        {
            TakeSource(i);
        }
    }

    private void Drop(int i, string why)
    {
        if (sources[i] is { } source)
        {
            _ = epoll.Remove(source.Fd);
            awaitingRoom.Remove(source.Fd);
            source.Dispose();
            sources[i] = null;
            tryAt[i] = now + retry[i];
            proxy.SourceWent(i, why, now);
        }
    }

    private void Accept()
    {
        for (var fd = UnixSocket.Accept(listener); fd >= 0; fd = UnixSocket.Accept(listener))
        {
            var id = nextClient++;
            clients[id] = new LineSocket(fd);
            epoll.Add(fd, ClientTag + (ulong)id);
            proxy.ClientCame(id);
        }
    }

    private void TakeClient(int id)
    {
        if (!clients.TryGetValue(id, out var client))
        {
            return;
        }

        var alive = client.Read(line => Hear(id, line)) && client.Flush();
        if (!alive)
        {
            DropClient(id);
        }
        else
        {
            AwaitRoom(client, ClientTag + (ulong)id);
        }
    }

    private void Hear(int id, ReadOnlySpan<byte> line)
    {
        Span<char> text = stackalloc char[DriverLines.MaxLineBytes];
        var count = Encoding.Latin1.GetChars(line, text);
        var at = 0;
        if (UpsWords.Read(text[..count], ref at, words) == WordsEnd.Line)
        {
            proxy.ClientSaid(id, words, now);
        }
    }

    private void DropClient(int id)
    {
        if (clients.Remove(id, out var client))
        {
            _ = epoll.Remove(client.Fd);
            awaitingRoom.Remove(client.Fd);
            client.Dispose();
            proxy.ClientWent(id);
        }
    }

    private void Perform()
    {
        while (proxy.Outputs.TryDequeue(out var output))
        {
            switch (output.Deed)
            {
                case ProxyDeed.ToSource when sources[output.To] is { } source:
                    if (source.Send(output.Bytes))
                    {
                        AwaitRoom(source, SourceTag + (ulong)output.To);
                        TakeAnswer(output.To);
                    }
                    else
                    {
                        Drop(output.To, "it does not read what we send");
                    }

                    break;
                case ProxyDeed.CloseSource:
                    Drop(output.To, "it is of no use");
                    break;
                case ProxyDeed.ToClient or ProxyDeed.CloseClient when clients.TryGetValue(output.To, out var client):
                    if (!client.Send(output.Bytes) || output.Deed == ProxyDeed.CloseClient)
                    {
                        DropClient(output.To);
                    }
                    else
                    {
                        AwaitRoom(client, ClientTag + (ulong)output.To);
                    }

                    break;
                case ProxyDeed.Exit:
                    ending = true;
                    break;
                case ProxyDeed.Reload or ProxyDeed.ReloadOrExit:
                    errands.Reload(output.Ticket, output.Deed == ProxyDeed.ReloadOrExit);
                    break;
                case ProxyDeed.Shutdown:
                    errands.Shutdown(output.Ticket!);
                    break;
                case ProxyDeed.Remember:
                    errands.Remember();
                    break;
            }
        }
    }

    private void AwaitRoom(LineSocket stream, ulong tag)
    {
        if (stream.Waits != awaitingRoom.Contains(stream.Fd))
        {
            epoll.AwaitRoom(stream.Fd, tag, stream.Waits);
            _ = stream.Waits ? awaitingRoom.Add(stream.Fd) : awaitingRoom.Remove(stream.Fd);
        }
    }
}

using Understudy.Core;
using Understudy.Core.Ups;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;
using Understudy.Linux.Ups;

namespace Understudy.Ups;

/// <content>From one process to the next: sources first, then what the other one leaves.</content>
internal sealed partial class UpsLoop
{
    private bool left;

    /// <summary>Connects to the sources, and hears what they tell, before there is any client: until each that is there has told all, or the time is over. What is posted to the loop waits.</summary>
    internal void Approach(TimeSpan limit)
    {
        var until = BootClock.Now + limit;
        while (true)
        {
            now = BootClock.Now;
            Connect();
            Perform();
            var waits = false;
            for (var i = 0; i < sources.Length; i++)
            {
                waits |= sources[i] is not null && !proxy.Sources[i].Dumped;
            }

            if (!waits || now >= until)
            {
                return;
            }

            var count = epoll.Wait(ready, (int)Math.Ceiling((until - now).TotalMilliseconds));
            now = BootClock.Now;
            for (var i = 0; i < count; i++)
            {
                Take(ready[i].Tag);
            }
        }
    }

    /// <summary>Goes on with what another process has left, and tells its clients at once what is different by now.</summary>
    /// <exception cref="IOException">Our socket has to be made anew, and cannot be.</exception>
    internal void Adopt(string socketName, Inheritance from)
    {
        var path = Path.Combine(stateFolder, socketName);
        if (from.Listener >= 0 && File.Exists(path))
        {
            (listener, listenPath) = (from.Listener, path);
            _ = UnixSocket.ListenOn(listener, Backlog);
            epoll.Add(mail.Fd, MailTag);
            epoll.Add(listener, ListenTag);
        }
        else
        {
            UnixSocket.Close(from.Listener);      // nobody finds it any more
            Open(socketName);
        }

        now = BootClock.Now;
        proxy.Inherit(from.Record.View, from.Record.At, now);
        foreach (var (client, fd) in from.Clients)
        {
            var id = nextClient++;
            var stream = new LineSocket(fd);
            stream.Resume(client.Heard, client.Skips, client.Unsent);
            clients[id] = stream;
            epoll.Add(fd, ClientTag + (ulong)id);
            proxy.ClientCame(id, client.Listens);
            AwaitRoom(stream, ClientTag + (ulong)id);
        }
    }

    /// <summary>From here on another process may ask for what we have.</summary>
    internal void Admit(HandoverDoor at)
    {
        door = at;
        epoll.Add(at.Fd, DoorTag);
    }

    /// <summary>What we have, as it is now. Nothing may be read from or sent to a client between this and <see cref="Left"/>, or the other one's refusal.</summary>
    /// <param name="descriptors">Our socket, then each client, as the record has them.</param>
    /// <returns>Null where they have no names.</returns>
    internal ProxyHandover? Leave(string ups, string boot, out List<int> descriptors)
    {
        descriptors = [listener];
        var handed = new List<HandedClient>();
        foreach (var (id, stream) in clients)
        {
            if (DescriptorSocket.NameOf(stream.Fd) is not { } name)
            {
                return null;
            }

            var (heard, skips, unsent) = stream.Leave();
            handed.Add(new HandedClient(name, proxy.Listens(id), skips, heard, unsent));
            descriptors.Add(stream.Fd);
        }

        return DescriptorSocket.NameOf(listener) is { } own && handed.Count <= ProxyHandoverText.MaxClients
            ? new ProxyHandover(ups, boot, now, own, proxy.HandOver(), handed.ToValueList())
            : null;
    }

    /// <summary>It is somebody else's now: our end leaves socket and clients as they are.</summary>
    internal void Left()
    {
        left = true;
        ending = true;
    }

    /// <summary>Commands that are under way are given up, and everything is sent: the last turn before nobody is there for a while.</summary>
    internal void SettleLast()
    {
        now = BootClock.Now;
        proxy.GiveUp(now);
        settleAt = now;
        Turn();
    }
}

/// <summary>What a process before us has left, with the descriptors as they are here.</summary>
/// <param name="Listener">-1 where it is not among them.</param>
internal sealed record Inheritance(ProxyHandover Record, int Listener, IReadOnlyList<(HandedClient Client, int Fd)> Clients)
{
    /// <summary>Finds each descriptor by its name. Those that nothing in the record stands for are closed.</summary>
    internal static Inheritance Of(ProxyHandover record, IEnumerable<int> descriptors)
    {
        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var fd in descriptors)
        {
            if (DescriptorSocket.NameOf(fd) is not { } name || !byName.TryAdd(name, fd))
            {
                UnixSocket.Close(fd);
            }
        }

        int Take(string name) => byName.Remove(name, out var fd) ? fd : -1;
        var listener = Take(record.Listener);
        var clients = record.Clients.Select(c => (c, Take(c.Socket))).Where(c => c.Item2 >= 0).ToList();
        foreach (var fd in byName.Values)
        {
            UnixSocket.Close(fd);
        }

        return new Inheritance(record, listener, clients);
    }

    /// <summary>Nothing of the record is missing.</summary>
    internal bool IsWhole => Listener >= 0 && Clients.Count == Record.Clients.Count;

    /// <summary>Gives all of it back: whoever else has it goes on.</summary>
    internal void Close()
    {
        foreach (var fd in Clients.Select(c => c.Fd).Append(Listener))
        {
            UnixSocket.Close(fd);
        }
    }

    /// <summary>A record in a memory file; null for anything else there, of another UPS, or of another boot.</summary>
    internal static ProxyHandover? Read(int file, string ups)
    {
        var bytes = MemoryFile.Read(file, ProxyHandoverText.MaxChars);
        var record = bytes is null ? null : ProxyHandoverText.Read(System.Text.Encoding.UTF8.GetString(bytes));
        return record is not null && record.Ups == ups && record.Boot == BootId.Current && record.At <= BootClock.Now ? record : null;
    }

    /// <summary>A record as a memory file; negative where that cannot be.</summary>
    internal static int Write(ProxyHandover record)
    {
        var text = ProxyHandoverText.Write(record);
        return text.Length > ProxyHandoverText.MaxChars / 2 ? -1 : MemoryFile.Write("understudy-ups", System.Text.Encoding.UTF8.GetBytes(text));
    }
}

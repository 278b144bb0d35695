using System.Collections.Concurrent;
using System.Net;
using Understudy.Core.Ldms;
using Understudy.Lab.Worlds;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;
using Understudy.Linux.Interop;

namespace Understudy.Lab.Collection;

/// <summary>A client of one daemon on loopback, on a thread of its own: it lists, sends commands, and reads sets again and again, so that each sample that the daemon ever offered is seen.</summary>
internal sealed class LdmsReader : ILdmsEars, IDisposable
{
    private const int PollMs = 10;

    private readonly int port;
    private readonly bool follows;
    private readonly Thread thread;
    private readonly ConcurrentQueue<ConfigMessage> requests = new();
    private readonly ConcurrentDictionary<uint, ConfigMessage> answers = new();
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<long, long>> samples = new(StringComparer.Ordinal);
    private readonly HashSet<string> listed = new(StringComparer.Ordinal);
    private readonly HashSet<string> lookedUp = new(StringComparer.Ordinal);
    private LdmsConnection? connection;
    private volatile string[]? list;
    private volatile string? closed;
    private volatile bool ending;
    private uint number;

    /// <param name="follows">It reads all sets all the time; else it only lists and asks.</param>
    internal LdmsReader(int port, bool follows)
    {
        (this.port, this.follows) = (port, follows);
        thread = new Thread(Run) { IsBackground = true, Name = $"reader {port}" };
        thread.Start();
    }

    /// <summary>Why there is no connection; null while there may be one.</summary>
    internal string? Trouble => closed;

    /// <summary>The names of its sets, sorted; null before its first list.</summary>
    internal string[]? List => list;

    /// <summary>Whole seconds since 1970 in which the set's sampler made a sample that was seen here, with the moment of this clock (<see cref="LabClock"/>) when it was.</summary>
    internal (long Second, long At)[] Samples(string set) => samples.TryGetValue(set, out var seen) ? [.. seen.OrderBy(s => s.Key).Select(s => (s.Key, s.Value))] : [];

    /// <summary>Sends a command as somebody would type it, and waits for the answer.</summary>
    internal ConfigMessage? Command(string line, TimeSpan limit)
    {
        var wire = LdmsdWire.ToWire(LdmsdText.ReadLine(line, new LdmsdPlace("lab", 1, 1))!)!;
        var id = Interlocked.Increment(ref number);
        requests.Enqueue(new ConfigMessage(IsAnswer: false, id, wire.RequestId, [.. wire.Attributes.Select(a => ConfigValue.Of((ConfigWord)a.Id, a.Value ?? ""))]));
        return LabClock.WaitUntil(() => answers.ContainsKey(id) || closed is not null, limit) && answers.TryGetValue(id, out var answer) ? answer : null;
    }

    public void Opened(LdmsConnection connection) => connection.AskDirectory(notify: true);

    public void Closed(LdmsConnection connection, string why) => closed = why;

    public void Listed(LdmsConnection connection, IReadOnlyList<DirectoryEntry> entries, bool isLast)
    {
        foreach (var entry in entries)
        {
            Add(connection, entry.Name);
        }

        if (isLast)
        {
            list = [.. listed.Order(StringComparer.Ordinal)];
        }
    }

    public void Added(LdmsConnection connection, DirectoryEntry entry)
    {
        Add(connection, entry.Name);
        list = [.. listed.Order(StringComparer.Ordinal)];
    }

    public void Removed(LdmsConnection connection, string instance)
    {
        _ = listed.Remove(instance);
        _ = lookedUp.Remove(instance);
        list = [.. listed.Order(StringComparer.Ordinal)];
    }

    public void LookedUp(LdmsConnection connection, string instance, RemoteSet? set, string why)
    {
        if (set is null)
        {
            _ = lookedUp.Remove(instance);
        }
    }

    public void Sampled(LdmsConnection connection, RemoteSet set, ReadOnlySpan<byte> sample)
    {
        var reader = new SampleReader(set.Layout, sample);
        if (reader.IsConsistent && reader.Id.Micros > 0)
        {
            _ = samples.GetOrAdd(set.Instance, _ => new()).TryAdd(reader.Id.Micros / 1_000_000, LabClock.Now);
        }
    }

    public void PullFailed(LdmsConnection connection, RemoteSet set, string why) => lookedUp.Remove(set.Instance);

    public void ConfigHeard(LdmsConnection connection, ConfigMessage message)
    {
        if (message.IsAnswer)
        {
            answers[message.Number] = message;
        }
    }

    public void Dispose()
    {
        ending = true;
        thread.Join();
    }

    private void Add(LdmsConnection from, string name)
    {
        _ = listed.Add(name);
        if (follows && lookedUp.Add(name))
        {
            from.LookUp(name);
        }
    }

    private void Run()
    {
        using var epoll = new EpollSet();
        using var sockets = new LdmsSockets(epoll, NoSets.Here, firstTag: 1);
        var ready = new Ready[EpollSet.MaxReady];
        connection = sockets.Connect(IPAddress.Loopback, port, new LdmsEnd(), this);
        while (!ending && closed is null)
        {
            while (connection.IsOpen && requests.TryDequeue(out var request))
            {
                connection.SendConfig(request);
            }

            if (connection.IsOpen && follows)
            {
                foreach (var remote in connection.Remotes)
                {
                    _ = remote.IsGone || remote.IsPulling || connection.Pull(remote);
                }

                foreach (var name in listed)
                {
                    if (lookedUp.Add(name))
                    {
                        connection.LookUp(name);
                    }
                }
            }

            sockets.Flush();
            var count = epoll.Wait(ready, PollMs);
            for (var i = 0; i < count; i++)
            {
                sockets.Turn(ready[i].Tag, BootClock.Now);
            }

            sockets.Tick(BootClock.Now);
        }
    }
}

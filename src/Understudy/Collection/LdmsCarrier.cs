using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;

namespace Understudy.Collection;

/// <summary>Producers that speak LDMS. A connection's tag is the producer's and the generation it was made for, so that what a past one says is nobody's.</summary>
internal sealed class LdmsCarrier(CollectionLoop loop) : IProducerCarrier, ILdmsEars
{
    private readonly Dictionary<ProducerDesk, LdmsConnection> connections = [];
    private readonly List<(string Instance, string Schema)> listing = [];

    public void Connect(ProducerDesk producer, in Moment at)
    {
        var target = (ProducerTarget.Ldms)producer.Rules.Target;
        var generation = producer.Generation;
        if (!loop.Ends.TryGetValue(target.Auth, out var end))
        {
            loop.Desk.Closed(producer, generation, $"the auth domain {target.Auth} does not exist here", at);
            return;
        }

        loop.Hands.Resolve(target.Host, at, (address, why, now) =>
        {
            if (address is null)
            {
                loop.Desk.Closed(producer, generation, why, now);
            }
            else if (producer.Generation == generation && producer.State == ProducerState.Connecting)
            {
                var connection = loop.Sockets.Connect(address, target.Port, end, this, producer.Name);
                connection.Tag = new Tie(producer, generation);
                connections[producer] = connection;
            }

            loop.Carry(now);
        });
    }

    public void Disconnect(ProducerDesk producer)
    {
        if (connections.Remove(producer, out var connection))
        {
            connection.Tag = null;
            connection.Close("it is not wanted any more");
        }
    }

    public void List(ProducerDesk producer, in Moment at)
    {
        if (connections.TryGetValue(producer, out var connection) && connection.IsOpen)
        {
            connection.AskDirectory(notify: true);
        }
    }

    public void LookUp(SetSource source, in Moment at)
    {
        if (connections.TryGetValue(source.Producer, out var connection) && connection.IsOpen)
        {
            connection.LookUp(source.Name);
        }
    }

    public void Pull(SetSource source, in Moment at)
    {
        if (connections.TryGetValue(source.Producer, out var connection) && (source.Handle is not RemoteSet remote || !connection.Pull(remote)))
        {
            loop.Desk.PullFailed(source, "it is gone at its producer", at);
        }
    }

    public void Opened(LdmsConnection connection)
    {
        if (connection.Tag is Tie tie)
        {
            var at = CollectionLoop.Now;
            loop.Desk.Opened(tie.Producer, tie.Generation, at);
            loop.Carry(at);
        }
    }

    public void Closed(LdmsConnection connection, string why)
    {
        if (connection.Tag is Tie tie)
        {
            connection.Tag = null;
            if (connections.TryGetValue(tie.Producer, out var known) && known == connection)
            {
                connections.Remove(tie.Producer);
            }

            var at = CollectionLoop.Now;
            loop.Desk.Closed(tie.Producer, tie.Generation, why, at);
            loop.Carry(at);
        }
    }

    public void Listed(LdmsConnection connection, IReadOnlyList<DirectoryEntry> entries, bool isLast)
    {
        if (connection.Tag is not Tie tie)
        {
            return;
        }

        tie.Entries.AddRange(entries.Select(e => (e.Name, e.Schema)));
        tie.Hints.AddRange(entries.Where(e => e.Hint is not null).Select(e => (e.Name, e.Hint!.Value)));
        if (isLast)
        {
            var at = CollectionLoop.Now;
            loop.Desk.Listed(tie.Producer, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tie.Entries), whole: true, at);
            foreach (var (instance, hint) in tie.Hints)
            {
                loop.Desk.Hinted(tie.Producer, instance, hint);
            }

            tie.Entries.Clear();
            tie.Hints.Clear();
            loop.Carry(at);
        }
    }

    public void Added(LdmsConnection connection, DirectoryEntry entry)
    {
        if (connection.Tag is Tie tie)
        {
            listing.Clear();
            listing.Add((entry.Name, entry.Schema));
            var at = CollectionLoop.Now;
            loop.Desk.Listed(tie.Producer, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(listing), whole: false, at);
            loop.Desk.Hinted(tie.Producer, entry.Name, entry.Hint);
            loop.Carry(at);
        }
    }

    public void Removed(LdmsConnection connection, string instance)
    {
        if (connection.Tag is Tie tie)
        {
            var at = CollectionLoop.Now;
            loop.Desk.Removed(tie.Producer, instance, at);
            loop.Carry(at);
        }
    }

    public void LookedUp(LdmsConnection connection, string instance, RemoteSet? set, string why)
    {
        if (connection.Tag is not Tie tie || !tie.Producer.Sources.TryGetValue(instance, out var source))
        {
            return;
        }

        var at = CollectionLoop.Now;
        if (set is null)
        {
            loop.Desk.LookUpFailed(source, why, at);
        }
        else
        {
            set.Tag = source;
            loop.Desk.LookedUp(source, set.Layout, set, at);
        }

        loop.Carry(at);
    }

    public void Sampled(LdmsConnection connection, RemoteSet set, ReadOnlySpan<byte> sample)
    {
        if (connection.Tag is Tie && set.Tag is SetSource source)
        {
            var at = CollectionLoop.Now;
            loop.Desk.Sampled(source, set.Layout, sample, at);
            loop.Carry(at);
        }
    }

    public void PullFailed(LdmsConnection connection, RemoteSet set, string why)
    {
        if (connection.Tag is Tie && set.Tag is SetSource source)
        {
            var at = CollectionLoop.Now;
            loop.Desk.PullFailed(source, why, at);
            loop.Carry(at);
        }
    }

    private sealed record Tie(ProducerDesk Producer, int Generation)
    {
        internal List<(string Instance, string Schema)> Entries { get; } = [];

        internal List<(string Instance, (TimeSpan Interval, TimeSpan Offset) Hint)> Hints { get; } = [];
    }
}

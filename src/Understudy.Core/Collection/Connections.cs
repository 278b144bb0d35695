namespace Understudy.Core.Collection;

/// <summary>The connections to producers: when each is made, given up, and tried again. What a lost one takes with it is not its matter.</summary>
internal sealed class Connections(SortedDictionary<string, ProducerDesk> producers, Queue<CollectionOrder> orders, Queue<CollectionNote> notes)
{
    /// <summary>A connection that is being made is given up after so long, and no sooner than the producer's own pause; and so is one that does not say what it has.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(3);

    /// <summary>A producer that refuses is not tried for each of a thousand sets that go.</summary>
    private static readonly TimeSpan s_hasteAgain = TimeSpan.FromMilliseconds(200);

    internal void Begin(ProducerDesk producer, Instant now)
    {
        if (producer.State == ProducerState.Stopped)
        {
            producer.State = ProducerState.Disconnected;
            Connect(producer, now);
        }
    }

    /// <summary>Ends it; nothing is tried any more.</summary>
    internal void Stop(ProducerDesk producer)
    {
        if (producer.State is ProducerState.Connected or ProducerState.Connecting)
        {
            orders.Enqueue(new(CollectionDeed.Disconnect, producer, null, null, null));
        }

        producer.State = ProducerState.Stopped;
        producer.Due = Instant.Never;
    }

    internal void Opened(ProducerDesk producer, Instant now)
    {
        producer.State = ProducerState.Connected;
        producer.Trouble = "";
        producer.Due = now + s_limit;      // by then it has said what it has
        orders.Enqueue(new(CollectionDeed.List, producer, null, null, null));
        notes.Enqueue(new CollectionNote(now, producer.Name, $"connected to {producer.Rules.Target}", Loud: false));
    }

    /// <summary>Its time has come.</summary>
    /// <returns>Why it is to be given up; null: it need not be.</returns>
    internal string? Due(ProducerDesk producer, Instant now)
    {
        switch (producer.State)
        {
            case ProducerState.Disconnected:
                Connect(producer, now);
                return null;
            case ProducerState.Connecting:
                return "nobody took the connection";
            case ProducerState.Connected:
                return "it did not say what it has";
            default:
                producer.Due = Instant.Never;
                return null;
        }
    }

    internal void Lost(ProducerDesk producer, string why, Instant now)
    {
        if (producer.State == ProducerState.Connected || producer.Trouble != why)
        {
            notes.Enqueue(new CollectionNote(now, producer.Name, $"no connection to {producer.Rules.Target}: {why}", Loud: producer.State == ProducerState.Connected));
        }

        producer.Losses += producer.State == ProducerState.Connected ? 1 : 0;
        producer.State = ProducerState.Disconnected;
        producer.Trouble = why;
        producer.Due = now + producer.Rules.Reconnect;
    }

    /// <summary>A stand-in hands back what it offered, and its owner is somebody whom we lost: we need not wait for the pause before it is tried again.</summary>
    /// <returns>Whether anybody is being connected who may offer what is gone: until we know, it is offered as it is.</returns>
    internal bool Hasten(Instant now)
    {
        var some = false;
        foreach (var producer in producers.Values)
        {
            if (producer is not { Part: ProducerPart.Collect, State: ProducerState.Disconnected or ProducerState.Connecting })
            {
                continue;
            }

            some = true;
            if (producer.State == ProducerState.Disconnected && now >= producer.TriedAt + s_hasteAgain)
            {
                Connect(producer, now);
            }
        }

        return some;
    }

    private void Connect(ProducerDesk producer, Instant now)
    {
        producer.State = ProducerState.Connecting;
        producer.TriedAt = now;
        producer.Generation++;
        producer.Due = now + Spans.Longer(s_limit, producer.Rules.Reconnect);
        orders.Enqueue(new(CollectionDeed.Connect, producer, null, null, null));
    }
}

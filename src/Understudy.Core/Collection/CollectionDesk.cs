using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>
/// All that one daemon collects: producers, updaters, sets, storage policies. What was seen goes in, orders and sentences come out; it knows no clock, no socket and no peer. Who collects what is decided elsewhere
/// (<see cref="PairDesk"/>, <see cref="ShareDesk"/>) and told here by <see cref="SetPart"/>.
/// </summary>
public sealed class CollectionDesk
{
    private readonly HeldSets sets;
    private readonly LookUps lookUps;
    private readonly Pulls pulls;
    private readonly Connections connections;

    public CollectionDesk()
    {
        sets = new HeldSets(Policies, Orders, Notes);
        lookUps = new LookUps(Orders);
        pulls = new Pulls(Producers, Updaters, Orders);
        connections = new Connections(Producers, Orders, Notes);
    }

    public SortedDictionary<string, ProducerDesk> Producers { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, UpdaterDesk> Updaters { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, StorageDesk> Policies { get; } = new(StringComparer.Ordinal);

    /// <summary>Every set that has a sample, by its instance name.</summary>
    public SortedDictionary<string, CollectedSet> Sets => sets.All;

    public Queue<CollectionOrder> Orders { get; } = new();

    public Queue<CollectionNote> Notes { get; } = new();

    /// <summary>Counts what people and settings changed of producers, updaters and policies: while it is the same, so is what a peer is told.</summary>
    public int Changes { get; private set; }

    /// <summary>When <see cref="Look"/> is to be called at the latest.</summary>
    public Instant Deadline
    {
        get
        {
            var at = Instant.Earlier(Instant.Earlier(sets.Deadline, pulls.Deadline), lookUps.Deadline);
            foreach (var producer in Producers.Values)
            {
                at = Instant.Earlier(at, Instant.Earlier(producer.Due, producer.LateAt));
            }

            return at;
        }
    }

    // ---- what people and settings want ----

    /// <summary>A producer that is stopped at first. The name must be free.</summary>
    public ProducerDesk Add(ProducerRules rules, Instant now)
    {
        Changes++;
        var producer = new ProducerDesk(rules, now);
        Producers.Add(rules.Name, producer);
        return producer;
    }

    public UpdaterDesk Add(UpdaterRules rules)
    {
        Changes++;
        var updater = new UpdaterDesk(rules);
        Updaters.Add(rules.Name, updater);
        return updater;
    }

    public StorageDesk Add(StorageRules rules)
    {
        Changes++;
        var storage = new StorageDesk(rules);
        Policies.Add(rules.Name, storage);
        return storage;
    }

    /// <summary>Its connection is closed and its sets go, except where another producer offers them.</summary>
    public void Remove(ProducerDesk producer, in Moment at)
    {
        SetPart(producer, ProducerPart.Off, "it was removed", at);
        Changes++;
        Producers.Remove(producer.Name);
    }

    public void Remove(UpdaterDesk updater)
    {
        Stop(updater);
        Updaters.Remove(updater.Name);
    }

    public void Remove(StorageDesk storage)
    {
        Stop(storage);
        Policies.Remove(storage.Name);
    }

    /// <summary>The same producer at another place, or with another pause: it is connected anew where that matters.</summary>
    public void Change(ProducerDesk producer, ProducerRules rules, in Moment at)
    {
        var moved = producer.Rules.Target != rules.Target;
        producer.Rules = rules;
        Changes++;
        if (moved && producer.Part != ProducerPart.Off)
        {
            var (part, why) = (producer.Part, producer.PartWhy);
            SetPart(producer, ProducerPart.Off, why, at);
            SetPart(producer, part, why, at);
        }
    }

    public void Change(UpdaterDesk updater, UpdaterRules rules, in Moment at)
    {
        var retimed = updater.Rules.Interval != rules.Interval || updater.Rules.Offset != rules.Offset || updater.Rules.ByHints != rules.ByHints;
        updater.Rules = rules;
        Changes++;
        pulls.SourcesChanged();
        if (updater.IsRunning && retimed)
        {
            updater.IsRunning = false;
            Start(updater, at);
        }
    }

    /// <summary>Says how much we have to do with a producer from now on.</summary>
    public void SetPart(ProducerDesk producer, ProducerPart part, string why, in Moment at)
    {
        if (producer.Part == part)
        {
            return;
        }

        Changes++;
        producer.Part = part;
        (producer.PartSince, producer.PartWhy) = (at.Now, why);
        pulls.SourcesChanged();
        Notes.Enqueue(new CollectionNote(at.Now, producer.Name, $"{Said(part)}: {why}", Loud: false));
        switch (part)
        {
            case ProducerPart.Off:
                connections.Stop(producer);
                Drop(producer, at.Now, stays: false);
                break;
            case ProducerPart.Warm:
                foreach (var source in producer.Sources.Values.ToArray())
                {
                    Rest(source, at.Now);
                }

                connections.Begin(producer, at.Now);
                break;
            default:
                connections.Begin(producer, at.Now);
                Hurry(producer, at.Now);
                break;
        }
    }

    public void Start(UpdaterDesk updater, in Moment at)
    {
        if (updater.IsRunning)
        {
            return;
        }

        Changes++;
        pulls.Start(updater, at);
    }

    public void Stop(UpdaterDesk updater)
    {
        Changes++;
        pulls.Stop(updater);
    }

    public void Start(StorageDesk storage)
    {
        Changes++;
        sets.Start(storage);
    }

    public void Stop(StorageDesk storage)
    {
        Changes++;
        sets.Stop(storage);
    }

    /// <summary>How a policy's store is doing. Who writes it, when that has changed, is said.</summary>
    public void Stored(StorageDesk storage, StorageState state, in Moment at)
    {
        var was = storage.State;
        storage.State = state;
        if (was.Dropped == 0 && state.Dropped > 0)
        {
            Notes.Enqueue(new CollectionNote(at.Now, storage.Name, $"{storage.Rules.Container} takes nothing, or less than what comes: the oldest samples that wait here are dropped from now on{(state.Trouble.Length > 0 ? $"; {state.Trouble}" : "")}", Loud: true));
        }

        if (was.Epoch != state.Epoch || (state.Epoch == 0 && was.Writer != state.Writer))
        {
            var text = state.Epoch > 0 ? $"writes {storage.Rules.Container}, as {state.Writer} with epoch {state.Epoch}" : $"does not write {storage.Rules.Container}{(state.Trouble.Length > 0 ? $": {state.Trouble}" : "")}";
            Notes.Enqueue(new CollectionNote(at.Now, storage.Name, text, Loud: was.Epoch > 0 && state.Epoch == 0));
        }
    }

    // ---- what was seen ----

    /// <summary>The connection stands.</summary>
    public void Opened(ProducerDesk producer, int generation, in Moment at)
    {
        if (generation == producer.Generation && producer.State == ProducerState.Connecting)
        {
            connections.Opened(producer, at.Now);
        }
    }

    /// <summary>It could not be made, or is gone.</summary>
    public void Closed(ProducerDesk producer, int generation, string why, in Moment at)
    {
        if (generation == producer.Generation && producer.State is ProducerState.Connecting or ProducerState.Connected)
        {
            Lose(producer, why, at.Now);
        }
    }

    /// <summary>It says what it has: all of it, or what came new.</summary>
    public void Listed(ProducerDesk producer, ReadOnlySpan<(string Instance, string Schema)> entries, bool whole, in Moment at)
    {
        if (producer.State != ProducerState.Connected)
        {
            return;
        }

        producer.Listed |= whole;
        producer.Due = producer.Listed ? Instant.Never : producer.Due;
        HashSet<string>? named = whole ? new(StringComparer.Ordinal) : null;
        foreach (var (instance, schema) in entries)
        {
            named?.Add(instance);
            if (!producer.Sources.ContainsKey(instance))
            {
                var source = new SetSource(producer, instance, schema);
                producer.Sources.Add(instance, source);
                source.Updater = pulls.UpdaterOf(source);
                lookUps.Begin(source, at.Now);
            }
        }

        foreach (var gone in producer.Sources.Values.Where(s => named?.Contains(s.Name) == false).ToArray())
        {
            Drop(gone, at.Now, stays: false);
        }

        pulls.SourcesChanged();
    }

    /// <summary>A producer says when a set that it has listed is sampled there.</summary>
    public void Hinted(ProducerDesk producer, string instance, (TimeSpan Interval, TimeSpan Offset)? hint)
    {
        if (producer.Sources.TryGetValue(instance, out var source) && source.Hint != hint)
        {
            source.Hint = hint;
            pulls.SourcesChanged();
        }
    }

    /// <summary>A producer has a set no more.</summary>
    public void Removed(ProducerDesk producer, string instance, in Moment at)
    {
        if (producer.Sources.TryGetValue(instance, out var source))
        {
            Drop(source, at.Now, stays: source.Set is { Sources.Count: 1 } && connections.Hasten(at.Now));
            pulls.SourcesChanged();
        }
    }

    /// <summary>A set's layout came.</summary>
    public void LookedUp(SetSource source, SetLayout layout, object? handle, in Moment at)
    {
        if (!IsOurs(source))
        {
            return;
        }

        source.Layout = layout;
        source.Handle = handle;
        lookUps.Done(source);
        if (source.Schema != layout.Schema)
        {
            source.Schema = layout.Schema;
            pulls.SourcesChanged();
        }

        pulls.First(source, at.Now);
    }

    /// <summary>It did not.</summary>
    public void LookUpFailed(SetSource source, string why, in Moment at)
    {
        if (!IsOurs(source))
        {
            return;
        }

        LookUps.Failed(source, at.Now);
        Notes.Enqueue(new CollectionNote(at.Now, source.Producer.Name, $"{source.Name} could not be looked up: {why}", Loud: false));
    }

    /// <summary>A sample came, of the layout that the source has, or of one that comes with it.</summary>
    /// <param name="layout">Null: the source's own.</param>
    public void Sampled(SetSource source, SetLayout? layout, ReadOnlySpan<byte> data, in Moment at)
    {
        if (!IsOurs(source) || (layout ?? source.Layout) is not { } form)
        {
            return;
        }

        source.Layout = form;
        source.State = SourceState.Ready;
        source.IsLate = false;
        if (data.Length < form.DataSize)
        {
            lookUps.Anew(source, at.Now);
            return;
        }

        var sample = new SampleReader(form, data);
        if (sample.MetaGeneration != form.MetaGeneration)
        {
            lookUps.Anew(source, at.Now);
            return;
        }

        if (!sample.IsConsistent)
        {
            pulls.Torn(source, at.Now);
            return;
        }

        source.TornInARow = 0;
        if (source.Producer.Part == ProducerPart.Collect)
        {
            (source.Id, source.GaveAt) = (sample.Id, at.Now);
            var isNew = sets.Feed(source, form, data, sample.Id, at.Now);
            if (!isNew)
            {
                pulls.Overdue(source, at.Now);
            }

            Advance(source, isNew, at);
        }
    }

    /// <summary>A producer that answers, and whose sets stand still, is said so: once, and once more when they move.</summary>
    private void Advance(SetSource source, bool isNew, in Moment at)
    {
        var producer = source.Producer;
        if (isNew ? producer.StandsStill == source : producer.StandsStill is null && source.StandsStill(at.Now))
        {
            producer.StandsStill = isNew ? null : source;
            Notes.Enqueue(new CollectionNote(at.Now, producer.Name, isNew ? $"{source.Name} advances again" : $"it answers, and {source.Name} does not advance: nothing newer for {Spans.Say(at.Now - source.Set!.At)}", Loud: true));
        }
    }

    /// <summary>A pull was refused: the set is learned anew.</summary>
    public void PullFailed(SetSource source, string why, in Moment at)
    {
        if (IsOurs(source))
        {
            source.IsLate = false;
            lookUps.Anew(source, at.Now);
            Notes.Enqueue(new CollectionNote(at.Now, source.Producer.Name, $"{source.Name} could not be pulled: {why}", Loud: false));
        }
    }

    /// <summary>Time has passed.</summary>
    public void Look(in Moment at)
    {
        foreach (var producer in Producers.Values)
        {
            if (at.Now >= producer.Due && connections.Due(producer, at.Now) is { } useless)
            {
                GiveUp(producer, useless, at.Now);
            }

            if (at.Now >= producer.LateAt && pulls.Late(producer, at.Now) is { } dead)
            {
                GiveUp(producer, dead, at.Now);
            }
        }

        lookUps.Look(at.Now);
        pulls.Look(at);
        sets.Look(at.Now);
    }

    private static string Said(ProducerPart part) => part switch
    {
        ProducerPart.Off => "not collected here",
        ProducerPart.Warm => "stands by",
        _ => "collects",
    };

    private static bool IsOurs(SetSource source) =>
        source.Producer.State == ProducerState.Connected && source.Producer.Sources.TryGetValue(source.Name, out var known) && ReferenceEquals(known, source);

    /// <summary>Ends a connection that is good for nothing.</summary>
    private void GiveUp(ProducerDesk producer, string why, Instant now)
    {
        Orders.Enqueue(new(CollectionDeed.Disconnect, producer, null, null, null));
        Lose(producer, why, now);
    }

    private void Lose(ProducerDesk producer, string why, Instant now)
    {
        connections.Lost(producer, why, now);
        Drop(producer, now, stays: true);
    }

    private void Drop(ProducerDesk producer, Instant now, bool stays)
    {
        foreach (var source in producer.Sources.Values.ToArray())
        {
            Drop(source, now, stays);
        }

        producer.Listed = false;
        producer.LateAt = Instant.Never;
        pulls.SourcesChanged();
    }

    private void Drop(SetSource source, Instant now, bool stays)
    {
        source.Producer.Sources.Remove(source.Name);
        lookUps.Drop(source);
        Leave(source, stays, $"{source.Producer.Name} offers it no more", now);
    }

    /// <summary>What we only stand by for is not offered by us.</summary>
    private void Rest(SetSource source, Instant now)
    {
        source.Id = default;
        Leave(source, stays: false, "somebody else collects it", now);
    }

    private void Leave(SetSource source, bool stays, string why, Instant now)
    {
        if (sets.Leave(source, stays, why, now) is { } next)
        {
            pulls.First(next, now, again: true);
        }
    }

    /// <summary>All that a producer has is pulled at once: whoever did it so far has left a gap already.</summary>
    private void Hurry(ProducerDesk producer, Instant now)
    {
        foreach (var source in producer.Sources.Values)
        {
            pulls.First(source, now);
        }
    }
}

using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>
/// All that one daemon collects: producers, updaters, sets, storage policies. What was seen goes in, orders and sentences come out; it knows no clock, no socket and no peer. Who collects what is decided elsewhere
/// (<see cref="PairDesk"/>, <see cref="ShareDesk"/>) and told here by <see cref="SetPart"/>.
/// </summary>
public sealed class CollectionDesk
{
    /// <summary>A connection that is being made is given up after so long, and no sooner than the producer's own pause.</summary>
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(3);

    /// <summary>A set whose producers are all gone is offered for so long yet: the stand-in of one of them needs a moment, and readers need not see the set come and go.</summary>
    private static readonly TimeSpan s_orphanLife = TimeSpan.FromSeconds(4);

    /// <summary>A set that the producer could not show is asked for again.</summary>
    private static readonly TimeSpan s_lookUpAgain = TimeSpan.FromSeconds(1);

    /// <summary>A producer that refuses is not tried for each of a thousand sets that go.</summary>
    private static readonly TimeSpan s_hasteAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>A sample that was just being written is asked for again so often within one tick; the sampler needs microseconds for it.</summary>
    private const int TornLimit = 3;

    private readonly List<CollectedSet> orphans = [];
    private readonly List<SetSource> lookUps = [];
    private int sourcesVersion;

    public SortedDictionary<string, ProducerDesk> Producers { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, UpdaterDesk> Updaters { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, StorageDesk> Policies { get; } = new(StringComparer.Ordinal);

    /// <summary>Every set that has a sample, by its instance name.</summary>
    public SortedDictionary<string, CollectedSet> Sets { get; } = new(StringComparer.Ordinal);

    public Queue<CollectionOrder> Orders { get; } = new();

    public Queue<CollectionNote> Notes { get; } = new();

    /// <summary>Counts what people and settings changed of producers, updaters and policies: while it is the same, so is what a peer is told.</summary>
    public int Changes { get; private set; }

    /// <summary>When <see cref="Look"/> is to be called at the latest.</summary>
    public Instant Deadline
    {
        get
        {
            var at = orphans.Count == 0 ? Instant.Never : orphans.Min(o => o.OrphanedAt ?? Instant.Never) + s_orphanLife;
            foreach (var updater in Updaters.Values)
            {
                at = Instant.Earlier(at, updater.Due);
            }

            foreach (var producer in Producers.Values)
            {
                at = Instant.Earlier(at, Instant.Earlier(producer.Due, producer.LateAt));
            }

            foreach (var source in lookUps)
            {
                at = Instant.Earlier(at, source.RetryAt);
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
        var retimed = updater.Rules.Interval != rules.Interval || updater.Rules.Offset != rules.Offset;
        updater.Rules = rules;
        Changes++;
        SourcesChanged();
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
        SourcesChanged();
        Notes.Enqueue(new CollectionNote(at.Now, producer.Name, $"{Said(part)}: {why}", Loud: false));
        switch (part)
        {
            case ProducerPart.Off:
                if (producer.State is ProducerState.Connected or ProducerState.Connecting)
                {
                    Orders.Enqueue(new(CollectionDeed.Disconnect, producer, null, null, null));
                }

                Drop(producer, at, stays: false);
                producer.State = ProducerState.Stopped;
                producer.Due = Instant.Never;
                break;
            case ProducerPart.Warm:
                foreach (var source in producer.Sources.Values.ToArray())
                {
                    Rest(source, at);
                }

                Begin(producer, at.Now);
                break;
            default:
                Begin(producer, at.Now);
                Hurry(producer, at);
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
        updater.IsRunning = true;
        updater.Schedule = Schedule.Of(updater.Rules.Interval, updater.Rules.Offset, at);
        updater.Place(at, updater.Schedule.After(at.Micros));
        SourcesChanged();
        Refresh(updater);
        foreach (var source in updater.Sources)
        {
            PullFirst(source, at);
        }
    }

    public void Stop(UpdaterDesk updater)
    {
        Changes++;
        updater.IsRunning = false;
        updater.Due = Instant.Never;
        SourcesChanged();
    }

    public void Start(StorageDesk storage)
    {
        Changes++;
        storage.IsRunning = true;
        foreach (var set in Sets.Values)
        {
            Match(storage, set);
        }
    }

    public void Stop(StorageDesk storage)
    {
        Changes++;
        storage.IsRunning = false;
        foreach (var set in Sets.Values)
        {
            if (set.Policies.Remove(storage))
            {
                foreach (var other in Policies.Values)
                {
                    Match(other, set);
                }
            }
        }
    }

    /// <summary>How a policy's store is doing. Who writes it, when that has changed, is said.</summary>
    public void Stored(StorageDesk storage, StorageState state, in Moment at)
    {
        var was = storage.State;
        storage.State = state;
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
        if (generation != producer.Generation || producer.State != ProducerState.Connecting)
        {
            return;
        }

        producer.State = ProducerState.Connected;
        producer.Trouble = "";
        producer.Due = at.Now + s_connectLimit;      // by then it has said what it has
        Orders.Enqueue(new(CollectionDeed.List, producer, null, null, null));
        Notes.Enqueue(new CollectionNote(at.Now, producer.Name, $"connected to {producer.Rules.Target}", Loud: false));
    }

    /// <summary>It could not be made, or is gone.</summary>
    public void Closed(ProducerDesk producer, int generation, string why, in Moment at)
    {
        if (generation == producer.Generation && producer.State is ProducerState.Connecting or ProducerState.Connected)
        {
            Lose(producer, why, at);
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
                source.Interval = IntervalOf(source);
                LookUp(source, at.Now);
            }
        }

        foreach (var gone in producer.Sources.Values.Where(s => named?.Contains(s.Name) == false).ToArray())
        {
            Drop(gone, at, stays: false);
        }

        SourcesChanged();
    }

    /// <summary>A producer has a set no more.</summary>
    public void Removed(ProducerDesk producer, string instance, in Moment at)
    {
        if (producer.Sources.TryGetValue(instance, out var source))
        {
            Drop(source, at, stays: HasNoOther(source) && Hasten(at));
            SourcesChanged();
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
        source.State = SourceState.Ready;
        source.RetryAt = Instant.Never;
        lookUps.Remove(source);
        if (source.Schema != layout.Schema)
        {
            source.Schema = layout.Schema;
            SourcesChanged();
        }

        PullFirst(source, at);
    }

    /// <summary>It did not.</summary>
    public void LookUpFailed(SetSource source, string why, in Moment at)
    {
        if (!IsOurs(source))
        {
            return;
        }

        source.State = SourceState.Start;
        source.RetryAt = at.Now + s_lookUpAgain;
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
            Relearn(source, at.Now);
            return;
        }

        var sample = new SampleReader(form, data);
        if (sample.MetaGeneration != form.MetaGeneration)
        {
            Relearn(source, at.Now);
            return;
        }

        if (!sample.IsConsistent)
        {
            if (source.TornInARow++ < TornLimit)
            {
                Pull(source, at.Now);
            }

            return;
        }

        source.TornInARow = 0;
        if (source.Producer.Part == ProducerPart.Collect)
        {
            source.Id = sample.Id;
            Feed(source, form, data, sample.Id, at);
        }
    }

    /// <summary>A pull was refused: the set is learned anew.</summary>
    public void PullFailed(SetSource source, string why, in Moment at)
    {
        if (IsOurs(source))
        {
            source.IsLate = false;
            Relearn(source, at.Now);
            Notes.Enqueue(new CollectionNote(at.Now, source.Producer.Name, $"{source.Name} could not be pulled: {why}", Loud: false));
        }
    }

    /// <summary>Time has passed.</summary>
    public void Look(in Moment at)
    {
        foreach (var producer in Producers.Values)
        {
            if (at.Now >= producer.Due)
            {
                DueNow(producer, at);
            }

            if (at.Now >= producer.LateAt)
            {
                LookForLate(producer, at);
            }
        }

        for (var i = lookUps.Count - 1; i >= 0; i--)
        {
            if (at.Now >= lookUps[i].RetryAt)
            {
                AskLayout(lookUps[i], at.Now);
            }
        }

        foreach (var updater in Updaters.Values)
        {
            if (at.Now >= updater.Due)
            {
                Tick(updater, at);
            }
        }

        for (var i = orphans.Count - 1; i >= 0; i--)
        {
            var orphan = orphans[i];
            if (orphan.OrphanedAt is not { } since)
            {
                orphans.RemoveAt(i);
            }
            else if (at.Now >= since + s_orphanLife)
            {
                orphans.RemoveAt(i);
                Withdraw(orphan, at.Now, "no producer has offered it any more");
            }
        }
    }

    private static string Said(ProducerPart part) => part switch
    {
        ProducerPart.Off => "not collected here",
        ProducerPart.Warm => "stands by",
        _ => "collects",
    };

    private static bool IsOurs(SetSource source) =>
        source.Producer.State == ProducerState.Connected && source.Producer.Sources.TryGetValue(source.Name, out var known) && ReferenceEquals(known, source);

    private void Begin(ProducerDesk producer, Instant now)
    {
        if (producer.State == ProducerState.Stopped)
        {
            producer.State = ProducerState.Disconnected;
            Connect(producer, now);
        }
    }

    private void Connect(ProducerDesk producer, Instant now)
    {
        producer.State = ProducerState.Connecting;
        producer.TriedAt = now;
        producer.Generation++;
        producer.Due = now + Spans.Longer(s_connectLimit, producer.Rules.Reconnect);
        Orders.Enqueue(new(CollectionDeed.Connect, producer, null, null, null));
    }

    private void DueNow(ProducerDesk producer, in Moment at)
    {
        switch (producer.State)
        {
            case ProducerState.Disconnected:
                Connect(producer, at.Now);
                break;
            case ProducerState.Connecting:
                GiveUp(producer, "nobody took the connection", at);
                break;
            case ProducerState.Connected:
                GiveUp(producer, "it did not say what it has", at);
                break;
            default:
                producer.Due = Instant.Never;
                break;
        }
    }

    private static bool HasNoOther(SetSource source) => source.Set is { Sources.Count: 1 };

    /// <summary>A stand-in hands back what it offered, and its owner is somebody whom we lost: we need not wait for the pause before it is tried again.</summary>
    /// <returns>Whether anybody is being connected who may offer what is gone: until we know, it is offered as it is.</returns>
    private bool Hasten(in Moment at)
    {
        var some = false;
        foreach (var producer in Producers.Values)
        {
            if (producer is not { Part: ProducerPart.Collect, State: ProducerState.Disconnected or ProducerState.Connecting })
            {
                continue;
            }

            some = true;
            if (producer.State == ProducerState.Disconnected && at.Now >= producer.TriedAt + s_hasteAgain)
            {
                Connect(producer, at.Now);
            }
        }

        return some;
    }

    /// <summary>Ends a connection that is good for nothing.</summary>
    private void GiveUp(ProducerDesk producer, string why, in Moment at)
    {
        Orders.Enqueue(new(CollectionDeed.Disconnect, producer, null, null, null));
        Lose(producer, why, at);
    }

    private void Lose(ProducerDesk producer, string why, in Moment at)
    {
        if (producer.State == ProducerState.Connected || producer.Trouble != why)
        {
            Notes.Enqueue(new CollectionNote(at.Now, producer.Name, $"no connection to {producer.Rules.Target}: {why}", Loud: producer.State == ProducerState.Connected));
        }

        producer.Losses += producer.State == ProducerState.Connected ? 1 : 0;
        producer.State = ProducerState.Disconnected;
        producer.Trouble = why;
        producer.Due = at.Now + producer.Rules.Reconnect;
        Drop(producer, at, stays: true);
    }

    private void Drop(ProducerDesk producer, in Moment at, bool stays)
    {
        foreach (var source in producer.Sources.Values.ToArray())
        {
            Drop(source, at, stays);
        }

        producer.Listed = false;
        producer.LateAt = Instant.Never;
        SourcesChanged();
    }

    /// <param name="stays">The set is offered for a while even where nobody else offers it: its producer may come back, or its stand-in.</param>
    private void Drop(SetSource source, in Moment at, bool stays)
    {
        source.Producer.Sources.Remove(source.Name);
        lookUps.Remove(source);
        if (source.Set is not { } set)
        {
            return;
        }

        if (set.Detach(source, at.Now))
        {
            PullFirst(set.Current!, at, again: true);
        }

        if (set.OrphanedAt is not null)
        {
            if (stays)
            {
                orphans.Add(set);
            }
            else
            {
                Withdraw(set, at.Now, $"{source.Producer.Name} offers it no more");
            }
        }
    }

    /// <summary>What we only stand by for is not offered by us.</summary>
    private void Rest(SetSource source, in Moment at)
    {
        source.Id = default;
        if (source.Set is not { } set)
        {
            return;
        }

        if (set.Detach(source, at.Now))
        {
            PullFirst(set.Current!, at, again: true);
        }

        if (set.OrphanedAt is not null)
        {
            Withdraw(set, at.Now, "somebody else collects it");
        }
    }

    private void Withdraw(CollectedSet set, Instant now, string why)
    {
        if (Sets.Remove(set.Name))
        {
            _ = orphans.Remove(set);
            Orders.Enqueue(new(CollectionDeed.Withdraw, null, null, set, null));
            Notes.Enqueue(new CollectionNote(now, set.Name, $"is not offered any more: {why}", Loud: false));
        }
    }

    private void LookUp(SetSource source, Instant now)
    {
        if (!lookUps.Contains(source))
        {
            lookUps.Add(source);
        }

        AskLayout(source, now);
    }

    private void AskLayout(SetSource source, Instant now)
    {
        source.State = SourceState.LookUp;
        source.RetryAt = now + s_connectLimit;
        Orders.Enqueue(new(CollectionDeed.LookUp, source.Producer, source, null, null));
    }

    private void Relearn(SetSource source, Instant now)
    {
        if (source.State != SourceState.LookUp)
        {
            LookUp(source, now);
        }
    }

    private void Feed(SetSource source, SetLayout layout, ReadOnlySpan<byte> data, SampleId id, in Moment at)
    {
        var set = source.Set;
        if (set is null)
        {
            if (Sets.TryGetValue(source.Name, out set))
            {
                _ = orphans.Remove(set);
                set.Attach(source);
            }
            else
            {
                set = new CollectedSet(layout);
                set.Attach(source);
                foreach (var storage in Policies.Values)
                {
                    Match(storage, set);
                }
            }
        }

        var first = set.Had == 0;
        var was = set.Layout;
        if (!set.Take(source, layout, data, id, at.Now))
        {
            Overdue(set, source, at);
            return;
        }

        if (first)
        {
            Sets[set.Name] = set;
        }

        if (first || !ReferenceEquals(was, set.Layout))
        {
            Orders.Enqueue(new(CollectionDeed.Publish, null, null, set, null));
        }

        foreach (var storage in set.Policies)
        {
            storage.Offered++;
            Orders.Enqueue(new(CollectionDeed.Store, null, source, set, storage));
        }
    }

    /// <summary>The source gave nothing new although there should be: the others are asked too.</summary>
    private void Overdue(CollectedSet set, SetSource source, in Moment at)
    {
        var period = set.Period > 0 ? TimeSpan.FromMicroseconds(set.Period) : source.Interval;
        if (set.Current == source && set.Sources.Count > 1 && at.Now - set.At > period * 0.75)
        {
            PullOthers(set, at.Now);
        }
    }

    private void PullOthers(CollectedSet set, Instant now)
    {
        foreach (var other in set.Sources)
        {
            if (other != set.Current && other.State == SourceState.Ready && other.Producer.Part == ProducerPart.Collect)
            {
                Pull(other, now);
            }
        }
    }

    /// <summary>All that a producer has is pulled at once: whoever did it so far has left a gap already.</summary>
    private void Hurry(ProducerDesk producer, in Moment at)
    {
        foreach (var source in producer.Sources.Values)
        {
            PullFirst(source, at);
        }
    }

    /// <summary>The first sample does not wait for a tick.</summary>
    /// <param name="again">Not its first, but the first that matters.</param>
    private void PullFirst(SetSource source, in Moment at, bool again = false)
    {
        source.Interval = IntervalOf(source);
        if (source.State == SourceState.Ready && source.Interval > TimeSpan.Zero && source.Producer.Part == ProducerPart.Collect && (again || source.Id.Micros == 0))
        {
            Pull(source, at.Now);
        }
    }

    /// <summary>How often its updaters pull it; zero: none does.</summary>
    private TimeSpan IntervalOf(SetSource source)
    {
        var least = TimeSpan.Zero;
        foreach (var updater in Updaters.Values)
        {
            if (updater.IsRunning && updater.Rules.Wants(source.Name, source.Schema) && updater.Rules.Producers.Contains(source.Producer.Name, StringComparer.Ordinal))
            {
                least = least == TimeSpan.Zero || updater.Rules.Interval < least ? updater.Rules.Interval : least;
            }
        }

        return least;
    }

    private void Pull(SetSource source, Instant now)
    {
        source.State = SourceState.Updating;
        source.AskedAt = now;
        source.Producer.LateAt = Instant.Earlier(source.Producer.LateAt, now + source.LateAfter);
        Orders.Enqueue(new(CollectionDeed.Pull, source.Producer, source, null, null));
    }

    private void Tick(UpdaterDesk updater, in Moment at)
    {
        updater.Place(at, updater.Schedule.Next(updater.DueMicros, at));
        Refresh(updater);
        foreach (var source in updater.Sources)
        {
            if (source.State == SourceState.Updating)
            {
                source.Skipped++;
            }
            else if (source.State == SourceState.Ready && MayPull(source))
            {
                source.TornInARow = 0;
                Pull(source, at.Now);
            }
        }
    }

    /// <summary>One source of a set is pulled; the others only where that one does not answer.</summary>
    private static bool MayPull(SetSource source) =>
        source.Set is not { Current: { } current } || current == source || current.IsLate || current.State is SourceState.Start or SourceState.LookUp;

    private void LookForLate(ProducerDesk producer, in Moment at)
    {
        producer.LateAt = Instant.Never;
        foreach (var source in producer.Sources.Values)
        {
            if (source.State != SourceState.Updating)
            {
                continue;
            }

            if (at.Now >= source.AskedAt + source.DeadAfter)
            {
                GiveUp(producer, $"it has not answered for {Spans.Say(at.Now - source.AskedAt)}", at);
                return;
            }

            if (!source.IsLate && at.Now >= source.AskedAt + source.LateAfter)
            {
                source.IsLate = true;
                if (source.Set is { } set && set.Current == source)
                {
                    PullOthers(set, at.Now);
                }
            }

            producer.LateAt = Instant.Earlier(producer.LateAt, source.AskedAt + (source.IsLate ? source.DeadAfter : source.LateAfter));
        }
    }

    /// <summary>A sample goes into a container once: a policy rests where another stores the same there already, and the copy of a peer's rests beside one of our own. When that one stops, the others are matched again.</summary>
    private static void Match(StorageDesk storage, CollectedSet set)
    {
        if (!storage.IsRunning || set.Policies.Contains(storage) || !storage.Rules.Wants(set.Layout.Schema, set.Current?.Producer.Name.TrimStart('#') ?? ""))
        {
            return;
        }

        if (!storage.IsCopy)
        {
            _ = set.Policies.RemoveAll(p => p.IsCopy && p.Rules.IsSamePlace(storage.Rules));
        }

        if (!set.Policies.Exists(p => p.Rules.IsSamePlace(storage.Rules) && (p.IsCopy != storage.IsCopy || p.Rules.Metrics.Equals(storage.Rules.Metrics))))
        {
            set.Policies.Add(storage);
        }
    }

    private void SourcesChanged() => sourcesVersion++;

    private void Refresh(UpdaterDesk updater)
    {
        if (updater.SourcesOf == sourcesVersion)
        {
            return;
        }

        updater.SourcesOf = sourcesVersion;
        updater.Sources.Clear();
        foreach (var name in updater.Rules.Producers)
        {
            if (updater.IsRunning && Producers.TryGetValue(name, out var producer) && producer.Part == ProducerPart.Collect)
            {
                foreach (var source in producer.Sources.Values)
                {
                    if (updater.Rules.Wants(source.Name, source.Schema))
                    {
                        updater.Sources.Add(source);
                        source.Interval = updater.Rules.Interval;
                    }
                }
            }
        }
    }
}

using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>The sets as we have them: which there are, who feeds each, which policies store it, and which of them nobody offers any more.</summary>
internal sealed class HeldSets(SortedDictionary<string, StorageDesk> policies, Queue<CollectionOrder> orders, Queue<CollectionNote> notes)
{
    /// <summary>A set whose producers are all gone is offered for so long yet: the stand-in of one of them needs a moment, and readers need not see the set come and go.</summary>
    private static readonly TimeSpan s_orphanLife = TimeSpan.FromSeconds(4);

    private readonly List<CollectedSet> orphans = [];

    /// <summary>Every set that has a sample, by its instance name.</summary>
    internal SortedDictionary<string, CollectedSet> All { get; } = new(StringComparer.Ordinal);

    internal Instant Deadline => orphans.Count == 0 ? Instant.Never : orphans.Min(o => o.OrphanedAt ?? Instant.Never) + s_orphanLife;

    /// <summary>A source gave a sample.</summary>
    /// <returns>False where it is not newer than what we have.</returns>
    internal bool Feed(SetSource source, SetLayout layout, ReadOnlySpan<byte> data, SampleId id, Instant now)
    {
        var set = source.Set ?? Attached(source, layout);
        var first = set.Had == 0;
        var was = set.Layout;
        if (!set.Take(source, layout, data, id, now))
        {
            return false;
        }

        if (first)
        {
            All[set.Name] = set;
        }

        if (first || !ReferenceEquals(was, set.Layout))
        {
            orders.Enqueue(new(CollectionDeed.Publish, null, null, set, null));
        }

        foreach (var storage in set.Policies)
        {
            storage.Offered++;
            orders.Enqueue(new(CollectionDeed.Store, null, source, set, storage));
        }

        return true;
    }

    /// <summary>A source feeds its set no more.</summary>
    /// <param name="stays">Where nobody else does, it is offered for a while even so: its producer may come back, or its stand-in.</param>
    /// <param name="why">It is withdrawn, where it does not stay.</param>
    /// <returns>Who feeds it from now on, where that is another one than before.</returns>
    internal SetSource? Leave(SetSource source, bool stays, string why, Instant now)
    {
        if (source.Set is not { } set)
        {
            return null;
        }

        var next = set.Detach(source, now) ? set.Current : null;
        if (set.OrphanedAt is not null && stays)
        {
            orphans.Add(set);
        }
        else if (set.OrphanedAt is not null)
        {
            Withdraw(set, now, why);
        }

        return next;
    }

    internal void Look(Instant now)
    {
        for (var i = orphans.Count - 1; i >= 0; i--)
        {
            var orphan = orphans[i];
            if (orphan.OrphanedAt is not { } since)
            {
                orphans.RemoveAt(i);
            }
            else if (now >= since + s_orphanLife)
            {
                orphans.RemoveAt(i);
                Withdraw(orphan, now, "no producer has offered it any more");
            }
        }
    }

    internal void Start(StorageDesk storage)
    {
        storage.IsRunning = true;
        foreach (var set in All.Values)
        {
            Match(storage, set);
        }
    }

    /// <summary>Others that rested for it store from now on.</summary>
    internal void Stop(StorageDesk storage)
    {
        storage.IsRunning = false;
        foreach (var set in All.Values)
        {
            if (set.Policies.Remove(storage))
            {
                foreach (var other in policies.Values)
                {
                    Match(other, set);
                }
            }
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

    private CollectedSet Attached(SetSource source, SetLayout layout)
    {
        if (All.TryGetValue(source.Name, out var set))
        {
            _ = orphans.Remove(set);
            set.Attach(source);
            return set;
        }

        set = new CollectedSet(layout);
        set.Attach(source);
        foreach (var storage in policies.Values)
        {
            Match(storage, set);
        }

        return set;
    }

    private void Withdraw(CollectedSet set, Instant now, string why)
    {
        if (All.Remove(set.Name))
        {
            _ = orphans.Remove(set);
            orders.Enqueue(new(CollectionDeed.Withdraw, null, null, set, null));
            notes.Enqueue(new CollectionNote(now, set.Name, $"is not offered any more: {why}", Loud: false));
        }
    }
}

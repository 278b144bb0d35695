namespace Understudy.Core.Collection;

/// <summary>Who is pulled when: by updaters' ticks, for the first time, and in the place of one that does not answer.</summary>
internal sealed class Pulls(SortedDictionary<string, ProducerDesk> producers, SortedDictionary<string, UpdaterDesk> updaters, Queue<CollectionOrder> orders)
{
    /// <summary>A sample that was just being written is asked for again so often within one tick; the sampler needs microseconds for it.</summary>
    private const int TornLimit = 3;

    private int sourcesVersion;

    internal Instant Deadline
    {
        get
        {
            var at = Instant.Never;
            foreach (var updater in updaters.Values)
            {
                at = Instant.Earlier(at, updater.Due);
            }

            return at;
        }
    }

    /// <summary>Updaters look again whom they mean.</summary>
    internal void SourcesChanged() => sourcesVersion++;

    internal void Start(UpdaterDesk updater, in Moment at)
    {
        updater.IsRunning = true;
        updater.Beats.Clear();
        BeatOf(updater, (updater.Rules.Interval, updater.Rules.Offset), at);
        SourcesChanged();
        Refresh(updater, at);
        foreach (var source in updater.Beats.SelectMany(b => b.Sources).ToArray())
        {
            First(source, at.Now);
        }
    }

    internal void Stop(UpdaterDesk updater)
    {
        updater.IsRunning = false;
        updater.Beats.Clear();
        SourcesChanged();
    }

    /// <summary>The updaters whose time has come pull.</summary>
    internal void Look(in Moment at)
    {
        foreach (var updater in updaters.Values)
        {
            if (at.Now >= updater.Due)
            {
                Refresh(updater, at);
                foreach (var beat in updater.Beats)
                {
                    Tick(beat, at);
                }
            }
        }
    }

    /// <summary>The first sample does not wait for a tick.</summary>
    /// <param name="again">Not its first, but the first that matters.</param>
    internal void First(SetSource source, Instant now, bool again = false)
    {
        source.Updater = UpdaterOf(source);
        if (source.State == SourceState.Ready && source.Interval > TimeSpan.Zero && source.Producer.Part == ProducerPart.Collect && (again || source.Id.Micros == 0))
        {
            Pull(source, now);
        }
    }

    /// <summary>What came was being written: it is asked for again, unless that happens again and again.</summary>
    internal void Torn(SetSource source, Instant now)
    {
        if (source.TornInARow++ < TornLimit)
        {
            Pull(source, now);
        }
    }

    /// <summary>The source gave nothing new although there should be: the others are asked too.</summary>
    internal void Overdue(SetSource source, Instant now)
    {
        if (source.Set is { } set && set.Current == source && set.Sources.Count > 1)
        {
            var period = set.Period > 0 ? TimeSpan.FromMicroseconds(set.Period) : source.Interval;
            if (now - set.At > period * 0.75)
            {
                Others(set, now);
            }
        }
    }

    /// <summary>The one that pulls it most often; null: none does.</summary>
    internal UpdaterRules? UpdaterOf(SetSource source)
    {
        UpdaterRules? least = null;
        foreach (var updater in updaters.Values)
        {
            if (updater.IsRunning && updater.Rules.Wants(source.Name, source.Schema) && updater.Rules.Producers.Contains(source.Producer.Name, StringComparer.Ordinal))
            {
                least = least is null || updater.Rules.Interval < least.Interval ? updater.Rules : least;
            }
        }

        return least;
    }

    /// <summary>The first of a producer's unanswered pulls may be late, or show that its connection is dead.</summary>
    /// <returns>Why it is dead; null: it is not.</returns>
    internal string? Late(ProducerDesk producer, Instant now)
    {
        producer.LateAt = Instant.Never;
        foreach (var source in producer.Sources.Values)
        {
            if (source.State != SourceState.Updating)
            {
                continue;
            }

            if (now >= source.AskedAt + source.DeadAfter)
            {
                return $"it has not answered for {Spans.Say(now - source.AskedAt)}";
            }

            if (!source.IsLate && now >= source.AskedAt + source.LateAfter)
            {
                source.IsLate = true;
                if (source.Set is { } set && set.Current == source)
                {
                    Others(set, now);
                }
            }

            producer.LateAt = Instant.Earlier(producer.LateAt, source.AskedAt + (source.IsLate ? source.DeadAfter : source.LateAfter));
        }

        return null;
    }

    /// <summary>One source of a set is pulled; the others only where that one does not answer.</summary>
    private static bool MayPull(SetSource source) =>
        source.Set is not { Current: { } current } || current == source || current.IsLate || current.State is SourceState.Start or SourceState.LookUp;

    private void Others(CollectedSet set, Instant now)
    {
        foreach (var other in set.Sources)
        {
            if (other != set.Current && other.State == SourceState.Ready && other.Producer.Part == ProducerPart.Collect)
            {
                Pull(other, now);
            }
        }
    }

    private void Pull(SetSource source, Instant now)
    {
        source.State = SourceState.Updating;
        source.AskedAt = now;
        source.Producer.LateAt = Instant.Earlier(source.Producer.LateAt, now + source.LateAfter);
        orders.Enqueue(new(CollectionDeed.Pull, source.Producer, source, null, null));
    }

    private void Tick(UpdaterBeat beat, in Moment at)
    {
        if (at.Now < beat.Due)
        {
            return;
        }

        beat.Next(at);
        foreach (var source in beat.Sources)
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

    private static UpdaterBeat BeatOf(UpdaterDesk updater, (TimeSpan Interval, TimeSpan? Offset) times, in Moment at)
    {
        foreach (var known in updater.Beats)
        {
            if (known.Times == times)
            {
                return known;
            }
        }

        var beat = new UpdaterBeat(times, at);
        beat.Begin(at);
        updater.Beats.Add(beat);
        return beat;
    }

    private void Refresh(UpdaterDesk updater, in Moment at)
    {
        if (updater.SourcesOf == sourcesVersion)
        {
            return;
        }

        updater.SourcesOf = sourcesVersion;
        updater.Beats.ForEach(static b => b.Sources.Clear());
        foreach (var name in updater.Rules.Producers)
        {
            if (updater.IsRunning && producers.TryGetValue(name, out var producer) && producer.Part == ProducerPart.Collect)
            {
                foreach (var source in producer.Sources.Values)
                {
                    if (updater.Rules.Wants(source.Name, source.Schema))
                    {
                        source.Updater = updater.Rules;
                        BeatOf(updater, source.Beat!.Value, at).Sources.Add(source);
                    }
                }
            }
        }

        _ = updater.Beats.RemoveAll(b => b.Sources.Count == 0 && b != updater.Beats[0]);      // the first is its own
    }
}

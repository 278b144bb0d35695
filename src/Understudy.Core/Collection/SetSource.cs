using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>How far we are with one set of one producer. The names are those that LDMS shows.</summary>
public enum SourceState
{
    /// <summary>The producer lists it.</summary>
    Start,

    /// <summary>Its layout is asked for.</summary>
    LookUp,

    /// <summary>It can be pulled.</summary>
    Ready,

    /// <summary>A sample is asked for.</summary>
    Updating,
}

/// <summary>One set as one producer offers it. Several producers may offer the same set; <see cref="CollectedSet"/> is what becomes of them.</summary>
public sealed class SetSource
{
    internal SetSource(ProducerDesk producer, string name, string schema)
    {
        Producer = producer;
        Name = name;
        Schema = schema;
    }

    public ProducerDesk Producer { get; }

    /// <summary>The set's instance name.</summary>
    public string Name { get; }

    public string Schema { get; internal set; }

    public SourceState State { get; internal set; }

    /// <summary>Null before its look-up.</summary>
    public SetLayout? Layout { get; internal set; }

    /// <summary>What the connection knows it by; the loop's own.</summary>
    public object? Handle { get; internal set; }

    /// <summary>The newest sample that it gave.</summary>
    public SampleId Id { get; internal set; }

    /// <summary>A sample was asked for and has not come in the time that it may take.</summary>
    public bool IsLate { get; internal set; }

    /// <summary>The set that it feeds; null before its first sample.</summary>
    public CollectedSet? Set { get; internal set; }

    /// <summary>How many pulls were skipped as the one before had not been answered.</summary>
    public long Skipped { get; internal set; }

    internal Instant AskedAt { get; set; }

    /// <summary>When it last gave a whole sample, a new one or the same again.</summary>
    internal Instant GaveAt { get; set; }

    internal Instant RetryAt { get; set; }

    /// <summary>How often it is pulled; zero: by no updater.</summary>
    public TimeSpan Interval => Beat?.Interval ?? TimeSpan.Zero;

    /// <summary>At which times it is pulled, offset from the whole multiples of the interval; null: by no updater.</summary>
    public (TimeSpan Interval, TimeSpan? Offset)? Beat => Updater is { } by ? by.ByHints && Hint is { } hint ? (hint.Interval, hint.Offset + Schedule.AfterSampling(hint.Interval)) : (by.Interval, by.Offset) : null;

    /// <summary>At which interval and offset it is sampled, where its producer says so.</summary>
    public (TimeSpan Interval, TimeSpan Offset)? Hint { get; internal set; }

    /// <summary>Who pulls it; null: nobody.</summary>
    internal UpdaterRules? Updater { get; set; }

    /// <summary>It has given a sample, and as late as it should have, where it is the one of the set's sources that is asked.</summary>
    internal bool Gives(Instant now) =>
        Id.Micros > 0 && (Set is { Current: { } current } && current != this ? !current.IsLate : now - GaveAt <= (2 * Interval) + LateAfter);

    /// <summary>It gives what it gave, for longer than its sampler and its updater let expect. Of a sampler whose period is not known nothing is expected.</summary>
    internal bool StandsStill(Instant now) =>
        Updater is { } by && Set is { Period: > 0 } set && set.Current == this && now - set.At > by.Stalled * Spans.Longer(TimeSpan.FromMicroseconds(set.Period), Interval) + LateAfter;

    internal int TornInARow { get; set; }

    /// <summary>After so long without an answer another source of the set is asked too.</summary>
    internal TimeSpan LateAfter => Spans.Shorter(DeadAfter / 2, TimeSpan.FromTicks(Math.Clamp(Interval.Ticks / 2, LeastPatience.Ticks, MostPatience.Ticks)));

    /// <summary>After so long without an answer its connection is taken for dead.</summary>
    internal TimeSpan DeadAfter => Updater?.Timeout ?? Spans.Longer(TimeSpan.FromTicks(Interval.Ticks * 3), LeastDead);

    /// <summary>Less than a scheduler's hiccup on a busy machine would ask twice for nothing.</summary>
    private static TimeSpan LeastPatience => TimeSpan.FromMilliseconds(25);

    private static TimeSpan MostPatience => TimeSpan.FromSeconds(5);

    /// <summary>A connection is made anew within milliseconds, and tears down nothing else: it need not be believed in for long.</summary>
    private static TimeSpan LeastDead => TimeSpan.FromSeconds(1);
}

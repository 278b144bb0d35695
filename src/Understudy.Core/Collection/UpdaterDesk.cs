namespace Understudy.Core.Collection;

/// <summary>One updater: when it ticks next, and whom it pulls then.</summary>
public sealed class UpdaterDesk
{
    internal UpdaterDesk(UpdaterRules rules) => Rules = rules;

    public UpdaterRules Rules { get; internal set; }

    public string Name => Rules.Name;

    public bool IsRunning { get; internal set; }

    /// <summary>Its own, and one for each hint that its sets give, where it goes by them.</summary>
    internal List<UpdaterBeat> Beats { get; } = [];

    internal Instant Due
    {
        get
        {
            var due = Instant.Never;
            foreach (var beat in Beats)
            {
                due = Instant.Earlier(due, beat.Due);
            }

            return due;
        }
    }

    internal int SourcesOf { get; set; } = -1;
}

/// <summary>Sets that an updater pulls at the same moments.</summary>
/// <param name="times">As <see cref="SetSource.Beat"/>.</param>
internal sealed class UpdaterBeat((TimeSpan Interval, TimeSpan? Offset) times, in Moment at)
{
    private readonly Schedule schedule = Schedule.Of(times.Interval, times.Offset, at);

    internal (TimeSpan Interval, TimeSpan? Offset) Times => times;

    /// <summary>When it ticks next.</summary>
    internal Instant Due { get; private set; } = Instant.Never;

    /// <summary>The sources that are pulled then, of all producers.</summary>
    internal List<SetSource> Sources { get; } = [];

    /// <summary>By the wall clock, µs; 0: it has no next tick yet.</summary>
    private long dueMicros;

    internal void Begin(in Moment at) => Place(schedule.After(at.Micros), at);

    internal void Next(in Moment at) => Place(schedule.Next(dueMicros, at), at);

    private void Place(long micros, in Moment at)
    {
        dueMicros = micros;
        Due = at.Now + TimeSpan.FromMicroseconds(micros - at.Micros);
    }
}

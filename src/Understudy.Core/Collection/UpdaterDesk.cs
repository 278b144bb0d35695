namespace Understudy.Core.Collection;

/// <summary>One updater: when it ticks next, and whom it pulls then.</summary>
public sealed class UpdaterDesk
{
    internal UpdaterDesk(UpdaterRules rules) => Rules = rules;

    public UpdaterRules Rules { get; internal set; }

    public string Name => Rules.Name;

    public bool IsRunning { get; internal set; }

    internal Schedule Schedule { get; set; }

    /// <summary>When it ticks next: by the wall clock, and by ours.</summary>
    internal long DueMicros { get; set; }

    internal Instant Due { get; set; } = Instant.Never;

    /// <summary>The sources that it pulls, of all its producers; made anew when any changed.</summary>
    internal List<SetSource> Sources { get; } = [];

    internal int SourcesOf { get; set; } = -1;

    internal void Place(in Moment at, long micros)
    {
        DueMicros = micros;
        Due = at.Now + TimeSpan.FromMicroseconds(micros - at.Micros);
    }
}

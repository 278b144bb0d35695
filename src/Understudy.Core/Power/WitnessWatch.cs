using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Core.Power;

/// <summary>One witness of a guard: the judge of its probe, and whether it was ever seen up.</summary>
/// <param name="Subject">What is looked at, as the settings say it; by it the memory is found again after a restart.</param>
/// <param name="Speaks">Its bad readings are statements, not silence (<see cref="ProbeSettings.Speaks"/>).</param>
/// <param name="EverUp">It was judged Healthy at least once since this host booted.</param>
/// <param name="DarkSince">The first bad reading since it was last up, whatever happened to us in between; null while the last word was good.</param>
/// <param name="Judge">The judge of its readings.</param>
public sealed record WitnessWatch(string Subject, bool Speaks, bool EverUp, Instant? DarkSince, ProbeJudge Judge)
{
    /// <summary>A witness at the start of the looking.</summary>
    /// <param name="probe">How it is looked at.</param>
    /// <param name="known">What is remembered of it from this boot, or null.</param>
    /// <param name="now">The moment.</param>
    public static WitnessWatch At(ProbeSettings probe, WitnessMemory? known, Instant now) =>
        new(probe.Subject, probe.Speaks, known is not null, known?.DarkSince, new(new(probe.Every, probe.Fails, probe.Rises), probe.Subject, now));

    /// <summary>What it is worth now.</summary>
    public WitnessView View => new(Subject, Speaks, EverUp, Judge.Health, Judge.BadSince, DarkSince, Judge.ReadAt);

    /// <summary>Takes one reading.</summary>
    public WitnessWatch Hear(ProbeReading reading, Instant at) => With(Judge.Hear(reading, at)) with
    {
        DarkSince = reading switch { ProbeReading.Good => null, ProbeReading.Bad => DarkSince ?? at, _ => DarkSince },
    };

    /// <summary>Forgets what is too old to be believed.</summary>
    public WitnessWatch Look(Instant now) => With(Judge.Look(now));

    private WitnessWatch With(ProbeJudge judge) => this with { Judge = judge, EverUp = EverUp || judge.Health == Health.Healthy };
}

/// <summary>What one witness is worth at a moment.</summary>
/// <param name="Subject">What is looked at.</param>
/// <param name="Speaks">Its bad readings are statements, not silence.</param>
/// <param name="EverUp">It was seen up at least once; else it cannot vote that the mains are lost.</param>
/// <param name="Health">The judgement of its readings.</param>
/// <param name="BadSince">The first of the current row of bad readings.</param>
/// <param name="DarkSince">The first bad reading since it was last up, even where we were away or unable to read in between.</param>
/// <param name="ReadAt">The last reading that counts.</param>
public readonly record struct WitnessView(string Subject, bool Speaks, bool EverUp, Health Health, Instant? BadSince, Instant? DarkSince, Instant? ReadAt)
{
    /// <summary>It votes that the mains are lost.</summary>
    public bool IsDark => Health == Health.Failed && EverUp;

    /// <summary>It votes that they are there; of a control: our way there works.</summary>
    public bool IsLit => Health == Health.Healthy;

    /// <summary>It votes neither way yet, and might come to vote dark.</summary>
    public bool IsOpen => EverUp && (Health is Health.Suspect or Health.Unknown);
}

/// <summary>What another host says of the same mains.</summary>
/// <param name="Host">Its name.</param>
/// <param name="Mains">Its verdict.</param>
/// <param name="Age">How long ago it was so: by our clock since the message that says so arrived, and by its own how old its readings were then.</param>
public sealed record PeerView(string Host, MainsVerdict Mains, TimeSpan Age);

/// <summary>What is remembered of a witness over a restart of ours, within one boot: it was seen up, and since when it is dark, if it is.</summary>
public sealed record WitnessMemory(string Subject, Instant? DarkSince);

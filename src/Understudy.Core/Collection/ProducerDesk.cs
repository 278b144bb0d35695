namespace Understudy.Core.Collection;

/// <summary>How much we have to do with a producer.</summary>
public enum ProducerPart
{
    /// <summary>Nothing.</summary>
    Off,

    /// <summary>We are connected and know its layouts, and pull nothing: somebody else does, and we could at once.</summary>
    Warm,

    /// <summary>We pull.</summary>
    Collect,
}

/// <summary>How our connection to a producer stands. The names are those that LDMS shows.</summary>
public enum ProducerState
{
    Stopped,
    Disconnected,
    Connecting,
    Connected,
}

/// <summary>One producer: its connection, and the sets that it offers. It owns nothing of the sets themselves.</summary>
public sealed class ProducerDesk
{
    internal ProducerDesk(ProducerRules rules, Instant now)
    {
        Rules = rules;
        PartSince = now;
    }

    public ProducerRules Rules { get; internal set; }

    public string Name => Rules.Name;

    public ProducerState State { get; internal set; }

    public ProducerPart Part { get; internal set; }

    /// <summary>Since when our part is what it is, and why, as a sentence.</summary>
    public Instant PartSince { get; internal set; }

    public string PartWhy { get; internal set; } = "it was not started yet";

    /// <summary>Why there is no connection; empty where there is.</summary>
    public string Trouble { get; internal set; } = "";

    /// <summary>Connections that were lost since the start.</summary>
    public int Losses { get; internal set; }

    /// <summary>The sets that it offers, by their instance names.</summary>
    public Dictionary<string, SetSource> Sources { get; } = new(StringComparer.Ordinal);

    /// <summary>The set that was said not to advance; null: none was, or it is gone.</summary>
    internal SetSource? StandsStill
    {
        get => field is { } known && Sources.GetValueOrDefault(known.Name) == known ? known : null;
        set;
    }

    /// <summary>Every one of its sets has given a sample since we took it on, and gives them still: whoever has done it so far may stop. One that we have not heard of since before we stood still, or that does not answer any more though
    /// its connection stands, is not.</summary>
    public bool IsReady(Instant now)
    {
        foreach (var source in Sources.Values)
        {
            if (source.Interval > TimeSpan.Zero && !source.Gives(now))
            {
                return false;
            }
        }

        return State == ProducerState.Connected && Part == ProducerPart.Collect && Listed;
    }

    /// <summary>Samples that were lost of the sets that it gives now.</summary>
    public long Lost
    {
        get
        {
            var lost = 0L;
            foreach (var source in Sources.Values)
            {
                lost += source.Set is { } set && set.Current == source ? set.Lost : 0;
            }

            return lost;
        }
    }

    /// <summary>It has said which sets it has.</summary>
    internal bool Listed { get; set; }

    /// <summary>When it is to be connected, or given up, next.</summary>
    internal Instant Due { get; set; } = Instant.Never;

    /// <summary>When it was tried last.</summary>
    internal Instant TriedAt { get; set; }

    /// <summary>When the first of its unanswered pulls is late or its connection dead.</summary>
    internal Instant LateAt { get; set; } = Instant.Never;

    /// <summary>Counts connections, so that what a past one says is not taken for the present one's.</summary>
    public int Generation { get; internal set; }
}

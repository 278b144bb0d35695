namespace Understudy.Core.Ups;

/// <summary>An operator's word on a source: it outlives a restart, and ends by itself where <paramref name="Until"/> is not Never.</summary>
public sealed record SourceOverride(bool Primary, Instant Until, string Why);

/// <summary>What one line of a source changed.</summary>
public enum SourceChange
{
    Nothing = 0,

    /// <summary>One variable or command: the name is given.</summary>
    One,

    /// <summary>Everything may be another: a dump is complete.</summary>
    All,

    /// <summary>Its word on its own data: DATAOK or DATASTALE.</summary>
    Freshness,

    /// <summary>It answered a command: the line is the caller's to read.</summary>
    Answer,
}

/// <summary>
/// One real driver as we see it: connected or not, what it says, whether that is fresh, and its rhythm. A dump after a new connection is read into a tree of its own, and takes the place of the old one when it
/// is complete: there is no moment without data.
/// </summary>
public sealed class UpsSource(string name, int rank)
{
    /// <summary>So often a source is asked for all again: what a stock driver failed to send once it never sends again until it changes.</summary>
    public static TimeSpan VerifyEvery => TimeSpan.FromMinutes(5);

    private static readonly Version s_tracking = new(2, 8, 0);

    private VariableTree? incoming;
    private string? statusText;
    private HashSet<string> status = [];
    private Instant dumpedAt;
    private Instant? askedAt;
    private TimeSpan slowest;

    public string Name { get; } = name;

    /// <summary>Its place in <c>port</c>; 0 is the best.</summary>
    public int Rank { get; } = rank;

    /// <summary>What it last said as a whole, kept after it went.</summary>
    public VariableTree Tree { get; private set; } = new();

    private bool wasAway;

    /// <summary>It has been fresh from the first time that it was, which lies before <paramref name="limit"/>: it does not come back, so it has nothing to wait for.</summary>
    public bool IsNewcomer(Instant limit) => WellSince != Instant.Never && !wasAway && WellSince < limit;

    /// <summary>It has been away since it was first fresh.</summary>
    public bool WasAway => wasAway;

    public bool Connected { get; private set; }

    /// <summary>A whole dump came over this connection.</summary>
    public bool Dumped { get; private set; }

    /// <summary>It was asked for all that it has, and has not told all of it yet.</summary>
    public bool Telling => incoming is not null;

    public bool DataOk { get; private set; }

    /// <summary>A whole dump came at any time.</summary>
    public bool EverSeen { get; private set; }

    public Instant HeardAt { get; private set; }

    /// <summary>When it said its last line, over whatever connection.</summary>
    public Instant SaidAt { get; private set; }

    /// <summary>When it last told all.</summary>
    public Instant DumpedAt => dumpedAt;

    /// <summary>The longest that it was seen to need for an answer over this connection; it fades with each quicker one.</summary>
    public TimeSpan Slowest => slowest;

    /// <summary>Since when it has been fresh without a break; Never while it is not.</summary>
    public Instant WellSince { get; private set; } = Instant.Never;

    /// <summary>Since when it has not been fresh; Never while it is, and before all bounds where it never was: just after boot the clock itself is younger than some.</summary>
    public Instant UnwellSince { get; private set; } = new(long.MinValue / 2);

    /// <summary>It was asked, and has not answered within its time.</summary>
    public bool Hung { get; private set; }

    public SourceOverride? Override { get; set; }

    public long Lines { get; private set; }

    public long Refused { get; private set; }

    public int Losses { get; private set; }

    /// <summary>The tokens of its ups.status.</summary>
    public IReadOnlySet<string> Status
    {
        get
        {
            var text = Tree.ValueOf("ups.status");
            if (!ReferenceEquals(text, statusText))
            {
                (statusText, status) = (text, StatusRules.Tokens(text).ToHashSet(StringComparer.Ordinal));
            }

            return status;
        }
    }

    /// <summary>It vouched for FSD, and has not vouched for a status without it since: going away, hanging or getting stale takes no shutdown back.</summary>
    public bool ForcedShutdown { get; private set; }

    /// <summary>It is there and has told all, whether or not it vouches for its data.</summary>
    public bool Alive => Connected && Dumped && !Hung;

    /// <summary>Its word counts now: it is there, answers, and vouches for its data.</summary>
    public bool Fresh => Alive && DataOk;

    /// <summary>An operator does not want it shown.</summary>
    public bool KeptOut(Instant now) => Override is { Primary: false } o && now < o.Until;

    /// <summary>It knows TRACKING, as drivers since NUT 2.8.0 do; one that does not say its version is not trusted with it.</summary>
    public bool Tracks => Tree.DriverVersion >= s_tracking;

    public void Came(Instant now)
    {
        (Connected, Dumped, DataOk, Hung, HeardAt, askedAt) = (true, false, true, false, now, null);
        slowest = TimeSpan.Zero;      // another process may have another rhythm, and how long the last one hung is none
        incoming = new VariableTree();
        Judge(now);
    }

    public void Went(Instant now)
    {
        if (Connected)
        {
            Losses++;
        }

        (Connected, Dumped, Hung, incoming, askedAt) = (false, false, false, null, null);
        Judge(now);
    }

    /// <summary>Takes a line in.</summary>
    /// <param name="changed">With <see cref="SourceChange.One"/>, the name of what changed.</param>
    public SourceChange Take(in DriverLine line, Instant now, out string? changed)
    {
        changed = null;
        Lines++;
        Heard(now);
        switch (line.Word)
        {
            case DriverWord.Pong:
                return SourceChange.Nothing;
            case DriverWord.Tracking:
                return SourceChange.Answer;
            case DriverWord.DataOk or DriverWord.DataStale:
                DataOk = line.Word == DriverWord.DataOk;
                Judge(now);
                return SourceChange.Freshness;
            case DriverWord.DumpDone when incoming is not null:
                (Tree, incoming, Dumped, EverSeen, dumpedAt) = (incoming, null, true, true, now);
                Judge(now);
                return SourceChange.All;
            default:
                // A change that comes while it tells all again is one of what is shown, and of what will be: whether it comes before or behind its line of the dump is not known.
                changed = Dumped ? Tree.Apply(line) : null;
                _ = incoming?.Apply(line);
                if (changed is not null && StatusRules.IsStatus(changed))
                {
                    Judge(now);
                }

                return changed is null ? SourceChange.Nothing : SourceChange.One;
        }
    }

    /// <summary>The process before us knew it: how long it has been well, and whether it came back, is as that one saw it.</summary>
    public void Inherit(HandedSource known)
    {
        wasAway |= known.WasAway;
        ForcedShutdown |= known.Forced && !Fresh;      // who is fresh has said for itself
        if (Fresh && known.WellSince < WellSince)
        {
            WellSince = known.WellSince;
        }
    }

    public void Refuse() => Refused++;

    /// <summary>True when it should be pinged now.</summary>
    /// <param name="early">So much earlier than it had to be is soon enough.</param>
    public bool PingDue(Instant now, TimeSpan early = default) => Connected && askedAt is null && now + early >= HeardAt + ProxyRules.PingAfter;

    public void Asked(Instant now) => askedAt ??= now;

    /// <summary>True when it should tell all again now.</summary>
    public bool VerifyDue(Instant now) => Fresh && incoming is null && now >= dumpedAt + VerifyEvery;

    /// <summary>It was asked to tell all again; what it told before counts until it has.</summary>
    public void Verify() => incoming = new VariableTree();

    /// <summary>When <see cref="Look"/> has something to see, or a ping or a new dump is due.</summary>
    public Instant Deadline(ProxyRules rules)
    {
        var answer = !Connected ? Instant.Never : askedAt is not { } asked ? HeardAt + ProxyRules.PingAfter : Hung ? asked + rules.DeadTime : asked + Patience(rules);
        return Fresh && incoming is null ? Instant.Earlier(answer, dumpedAt + VerifyEvery) : answer;
    }

    /// <summary>Judges its silence; true when its state changed.</summary>
    public bool Look(ProxyRules rules, Instant now)
    {
        if (!Connected || Hung || askedAt is not { } asked || now < asked + Patience(rules))
        {
            return false;
        }

        Hung = true;
        Judge(now);
        return true;
    }

    /// <summary>It has been silent for so long that the connection itself is of no use.</summary>
    public bool IsLost(ProxyRules rules, Instant now) => Connected && Hung && askedAt is { } asked && now >= asked + rules.DeadTime;

    /// <summary>How long an answer may take: the settings' span, or twice what this source was ever seen to need, but never longer than deadtime. A driver does not answer
    /// while it talks to its device, and some take many seconds for that.</summary>
    public TimeSpan Patience(ProxyRules rules)
    {
        var own = slowest * 2;
        var patience = own > rules.Silence ? own : rules.Silence;
        return patience < rules.DeadTime ? patience : rules.DeadTime;
    }

    private void Heard(Instant now)
    {
        (HeardAt, SaidAt) = (now, now);
        if (askedAt is { } asked)
        {
            slowest = now - asked > slowest ? now - asked : slowest - (slowest / 64);
            askedAt = null;
        }

        if (Hung)
        {
            Hung = false;
            Judge(now);
        }
    }

    private void Judge(Instant now)
    {
        if (Fresh)
        {
            ForcedShutdown = Status.Contains("FSD");
            (WellSince, UnwellSince) = (WellSince == Instant.Never ? now : WellSince, Instant.Never);
        }
        else
        {
            wasAway |= WellSince != Instant.Never;
            (UnwellSince, WellSince) = (UnwellSince == Instant.Never ? now : UnwellSince, Instant.Never);
        }
    }
}

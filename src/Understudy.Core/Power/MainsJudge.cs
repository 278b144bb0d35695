using System.Globalization;

namespace Understudy.Core.Power;

/// <summary>What we believe of the mains.</summary>
public enum MainsVerdict
{
    /// <summary>Not enough was seen to say anything.</summary>
    Unknown,

    /// <summary>Enough witnesses are up.</summary>
    Present,

    /// <summary>Enough witnesses are dark, and our way there works.</summary>
    Lost,

    /// <summary>Enough witnesses are dark, and so is everything else: perhaps we are cut off. Nothing is done on that evidence alone.</summary>
    Blind,

    /// <summary>We see a loss, and another host sees the mains. Nothing is done on that evidence alone.</summary>
    Disputed,
}

/// <summary>How many witnesses make a verdict, and whose word counts besides.</summary>
/// <param name="Needed">So many dark ones are a loss, at least 1.</param>
/// <param name="Alone">Silence is believed where there is no control at all.</param>
/// <param name="PeersFor">A peer's view that is older counts no more.</param>
public sealed record MainsRules(int Needed, bool Alone, TimeSpan PeersFor);

/// <summary>A judgement of the mains, with what it rests on.</summary>
/// <param name="Verdict">The belief.</param>
/// <param name="DarkFrom">When the darkness that is a loss began: the first bad reading of the witness that made it enough. Null unless enough are dark.
/// A reading is made after what it shows, so that a loss is never dated before it began.</param>
/// <param name="SeenAt">As of when this was so: all readings that the verdict needs are at least as new. Null where nothing was read.</param>
/// <param name="Evidence">One sentence without a full stop.</param>
public sealed record MainsReading(MainsVerdict Verdict, Instant? DarkFrom, Instant? SeenAt, string Evidence);

/// <summary>Judges the mains by what their witnesses, the controls and the other hosts say.</summary>
/// <remarks>
/// <para>A witness is <i>dark</i> when it is Failed and was seen up before; <i>lit</i> when it is Healthy; else it votes for nothing. What was
/// never seen up cannot be dark: it may be misspelt, unplugged, or not there yet. Unread makes nothing Failed (see <see cref="Evidence.ProbeJudge"/>).</para>
/// <para>Fewer dark than needed: <i>Present</i> when one at least is lit and even all that are undecided now would not make it enough, else
/// <i>Unknown</i>. Enough dark: <i>Disputed</i> when a peer of late sees the mains, and our way works; <i>Lost</i> when our way works;
/// <i>Blind</i> when it does not. Our way works when a control is lit, when one of the dark witnesses speaks (an adapter or a UPS that says
/// so has been reached), or when there is no control and the operator wants silence believed.</para>
/// <para>A control that went dark together with the witnesses, within <see cref="Together"/>, makes it Blind though others are up: what took it away may have taken
/// them away too. So a switch that reboots is no loss even while another witness lies dead. What went dark long before or long after tells nothing.</para>
/// <para>One peer is enough for a dispute: that something is lit is better evidence than that something is not.</para>
/// </remarks>
public static class MainsJudge
{
    /// <summary>What goes dark within so long of each other may have one cause: the rounds of two probes with their fails, and a little.</summary>
    public static TimeSpan Together => TimeSpan.FromMinutes(2);

    /// <summary>Judges.</summary>
    public static MainsReading Judge(MainsRules rules, ReadOnlySpan<WitnessView> mains, ReadOnlySpan<WitnessView> controls, ReadOnlySpan<PeerView> peers)
    {
        var (dark, lit, open, speaks) = (0, 0, 0, false);
        foreach (var witness in mains)
        {
            dark += witness.IsDark ? 1 : 0;
            lit += witness.IsLit ? 1 : 0;
            open += witness.IsOpen ? 1 : 0;
            speaks |= witness.IsDark && witness.Speaks;
        }

        if (dark < rules.Needed)
        {
            return lit > 0 && dark + open < rules.Needed
                ? new(MainsVerdict.Present, DarkFrom: null, Newest(mains, w => w.IsLit), Told($"{lit} of {mains.Length} mains witnesses are up", mains, w => w.IsLit))
                : new(MainsVerdict.Unknown, DarkFrom: null, SeenAt: null, Undecided(rules, mains, dark, lit, open));
        }

        var from = Nth(mains, rules.Needed, w => w.BadSince);
        var seen = NthNewest(mains, rules.Needed, w => w.ReadAt);
        var told = Told($"{dark} of {mains.Length} mains witnesses are dark, {rules.Needed} needed", mains, w => w.IsDark);
        var way = Newest(controls, c => c.IsLit);
        if (way is null && !speaks && !(controls.IsEmpty && rules.Alone))
        {
            return new(MainsVerdict.Blind, from, seen, controls.IsEmpty
                ? $"{told}; there is no control, so that we may be cut off ourselves"
                : Told($"{told}; of {controls.Length} controls none is up, so that we may be cut off ourselves", controls, _ => true));
        }

        if (!speaks && GoneToo(mains, controls, rules.Needed) is { } gone)
        {
            return new(MainsVerdict.Blind, from, seen, $"{told}; the control {gone.Subject} went dark with them, so that something between us and them may be down");
        }

        // Where only the control shows that our way works, the loss is as old as the older of the two views.
        var asOf = speaks || way is not { } control ? seen : seen is { } s ? Instant.Earlier(s, control) : seen;
        foreach (var peer in peers)
        {
            if (peer.Mains == MainsVerdict.Present && peer.Age <= rules.PeersFor)
            {
                return new(MainsVerdict.Disputed, from, asOf, $"{told}; but {peer.Host} sees the mains");
            }
        }

        return new(MainsVerdict.Lost, from, asOf, way is not null ? Told($"{told}; our way works", controls, c => c.IsLit) : speaks ? $"{told}, by its own word" : told);
    }

    /// <summary>A control that went dark when the witnesses did.</summary>
    private static WitnessView? GoneToo(ReadOnlySpan<WitnessView> mains, ReadOnlySpan<WitnessView> controls, int needed)
    {
        var went = Nth(mains, needed, w => w.DarkSince);
        foreach (var control in controls)
        {
            if (control.IsDark && control.DarkSince is { } at && went is { } loss && at >= loss - Together && at <= loss + Together)
            {
                return control;
            }
        }

        return null;
    }

    /// <summary>Of the dark witnesses' moments the n-th, the oldest being the first.</summary>
    private static Instant? Nth(ReadOnlySpan<WitnessView> mains, int n, Func<WitnessView, Instant?> momentOf)
    {
        var moments = DarkMoments(mains, momentOf);
        return moments.Count < n ? null : moments[n - 1];
    }

    /// <summary>Of the dark witnesses' moments the n-th, the newest being the first.</summary>
    private static Instant? NthNewest(ReadOnlySpan<WitnessView> mains, int n, Func<WitnessView, Instant?> momentOf)
    {
        var moments = DarkMoments(mains, momentOf);
        return moments.Count < n ? null : moments[^n];
    }

    private static List<Instant> DarkMoments(ReadOnlySpan<WitnessView> mains, Func<WitnessView, Instant?> momentOf)
    {
        var moments = new List<Instant>(mains.Length);
        foreach (var witness in mains)
        {
            if (witness.IsDark && momentOf(witness) is { } at)
            {
                moments.Add(at);
            }
        }

        moments.Sort();
        return moments;
    }

    private static Instant? Newest(ReadOnlySpan<WitnessView> witnesses, Func<WitnessView, bool> counts)
    {
        Instant? newest = null;
        foreach (var witness in witnesses)
        {
            if (counts(witness) && witness.ReadAt is { } at)
            {
                newest = newest is { } other ? Instant.Later(other, at) : at;
            }
        }

        return newest;
    }

    private static string Undecided(MainsRules rules, ReadOnlySpan<WitnessView> mains, int dark, int lit, int open)
    {
        var never = 0;
        foreach (var witness in mains)
        {
            never += witness.EverUp || witness.IsLit ? 0 : 1;
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"of {mains.Length} mains witnesses {lit} are up, {dark} dark ({rules.Needed} needed), {open} undecided, {never} never seen up");
    }

    private static string Told(string what, ReadOnlySpan<WitnessView> witnesses, Func<WitnessView, bool> whose)
    {
        var names = "";
        foreach (var witness in witnesses)
        {
            if (whose(witness))
            {
                names = names.Length == 0 ? witness.Subject : $"{names}, {witness.Subject}";
            }
        }

        return $"{what} ({names})";
    }
}

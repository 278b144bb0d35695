namespace Understudy.Core.Collection;

/// <summary>The peer's producers: which of them we collect, and when each is taken or handed back. Taking is early and handing back late, since twice is harmless and not at all is a hole.</summary>
internal sealed class PairCharges(Queue<PairOrder> orders, Queue<CollectionNote> notes)
{
    private readonly SortedDictionary<string, Charge> charges = new(StringComparer.Ordinal);

    /// <summary>At least one is collected here.</summary>
    internal bool StandsIn => charges.Values.Any(c => c.Covered);

    /// <summary>Taken or handed back since the start.</summary>
    internal long Moves { get; private set; }

    /// <summary>The last of them.</summary>
    internal Instant Since { get; private set; }

    internal string Why { get; set; } = "the pair was not started yet";

    /// <summary>When the next may be taken or handed back.</summary>
    internal Instant Due { get; private set; } = Instant.Never;

    internal bool Covers(string producer) => charges.TryGetValue(producer, out var charge) && charge.Covered;

    /// <summary>The peer has these from now on. What is new of it is covered where all of it is.</summary>
    internal void Replace(IReadOnlySet<string> names)
    {
        var all = charges.Count > 0 && charges.Values.All(c => c.Covered);
        foreach (var gone in charges.Keys.Where(c => !names.Contains(c)).ToArray())
        {
            charges.Remove(gone);
        }

        foreach (var known in names)
        {
            _ = charges.TryAdd(known, new Charge { Covered = all });
        }
    }

    internal void Clear() => charges.Clear();

    /// <summary>The peer says which of its producers it has no samples of.</summary>
    internal void Heard(ValueList<string> lacking, Instant now)
    {
        foreach (var (producer, charge) in charges)
        {
            var lacks = lacking.Contains(producer, StringComparer.Ordinal);
            charge.LacksSince = !lacks ? Instant.Never : charge.LacksSince == Instant.Never ? now : charge.LacksSince;
            charge.HasSince = lacks ? Instant.Never : charge.HasSince == Instant.Never ? now : charge.HasSince;
        }
    }

    /// <summary>Nothing is decided until the peer is heard again.</summary>
    internal void Rest() => Due = Instant.Never;

    /// <summary>The peer is there: each of its producers is handed back when it has had samples of it for a while, and covered when it has had none for a while.</summary>
    internal void Weigh(PairRules rules, Instant now)
    {
        Due = Instant.Never;
        foreach (var (producer, charge) in charges)
        {
            if (charge.Covered && charge.HasSince != Instant.Never)
            {
                Decide(charge.HasSince + rules.Linger, producer, charge, covered: false, rules, now);
            }
            else if (!charge.Covered && charge.LacksSince != Instant.Never)
            {
                Decide(charge.LacksSince + rules.Stuck, producer, charge, covered: true, rules, now);
            }
        }
    }

    /// <summary>The peer is gone.</summary>
    internal void CoverAll(PairRules rules, string why, Instant now)
    {
        foreach (var (producer, charge) in charges)
        {
            (charge.HasSince, charge.LacksSince) = (Instant.Never, Instant.Never);
            Cover(producer, charge, covered: true, rules, why, now);
        }
    }

    internal void StandBy(PairRules rules, string why, Instant now)
    {
        foreach (var (producer, charge) in charges)
        {
            Cover(producer, charge, covered: false, rules, why, now);
        }
    }

    private void Decide(Instant at, string producer, Charge charge, bool covered, PairRules rules, Instant now)
    {
        if (now < at)
        {
            Due = Instant.Earlier(Due, at);
        }
        else
        {
            var why = covered ? $"{rules.Named} has had no samples of it for {Spans.Say(now - charge.LacksSince)}" : $"{rules.Named} has had samples of it for {Spans.Say(now - charge.HasSince)}";
            Cover(producer, charge, covered, rules, why, now);
        }
    }

    private void Cover(string producer, Charge charge, bool covered, PairRules rules, string why, Instant now)
    {
        if (charge.Covered == covered)
        {
            return;
        }

        charge.Covered = covered;
        Moves++;
        (Since, Why) = (now, why);
        orders.Enqueue(covered ? new PairOrder.Cover(producer, why) : new PairOrder.StandBy(producer, why));
        if (!covered && !StandsIn)
        {
            notes.Enqueue(new CollectionNote(now, "pair", $"has handed everything back to {rules.Named}", Loud: true));
        }
    }

    /// <summary>One producer of the peer's.</summary>
    private sealed class Charge
    {
        internal bool Covered { get; set; }

        /// <summary>Since when the peer says that it has samples of it, or none.</summary>
        internal Instant HasSince { get; set; } = Instant.Never;

        internal Instant LacksSince { get; set; } = Instant.Never;
    }
}

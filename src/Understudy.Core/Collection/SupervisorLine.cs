using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>When a set's sample was seen to get newer.</summary>
internal sealed class SetWatch
{
    internal required string Producer { get; init; }

    internal string State { get; set; } = "";

    internal long Micros { get; set; }

    /// <summary>For how long it has not got newer, as far as it was looked at: what nobody saw is not counted.</summary>
    internal TimeSpan StaleFor { get; set; }

    /// <summary>Since the daemon was well again.</summary>
    internal int Changes { get; set; }

    internal bool IsReady => State is "READY" or "UPDATING";
}

/// <summary>A daemon's producers and updaters as they were read.</summary>
/// <param name="Matches">Of each updater; null where the daemon does not tell.</param>
internal sealed record ReadConfiguration(ValueList<LdmsdProducerRow> Producers, ValueList<LdmsdUpdaterRow> Updaters, ValueList<UpdaterMatches>? Matches)
{
    /// <summary>What is configured, without what is going on.</summary>
    internal string Shape { get; } = string.Join('\n', Producers.Select(p => $"{p.Name} {p.Host} {p.Port}").Concat(Updaters.Select(u => $"{u.Name} {u.IntervalMicros} {string.Join(' ', u.Producers.Select(p => p.Name))}")));
}

/// <summary>One daemon as the supervisor knows it: its connection, what is being asked, what it last said.</summary>
internal sealed class SupervisorLine(SupervisorPeer peer)
{
    private readonly Dictionary<(string Instance, string Producer), SetWatch> watches = [];

    internal SupervisorPeer Peer => peer;

    private Instant lookedAt;

    internal bool IsOpen { get; private set; }

    /// <summary>Nobody listens there.</summary>
    internal bool IsRefused { get; private set; }

    internal bool WasOpen { get; private set; }

    internal Instant ClosedAt { get; private set; }

    internal Instant ConnectAt { get; set; }

    internal bool IsConnecting { get; set; }

    /// <summary>When it last said anything.</summary>
    internal Instant HeardAt { get; set; }

    internal int PingsOut { get; set; }

    internal int Misses { get; set; }

    /// <summary>What was asked: the question's number, and what is done with the answer.</summary>
    internal Dictionary<uint, Action<LdmsdAnswer, Instant>> Asked { get; } = [];

    internal Queue<LdmsdCommand> Waiting { get; } = [];

    internal int Changing { get; set; }

    internal bool IsReading { get; set; }

    internal bool IsLooking { get; set; }

    internal Instant ReadDue { get; set; }

    internal Instant LookDue { get; set; }

    /// <summary>Null until it was read over this connection.</summary>
    internal ReadConfiguration? Configuration { get; private set; }

    /// <summary>Since when its shape is what it is.</summary>
    internal Instant ShapeSince { get; private set; }

    /// <summary>Read since the last command was answered.</summary>
    internal bool IsFresh { get; set; }

    internal SideCondition Condition { get; private set; }

    internal Instant ConditionSince { get; private set; }

    /// <summary>By instance and producer: level 2 has a set under both aggregators, and samples of it from one.</summary>
    internal IReadOnlyDictionary<(string Instance, string Producer), SetWatch> Watches => watches;

    internal void Opened(Instant now)
    {
        (IsOpen, IsRefused, WasOpen, IsConnecting, PingsOut, Misses) = (true, false, true, false, 0, 0);
        (IsReading, IsLooking, IsFresh, ReadDue, LookDue, Changing, Configuration) = (false, false, false, now, now, 0, null);
        (HeardAt, lookedAt) = (now, now);
        Asked.Clear();
        Waiting.Clear();
        watches.Clear();
    }

    internal void Closed(bool refused, Instant now)
    {
        ClosedAt = IsOpen ? now : ClosedAt;
        (IsOpen, IsRefused, IsConnecting) = (false, refused, false);
        Asked.Clear();
        Waiting.Clear();
        (IsReading, IsLooking, IsFresh, Changing, PingsOut) = (false, false, false, 0, 0);
    }

    internal void Took(ReadConfiguration read, Instant now)
    {
        ShapeSince = Configuration?.Shape == read.Shape ? ShapeSince : now;
        Configuration = read;
        IsFresh = Changing == 0 && Waiting.Count == 0;
    }

    /// <param name="most">What at most lies between two looks that follow each other.</param>
    internal void Saw(IEnumerable<LdmsdProducerSetRow> rows, TimeSpan most, Instant now)
    {
        var since = now - lookedAt < most ? now - lookedAt : most;
        lookedAt = now;
        var gone = watches.Keys.ToHashSet();
        foreach (var row in rows)
        {
            var key = (row.Instance, row.Producer);
            _ = gone.Remove(key);
            if (!watches.TryGetValue(key, out var watch))
            {
                watches[key] = watch = new SetWatch { Micros = row.TimestampMicros, Producer = row.Producer };
            }

            else if (watch.Micros != row.TimestampMicros)
            {
                (watch.Micros, watch.StaleFor) = (row.TimestampMicros, TimeSpan.Zero);
                watch.Changes++;
            }
            else
            {
                watch.StaleFor += since;
            }

            watch.State = row.State;
        }

        foreach (var key in gone)
        {
            _ = watches.Remove(key);
        }
    }

    internal bool Becomes(SideCondition condition, Instant now)
    {
        if (condition == Condition)
        {
            return false;
        }

        (Condition, ConditionSince) = (condition, now);
        foreach (var watch in watches.Values)
        {
            watch.Changes = 0;
        }

        return true;
    }
}

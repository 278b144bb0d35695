namespace Understudy.Core.Power;

/// <summary>All that a guard knows.</summary>
/// <param name="Boot">The kernel's boot id: what is remembered of another boot is not true of this one.</param>
/// <param name="Mains">The last judgement.</param>
/// <param name="MainsSince">When its verdict became this one.</param>
/// <param name="Heat">How warm it is.</param>
/// <param name="Bucket">How much of the grace is used up.</param>
/// <param name="LostAsOf">As of when the mains were last seen lost, while nothing else was judged since; null after any other judgement.</param>
/// <param name="SettleFrom">When the present settling began; null before the first.</param>
/// <param name="SettleUntil">Until when nothing is decided.</param>
/// <param name="Settled">At the last event nothing had to settle any more.</param>
/// <param name="Acting">At the last event there was a reason to do something about it.</param>
/// <param name="FullAt">Since when the grace is used up, or heat does not let us wait for that; kept until half of it has drained; null while neither is so.</param>
/// <param name="Due">When the plan's first step is wanted; null while there is no reason for it.</param>
/// <param name="ToldAt">When the plan was first told of it; null while it was not told.</param>
/// <param name="RenewedAsOf">As of when the verdict was that was last told.</param>
/// <param name="StoodAt">When there last was a reason to do something about it, once the plan was told; null while it was not told.</param>
/// <param name="Asked">The last look before the due moment was asked for.</param>
/// <param name="Begun">The due moment has come with the verdict confirmed: the plan may be at work.</param>
/// <param name="RememberedAt">When the memory was last asked to be written.</param>
public sealed record GuardState(
    string Boot,
    MainsReading Mains,
    Instant MainsSince,
    HeatView Heat,
    GraceBucket Bucket,
    Instant? LostAsOf,
    Instant? SettleFrom,
    Instant SettleUntil,
    bool Settled,
    bool Acting,
    Instant? FullAt,
    Instant? Due,
    Instant? ToldAt,
    Instant? RenewedAsOf,
    Instant? StoodAt,
    bool Asked,
    bool Begun,
    Instant RememberedAt)
{
    private static MainsReading Nothing(string evidence) => new(MainsVerdict.Unknown, DarkFrom: null, SeenAt: null, evidence);

    /// <summary>A guard that remembers nothing: it settles first.</summary>
    public static GuardState AtStart(GuardRules rules, string boot, Instant now) => new(
        boot, Nothing("nothing was judged yet"), now, HeatView.None, new(TimeSpan.Zero, now), LostAsOf: null,
        SettleFrom: now, now + rules.Settle, Settled: false, Acting: false, FullAt: null, Due: null, ToldAt: null, RenewedAsOf: null, StoodAt: null, Asked: false, Begun: false, now);

    /// <summary>A guard that goes on with what it remembers, if that is of this boot; else it begins anew.</summary>
    /// <remarks>The same outage clock goes on: what was in the bucket is in it, and the time in which we did not run counts as lost when the mains
    /// are seen lost again and it was no longer than <see cref="GuardRules.Bridge"/>, else neither way. There is no settling but what is left of the one
    /// after boot: no witness is judged before its probe has failed several times, and none can be dark that was not seen up in this boot. The
    /// plan is told anew when the verdict stands again.</remarks>
    public static GuardState Restored(GuardRules rules, GuardRecord? record, string boot, Instant now)
    {
        var start = AtStart(rules, boot, now);
        return record is not { } r || r.Boot != boot || r.Guard != rules.Name || r.CountedTo > now
            ? start
            : start with
            {
                Mains = Nothing("nothing was judged since our restart"),
                Bucket = new(r.Level < TimeSpan.Zero ? TimeSpan.Zero : r.Level > rules.Brim ? rules.Brim : r.Level, r.CountedTo),
                LostAsOf = r.LostAsOf,
                SettleFrom = null,
                SettleUntil = Instant.Later(r.SettleUntil, new Instant(0) + rules.Settle),
            };
    }

    /// <summary>How full the bucket is, 0..1 of the grace, and more while it is extended.</summary>
    public double Fill(GuardRules rules) => rules.Grace > TimeSpan.Zero ? Bucket.Level / rules.Grace : 1;
}

/// <summary>What a guard must know after a restart of ours: a few words on disk, true only within one boot.</summary>
/// <param name="Guard">Whose it is.</param>
/// <param name="Boot">The kernel's boot id (/proc/sys/kernel/random/boot_id, random(4)).</param>
/// <param name="Level">What is in the bucket.</param>
/// <param name="CountedTo">Up to when everything was counted.</param>
/// <param name="LostAsOf">As of when the mains were last seen lost, while nothing else was judged since.</param>
/// <param name="SettleUntil">Until when nothing was to be decided.</param>
/// <param name="Witnesses">All that were seen up in this boot.</param>
public sealed record GuardRecord(string Guard, string Boot, TimeSpan Level, Instant CountedTo, Instant? LostAsOf, Instant SettleUntil, ValueList<WitnessMemory> Witnesses)
{
    /// <summary>What is to be written now.</summary>
    public static GuardRecord Of(GuardRules rules, GuardState state, IEnumerable<WitnessWatch> witnesses) => new(
        rules.Name, state.Boot, state.Bucket.Level, state.Bucket.At, state.LostAsOf, state.SettleUntil,
        witnesses.Where(w => w.EverUp).Select(w => new WitnessMemory(w.Subject, w.DarkSince)).DistinctBy(w => w.Subject, StringComparer.Ordinal).ToValueList());

    /// <summary>What is remembered of a witness; null where it was not seen up in this boot.</summary>
    public WitnessMemory? Of(string subject, string boot) => boot == Boot ? Witnesses.FirstOrDefault(w => w.Subject == subject) : null;
}

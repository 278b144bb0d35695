namespace Understudy.Core.Ldms;

/// <summary>A set as a producer has it. States are the original's words: START, LOOKUP, READY, UPDATING.</summary>
public sealed record LdmsdSetRow(string Instance, string Schema, string State);

/// <summary>What we know of a producer and ldmsd has no key for.</summary>
/// <param name="Owner">Which aggregator pulls it now; null for none.</param>
/// <param name="Home">Whose it is while all are well.</param>
/// <param name="Standby">This host is connected and has looked up its sets, and does not pull.</param>
/// <param name="SinceMs">How long it has been so, in ms.</param>
/// <param name="Samples">Samples that came.</param>
/// <param name="Lost">Samples that should have come and did not.</param>
/// <param name="AgeMs">How old the newest sample of its oldest set is, in ms; null before the first.</param>
/// <param name="Why">In a sentence.</param>
public sealed record LdmsdProducerMore(string? Owner, string? Home, bool Standby, long SinceMs, long Samples, long Lost, long? AgeMs, string Why);

/// <summary>One producer of <c>prdcr_status</c>.</summary>
/// <param name="Kind">active or passive.</param>
/// <param name="Rail">Connections; always 1 here, as the next two are -1 for none. All three are text, as they travel.</param>
/// <param name="ReconnectMicros">In µs.</param>
/// <param name="State">STOPPED, DISCONNECTED, CONNECTING, CONNECTED, STOPPING or STANDBY.</param>
public sealed record LdmsdProducerRow(
    string Name, string Kind, string Host, int Port, string Transport, string Auth, string Rail, string Quota, string RxRate, long ReconnectMicros, string State, ValueList<LdmsdSetRow> Sets)
{
    /// <summary>Ours, under the key <c>understudy</c>; null where an ldmsd answered.</summary>
    public LdmsdProducerMore? More { get; init; }
}

/// <summary>A producer as an updater has it.</summary>
public sealed record LdmsdUpdaterProducer(string Name, string Host, int Port, string Transport, string State);

/// <summary>What we know of an updater and ldmsd has no key for.</summary>
/// <param name="Skipped">Ticks at which a set was still being updated.</param>
/// <param name="TimedOut">Updates that were given up.</param>
/// <param name="Late">Ticks that came more than half an interval late.</param>
public sealed record LdmsdUpdaterMore(long Skipped, long TimedOut, long Late);

/// <summary>One updater of <c>updtr_status</c>.</summary>
/// <param name="OffsetMicros">In µs; of an asynchronous one 0.</param>
/// <param name="Synchronous">It has an offset.</param>
/// <param name="Mode">Pull, Push or Push on Change.</param>
/// <param name="State">STOPPED, RUNNING or STOPPING.</param>
public sealed record LdmsdUpdaterRow(
    string Name, long IntervalMicros, long OffsetMicros, bool Synchronous, string Mode, bool Auto, string State, ValueList<LdmsdUpdaterProducer> Producers)
{
    /// <summary>Ours, under the key <c>understudy</c>; null where an ldmsd answered.</summary>
    public LdmsdUpdaterMore? More { get; init; }
}

/// <summary>One updater of <c>updtr_match_list</c>.</summary>
/// <param name="Matches">Expressions, and what of a set each is held against; none for all sets.</param>
public sealed record LdmsdUpdaterMatchesRow(string Name, ValueList<(string Regex, SetMatch By)> Matches);

/// <summary>One set of <c>prdcr_set_status</c>.</summary>
/// <param name="Origin">Who sampled it.</param>
/// <param name="Producer">Over whom it came.</param>
/// <param name="TimestampMicros">µs since 1970.</param>
/// <param name="DurationMicros">How long its sampling took.</param>
public sealed record LdmsdProducerSetRow(string Instance, string Schema, string State, string Origin, string Producer, long TimestampMicros, long DurationMicros);

/// <summary>What we know of a storage policy and ldmsd has no key for.</summary>
/// <param name="Writer">Who writes now; null for nobody.</param>
/// <param name="Rows">Rows that were written by this host.</param>
/// <param name="Dropped">Samples that found no room in the queue before the store.</param>
/// <param name="Error">The last thing that the store said; empty while all is well.</param>
public sealed record LdmsdStorageMore(string? Writer, long Rows, long Dropped, string Error);

/// <summary>One policy of <c>strgp_status</c>.</summary>
/// <param name="Schema">Null where an expression says it, or the other way round.</param>
/// <param name="FlushMicros">In µs; 0 when the store flushes by itself.</param>
/// <param name="Producers">Expressions; none for all.</param>
/// <param name="Metrics">Names; none for all.</param>
public sealed record LdmsdStorageRow(
    string Name, string Container, string? Schema, string? Regex, string Plugin, long FlushMicros, string State, string? Decomposition, ValueList<string> Producers, ValueList<string> Metrics)
{
    /// <summary>Ours, under the key <c>understudy</c>; null where an ldmsd answered.</summary>
    public LdmsdStorageMore? More { get; init; }
}

/// <summary>What we know of a pair and ldmsd has no key for.</summary>
/// <param name="TimeoutMicros">How long the next echo may take, in µs.</param>
/// <param name="Armed">A missing echo would make us take over.</param>
/// <param name="EchoAgeMs">Since the last echo, in ms; null before the first.</param>
/// <param name="Holding">Producers of the peer's that this host pulls now.</param>
/// <param name="Moves">Take-overs and hand-backs since the start.</param>
/// <param name="LastMove">The last of them and its reason in a sentence; empty before the first.</param>
/// <param name="Drift">What the two configurations disagree in; empty when in nothing.</param>
public sealed record LdmsdFailoverMore(long TimeoutMicros, bool Armed, long? EchoAgeMs, ValueList<string> Holding, long Moves, string LastMove, string Drift);

/// <summary>All of <c>failover_status</c>.</summary>
/// <param name="PingTimestampMicros">When the last ping left, µs since 1970; 0 before the first.</param>
/// <param name="TimeoutTimestampMicros">When the peer counts as gone, µs since 1970; null while nothing is armed.</param>
/// <param name="FailoverState">STOP, START or STOPPING.</param>
/// <param name="ConnectionState">DISCONNECTED, CONNECTING, PAIRING, PAIRING_RETRY, RESETTING, CONFIGURING, CONFIGURED, UNPAIRING or ERROR.</param>
/// <param name="PeerUpdaters">Updaters of the peer's that run here.</param>
/// <param name="PeerProducers">Producers of the peer's that run here.</param>
public sealed record LdmsdFailoverStatus(
    string Host,
    string Port,
    string Transport,
    string PeerName,
    long TaskIntervalMicros,
    long PingIntervalMicros,
    long PingsSkipped,
    long PingMaxMicros,
    long PingMeanMicros,
    double PingDeviationMicros,
    double TimeoutFactor,
    bool AutoSwitch,
    long PingTimestampMicros,
    long EchoTimestampMicros,
    long? TimeoutTimestampMicros,
    string FailoverState,
    string ConnectionState,
    bool PeerActivated,
    int PeerUpdaters,
    int PeerProducers,
    bool IsConfigured,
    bool PeerReceived,
    bool PingOutstanding,
    bool OursActivated)
{
    /// <summary>Ours, under the key <c>understudy</c>; null where an ldmsd answered.</summary>
    public LdmsdFailoverMore? More { get; init; }
}

namespace Understudy.Core.Ldms;

/// <summary>How the connection of a producer is made.</summary>
public enum ProducerKind
{
    /// <summary>We connect to it.</summary>
    Active,

    /// <summary>It connects to us.</summary>
    Passive,
}

/// <summary>What of a set an updater's expression is held against.</summary>
public enum SetMatch
{
    Instance,
    Schema,
}

/// <summary>When an updater gets data without asking.</summary>
public enum PushMode
{
    /// <summary>It pulls.</summary>
    None,

    /// <summary>At every sample.</summary>
    EachSample,

    /// <summary>When the producer says that data changed.</summary>
    OnChange,
}

/// <summary>One attribute of a plugin, as it was written.</summary>
public sealed record LdmsdPair(string Name, string Value);

/// <summary>A command with all its values read and held to their rules: what an engine can apply without reading text.</summary>
/// <remarks>Spans are positive unless said; names have no blanks and do not begin with '#', which is for copies of a peer's (seed 001). What depends on the
/// state of a daemon (a name that is taken, a policy that runs) is for the engine to refuse, with <see cref="LdmsdRefusal"/>.</remarks>
public abstract record LdmsdRequest
{
    private LdmsdRequest()
    {
    }

    // -- the daemon

    /// <summary>Environment variables for plugins.</summary>
    public sealed record SetEnvironment(ValueList<LdmsdPair> Variables) : LdmsdRequest;

    /// <param name="Level">As it was written: QUIET, DEBUG, INFO, WARN, ERROR or CRITICAL.</param>
    public sealed record SetLogLevel(string Level) : LdmsdRequest;

    /// <summary>Offers all sets here.</summary>
    /// <param name="Host">The address to listen at; null for all.</param>
    /// <param name="Auth">The auth domain; null for the default.</param>
    public sealed record Listen(string Transport, int Port, string? Host, string? Auth) : LdmsdRequest;

    /// <summary>An auth domain: a name for a plugin with its parameters.</summary>
    public sealed record AddAuth(string Name, string Plugin, ValueList<LdmsdPair> Parameters) : LdmsdRequest;

    /// <summary>What is used where no domain is named.</summary>
    public sealed record SetDefaultAuth(string Plugin, ValueList<LdmsdPair> Parameters) : LdmsdRequest;

    /// <summary>Our name to a failover peer (<c>-n</c>).</summary>
    public sealed record SetDaemonName(string Name) : LdmsdRequest;

    /// <summary>A line that is read and has no effect here.</summary>
    public sealed record PassOver(string Verb, string Why) : LdmsdRequest;

    // -- our own samplers and stores

    /// <summary>An instance of a sampler or store: meminfo, vmstat, store_csv.</summary>
    public sealed record LoadPlugin(string Name, string Plugin) : LdmsdRequest;

    /// <summary>Its parameters: of a sampler producer, instance, schema, component_id, perm and the like; of a store path and the like.</summary>
    public sealed record ConfigurePlugin(string Name, ValueList<LdmsdPair> Parameters) : LdmsdRequest;

    /// <param name="Offset">Null: asynchronous, its phase is that of its start.</param>
    public sealed record StartSampler(string Name, TimeSpan Interval, TimeSpan? Offset) : LdmsdRequest;

    public sealed record StopSampler(string Name) : LdmsdRequest;

    public sealed record UnloadPlugin(string Name) : LdmsdRequest;

    // -- producers

    /// <param name="Reconnect">From a lost or refused connection to the next attempt.</param>
    /// <param name="Auth">The auth domain; null for the default.</param>
    /// <param name="Permissions">Who may change it, as bits of a file mode.</param>
    /// <param name="CacheAddress">The host's name is looked up once.</param>
    public sealed record ProducerAdd(
        string Name, ProducerKind Kind, string Transport, string Host, int Port, TimeSpan Reconnect, string? Auth, int Permissions, bool CacheAddress) : LdmsdRequest;

    public sealed record ProducerDelete(string Name) : LdmsdRequest;

    /// <param name="Reconnect">Null: as it was added.</param>
    public sealed record ProducerStart(string Name, TimeSpan? Reconnect) : LdmsdRequest;

    public sealed record ProducerStop(string Name) : LdmsdRequest;

    public sealed record ProducerStartMatching(LdmsdPattern Names, TimeSpan? Reconnect) : LdmsdRequest;

    public sealed record ProducerStopMatching(LdmsdPattern Names) : LdmsdRequest;

    /// <param name="Name">Null for all.</param>
    public sealed record ProducerStatus(string? Name) : LdmsdRequest;

    /// <summary>The sets of producers, those that match all that is given.</summary>
    public sealed record ProducerSetStatus(string? Producer, string? Instance, string? Schema) : LdmsdRequest;

    // -- updaters

    /// <param name="Interval">Null only where data is pushed.</param>
    /// <param name="Offset">From the whole multiple of the interval, less than half of it either way; null: asynchronous.</param>
    /// <param name="AutoInterval">By the update hint of each set.</param>
    public sealed record UpdaterAdd(string Name, TimeSpan? Interval, TimeSpan? Offset, bool AutoInterval, PushMode Push, int Permissions) : LdmsdRequest;

    public sealed record UpdaterDelete(string Name) : LdmsdRequest;

    /// <summary>Null leaves each as it was added; an interval without an offset makes the updater asynchronous.</summary>
    public sealed record UpdaterStart(string Name, TimeSpan? Interval, TimeSpan? Offset, bool? AutoInterval) : LdmsdRequest;

    public sealed record UpdaterStop(string Name) : LdmsdRequest;

    /// <param name="Name">Null for all.</param>
    /// <param name="Summary">Without the producers.</param>
    public sealed record UpdaterStatus(string? Name, bool Summary) : LdmsdRequest;

    public sealed record UpdaterTask(string Name) : LdmsdRequest;

    /// <summary>Which sets updaters take.</summary>
    /// <param name="Name">Null for all.</param>
    public sealed record UpdaterMatchList(string? Name) : LdmsdRequest;

    /// <summary>Adds producers by their names.</summary>
    public sealed record UpdaterProducerAdd(string Name, LdmsdPattern Producers) : LdmsdRequest;

    public sealed record UpdaterProducerDelete(string Name, LdmsdPattern Producers) : LdmsdRequest;

    /// <summary>Restricts an updater to sets that match one of these; without any, all are updated.</summary>
    public sealed record UpdaterMatchAdd(string Name, LdmsdPattern Sets, SetMatch By) : LdmsdRequest;

    public sealed record UpdaterMatchDelete(string Name, LdmsdPattern Sets, SetMatch By) : LdmsdRequest;

    // -- storage policies

    /// <param name="Schema">Of the sets that are stored; null where <paramref name="Schemas"/> says it.</param>
    /// <param name="Decomposition">Path of a decomposition file, or null.</param>
    /// <param name="Flush">Null: when the store wants to.</param>
    public sealed record StorageAdd(
        string Name, string Plugin, string Container, string? Schema, LdmsdPattern? Schemas, string? Decomposition, TimeSpan? Flush, int Permissions) : LdmsdRequest;

    public sealed record StorageDelete(string Name) : LdmsdRequest;

    public sealed record StorageStart(string Name) : LdmsdRequest;

    public sealed record StorageStop(string Name) : LdmsdRequest;

    /// <param name="Name">Null for all.</param>
    public sealed record StorageStatus(string? Name) : LdmsdRequest;

    public sealed record StorageProducerAdd(string Name, LdmsdPattern Producers) : LdmsdRequest;

    public sealed record StorageProducerDelete(string Name, LdmsdPattern Producers) : LdmsdRequest;

    public sealed record StorageMetricAdd(string Name, string Metric) : LdmsdRequest;

    public sealed record StorageMetricDelete(string Name, string Metric) : LdmsdRequest;

    // -- failover (ldmsd_failover(7), seed 001)

    /// <param name="Host">Host, port and transport are given all three, or none: then they stay as they were.</param>
    /// <param name="PeerName">Null: any peer. The original refuses that in code, and calls it optional in its manual; we keep to the manual.</param>
    /// <param name="Interval">From ping to ping.</param>
    /// <param name="TimeoutFactor">More than 0.</param>
    /// <param name="AutoSwitch">Take over and hand back by ourselves.</param>
    public sealed record FailoverConfigure(
        string? Host, int? Port, string? Transport, string? PeerName, TimeSpan Interval, double TimeoutFactor, bool AutoSwitch) : LdmsdRequest
    {
        public static TimeSpan UsualInterval => TimeSpan.FromSeconds(1);

        public const double UsualTimeoutFactor = 2;
    }

    public sealed record FailoverStart : LdmsdRequest;

    public sealed record FailoverStop : LdmsdRequest;

    public sealed record FailoverStatus : LdmsdRequest;

    public sealed record FailoverPeerStart : LdmsdRequest;

    public sealed record FailoverPeerStop : LdmsdRequest;

    // -- questions

    public sealed record DaemonStatus : LdmsdRequest;

    public sealed record Version : LdmsdRequest;

    /// <summary>How often the configuration was changed.</summary>
    public sealed record ConfigurationCount : LdmsdRequest;

    public sealed record SetStatistics : LdmsdRequest;

    public sealed record TransportStatistics(bool Reset) : LdmsdRequest;
}

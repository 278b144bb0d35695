namespace Understudy.Core.Collection;

/// <summary>What two aggregators of a pair ask of each other. The names and numbers are those of LDMS's failover (docs/protocol/ldms.md), so that one of them may be an ldmsd up to 4.5.3.</summary>
public abstract record PairRequest
{
    private PairRequest()
    {
    }

    /// <summary>Be my peer.</summary>
    /// <param name="Name">Who asks.</param>
    /// <param name="Speaks">The version of what an Understudy adds; 0: a stock daemon asks.</param>
    public sealed record Pair(string Name, int Speaks) : PairRequest;

    /// <summary>We are no pair any more.</summary>
    public sealed record Reset : PairRequest;

    /// <summary>Do you live?</summary>
    public sealed record Ping(string Name) : PairRequest;

    /// <summary>Tell me what you collect: the answer to this comes after the last of what it collects.</summary>
    public sealed record PeerConfig : PairRequest;

    /// <summary>One of the things that the peer collects.</summary>
    /// <param name="Whole">All of it, as an Understudy tells it; a stock daemon tells an updater or a policy in several parts.</param>
    public sealed record Told(PairItem Item, bool Whole) : PairRequest;
}

/// <summary>One thing that a peer collects.</summary>
public abstract record PairItem
{
    private PairItem()
    {
    }

    /// <summary>Its name at the peer, without the '#' that the copy has.</summary>
    public abstract string Name { get; }

    public sealed record Producer(ProducerRules Rules) : PairItem
    {
        public override string Name => Rules.Name;
    }

    public sealed record Updater(UpdaterRules Rules) : PairItem
    {
        public override string Name => Rules.Name;
    }

    public sealed record Storage(StorageRules Rules) : PairItem
    {
        public override string Name => Rules.Name;
    }

    /// <summary>Two parts of one thing, as a stock daemon tells it.</summary>
    internal PairItem With(PairItem more) => (this, more) switch
    {
        (Updater a, Updater b) => new Updater(a.Rules with { Producers = [.. a.Rules.Producers.Union(b.Rules.Producers, StringComparer.Ordinal)], Matches = [.. a.Rules.Matches.Union(b.Rules.Matches)] }),
        (Storage a, Storage b) => new Storage(a.Rules with { Producers = [.. a.Rules.Producers.Union(b.Rules.Producers)], Metrics = [.. a.Rules.Metrics.Union(b.Rules.Metrics, StringComparer.Ordinal)] }),
        _ => this,
    };
}

/// <summary>What an echo says of who sends it.</summary>
/// <param name="Service">Its <see cref="PairService"/>, as a number.</param>
/// <param name="Link">Its <see cref="PairLink"/>, as a number.</param>
/// <param name="Flags"><see cref="PairMarks"/>.</param>
/// <param name="Version">Of its configuration; 0: a stock daemon, which says none.</param>
/// <param name="Lacks">Its own producers that it has no samples of now. A stock daemon never says so.</param>
public sealed record PairEcho(int Service, int Link, PairMarks Flags, ulong Version, ValueList<string> Lacks);

/// <summary>The flag bits of LDMS's failover, 4.5.1.</summary>
[Flags]
public enum PairMarks : ulong
{
    None = 0,
    Configured = 1,
    PeerConfigActivated = 2,
    PeerConfigReceived = 4,
    OutstandingPing = 8,
    OurConfigActivated = 0x10,
    OutstandingUnpair = 0x20,
}

/// <summary>Whether the pair's service runs. The names are those that failover_status shows.</summary>
public enum PairService
{
    Stop,
    Start,
    Stopping,
}

/// <summary>How far we are with the peer; in the order and with the names of failover_status.</summary>
public enum PairLink
{
    Disconnected,
    Connecting,
    Pairing,
    PairingRetry,
    Resetting,
    Configuring,
    Configured,
    Unpairing,
    Error,
}

/// <summary>An answer to a request of a peer.</summary>
/// <param name="Code">0, or an errno.</param>
public readonly record struct PairReply(int Code, string Text, PairEcho? Echo);

/// <summary>What the pair's desk wants done.</summary>
public abstract record PairOrder
{
    private PairOrder()
    {
    }

    /// <summary>Connect to the peer; the answer is <see cref="PairDesk.Connected"/> or <see cref="PairDesk.Disconnected"/>.</summary>
    public sealed record Connect : PairOrder;

    /// <summary>Close that connection; nothing is answered.</summary>
    public sealed record Close : PairOrder;

    /// <summary>Send a request over it; the answer is <see cref="PairDesk.Answered"/>.</summary>
    public sealed record Ask(PairRequest Request) : PairOrder;

    /// <summary>What the peer collects is this now: copies of it stand by, or collect where they did. It is kept for the next start.</summary>
    public sealed record Adopt(PairMemory Memory) : PairOrder;

    /// <summary>Collect this producer of the peer's.</summary>
    public sealed record Cover(string Producer, string Why) : PairOrder;

    /// <summary>Stand by for it.</summary>
    public sealed record StandBy(string Producer, string Why) : PairOrder;

    /// <summary>Forget what the peer collects.</summary>
    public sealed record Forget : PairOrder;
}

/// <summary>The settings of failover_config.</summary>
/// <param name="PeerName">Null: whoever asks from there.</param>
/// <param name="Interval">Between pings, and between attempts to connect.</param>
/// <param name="Factor">The echo's time-out in intervals, at least.</param>
/// <param name="AutoSwitch">Take over and hand back by ourselves.</param>
public sealed record PairRules(string Host, int Port, string Transport, string? PeerName, TimeSpan Interval, double Factor, bool AutoSwitch)
{
    /// <summary>The peer's name, or where it listens.</summary>
    public string Named => PeerName ?? $"{Host}:{Port}";

    /// <summary>So long the stand-in goes on after the peer has said that it has samples of a producer: who reads from both has found the peer's sets by then. Two intervals by default.</summary>
    public TimeSpan Linger { get; init; } = Interval * 2;

    /// <summary>A producer that the peer, living, has had no samples of for so long is collected here too: the peer may not reach it. Three intervals by default.</summary>
    public TimeSpan Stuck { get; init; } = Interval * 3;
}

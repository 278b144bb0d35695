using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>Where sets come from.</summary>
public abstract record ProducerTarget
{
    private ProducerTarget()
    {
    }

    /// <summary>An LDMS daemon, by the transport <c>sock</c>.</summary>
    /// <param name="Auth">The name of the way both sides prove who they are; <c>none</c>, or a domain that the settings know.</param>
    public sealed record Ldms(string Host, int Port, string Auth) : ProducerTarget
    {
        public override string ToString() => $"{Host}:{Port}";
    }

    /// <summary>A page in the format of OpenMetrics or Prometheus.</summary>
    /// <param name="Limit">How long one page may take; more than 0.</param>
    /// <param name="Secret">A file whose first line is sent as bearer token; null: none is.</param>
    public sealed record Page(string Url, TimeSpan Limit, string? Secret) : ProducerTarget
    {
        /// <summary>Sent with each request.</summary>
        public ValueList<(string Name, string Value)> Headers { get; init; } = [];

        /// <summary>A certificate that nobody vouches for is taken.</summary>
        public bool IsInsecure { get; init; }

        /// <summary>Its set, <c>JOB/INSTANCE</c>; without a '/' the instance alone; null: the producer's name.</summary>
        public string? Set { get; init; }

        public override string ToString() => Url;
    }

    /// <summary>A sampler of our own.</summary>
    /// <param name="Plugin">meminfo or vmstat.</param>
    /// <param name="Set">The instance name of its set.</param>
    /// <param name="Origin">The name of the producer that its set says it is from.</param>
    public sealed record Own(string Plugin, string Set, string Origin, long Component) : ProducerTarget
    {
        public override string ToString() => Plugin;
    }
}

/// <summary>One producer.</summary>
/// <param name="Name">Its name here; a copy of a peer's begins with '#', as LDMS shows it.</param>
/// <param name="Reconnect">How long after a lost connection the next is tried; more than 0.</param>
public sealed record ProducerRules(string Name, ProducerTarget Target, TimeSpan Reconnect)
{
    /// <summary>The user, group and permission bits that LDMS shows for it (<c>perm=</c> of prdcr_add), and hands to a peer.</summary>
    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public uint Permissions { get; init; } = 0b111_111_111;

    /// <summary>How much of a member's capacity it takes: sets a second, or whatever unit the site counts in; at least 0.</summary>
    public double Load { get; init; } = 1;

    /// <summary>The member that has it when all are there; null: the one with the highest draw.</summary>
    public string? Home { get; init; }

    /// <summary>It is a copy of what a peer collects.</summary>
    public bool IsCopy => Name.StartsWith('#');
}

/// <summary>Which sets of its producers an updater means.</summary>
/// <param name="Pattern">On the instance's name, or on the schema's.</param>
public sealed record SetFilter(LdmsdPattern Pattern, SetMatch By);

/// <summary>One updater: what is pulled how often.</summary>
/// <param name="Interval">More than 0.</param>
/// <param name="Offset">After whole multiples of the interval on the wall clock; null: from its start on.</param>
/// <param name="Producers">The names of its producers.</param>
/// <param name="Matches">None: every set.</param>
public sealed record UpdaterRules(string Name, TimeSpan Interval, TimeSpan? Offset, ValueList<string> Producers, ValueList<SetFilter> Matches)
{
    /// <summary>A set whose sampler gives a hint of its interval and offset is pulled by that, a little later than it is sampled; the others by <see cref="Interval"/>.</summary>
    public bool ByHints { get; init; }

    /// <summary>A connection over which a pull is not answered for so long is taken for dead; null: three intervals, 1 s at the least.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>A source that answers, and gives nothing newer for so many periods of its sampler (or of ours, where ours is longer), does not advance.</summary>
    public int Stalled { get; init; } = 2;

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public uint Permissions { get; init; } = 0b111_111_111;

    internal bool Wants(string instance, string schema)
    {
        foreach (var match in Matches)
        {
            if (match.Pattern.Matches(match.By == SetMatch.Schema ? schema : instance))
            {
                return true;
            }
        }

        return Matches.Count == 0;
    }
}

/// <summary>One storage policy: which samples go where.</summary>
/// <param name="Plugin"><c>store_csv</c> or <c>postgres</c>.</param>
/// <param name="Container">The folder under the store's root, or the database's schema.</param>
/// <param name="Schema">Samples of sets of this schema.</param>
/// <param name="Producers">Of producers whose names match one; none: of all.</param>
/// <param name="Metrics">Only these; none: all.</param>
public sealed record StorageRules(string Name, string Plugin, string Container, LdmsdPattern Schema, ValueList<LdmsdPattern> Producers, ValueList<string> Metrics)
{
    /// <summary>After so long at the most what was written is on disk; null: as the store likes.</summary>
    public TimeSpan? Flush { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public uint Permissions { get; init; } = 0b111_111_111;

    internal bool IsSamePlace(StorageRules other) => Plugin == other.Plugin && Container == other.Container;

    internal bool Wants(string schema, string producer)
    {
        if (!Schema.Matches(schema))
        {
            return false;
        }

        foreach (var pattern in Producers)
        {
            if (pattern.Matches(producer))
            {
                return true;
            }
        }

        return Producers.Count == 0;
    }
}

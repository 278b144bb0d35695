using Understudy.Core.Ldms;

namespace Understudy.Linux.Collection;

/// <summary>What LDMS connections tell. All calls are made on the loop's thread; spans are the connection's and are good until the call returns. A connection may be used and closed from within a call. Whoever does not care for a word leaves it out.</summary>
public interface ILdmsEars
{
    /// <summary>It stands: both sides know and trust each other.</summary>
    void Opened(LdmsConnection connection)
    {
    }

    /// <summary>It is no more, and will tell nothing any more; one that never stood, too.</summary>
    /// <param name="why">As the end of a sentence that begins with the connection's name: "refused the connection".</param>
    void Closed(LdmsConnection connection, string why)
    {
    }

    /// <summary>What the peer has, or a part of it.</summary>
    /// <param name="isLast">No more parts follow.</param>
    void Listed(LdmsConnection connection, IReadOnlyList<DirectoryEntry> entries, bool isLast)
    {
    }

    /// <summary>The peer has a set more, to who asked for notice.</summary>
    void Added(LdmsConnection connection, DirectoryEntry entry)
    {
    }

    /// <summary>What the peer says of a set has changed, to who asked for notice.</summary>
    void Updated(LdmsConnection connection, DirectoryEntry entry)
    {
    }

    /// <summary>The peer has a set no more. A <see cref="RemoteSet"/> of it is gone.</summary>
    void Removed(LdmsConnection connection, string instance)
    {
    }

    /// <summary>A look-up is done: found and its meta read, or not.</summary>
    /// <param name="why">Where <paramref name="set"/> is null: why, as the end of a sentence that begins with the connection's name.</param>
    void LookedUp(LdmsConnection connection, string instance, RemoteSet? set, string why)
    {
    }

    /// <summary>The set's meta has changed: its <see cref="RemoteSet.Layout"/> is another from here on. A sample follows.</summary>
    void LayoutChanged(LdmsConnection connection, RemoteSet set)
    {
    }

    /// <summary>A pull is done. The bytes are of the set's layout and as many as it says; whether they are consistent is theirs to say.</summary>
    void Sampled(LdmsConnection connection, RemoteSet set, ReadOnlySpan<byte> sample)
    {
    }

    /// <summary>A pull is done, without a sample; the set must be looked up again.</summary>
    void PullFailed(LdmsConnection connection, RemoteSet set, string why)
    {
    }

    /// <summary>A message of configuration: a request to us, or the answer to one of ours.</summary>
    void ConfigHeard(LdmsConnection connection, ConfigMessage message)
    {
    }
}

/// <summary>What we offer to those who connect to us. Asked on the loop's thread.</summary>
public interface ISetsSource
{
    /// <summary>Every set that we offer, for a directory.</summary>
    IEnumerable<DirectoryEntry> Directory();

    /// <summary>The set of that name; null where we have none.</summary>
    OfferedSet? Find(string instance);
}

/// <summary>Of who only asks.</summary>
public sealed class NoSets : ISetsSource
{
    public static NoSets Here { get; } = new();

    public IEnumerable<DirectoryEntry> Directory() => [];

    public OfferedSet? Find(string instance) => null;
}

/// <summary>A set of ours that others read.</summary>
/// <param name="id">Ours for it, never used again for another; below 2^39.</param>
public sealed class OfferedSet(ulong id, SetLayout layout)
{
    public ulong Id => id;

    /// <summary>May be replaced by one of the same sizes; another size is another set, and this one is to be withdrawn (<see cref="LdmsSockets.Withdraw"/>).</summary>
    public SetLayout Layout { get; set; } = layout;

    /// <summary>The newest sample, <see cref="SetLayout.DataSize"/> bytes. Its bytes are copied when somebody reads.</summary>
    public ReadOnlyMemory<byte> Sample { get; set; } = layout.NewSample();

    /// <summary>Keys and values that go with it, in turn.</summary>
    public Core.ValueList<string> Info { get; set; } = [];
}

/// <summary>A peer's set that we have looked up.</summary>
public sealed class RemoteSet
{
    internal RemoteSet(LdmsConnection connection, ZapMap map, LookupAnswer answer) => (Connection, Map, Answer, Instance) = (connection, map, answer, answer.Instance);

    public LdmsConnection Connection { get; }

    public string Instance { get; }

    /// <summary>Set before anybody is told of the set.</summary>
    public SetLayout Layout { get; internal set; } = null!;

    /// <summary>Keys and values that the sampler gave its set, in turn.</summary>
    public Core.ValueList<string> Info => Answer.Words;

    /// <summary>The peer has deleted it, or the connection is no more: it cannot be pulled.</summary>
    public bool IsGone { get; internal set; }

    /// <summary>A pull is under way; another one waits for it and is not sent.</summary>
    public bool IsPulling { get; internal set; }

    /// <summary>Whatever the engine wants to find again by it.</summary>
    public object? Tag { get; set; }

    internal ZapMap Map { get; }

    internal LookupAnswer Answer { get; }

    /// <summary>Times that this pull found another meta.</summary>
    internal int Rereads { get; set; }
}

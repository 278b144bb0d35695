namespace Understudy.Core.Ldms;

/// <summary>What a set is to be, before its bytes are laid out.</summary>
/// <param name="Instance">The set's name, unique in a daemon; at most 254 bytes.</param>
/// <param name="Schema">The name of its kind; at most 221 bytes.</param>
/// <param name="Producer">Who samples it; at most 63 bytes.</param>
/// <param name="Fields">In the order of their numbers; at most one of a name, at most 253 bytes of name and unit.</param>
public sealed record SetDraft(string Instance, string Schema, string Producer, ValueList<MetricField> Fields)
{
    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>Mode bits, as of a file. The default, that anybody may read, is our own choice; the recorded samplers have 0440.</summary>
    public uint Permissions { get; init; } = 0x1ff;

    /// <summary>Grows with each change of the meta. Ours begin at 1, the recorded ones are at 2.</summary>
    public ulong MetaGeneration { get; init; } = 1;

    /// <summary>Bytes of heap at least; lists add what they want where that is more.</summary>
    public int HeapSize { get; init; }
}

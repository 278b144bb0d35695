namespace Understudy.Core.Ldms;

/// <summary>When a command of a file has its turn (ldmsd(8); LDMS 4.5.1, docs/protocol/ldms.md).</summary>
public enum LdmsdTurn
{
    /// <summary>Before all others, wherever in the files it stands: listeners, auth domains, the environment.</summary>
    First,

    /// <summary>In the order of the files.</summary>
    InOrder,

    /// <summary>After all files are read: what starts.</summary>
    Last,
}

/// <summary>What a verb does with words that it has no name for.</summary>
public enum LdmsdRest
{
    /// <summary>They are mistakes, most often of spelling.</summary>
    Refused,

    /// <summary>They belong to a plugin, and travel together as one text (attribute 16).</summary>
    Plugin,

    /// <summary>All words are raw, for instance options with a dash; they travel together as one text.</summary>
    Words,
}

/// <summary>A verb of the configuration language, with all that is fixed about it.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="RequestId">Its number on the wire, protocol of LDMS 4.5.1. Numbers shift between versions: docs/protocol/ldms.md.</param>
/// <param name="Turn">When it has its turn in a file.</param>
/// <param name="Needs">Attributes without which it is refused.</param>
/// <param name="Takes">Attributes that may be left out.</param>
/// <param name="Rest">What happens to other words.</param>
/// <param name="Everyone">Whoever may connect may ask it (0111); else only the daemon's own user and group (0110).</param>
/// <param name="Changes">It changes something; else it only asks.</param>
/// <param name="InPair">The original answers it while its failover service runs. We always do, unless told to behave as the original.</param>
/// <param name="NotDone">Why Understudy does not do it, and what to do instead; null for what it does.</param>
public sealed record LdmsdVerb(
    string Name,
    uint RequestId,
    LdmsdTurn Turn,
    ValueList<string> Needs,
    ValueList<string> Takes,
    LdmsdRest Rest,
    bool Everyone,
    bool Changes,
    bool InPair,
    string? NotDone)
{
    /// <summary>Attributes that ldmsd_controller asks for before it sends anything, where they are more than <see cref="Needs"/>.</summary>
    public ValueList<string> ControllerNeeds { get; init; } = [];

    /// <summary>Words that some guides write and that mean nothing; they are noted, not refused.</summary>
    public ValueList<string> Noise { get; init; } = [];

    public bool Knows(string attribute) => Needs.Contains(attribute, StringComparer.Ordinal) || Takes.Contains(attribute, StringComparer.Ordinal);
}

namespace Understudy.Core.Ldms;

/// <summary>A command as it travels: its number, and attributes by number. The bytes of the record around them are the wire's.</summary>
/// <param name="Attributes">In the order of travel; a null value is a keyword, which has no bytes at all, not even the final zero.</param>
public sealed record LdmsdWireCommand(uint RequestId, ValueList<(uint Id, string? Value)> Attributes);

/// <summary>Between the words of a command and the numbers of the wire (LDMS 4.5.1, docs/protocol/ldms.md).</summary>
public static class LdmsdWire
{
    /// <summary>The number of the attribute that carries free text: an error, or a plugin's own attributes.</summary>
    public const uint Text = 16;

    /// <summary>The number of the attribute that carries an answer in JSON.</summary>
    public const uint Json = 26;

    private static readonly (string Name, uint Id)[] s_names =
    [
        ("name", 1), ("interval", 2), ("offset", 3), ("regex", 4), ("type", 5), ("producer", 6), ("instance", 7), ("xprt", 8), ("host", 9), ("port", 10),
        ("match", 11), ("plugin", 12), ("container", 13), ("schema", 14), ("metric", 15), ("string", Text), ("udata", 17), ("base", 18), ("incr", 19), ("level", 20),
        ("path", 21), ("time", 22), ("push", 23), ("test", 24), ("json", Json), ("perm", 27), ("auto_switch", 28), ("peer_name", 29), ("timeout_factor", 30),
        ("auto_interval", 31), ("uid", 32), ("gid", 33), ("stream", 34), ("auth", 35), ("reset", 36), ("decomposition", 37), ("rail", 38), ("quota", 39), ("rx_rate", 40),
        ("summary", 41), ("size", 42), ("cache_ip", 43), ("exclusive_thread", 48), ("message_channel", 49),
        ("reconnect", 2), ("flush", 2),                                // other words for number 2, by verb
    ];

    private static readonly Dictionary<string, uint> s_ids = s_names.ToDictionary(n => n.Name, n => n.Id, StringComparer.Ordinal);

    /// <summary>The number of an attribute, or null for one that travels as text.</summary>
    public static uint? IdOf(string attribute) => s_ids.TryGetValue(attribute, out var id) ? id : null;

    /// <summary>The word for a number in a command of this verb; null for a number that is not of this protocol.</summary>
    public static string? NameOf(uint id, LdmsdVerb verb) =>
        id == 2 && verb.Takes.Contains("reconnect", StringComparer.Ordinal) ? "reconnect"
        : id == 2 && verb.Takes.Contains("flush", StringComparer.Ordinal) ? "flush"
        : Array.Find(s_names, n => n.Id == id).Name;

    /// <summary>A command for the wire; null for a verb that has no number.</summary>
    public static LdmsdWireCommand? ToWire(LdmsdCommand command)
    {
        if (LdmsdVerbs.Find(command.Verb) is not { } verb)
        {
            return null;
        }

        var attributes = new List<(uint, string?)>();
        var rest = new List<string>();
        foreach (var attribute in command.Attributes)
        {
            var own = verb.Rest == LdmsdRest.Refused || (verb.Rest == LdmsdRest.Plugin && verb.Knows(attribute.Name));
            if (own && IdOf(attribute.Name) is { } id)
            {
                attributes.Add((id, attribute.Value));
            }
            else
            {
                rest.Add(attribute.ToString());
            }
        }

        if (rest.Count > 0)
        {
            attributes.Add((Text, string.Join(' ', rest)));
        }

        return new(verb.RequestId, attributes.ToValueList());
    }

    /// <summary>A command from the wire. A number that no attribute of ours has is left out, as newer versions add some; the verb of an unknown request is its number.</summary>
    /// <param name="place">Who sent it.</param>
    public static LdmsdCommand FromWire(uint requestId, IEnumerable<(uint Id, string? Value)> attributes, LdmsdPlace place)
    {
        if (LdmsdVerbs.Find(requestId) is not { } verb)
        {
            return new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"request {requestId:#x}"), [], place);
        }

        var words = new List<LdmsdWord>();
        foreach (var (id, value) in attributes)
        {
            if (id == Text)
            {
                words.AddRange((value ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => Word(w, verb.Rest == LdmsdRest.Words, place)));
            }
            else if (NameOf(id, verb) is { } name)
            {
                words.Add(new(name, value, place));
            }
        }

        return new(verb.Name, words.ToValueList(), place);
    }

    /// <summary>One word: a keyword, or what stands before and behind its first '='.</summary>
    internal static LdmsdWord Word(string word, bool raw, LdmsdPlace place)
    {
        var equals = raw ? -1 : word.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? new(word, null, place) : new(word[..equals], word[(equals + 1)..], place);
    }
}

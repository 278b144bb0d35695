using System.Net;

namespace Understudy.Core.Settings;

/// <summary>What the sections read so far have told, for the rules that later sections are held to.</summary>
internal sealed class FileSoFar
{
    private readonly Dictionary<IPAddress, string> owners = [];

    /// <summary>The nodes' names; null while they could not all be read, and then no name is held against them.</summary>
    internal ValueList<string>? Nodes { get; set; }

    /// <summary>Null when it could not be read.</summary>
    internal HeartbeatSettings? Heartbeat { get; set; }

    /// <summary>Null when it could not be read.</summary>
    internal ArbiterSettings? Arbiter { get; set; }

    /// <summary>Which of the nodes we are.</summary>
    internal string Node { get; set; } = "";

    /// <summary>The duties' names; null while they could not all be read.</summary>
    internal ValueList<string>? DutyNames { get; set; }

    /// <summary>The names of the guards that were read.</summary>
    internal ValueList<string> Guards { get; set; } = [];

    /// <summary>Parses the name of a duty of this file.</summary>
    internal string? OneDuty(string text, out string value) =>
        Scalars.Name(text, out value) ?? (DutyNames is null || DutyNames.Contains(text, StringComparer.Ordinal) ? null
            : Nearest.To(text, DutyNames) is { } meant ? $"'{text}' is none of the duties; did you mean '{meant}'?"
            : DutyNames.Count == 0 ? $"'{text}' is no duty: there are none in this file"
            : $"'{text}' is none of the duties {string.Join(", ", DutyNames)}");

    /// <summary>Parses the name of a node.</summary>
    internal string? OneNode(string text, out string value) => OneNodeEach()(text, out value);

    /// <summary>Parses an address that nothing else in the file has.</summary>
    internal ParseText<IPAddress> NotYetOwned(ParseText<IPAddress> parse, string owner) => NotYetOwned(parse, a => a, owner);

    internal ParseText<T> NotYetOwned<T>(ParseText<T> parse, Func<T, IPAddress> addressOf, string owner) => (string text, out T value) =>
    {
        if (parse(text, out value) is { } problem)
        {
            return problem;
        }

        var address = addressOf(value);
        return owners.TryAdd(address, owner) ? null : $"{address} is already {owners[address]}; each address belongs to one";
    };

    /// <summary>Parses the name of a node, each once.</summary>
    internal ParseText<string> OneNodeEach()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return (string text, out string value) =>
        {
            if (Scalars.HostName(text, out value) is { } problem)
            {
                return problem;
            }

            if (Nodes is not null && Nodes.All(n => n != text))
            {
                return Nearest.To(text, Nodes) is { } meant
                    ? $"'{text}' is none of the nodes; did you mean '{meant}'?"
                    : $"'{text}' is none of the nodes {string.Join(", ", Nodes)}";
            }

            return seen.Add(text) ? null : $"'{text}' is in the list twice";
        };
    }
}

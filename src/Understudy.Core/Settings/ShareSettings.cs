namespace Understudy.Core.Settings;

/// <summary>Who covers for whom: every producer is pulled by one of the nodes, by weighted rendezvous hashing unless it names its home.</summary>
/// <param name="Nodes">The nodes that collect; none: those of the file.</param>
/// <param name="Weights">What a node takes, 1 where it is not named.</param>
/// <param name="Capacity">Sets that a node may pull in a second, before it takes no more over; null: no limit.</param>
/// <param name="Drain">Nodes that shall pull nothing: their producers move, none lost, and do not come back.</param>
/// <param name="Ping">How often nodes look after each other.</param>
/// <param name="Factor">How many times the longer of round trip and ping must pass without an echo (ldmsd_failover(7)).</param>
/// <param name="Warm">Stand by connected and looked up; else connect only when it is needed.</param>
public sealed record ShareSettings(
    ValueList<string> Nodes, ValueList<(string Node, double Weight)> Weights, int? Capacity, ValueList<string> Drain, TimeSpan Ping, double Factor, bool Warm)
{
    public double WeightOf(string node)
    {
        foreach (var (name, weight) in Weights)
        {
            if (name == node)
            {
                return weight;
            }
        }

        return 1;
    }


    internal static ShareSettings Read(Section at, FileSoFar file)
    {
        var nodes = at.Values("nodes", file.OneNodeEach(), 0, 16, new("list of nodes", "all of the file", "1..16", "The nodes that collect."));
        var weights = at.Optional("weights", "What each node takes of the producers, compared with the others; 1 where it is not named.", s => s.Each("NODE", file.OneNodeEach(), Section.Within<double>(Scalars.Number, 0.01, 1000), 16,
            new("number", "1", "0.01..1000", "A node's weight.")));
        var capacity = at.Value<int?>("capacity", Capacities, new("sets a second, or `none`", "none", "1..10000000",
            "So many sets a node may pull in a second; above it, it takes no more over, and says which producers nobody pulls."), null);
        var drain = at.Values("drain", file.OneNodeEach(), 0, 16, new("node, or a list of them", "none", "0..16", "Nodes that shall pull nothing: their producers move to the others without a loss, and stay there."));
        at.Require("drain", drain.Count == 0 || (nodes.Count > 0 ? nodes : file.Nodes ?? drain).Except(drain, StringComparer.Ordinal).Any() || file.Nodes is null, "leaves no node that pulls", "nodes");
        at.Require("nodes", nodes.Count == 0 || file.Nodes is not { Count: 0 }, "are named, and there are no 'nodes' in the file");
        return new(nodes, weights ?? [], capacity, drain,
            at.Span("ping", TimeSpan.FromMilliseconds(200), "10ms", "60s", "How often nodes look after each other."),
            at.Number("factor", 2, 1, 100, "After so many pings without an echo the peer counts as gone, or later where its echoes vary: max(base + 4 SD, base * factor)."),
            Warm: at.Choice("standby", true, "Whether who stands by is connected and has looked up all sets, so that a take-over begins with its next tick.", ("warm", true), ("cold", false)));
    }

    private static string? Capacities(string text, out int? value)
    {
        value = null;
        if (text == "none")
        {
            return null;
        }

        var problem = Section.Within<int>(Scalars.Whole, 1, 10_000_000)(text, out var sets);
        value = sets;
        return problem;
    }
}

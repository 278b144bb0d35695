using System.Net;

namespace Understudy.Core.Settings;

/// <summary>One host of the file, with its end of every link, the most trusted link first.</summary>
/// <param name="Name">Letters, digits, '-', '_' and '.', at most 63.</param>
/// <param name="Links">1..8 links, named alike on every node.</param>
public sealed record NodeSettings(string Name, ValueList<LinkSettings> Links)
{
    internal static ValueList<NodeSettings> ReadAll(Section at, FileSoFar file, bool needed)
    {
        NodeSettings? first = null;
        var nodes = at.Named("nodes", Scalars.HostName, 16, new("mapping of names", "required", "1..16",
            "The hosts, by their host names, each with its links. Names have letters, digits, '-', '_' and '.', 63 at most.",
            "each host with its links, for instance alpha: { lan: 10.99.0.1 }"), (name, s) =>
        {
            var node = Read(name, s, file, first);
            first ??= s.IsGood ? node : null;
            return node;
        }, needed);
        file.Nodes = at.IsGoodAt("nodes") ? nodes.Select(n => n.Name).ToValueList() : null;
        if (first?.Links is [var only])
        {
            at.WarnWhen("nodes", unwise: true,
                $"there is only the link '{only.Name}': when it breaks, hosts that live are deaf to each other; a private link besides tells them apart");
        }

        return nodes;
    }

    private static NodeSettings Read(string name, Section at, FileSoFar file, NodeSettings? first)
    {
        var entries = at.Each("LINK", Scalars.Name, file.NotYetOwned(Scalars.LinkAddress, $"an address of node '{name}'"), 8, new("address", "required", "1..8",
            "The node's own address on this link; heartbeats leave from it and arrive at it. Links stand in the order of trust, "
            + "and every node has the same ones, with addresses of the same family."));
        var links = entries.Select(e => new LinkSettings(e.Name, e.Value)).ToValueList();
        if (first is not null && at.IsGood)
        {
            var (ours, firsts) = (string.Join(", ", links.Select(l => l.Name)), string.Join(", ", first.Links.Select(l => l.Name)));
            if (ours != firsts)
            {
                at.Fault($"has the links {ours}, must have {firsts} in this order, as '{first.Name}' has");
                return new(name, links);
            }

            foreach (var (link, theirs) in links.Zip(first.Links))
            {
                at.Require(link.Name, Scalars.IsV4(link.Address) == Scalars.IsV4(theirs.Address),
                    $"{link.Address} and {first.Name}'s {theirs.Address} are of different families; one link is v4 or v6");
            }
        }

        return new(name, links);
    }
}

/// <summary>A host's end of one link: heartbeats leave from this address and arrive at it.</summary>
public sealed record LinkSettings(string Name, IPAddress Address);

namespace Understudy.Core.Settings;

/// <summary>All that the operator has decided: one file, the same on every host.</summary>
/// <param name="Node">Which of <paramref name="Nodes"/> we are; the witness' own name where we are that.</param>
/// <param name="Secrets">Paths of one or two key files. The first signs, all verify, so that a key can be changed host by host.</param>
/// <param name="Port">UDP port of the peers and the witness, 1..65535.</param>
/// <param name="Nodes">1..16 hosts (none where there are only guards) with the same links in the same order of trust.</param>
/// <param name="Heartbeat">How peers are heard, and when their silence counts.</param>
/// <param name="Arbiter">Who grants claims.</param>
/// <param name="Duties">1..32 duties (none where there are only guards), in the order of the file.</param>
/// <param name="Api">Where questions and orders arrive.</param>
/// <param name="Ledger">Where the record is kept, and how much of it.</param>
public sealed record UnderstudySettings(
    string Node,
    ValueList<string> Secrets,
    int Port,
    ValueList<NodeSettings> Nodes,
    HeartbeatSettings Heartbeat,
    ArbiterSettings Arbiter,
    ValueList<DutySettings> Duties,
    ApiSettings Api,
    LedgerSettings Ledger)
{
    /// <summary>0..16 guards, in the order of the file, the one of the line <c>guard:</c> last. A file with guards needs no duties, and then
    /// neither nodes nor an arbiter; without nodes it needs no secret.</summary>
    public ValueList<GuardSettings> Guards { get; init; } = [];

    /// <summary>What is collected; null for nothing. A file with a collection needs no duties, as with guards.</summary>
    public CollectionSettings? Collection { get; init; }

    /// <summary>The port unless set; no service is registered for it that a pair of hosts would meet.</summary>
    public const int DefaultPort = 1291;

    /// <summary>Our own entry in <see cref="Nodes"/>; null for a witness that is not among them.</summary>
    public NodeSettings? Self => Nodes.FirstOrDefault(n => n.Name == Node);

    /// <summary>All nodes but ours, in the order of the file.</summary>
    public ValueList<NodeSettings> Peers => Nodes.Where(n => n.Name != Node).ToValueList();

    internal static UnderstudySettings Read(Section at, SettingsRequest request)
    {
        var file = new FileSoFar();
        var named = at.Value("node", Scalars.HostName, new("name", "the host name", "",
            "Which of the nodes this host is. `--node` wins over it. Leave it out and the file can be the same on every host."), request.DefaultNode);
        var node = request.NodeOverride ?? named;
        file.Node = node;
        var busy = (at.Has("guards") || at.Has("guard") || at.Has("collection")) && request.Role == SettingsRole.Candidate;
        var served = !busy || at.Has("duties");
        var spoken = served || at.Has("nodes");
        var secrets = at.Values<string>("secret", Scalars.Path, spoken ? 1 : 0, 2, new("path, or a list of them", "required", "1..2",
            "Not needed where there are guards or a collection, and no nodes. Key files, made by `understudy keygen`. The first signs, all verify: to change a key, add the new one second on every host, "
            + "then put it first, then drop the old one.", "the path of a key file, which 'understudy keygen' makes"));
        at.Require("secret", secrets.Count < 2 || secrets[0] != secrets[1], "names the same file twice");
        var port = at.Whole("port", DefaultPort, 1, 65535, "UDP port of the peers and the witness, the same on all of them.");
        var nodes = NodeSettings.ReadAll(at, file, served);
        RequireNode(at, request, node, nodes, spoken);
        var heartbeat = at.Sub("heartbeat", "How peers are heard, and when their silence counts.", HeartbeatSettings.Read);
        file.Heartbeat = at.IsGoodAt("heartbeat") ? heartbeat : null;
        var arbiter = ArbiterSettings.Read(at, file, request.Role, served);
        file.Arbiter = at.IsGoodAt("arbiter") ? arbiter : null;
        var duties = at.Named("duties", Scalars.Name, 32, new("mapping of names", "required, unless there are guards or a collection", "1..32",
            "What must be done. Names have a-z, 0-9, '-' and '_', 63 at most.", "at least one duty"), (name, s) => DutySettings.Read(name, s, file), served);
        file.DutyNames = at.IsGoodAt("duties") ? duties.Select(d => d.Name).ToValueList() : null;
        at.WarnWhen("duties", request.Role == SettingsRole.Candidate && served && duties.All(d => d.RankOf(node) is null),
            $"{Scalars.Quote(node)} is a candidate of none of them, and will only listen", "nodes", "node");
        var guards = Guarding(at, file);
        var collection = at.Optional("collection", "What is collected, how often, where it goes, and who does it when somebody else cannot. A file with a collection needs no duties, and then neither nodes nor an arbiter.",
            s => CollectionSettings.Read(s, file));
        var api = at.Sub("api", "Where questions and orders arrive.", s => ApiSettings.Read(s, node));
        var ledger = at.Sub("ledger", "Where the record is kept, and how much of it.", s => LedgerSettings.Read(s, node));
        return new(node, secrets, port, nodes, heartbeat, arbiter, duties, api, ledger) { Guards = guards, Collection = collection };
    }

    private static ValueList<GuardSettings> Guarding(Section at, FileSoFar file)
    {
        var guards = at.Named("guards", Scalars.Name, 16, new("mapping of names", "none", "1..16",
            "What evidence about mains and heat leads to: a host that leaves in good order. A file with guards needs no duties, and then neither nodes nor an arbiter."),
            (name, s) => GuardSettings.Read(name, s, file), needed: false);
        file.Guards = guards.Select(g => g.Name).ToValueList();
        var careful = at.Optional("guard", "One guard in one line, named `careful`: the program of that name made safe. It pings one thing, bears its loss for a while, tells everybody, and powers off.",
            s => GuardSettings.ReadCareful(s, file));
        return careful is null ? guards : [.. guards, careful];
    }

    /// <summary>Our name must be one; and for a candidate, one of the file's.</summary>
    private static void RequireNode(Section at, SettingsRequest request, string node, ValueList<NodeSettings> nodes, bool spoken)
    {
        if (!at.IsGoodAt("node"))
        {
            return;
        }

        var fromFile = request.NodeOverride is null && at.Has("node");
        var whose = fromFile ? "node" : request.NodeOverride is null ? "this host's name" : "the name that --node gives";
        if (!fromFile && Scalars.HostName(node, out _) is { } problem)
        {
            at.Fail("nodes", $"{whose} cannot be used: {problem}");
        }
        else if (request.Role == SettingsRole.Candidate && spoken && at.IsGoodAt("nodes") && nodes.All(n => n.Name != node))
        {
            var meant = Nearest.To(node, nodes.Select(n => n.Name)) is { } near ? $"; did you mean '{near}'?" : "";
            var all = string.Join(", ", nodes.Select(n => n.Name));
            at.Fail(fromFile ? "node" : "nodes", fromFile
                ? $"{Scalars.Quote(node)} is none of the nodes {all}{meant}"
                : $"{Scalars.Quote(node)}, {whose}, is none of {all}{meant}{(meant.Length > 0 ? " Say" : "; say")} who we are with 'node' or --node");
        }
    }
}

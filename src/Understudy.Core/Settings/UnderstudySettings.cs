namespace Understudy.Core.Settings;

/// <summary>All that the operator has decided: one file, the same on every host.</summary>
/// <param name="Node">Which of <paramref name="Nodes"/> we are; the witness' own name where we are that.</param>
/// <param name="Secrets">Paths of one or two key files. The first signs, all verify, so that a key can be changed host by host.</param>
/// <param name="Port">UDP port of the peers and the witness, 1..65535.</param>
/// <param name="Nodes">1..16 hosts with the same links in the same order of trust.</param>
/// <param name="Heartbeat">How peers are heard, and when their silence counts.</param>
/// <param name="Arbiter">Who grants claims.</param>
/// <param name="Duties">1..32 duties, in the order of the file.</param>
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
    /// <summary>The port unless set; no service is registered for it that a pair of hosts would meet.</summary>
    public const int DefaultPort = 1291;

    /// <summary>Our own entry in <see cref="Nodes"/>; null for a witness that is not among them.</summary>
    public NodeSettings? Self => Nodes.FirstOrDefault(n => n.Name == Node);

    /// <summary>All nodes but ours, in the order of the file.</summary>
    public ValueList<NodeSettings> Peers => Nodes.Where(n => n.Name != Node).ToValueList();
}

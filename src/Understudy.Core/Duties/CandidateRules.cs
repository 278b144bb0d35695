using Understudy.Core.Peers;
using Understudy.Core.Settings;

namespace Understudy.Core.Duties;

/// <summary>What one candidate host goes by: its duties, and whom it talks to about them.</summary>
/// <param name="Duties">Only those that this node is a candidate of.</param>
/// <param name="Devices">By duty: the devices that carry its addresses.</param>
public sealed record CandidateRules(string Node, TalkRules Talk, ValueList<DutyRules> Duties, ValueList<ValueList<string>> Devices, bool Arbitrated)
{
    /// <summary>The name under which a witness signs its datagrams.</summary>
    public const string WitnessName = "witness";

    /// <param name="boot">Drawn at random at each start; never 0.</param>
    public static CandidateRules From(UnderstudySettings settings, ulong boot)
    {
        var duties = settings.Duties.Where(d => d.RankOf(settings.Node) is not null).ToValueList();
        var peers = settings.Peers.Select(p => new TalkPeer(p.Name, Datagram.Id(p.Name), p.Links.Count, Witness: false)).ToList();
        if (settings.Arbiter is ArbiterSettings.Witness witness)
        {
            peers.Add(new TalkPeer(WitnessName, Datagram.Id(WitnessName), witness.Addresses.Count, Witness: true));
        }

        var beat = settings.Heartbeat;
        return new CandidateRules(
            settings.Node,
            new TalkRules(Datagram.Id(settings.Node), boot, beat.Every, beat.DeadAfter, beat.Judge, beat.Factor, peers.ToValueList()),
            duties.Select(d => DutyRulesFrom.Settings(settings, d, settings.Node)!).ToValueList(),
            duties.Select(d => d.Addresses.Select(a => a.Device).Distinct(StringComparer.Ordinal).ToValueList()).ToValueList(),
            settings.Arbiter is ArbiterSettings.Witness);
    }
}

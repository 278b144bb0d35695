using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;

namespace Understudy.Collection;

/// <summary>What we collect, as those who connect to us read it. On the loop's thread.</summary>
internal sealed class SetsOffer : ISetsSource
{
    private readonly SortedDictionary<string, OfferedSet> offered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CollectedSet> sets = new(StringComparer.Ordinal);
    private ulong lastId;

    public IEnumerable<DirectoryEntry> Directory()
    {
        foreach (var (name, set) in offered)
        {
            yield return Entry(set, sets[name]);
        }
    }

    public OfferedSet? Find(string instance) => offered.GetValueOrDefault(instance);

    /// <summary>Offers a set, or its new layout.</summary>
    /// <param name="sockets">Where those are told who asked for notice.</param>
    internal void Publish(CollectedSet set, LdmsSockets sockets)
    {
        sets[set.Name] = set;
        if (offered.TryGetValue(set.Name, out var known))
        {
            if (known.Layout.MetaSize == set.Layout.MetaSize && known.Layout.DataSize == set.Layout.DataSize)
            {
                known.Layout = set.Layout;
                known.Sample = set.Data;
                sockets.TellUpdated(Entry(known, set));
                return;
            }

            Withdraw(set, sockets);
            sets[set.Name] = set;
        }

        var offer = new OfferedSet(++lastId, set.Layout) { Sample = set.Data };
        offered[set.Name] = offer;
        sockets.TellAdded(Entry(offer, set));
    }

    internal void Withdraw(CollectedSet set, LdmsSockets sockets)
    {
        sets.Remove(set.Name);
        if (offered.Remove(set.Name, out var offer))
        {
            sockets.Withdraw(offer);
        }
    }

    private static DirectoryEntry Entry(OfferedSet offer, CollectedSet set) => DirectoryEntry.Of(offer.Layout, offer.Sample.Span, set.Current?.Producer.Rules.Target is ProducerTarget.Own, offer.Info);
}

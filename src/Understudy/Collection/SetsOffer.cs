using System.Globalization;
using Understudy.Core;
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

    public OfferedSet? Find(string instance)
    {
        if (offered.TryGetValue(instance, out var offer))
        {
            offer.Info = InfoOf(sets[instance]);
        }

        return offer;
    }

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

    private static DirectoryEntry Entry(OfferedSet offer, CollectedSet set)
    {
        offer.Info = InfoOf(set);
        return DirectoryEntry.Of(offer.Layout, offer.Sample.Span, set.Current?.Producer.Rules.Target is ProducerTarget.Own, offer.Info);
    }

    /// <summary>What its sampler has said of it; but for the times, which are those at which we have it.</summary>
    private static ValueList<string> InfoOf(CollectedSet set)
    {
        var given = (set.Current?.Handle as RemoteSet)?.Info ?? [];
        var info = new List<string>();
        for (var i = 0; i + 1 < given.Count; i += 2)
        {
            if (given[i] != DirectoryEntry.HintKey)
            {
                info.AddRange([given[i], given[i + 1]]);
            }
        }

        if (set.Current?.Beat is var (interval, offset))
        {
            info.AddRange([DirectoryEntry.HintKey, string.Create(CultureInfo.InvariantCulture, $"{(long)interval.TotalMicroseconds}:{offset?.TotalMicroseconds}")]);
        }

        return [.. info];
    }
}

using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;

namespace Understudy.Collection;

/// <summary>Asks the loop.</summary>
internal sealed class CollectionFace(CollectionLoop loop, string node) : ICollectionFace
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    public async Task<CollectionView?> LookAsync(CancellationToken stop)
    {
        var seen = new TaskCompletionSource<CollectionView>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!loop.Post(at => seen.SetResult(Of(at))))
        {
            return null;
        }

        try
        {
            return await seen.Task.WaitAsync(s_limit, stop);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private CollectionView Of(Moment at)
    {
        var share = loop.Sharing?.Desk;
        return new CollectionView(
            node,
            [.. loop.Desk.Producers.Values.Select(p => Of(p, share, at))],
            [.. loop.Hands.Stores.Stores.Values.Select(s => Of(s.Name, s.Kind, s.Store.Report))],
            share is null ? [] : [.. share.Rules.Members.Select(m => new MemberView(m.Name, m.Name == node || share.IsThere(m.Name), Enumerable.Range(0, share.Producers.Count).Count(i => share.OwnerOf(i) == m.Name)))]);
    }

    private static StoreView Of(string name, string kind, Linux.Collection.StoreReport r) => new(name, kind, r.Written, r.Waiting, r.Dropped, r.Refused, r.Found, r.Epoch, r.Writer, r.Trouble);

    private static ProducerView Of(ProducerDesk producer, ShareDesk? share, Moment at)
    {
        var sets = producer.Sources.Values.OrderBy(s => s.Name, StringComparer.Ordinal).Select(s => new SetView(
            s.Name, s.Schema, CollectionRows.Word(s.State), s.Set?.Current == s, s.Set?.Had ?? 0, s.Set?.Lost ?? 0, s.Set is { Had: > 0 } set ? (at.Micros - set.Id.Micros) / 1000 : null)).ToArray();
        string? owner = null;
        for (var i = 0; share is not null && i < share.Producers.Count; i++)
        {
            owner = share.Producers[i].Name == producer.Name ? share.OwnerOf(i) : owner;
        }

        return new ProducerView(
            producer.Name, producer.Rules.Target.ToString() ?? "", Word(producer.Part), (long)(at.Now - producer.PartSince).TotalMilliseconds, producer.PartWhy, owner, producer.State.ToString().ToUpperInvariant(), producer.Trouble,
            producer.Losses, sets, sets.Where(s => s.IsCurrent).Sum(s => s.Had), producer.Lost, sets.Where(s => s.IsCurrent).Max(s => s.LagMs));
    }

    private static string Word(ProducerPart part) => part.ToString().ToLowerInvariant();
}

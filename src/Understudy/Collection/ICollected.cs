using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;

namespace Understudy.Collection;

/// <summary>One producer as the faces show it.</summary>
/// <param name="Target">Where it is.</param>
/// <param name="Part">collect, warm or off: what this host has to do with it.</param>
/// <param name="SinceMs">For how long, in ms.</param>
/// <param name="Owner">Which node it is dealt to; null: to nobody, or nobody shares it.</param>
/// <param name="State">STOPPED, DISCONNECTED, CONNECTING or CONNECTED.</param>
/// <param name="Trouble">Why there is no connection; empty where there is.</param>
/// <param name="Lost">Samples that its sampler made and that we never had.</param>
/// <param name="LagMs">How old the newest sample of its oldest set is, in ms; null: it has none here.</param>
public sealed record ProducerView(string Name, string Target, string Part, long SinceMs, string Why, string? Owner, string State, string Trouble, int Losses, IReadOnlyList<SetView> Sets, long Had, long Lost, long? LagMs);

/// <summary>One set of a producer.</summary>
/// <param name="Source">START, LOOKUP, READY or UPDATING.</param>
/// <param name="IsCurrent">Its sample is what this host offers.</param>
public sealed record SetView(string Name, string Schema, string Source, bool IsCurrent, long Had, long Lost, long? LagMs);

/// <summary>One store.</summary>
/// <param name="Found">Samples that waited here while another wrote, and that it had stored already.</param>
/// <param name="Epoch">Of the claim; 0: another has it, or nobody.</param>
/// <param name="Writer">Who has the claim, as that one calls itself; null: nobody, or nobody knows.</param>
public sealed record StoreView(string Name, string Kind, long Written, int Waiting, long Dropped, long Refused, long Found, ulong Epoch, string? Writer, string? Trouble);

/// <summary>One node that shares the collection.</summary>
public sealed record MemberView(string Name, bool IsThere, int Owns);

/// <summary>All of it.</summary>
public sealed record CollectionView(string Node, IReadOnlyList<ProducerView> Producers, IReadOnlyList<StoreView> Stores, IReadOnlyList<MemberView> Members);

/// <summary>The collection as the faces see it; may be asked on any thread.</summary>
public interface ICollected
{
    /// <summary>As of now; null: this host collects nothing, or its loop did not answer within 2 s.</summary>
    Task<CollectionView?> LookAsync(CancellationToken stop);
}

/// <summary>Of a host without a collection.</summary>
public sealed class NothingCollected : ICollected
{
    public static NothingCollected Here { get; } = new();

    public Task<CollectionView?> LookAsync(CancellationToken stop) => Task.FromResult<CollectionView?>(null);
}

/// <summary>Asks the loop.</summary>
internal sealed class CollectionFace(CollectionLoop loop, string node) : ICollected
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

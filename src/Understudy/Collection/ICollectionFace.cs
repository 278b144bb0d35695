namespace Understudy.Collection;

/// <summary>The collection as the faces see it; may be asked on any thread.</summary>
public interface ICollectionFace
{
    /// <summary>As of now; null: this host collects nothing, or its loop did not answer within 2 s.</summary>
    Task<CollectionView?> LookAsync(CancellationToken stop);
}

/// <summary>Of a host without a collection.</summary>
public sealed class NoProducers : ICollectionFace
{
    public static NoProducers Here { get; } = new();

    public Task<CollectionView?> LookAsync(CancellationToken stop) => Task.FromResult<CollectionView?>(null);
}

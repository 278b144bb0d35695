using Understudy.Core.Collection;

namespace Understudy.Collection;

/// <summary>What the collection's loop is given from outside.</summary>
/// <param name="Say">Where its sentences go; from the loop's thread.</param>
/// <param name="Broken">A broken invariant ended the loop.</param>
/// <param name="StateFolder">Where it is kept what a peer collects; null: nowhere.</param>
/// <param name="StoreRoot">Where a store's container is a folder of, until its plugin says otherwise.</param>
internal sealed record CollectionParts(Action<CollectionNote> Say, Action<Exception> Broken, string StoreRoot, string? StateFolder = null);

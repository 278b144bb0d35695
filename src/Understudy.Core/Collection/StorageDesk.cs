namespace Understudy.Core.Collection;

/// <summary>One storage policy, and whether we may write.</summary>
public sealed class StorageDesk
{
    internal StorageDesk(StorageRules rules) => Rules = rules;

    public StorageRules Rules { get; internal set; }

    public string Name => Rules.Name;

    /// <summary>It is a copy of a peer's.</summary>
    public bool IsCopy => Name.StartsWith('#');

    public bool IsRunning { get; internal set; }

    /// <summary>The claim on its container is ours, under this epoch; 0: it is not. Two never write one container.</summary>
    public long Epoch { get; internal set; }

    /// <summary>Samples that were handed to the store; it writes them while it has the claim.</summary>
    public long Offered { get; internal set; }
}

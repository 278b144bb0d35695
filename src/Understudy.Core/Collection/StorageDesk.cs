namespace Understudy.Core.Collection;

/// <summary>How the store of a policy is doing, as its own thread says.</summary>
/// <param name="Epoch">The claim on its container is ours, under this epoch; 0: it is not. Two never write one container.</param>
/// <param name="Writer">Who has the claim, as that one calls itself; null: nobody, or nobody knows.</param>
/// <param name="Written">Samples that we wrote.</param>
/// <param name="Dropped">Samples that found no room while they waited.</param>
/// <param name="Trouble">What is wrong now, as a sentence; empty where nothing is.</param>
public sealed record StorageState(ulong Epoch, string? Writer, long Written, long Dropped, string Trouble)
{
    /// <summary>Of a policy that has stored nothing yet.</summary>
    public static StorageState Unopened { get; } = new(0, null, 0, 0, "");
}

/// <summary>One storage policy, and whether we may write.</summary>
public sealed class StorageDesk
{
    internal StorageDesk(StorageRules rules) => Rules = rules;

    public StorageRules Rules { get; internal set; }

    public string Name => Rules.Name;

    /// <summary>It is a copy of a peer's.</summary>
    public bool IsCopy => Name.StartsWith('#');

    public bool IsRunning { get; internal set; }

    /// <summary>Of its store.</summary>
    public StorageState State { get; internal set; } = StorageState.Unopened;

    /// <summary>Samples that were handed to the store; it writes them while it has the claim.</summary>
    public long Offered { get; internal set; }
}

using System.Runtime.InteropServices;

namespace Understudy.Linux.Collection;

/// <summary>How an attempt to become a store's one writer ended.</summary>
/// <param name="Epoch">Of the claim that we have; 0 when we have none.</param>
/// <param name="Why">For people; "" when we have it.</param>
/// <param name="Writer">Who has it, as that one calls itself; null: nobody knows.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct StoreClaimOutcome(ulong Epoch, string Why, string? Writer)
{
    public bool IsOurs => Epoch > 0;

    internal static StoreClaimOutcome No(string why, string? writer = null) => new(0, why, writer);
}

/// <summary>The right to be the one writer of a store. Not for several threads at once: a store's own thread asks.</summary>
public interface IStoreClaim : IDisposable
{
    /// <summary>Of the claim that we have; 0 when we have none.</summary>
    ulong Epoch { get; }

    /// <summary>Takes the claim if nobody else has it. Each claim's epoch is greater than those before it, whoever had them. May be called again at any time.</summary>
    StoreClaimOutcome TryClaim();

    /// <summary>Whether a write may follow. What the answer is worth until the write is done, each kind says of itself.</summary>
    bool StillMine();

    /// <summary>Lets others have it.</summary>
    void LetGo();
}

/// <summary>For a store that needs no claim because nobody else can reach it.</summary>
public sealed class NoStoreClaim(string holder = "this host") : IStoreClaim
{
    public ulong Epoch => 1;

    public StoreClaimOutcome TryClaim() => new(Epoch, "", holder);

    public bool StillMine() => true;

    public void LetGo()
    {
        // There is nobody to let have it.
    }

    public void Dispose() => LetGo();
}

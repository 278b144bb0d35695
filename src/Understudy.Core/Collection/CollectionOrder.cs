using System.Runtime.InteropServices;

namespace Understudy.Core.Collection;

/// <summary>What the loop is to do.</summary>
public enum CollectionDeed
{
    /// <summary>Connect to the producer; the answer is <see cref="CollectionDesk.Opened"/> or <see cref="CollectionDesk.Closed"/>, both with the generation.</summary>
    Connect,

    /// <summary>Close the connection; nothing is answered.</summary>
    Disconnect,

    /// <summary>Ask what sets there are, and to be told of changes.</summary>
    List,

    /// <summary>Ask for the set's layout.</summary>
    LookUp,

    /// <summary>Ask for a sample.</summary>
    Pull,

    /// <summary>Offer the set to whoever reads from us.</summary>
    Publish,

    /// <summary>Offer it no more.</summary>
    Withdraw,

    /// <summary>Store the set's sample, before anything else is told to the desk.</summary>
    Store,
}

/// <summary>One thing to do; which of the fields it has depends on what it is.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CollectionOrder(CollectionDeed Deed, ProducerDesk? Producer, SetSource? Source, CollectedSet? Set, StorageDesk? Storage);

/// <summary>A sentence for the ledger and the log.</summary>
/// <param name="About">The producer, updater, policy or member that it is about.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CollectionNote(Instant At, string About, string Text, bool Loud);

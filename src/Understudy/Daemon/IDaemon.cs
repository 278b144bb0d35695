using Understudy.Api;
using Understudy.Core.Ledger;

namespace Understudy.Daemon;

/// <summary>The loop as the faces see it. All members may be called on any thread, and none waits for the loop but for the answer to an order.</summary>
public interface IDaemon
{
    /// <summary>The last one that the loop published.</summary>
    HostSnapshot Snapshot { get; }

    /// <summary>Gives an order and waits until it has been taken: a hand-over until the duty is let go, refused, or 5 s have passed.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up; the order may still be taken.</exception>
    Task<OrderAnswer> OrderAsync(HostOrder order, CancellationToken stop);

    /// <summary>Ledger lines from now on.</summary>
    LedgerSubscription Subscribe();

    /// <summary>Reads the settings again.</summary>
    Task<ReloadAnswer> ReloadAsync(CancellationToken stop);
}

/// <summary>What a person orders for one duty. <see cref="By"/> names the person, for the ledger.</summary>
public abstract record HostOrder(string Duty, string By)
{
    /// <summary>Keeps this host out.</summary>
    public sealed record Hold(string Duty, string By) : HostOrder(Duty, By);

    /// <summary>Ends a hold, or clears a fault.</summary>
    public sealed record Release(string Duty, string By) : HostOrder(Duty, By);

    /// <summary>Moves the duty to <paramref name="To"/>, or to the best that is fit.</summary>
    public sealed record HandOver(string Duty, string? To, string By) : HostOrder(Duty, By);

    /// <summary>Takes the duty without the arbiter; the person vouches that every other candidate is off.</summary>
    public sealed record Seize(string Duty, string By) : HostOrder(Duty, By);
}

/// <summary>What became of an order; <paramref name="Done"/> is false where the duty said no, and <paramref name="Text"/> why.</summary>
public sealed record OrderAnswer(bool Done, string Text);

/// <summary>What became of a reload.</summary>
/// <param name="Errors">As <c>file:line:col: key: problem</c>; when there are any, the old settings stay.</param>
/// <param name="Changed">What is different now, in sentences.</param>
public sealed record ReloadAnswer(bool Done, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings, IReadOnlyList<string> Changed);

using Understudy.Core;
using Understudy.Core.Power;

namespace Understudy.Daemon;

/// <summary>The guards as the faces see them. All members may be called on any thread; orders wait for the guards' loop to take them, not for what comes of them.</summary>
/// <remarks>An order that no guard of ours can take is answered with <see cref="GuardAnswer.Done"/> false and a sentence; so is one that the loop did not take within 5 s.</remarks>
public interface IGuards
{
    /// <summary>One for each guard in the order of the file, as of the loop's last turn, which is at most about a second ago; empty: the file has none.</summary>
    ValueList<GuardSnapshot> Snapshots { get; }

    /// <summary>Arms a guard's plan whatever the mains do.</summary>
    /// <param name="guard">Its name.</param>
    /// <param name="by">Who asks, for the ledger.</param>
    /// <param name="why">For people; empty: an operator's order.</param>
    /// <param name="countdown">How long before its first step; null: the guard's own countdown. Never less than that.</param>
    /// <param name="dry">Only say what would be done.</param>
    /// <exception cref="OperationCanceledException">The caller gave up; the order may still be taken.</exception>
    Task<GuardAnswer> ArmAsync(string guard, string by, string why, TimeSpan? countdown, bool dry, CancellationToken stop);

    /// <summary>Calls a plan off, for as long as this outage lasts.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up; the order may still be taken.</exception>
    Task<GuardAnswer> AbortAsync(string guard, string by, string why, CancellationToken stop);

    /// <summary>Walks through the plan without doing more than its notices, at once after the countdown.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up; the order may still be taken.</exception>
    Task<GuardAnswer> DrillAsync(string guard, string by, CancellationToken stop);

    /// <summary>Wakes the hosts of a guard's <c>return</c> when it is time, or does not any more.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up; the order may still be taken.</exception>
    Task<GuardAnswer> WakeAsync(string guard, string by, bool wanted, CancellationToken stop);
}

using System.Collections.Concurrent;
using Understudy.Core;
using Understudy.Core.Power;
using Understudy.Daemon;

namespace Understudy.Tests.Api;

/// <summary>Guards that answer what they are told to, and keep what was ordered.</summary>
internal sealed class FakeGuards : IGuards
{
    internal ConcurrentQueue<string> Orders { get; } = new();

    internal GuardAnswer Answer { get; set; } = new(true, "armed: the first step begins in 60s");

    public ValueList<GuardSnapshot> Snapshots { get; set; } = [];

    public Task<GuardAnswer> ArmAsync(string guard, string by, string why, TimeSpan? countdown, bool dry, CancellationToken stop) => Take($"arm {guard} by {by}: {why} in {countdown} dry {dry}");

    public Task<GuardAnswer> AbortAsync(string guard, string by, string why, CancellationToken stop) => Take($"abort {guard} by {by}: {why}");

    public Task<GuardAnswer> DrillAsync(string guard, string by, CancellationToken stop) => Take($"drill {guard} by {by}");

    public Task<GuardAnswer> WakeAsync(string guard, string by, bool wanted, CancellationToken stop) => Take($"wake {guard} by {by}: {wanted}");

    private Task<GuardAnswer> Take(string order)
    {
        Orders.Enqueue(order);
        return Task.FromResult(Answer);
    }
}

using System.Collections.Concurrent;
using Understudy.Api;
using Understudy.Core.Ledger;
using Understudy.Daemon;
using Understudy.Tests.Ledger;

namespace Understudy.Tests.Api;

/// <summary>A loop that answers what it is told to, behind the real server.</summary>
internal sealed class FakeDaemon : IDaemon
{
    internal LedgerFeed Feed { get; } = new();

    internal ConcurrentQueue<HostOrder> Orders { get; } = new();

    internal OrderAnswer Answer { get; set; } = new(true, "alpha let go of web for beta");

    internal ReloadAnswer Reload { get; set; } = new(true, [], [], ["web: failback"]);

    /// <summary>How many lines have come in before a subscriber reads its first.</summary>
    internal int Rush { get; set; }

    public HostSnapshot Snapshot { get; set; } = new SmallPair().Run(5_000).Snapshot("alpha");

    public Task<OrderAnswer> OrderAsync(HostOrder order, CancellationToken stop)
    {
        Orders.Enqueue(order);
        return Task.FromResult(Answer);
    }

    public LedgerSubscription Subscribe()
    {
        var subscription = Feed.Subscribe();
        for (var i = 0; i < Rush; i++)
        {
            Feed.Publish(new LedgerLine.Noted(new Core.Instant(i), NoteLevel.Information, 0, $"rush {i}"));
        }

        return subscription;
    }

    public Task<ReloadAnswer> ReloadAsync(CancellationToken stop) => Task.FromResult(Reload);
}

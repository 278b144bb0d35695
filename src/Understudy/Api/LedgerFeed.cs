using System.Threading.Channels;
using Understudy.Core.Ledger;

namespace Understudy.Api;

/// <summary>Hands ledger lines to whoever listens now. Publishing never waits: who is too slow is cut off, and told so.</summary>
public sealed class LedgerFeed
{
    private const int MaxSubscriptions = 64;
    private readonly Lock changing = new();
    private LedgerSubscription[] subscriptions = [];

    /// <summary>Called by one thread, the ledger's writer.</summary>
    public void Publish(LedgerLine line)
    {
        foreach (var subscription in Volatile.Read(ref subscriptions))
        {
            subscription.Offer(line);
        }
    }

    /// <exception cref="InvalidOperationException">There are 64 subscriptions already.</exception>
    public LedgerSubscription Subscribe()
    {
        lock (changing)
        {
            if (subscriptions.Length >= MaxSubscriptions)
            {
                throw new InvalidOperationException($"{MaxSubscriptions} clients follow the ledger already");
            }

            var subscription = new LedgerSubscription(this);
            subscriptions = [.. subscriptions, subscription];
            return subscription;
        }
    }

    internal void Leave(LedgerSubscription subscription)
    {
        lock (changing)
        {
            subscriptions = [.. subscriptions.Where(s => s != subscription)];
        }
    }
}

/// <summary>One listener's lines, in order and without a gap. It ends when the listener was too slow; then <see cref="TooSlow"/> is set.</summary>
public sealed class LedgerSubscription : IDisposable
{
    private const int MaxWaiting = 1024;
    private readonly Channel<LedgerLine> lines = Channel.CreateBounded<LedgerLine>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly LedgerFeed feed;
    private volatile bool tooSlow;

    internal LedgerSubscription(LedgerFeed feed) => this.feed = feed;

    public ChannelReader<LedgerLine> Lines => lines.Reader;

    public bool TooSlow => tooSlow;

    internal void Offer(LedgerLine line)
    {
        if (!tooSlow && !lines.Writer.TryWrite(line))
        {
            tooSlow = true;
            lines.Writer.TryComplete();
        }
    }

    public void Dispose()
    {
        feed.Leave(this);
        lines.Writer.TryComplete();
    }
}

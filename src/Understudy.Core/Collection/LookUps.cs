namespace Understudy.Core.Collection;

/// <summary>The sets whose layouts are asked for, until they come.</summary>
internal sealed class LookUps(Queue<CollectionOrder> orders)
{
    /// <summary>A set that the producer could not show is asked for again.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(1);

    /// <summary>An answer that does not come is waited for so long.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(3);

    private readonly List<SetSource> open = [];

    internal Instant Deadline
    {
        get
        {
            var at = Instant.Never;
            foreach (var source in open)
            {
                at = Instant.Earlier(at, source.RetryAt);
            }

            return at;
        }
    }

    internal void Begin(SetSource source, Instant now)
    {
        if (!open.Contains(source))
        {
            open.Add(source);
        }

        Ask(source, now);
    }

    /// <summary>The layout that we have is not the one of its samples, or it was refused to us.</summary>
    internal void Anew(SetSource source, Instant now)
    {
        if (source.State != SourceState.LookUp)
        {
            Begin(source, now);
        }
    }

    internal void Done(SetSource source)
    {
        source.State = SourceState.Ready;
        source.RetryAt = Instant.Never;
        open.Remove(source);
    }

    internal static void Failed(SetSource source, Instant now)
    {
        source.State = SourceState.Start;
        source.RetryAt = now + s_again;
    }

    internal void Drop(SetSource source) => open.Remove(source);

    internal void Look(Instant now)
    {
        for (var i = open.Count - 1; i >= 0; i--)
        {
            if (now >= open[i].RetryAt)
            {
                Ask(open[i], now);
            }
        }
    }

    private void Ask(SetSource source, Instant now)
    {
        source.State = SourceState.LookUp;
        source.RetryAt = now + s_limit;
        orders.Enqueue(new(CollectionDeed.LookUp, source.Producer, source, null, null));
    }
}

namespace Understudy.Linux.Collection;

/// <summary>Items between the loop, which must not wait, and a store's thread, which may: as many as fit, and beyond that the oldest go and are counted. One puts, one takes.</summary>
public sealed class StoreBacklog<T> : IDisposable
    where T : class
{
    private readonly Lock gate = new();
    private readonly ManualResetEventSlim some = new(initialState: false, spinCount: 0);
    private readonly (T? Item, int Bytes)[] ring;
    private readonly long mostBytes;
    private int head, count;
    private long bytes, dropped;
    private bool closed;

    /// <param name="most">Items.</param>
    /// <param name="mostBytes">Of all items together; one item alone may be larger.</param>
    public StoreBacklog(int most, long mostBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ring = new (T?, int)[most];
        this.mostBytes = mostBytes;
    }

    /// <summary>How many were dropped because the store was slower than what came.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    public int Count => Volatile.Read(ref count);

    /// <summary>Puts an item in, and drops the oldest ones where there is no room. Never waits for the store.</summary>
    /// <returns>How many were dropped.</returns>
    public int Put(T item, int size, Action<T>? onDropped = null)
    {
        var gone = 0;
        lock (gate)
        {
            while (count == ring.Length || (count > 0 && bytes + size > mostBytes))
            {
                onDropped?.Invoke(TakeFirst());
                gone++;
            }

            ring[(head + count++) % ring.Length] = (item, size);
            bytes += size;
            dropped += gone;
            some.Set();
        }

        return gone;
    }

    /// <summary>Waits for items, or until the time is over or the queue closed, and takes at most so many, in order.</summary>
    public int Take(List<T> into, int most, TimeSpan atMost)
    {
        _ = some.Wait(atMost);
        lock (gate)
        {
            var taken = 0;
            while (taken < most && count > 0)
            {
                into.Add(TakeFirst());
                taken++;
            }

            if (count == 0 && !closed)
            {
                some.Reset();
            }

            return taken;
        }
    }

    /// <summary>Nobody waits any more; what is in it can still be taken.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            some.Set();
        }
    }

    /// <summary>When neither side comes any more.</summary>
    public void Dispose() => some.Dispose();

    private T TakeFirst()
    {
        var (item, size) = ring[head];
        ring[head] = default;
        head = (head + 1) % ring.Length;
        count--;
        bytes -= size;
        return item!;
    }
}

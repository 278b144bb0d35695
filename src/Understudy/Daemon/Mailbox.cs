using System.Collections.Concurrent;
using Understudy.Core;
using Understudy.Linux.Interop;

namespace Understudy.Daemon;

/// <summary>How other threads reach the loop: a bounded queue of small pieces of work that the loop's own thread does. A full box refuses, and the sender says so.</summary>
internal sealed class Mailbox : IDisposable
{
    private const int Most = 4096;
    private readonly ConcurrentQueue<Action<Instant>> posts = new();
    private readonly EventFd bell = new();
    private int count;
    private long refused;

    public int Fd => bell.Fd;

    public long Refused => Interlocked.Read(ref refused);

    public bool Post(Action<Instant> work)
    {
        if (Interlocked.Increment(ref count) > Most)
        {
            _ = Interlocked.Decrement(ref count);
            _ = Interlocked.Increment(ref refused);
            return false;
        }

        posts.Enqueue(work);
        bell.Signal();
        return true;
    }

    /// <summary>Wakes the loop without a word: something that it looks at anyway has changed.</summary>
    public void Ring() => bell.Signal();

    public void Work(Instant now)
    {
        _ = bell.Drain();
        for (var i = 0; i < Most && posts.TryDequeue(out var work); i++)
        {
            _ = Interlocked.Decrement(ref count);
            work(now);
        }
    }

    public void Dispose() => bell.Dispose();
}

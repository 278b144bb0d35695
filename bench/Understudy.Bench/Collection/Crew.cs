namespace Understudy.Bench.Collection;

/// <summary>Several worlds that work through the same list of runs, each on a thread of its own.</summary>
internal static class Crew
{
    /// <summary>Does runs 0 to <paramref name="runs"/> - 1, each once.</summary>
    /// <exception cref="InvalidOperationException">A world failed; the message is what the first one said.</exception>
    internal static void Work<T>(int worlds, int runs, Func<T> build, Action<T, int> run)
        where T : class, IDisposable
    {
        var next = -1;
        Exception? failure = null;
        var threads = Enumerable.Range(0, Math.Min(worlds, runs)).Select(i => new Thread(() =>
        {
            try
            {
                using var world = build();
                for (var number = Interlocked.Increment(ref next); number < runs && Volatile.Read(ref failure) is null; number = Interlocked.Increment(ref next))
                {
                    run(world, number);
                }
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, e, null);
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        if (failure is not null)
        {
            throw new InvalidOperationException(failure.Message, failure);
        }
    }
}

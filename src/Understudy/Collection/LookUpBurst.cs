using Understudy.Core;

namespace Understudy.Collection;

/// <summary>
/// Many sets are looked up at once when a daemon starts, or when its peer ends. What that leaves on the heap would stay there for hours, since nothing is allocated afterwards that would make the collector of garbage look: so it is
/// told when the burst is over. The spans and the number are our own choice.
/// </summary>
internal sealed class LookUpBurst
{
    /// <summary>Fewer leave nothing that matters.</summary>
    private const int Many = 64;

    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(5);

    /// <summary>Sets that cannot be looked up are asked for again and again; one collection takes some milliseconds of the loop's time, and need not follow them.</summary>
    private static readonly TimeSpan s_between = TimeSpan.FromMinutes(10);

    private Instant notBefore;
    private int count;

    /// <summary>When it is over.</summary>
    internal Instant End { get; private set; } = Instant.Never;

    /// <summary>One more set is looked up.</summary>
    internal void Saw(Instant now)
    {
        if (++count >= Many)
        {
            End = Instant.Later(now + s_calm, notBefore);
        }
    }

    /// <summary>It is over: what it left is cleared away.</summary>
    internal void Clear(Instant now)
    {
        (count, End, notBefore) = (0, Instant.Never, now + s_between);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}

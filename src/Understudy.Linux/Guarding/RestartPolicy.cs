using Understudy.Core;

namespace Understudy.Linux.Guarding;

/// <summary>How long to wait before the daemon is started again: twice as long each time, until it has lived for a while.</summary>
/// <param name="first">The first pause.</param>
/// <param name="longest">No pause is longer.</param>
/// <param name="most">Most deaths within <paramref name="window"/>; one more and the guardian gives up.</param>
/// <param name="window">A daemon that lived this long begins with the first pause again.</param>
internal sealed class RestartPolicy(TimeSpan first, TimeSpan longest, int most, TimeSpan window)
{
    private readonly Queue<Instant> deaths = new();
    private TimeSpan? pause;
    private Instant? before;

    /// <summary>The pause after a death, or null to give up.</summary>
    internal TimeSpan? Died(Instant at)
    {
        if (before is { } last && at - last > window)
        {
            pause = null;
        }

        before = at;
        deaths.Enqueue(at);
        while (at - deaths.Peek() > window)
        {
            _ = deaths.Dequeue();
        }

        if (deaths.Count > most)
        {
            return null;
        }

        var now = pause ?? first;
        pause = now + now < longest ? now + now : longest;
        return now;
    }
}

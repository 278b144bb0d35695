namespace Understudy.Core.Ups;

/// <summary>
/// How long the news of each source take through us: from the moment in which we began to read them until all that they changed was written to the clients. What nobody waits for (a driver's word on its own
/// state) is left out: it is kept for a while on purpose. Told once for each burst, and without allocation, since tens of thousands of lines pass in a second.
/// </summary>
public sealed class RelayLag(int sources)
{
    /// <summary>The longest one is kept for this long at least, and for twice that at most: what was slow at the start does not stay for good.</summary>
    public static TimeSpan Window => TimeSpan.FromHours(1);

    private readonly bool[] news = new bool[sources];
    private readonly TimeSpan[] last = new TimeSpan[sources];
    private readonly TimeSpan[] longest = new TimeSpan[sources];
    private readonly TimeSpan[] longestBefore = new TimeSpan[sources];
    private bool any;
    private Instant windowEnds;

    /// <summary>News were put together into one burst, which leaves now: <see cref="Written"/> is to be told when it has.</summary>
    public bool Awaits { get; private set; }

    /// <summary>Of the latest burst; null before the first one.</summary>
    public TimeSpan? LastOf(int source) => last[source] == TimeSpan.Zero ? null : last[source];

    /// <summary>The longest of the last hour or two; zero where there was none.</summary>
    public TimeSpan LongestOf(int source, Instant now) =>
        now >= windowEnds + Window ? TimeSpan.Zero :
        now >= windowEnds || longest[source] > longestBefore[source] ? longest[source] : longestBefore[source];

    /// <summary>A line of this source changed something that is to be told at once.</summary>
    internal void Changed(int source) => (news[source], any) = (true, true);

    /// <summary>All that had arrived was put together. What changes nothing of what is shown has no way to be long.</summary>
    internal void Settled(bool leaves)
    {
        Awaits = leaves && any;
        if (any && !leaves)
        {
            Array.Clear(news);
            any = false;
        }
    }

    /// <summary>The burst was handed to the kernel for every client.</summary>
    /// <param name="read">When we began to read what it came from.</param>
    public void Written(Instant read, Instant written)
    {
        if (written >= windowEnds)
        {
            longest.CopyTo(longestBefore, 0);
            Array.Clear(longest);
            if (written >= windowEnds + Window)
            {
                Array.Clear(longestBefore);
            }

            windowEnds = written + Window;
        }

        // A span of nothing would be taken for none, and the clock has steps of 100 ns.
        var lag = written > read ? written - read : TimeSpan.FromTicks(1);
        for (var i = 0; i < news.Length; i++)
        {
            if (news[i])
            {
                (last[i], news[i]) = (lag, false);
                longest[i] = lag > longest[i] ? lag : longest[i];
            }
        }

        (any, Awaits) = (false, false);
    }
}

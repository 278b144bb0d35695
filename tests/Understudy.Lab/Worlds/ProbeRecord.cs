namespace Understudy.Lab.Worlds;

/// <summary>Questions in the order they were sent.</summary>
/// <param name="SentAt">When each left, on <see cref="LabClock"/>.</param>
/// <param name="By">The letter of who answered in time, or 0 for nobody.</param>
public sealed record ProbeRecord(long[] SentAt, byte[] By)
{
    /// <summary>An answer later than this is none, in ns. A client's kernel keeps questions back while it asks by ARP and sends them when it
    /// has learned: without this limit they would make an outage look up to a second shorter than it was.</summary>
    public const long InTime = 50 * LabClock.Millisecond;

    public int Count => SentAt.Length;

    /// <summary>The largest distance of two questions: how long the harness itself was not on time.</summary>
    public long LongestPause
    {
        get
        {
            var longest = 0L;
            for (var i = 1; i < Count; i++)
            {
                longest = Math.Max(longest, SentAt[i] - SentAt[i - 1]);
            }

            return longest;
        }
    }
}

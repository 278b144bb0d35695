namespace Understudy.Linux.Collection;

/// <summary>How we are on LDMS connections.</summary>
/// <param name="Auth">"none" or "ovis".</param>
/// <param name="Secret">For ovis: the secretword, at least 8 characters (MIN_SECRET_WORD_LEN of LDMS's auth.h); who reads it from a file sees to that.</param>
public sealed record LdmsEnd(string Auth = "none", string? Secret = null)
{
    /// <summary>How long connecting and proving may take.</summary>
    public TimeSpan OpenLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an answer may take to a directory, a look-up or a pull before the peer counts as hung. Real daemons have none, and wait for ever.</summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the other side may leave what we send unacknowledged, or unread.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Bytes that may wait for a peer that does not read; at more it is dropped. Our own choice: room for a directory of 100,000 sets.</summary>
    public int MaxWaiting { get; init; } = 64 << 20;
}

using Understudy.Core;
using Understudy.Core.Duties;

namespace Understudy.Tests.Duties.Arbiters;

/// <summary>With what an arbiter comes back.</summary>
internal enum Memory
{
    Kept,
    Lost,

    /// <summary>A copy from before the last grant.</summary>
    Old,
}

/// <summary>An arbiter in a world that the suite turns by hand: its clock, its wire, its memory. The candidates are alpha and beta, the duty is web.</summary>
internal interface IArbiterUnderTest
{
    Instant Now { get; }

    void Advance(TimeSpan span);

    /// <summary>Asks at once; what comes back, as the candidate's machine is told it. Null where nothing came.</summary>
    DutyEvent? Ask(string candidate, ClaimOrder order);

    /// <summary>While set, requests arrive and are acted on, and answers are lost.</summary>
    bool LosesReplies { get; set; }

    /// <summary>While set, answers are kept back until <see cref="LateReplies"/> asks for them.</summary>
    bool KeepsReplies { get; set; }

    IReadOnlyList<DutyEvent> LateReplies();

    /// <summary>While set, nothing reaches it, and nothing comes back.</summary>
    bool Blocked { get; set; }

    void Restart(Memory memory);
}

namespace Understudy.Core.Evidence;

/// <summary>One look at a subject.</summary>
public abstract record ProbeReading
{
    private ProbeReading()
    {
    }

    /// <summary>The subject answered as it should; <paramref name="Detail"/> says how, for instance <c>http 200 from http://… in 3 ms</c>.</summary>
    public sealed record Good(string Detail) : ProbeReading;

    /// <summary>The subject answered wrongly or not in time: evidence against it.</summary>
    public sealed record Bad(string Detail) : ProbeReading
    {
        /// <summary>The subject itself answered, though not as it should: it refused a connection, or its page was another. A service that is asked for is not well then; what
        /// is looked at as a sign of power has power.</summary>
        public bool Answered { get; init; }
    }

    /// <summary>We could not look: no such binary, no permission, no route from here, or we came too late ourselves.
    /// Never evidence against the subject.</summary>
    public sealed record Unread(string Reason) : ProbeReading;
}

/// <summary>A probe of a duty was read.</summary>
/// <param name="Duty">The duty's name.</param>
/// <param name="Probe">The probe's place in the duty's list of the settings, from 0.</param>
/// <param name="Reading">What was read.</param>
/// <param name="At">When the reading was complete.</param>
public sealed record ProbeRead(string Duty, int Probe, ProbeReading Reading, Instant At);

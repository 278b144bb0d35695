using Understudy.Core.Evidence;

namespace Understudy.Core.Power;

/// <summary>What a probe's reading says when its subject is looked at as a sign of power, and not for its service.</summary>
public static class PowerEvidence
{
    /// <summary>
    /// Whatever answers has power: a refused connection (RST), a page with another status than expected, a certificate that nobody trusts. So Bad that was an answer is Good here; Bad that was silence stays, and
    /// so does Unread. One thing that this cannot see: a firewall between that refuses in the name of a dark host (nft <c>reject with tcp reset</c>, also our own) looks like the host; let it drop instead.
    /// </summary>
    public static ProbeReading Of(ProbeReading reading) =>
        reading is ProbeReading.Bad { Answered: true } bad ? new ProbeReading.Good($"{bad.Detail}: it answers, so it has power") : reading;
}

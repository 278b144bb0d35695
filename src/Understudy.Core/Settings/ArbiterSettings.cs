using System.Net;

namespace Understudy.Core.Settings;

/// <summary>Who grants claims.</summary>
public abstract record ArbiterSettings
{
    private ArbiterSettings()
    {
    }

    /// <summary>Nobody: a bare pair, which cannot promise that a duty has one holder when it is cut in two.</summary>
    public sealed record None : ArbiterSettings;

    /// <summary>A third host that runs <c>understudy witness</c>.</summary>
    /// <param name="Addresses">1..8 addresses of the one witness, tried alike.</param>
    /// <param name="Ttl">How long a claim lives at the witness, 200 ms..60 s.</param>
    /// <param name="FenceMargin">How long before the claim ends its holder must have let go.</param>
    /// <param name="Promises">Keep serving while the witness is away if all other candidates promise not to claim.</param>
    /// <param name="State">Path of the file in which the witness keeps its epochs; used by the witness alone.</param>
    public sealed record Witness(ValueList<IPAddress> Addresses, TimeSpan Ttl, TimeSpan FenceMargin, bool Promises, string State)
        : ArbiterSettings
    {
        /// <summary>How often a holder renews: a sixth of the TTL, so that several answers may be lost, and no more often than each 20 ms.</summary>
        public TimeSpan RenewEvery => RenewEveryOf(Ttl);

        /// <summary>For how long after the request was sent a holder may serve, when its stop takes so long: TTL - margin - stop.</summary>
        public TimeSpan ServeFor(TimeSpan stopLimit) => Ttl - FenceMargin - stopLimit;
    }

    /// <summary>The TTL unless set: the shortest that the kernel's address lifetime, with its grain of 1 s, still covers.</summary>
    public static TimeSpan DefaultTtl => TimeSpan.FromMilliseconds(1500);

    public const string DefaultState = "/var/lib/understudy/witness.json";

    /// <summary>A sixth of the TTL, at least 60 ms: room for a late scheduler and for clocks that run 1 % apart.</summary>
    public static TimeSpan FenceMarginOf(TimeSpan ttl) => Longer(TimeSpan.FromMilliseconds(60), ttl / 6);

    public static TimeSpan RenewEveryOf(TimeSpan ttl) => Longer(TimeSpan.FromMilliseconds(20), ttl / 6);

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}

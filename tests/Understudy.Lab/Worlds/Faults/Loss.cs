namespace Understudy.Lab.Worlds.Faults;

/// <summary>Frames that a switch shall lose.</summary>
/// <param name="From">The port that they come in by, or null for any.</param>
/// <param name="To">The port that they would go out by, or null for any.</param>
/// <param name="Percent">How many of a hundred, by chance; 100 for all.</param>
public sealed record Loss(string? From, string? To, int Percent = 100)
{
    /// <summary>Everything that a host says on its service link.</summary>
    public static Loss Outbound(Host host) => new(Place.Port(host), null);

    /// <summary>Everything that a host would hear on its service link.</summary>
    public static Loss Inbound(Host host) => new(null, Place.Port(host));

    /// <summary>Both directions of the service link.</summary>
    public static Loss[] Service(Host host) => [Outbound(host), Inbound(host)];

    /// <summary>Both directions of all links of a host.</summary>
    public static Loss[] All(Host host, int percent = 100) =>
    [
        new(Place.Port(host), null, percent), new(null, Place.Port(host), percent),
        new(Place.PrivatePort(host), null, percent), new(null, Place.PrivatePort(host), percent),
    ];

    /// <summary>Both links between the hosts of the pair, in both directions; others still hear both.</summary>
    public static Loss[] BetweenPair() => [.. Between(Host.Alpha, Host.Beta), new(Place.PrivatePort(Host.Alpha), null), new(Place.PrivatePort(Host.Beta), null)];

    /// <summary>The service net between two hosts, in both directions.</summary>
    public static Loss[] Between(Host one, Host other) => [new(Place.Port(one), Place.Port(other)), new(Place.Port(other), Place.Port(one))];

    /// <summary>The rule as <c>nft</c> reads it.</summary>
    internal string Rule =>
        "add rule bridge lab cut"
        + (From is null ? string.Empty : $" iifname \"{From}\"")
        + (To is null ? string.Empty : $" oifname \"{To}\"")
        + (Percent == 100 ? string.Empty : $" numgen random mod 100 < {Percent}")
        + " drop";
}

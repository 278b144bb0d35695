using System.Net;

namespace Understudy.Lab.Worlds;

/// <summary>Addresses and devices of the lab, the same in every world.</summary>
public static class Place
{
    /// <summary>The address that must be on exactly one host.</summary>
    public static IPAddress ServiceAddress { get; } = IPAddress.Parse("10.99.0.100");

    public static IPAddress ServiceAddress6 { get; } = IPAddress.Parse("fd00:99::100");

    public const int ServicePrefix = 24;

    public const int ServicePrefix6 = 64;

    /// <summary>The echo's port; any that no product uses.</summary>
    public const int EchoPort = 17007;

    public const int HealthPort = 8080;

    public const string ServiceDevice = "eth0";

    public const string PrivateDevice = "priv0";

    public static string Name(Host host) => host switch
    {
        Host.Alpha => "alpha",
        Host.Beta => "beta",
        Host.Witness => "witness",
        Host.Client => "client",
    };

    public static string ServiceNetAddress(Host host) => $"10.99.0.{Number(host)}";

    public static string PrivateNetAddress(Host host) => $"10.98.0.{Number(host)}";

    /// <summary>The switch's port that the host's service link is plugged into.</summary>
    public static string Port(Host host) => $"p-{Name(host)}";

    /// <summary>The other end of the host's private link.</summary>
    public static string PrivatePort(Host host) => $"q-{Name(host)}";

    internal static bool HasPrivateLink(Host host) => host is Host.Alpha or Host.Beta;

    internal static int Number(Host host) => host switch
    {
        Host.Alpha => 1,
        Host.Beta => 2,
        Host.Witness => 9,
        Host.Client => 10,
    };
}

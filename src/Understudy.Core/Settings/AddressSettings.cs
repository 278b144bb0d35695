using System.Net;

namespace Understudy.Core.Settings;

/// <summary>An address that moves with its duty.</summary>
/// <param name="Address">v4 or v6, no multicast, no wildcard.</param>
/// <param name="PrefixLength">1..32 or 1..128.</param>
/// <param name="Device">Name of the network device, 1..15 bytes (IFNAMSIZ of linux/if.h less its final zero).</param>
public sealed record AddressSettings(IPAddress Address, int PrefixLength, string Device)
{
    public override string ToString() => $"{Address}/{PrefixLength} dev {Device}";


    internal static AddressSettings Read(Section at, string duty, FileSoFar file)
    {
        var (address, length) = at.Needed("address", file.NotYetOwned<(IPAddress Address, int Length)>(Scalars.Prefixed, a => a.Address, $"an address of duty '{duty}'"),
            new("address/prefix length", "required", "", "v4 or v6 with the length of its network's prefix.", "an address, for instance 10.99.0.100/24"), (IPAddress.None, 0));
        return new(address, length,
            at.Needed("dev", Scalars.Device, new("network device", "required", "", "The device that gets the address, the same on every candidate.", "a network device, for instance eth0"), ""));
    }
}

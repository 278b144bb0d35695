using System.Net;

namespace Understudy.Core.Settings;

/// <summary>An address that moves with its duty.</summary>
/// <param name="Address">v4 or v6, no multicast, no wildcard.</param>
/// <param name="PrefixLength">1..32 or 1..128.</param>
/// <param name="Device">Name of the network device, 1..15 bytes (IFNAMSIZ of linux/if.h less its final zero).</param>
public sealed record AddressSettings(IPAddress Address, int PrefixLength, string Device)
{
    public override string ToString() => $"{Address}/{PrefixLength} dev {Device}";
}

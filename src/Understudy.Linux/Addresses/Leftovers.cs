using System.Net;
using Understudy.Core.Wire;

namespace Understudy.Linux.Addresses;

/// <summary>One address that an earlier run left behind.</summary>
public sealed record Leftover(IPAddress Address, int PrefixLength, int Index, int Result);

/// <summary>Addresses that carry our protocol number although nobody here vouches for them: what a crashed run left.</summary>
public static class Leftovers
{
    /// <summary>
    /// Removes every address with our number (<see cref="AddressMessage.OwnProtocol"/>) in this network namespace, on any
    /// interface, that is not to be kept. Kernels before 5.18 do not store the number, and nothing is found there: call
    /// <see cref="AddressPerformer.Remove"/> for the configured addresses as well.
    /// </summary>
    /// <param name="keep">Addresses that this run holds, whatever their interface.</param>
    /// <returns>What was found, with 0 or <c>-errno</c> of each removal.</returns>
    /// <exception cref="IOException">The kernel could not be asked.</exception>
    public static IReadOnlyList<Leftover> RemoveAll(IReadOnlySet<IPAddress> keep)
    {
        using var route = new RouteSocket();
        var all = new List<(AddressSubject Subject, byte Protocol)>();
        _ = Interop.Errno.Require(AddressDump.All(route, all), "RTM_GETADDR");
        var removed = new List<Leftover>();
        var message = new byte[AddressMessage.MaxBytes];
        Span<int> result = stackalloc int[1];
        foreach (var (subject, protocol) in all)
        {
            var address = subject.Address.ToIPAddress();
            if (protocol != AddressMessage.OwnProtocol || keep.Contains(address))
            {
                continue;
            }

            var writer = new NetlinkWriter(message);
            _ = AddressMessage.WriteRemove(ref writer, subject);
            var exchanged = route.Order(message.AsSpan(0, writer.Length), result);
            removed.Add(new Leftover(address, subject.PrefixLength, subject.Index, exchanged < 0 ? exchanged : Removal.FirstFailure(result)));
        }

        return removed;
    }
}

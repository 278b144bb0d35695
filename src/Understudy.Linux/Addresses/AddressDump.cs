using System.Runtime.InteropServices;
using Understudy.Core.Wire;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Addresses;

/// <summary>Asks the kernel which addresses there are.</summary>
internal static class AddressDump
{
    private const int Tries = 4; // a dump that a change overtook is asked for again, so often

    /// <summary>Whether the kernel has this address on this interface: 1, 0, or <c>-errno</c>. Does not allocate.</summary>
    internal static int Has(RouteSocket route, Span<byte> scratch, in AddressSubject wanted)
    {
        var search = new Search { Wanted = wanted };
        var asked = -Errno.EAGAIN;
        for (var tries = 0; tries < Tries && asked == -Errno.EAGAIN; tries++)
        {
            search.Found = false;
            var writer = new NetlinkWriter(scratch);
            AddressMessage.WriteDump(ref writer, wanted.Address.IsV6 ? RouteMessage.Ipv6 : RouteMessage.Ipv4, wanted.Index);
            asked = route.Ask(scratch[..writer.Length], ref search, Look);
        }

        return asked == -Errno.ENODEV ? 0 : asked < 0 ? asked : search.Found ? 1 : 0;
    }

    /// <summary>All addresses of both families with their protocol numbers. Allocates.</summary>
    internal static int All(RouteSocket route, List<(AddressSubject Subject, byte Protocol)> into)
    {
        Span<byte> scratch = stackalloc byte[64];
        foreach (var family in (ReadOnlySpan<byte>)[RouteMessage.Ipv4, RouteMessage.Ipv6])
        {
            var gathered = new Gathering { Into = into, From = into.Count };
            var asked = -Errno.EAGAIN;
            for (var tries = 0; tries < Tries && asked == -Errno.EAGAIN; tries++)
            {
                into.RemoveRange(gathered.From, into.Count - gathered.From);
                var writer = new NetlinkWriter(scratch);
                AddressMessage.WriteDump(ref writer, family, 0);
                asked = route.Ask(scratch[..writer.Length], ref gathered, Gather);
            }

            if (asked < 0)
            {
                return asked;
            }
        }

        return 0;
    }

    private static bool Look(in NetlinkMessage message, ref Search search)
    {
        if (message.Type == RouteMessage.NewAddress && AddressMessage.TryRead(message.Body, out var address))
        {
            search.Found |= address.Subject.Index == search.Wanted.Index && address.Subject.Address == search.Wanted.Address;
        }

        return true; // to the end of the dump: a part left unread would be in the way of the next answer
    }

    private static bool Gather(in NetlinkMessage message, ref Gathering gathering)
    {
        if (message.Type == RouteMessage.NewAddress && AddressMessage.TryRead(message.Body, out var address))
        {
            gathering.Into.Add((address.Subject, address.Protocol));
        }

        return true;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Search
    {
        internal AddressSubject Wanted;
        internal bool Found;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Gathering
    {
        internal List<(AddressSubject Subject, byte Protocol)> Into;
        internal int From;
    }
}

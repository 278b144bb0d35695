using Understudy.Linux.Interop;

namespace Understudy.Linux.Addresses;

/// <summary>What the kernel's answers to RTM_DELADDR mean.</summary>
internal static class Removal
{
    /// <summary>Gone is gone: no such address, no such interface, or no IPv4 or IPv6 on it any more.</summary>
    internal static bool IsGone(int result) => result is 0 or -Errno.EADDRNOTAVAIL or -Errno.ENODEV;

    internal static int FirstFailure(ReadOnlySpan<int> results)
    {
        foreach (var result in results)
        {
            if (!IsGone(result))
            {
                return result;
            }
        }

        return 0;
    }

    /// <summary>How many messages lie one after the other in these bytes; -1 when they are none that we built.</summary>
    internal static int Count(ReadOnlySpan<byte> messages)
    {
        var count = 0;
        var reader = new Core.Wire.NetlinkReader(messages);
        while (reader.Next(out var message))
        {
            count++;
            if (message.Type != Core.Wire.RouteMessage.DelAddress)
            {
                return -1;
            }
        }

        return reader.Refused ? -1 : count;
    }
}

using System.Globalization;
using System.Text;
using Understudy.Core;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Ups;

/// <summary>Asks the process that has a UPS now for what it has (<see cref="HandoverDoor"/>).</summary>
internal static class HandoverCall
{
    /// <summary>One that runs answers within a turn of its loop; one that does not is not waited for.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>One that says that it is busy has commands under way, each with a limit of its own.</summary>
    private static readonly TimeSpan s_busyPatience = Core.Ups.CommandDesk.Patience + s_patience;

    /// <summary>Somebody listens there.</summary>
    internal static bool IsThere(string path)
    {
        var fd = UnixSocket.Connect(path, packets: true);
        UnixSocket.Close(fd);
        return fd >= 0;
    }

    /// <summary>All of what the other process has, which is ours alone from here on; null where it keeps it, and then <paramref name="why"/>.</summary>
    internal static Inheritance? Ask(string path, string ups, out string why)
    {
        var fd = UnixSocket.Connect(path, packets: true);
        if (fd < 0)
        {
            why = Errno.Text(fd);
            return null;
        }

        var descriptors = new List<int>();
        Inheritance? offered = null;
        try
        {
            if (!DescriptorSocket.IsOurs(fd))
            {
                why = "it is another user's";
                return null;
            }

            if (DescriptorSocket.Send(fd, Encoding.UTF8.GetBytes(HandoverDoor.Request), []) < 0 || Hear(fd, descriptors) is not { } offer)
            {
                why = "it does not answer";
                return null;
            }

            if (!int.TryParse(offer, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || descriptors.Count != 1)
            {
                why = "it speaks otherwise";
                return null;
            }

            while (descriptors.Count < count + 1)
            {
                if (HandoverDoor.Hear(fd, s_patience, descriptors) != HandoverDoor.More)
                {
                    why = "it stopped in the middle";
                    return null;
                }
            }

            if (Inheritance.Read(descriptors[0], ups) is not { } record)
            {
                why = "what it says is not understood";
                return null;
            }

            offered = Inheritance.Of(record, descriptors.Skip(1));
            UnixSocket.Close(descriptors[0]);
            descriptors.Clear();      // they are what was offered, or closed
            if (!offered.IsWhole)
            {
                why = "something of it is missing";
                return null;
            }

            if (DescriptorSocket.Send(fd, Encoding.UTF8.GetBytes(HandoverDoor.Taken), []) < 0 || HandoverDoor.Hear(fd, s_patience) != HandoverDoor.Yours)
            {
                why = "it has not let go";
                return null;
            }

            why = "";
            var ours = offered;
            offered = null;
            return ours;
        }
        finally
        {
            descriptors.ForEach(UnixSocket.Close);
            offered?.Close();
            UnixSocket.Close(fd);
        }
    }

    /// <summary>What stands behind the word of an offer; null for another word, or none in time.</summary>
    private static string? Hear(int fd, List<int> descriptors)
    {
        var until = BootClock.Now + s_patience;
        for (var told = HandoverDoor.Hear(fd, s_patience, descriptors); told is not null; told = HandoverDoor.Hear(fd, Left(until), descriptors))
        {
            if (told.StartsWith(HandoverDoor.Offer, StringComparison.Ordinal))
            {
                return told[HandoverDoor.Offer.Length..].Trim();
            }

            if (!told.StartsWith(HandoverDoor.Busy, StringComparison.Ordinal))
            {
                return null;
            }

            until = BootClock.Now + s_busyPatience;
        }

        return null;
    }

    private static TimeSpan Left(Instant until) => until - BootClock.Now is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
}

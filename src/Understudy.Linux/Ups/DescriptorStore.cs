using System.Text;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Ups;

/// <summary>
/// systemd keeps descriptors for a unit whose process ends, and gives them to its next one: FDSTORE of sd_notify(3), FileDescriptorStoreMax= of systemd.service(5), sd_listen_fds(3). One that has an end (a client
/// that has gone) it drops by itself.
/// </summary>
public static class DescriptorStore
{
    /// <summary>The first descriptor that is passed: SD_LISTEN_FDS_START, sd_listen_fds(3).</summary>
    public const int First = 3;

    /// <summary>How long systemd may take to read what it is sent.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    /// <summary>Hands descriptors over under one name.</summary>
    /// <param name="address">NOTIFY_SOCKET.</param>
    /// <param name="name">FDNAME: no control sign and no colon, at most 255 bytes.</param>
    /// <returns>0, or <c>-errno</c>. That they were kept is only known of <see cref="Settled"/>.</returns>
    public static int Put(string address, string name, ReadOnlySpan<int> descriptors)
    {
        for (var at = 0; at < descriptors.Length; at += DescriptorSocket.MostAtOnce)
        {
            var part = descriptors[at..Math.Min(descriptors.Length, at + DescriptorSocket.MostAtOnce)];
            if (DescriptorSocket.SendTo(address, Encoding.UTF8.GetBytes($"FDSTORE=1\nFDNAME={name}"), part, s_limit) is < 0 and var refused)
            {
                return refused;
            }
        }

        return 0;
    }

    /// <summary>What is kept under a name is kept no more.</summary>
    public static int Remove(string address, string name) => DescriptorSocket.SendTo(address, Encoding.UTF8.GetBytes($"FDSTOREREMOVE=1\nFDNAME={name}"), [], s_limit);

    /// <summary>
    /// Waits until everything that was sent before has been worked on: systemd closes the end of a pipe that comes with BARRIER=1, which stands alone in its message (sd_notify_barrier(3)). Whoever ends before
    /// that may not be known for one of the unit's processes any more when its word is read.
    /// </summary>
    public static bool Settled(string address)
    {
        if (Unistd.Pipe(out var reader, out var writer) < 0)
        {
            return false;
        }

        var sent = DescriptorSocket.SendTo(address, "BARRIER=1"u8, [writer], s_limit);
        Unistd.Close(writer);
        var settled = sent >= 0 && UnixSocket.AwaitInput(reader, s_limit);
        Unistd.Close(reader);
        return settled;
    }
}

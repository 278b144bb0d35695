using System.Globalization;
using System.Text;
using Understudy.Linux.Interop;

#pragma warning disable CA1416 // file modes exist wherever this program runs: on Linux

namespace Understudy.Ups;

/// <summary>
/// Where the next process of a UPS asks this one for its descriptors: a socket of its own beside the one for clients, for our own user only. A file and no abstract name: those have no mode, and everybody on
/// the host could take one first; and the folder keeps two proxies of one name in two folders apart.
/// <code>
/// next:  understudy-ups handover 1
/// we:    busy WHY            perhaps, once: commands are under way
/// we:    offer N             with a memory file that has the record
/// we:    more                with descriptors, until they are N
/// next:  taken               it has understood all of it
/// we:    yours               from here on it is the next one's, and we do nothing but leave
/// </code>
/// Until <c>yours</c> has been sent, an end or a silence of the other side changes nothing: we go on. Until it has come, the next one does nothing with what it has.
/// </summary>
internal sealed class HandoverDoor : IDisposable
{
    internal const string Request = "understudy-ups handover 1", Busy = "busy", Offer = "offer", More = "more", Taken = "taken", Yours = "yours";

    internal const int MaxMessageBytes = 256;

    /// <summary>The request comes with the connection. The loop waits for it, and so not for long.</summary>
    private static readonly TimeSpan s_requestLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the next process may look at what it got. Nobody is answered meanwhile; stock clients wait for many seconds.</summary>
    private static readonly TimeSpan s_takenLimit = TimeSpan.FromSeconds(1);

    private readonly string path;
    private int visitor = -1;
    private bool toldBusy;
    private bool left;

    /// <exception cref="IOException">It cannot be made.</exception>
    internal HandoverDoor(string path)
    {
        this.path = path;
        var unnamed = $"{path}.new";
        File.Delete(unnamed);
        Fd = UnixSocket.Listen(unnamed, backlog: 4, packets: true);
        File.SetUnixFileMode(unnamed, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(unnamed, path, overwrite: true);
    }

    internal int Fd { get; }

    /// <summary>Somebody has asked, and waits.</summary>
    internal bool Asked => visitor >= 0;

    /// <summary>Takes in who is at the door. The last one counts: one that was there before has given up, or is another's mistake.</summary>
    internal void Answer()
    {
        for (var fd = UnixSocket.Accept(Fd); fd >= 0; fd = UnixSocket.Accept(Fd))
        {
            if (DescriptorSocket.IsOurs(fd) && Hear(fd, s_requestLimit) == Request)
            {
                UnixSocket.Close(visitor);
                (visitor, toldBusy) = (fd, false);
            }
            else
            {
                UnixSocket.Close(fd);
            }
        }
    }

    /// <summary>It has to wait. False when it does not.</summary>
    internal bool TellBusy(string why)
    {
        if (!toldBusy)
        {
            toldBusy = true;
            if (DescriptorSocket.Send(visitor, Encoding.UTF8.GetBytes($"{Busy} {why}"), []) < 0)
            {
                Dismiss();
            }
        }

        return Asked;
    }

    /// <summary>Gives everything to who has asked. True when it is the other's now.</summary>
    /// <param name="record">The memory file with the record.</param>
    internal bool Give(int record, IReadOnlyList<int> descriptors, out string why)
    {
        (why, left) = ("", false);
        var all = descriptors.ToArray();
        var sent = DescriptorSocket.Send(visitor, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Offer} {all.Length}")), [record]);
        for (var at = 0; sent >= 0 && at < all.Length; at += DescriptorSocket.MostAtOnce)
        {
            sent = DescriptorSocket.Send(visitor, Encoding.UTF8.GetBytes(More), all.AsSpan(at, Math.Min(DescriptorSocket.MostAtOnce, all.Length - at)));
        }

        if (sent < 0)
        {
            why = Errno.Text(sent);
        }
        else if (Hear(visitor, s_takenLimit) is var answer && answer != Taken)
        {
            why = answer is null ? "the other process went, or did not answer" : $"the other process said '{answer}'";
        }
        else
        {
            sent = DescriptorSocket.Send(visitor, Encoding.UTF8.GetBytes(Yours), []);
            (left, why) = (sent >= 0, sent >= 0 ? "" : Errno.Text(sent));
        }

        Dismiss();
        return left;
    }

    /// <summary>One message within a time; null where none came.</summary>
    internal static string? Hear(int fd, TimeSpan limit, List<int>? descriptors = null)
    {
        Span<byte> bytes = stackalloc byte[MaxMessageBytes];
        var came = descriptors ?? [];
        var count = UnixSocket.AwaitInput(fd, limit) ? DescriptorSocket.Receive(fd, bytes, came) : 0;
        if (descriptors is null)
        {
            came.ForEach(UnixSocket.Close);
        }

        return count <= 0 ? null : Encoding.UTF8.GetString(bytes[..count]);
    }

    /// <summary>Who has asked is sent away.</summary>
    internal void Dismiss()
    {
        UnixSocket.Close(visitor);
        visitor = -1;
    }

    public void Dispose()
    {
        if (!left)
        {
            File.Delete(path);      // else it is the next one's path by now, or will be
        }

        Dismiss();
        UnixSocket.Close(Fd);
    }
}

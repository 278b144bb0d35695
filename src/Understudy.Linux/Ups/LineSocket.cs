using System.Text;
using Understudy.Core.Ups;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Ups;

/// <summary>Takes one line, without its end. Called before <see cref="LineSocket.Read"/> returns; the bytes are the stream's.</summary>
public delegate void LineTaker(ReadOnlySpan<byte> line);

/// <summary>
/// One stream of lines, as NUT's drivers and their clients speak. Everything that is there is read at once; what the other side does not take is kept, up to a bound: who reads
/// slower than that for good is dropped, since it would otherwise be told of a past.
/// </summary>
/// <param name="fd">Connected, not blocking; becomes ours.</param>
public sealed class LineSocket(int fd) : IDisposable
{
    /// <summary>Per turn and stream, so that one that never stops talking does not keep the others waiting.</summary>
    private const int MaxBytesATurn = 256 << 10;

    /// <summary>What may wait for a slow reader: some hundred whole dumps.</summary>
    private const int MaxWaiting = 4 << 20;

    private const int InboxBytes = 16 << 10;

    /// <summary>What is read of a dump before any of it is looked at.</summary>
    private const int MaxDumpBytes = 1 << 20;

    /// <summary>A driver in the middle of a dump is not silent for so long.</summary>
    private static readonly TimeSpan s_dumpPause = TimeSpan.FromMilliseconds(1);

    /// <summary>Where there is one processor, who does not sleep keeps the driver from writing.</summary>
    private static readonly bool s_alone = Environment.ProcessorCount == 1;

    [ThreadStatic]
    private static byte[]? s_dump;

    private readonly byte[] inbox = new byte[InboxBytes];
    private readonly Queue<ReadOnlyMemory<byte>> waiting = new();
    private int sentOfFirst;
    private int used;
    private int waitingBytes;
    private bool overlong;

    public int Fd { get; private set; } = fd;

    /// <summary>Something waits for the other side to read.</summary>
    public bool Waits => waiting.Count > 0;

    /// <summary>Lines that were longer than any of a driver's, and were left out.</summary>
    public long Overlong { get; private set; }

    /// <summary>The longest time between two looks at this stream in the middle of a dump: over 200 µs a stock driver may hang up.</summary>
    public TimeSpan LongestBlink { get; private set; }

    /// <summary>Reads what is there, line by line. False when the stream has ended or broken; what came before that was taken.</summary>
    public bool Read(LineTaker take)
    {
        for (var total = 0; total < MaxBytesATurn;)
        {
            var count = UnixSocket.Read(Fd, inbox.AsSpan(used));
            if (count == -Errno.EAGAIN)
            {
                return true;
            }

            if (count <= 0)
            {
                return count == -Errno.EINTR;
            }

            total += count;
            Cut(inbox.AsSpan(0, used + count), take);
        }

        return true;
    }

    /// <summary>
    /// Reads a dump: all of it first, and only then line by line. Stock drivers write each line by itself, some 278 fit into their buffer (212,992 bytes of which each write takes 768: net/core/skbuff.c), and who
    /// leaves it full for 200 µs is hung up on (dstate.c). So nothing is done meanwhile but reading, into room that is there already, and nobody sleeps before the driver has been quiet for a
    /// millisecond: to be woken may take as long as the driver needs to fill its buffer.
    /// </summary>
    /// <remarks>A driver to which nothing was sent yet is quiet: that costs the millisecond, and no line.</remarks>
    public bool ReadDump(LineTaker take)
    {
        var room = s_dump ??= TouchedRoom();
        inbox.AsSpan(0, used).CopyTo(room);
        var (filled, count, quietFrom) = (used, 0, BootClock.Now);
        for (var looked = quietFrom; filled < MaxDumpBytes;)
        {
            count = UnixSocket.Read(Fd, room.AsSpan(filled));
            var now = BootClock.Now;
            LongestBlink = now - looked > LongestBlink ? now - looked : LongestBlink;
            looked = now;
            if (count > 0)
            {
                filled += count;
                quietFrom = now;
            }
            else if (count != -Errno.EAGAIN || now - quietFrom > s_dumpPause || (s_alone && !UnixSocket.AwaitInput(Fd, s_dumpPause)))
            {
                break;
            }
        }

        Cut(room.AsSpan(0, filled), take);
        return count > 0 || count is -Errno.EAGAIN or -Errno.EINTR;
    }

    /// <summary>Room whose pages are there: the kernel would look for them while a driver writes.</summary>
    private static byte[] TouchedRoom()
    {
        var room = GC.AllocateUninitializedArray<byte>(MaxDumpBytes, pinned: true);
        Array.Fill(room, (byte)'\n');
        return room;
    }

    /// <summary>Sends, or keeps for later. False when the other side has gone, or has left too much waiting.</summary>
    public bool Send(ReadOnlyMemory<byte> bytes)
    {
        waiting.Enqueue(bytes);
        waitingBytes += bytes.Length;
        return Flush() && waitingBytes <= MaxWaiting;
    }

    /// <summary>Sends what waits. False when the other side has gone.</summary>
    public bool Flush()
    {
        while (waiting.TryPeek(out var bytes))
        {
            var sent = bytes.IsEmpty ? 0 : UnixSocket.Write(Fd, bytes.Span[sentOfFirst..]);
            if (sent < 0)
            {
                return sent is -Errno.EAGAIN or -Errno.EINTR;
            }

            sentOfFirst += sent;
            waitingBytes -= sent;
            if (sentOfFirst == bytes.Length)
            {
                _ = waiting.Dequeue();
                sentOfFirst = 0;
            }
        }

        return true;
    }

    /// <summary>The stream as it is left for another process that goes on with it: the beginning of a line, whether the line that is under way is left out, and what waits to be sent.</summary>
    public (string Heard, bool Skips, string Unsent) Leave()
    {
        var unsent = new StringBuilder();
        foreach (var bytes in waiting)
        {
            unsent.Append(Encoding.Latin1.GetString(bytes.Span[(unsent.Length == 0 ? sentOfFirst : 0)..]));
        }

        return (Encoding.Latin1.GetString(inbox.AsSpan(0, used)), overlong, unsent.ToString());
    }

    /// <summary>Goes on with a stream that another process has left, before anything was read or sent.</summary>
    /// <param name="heard">At most <see cref="DriverLines.MaxLineBytes"/>.</param>
    public void Resume(string heard, bool skips, string unsent)
    {
        used = Encoding.Latin1.GetBytes(heard, inbox);
        overlong = skips;
        if (unsent.Length > 0)
        {
            waiting.Enqueue(Encoding.Latin1.GetBytes(unsent));
            waitingBytes = unsent.Length;
        }
    }

    public void Dispose()
    {
        UnixSocket.Close(Fd);
        Fd = -1;
    }

    private void Cut(Span<byte> all, LineTaker take)
    {
        var from = 0;
        while (all[from..].IndexOf((byte)'\n') is >= 0 and var length)
        {
            if (overlong || length > DriverLines.MaxLineBytes)
            {
                Overlong++;
                overlong = false;
            }
            else
            {
                take(all.Slice(from, length));
            }

            from += length + 1;
        }

        used = all.Length - from;
        if (overlong || used > DriverLines.MaxLineBytes)
        {
            (used, overlong) = (0, true);
        }
        else
        {
            all[from..].CopyTo(inbox);
        }
    }
}

using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Ledger;

/// <summary>
/// Writes the ledger on a thread of its own. Whoever appends never waits for a disk, unless it asks to, and then within a limit. A disk that is
/// full or gone is told by <see cref="Trouble"/> and later in the ledger itself; nothing is thrown at the loop.
/// </summary>
public sealed class LedgerJournal : IDisposable
{
    /// <summary>Lines that may wait for the disk. One that finds the queue full is counted in <see cref="Dropped"/>, and the ledger says so.</summary>
    public const int DefaultCapacity = 4096;

    /// <summary>Lines are put on the disk when so long nothing has come: a busy writer would only wear it out.</summary>
    private static readonly TimeSpan IdleBeforeSync = TimeSpan.FromMilliseconds(200);

    /// <summary>What a closing journal may still take to write.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private const int MaxBatchBytes = 256 << 10;

    private readonly ILedgerFile file;
    private readonly long maxBytes;
    private readonly int capacity;
    private readonly TimeProvider wall;
    private readonly Action<LedgerLine>? written;
    private readonly ConcurrentQueue<Waiting> queue = new();
    private readonly EventFd wake = new();
    private readonly EventFd done = new();
    private readonly Lock asking = new();
    private readonly Thread thread;
    private readonly ArrayBufferWriter<byte> batch = new(8192);
    private readonly List<LedgerLine> batched = [];
    private readonly List<Receipt> receipts = [];
    private readonly EpochBook epochs = new();
    private readonly LedgerSieve sieve = new();
    private readonly Dictionary<string, LedgerLine.Ruled> rules = new(StringComparer.Ordinal);
    private LedgerLine.Started? started;
    private bool startedTold;
    private int waiting;
    private long dropped;
    private long droppedSaid;
    private volatile string? trouble;
    private volatile bool ending;

    /// <param name="settings">Where, and how much of it.</param>
    /// <param name="wall">Wall time for people.</param>
    /// <param name="written">Called on the writer's thread with each line in order, also where it could not be written; must not block or throw.</param>
    /// <param name="punctual">Makes the writer's thread as prompt as the loop that waits for it.</param>
    public LedgerJournal(LedgerSettings settings, TimeProvider wall, Action<LedgerLine>? written = null, bool punctual = false)
        : this(new LedgerFile(settings.Path, settings.Keep), settings.MaxBytes, wall, written, punctual, DefaultCapacity)
    {
    }

    internal LedgerJournal(ILedgerFile file, long maxBytes, TimeProvider wall, Action<LedgerLine>? written, bool punctual, int capacity)
    {
        (this.file, this.maxBytes, this.wall, this.written, this.capacity) = (file, maxBytes, wall, written, capacity);
        thread = new Thread(() => Run(punctual)) { IsBackground = true, Name = "ledger" };
        thread.Start();
    }

    /// <summary>Why the newest lines could not be written, or null.</summary>
    public string? Trouble => trouble;

    public bool Broken => trouble is not null;

    /// <summary>Lines that are lost: the queue was full, or the disk would not take them.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>Hands a line over. Never blocks.</summary>
    public void Append(LedgerLine line) => Enqueue(line, receipt: null);

    /// <summary>Hands a line over and waits until write(2) has returned for it, but no longer than <paramref name="limit"/> (whole milliseconds).</summary>
    /// <returns>True when the line is with the kernel: it survives our own death, though not the host's.</returns>
    public bool AppendAndWait(LedgerLine line, TimeSpan limit)
    {
        lock (asking)
        {
            _ = done.Drain();
            var receipt = new Receipt();
            return Enqueue(line, receipt) && Await(receipt, limit) && receipt.Written;
        }
    }

    /// <summary>Waits until all that was handed over before has been written or refused.</summary>
    public bool Flush(TimeSpan limit)
    {
        lock (asking)
        {
            _ = done.Drain();
            var receipt = new Receipt();
            return Enqueue(null, receipt) && Await(receipt, limit);
        }
    }

    public void Dispose()
    {
        if (ending)
        {
            return;
        }

        ending = true;
        wake.Signal();
        if (thread.Join(CloseLimit))
        {
            file.Dispose();
            wake.Dispose();
            done.Dispose();
        }
    }

    private bool Enqueue(LedgerLine? line, Receipt? receipt)
    {
        if (Interlocked.Increment(ref waiting) > capacity)
        {
            Interlocked.Decrement(ref waiting);
            Interlocked.Increment(ref dropped);
            return false;
        }

        queue.Enqueue(new Waiting(line, wall.GetUtcNow().UtcTicks, receipt));
        wake.Signal();
        return true;
    }

    private bool Await(Receipt receipt, TimeSpan limit)
    {
        var from = BootClock.Now;
        while (!receipt.Handled)
        {
            var left = from + limit - BootClock.Now;
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            Waits.ForInput(done.Fd, (int)Math.Ceiling(left.TotalMilliseconds));
            _ = done.Drain();
        }

        return true;
    }

    private void Run(bool punctual)
    {
        if (punctual)
        {
            _ = RealTime.TryMakeThisThread(RealTime.DefaultPriority - 1);      // below the loop, above all that could keep the loop waiting for us
        }

        var unsynced = false;
        while (!ending || !queue.IsEmpty)
        {
            if (queue.IsEmpty && !Waits.ForInput(wake.Fd, unsynced ? (int)IdleBeforeSync.TotalMilliseconds : -1) && unsynced)
            {
                // What is on the disk says nothing of lines that were refused since: only a line that was written ends a trouble.
                if (file.Sync() is < 0 and var refused)
                {
                    Judge(refused);
                }

                unsynced = false;
                continue;
            }

            _ = wake.Drain();
            unsynced |= WriteBatch();
        }

        _ = file.Sync();
    }

    /// <summary>Takes what waits, in order, and writes it with one call.</summary>
    private bool WriteBatch()
    {
        batch.ResetWrittenCount();
        batched.Clear();
        receipts.Clear();
        var lost = Dropped;
        if (lost > droppedSaid)
        {
            PutGap(lost - droppedSaid, wall.GetUtcNow().UtcTicks);
        }

        var mine = batched.Count;
        while (batch.WrittenCount < MaxBatchBytes && queue.TryDequeue(out var next))
        {
            Interlocked.Decrement(ref waiting);
            if (next.Receipt is not null)
            {
                receipts.Add(next.Receipt);
            }

            if (next.Line is not null)
            {
                Remember(next.Line);
                if (sieve.Passes(next.Line, out var note))
                {
                    Put(note, next.WallTicks);
                    Put(next.Line, next.WallTicks);
                }
            }
        }

        var lines = batched.Count - mine;
        var result = lines == 0 ? 0 : RotateIfFull() is < 0 and var refused ? refused : file.Append(batch.WrittenSpan);
        if (lines > 0)
        {
            Settle(result, lines, lost, mine);
        }

        foreach (var receipt in receipts)
        {
            receipt.Settle(result >= 0);
        }

        if (receipts.Count > 0)
        {
            done.Signal();
        }

        return lines > 0 && result >= 0;
    }

    private void Settle(int result, int lines, long lost, int notes)
    {
        Judge(result);
        if (result >= 0)
        {
            droppedSaid = lost;
            startedTold = started is not null;
            notes = 0;
        }
        else
        {
            Interlocked.Add(ref dropped, lines);
        }

        foreach (var line in CollectionsMarshal.AsSpan(batched)[notes..])
        {
            written?.Invoke(line);
        }
    }

    /// <summary>A gap must show where it is, and what comes after it must not need what is lost in it: the rules, and that we started, may be.</summary>
    private void PutGap(long count, long wallTicks)
    {
        // Who follows has been told of the lines themselves: only the file lacks them.
        var at = WallOf(wallTicks);
        if (started is not null && !startedTold)
        {
            LedgerText.Write(batch, started with { Wall = at });
        }

        Put(LostLines(count), wallTicks);
        foreach (var ruled in Rules())
        {
            LedgerText.Write(batch, ruled with { Wall = at });
        }
    }

    private LedgerLine.Noted LostLines(long count) => new(
        BootClock.Now,
        NoteLevel.Warning,
        0,
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "line is" : "lines are")} lost before this one: {trouble ?? "more came at once than could wait"}"));

    private void Put(LedgerLine? line, long wallTicks)
    {
        if (line is not null)
        {
            var stamped = line with { Wall = WallOf(wallTicks) };
            LedgerText.Write(batch, stamped);
            batched.Add(stamped);
        }
    }

    private void Judge(int result) => trouble = result >= 0 ? null : Errno.Text(result);

    private void Remember(LedgerLine line)
    {
        epochs.Note(line);
        if (line is LedgerLine.Started s)
        {
            (started, startedTold) = (s, false);
            rules.Clear();
        }
        else if (line is LedgerLine.Ruled r)
        {
            rules[r.Rules.Duty] = r;
        }
    }

    /// <summary>A new file begins with who we are and the rules that hold, so that it can be replayed alone.</summary>
    private int RotateIfFull()
    {
        if (file.Size == 0 || file.Size + batch.WrittenCount <= maxBytes)
        {
            return 0;
        }

        var full = file.Size >= 2 * maxBytes;
        if (file.Rotate() is < 0 and var refused)
        {
            return full ? refused : 0;      // better a file that is too long than lines that are lost, up to twice the size
        }

        var head = new ArrayBufferWriter<byte>(4096);
        var now = WallOf(wall.GetUtcNow().UtcTicks);
        if (started is not null)
        {
            LedgerText.Write(head, started with { Wall = now });
        }

        foreach (var ruled in Rules())
        {
            LedgerText.Write(head, ruled with { Wall = now });
        }

        return head.WrittenCount == 0 ? 0 : file.Append(head.WrittenSpan);
    }

    /// <summary>The rules that hold, with the epochs that are known by now.</summary>
    private IEnumerable<LedgerLine.Ruled> Rules() =>
        rules.Select(r => r.Value with { EpochSeen = epochs.Of(r.Key).Seen, EpochHeld = epochs.Of(r.Key).Held, KeptOutBy = epochs.Of(r.Key).KeptOutBy });

    private static string WallOf(long utcTicks) => new DateTime(utcTicks, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Waiting(LedgerLine? Line, long WallTicks, Receipt? Receipt);

    /// <summary>For one who waits: whether its line was handled, and written.</summary>
    private sealed class Receipt
    {
        private volatile int state;

        internal bool Handled => state != 0;

        internal bool Written => state == 1;

        internal void Settle(bool written) => state = written ? 1 : 2;
    }
}

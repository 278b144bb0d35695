using System.Collections.Concurrent;
using System.Globalization;
using Understudy.Core.Power;
using Understudy.Linux.Interop;
using Understudy.Linux.Ledger;

namespace Understudy.Linux.Power;

/// <summary>Writes each guard's readings as lines of JSON beside its memory, on a thread of its own: whoever appends never waits for a disk. A file is begun anew at <see cref="MaxBytes"/>, and one older one is kept.</summary>
public sealed class EvidenceJournal : IDisposable
{
    /// <summary>Some 50,000 readings: six of 10 s each for a day.</summary>
    public const long MaxBytes = 8 << 20;

    /// <summary>Lines that may wait for the disk; more are lost, and <see cref="Dropped"/> counts them.</summary>
    public const int Capacity = 4096;

    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(1);

    private readonly string folder;
    private readonly TimeProvider wall;
    private readonly Action<string> trouble;
    private readonly BlockingCollection<EvidenceLine> queue = new(Capacity);
    private readonly Dictionary<string, LedgerFile> files = new(StringComparer.Ordinal);
    private readonly Thread thread;
    private long dropped;

    /// <param name="folder">Where the files lie: <c>guard-NAME.evidence</c>.</param>
    /// <param name="wall">Wall time for people.</param>
    /// <param name="trouble">Told on the writer's thread, once for each new trouble; must not block or throw.</param>
    public EvidenceJournal(string folder, TimeProvider wall, Action<string> trouble)
    {
        (this.folder, this.wall, this.trouble) = (folder, wall, trouble);
        thread = new Thread(Run) { IsBackground = true, Name = "guard-evidence" };
        thread.Start();
    }

    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>Hands a reading over. Never blocks.</summary>
    public void Append(EvidenceLine reading)
    {
        var stamped = reading with { Wall = wall.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) };
        if (queue.IsAddingCompleted || !queue.TryAdd(stamped))
        {
            _ = Interlocked.Increment(ref dropped);
        }
    }

    public void Dispose()
    {
        queue.CompleteAdding();
        if (thread.Join(s_closeLimit))
        {
            queue.Dispose();
        }
    }

    private void Run()
    {
        string? told = null;
        foreach (var reading in queue.GetConsumingEnumerable())
        {
            var result = Write(reading);
            var why = result < 0 ? $"{PathOf(reading.Guard)}: {Errno.Text(result)}" : null;
            if (result < 0)
            {
                _ = Interlocked.Increment(ref dropped);
            }

            if (why is not null && why != told)
            {
                trouble(why);
            }

            told = why;
        }

        foreach (var file in files.Values)
        {
            file.Dispose();
        }
    }

    private int Write(EvidenceLine reading)
    {
        if (!files.TryGetValue(reading.Guard, out var file))
        {
            files[reading.Guard] = file = new LedgerFile(PathOf(reading.Guard), keep: 1);
        }

        var line = reading.ToBytes();
        if (file.Size + line.Length > MaxBytes && file.Rotate() is < 0 and var refused && file.Size >= 2 * MaxBytes)
        {
            return refused;
        }

        return file.Append(line);
    }

    private string PathOf(string guard) => Path.Combine(folder, $"guard-{guard}.evidence");
}

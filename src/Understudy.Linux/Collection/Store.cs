using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Clocks;

namespace Understudy.Linux.Collection;

/// <summary>What a store is given for what waits.</summary>
/// <param name="Samples">That wait at most; then the oldest go.</param>
/// <param name="Bytes">Of all that wait.</param>
/// <param name="Batch">Samples that are written at once.</param>
/// <param name="Retry">Between two attempts at a store, or at its claim, that cannot be had.</param>
public sealed record StoreLimits(int Samples = 65_536, long Bytes = 64 * 1024 * 1024, int Batch = 1024, TimeSpan? Retry = null)
{
    public TimeSpan RetryAfter => Retry ?? TimeSpan.FromSeconds(1);
}

/// <summary>How a store is doing.</summary>
/// <param name="Waiting">Samples that are not written yet.</param>
/// <param name="Dropped">Samples that found no room, or the oldest that had to go for them.</param>
/// <param name="Refused">Samples that the store will never take.</param>
/// <param name="Epoch">Of our claim; 0 while we are not the writer.</param>
/// <param name="Trouble">What is wrong now, or null.</param>
/// <param name="Writer">Who has the claim, as that one calls itself; null: nobody, or nobody knows.</param>
/// <param name="Found">Samples that waited here while another wrote, and that it had stored already.</param>
public sealed record StoreReport(long Written, int Waiting, long Dropped, long Refused, ulong Epoch, string? Trouble, string? Writer, long Found);

/// <summary>
/// A store with its backlog, its claim and its thread. What is offered is copied and waits; the thread claims the store and writes in batches. While the store cannot be written, samples wait as far
/// as there is room, and then the oldest go and are counted: the loop never waits for a store.
/// </summary>
public sealed class Store : IDisposable
{
    /// <summary>A sampler's last sample before a restart of ours is its first after it; our own choice, longer than any usual interval.</summary>
    private static readonly TimeSpan s_doubt = TimeSpan.FromSeconds(10);

    private readonly IStoreClaim claim;
    private readonly IStoreSink sink;
    private readonly StoreLimits limits;
    private readonly StoreBacklog<StoreSample> backlog;
    private readonly Thread thread;
    private readonly ManualResetEventSlim stop = new();
    private readonly List<StoreSample> batch = [];
    private volatile string? trouble;
    private volatile string? writer;
    private long written, refused, found;
    private ulong epoch;
    private ulong claimed;
    private int doubtful;
    private bool isDoubted, inDoubt;
    private Instant doubtEnds;

    /// <param name="name">For people and threads' names.</param>
    public Store(string name, IStoreClaim claim, IStoreSink sink, StoreLimits? limits = null)
    {
        Name = name;
        this.claim = claim;
        this.sink = sink;
        this.limits = limits ?? new StoreLimits();
        backlog = new StoreBacklog<StoreSample>(this.limits.Samples, this.limits.Bytes);
        thread = new Thread(Work) { Name = $"store {name}", IsBackground = true };
        thread.Start();
    }

    public string Name { get; }

    public StoreReport Report => new(
        Interlocked.Read(ref written), backlog.Count, backlog.Dropped, Interlocked.Read(ref refused), Volatile.Read(ref epoch), trouble, writer, Interlocked.Read(ref found));

    private long Done => Interlocked.Read(ref written) + Interlocked.Read(ref found);

    /// <summary>Hands a sample over. Never waits for the store; the bytes are copied.</summary>
    /// <param name="choice">What of it is stored; null: all.</param>
    /// <returns>False where the bytes are no sample of the layout.</returns>
    public bool Offer(SetLayout layout, ReadOnlySpan<byte> sample, string producer, StoreChoice? choice = null)
    {
        if (sample.Length < layout.DataSize)
        {
            return false;
        }

        _ = backlog.Put(StoreSample.Copy(layout, (choice ?? StoreChoice.All).Of(layout), sample, producer), layout.DataSize, static old => old.Return());
        return true;
    }

    /// <summary>Writes what waits, as far as the store takes it at once, and lets go of the claim.</summary>
    public void Dispose()
    {
        stop.Set();
        backlog.Close();
        thread.Join();
        backlog.Dispose();
        stop.Dispose();
    }

    private void Work()
    {
        try
        {
            while (!stop.IsSet)
            {
                Turn(limits.RetryAfter);
            }

            // The last words: each turn either writes something or finds that it cannot.
            var before = -1L;
            while (before != Done && (backlog.Count > 0 || batch.Count > 0))
            {
                before = Done;
                Turn(TimeSpan.Zero);
            }
        }
        finally
        {
            claim.LetGo();
            sink.Dispose();
            claim.Dispose();
        }
    }

    private void Turn(TimeSpan wait)
    {
        if (batch.Count == 0)
        {
            Fill(wait);
        }

        if (!Claimed())
        {
            _ = stop.Wait(wait);
            return;
        }

        if (batch.Count == 0)
        {
            return;
        }

        try
        {
            if (isDoubted)
            {
                sink.Settle(batch, inDoubt);
                isDoubted = false;
            }

            sink.Write(batch);
            trouble = null;
        }
        catch (StoreUnavailableException e)
        {
            trouble = e.Message;
        }

        if (!Sweep())
        {
            _ = stop.Wait(wait);
        }
    }

    /// <summary>Looks before each batch, and also while there is nothing to write: who waits for the claim learns early that it has it.</summary>
    private bool Claimed()
    {
        if (claim.Epoch > 0 && claim.StillMine())
        {
            return true;
        }

        var outcome = claim.TryClaim();
        trouble = outcome.IsOurs ? null : outcome.Why;
        if (!outcome.IsOurs)
        {
            Lose(outcome.Writer);
            return false;
        }

        writer = outcome.Writer;
        if (outcome.Epoch != claimed)
        {
            // Whoever had it in between has stored some of what waits here.
            (claimed, doubtful, isDoubted, inDoubt, doubtEnds) = (outcome.Epoch, backlog.Count, true, true, BootClock.Now + s_doubt);
            sink.Reopen();
        }

        Volatile.Write(ref epoch, outcome.Epoch);
        return true;
    }

    private void Lose(string? to)
    {
        writer = to;
        if (Volatile.Read(ref epoch) > 0)
        {
            Volatile.Write(ref epoch, 0);
            sink.Reopen();
        }
    }

    /// <summary>What is taken from the backlog is in doubt until all that waited at the claim is out, and for a while after it: the first samples after a start are those that were stored before it.</summary>
    private void Fill(TimeSpan wait)
    {
        var taken = backlog.Take(batch, limits.Batch, wait);
        isDoubted = inDoubt;
        doubtful = Math.Max(0, doubtful - taken);
        inDoubt = inDoubt && !(taken > 0 && doubtful == 0 && BootClock.Now >= doubtEnds);      // this batch is the last
    }

    /// <summary>Takes out what is done.</summary>
    /// <returns>Whether everything was.</returns>
    private bool Sweep()
    {
        foreach (var sample in batch)
        {
            if (!sample.IsDone)
            {
                continue;
            }

            if (sample.Refused is { } why)
            {
                _ = Interlocked.Increment(ref refused);
                trouble = why;
            }
            else
            {
                _ = Interlocked.Increment(ref sample.WasThere ? ref found : ref written);
            }

            sample.Return();
        }

        _ = batch.RemoveAll(s => s.IsDone);
        return batch.Count == 0;
    }
}

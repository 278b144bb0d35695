using System.Runtime.InteropServices;
using Understudy.Core;
using Understudy.Core.Wire;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Addresses;

/// <summary>What the fence thread did.</summary>
/// <param name="Slot">Whose deadline it was.</param>
/// <param name="Deadline">When it was due.</param>
/// <param name="RemovedAt">When the kernel had acknowledged the removal.</param>
/// <param name="Result">0 when the addresses are gone, also when they were gone before; else <c>-errno</c> of the last try.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Fenced(int Slot, Instant Deadline, Instant RemovedAt, int Result);

/// <summary>
/// Removes a duty's addresses at its deadline by a blocking system call of a thread that does nothing else, whatever the loop,
/// the thread pool or a disk are doing. The loop arms; this thread decides nothing but "now is past the deadline".
/// </summary>
/// <remarks>
/// A slot's deadline is one atomic word. Arming, disarming and firing each exchange it, so exactly one of them wins: an arm that
/// answers false has lost, the addresses are being removed, and the slot stays fired until <see cref="Rearm"/>. The rule for the
/// loop: arm with the new deadline first, and refresh the address only when that answered true.
/// </remarks>
public sealed class FenceThread : IDisposable
{
    private const long Fired = long.MinValue;
    private const int StackBytes = 256 * 1024;
    private const int Tries = 3;
    private const int NoInterface = 0x7ffffff;

    private readonly Slot[] slots;
    private readonly RouteSocket route;
    private readonly TimerFd timer;
    private readonly int[] results;
    private readonly Action<Fenced> report;
    private readonly Thread thread;
    private long programmed = long.MaxValue;
    private volatile bool stopping;

    /// <summary>Starts the thread; its sockets belong to the calling thread's network namespace.</summary>
    /// <param name="slotCount">How many duties there can be.</param>
    /// <param name="maxAddresses">Most addresses of one duty.</param>
    /// <param name="report">Called on the fence thread after each firing; must not block, allocate or throw.</param>
    /// <exception cref="IOException">The kernel refused a socket or a timer.</exception>
    public FenceThread(int slotCount, int maxAddresses, Action<Fenced> report)
    {
        this.report = report;
        slots = new Slot[slotCount];
        for (var i = 0; i < slotCount; i++)
        {
            slots[i] = new Slot(maxAddresses * AddressMessage.MaxBytes);
        }

        results = new int[maxAddresses];
        route = new RouteSocket();
        timer = new TimerFd(blocking: true);
        using var warm = new ManualResetEventSlim();
        thread = new Thread(() => Run(warm), StackBytes) { IsBackground = true, Name = "fence" };
        thread.Start();
        warm.Wait();
    }

    /// <summary>What scheduling the thread got.</summary>
    public Scheduling Scheduling { get; private set; }

    /// <summary>The latest that a firing began after its deadline.</summary>
    public TimeSpan WorstLateness { get; private set; }

    /// <summary>Gives a slot its removal messages (<see cref="AddressPerformer.Removals"/>). Only while it is disarmed.</summary>
    /// <returns>False, with nothing changed, while the slot is armed or fired.</returns>
    /// <exception cref="ArgumentException">They are not RTM_DELADDR messages, or more than the slot was made for.</exception>
    public bool Load(int slot, ReadOnlySpan<byte> removals)
    {
        var count = Removal.Count(removals);
        if (count < 0 || count > results.Length || removals.Length > slots[slot].Messages.Length)
        {
            throw new ArgumentException("not the removal messages of so many addresses", nameof(removals));
        }

        var one = slots[slot];
        if (Volatile.Read(ref one.Deadline) != long.MaxValue)
        {
            return false;
        }

        removals.CopyTo(one.Messages);
        one.Length = removals.Length;
        one.Count = count;
        return true;
    }

    /// <summary>Sets or moves the deadline. Called by the loop only; does not allocate and makes a system call only to shorten it.</summary>
    /// <returns>False when the old deadline has fired: the addresses are going or gone.</returns>
    public bool Arm(int slot, Instant at)
    {
        if (!Exchange(slot, Math.Clamp(at.Ticks, long.MinValue + 1, long.MaxValue - 1)))
        {
            return false;
        }

        if (at.Ticks < Interlocked.Read(ref programmed))
        {
            _ = timer.Arm(at);
        }

        return true;
    }

    /// <summary>Takes the deadline away: the duty was let go in order. False when it has fired.</summary>
    public bool Disarm(int slot) => Exchange(slot, long.MaxValue);

    /// <summary>Makes a fired slot usable again, once the loop has seen the report. The slot is then disarmed.</summary>
    public void Rearm(int slot) => _ = Interlocked.CompareExchange(ref slots[slot].Deadline, long.MaxValue, Fired);

    /// <summary>Whether the slot's deadline has fired and was not taken note of by <see cref="Rearm"/>.</summary>
    public bool HasFired(int slot) => Volatile.Read(ref slots[slot].Deadline) == Fired;

    /// <summary>Ends the thread. Deadlines that are still armed fire no more: let go of the duties first.</summary>
    public void Dispose()
    {
        stopping = true;
        _ = timer.Arm(new Instant(1));
        thread.Join();
        timer.Dispose();
        route.Dispose();
    }

    private bool Exchange(int slot, long deadline)
    {
        ref var word = ref slots[slot].Deadline;
        var seen = Volatile.Read(ref word);
        while (seen != Fired)
        {
            var before = Interlocked.CompareExchange(ref word, deadline, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    private void Run(ManualResetEventSlim warm)
    {
        Scheduling = RealTime.TryMakeThisThread();
        WarmUp();
        warm.Set();
        while (!stopping)
        {
            Program();
            _ = timer.Read();
            FireDue();
        }
    }

    /// <summary>Sets the timer to the nearest deadline.</summary>
    /// <remarks>
    /// The loop stores a deadline and then compares it with what is programmed; this thread stores what it programs, programs, and
    /// then looks at the deadlines again. Whichever store came second, its author sees the other's: no deadline is missed.
    /// </remarks>
    private void Program()
    {
        while (true)
        {
            var nearest = Nearest();
            _ = Interlocked.Exchange(ref programmed, nearest);
            _ = timer.Arm(new Instant(nearest));
            if (Nearest() >= nearest)
            {
                return;
            }
        }
    }

    private long Nearest()
    {
        var nearest = long.MaxValue;
        foreach (var slot in slots)
        {
            var deadline = Interlocked.Read(ref slot.Deadline);
            nearest = deadline == Fired ? nearest : Math.Min(nearest, deadline);
        }

        return nearest;
    }

    private void FireDue()
    {
        for (var i = 0; i < slots.Length; i++)
        {
            var slot = slots[i];
            var deadline = Interlocked.Read(ref slot.Deadline);
            var now = BootClock.Now;
            if (deadline == Fired || deadline == long.MaxValue || now.Ticks < deadline
                || Interlocked.CompareExchange(ref slot.Deadline, Fired, deadline) != deadline)
            {
                continue;
            }

            var due = new Instant(deadline);
            var result = Remove(slot);
            WorstLateness = now - due > WorstLateness ? now - due : WorstLateness;
            report(new Fenced(i, due, BootClock.Now, result));
        }
    }

    private int Remove(Slot slot)
    {
        var result = 0;
        for (var tries = 0; tries < Tries; tries++)
        {
            var exchanged = route.Order(slot.Messages.AsSpan(0, slot.Length), results.AsSpan(0, slot.Count));
            result = exchanged < 0 ? exchanged : Removal.FirstFailure(results.AsSpan(0, slot.Count));
            if (result == 0)
            {
                break;
            }
        }

        return result;
    }

    /// <summary>Runs the way of a firing once, against an interface that does not exist.</summary>
    private void WarmUp()
    {
        var slot = new Slot(AddressMessage.MaxBytes);
        var writer = new NetlinkWriter(slot.Messages);
        _ = AddressMessage.WriteRemove(ref writer, new AddressSubject(NoInterface, WireAddress.Of([192, 0, 2, 1]), 32)); // RFC 5737
        slot.Length = writer.Length;
        slot.Count = Math.Min(1, results.Length);
        _ = Remove(slot);
        _ = timer.Arm(new Instant(1));
        _ = timer.Read();
    }

    private sealed class Slot(int bytes)
    {
        internal long Deadline = long.MaxValue;
        internal int Length;
        internal int Count;

        internal byte[] Messages { get; } = GC.AllocateArray<byte>(bytes, pinned: true);
    }
}

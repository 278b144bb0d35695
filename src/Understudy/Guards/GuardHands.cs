using System.Threading.Channels;
using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Core.Plans;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Daemon;

namespace Understudy.Guards;

/// <summary>
/// The hands of one guard: its orders one after the other in the order in which they were given; only a cancellation overtakes. What people are told beside the plan goes a way of its own, so that a terminal
/// that hangs holds no deed up.
/// </summary>
/// <remarks>A cancelled deed is waited for a moment and then left to its own end: its program is being killed, and what comes next, perhaps the power-off, must not wait for one that clings to life. Only an undoing waits
/// for it, as both would be at the same thing.</remarks>
internal sealed class GuardHands : IDisposable
{
    /// <summary>Far more than a plan orders at once; a full queue is a broken invariant.</summary>
    private const int MostDeeds = 1024;

    /// <summary>Beyond this many words that wait, the oldest are lost: the newest is what people need.</summary>
    private const int MostWords = 64;

    private const int MostCancelled = 64;

    private static readonly TimeSpan s_memoryLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_killPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_undoPatience = TimeSpan.FromSeconds(40);

    private readonly IGuardDeeds deeds;
    private readonly Action<PlanEvent.StepEnded> ended;
    private readonly Channel<Func<Task>> orders = Channel.CreateBounded<Func<Task>>(MostDeeds);
    private readonly Channel<Func<Task>> words = Channel.CreateBounded<Func<Task>>(new BoundedChannelOptions(MostWords) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Action<NoteLevel, Message, string> say;
    private readonly Action<Exception> broken;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource closed = new();
    private readonly Lock holding = new();
    private readonly Queue<Ticket> cancelled = new();
    private readonly List<Task> left = [];
    private Task? hanging;
    private (Ticket Ticket, CancellationTokenSource Stop)? current;

    /// <param name="ended">Takes how a begin ended; on any thread, must not wait.</param>
    /// <param name="say">Writes a line down; on any thread.</param>
    /// <param name="broken">An invariant of ours is broken; on any thread.</param>
    /// <param name="time">The clock of our patience.</param>
    internal GuardHands(IGuardDeeds deeds, Action<PlanEvent.StepEnded> ended, Action<NoteLevel, Message, string> say, Action<Exception> broken, TimeProvider time)
    {
        (this.deeds, this.ended, this.say, this.broken, this.time) = (deeds, ended, say, broken, time);
        Supervise(Task.Run(() => WorkAsync(orders.Reader), closed.Token));
        Supervise(Task.Run(() => WorkAsync(words.Reader), closed.Token));
    }

    /// <summary>What follows waits until the memory is on the disk, within a limit: a disk that hangs must not keep a room from being saved. While it hangs it is not waited for again.</summary>
    internal void AwaitMemory(Task<string?> written) => Put(() => OnDiskAsync(written));

    /// <summary>The same wait, for a deed that is under way.</summary>
    internal async Task OnDiskAsync(Task<string?> written)
    {
        if (hanging is { IsCompleted: false })
        {
            return;
        }

        try
        {
            if (await written.WaitAsync(s_memoryLimit, time, closed.Token) is { } why)
            {
                say(NoteLevel.Error, GuardMessages.MemoryUnwritten, $"{deeds.Guard}: {why}; the plan goes on without");
            }
        }
        catch (TimeoutException)
        {
            hanging = written;
            say(NoteLevel.Error, GuardMessages.MemoryUnwritten, $"{deeds.Guard}: the disk did not answer within {s_memoryLimit.TotalSeconds:0} s; the plan goes on without");
        }
    }

    internal void Begin(GuardStepSettings step, PlanEffect.Begin e, string why, ValueList<string> heirs) =>
        Put(() => BeginAsync(new Ticket(e.Run, e.Step, e.Attempt), stop => deeds.BeginAsync(step, e, why, heirs, stop)));

    internal void Rehearse(GuardStepSettings step, PlanEffect.Rehearse e, string why, ValueList<string> heirs) => Put(() => e.Deed == Deed.Begin
        ? BeginAsync(new Ticket(e.Run, e.Step, e.Attempt), stop => deeds.RehearseAsync(step, e, why, heirs, stop))
        : deeds.RehearseAsync(step, e, why, heirs, closed.Token));

    /// <summary>Overtakes: ends what is under way, or keeps it from being begun.</summary>
    internal void Cancel(PlanEffect.Cancel e)
    {
        var ticket = new Ticket(e.Run, e.Step, e.Attempt);
        CancellationTokenSource? stop = null;
        lock (holding)
        {
            cancelled.Enqueue(ticket);
            if (cancelled.Count > MostCancelled)
            {
                _ = cancelled.Dequeue();
            }

            stop = current is { } now && now.Ticket == ticket ? now.Stop : null;
        }

        stop?.Cancel();
    }

    internal void Undo(GuardStepSettings step, PlanEffect.Undo e, string why) => Put(async () =>
    {
        try
        {
            await Task.WhenAll(left).WaitAsync(s_undoPatience, time, closed.Token);
        }
        catch (TimeoutException)
        {
            say(NoteLevel.Warning, GuardMessages.Deed, $"{deeds.Guard}: what was cancelled does not end; the undoing begins beside it");
        }

        left.Clear();
        await deeds.UndoAsync(step, e, why, closed.Token);
    });

    internal void Warn(PlanEffect.Warn e) => Tell(() => deeds.WarnAsync(e, closed.Token));

    internal void Alarm(string text) => Tell(() => deeds.AlarmAsync(text, closed.Token));

    internal void Wake(WakeUp up) => Tell(() => deeds.WakeAsync(up, closed.Token));

    /// <summary>No more orders come; what was ordered is still done.</summary>
    internal void Finish()
    {
        _ = orders.Writer.TryComplete();
        _ = words.Writer.TryComplete();
    }

    /// <summary>Nothing more is begun. What runs is left: the end of a daemon is no abort, and the memory says where the plan is.</summary>
    public void Dispose()
    {
        Finish();
        closed.Cancel();
    }

    private async Task BeginAsync(Ticket ticket, Func<CancellationToken, Task<StepOutcome?>> act)
    {
        var stop = new CancellationTokenSource();      // never disposed of: a deed that was left to its own end may still ask it
        lock (holding)
        {
            if (cancelled.Contains(ticket) || closed.IsCancellationRequested)
            {
                return;
            }

            current = (ticket, stop);
        }

        var deed = act(stop.Token);
        try
        {
            await PatienceAsync(deed, stop.Token);
            if (!deed.IsCompleted)
            {
                left.Add(deed);
                Supervise(deed);
                return;
            }
        }
        finally
        {
            lock (holding)
            {
                current = null;
            }
        }

        if (await deed is { } outcome && !stop.IsCancellationRequested)
        {
            ended(new PlanEvent.StepEnded(ticket.Run, ticket.Step, ticket.Attempt, outcome));
        }
    }

    /// <summary>Ends a moment after the cancellation, or with the deed.</summary>
    private async Task PatienceAsync(Task deed, CancellationToken stop)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = stop.Register(told.SetResult);
        _ = await Task.WhenAny(deed, told.Task);
        if (!deed.IsCompleted)
        {
            _ = await Task.WhenAny(deed, Task.Delay(s_killPatience, time, CancellationToken.None));
        }
    }

    private void Put(Func<Task> order)
    {
        if (!orders.Writer.TryWrite(order) && !closed.IsCancellationRequested)
        {
            broken(new InvalidOperationException($"more than {MostDeeds} orders of the guard {deeds.Guard} wait"));
        }
    }

    private void Tell(Func<Task> word) => _ = words.Writer.TryWrite(word);

    private async Task WorkAsync(ChannelReader<Func<Task>> from)
    {
        try
        {
            await foreach (var order in from.ReadAllAsync(closed.Token))
            {
                await order();
            }
        }
        catch (OperationCanceledException) when (closed.IsCancellationRequested)
        {
            // The daemon ends.
        }
    }

    /// <summary>A performer that throws is a mistake of ours, and a plan whose hands are gone would wait for ever.</summary>
    private void Supervise(Task task) => _ = task.ContinueWith(
        t => broken(t.Exception!.GetBaseException()), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>The three numbers by which a begin is known.</summary>
    private readonly record struct Ticket(long Run, int Step, int Attempt);
}

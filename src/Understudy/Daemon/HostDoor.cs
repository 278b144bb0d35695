using Understudy.Api;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;

namespace Understudy.Daemon;

/// <summary>The loop as API and signals see it: orders become facts in the mailbox, answers are what the stance machine made of them.</summary>
internal sealed class HostDoor(HostParts parts, HostLoop loop, Reload reload, LedgerFeed feed) : IDaemon
{
    private static readonly TimeSpan HandoverLimit = TimeSpan.FromSeconds(5);

    public HostSnapshot Snapshot => parts.Board.Snapshot;

    public LedgerSubscription Subscribe() => feed.Subscribe();

    public Task<ReloadAnswer> ReloadAsync(CancellationToken stop) => reload.RunAsync(stop);

    public async Task<OrderAnswer> OrderAsync(HostOrder order, CancellationToken stop)
    {
        var duty = parts.IndexOf(order.Duty);
        if (duty < 0)
        {
            return new OrderAnswer(false, $"{order.Duty} is no duty of this host");
        }

        var answered = new TaskCompletionSource<OrderAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!parts.Mail.Post(_ => Give(duty, order, answered)))
        {
            return new OrderAnswer(false, "the loop's queue is full; try again");
        }

        return await answered.Task.WaitAsync(HandoverLimit + TimeSpan.FromSeconds(1), stop);
    }

    /// <summary>On the loop's thread.</summary>
    private void Give(int duty, HostOrder order, TaskCompletionSource<OrderAnswer> answered)
    {
        var desk = parts.Candidate.Desks[duty];
        if (order is HostOrder.HandOver { To: var to } && desk.State.Stance is not Stance.Active)
        {
            answered.SetResult(new OrderAnswer(false, NotHere(order.Duty, desk.State.Stance.Code().Word(), parts.Board.HolderOf(order.Duty), to)));
            return;
        }

        var asked = parts.Board.LastReason(order.Duty);
        loop.Tell(duty, Fact(order));
        var reason = parts.Board.LastReason(order.Duty);
        if (ReferenceEquals(asked, reason))
        {
            answered.SetResult(new OrderAnswer(false, $"{order.Duty} is {desk.State.Stance.Code().Word()}, where this order changes nothing"));
            return;
        }

        if (desk.State.Stance is Stance.Active { Leaving: not null } or Stance.Stopping)
        {
            parts.Board.WhenSettled(order.Duty, BootNow() + HandoverLimit, text => answered.TrySetResult(text));
            return;
        }

        var done = order switch
        {
            HostOrder.Hold => desk.State.Stance is Stance.Held,
            HostOrder.Release => desk.State.Stance is Stance.Standby or Stance.Claiming or Stance.Starting or Stance.Active,
            HostOrder.HandOver => desk.State.Stance is not Stance.Active,
            HostOrder.Seize => desk.State.Stance is Stance.Starting or Stance.Active,
            _ => throw new System.Diagnostics.UnreachableException(order.GetType().Name),
        };
        answered.SetResult(new OrderAnswer(done, reason?.Text ?? ""));
    }

    /// <summary>A hand-over is the holder's to begin: who that is, and what to type there.</summary>
    internal static string NotHere(string duty, string stance, string? holder, string? to) =>
        holder is null ? $"{duty} is {stance} here, and no candidate is known to perform it"
        : holder == to ? $"{duty} is {stance} here; {holder} performs it already"
        : $"{duty} is {stance} here; {holder} performs it, so run this on {holder}: understudy handover {duty}{(to is null ? "" : $" --to {to}")}";

    private static DutyEvent Fact(HostOrder order) => order switch
    {
        HostOrder.Hold => new DutyEvent.HoldAsked(order.By),
        HostOrder.Release => new DutyEvent.ReleaseAsked(order.By),
        HostOrder.HandOver h => new DutyEvent.HandoverAsked(h.To, order.By),
        HostOrder.Seize => new DutyEvent.SeizeAsked(order.By),
        _ => throw new System.Diagnostics.UnreachableException(order.GetType().Name),
    };

    private static Instant BootNow() => Linux.Clocks.BootClock.Now;
}

using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Settings;
using Understudy.Linux.Addresses;
using Understudy.Linux.Commands;

namespace Understudy.Daemon;

/// <summary>
/// Performs one duty's effects on this host: addresses, announcements, the command. Kernel orders are done on the spot and answered at once; the command's end comes back
/// through <paramref name="ended"/>. It decides nothing: when to be where is the stance machine's.
/// </summary>
internal sealed class DutyHands(
    int slot, DutySettings duty, string node, AddressPerformer addresses, FenceThread fence, CommandPerformer commands, Action<int, DutyEvent> ended, Action<CommandEnded> ran, Action<int, int> group) : IDisposable
{
    /// <summary>When to announce after the addresses were added: a lost frame, a switch that was still learning, a neighbour that was just asking. Then every minute.</summary>
    private static readonly TimeSpan[] Announcements =
        [TimeSpan.Zero, Ms(10), Ms(50), Ms(200), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)];

    private static readonly TimeSpan AnnounceEvery = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RefreshEvery = Ms(200);

    private Instant armedFor = Instant.Never;
    private Instant refreshedAt;
    private Instant announcedAt;
    private int announced;
    private RunningCommand? running;
    private Task<CommandOutcome> up = Task.FromResult<CommandOutcome>(new CommandOutcome.Done());

    /// <summary>We put the addresses there and have not taken them away.</summary>
    public bool Present { get; private set; }

    /// <summary>The fence has a deadline of ours.</summary>
    public bool Armed => armedFor != Instant.Never;

    public AddressPerformer Addresses => addresses;

    public DutySettings Duty => duty;

    /// <summary>When the next announcement is due.</summary>
    public Instant Deadline => !Present || announced == 0 ? Instant.Never :
        announced < Announcements.Length ? announcedAt + Announcements[announced] : announcedAt + Announcements[^1] + (AnnounceEvery * (announced - Announcements.Length + 1));

    /// <summary>Keeps fence and kernel lifetime equal to the state: armed while we hold a claim, never past it. True when the kernel was told, which it tells all who watch.</summary>
    public bool Follow(DutyRules rules, DutyState state, Instant now)
    {
        if (state.Hold is not { } hold)
        {
            Disarm();
            return false;
        }

        if (hold.Until == armedFor || (hold.Until != Instant.Never && !fence.Arm(slot, hold.Until)))
        {
            return false;      // nothing new, or the fence was faster: the loop will see that it fired
        }

        armedFor = hold.Until;
        if (!Present || now - refreshedAt < RefreshEvery)
        {
            return false;
        }

        refreshedAt = now;
        _ = addresses.Refresh(Lifetime(rules, hold, now), hold.Until);
        return true;
    }

    /// <summary>Adds the addresses; returns what to tell the machine, or null when a command has been started.</summary>
    public DutyEvent? Start(DutyRules rules, DutyState state, DutyEffect.Start order, Instant now)
    {
        if (state.Hold is not { } hold)
        {
            return null;      // overtaken: the machine has let go since
        }

        fence.Rearm(slot);
        _ = fence.Load(slot, addresses.Removals);
        if (hold.Until != Instant.Never && !fence.Arm(slot, hold.Until))
        {
            return new DutyEvent.FenceFired(order.Epoch);
        }

        (armedFor, refreshedAt) = (hold.Until, now);
        var again = Present;
        var result = addresses.Count == 0 ? 0 : addresses.Add(Lifetime(rules, hold, now), order.NotAfter);
        if (result < 0)
        {
            _ = addresses.Remove();
            Present = false;
            return new DutyEvent.StartFailed(order.Epoch, $"adding its addresses: {Linux.Interop.Errno.Text(result)} {addresses.LastWords}".TrimEnd(), Later: false);
        }

        (Present, announced) = (true, again ? announced : 0);
        if (again)
        {
            Announce(now);
        }

        if (duty.Run is not { } run || again)
        {
            return new DutyEvent.Started(order.Epoch);
        }

        var over = new TaskCompletionSource<CommandOutcome>();
        up = over.Task;
        running = Run("up", order.Epoch, order.Why, run.StartLimit, order.NotAfter, e =>
        {
            ended(slot, e.Outcome switch
            {
                CommandOutcome.Done => new DutyEvent.Started(order.Epoch),
                CommandOutcome.TryLater => new DutyEvent.StartFailed(order.Epoch, e.Sentence, Later: true),
                CommandOutcome.Veto => new DutyEvent.StartFailed(order.Epoch, e.Sentence, Later: false, Veto: true),
                _ => new DutyEvent.StartFailed(order.Epoch, e.Sentence, Later: false),
            });
            over.SetResult(e.Outcome);
        }, pid => group(slot, pid));
        return null;
    }

    /// <summary>Takes the addresses away at once; returns what to tell the machine, or null when a command has been started.</summary>
    public DutyEvent? Stop(DutyEffect.Stop order)
    {
        var result = addresses.Count == 0 ? 0 : addresses.Remove();
        Present = false;
        Disarm();
        if (result < 0)
        {
            return new DutyEvent.StopFailed(order.Epoch, $"removing its addresses: {Linux.Interop.Errno.Text(result)} {addresses.LastWords}".TrimEnd());
        }

        if (duty.Run is not { } run)
        {
            return new DutyEvent.Stopped(order.Epoch);
        }

        // An 'up' that still runs would go on to serve: it has to be over, too, before anybody hears that we have stopped, and within the same limit.
        running?.Recall(run.StopLimit / 2);
        var begun = up.GetAwaiter();
        _ = Run("down", order.Epoch, order.Why, run.StopLimit, Instant.Never, e =>
        {
            if (begun.IsCompleted)
            {
                Down(order, e, begun.GetResult());
            }
            else
            {
                begun.OnCompleted(() => Down(order, e, begun.GetResult()));
            }
        });
        return null;
    }

    private void Down(DutyEffect.Stop order, CommandEnded down, CommandOutcome up) =>
        ended(slot, down.Outcome is CommandOutcome.TimedOut { Dead: false } || up is CommandOutcome.TimedOut { Dead: false }
            ? new DutyEvent.StopFailed(order.Epoch, down.Sentence)
            : new DutyEvent.Stopped(order.Epoch));

    /// <summary>Announces now, and goes on by the schedule.</summary>
    public void Announce(Instant now)
    {
        if (!Present)
        {
            return;
        }

        _ = addresses.Announce();
        (announcedAt, announced) = (now, 1);
    }

    public void AnnounceIfDue(Instant now)
    {
        if (now >= Deadline)
        {
            _ = addresses.Announce();
            announced++;
        }
    }

    /// <summary>The fence removed the addresses.</summary>
    public void Fenced()
    {
        Present = false;
        armedFor = Instant.Never;
    }

    public RunningCommand? Verb(string verb, long epoch, string why) => Run(verb, epoch, why, duty.Run?.OtherLimit ?? TimeSpan.Zero, Instant.Never, _ => { });

    /// <summary>What the command is told beside its verb, for the guardian's will.</summary>
    public IReadOnlyList<string> EnvironmentOf(string verb, long epoch, string why) => CommandEnvironment.Of(Order(verb, epoch, why, duty.StopLimit, Instant.Never));

    public void Dispose() => addresses.Dispose();

    private RunningCommand? Run(string verb, long epoch, string why, TimeSpan limit, Instant notAfter, Action<CommandEnded> then, Action<int>? grouped = null)
    {
        if (duty.Run is null)
        {
            return null;
        }

        var order = Order(verb, epoch, why, limit, notAfter);
        return commands.Start(order, e =>
        {
            ran(e);
            then(e);
        }, grouped);
    }

    private CommandOrder Order(string verb, long epoch, string why, TimeSpan limit, Instant notAfter) => new(
        duty.Name,
        duty.Run!.Path,
        verb,
        epoch,
        why,
        node,
        duty.Candidates.FirstOrDefault(c => c != node) ?? "",
        duty.Addresses.Select(a => $"{a.Address}/{a.PrefixLength}").ToValueList(),
        limit,
        notAfter);

    private void Disarm()
    {
        if (armedFor != Instant.Never)
        {
            _ = fence.Disarm(slot);
            armedFor = Instant.Never;
        }
    }

    /// <summary>
    /// The kernel drops the address by itself when nobody refreshes it. It must be gone when the arbiter may grant the claim to another, one
    /// percent of clock rate taken off. Where that is under what the kernel can do, its shortest lifetime is better than none.
    /// </summary>
    private static TimeSpan Lifetime(DutyRules rules, Holding hold, Instant now)
    {
        if (hold.Until == Instant.Never)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var granted = hold.Until + (rules.Ttl - rules.Lease) - (rules.Ttl / 100);
        return TimeSpan.FromSeconds(Math.Max(1, KernelLease.Seconds(granted - now)));
    }

    private static TimeSpan Ms(int ms) => TimeSpan.FromMilliseconds(ms);
}

using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Understudy.Core.Peers;
using Understudy.Core.Plans;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Daemon;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Guards;

/// <summary>
/// The guards' one loop, on a thread of its own beside the host's: measure our own lateness, take in everything that has come, let the desks look, write down, carry out, tell the peers, publish. It owns the guards' state;
/// other threads reach it through the mailbox and read what it published.
/// </summary>
/// <remarks>Its end is no abort: it writes the memory and leaves a running plan to the daemon that comes next in the same boot. A power-off that we began ourselves ends us by SIGTERM, and calling it off then would be the
/// worst of all moments.</remarks>
internal sealed class GuardLoop : IDisposable
{
    /// <summary>It turns at least so often, so that its picture is fresh and its lateness is known.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    /// <summary>A deadline that a turn left behind it is looked at again no sooner: no state of ours may make the thread spin.</summary>
    private static readonly TimeSpan s_leastWait = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(3);

    private readonly GuardParts parts;
    private readonly Mailbox mail = new();
    private readonly EpollSet epoll = new();
    private readonly Ready[] ready = new Ready[EpollSet.MaxReady];
    private readonly GuardEyes eyes;
    private readonly GuardTalk? talk;
    private readonly StallWatch watch = new();
    private readonly Thread thread;
    private readonly Dictionary<string, bool> heard = new(StringComparer.Ordinal);
    private List<GuardSeat> seats;
    private ValueList<GuardSnapshot> published = [];
    private long turnedAt;
    private volatile bool ending;

    /// <param name="guards">At least one.</param>
    internal GuardLoop(GuardParts parts, ValueList<GuardSettings> guards)
    {
        this.parts = parts;
        epoll.Add(mail.Fd, 0);
        eyes = new GuardEyes(
            parts.Node, parts.Nodes, parts.Commands,
            (guard, control, place, reading, at) => Post(now => Find(guard)?.Read(control, place, reading, at, now)),
            (guard, place, measure, at) => Post(now => Find(guard)?.Measured(place, measure, at, now)));
        talk = parts.TellPeers is { } tell ? new GuardTalk(tell) : null;
        var begun = BootClock.Now;
        turnedAt = begun.Ticks;
        seats = [.. guards.Select(g => Seat(g, begun))];
        Publish(begun);
        thread = new Thread(Run, 1 << 20) { Name = "guards", IsBackground = true };
    }

    /// <summary>From any thread.</summary>
    internal ValueList<GuardSnapshot> Snapshots => Volatile.Read(ref published);

    /// <summary>When the loop turned last; from any thread.</summary>
    internal Instant TurnedAt => new(Volatile.Read(ref turnedAt));

    internal void Start()
    {
        thread.Start();
        eyes.Replace(seats.Select(s => s.Desk.Settings).ToValueList());
    }

    /// <summary>A piece of work for the loop's own thread; false when too much waits.</summary>
    internal bool Post(Action<Instant> work) => mail.Post(work);

    /// <summary>What a peer said of one of its guards. From any thread.</summary>
    internal void Heard(GuardHeard word) => Post(now =>
    {
        foreach (var seat in seats)
        {
            if (Datagram.Id(seat.Name) == word.Entry.Guard)
            {
                seat.HostSaid(word.Peer, word.Entry, word.At, now);
            }
        }
    });

    /// <summary>A peer is heard, or is not any more. From any thread.</summary>
    internal void HostHeard(string host, bool isUp) => Post(now =>
    {
        heard[host] = isUp;
        foreach (var seat in seats)
        {
            seat.HostHeard(host, isUp, now);
        }
    });

    /// <summary>An operator's word for one guard; the answer when the loop has taken it, null where there is no such guard.</summary>
    internal Task<GuardAnswer?> AskAsync(string guard, Func<GuardDesk, Instant, GuardAnswer> ask)
    {
        var answered = new TaskCompletionSource<GuardAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Post(now => answered.SetResult(Find(guard) is { } seat ? ask(seat.Desk, now) : null)))
        {
            answered.SetResult(new GuardAnswer(false, "the guards' queue is full; try again"));
        }

        return answered.Task;
    }

    /// <summary>Puts read settings in force. Returns when they are; the paces of probes follow.</summary>
    internal async Task AdoptAsync(ValueList<GuardSettings> guards, CancellationToken stop)
    {
        var done = new TaskCompletionSource<ValueList<GuardSettings>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Post(now =>
        {
            Adopt(guards, now);
            done.SetResult(seats.Select(s => s.Desk.Settings).ToValueList());
        });
        var inForce = await done.Task.WaitAsync(stop);
        eyes.Replace(inForce);
    }

    /// <summary>Ends the loop: its memory is handed over, what runs is left.</summary>
    public void Dispose()
    {
        ending = true;
        mail.Ring();
        if (thread.IsAlive && !thread.Join(s_endLimit))
        {
            return;      // it is stuck: what it uses stays open, and the process ends with it
        }

        eyes.Dispose();
        foreach (var seat in seats)
        {
            seat.Dispose();
        }

        epoll.Dispose();
        mail.Dispose();
    }

    private GuardSeat Seat(GuardSettings settings, Instant now)
    {
        var remembered = parts.Memories.Read(settings.Name, out var why);
        if (why is not null)
        {
            parts.Say(NoteLevel.Warning, GuardMessages.MemoryUnread, $"{settings.Name}: {why}");
        }

        var seat = new GuardSeat(parts, settings, remembered, eyes.LookNow, work => Post(work), now);
        foreach (var (host, isUp) in heard)
        {
            seat.HostHeard(host, isUp, now);
        }

        return seat;
    }

    private GuardSeat? Find(string guard) => seats.Find(s => s.Name == guard);

    private void Run()
    {
        try
        {
            _ = RealTime.TryMakeThisThread(RealTime.LowPriority);
            while (!ending)
            {
                var planned = Turn(BootClock.Now);
                var wait = planned - BootClock.Now;
                _ = epoll.Wait(ready, wait <= TimeSpan.Zero ? 0 : (int)Math.Ceiling(wait.TotalMilliseconds));
                var now = BootClock.Now;
                if (watch.Look(planned, now) is { } stall)
                {
                    Stalled(stall, now);
                }

                mail.Work(now);      // readings of before a stall are older facts, and still in their order
            }

            foreach (var seat in seats)
            {
                seat.Carry(BootClock.Now);
                _ = seat.Remember();
            }
        }
        catch (Exception e)      // a broken invariant: the daemon records it and ends, and the next one goes on with what was remembered
        {
            parts.Broken(e);
        }
    }

    /// <returns>When the loop wants to turn again at the latest.</returns>
    private Instant Turn(Instant now)
    {
        foreach (var seat in seats)
        {
            seat.Wake(now);
            seat.Carry(now);
        }

        foreach (var over in seats.FindAll(s => s.IsOver))
        {
            over.Finish();
            _ = seats.Remove(over);
        }

        talk?.Tell(seats, now);
        Publish(now);
        Volatile.Write(ref turnedAt, now.Ticks);
        var at = now + s_tick;
        foreach (var seat in seats)
        {
            at = Instant.Earlier(at, seat.Desk.Deadline(now));
        }

        at = talk is null ? at : Instant.Earlier(at, talk.Deadline);
        return Instant.Later(at, now + s_leastWait);
    }

    private void Publish(Instant now) => Volatile.Write(ref published, seats.Select(s => s.Desk.Snapshot(now)).ToValueList());

    private void Stalled(Stall stall, Instant now)
    {
        parts.Say(NoteLevel.Warning, GuardMessages.Stalled, $"{Spans.Say(stall.Span)}{(stall.Asleep ? ", as the host slept" : "")}");
        foreach (var seat in seats)
        {
            seat.Stalled(stall, now);
        }
    }

    private void Adopt(ValueList<GuardSettings> guards, Instant now)
    {
        var next = new List<GuardSeat>();
        foreach (var settings in guards)
        {
            if (Find(settings.Name) is { } seat)
            {
                seat.Change(settings, now);
                next.Add(seat);
            }
            else
            {
                next.Add(Seat(settings, now));
            }
        }

        foreach (var gone in seats.Where(s => guards.All(g => g.Name != s.Name)))
        {
            gone.Leave(now);
            next.Add(gone);
        }

        seats = next;
    }
}

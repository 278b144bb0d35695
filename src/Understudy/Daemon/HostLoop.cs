using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Ledger;
using Understudy.Core.Peers;
using Understudy.Core.Settings;
using Understudy.Linux.Addresses;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Daemon;

/// <summary>
/// The daemon's one loop, on its own thread: wait, drain every socket, judge, decide, write down, perform, send. It owns the candidate and all that
/// belongs to it; other threads reach it through the mailbox and read what it published.
/// </summary>
internal sealed class HostLoop : IDisposable
{
    private const ulong TimerTag = 1, MailTag = 2, WatchTag = 3, SocketTag = 1000, ArpTag = 2000;

    /// <summary>How long a start waits for its line to be in the ledger. A disk that is slower than that must not decide who serves.</summary>
    private static readonly TimeSpan RecordLimit = TimeSpan.FromMilliseconds(20);

    private readonly HostParts parts;
    private readonly EpollSet epoll = new();
    private readonly TimerFd timer = new();
    private readonly Ready[] ready = new Ready[EpollSet.MaxReady];
    private readonly HostSockets.Receiver receive;
    private readonly ConflictDesk conflicts;
    private readonly IdleDesk idleness;
    private Instant now;
    private Instant armed;
    private volatile bool ending;
    private Instant endBy = Instant.Never;
    private int exitCode;
    private readonly StatusLine status = new();
    private SdNotify? notify;
    private Action<string>? probeNow;
    private HostGuards? guards;
    private Action<ShareHeard>? shares;
    private Instant pettedAt;
    private long fencesFired;
    private bool refreshed;
    private string? deafness;
    private int unread;

    public HostLoop(HostParts parts)
    {
        this.parts = parts;
        receive = (bytes, link, at) => parts.Candidate.Receive(bytes, link, at, now);
        epoll.Add(timer.Fd, TimerTag);
        epoll.Add(parts.Mail.Fd, MailTag);
        epoll.Add(parts.Network.Fd, WatchTag);
        for (var i = 0; i < parts.Sockets.Count; i++)
        {
            epoll.Add(parts.Sockets.FdOf(i), SocketTag + (ulong)i);
        }

        conflicts = new ConflictDesk(parts.Hands, epoll, ArpTag);
        idleness = new IdleDesk(parts.Hands, (duty, found) => parts.Mail.Post(_ => Used(duty, found)));
    }

    /// <summary>How the loop's thread is scheduled; known after its first turn.</summary>
    public Scheduling Scheduling { get; private set; }

    /// <summary>Runs until <see cref="End"/> has been carried out; returns the exit code.</summary>
    public int Run()
    {
        Scheduling = RealTime.TryMakeThisThread();
        now = BootClock.Now;
        parts.Candidate.Begin(now);
        LookAround();
        while (true)
        {
            Turn();
            if (now >= endBy || (ending && Idle()))
            {
                Goodbye();
                return exitCode;
            }

            Sleep();
        }
    }

    /// <summary>Asks the loop to let go of everything in good order and to return. From any thread.</summary>
    public void End(string why, int code) => parts.Mail.Post(at =>
    {
        if (ending)
        {
            return;
        }

        (ending, exitCode, endBy) = (true, code, at + TimeSpan.FromSeconds(5));
        for (var i = 0; i < parts.Hands.Length; i++)
        {
            Tell(i, new DutyEvent.RetireAsked(why));
        }
    });

    /// <summary>A fact for one duty, from the loop's own thread.</summary>
    public void Tell(int duty, DutyEvent seen)
    {
        parts.Candidate.Tell(duty, seen, now);
        Carry();
    }

    /// <summary>From now on the loop itself tells systemd that it turns: a watchdog that a timer feeds proves nothing.</summary>
    public void Notify(SdNotify through) => notify = through;

    /// <summary>From now on a duty's probes can be read out of turn; before, there are none.</summary>
    public void Probe(Action<string> now) => probeNow = now;

    /// <summary>From now on the guards' loop is told what peers say, and systemd hears of us only while that loop turns too.</summary>
    public void Guards(HostGuards theirs) => guards = theirs;

    /// <summary>From now on the collection's loop is told what peers say of their part in it; must neither throw nor wait.</summary>
    public void Shares(Action<ShareHeard> heard) => shares = heard;

    /// <summary>Puts read settings in force: rules and keys, never a stance.</summary>
    public void Adopt(UnderstudySettings settings, KeyRing keys, Instant at)
    {
        parts.Settings = settings;
        for (var i = 0; i < parts.Hands.Length; i++)
        {
            if (IdleDesk.IsGuess(settings.Duties.First(d => d.Name == parts.Hands[i].Duty.Name).Failback, parts.Candidate.Desks[i].State))
            {
                Tell(i, new DutyEvent.IdleSeen(false));      // before the rule is in force that would go by it
            }
        }

        parts.Candidate.Adopt(CandidateRules.From(settings, parts.Candidate.Rules.Talk.Boot), keys);
        parts.Services = [.. parts.Hands.Select(h => new ServiceDesk(settings.Duties.First(d => d.Name == h.Duty.Name), at))];
        for (var i = 0; i < parts.Hands.Length; i++)
        {
            var desk = parts.Candidate.Desks[i];
            parts.Journal.Append(new LedgerLine.Ruled(at, desk.Rules, desk.State.EpochSeen, Math.Max(parts.Epochs[i].Held, EpochBook.HeldHere(desk.Rules, desk.State)), EpochBook.KeptOut(desk.State)));
        }
    }

    private LoopFacts Facts() => new(
        Scheduling: Scheduling.ToString(),
        Guarded: parts.Guard.Guarded,
        QueueDropped: parts.Mail.Refused,
        LedgerDropped: parts.Journal.Dropped,
        LedgerTrouble: parts.Journal.Trouble,
        FencesFired: fencesFired);

    private void Pet()
    {
        if (notify?.WatchdogEvery is { } every && now - pettedAt >= every && guards?.Turns(now) != false)
        {
            pettedAt = now;
            notify.Say("WATCHDOG=1");
        }
    }

    private void Turn()
    {
        parts.Guard.Tick(now);
        FencesFired();
        Cadence.Align(parts.Candidate, now);
        parts.Candidate.Wake(now);
        Carry();
        guards?.Tell(parts.Candidate);
        while (parts.Candidate.SharesHeard.TryDequeue(out var word))
        {
            shares?.Invoke(word);
        }

        LookAtServices();
        LookForRivals();
        LookForUsers();
        foreach (var hands in parts.Hands)
        {
            hands.AnnounceIfDue(now);
        }

        if (refreshed)
        {
            refreshed = false;
            TakeNetwork();      // the kernel told of it before it answered: one wake-up less
        }

        if (parts.Board.IsDue(parts.Candidate, now))
        {
            parts.Board.Publish(parts.Candidate, Facts(), now);
        }

        parts.Board.Settle(parts.Candidate.Desks, now);
        Pet();
        if (notify is not null && status.Next(parts.Candidate.Desks) is { } line)
        {
            notify.Say("STATUS=" + line);
        }
    }

    private void Sleep()
    {
        Arm();
        var count = epoll.Wait(ready, -1);
        now = BootClock.Now;
        parts.Board.Watch(parts.Candidate, now);
        for (var i = 0; i < count; i++)
        {
            Take(ready[i].Tag);
        }

        now = BootClock.Now;
    }

    /// <summary>The timer goes off when the next thing is due. What is overdue by now has been looked at in this turn, and waits for the next.</summary>
    private void Arm()
    {
        var at = Instant.Earlier(parts.Candidate.Deadline(), now + parts.Guard.TickEvery);
        for (var i = 0; i < parts.Hands.Length; i++)
        {
            at = Instant.Earlier(at, parts.Hands[i].Deadline);
            at = parts.Services[i].Deadline is { } look && look > now ? Instant.Earlier(at, look) : at;
        }

        at = Instant.Earlier(at, conflicts.Deadline(parts.Candidate.Desks));
        at = Instant.Earlier(at, idleness.Deadline(parts.Candidate.Desks));
        if (notify?.WatchdogEvery is { } every)
        {
            at = Instant.Earlier(at, guards?.Turns(now) == false ? now + every : pettedAt + every);
        }

        if (at != armed)
        {
            armed = at;
            _ = timer.Arm(at);
        }
    }

    private void Take(ulong tag)
    {
        switch (tag)
        {
            case TimerTag:
                _ = timer.Read();
                armed = default;
                break;
            case MailTag:
                parts.Mail.Work(now);
                break;
            case WatchTag:
                TakeNetwork();
                break;
            case >= ArpTag:
                conflicts.Hear(tag, now);
                break;
            case >= SocketTag:
                _ = parts.Sockets.Drain((int)(tag - SocketTag), receive);
                break;
        }
    }

    /// <summary>Writes down what was decided, performs it, keeps fences and lifetimes equal to the state, and sends; until nothing is left to do.</summary>
    private void Carry()
    {
        var candidate = parts.Candidate;
        do
        {
            Follow();
            parts.Sockets.Send(candidate.Outbox);
            Record();
            while (candidate.Orders.TryDequeue(out var order))
            {
                Perform(order);
            }
        }
        while (candidate.Turns.Count > 0 || candidate.Orders.Count > 0 || candidate.Outbox.Count > 0);
        Follow();
    }

    private void Follow()
    {
        for (var i = 0; i < parts.Hands.Length; i++)
        {
            var desk = parts.Candidate.Desks[i];
            refreshed |= parts.Hands[i].Follow(desk.Rules, desk.State, now);
            parts.Guard.Follow(i, desk, parts.Hands[i], parts.Candidate, now);
        }
    }

    /// <summary>Before the deed: taking waits a little for its line, letting go waits for nothing.</summary>
    private void Record()
    {
        while (parts.Candidate.Turns.TryDequeue(out var turn))
        {
            parts.Board.Noticed(parts.IndexOf(turn.Duty), turn);
            var line = LedgerLine.Decided.Of(turn);
            if (turn.Step.Effects.Any(static e => e is DutyEffect.Start))
            {
                _ = parts.Journal.AppendAndWait(line, RecordLimit);
            }
            else
            {
                parts.Journal.Append(line);
            }
        }
    }

    private void Perform(DutyOrder order)
    {
        var hands = parts.Hands[order.Duty];
        var desk = parts.Candidate.Desks[order.Duty];
        if (order.Effect is DutyEffect.Start && IdleDesk.IsGuess(desk.Rules.Failback, desk.State))
        {
            parts.Candidate.Tell(order.Duty, new DutyEvent.IdleSeen(false), now);
        }

        var outcome = order.Effect switch
        {
            DutyEffect.Start e => hands.Start(desk.Rules, desk.State, e, now),
            DutyEffect.Stop e => hands.Stop(e),
            DutyEffect.Announce e => Announce(hands, e),
            DutyEffect.RunVerb e => Run(hands, e),
            DutyEffect.ProbeNow => ProbeNow(desk),
            DutyEffect.Alarm e => Alarm(desk, e),
            _ => throw new System.Diagnostics.UnreachableException(order.Effect.ToString()),
        };
        if (outcome is not null)
        {
            parts.Candidate.Tell(order.Duty, outcome, now);
        }
    }

    /// <summary>A service that has just come up waits for its first good reading: its probe's turn may be an hour away.</summary>
    private DutyEvent? ProbeNow(DutyDesk desk)
    {
        probeNow?.Invoke(desk.Rules.Duty);
        return null;
    }

    private DutyEvent? Announce(DutyHands hands, DutyEffect.Announce e)
    {
        hands.Announce(now);
        if (e.Reclaim)
        {
            _ = hands.Verb("reclaim", e.Epoch, e.Why);
        }

        return null;
    }

    private static DutyEvent? Run(DutyHands hands, DutyEffect.RunVerb e)
    {
        _ = hands.Verb(e.Verb, e.Epoch, e.Why);
        return null;
    }

    private DutyEvent? Alarm(DutyDesk desk, DutyEffect.Alarm e)
    {
        parts.Journal.Append(new LedgerLine.Noted(now, NoteLevel.Warning, DaemonMessages.DutyAlarm.Number, $"{desk.Rules.Duty}: {e.Text}"));
        return null;
    }

    private void FencesFired()
    {
        for (var i = 0; i < parts.Hands.Length; i++)
        {
            if (!parts.Fence.HasFired(i))
            {
                continue;
            }

            if (parts.Hands[i].Armed && parts.Candidate.Desks[i].State.Hold is { } hold)
            {
                fencesFired++;
                parts.Hands[i].Fenced();
                Tell(i, new DutyEvent.FenceFired(hold.Epoch));
            }

            parts.Fence.Rearm(i);      // it did its work for a claim that is over
        }
    }

    /// <summary>Guards the addresses that are here, and tells their duties who else was heard to use them.</summary>
    private void LookForRivals()
    {
        NoteDeafness(conflicts.Follow(now));
        for (var i = 0; i < parts.Hands.Length; i++)
        {
            if (conflicts.Due(i, parts.Candidate.Desks[i], now) is { } seen)
            {
                Tell(i, seen);
            }
        }
    }

    /// <summary>A duty that goes home when nobody uses it counts as used until somebody has looked: a guess must not move it.</summary>
    private void LookForUsers()
    {
        for (var i = 0; i < parts.Hands.Length; i++)
        {
            var desk = parts.Candidate.Desks[i];
            if (!IdleDesk.Matters(desk) && IdleDesk.IsGuess(desk.Rules.Failback, desk.State))
            {
                Tell(i, new DutyEvent.IdleSeen(false));
            }

            idleness.LookIfDue(i, desk, now);
        }
    }

    /// <summary>Whether a duty's service is used was read: 1, 0 or <c>-errno</c>.</summary>
    private void Used(int duty, int found)
    {
        var desk = parts.Candidate.Desks[duty];
        if (found < 0 && found != unread)
        {
            parts.Journal.Append(new LedgerLine.Noted(now, NoteLevel.Warning, DaemonMessages.UseUnread.Number, DaemonMessages.UseUnread.With($"{desk.Rules.Duty}: {Errno.Text(found)}")));
        }

        unread = Math.Min(found, 0);
        if (IdleDesk.Matters(desk) && desk.State.Idle != (found == 0))
        {
            Tell(duty, new DutyEvent.IdleSeen(found == 0));
        }
    }

    private void NoteDeafness(string? trouble)
    {
        if (trouble is not null && trouble != deafness)
        {
            deafness = trouble;
            parts.Journal.Append(new LedgerLine.Noted(now, NoteLevel.Warning, DaemonMessages.RivalsUnheard.Number, DaemonMessages.RivalsUnheard.With(trouble)));
        }
    }

    private void LookAtServices()
    {
        for (var i = 0; i < parts.Services.Length; i++)
        {
            if (parts.Services[i].Deadline is { } at && now >= at && parts.Services[i].Look(now) is { } verdict)
            {
                Tell(i, new DutyEvent.ServiceJudged(verdict));
            }
        }
    }

    /// <summary>A probe was read; called on the loop's thread.</summary>
    public void Probed(ProbeRead read)
    {
        var duty = parts.IndexOf(read.Duty);
        if (duty >= 0 && parts.Services[duty].Hear(read) is { } verdict)
        {
            Tell(duty, new DutyEvent.ServiceJudged(verdict));
        }
    }

    private void TakeNetwork()
    {
        while (parts.Network.Read(out var change))
        {
            switch (change.Kind)
            {
                case NetworkChange.LinkChanged:
                    Resolve(change);
                    parts.Candidate.CarrierSeen(change.Name ?? "", change.Up && change.Carrier, now);
                    Carry();
                    break;
                case NetworkChange.LinkGone:
                    Resolve(change);
                    parts.Candidate.CarrierSeen(change.Name ?? "", up: false, now);
                    Carry();
                    break;
                case NetworkChange.AddressGone:
                    AddressGone(change);
                    break;
                case NetworkChange.AddressAdded or NetworkChange.Resync or NetworkChange.Resynced:
                    break;
            }
        }
    }

    private void Resolve(in NetworkEvent change)
    {
        for (var i = 0; i < parts.Hands.Length; i++)
        {
            var addresses = parts.Hands[i].Addresses;
            if (addresses.Concerns(change.Index, change.Name) && addresses.Resolve())
            {
                _ = parts.Fence.Load(i, addresses.Removals);
                parts.Guard.Forget(i);
            }
        }

        NoteDeafness(conflicts.Open());
    }

    /// <summary>An address of ours went away: by our own hand, or by somebody else's.</summary>
    private void AddressGone(in NetworkEvent change)
    {
        var gone = change.Address.ToIPAddress();
        for (var i = 0; i < parts.Hands.Length; i++)
        {
            var hands = parts.Hands[i];
            if (hands.Present && hands.Duty.Addresses.Any(a => a.Address.Equals(gone)) && hands.Addresses.IsPresent() == 0)
            {
                Tell(i, new DutyEvent.AddressLost(gone.ToString()));
            }
        }
    }

    /// <summary>At start: what stands on this host from an earlier run?</summary>
    private void LookAround()
    {
        var ours = parts.Hands.SelectMany(h => h.Duty.Addresses).Select(a => a.Address).ToHashSet();
        foreach (var leftover in Leftovers.RemoveAll(ours))
        {
            parts.Journal.Append(new LedgerLine.Noted(now, NoteLevel.Warning, DaemonMessages.LeftoverRemoved.Number, DaemonMessages.LeftoverRemoved.With(leftover.Address.ToString())));
        }

        for (var i = 0; i < parts.Hands.Length; i++)
        {
            var addresses = parts.Hands[i].Addresses;
            var running = addresses.Count > 0 && addresses.IsPresent() > 0;
            if (!running)
            {
                _ = addresses.Remove();      // a part of them may stand here
            }

            if (IdleDesk.IsGuess(parts.Candidate.Desks[i].Rules.Failback, parts.Candidate.Desks[i].State))
            {
                Tell(i, new DutyEvent.IdleSeen(false));
            }

            if (parts.Epochs[i].KeptOutBy is { } by)
            {
                Tell(i, new DutyEvent.HoldAsked(by));      // before anything else can be decided: a hold outlives the daemon
            }

            Tell(i, new DutyEvent.LookedAround(running, parts.Epochs[i].Held));
        }
    }

    private bool Idle()
    {
        foreach (var desk in parts.Candidate.Desks)
        {
            if (desk.State.Stance is Stance.Starting or Stance.Active or Stance.Stopping)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The last words: everybody hears the new stances once more.</summary>
    private void Goodbye()
    {
        now = BootClock.Now;
        foreach (var session in parts.Candidate.Talk.Sessions)
        {
            session.BeatAt = now;
        }

        parts.Candidate.Wake(now);
        Carry();
    }

    public void Dispose()
    {
        conflicts.Dispose();
        epoll.Dispose();
        timer.Dispose();
    }
}

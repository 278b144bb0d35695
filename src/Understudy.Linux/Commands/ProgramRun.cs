using Understudy.Linux.Interop;
using static Understudy.Linux.Commands.ProgramEnd;

namespace Understudy.Linux.Commands;

/// <summary>A program to run once.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Arguments">Without the program's own name.</param>
/// <param name="Environment">All of it, as <c>NAME=value</c>: nothing is inherited.</param>
/// <param name="Limit">At this time after the start the process group is killed.</param>
/// <param name="Grace">So long before <paramref name="Limit"/> the group is asked to end with SIGTERM. One that is longer than half of the limit counts as half.</param>
internal sealed record ProgramCall(
    string Path, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment, TimeSpan Limit, TimeSpan Grace);

/// <summary>How a program ended.</summary>
internal abstract record ProgramEnd
{
    private ProgramEnd()
    {
    }

    internal sealed record Exited(int Code) : ProgramEnd;

    /// <summary>Someone else's signal ended it.</summary>
    internal sealed record Killed(int Signal) : ProgramEnd;

    /// <summary>We ended it because its time was over. <paramref name="Dead"/> is false when even SIGKILL did not end it at once: it waits in the kernel.</summary>
    internal sealed record OutOfTime(bool Dead) : ProgramEnd;

    /// <summary>We ended it because we were told to.</summary>
    internal sealed record Recalled : ProgramEnd;

    /// <summary>It never ran.</summary>
    internal sealed record NotStarted(string Why) : ProgramEnd;

    /// <summary>It ended, and something else in this process took its status.</summary>
    internal sealed record Lost : ProgramEnd;
}

/// <summary>Runs one program on a thread of its own, from the spawn to the end of its process group.</summary>
/// <remarks>A thread, not a task: what stops a service must not wait for a thread pool. The thread waits in one poll(2) for the child's end, its
/// output, our recall and the time limit together, so nothing is looked for in vain. The output is read as fast as it comes and
/// mostly forgotten; after the leader's end only what is in the pipe already is read, so a grandchild that keeps the pipe holds nobody.</remarks>
internal sealed class ProgramRun
{
    /// <summary>How long a group that got SIGKILL may take to vanish before we report without it.</summary>
    internal static readonly TimeSpan Burial = TimeSpan.FromMilliseconds(250);

    /// <summary>Reads of 16 KiB after the leader's end, at most: a whole pipe of 1 MiB, the largest without privileges (pipe(7)).</summary>
    private const int LastReads = 64;

    private readonly ProgramCall call;
    private readonly TimeProvider time;
    private readonly Func<string?> objection;
    private readonly Action<ProgramEnd, BoundedOutput, TimeSpan> ended;
    private readonly Action gone;
    private readonly Action<int> group;
    private readonly BoundedOutput output = new();
    private readonly SafeFdHandle bell = Spawning.OpenEvent();
    private long recallGrace = long.MaxValue;
    private volatile bool recalled;

    /// <summary>Prepares a run; <see cref="Start"/> begins it.</summary>
    /// <param name="call">What to run.</param>
    /// <param name="time">The clock of the limits.</param>
    /// <param name="objection">Asked immediately before the spawn; an answer is why the program does not start after all.</param>
    /// <param name="ended">Told once, on the run's thread. Must not throw and not wait.</param>
    /// <param name="gone">Told when the thread is done, which is later than <paramref name="ended"/> only where the kernel would not let the child die.</param>
    /// <param name="group">Told the number of the process group when it begins, and 0 before that number can be another's. On the run's thread.</param>
    internal ProgramRun(
        ProgramCall call, TimeProvider time, Func<string?> objection, Action<ProgramEnd, BoundedOutput, TimeSpan> ended, Action gone, Action<int>? group = null)
    {
        this.call = call;
        this.time = time;
        this.objection = objection;
        this.ended = ended;
        this.gone = gone;
        this.group = group ?? (static _ => { });
    }

    internal void Start() => new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "command" }.Start();

    /// <summary>Ends the program early: SIGTERM now, SIGKILL after the grace, or after <paramref name="within"/> where that is shorter.</summary>
    internal void Recall(TimeSpan? within = null)
    {
        if (within is { } span)
        {
            Volatile.Write(ref recallGrace, span.Ticks);
        }

        recalled = true;
        Spawning.Ring(bell);
    }

    private void Run()
    {
        var from = time.GetTimestamp();
        try
        {
            Supervise(from);
        }
        catch (IOException e)
        {
            ended(new NotStarted(e.Message), output, time.GetElapsedTime(from));
        }
        finally
        {
            bell.Dispose();
            gone();
        }
    }

    private void Supervise(long from)
    {
        var (read, write) = Spawning.OpenPipe();
        try
        {
            int pid;
            try
            {
                ProgramEnd? unstarted = recalled ? new Recalled() : objection() is { } why ? new NotStarted(why) : null;
                if (unstarted is not null)
                {
                    ended(unstarted, output, time.GetElapsedTime(from));
                    return;
                }

                pid = Spawning.Spawn(call.Path, call.Arguments, call.Environment, write);
            }
            finally
            {
                Unistd.Close(write);
            }

            group(pid);
            using var end = Watch(pid);
            Await(pid, end, read, from);
        }
        finally
        {
            Unistd.Close(read);
        }
    }

    /// <summary>Opens the descriptor that tells of the child's end; a child that cannot be watched must not run.</summary>
    private SafeFdHandle Watch(int pid)
    {
        try
        {
            return Spawning.OpenPidfd(pid);
        }
        catch (IOException)
        {
            Spawning.SignalGroup(pid, Signal.SIGKILL);
            _ = Bury(pid);
            throw;
        }
    }

    /// <summary>From here on the number of the group may become another's.</summary>
    private (int? Code, int? Signal) Bury(int pid)
    {
        group(0);
        return Spawning.Reap(pid);
    }

    private void Await(int pid, SafeFdHandle end, int read, long from)
    {
        Span<Spawning.PollFd> fds =
        [
            new() { Fd = end.Number, Events = Spawning.POLLIN },
            new() { Fd = read, Events = Spawning.POLLIN },
            new() { Fd = bell.Number, Events = Spawning.POLLIN },
        ];
        var grace = TimeSpan.FromTicks(Math.Min(call.Grace.Ticks, call.Limit.Ticks / 2));
        var (askAt, killAt, giveUpAt) = (call.Limit - grace, call.Limit, call.Limit + Burial);
        var (asked, killed) = (false, false);
        Span<byte> buffer = stackalloc byte[16 * 1024];

        // Ends by giveUpAt, because every turn waits for something new or for the next of the three times.
        while (true)
        {
            Spawning.Poll(fds, (asked ? killed ? giveUpAt : killAt : askAt) - time.GetElapsedTime(from));
            if (fds[0].Revents != 0)
            {
                break;
            }

            if (fds[1].Revents != 0)
            {
                var got = Spawning.Read(read, buffer);
                output.Take(buffer[..got]);
                fds[1].Fd = got == 0 ? -1 : read;   // all of them closed it: an end of file is readable for ever
            }

            var now = time.GetElapsedTime(from);
            if (fds[2].Revents != 0)
            {
                fds[2].Fd = -1;
                askAt = now < askAt ? now : askAt;
                grace = TimeSpan.FromTicks(Math.Min(grace.Ticks, Volatile.Read(ref recallGrace)));
                killAt = askAt + grace < killAt ? askAt + grace : killAt;
                giveUpAt = killAt + Burial;
            }

            if (now >= askAt && !asked)
            {
                asked = true;
                Spawning.SignalGroup(pid, Signal.SIGTERM);
            }

            if (now >= killAt && !killed)
            {
                killed = true;
                Spawning.SignalGroup(pid, Signal.SIGKILL);
            }

            if (now >= giveUpAt)
            {
                ended(new OutOfTime(Dead: false), output, now);      // also when it was recalled: that it still lives is what matters
                _ = Bury(pid);
                return;
            }
        }

        // Whoever of the group has outlived a leader that we had to end goes too, while the leader's number is still ours.
        if (asked)
        {
            Spawning.SignalGroup(pid, Signal.SIGKILL);
        }

        var took = time.GetElapsedTime(from);
        DrainWhatIsThere(fds[1..2], buffer);
        var (code, signal) = Bury(pid);
        ended(
            recalled && asked ? new Recalled()
            : asked ? new OutOfTime(Dead: true)
            : code is { } exit ? new Exited(exit)
            : signal is { } by ? new Killed(by)
            : new Lost(),
            output,
            took);
    }

    private void DrainWhatIsThere(Span<Spawning.PollFd> pipe, Span<byte> buffer)
    {
        for (var turn = 0; turn < LastReads && pipe[0].Fd >= 0; turn++)
        {
            Spawning.Poll(pipe, TimeSpan.Zero);
            var got = pipe[0].Revents == 0 ? 0 : Spawning.Read(pipe[0].Fd, buffer);
            if (got == 0)
            {
                return;
            }

            output.Take(buffer[..got]);
        }
    }
}

using System.Collections;
using System.Runtime.InteropServices;
using System.Text;
using Understudy.Core;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Guarding;

/// <summary>How a guardian guards.</summary>
public sealed record GuardianSettings
{
    /// <summary>The program to start, and its arguments without its own name.</summary>
    public required string Program { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Lines <c>NAME=value</c> that the daemon gets beside our own environment.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>How often it looks at the daemon when the tick is doubtful; it looks less often while the tick is young, and death itself is told at once.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The daemon's own fence comes first; this long after a deadline the guardian removes what is still there.</summary>
    public TimeSpan FenceGrace { get; init; } = TimeSpan.FromMilliseconds(10);

    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most deaths within <see cref="DeathWindow"/> before it gives up.</summary>
    public int MostDeaths { get; init; } = 20;

    public TimeSpan DeathWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Forward SIGTERM, SIGINT and SIGHUP to the daemon.</summary>
    public bool HandleSignals { get; init; } = true;

    /// <summary>Lock our memory and make our thread real-time.</summary>
    public bool BePunctual { get; init; } = true;

    /// <summary>One sentence about each thing that it did, for the journal. Called after the deed.</summary>
    public Action<string> Say { get; init; } = static _ => { };
}

/// <summary>
/// The parent of the daemon. It decides nothing about duties: when the daemon has died, or has stopped turning, it carries out
/// the will that the daemon left, and starts the daemon again.
/// </summary>
public sealed unsafe class Guardian : IDisposable
{
    /// <summary>A killed process may wait for a device before it closes its files; its addresses go before that.</summary>
    private static readonly TimeSpan s_killPatience = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a dead one may take to be gone before the next life begins without waiting for it.</summary>
    private static readonly TimeSpan s_burialPatience = TimeSpan.FromSeconds(5);

    private const int GaveUp = 70; // EX_SOFTWARE, sysexits.h
    private const int Killed = 128 + Signal.SIGKILL;

    private readonly GuardianSettings settings;
    private readonly Will will;
    private readonly int willFd;
    private readonly RestartPolicy restarts;
    private readonly EventFd wake = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private readonly long[] actedOn = new long[Will.MaxDuties];
    private byte** environment;
    private Lifeline? lifeline;
    private int pidFd = -1;
    private int pendingSignals;
    private bool stopAsked;

    /// <summary>Makes the block that the daemon will write.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    public Guardian(GuardianSettings settings)
    {
        this.settings = settings;
        will = Will.Create(out willFd);
        WillPath = $"/proc/{Environment.ProcessId}/fd/{willFd}";
        restarts = new RestartPolicy(settings.FirstPause, settings.LongestPause, settings.MostDeaths, settings.DeathWindow);
    }

    /// <summary>What the daemon finds in <see cref="WillWriter.EnvironmentVariable"/>.</summary>
    public string WillPath { get; }

    /// <summary>The daemon's process id; 0 between two lives.</summary>
    public int ChildId { get; private set; }

    /// <summary>How often a will was carried out.</summary>
    public int Deaths { get; private set; }

    /// <summary>What the last one came to.</summary>
    public WillDone LastDone { get; private set; }

    /// <summary>Guards until the daemon ends in order or cannot be kept alive. Call it on the process's first thread: the daemon's death signal hangs on it.</summary>
    /// <returns>The exit code for this process: the daemon's own, 128 + signal where one ended it, 70 when it gave up.</returns>
    /// <exception cref="IOException">The program cannot be started at all.</exception>
    public int Run()
    {
        var lines = Lines();
        var arguments = Strings([settings.Program, .. settings.Arguments]);
        environment = Strings(lines);

        // The daemon starts up while we get ready. A signal that comes before we listen ends us, and the daemon with us.
        Start(arguments);
        if (settings.HandleSignals)
        {
            Register();
        }

        using var executor = new Executor(will, environment);
        executor.Rehearse();
        if (settings.BePunctual)
        {
            _ = RealTime.TryMakeThisThread();
            _ = MemoryLock.LockAll();
        }

        for (var first = true; ; first = false)
        {
            var how = Watch(executor);
            var died = BootClock.Now;
            var done = executor.CarryOut();
            var code = Bury();
            how = code is { } c ? $"{how} with code {c}" : $"{how}, not gone yet";
            var ticked = will.Tick != 0;
            var orderly = will.Orderly || code == 0;
            LastDone = done;
            Deaths++;
            if (!orderly || done.Duties > 0)
            {
                settings.Say(
                    $"daemon {how}; {done.Addresses} addresses of {done.Duties} duties removed in {done.Removed.TotalMicroseconds:0} µs, "
                    + $"all done in {done.Done.TotalMilliseconds:0.0} ms, {done.Unfinished} unfinished");
            }

            if (orderly || stopAsked || (first && !ticked))
            {
                return code ?? Killed;
            }

            if (restarts.Died(died) is not { } pause)
            {
                settings.Say($"daemon died more than {settings.MostDeaths} times in {settings.DeathWindow}; giving up");
                return GaveUp;
            }

            if (!Pause(pause))
            {
                return code ?? Killed;
            }

            will.Clear();
            Array.Clear(actedOn);
            Start(arguments);
        }
    }

    /// <summary>Asks the daemon to end, as SIGTERM to this process does. Any thread.</summary>
    public void Stop() => Forward(Signal.SIGTERM);

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        will.Dispose();
        wake.Dispose();
        Unistd.Close(willFd);
    }

    private static byte** Strings(List<string> strings)
    {
        // For the life of the process: it has one environment and one list of arguments.
        var list = (byte**)NativeMemory.AllocZeroed((nuint)(strings.Count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < strings.Count; i++)
        {
            list[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        }

        return list;
    }

    private List<string> Lines()
    {
        var lines = new List<string>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (!string.Equals((string)entry.Key, WillWriter.EnvironmentVariable, StringComparison.Ordinal))
            {
                lines.Add($"{entry.Key}={entry.Value}");
            }
        }

        lines.AddRange(settings.Environment);
        return lines;
    }

    private void Start(byte** arguments)
    {
        lifeline = Lifeline.Create();
        will.Lifeline = lifeline.Writer;

        // The will's path goes to the daemon only, not to the commands that share our environment.
        var count = 0;
        while (environment[count] is not null)
        {
            count++;
        }

        var own = (byte**)NativeMemory.AllocZeroed((nuint)(count + 2), (nuint)sizeof(byte*));
        var line = (byte*)Marshal.StringToCoTaskMemUTF8($"{WillWriter.EnvironmentVariable}={WillPath}");
        for (var i = 0; i < count; i++)
        {
            own[i] = environment[i];
        }

        own[count] = line;
        var child = Spawn.Start(arguments, own, ownGroup: false);
        NativeMemory.Free(own);
        Marshal.FreeCoTaskMem((nint)line);
        ChildId = Errno.Require(child, $"start {settings.Program}");
        pidFd = Errno.Require(Unistd.PidFd(ChildId), "pidfd_open");
    }

    /// <summary>Waits until the daemon can do nothing any more, or brings that about when it is frozen. Says how.</summary>
    private string Watch(Executor executor)
    {
        var judge = new FreezeJudge(settings.LookEvery);
        var fds = stackalloc SysEpoll.PollFd[3];
        fds[0] = new SysEpoll.PollFd { Fd = pidFd, Events = SysEpoll.POLLIN };
        fds[1] = new SysEpoll.PollFd { Fd = wake.Fd, Events = SysEpoll.POLLIN };
        fds[2] = new SysEpoll.PollFd { Fd = lifeline!.Fd };
        var pause = judge.Pause;
        var killedAt = Instant.Never;
        while (true)
        {
            fds[0].Happened = fds[2].Happened = 0;
            _ = SysEpoll.Poll(fds, 3, (int)Math.Ceiling(pause.TotalMilliseconds));
            if (fds[0].Happened != 0 || fds[2].Happened != 0)
            {
                break;
            }

            ForwardPending();
            if (will.Lifeline == 0 && lifeline.Writer >= 0)
            {
                lifeline.LetGo();
            }

            var now = BootClock.Now;
            if (killedAt == Instant.Never && judge.Look(will.Tick, TimeSpan.FromTicks(will.FreezeLimit), now))
            {
                killedAt = now;
                _ = Signal.Send(ChildId, Signal.SIGKILL);
            }

            if (now - s_killPatience >= killedAt)
            {
                break;
            }

            // Also while it dies: that takes it many milliseconds, and deadlines do not wait for that.
            pause = killedAt == Instant.Never ? judge.Pause : settings.LookEvery;
            var fence = FenceOverdue(executor, now) - now;
            pause = fence < pause ? (fence > settings.LookEvery ? fence : settings.LookEvery) : pause;
        }

        return killedAt == Instant.Never ? "ended" : "frozen, killed";
    }

    /// <summary>Waits until the dead daemon's sockets are closed too: the next one needs their ports.</summary>
    /// <returns>Its exit code, 128 + signal where one ended it; null when it is still not gone.</returns>
    private int? Bury()
    {
        var until = BootClock.Now + s_burialPatience;
        var fds = stackalloc SysEpoll.PollFd[2];
        fds[0] = new SysEpoll.PollFd { Fd = pidFd, Events = SysEpoll.POLLIN };
        fds[1] = new SysEpoll.PollFd { Fd = wake.Fd, Events = SysEpoll.POLLIN };
        while (fds[0].Happened == 0 && BootClock.Now is var now && now < until)
        {
            _ = SysEpoll.Poll(fds, 2, (int)Math.Ceiling((until - now).TotalMilliseconds));
            ForwardPending();
        }

        var reaped = Signal.TryReap(ChildId, out var code);
        ChildId = 0;
        lifeline!.Dispose();
        Unistd.Close(pidFd);
        return reaped ? code : null;
    }

    /// <summary>Removes addresses that outlived their deadline although the daemon turns, or seems to. Returns when to look again.</summary>
    private Instant FenceOverdue(Executor executor, Instant now)
    {
        var next = now + FreezeJudge.LongestPause;
        for (var i = 0; i < Will.MaxDuties; i++)
        {
            var deadline = Volatile.Read(ref will.Deadline(i));
            if (deadline == actedOn[i] || deadline == long.MaxValue)
            {
                continue;
            }

            if (deadline >= now.Ticks - settings.FenceGrace.Ticks)
            {
                next = Instant.Earlier(next, new Instant(deadline) + settings.FenceGrace);
                continue;
            }

            var result = executor.RemoveOverdue(i, new Instant(deadline), out var stillThere);
            if (result == 0)
            {
                actedOn[i] = deadline;
            }
            else
            {
                next = now; // again at once
            }

            if (stillThere > 0)
            {
                settings.Say($"{stillThere} addresses of duty {i} outlived their deadline and were removed {(BootClock.Now - new Instant(deadline)).TotalMilliseconds:0.0} ms after it");
            }
        }

        return next;
    }

    private void Register()
    {
        foreach (var (signal, number) in new[]
        {
            (PosixSignal.SIGTERM, Signal.SIGTERM), (PosixSignal.SIGINT, Signal.SIGINT), (PosixSignal.SIGHUP, Signal.SIGHUP),
        })
        {
            registrations.Add(PosixSignalRegistration.Create(
                signal,
                context =>
                {
                    context.Cancel = true;
                    Forward(number);
                }));
        }
    }

    private void Forward(int signal)
    {
        _ = Interlocked.Or(ref pendingSignals, 1 << signal);
        wake.Signal();
    }

    private void ForwardPending()
    {
        _ = wake.Drain();
        var pending = Interlocked.Exchange(ref pendingSignals, 0);
        foreach (var signal in (ReadOnlySpan<int>)[Signal.SIGHUP, Signal.SIGINT, Signal.SIGTERM])
        {
            if ((pending & (1 << signal)) == 0)
            {
                continue;
            }

            stopAsked |= signal != Signal.SIGHUP;
            if (ChildId > 0)
            {
                _ = Signal.Send(ChildId, signal);
            }
        }
    }

    /// <summary>Waits before the next life. False when we were asked to stop meanwhile.</summary>
    private bool Pause(TimeSpan pause)
    {
        var until = BootClock.Now + pause;
        var fds = stackalloc SysEpoll.PollFd[1];
        fds[0] = new SysEpoll.PollFd { Fd = wake.Fd, Events = SysEpoll.POLLIN };
        while (!stopAsked && BootClock.Now < until)
        {
            _ = SysEpoll.Poll(fds, 1, (int)Math.Ceiling((until - BootClock.Now).TotalMilliseconds));
            ForwardPending();
        }

        return !stopAsked;
    }
}

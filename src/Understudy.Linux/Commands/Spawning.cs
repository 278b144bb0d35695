using System.Globalization;
using System.Runtime.InteropServices;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Commands;

/// <summary>The libc calls that start a child in a session of its own and wait for it (posix_spawn(3), pipe2(2), poll(2), waitpid(2)).</summary>
/// <remarks>.NET's own Process cannot give the child a process group, waits with SIGCHLD, and holds on as long as a grandchild has the pipe.
/// A child of ours is unknown to its SIGCHLD handler, which looks with WNOWAIT and reaps only what it started itself.</remarks>
internal static unsafe partial class Spawning
{
    /// <summary>poll(2).</summary>
    internal const short POLLIN = 1;

    // spawn.h of glibc 2.26 and later.
    private const short POSIX_SPAWN_SETSIGDEF = 0x04, POSIX_SPAWN_SETSIGMASK = 0x08, POSIX_SPAWN_SETSCHEDULER = 0x20, POSIX_SPAWN_SETSID = 0x80;

    /// <summary>More than posix_spawnattr_t (336 bytes), posix_spawn_file_actions_t (80) and sigset_t (128) on any 64-bit glibc.</summary>
    private const int RoomForLibc = 1024;

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        internal int Fd;
        internal short Events;
        internal short Revents;
    }

    /// <summary>A pipe whose ends no other child inherits.</summary>
    internal static (int Read, int Write) OpenPipe()
    {
        var ends = stackalloc int[2];
        return pipe2(ends, Unistd.O_CLOEXEC) == 0 ? (ends[0], ends[1]) : throw Failure("pipe2");
    }

    internal static SafeFdHandle OpenEvent() => new(Errno.Require(SysEventfd.Create(), "eventfd"));

    /// <summary>Makes <see cref="Poll"/> on the event return. Harmless when it was closed meanwhile.</summary>
    internal static void Ring(SafeFdHandle @event)
    {
        ulong one = 1;
        var held = false;
        try
        {
            @event.DangerousAddRef(ref held);
            _ = Unistd.Write(@event.Number, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // The command has ended: there is nobody to wake.
        }
        finally
        {
            if (held)
            {
                @event.DangerousRelease();
            }
        }
    }

    /// <summary>Starts <paramref name="path"/> as the leader of a new session and process group, with default signals, ordinary scheduling,
    /// stdin from /dev/null, stdout and stderr to <paramref name="output"/>, no other descriptor, and / as its directory.</summary>
    /// <returns>The process id, which stays ours until <see cref="Reap"/>.</returns>
    /// <exception cref="IOException">The program could not be started; errno's own text.</exception>
    internal static int Spawn(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, int output)
    {
        using var block = new CStrings();
        var attributes = block.Room(RoomForLibc);
        var actions = block.Room(RoomForLibc);
        var signals = block.Room(RoomForLibc);
        Check(posix_spawnattr_init(attributes), "posix_spawnattr_init");
        try
        {
            Check(posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
            try
            {
                // .NET ignores SIGPIPE and blocks nothing; an ignored signal would stay ignored through exec.
                // A real-time class of the calling thread would be inherited: a service must not run above its supervisor.
                Check(sigfillset(signals), "sigfillset");
                Check(posix_spawnattr_setsigdefault(attributes, signals), "posix_spawnattr_setsigdefault");
                Check(sigemptyset(signals), "sigemptyset");
                Check(posix_spawnattr_setsigmask(attributes, signals), "posix_spawnattr_setsigmask");
                var priority = 0;
                Check(posix_spawnattr_setschedpolicy(attributes, Sched.SCHED_OTHER), "posix_spawnattr_setschedpolicy");
                Check(posix_spawnattr_setschedparam(attributes, &priority), "posix_spawnattr_setschedparam");
                Check(
                    posix_spawnattr_setflags(
                        attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSID),
                    "posix_spawnattr_setflags");

                Check(posix_spawn_file_actions_addopen(actions, 0, "/dev/null", Unistd.O_RDONLY, 0), "posix_spawn_file_actions_addopen");
                Check(posix_spawn_file_actions_adddup2(actions, output, 1), "posix_spawn_file_actions_adddup2");
                Check(posix_spawn_file_actions_adddup2(actions, output, 2), "posix_spawn_file_actions_adddup2");
                Check(posix_spawn_file_actions_addclosefrom_np(actions, 3), "posix_spawn_file_actions_addclosefrom_np");
                Check(posix_spawn_file_actions_addchdir_np(actions, "/"), "posix_spawn_file_actions_addchdir_np");

                Check(
                    posix_spawn(out var pid, path, actions, attributes, block.Array([path, .. arguments]), block.Array(environment)),
                    path);
                return pid;
            }
            finally
            {
                _ = posix_spawn_file_actions_destroy(actions);
            }
        }
        finally
        {
            _ = posix_spawnattr_destroy(attributes);
        }
    }

    /// <summary>A descriptor that is readable when the process has ended.</summary>
    internal static SafeFdHandle OpenPidfd(int pid) => new(Errno.Require(Unistd.PidFd(pid), "pidfd_open"));

    /// <summary>Waits until one of the descriptors has something to say.</summary>
    /// <param name="fds">Those to look at; -1 is passed over.</param>
    /// <param name="patience">Rounded up to a millisecond; never more than a day.</param>
    /// <exception cref="IOException">poll failed, which only a mistake of ours can cause.</exception>
    internal static void Poll(Span<PollFd> fds, TimeSpan patience)
    {
        var ms = (int)Math.Ceiling(Math.Clamp(patience.TotalMilliseconds, 0, TimeSpan.MillisecondsPerDay));
        fixed (PollFd* first = fds)
        {
            if (poll(first, (nuint)fds.Length, ms) >= 0)
            {
                return;
            }
        }

        if (Marshal.GetLastPInvokeError() != Errno.EINTR)
        {
            throw Failure("poll");
        }

        foreach (ref var fd in fds)
        {
            fd.Revents = 0;
        }
    }

    /// <summary>Reads what is there. Look with <see cref="Poll"/> first, or it waits.</summary>
    /// <returns>0 at the end of the pipe.</returns>
    internal static int Read(int fd, Span<byte> into)
    {
        fixed (byte* first = into)
        {
            int got;
            do
            {
                got = Unistd.Read(fd, first, into.Length);
            }
            while (got == -Errno.EINTR);

            return Errno.Require(got, "read");
        }
    }

    /// <summary>Sends a signal to every process of the group. Call it only while its leader is not reaped: until then nobody else can have the number.</summary>
    internal static void SignalGroup(int leader, int signal)
    {
        if (Signal.Send(-leader, signal) is not (0 or -Errno.ESRCH))
        {
            _ = Signal.Send(leader, signal);   // EPERM: some of the group changed their user; the leader at least
        }
    }

    /// <summary>Takes the ended child's status, waiting for it if need be.</summary>
    /// <returns>Its exit code and its signal, of which one is null; both are null when someone else had taken the status.</returns>
    internal static (int? Exit, int? Signal) Reap(int pid)
    {
        int status, got;
        do
        {
            got = waitpid(pid, &status, 0);
        }
        while (got < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);

        // WIFEXITED, WEXITSTATUS and WTERMSIG of bits/waitstatus.h.
        return got != pid ? (null, null)
            : (status & 0x7f) == 0 ? ((status >> 8) & 0xff, null)
            : (null, status & 0x7f);
    }

    private static void Check(int error, string call)
    {
        if (error != 0)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{call}: {Marshal.GetPInvokeErrorMessage(error)}"));
        }
    }

    private static IOException Failure(string call) => new($"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollFd* fds, nuint count, int timeoutMs);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int pid, int* status, int options);

    [LibraryImport("libc")]
    private static partial int sigfillset(void* set);

    [LibraryImport("libc")]
    private static partial int sigemptyset(void* set);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(void* attributes, void* set);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(void* attributes, void* set);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setschedpolicy(void* attributes, int policy);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setschedparam(void* attributes, int* priority);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addopen(void* actions, int fd, string path, int flags, uint mode);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(void* actions, int from, int to);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_addclosefrom_np(void* actions, int from);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addchdir_np(void* actions, string path);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn(out int pid, string path, void* actions, void* attributes, byte** arguments, byte** environment);

    /// <summary>Memory for one call: freed together.</summary>
    private sealed class CStrings : IDisposable
    {
        private readonly List<nint> blocks = [];

        internal void* Room(int bytes)
        {
            var block = (nint)NativeMemory.AllocZeroed((nuint)bytes);
            blocks.Add(block);
            return (void*)block;
        }

        internal byte** Array(IReadOnlyList<string> texts)
        {
            var array = (byte**)Room((texts.Count + 1) * sizeof(byte*));
            for (var i = 0; i < texts.Count; i++)
            {
                array[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);   // malloc, like the rest (CoTaskMem is malloc on Unix)
                blocks.Add((nint)array[i]);
            }

            return array;
        }

        public void Dispose()
        {
            foreach (var block in blocks)
            {
                NativeMemory.Free((void*)block);
            }
        }
    }
}

/// <summary>A descriptor that is closed once, whoever still wants it.</summary>
internal sealed partial class SafeFdHandle : Microsoft.Win32.SafeHandles.SafeHandleMinusOneIsInvalid
{
    public SafeFdHandle(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    internal int Number => (int)DangerousGetHandle();

    protected override bool ReleaseHandle()
    {
        Unistd.Close((int)handle);
        return true;
    }
}

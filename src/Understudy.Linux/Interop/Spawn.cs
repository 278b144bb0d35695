using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary><c>spawn.h</c>, posix_spawn(3): starts a program without copying this process, from whatever thread must be its parent.</summary>
internal static unsafe partial class Spawn
{
    // bits of posix_spawnattr_setflags(3), spawn.h
    private const short SetGroup = 0x02, SetSignalDefaults = 0x04, SetSignalMask = 0x08;

    /// <summary>Room for posix_spawnattr_t, 336 bytes in glibc and musl, and for sigset_t, 128 bytes.</summary>
    private const int AttributeBytes = 512, SignalSetBytes = 128;

    /// <summary>
    /// Starts a program with all signals unblocked and at their defaults. Its death signal, if it sets one, follows the thread
    /// that calls this (prctl(2), PR_SET_PDEATHSIG), so that thread must live as long as the parent is meant to.
    /// </summary>
    /// <param name="arguments">Zero-terminated strings behind a zero-terminated list; the first is the program's path.</param>
    /// <param name="environment">Likewise.</param>
    /// <param name="ownGroup">True gives it a process group of its own, whose id is its process id.</param>
    /// <returns>The process id, or <c>-errno</c>.</returns>
    internal static int Start(byte** arguments, byte** environment, bool ownGroup)
    {
        var attributes = stackalloc byte[AttributeBytes];
        var signals = stackalloc byte[SignalSetBytes];
        _ = posix_spawnattr_init(attributes);
        _ = sigemptyset(signals);
        _ = posix_spawnattr_setsigmask(attributes, signals);
        _ = sigfillset(signals);
        _ = posix_spawnattr_setsigdefault(attributes, signals);
        _ = posix_spawnattr_setflags(attributes, (short)(SetSignalDefaults | SetSignalMask | (ownGroup ? SetGroup : 0)));
        int child;
        var error = posix_spawn(&child, arguments[0], null, attributes, arguments, environment);
        _ = posix_spawnattr_destroy(attributes);
        return error == 0 ? child : -error;
    }

    [LibraryImport("libc")]
    private static partial int posix_spawn(int* child, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(void* attributes, void* signals);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(void* attributes, void* signals);

    [LibraryImport("libc")]
    private static partial int sigemptyset(void* signals);

    [LibraryImport("libc")]
    private static partial int sigfillset(void* signals);
}

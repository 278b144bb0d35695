using Understudy.Linux.Interop;

namespace Understudy.Linux.Ups;

/// <summary>The signals of a driver process (main.c of NUT; their numbers: signal(7)).</summary>
public static class UpsSignal
{
    /// <summary>Read the settings again.</summary>
    public const int HangUp = Signal.SIGHUP;

    /// <summary>The same, and leave where the running process cannot take them.</summary>
    public const int User1 = 10;

    /// <summary>Reserved by NUT.</summary>
    public const int User2 = 12;

    /// <summary>The data to the standard output.</summary>
    public const int Urgent = 23;

    /// <summary>Likewise, where a person has no other at hand.</summary>
    public const int Window = 28;

    public const int Terminate = Signal.SIGTERM;

    /// <summary>False where there is no such process, or it is not ours to signal.</summary>
    public static bool Send(int process, int signal) => Signal.Send(process, signal) >= 0;
}

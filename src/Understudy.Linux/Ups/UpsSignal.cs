using Understudy.Linux.Interop;

namespace Understudy.Linux.Ups;

/// <summary>Signals to another driver process, signal(7).</summary>
public static class UpsSignal
{
    public const int HangUp = 1, User1 = 10, Terminate = 15;

    /// <summary>False where there is no such process, or it is not ours to signal.</summary>
    public static bool Send(int process, int signal) => Signal.Send(process, signal) >= 0;
}

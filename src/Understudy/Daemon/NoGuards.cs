using Understudy.Core;
using Understudy.Core.Power;

namespace Understudy.Daemon;

/// <summary>A daemon whose file has no guards.</summary>
public sealed class NoGuards : IGuards
{
    public static NoGuards Here { get; } = new();

    public ValueList<GuardSnapshot> Snapshots => [];

    public Task<GuardAnswer> ArmAsync(string guard, string by, string why, TimeSpan? countdown, bool dry, CancellationToken stop) => No(guard);

    public Task<GuardAnswer> AbortAsync(string guard, string by, string why, CancellationToken stop) => No(guard);

    public Task<GuardAnswer> DrillAsync(string guard, string by, CancellationToken stop) => No(guard);

    public Task<GuardAnswer> WakeAsync(string guard, string by, bool wanted, CancellationToken stop) => No(guard);

    private static Task<GuardAnswer> No(string guard) => Task.FromResult(new GuardAnswer(false, $"{guard} is no guard of this host"));
}

using Understudy.Core;
using Understudy.Core.Power;
using Understudy.Daemon;

namespace Understudy.Guards;

/// <summary>The guards' loop as API and command line see it.</summary>
internal sealed class GuardDoor(GuardLoop loop) : IGuards
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    public ValueList<GuardSnapshot> Snapshots => loop.Snapshots;

    public Task<GuardAnswer> ArmAsync(string guard, string by, string why, TimeSpan? countdown, bool dry, CancellationToken stop) =>
        AskAsync(guard, (desk, now) => desk.Arm(by, why.Length == 0 ? "an operator's order" : why, countdown ?? desk.Settings.Countdown, dry, now), stop);

    public Task<GuardAnswer> AbortAsync(string guard, string by, string why, CancellationToken stop) =>
        AskAsync(guard, (desk, now) => desk.Abort(by, why.Length == 0 ? "an operator's order" : why, now), stop);

    public Task<GuardAnswer> DrillAsync(string guard, string by, CancellationToken stop) =>
        AskAsync(guard, (desk, now) => desk.Arm(by, "", desk.Settings.Countdown, dry: true, now), stop);

    public Task<GuardAnswer> WakeAsync(string guard, string by, bool wanted, CancellationToken stop) =>
        AskAsync(guard, (desk, now) => desk.WakeOthers(by, wanted, now), stop);

    private async Task<GuardAnswer> AskAsync(string guard, Func<GuardDesk, Instant, GuardAnswer> ask, CancellationToken stop)
    {
        try
        {
            return await loop.AskAsync(guard, ask).WaitAsync(s_limit, stop) ?? new GuardAnswer(false, $"{guard} is no guard of this host");
        }
        catch (TimeoutException)
        {
            return new GuardAnswer(false, $"the guards' loop did not take it within {s_limit.TotalSeconds:0} s; it may still do so");
        }
    }
}
